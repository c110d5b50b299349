"""Which settings matter: Morris' and Sobol' indices, and what tells failing from succeeding futures."""

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from sim.model.settings import PARAMETERS
from sim.study.compare import LEVEL, Floats, spread
from sim.study.design import scaled, unit_sample
from sim.study.load import Experiment

RESAMPLES = 300
WIDE = 0.1  # half-width of a Sobol' index from which on it tells little
FEW = 10  # trajectories below which Morris' ranking is not stable


def incomplete(study: Experiment) -> list[str]:
    """Why no indices can be had, with what to do; empty if they can.

    SALib makes zeros, without a word, of a sample in which one value is missing.
    """
    if study.missing or len(study.policies) * len(study.futures) * len(study.seeds) > study.done:
        return [
            f"{study.missing:,} of the planned runs are missing or failed, and indices need every one:"
            f" see `sim status {study.name}`, then `sim retry {study.name}`"
        ]
    if not _agrees(study):
        return [
            "the settings that were run are not those of the sample as it is drawn here, so that indices would be"
            " wrong: analyse with the program and the version of SALib with which the sweep was run"
        ]
    return []


def undefined(study: Experiment, outcomes: Sequence[str]) -> dict[str, str]:
    """Those of `outcomes` that have no indices -> why, with what to do."""
    counts = {outcome: int(np.isnan(study.values[outcome]).sum()) for outcome in outcomes}
    return {
        outcome: f"{outcome}: undefined in {n:,} runs, and indices need it in every run; choose other outcomes with"
        " outcome=, or let `vary=` leave out what makes it undefined"
        for outcome, n in counts.items()
        if n
    }


def indices(study: Experiment, outcomes: Sequence[str]) -> pd.DataFrame:
    """Morris' or Sobol' indices of each factor: a row per outcome, policy and factor.

    Of each future's mean over the same seeds. Morris: `mu_star`, `mu`, `sigma` in the outcome's unit,
    for a factor that goes through its whole range, with the half-width `mu_star_conf`. Sobol: `S1`,
    `ST` as shares of the variance between futures, with half-widths. 95% each. NaN where the outcome
    is the same in all futures.
    """
    factors = list(study.design["factors"])
    problem = {"num_vars": len(factors), "names": factors, "bounds": [[0.0, 1.0]] * len(factors)}
    sample = _sample(study)
    analyse = {"morris": morris, "sobol": _sobol}[study.kind]
    tables = []
    for outcome in outcomes:
        for name, values in zip(study.names, study.values[outcome], strict=True):
            found = analyse(problem, sample, values.mean(axis=1))
            tables.append(pd.DataFrame({"outcome": outcome, "policy": name, "factor": factors, **found}))
    return pd.concat(tables, ignore_index=True)


def _sample(study: Experiment) -> Floats:
    """The sample in the unit cube, (futures, factors), drawn anew."""
    d = study.design
    return unit_sample(study.kind, int(d["points"]), len(d["factors"]), int(d["seed"]))


def _agrees(study: Experiment) -> bool:
    """Whether the sample drawn anew gives the settings that were run."""
    for unit, (factor, (low, high)) in zip(_sample(study).T, study.design["factors"].items(), strict=True):
        if factor in study.futures:
            run = study.futures[factor].to_numpy()
            if not np.allclose(scaled(PARAMETERS[factor], (low, high), unit), run, rtol=1e-12, atol=0):
                return False
    return True


def morris(problem: dict[str, object], sample: Floats, values: Floats) -> dict[str, Floats]:
    """Morris' indices of `values`, one for each row of a sample in the unit cube: a value for each factor."""
    from SALib.analyze import morris as salib

    found = salib.analyze(
        problem, sample, values, num_resamples=RESAMPLES, conf_level=LEVEL, num_levels=4, seed=np.random.default_rng(0)
    )
    return {key: np.ma.filled(found[key], np.nan) for key in ("mu_star", "mu_star_conf", "mu", "sigma")}


def _sobol(problem: dict[str, object], sample: Floats, values: Floats) -> dict[str, Floats]:
    from SALib.analyze import sobol

    keys = ("S1", "S1_conf", "ST", "ST_conf")
    if np.ptp(values) == 0:
        return {key: np.full(sample.shape[1], np.nan) for key in keys}
    found = sobol.analyze(
        problem,
        values,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        seed=np.random.default_rng(0),
    )
    return {key: found[key] for key in keys}


def chance(study: Experiment, outcomes: Sequence[str]) -> pd.DataFrame:
    """The seed as a factor: how much of the variance between runs is chance, per outcome and policy.

    `futures`: share of the variance that is due to the settings; `seeds`: to chances that work alike
    in all futures; `rest`: to chances that work differently in each. Shares of their sum.
    """
    rows = []
    for outcome in outcomes:
        for name, values in zip(study.names, study.values[outcome], strict=True):
            parts = spread(values)
            each = np.array([parts.futures, parts.seeds, parts.rest])
            shares = each / each.sum() if each.sum() > 0 else np.full(3, np.nan)
            rows.append((outcome, name, *shares))
    return pd.DataFrame(rows, columns=["outcome", "policy", "futures", "seeds", "rest"])


def doubts(study: Experiment, found: pd.DataFrame) -> list[str]:
    """What is too few in a Morris or Sobol' study, in words."""
    points, said = int(study.design["points"]), []
    if study.kind == "morris" and points < FEW:
        said.append(f"{points} trajectories are too few for a stable ranking; take points={2 * FEW} or more")
    if study.kind == "sobol" and points & (points - 1):
        power = 1 << points.bit_length()
        said.append(f"{points} is no power of two, for which Sobol' samples are balanced; take points={power}")
    if study.kind == "sobol":
        worst = max(found["S1_conf"].max(), found["ST_conf"].max())
        if worst > WIDE:
            said.append(
                f"Sobol' indices are known to within {worst:.2f} only; half of that takes about points={4 * points}"
            )
    return said


def separating(futures: pd.DataFrame, failing: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """How each factor differs between failing and other futures: two-sample Kolmogorov-Smirnov.

    `distance`: the largest difference between both cumulative shares (0 alike, 1 apart); `median_fail`,
    `median_other` in the factor's unit; `p`: that of no difference, not yet corrected for many tests.
    """
    rows = []
    for factor in futures.columns:
        values = futures[factor].to_numpy()
        here, there = values[failing], values[~failing]
        with warnings.catch_warnings():
            # Ties make the exact p impossible; SciPy then says that it takes the asymptotic one.
            warnings.simplefilter("ignore", RuntimeWarning)
            test = stats.ks_2samp(here, there)
        rows.append((factor, float(test.statistic), np.median(here), np.median(there), float(test.pvalue)))
    return pd.DataFrame(rows, columns=["factor", "distance", "median_fail", "median_other", "p"])
