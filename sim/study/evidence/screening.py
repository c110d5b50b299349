"""Which assumed numbers matter to what token rounds do: Morris' screening, twice, from independent samples.

Morris 1991; Campolongo, Cariboni & Saltelli 2007 (mu*). A screening has converged if two samples that have
nothing in common put the numbers in the same order.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sim.model.outcomes import OUTCOMES
from sim.study.carry_out import note
from sim.study.compare import Floats
from sim.study.design import ask, unit_sample
from sim.study.evidence.draws import Place
from sim.study.evidence.sentences import SCENARIOS
from sim.study.kept import Kept
from sim.study.sensitivity import morris

HEADLINES = ("trust_marginalised", "participation_marginalised", "joint_value")
GOAL = 0.95  # rank correlation of the two samples
STRONGEST = 20
FIRST_SEED = 100_000_000  # beyond those of draws


@dataclass(frozen=True)
class Screened:
    """What token rounds do to one outcome: `factors` with mu* of both samples, and how far their orders agree.

    `agreement`: Spearman's over all factors; `common`: how many of the `STRONGEST` of one sample are among
    those of the other. (A correlation over the strongest of both together would be biased downwards.)
    """

    outcome: str
    factors: pd.DataFrame
    agreement: float
    common: int


def screen(where: Place, trajectories: int, runs: Kept) -> tuple[list[Screened], list[str]]:
    """Run what is missing of both samples; gives what was found, and errors, of which any makes it impossible."""
    samples, errors = [], list[str]()
    for number in (1, 2):
        found, failed = _effects(where, trajectories, number, runs)
        samples.append(found)
        errors += failed
    if errors:
        return [], errors
    return [_screened(outcome, [one[outcome] for one in samples]) for outcome in HEADLINES], []


def _effects(where: Place, trajectories: int, number: int, runs: Kept) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Outcome -> mu* and mu of each factor in one sample, of tokenism less no rounds."""
    how: dict[str, Any] = {"points": trajectories, "vary": ["assumed"], "design_seed": number}
    faults: list[str] = []
    asked = ask([], where.typed, {"design": "morris", **how}, faults, _said(where))
    rows = asked.rows()
    length = len(asked.ranges) + 1
    pairs = []
    what = f"screening {len(asked.ranges)} numbers, sample {number} of 2"
    note(f"{what}: preparing {2 * len(rows):,} runs")
    for name in SCENARIOS[:2]:
        for i, settings in enumerate(where.walk(name, rows)):
            # One seed for each trajectory: what a step changes is then due to the step.
            pairs.append((settings, FIRST_SEED + number * 1_000_000 + i // length))
    values, failed = runs.outcomes(pairs, where.months, what)
    off, token = values.reshape(2, len(rows), len(OUTCOMES))
    sample = unit_sample("morris", trajectories, len(asked.ranges), number)
    names = [*asked.ranges]
    found = {o: _indices(names, sample, (token - off)[:, [*OUTCOMES].index(o)]) for o in HEADLINES}
    return found, [f"screening, seed {pairs[i][1]}: {e}" for i, e in failed.items()]


def _said(where: Place) -> list[str]:
    """What the city or one of both scenarios sets, and therefore does not vary."""
    layers = (where.layers, *(where.scenarios[name] for name in SCENARIOS[:2]))
    return sorted({name for one in layers for name in one.by_files()})


def _indices(names: Sequence[str], sample: Floats, values: Floats) -> pd.DataFrame:
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    found: Mapping[str, Floats] = morris(problem, sample, values)
    return pd.DataFrame({"factor": names, "mu_star": found["mu_star"], "mu": found["mu"]})


def _screened(outcome: str, samples: Sequence[pd.DataFrame]) -> Screened:
    one, other = samples
    factors = pd.DataFrame({
        "factor": one["factor"], "mu_star": (one["mu_star"] + other["mu_star"]) / 2,
        "mu": (one["mu"] + other["mu"]) / 2, "first": one["mu_star"], "second": other["mu_star"],
    }).sort_values("mu_star", ascending=False, kind="stable", ignore_index=True)  # fmt: skip
    best = [set(s.nlargest(STRONGEST, "mu_star")["factor"]) for s in samples]
    return Screened(outcome, factors, _spearman(factors), len(best[0] & best[1]))


def _spearman(factors: pd.DataFrame) -> float:
    first, second = factors["first"].to_numpy(), factors["second"].to_numpy()
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return math.nan
    return float(stats.spearmanr(first, second).statistic)
