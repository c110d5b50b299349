"""How outcomes respond to each numeric setting, and to two at a time."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sim.study.compare import Floats, interval, over_seeds, units
from sim.study.load import Experiment

LEVELS = 12  # different values of a setting up to which each is a point of the curve
BINS, MAP_BINS = 8, 4
PER_BIN = 8  # futures that a bin needs
NAMED = 3  # settings whose pairs are mapped: those that move the outcome most
CURVES = ("grid", "oat", "lhs", "sobol", "file")
MAPS = ("grid", "lhs", "sobol")


def curves(study: Experiment, outcome: str) -> pd.DataFrame:
    """Mean response to each factor, a row per factor, policy and point, with its 95% interval.

    `at`: the factor's value, or the mean of those in a bin. Given values: over seeds, averaged over the
    other settings; one at a time: with the others at their base; samples: over the futures of a bin.
    """
    rows: list[tuple[Any, ...]] = []
    for factor in study.futures.columns:
        for at, chosen in _points(study, factor):
            for name, values in zip(study.names, study.values[outcome][:, chosen], strict=True):
                each = units(values, study.sampled)
                mean = each.mean() if len(each) else np.nan
                rows.append((outcome, factor, name, at, mean, *interval(each), len(each)))
    return pd.DataFrame(rows, columns=["outcome", "factor", "policy", "at", "mean", "low", "high", "n"])


def _points(study: Experiment, factor: str) -> Iterator[tuple[float, Floats]]:
    """The values of a factor that are told apart, and which futures belong to each."""
    values = study.futures[factor].to_numpy()
    known = ~np.isnan(values)
    others = study.futures.drop(columns=factor)
    if study.kind == "oat" and len(others.columns):
        known &= (others == others.mode().iloc[0]).all(axis=1).to_numpy()
    among = np.flatnonzero(known)
    different = np.unique(values[among])
    if len(different) <= LEVELS:
        for at in different:
            yield float(at), among[values[among] == at]
        return
    for chosen in _bins(values, among, BINS):
        yield float(values[chosen].mean()), chosen


def _bins(values: Floats, among: Any, wanted: int) -> list[Any]:
    """Futures in the order of a factor, in bins of equal size."""
    ordered = among[np.argsort(values[among], kind="stable")]
    return list(np.array_split(ordered, max(min(wanted, len(ordered) // PER_BIN), 1)))


def strongest(found: pd.DataFrame, n: int) -> list[str]:
    """The `n` factors along whose curve an outcome moves most, for any policy; strongest first."""
    if not len(found):
        return []
    means = found.groupby(["factor", "policy"])["mean"]
    return list((means.max() - means.min()).groupby("factor").max().sort_values(ascending=False).index[:n])


def ranks(study: Experiment, outcome: str) -> pd.DataFrame:
    """Spearman's rank correlation of each factor with an outcome over sampled futures, strongest first.

    A row per factor and policy; `p_holm`: chance of such a correlation if there were none, corrected for
    all rows. NaN where the outcome or the factor is the same in all futures.
    """
    from statsmodels.stats.multitest import multipletests

    tables = []
    whole = study.futures.notna().all(axis=1).to_numpy()
    for name, values in zip(study.names, over_seeds(study.values[outcome]), strict=True):
        known = whole & ~np.isnan(values)
        futures = study.futures[known]
        factors = [f for f in futures.columns if futures[f].nunique() > 1]
        found = pd.DataFrame({"factor": study.futures.columns, "policy": name, "rho": np.nan, "p": np.nan})
        if len(factors) and np.ptp(values[known]) > 0:
            # The outcome twice: with three columns or more, SciPy answers with a matrix.
            both = stats.spearmanr(np.column_stack([futures[factors], values[known], values[known]]))
            last = found["factor"].isin(factors)
            found.loc[last, "rho"], found.loc[last, "p"] = both.statistic[:-2, -1], both.pvalue[:-2, -1]
        tables.append(found)
    table = pd.concat(tables, ignore_index=True)
    table["p_holm"] = np.nan
    known = table["p"].notna()
    if known.any():
        table.loc[known, "p_holm"] = multipletests(table.loc[known, "p"], method="holm")[1]
    return table.sort_values("rho", key=abs, ascending=False, na_position="last", ignore_index=True)


def maps(study: Experiment, outcome: str, factors: list[str]) -> pd.DataFrame:
    """Mean outcome for pairs of `factors`: a row per pair, policy and cell, `n` futures in it.

    Cells are pairs of values, or of a quarter of the sample each way; those with fewer than 3 sampled
    futures are left out.
    """
    rows = []
    for first, second in combinations(factors, 2):
        x, y = (_cells(study, factor) for factor in (first, second))
        for name, values in zip(study.names, study.values[outcome], strict=True):
            table = pd.DataFrame({"x": x, "y": y, "value": over_seeds(values)})
            for (at_x, at_y), cell in table.dropna().groupby(["x", "y"])["value"]:
                if len(cell) >= (3 if study.sampled else 1):
                    rows.append((outcome, name, first, second, at_x, at_y, cell.mean(), len(cell)))
    return pd.DataFrame(rows, columns=["outcome", "policy", "x", "y", "at_x", "at_y", "mean", "n"])


def mapped(study: Experiment) -> bool:
    """Whether the design has enough of two settings at a time."""
    enough = not study.sampled or len(study.futures) >= 2 * PER_BIN * MAP_BINS
    return study.kind in MAPS and len(study.futures.columns) > 1 and enough


def _cells(study: Experiment, factor: str) -> Floats:
    """Each future's value of a factor, or the mean of its bin."""
    values = study.futures[factor].to_numpy()
    among = np.flatnonzero(~np.isnan(values))
    at = np.full(len(values), np.nan)
    if len(np.unique(values[among])) <= LEVELS:
        return np.asarray(values)
    for chosen in _bins(values, among, MAP_BINS):
        at[chosen] = float(values[chosen].mean())
    return at
