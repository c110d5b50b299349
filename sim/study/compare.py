"""Compare scenarios seed by seed: the paired difference to a baseline, with its 95% interval."""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.special import stdtrit

from sim.model.outcomes import OUTCOMES

LEVEL = 0.95
RESAMPLES = 2000
LARGE = 500  # pairs from which on a bootstrap tells no more than Student's t, and takes long
TINY = 1e-12  # what rounding leaves of a difference that is always the same, relative to it
Floats = npt.NDArray[np.float64]
COLUMNS = ["outcome", "scenario", "mean", "mean_low", "mean_high", "difference", "low", "high", "seeds"]


def first_month(months: int) -> int:
    """The first month that is compared: the first fifth belongs to how a city began."""
    return months // 5 + 1


def per_run(months: pd.DataFrame) -> pd.DataFrame:
    """One row per scenario and seed, one column per outcome, from the table of months.

    Each value is the mean over the compared months or, for a monthly flow, its sum. Months in
    which an outcome is undefined (NaN) are left out; NaN if it never is defined.
    """
    compared = months[months["month"] >= first_month(int(months["month"].max()))]
    grouped = compared.groupby(["scenario", "seed"], sort=False, observed=True)
    columns = [name for name in OUTCOMES if name in months.columns]
    flows = [name for name in columns if OUTCOMES[name].total]
    values = grouped[columns].mean()
    values[flows] = grouped[flows].sum(min_count=1)
    return values


def interval(values: "pd.Series[float] | Floats") -> tuple[float, float]:
    """Student's t interval of the mean of `values` (95%); NaN for fewer than two."""
    values = np.asarray(values, float)
    n = len(values)
    if n < 2:
        return float("nan"), float("nan")
    half = stdtrit(n - 1, (1 + LEVEL) / 2) * values.std(ddof=1) / math.sqrt(n)
    return float(values.mean() - half), float(values.mean() + half)


def differences(values: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Each scenario's mean, and its paired difference to `baseline`, from `per_run`'s table.

    A row for each outcome and scenario, with `COLUMNS`; `seeds` counts the pairs in which both
    runs were done and the outcome is defined in both. The baseline's own differences are zero.
    """
    rows = []
    base = values.loc[baseline]
    for scenario in values.index.unique("scenario"):
        own = values.loc[scenario]
        for outcome in values.columns:
            mine = own[outcome].dropna()
            pairs = (own[outcome] - base[outcome]).dropna()
            rows.append(
                (
                    outcome,
                    scenario,
                    mine.mean(),
                    *interval(mine),
                    pairs.mean(),
                    *interval(pairs),
                    len(pairs),
                )
            )
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True)
class Contrast:
    """A policy's mean difference to a baseline, over futures and seeds, in the outcome's unit.

    `units`: what the interval counts, `seeds` or `futures`; `pairs`: how many there are. `low`, `high`:
    95% interval by Student's t; `low_bca`, `high_bca`: the same by the bootstrap, NaN where there are too
    few or too many pairs; `correlation` between both over the units; `variance_ratio`: how many times
    as many unpaired runs the same width would take; `higher`: the share of units in which the policy
    is higher, with Wilson's interval, ties counting half; `p`: that of no difference.
    """

    difference: float
    low: float
    high: float
    low_bca: float
    high_bca: float
    units: str
    pairs: int
    correlation: float
    variance_ratio: float
    higher: float
    higher_low: float
    higher_high: float
    p: float


@dataclass(frozen=True)
class Spread:
    """Where the variance of a table of futures by seeds comes from; each a variance, at least 0."""

    futures: float
    seeds: float
    rest: float

    def of_mean(self, futures: float, seeds: float) -> float:
        """The variance of the mean over as many futures and seeds."""
        return self.futures / futures + self.seeds / seeds + self.rest / (futures * seeds)


def contrast(mine: Floats, base: Floats, sampled: bool) -> Contrast:
    """Compare two policies in the same futures with the same seeds, both (futures, seeds).

    Where futures are a sample, so are seeds, and each future meets the same seeds: the variance of
    the mean is that of a two-way layout. Where futures are given, as in a grid, only seeds vary.
    Pairs of which one is missing or undefined are left out.
    """
    both = np.where(np.isnan(mine - base), np.nan, 1.0)
    a, b = (units(values * both, sampled) for values in (mine, base))
    d = a - b
    low, high, p = mean_interval(mine - base, sampled)
    r = _correlation(a, b)
    own = float(np.var(d, ddof=1)) if len(d) > 1 else math.nan
    apart = float(np.var(a, ddof=1) + np.var(b, ddof=1)) if len(d) > 1 else math.nan
    higher = float(np.mean((d > 0) + 0.5 * (d == 0))) if len(d) else math.nan
    return Contrast(
        float(d.mean()) if len(d) else math.nan,
        low,
        high,
        *_bca(a, b),
        "futures" if sampled else "seeds",
        len(d),
        r,
        apart / own if own > 0 else math.inf if apart > 0 else math.nan,
        higher,
        *share_interval(higher, len(d)),
        p,
    )


def contrasts(values: Mapping[str, Floats], pairs: Sequence[tuple[int, int]], sampled: bool) -> pd.DataFrame:
    """Compare pairs of policies in each outcome: a row per outcome and pair, `mine` and `base` their indices.

    `values`: outcome -> (policies, futures, seeds). Besides the fields of `Contrast` there is `p_holm`,
    p corrected for all rows (Holm 1979), NaN where there is none.
    """
    from statsmodels.stats.multitest import multipletests

    rows = [
        {"outcome": outcome, "mine": i, "base": b, **vars(contrast(some[i], some[b], sampled))}
        for outcome, some in values.items()
        for i, b in pairs
    ]
    table = pd.DataFrame(rows, columns=["outcome", "mine", "base", *(f.name for f in fields(Contrast))])
    known = table["p"].notna()
    table["p_holm"] = np.nan
    if known.any():
        table.loc[known, "p_holm"] = multipletests(table.loc[known, "p"], 1 - LEVEL, "holm")[1]
    return table


def units(values: Floats, sampled: bool) -> Floats:
    """The means whose spread the interval is made of: of each future, or of each seed over all futures."""
    values = values[~np.isnan(values).all(axis=1)]
    if not values.size:
        return np.empty(0)
    by_future = np.nanmean(values, axis=1)
    if sampled:
        return np.asarray(by_future)
    values = values[:, ~np.isnan(values).all(axis=0)]
    return np.asarray(by_future.mean() + np.nanmean(values - by_future[:, None], axis=0))


def spread(values: Floats) -> Spread:
    """Variance between futures, between seeds, and what is left, of (futures, seeds).

    From the mean squares of a two-way layout without replication (Searle, Casella and McCulloch 1992,
    Variance Components, ch. 4). Seeds that differ alike in all futures are told from the rest only
    with two futures and two seeds; what cannot be told is NaN.
    """
    values = values[~np.isnan(values).all(axis=1)]
    values = values[:, ~np.isnan(values).all(axis=0)]
    rows, columns = values.shape
    if rows < 2 or columns < 2:
        return Spread(_variance(units(values, True)), _variance(units(values, False)), math.nan)
    by_future, by_seed = np.nanmean(values, axis=1), units(values, False)
    left = values - by_future[:, None] - (by_seed - by_future.mean())
    rest = float(np.nansum(left**2) / (np.count_nonzero(~np.isnan(left)) - rows - columns + 1))
    futures = _variance(by_future) - rest / columns
    seeds = _variance(by_seed) - rest / rows
    return Spread(max(futures, 0.0), max(seeds, 0.0), rest)


def _variance(values: Floats) -> float:
    return float(np.var(values, ddof=1)) if len(values) > 1 else math.nan


def mean_interval(cells: Floats, sampled: bool) -> tuple[float, float, float]:
    """95% interval of the mean of `cells` (futures, seeds), and the p of its being zero.

    Of a sample of futures both futures and seeds are drawn; of given futures only seeds are.
    """
    d = units(cells, sampled)
    if len(d) < 2:
        return math.nan, math.nan, math.nan
    mean, variance, freedom = float(d.mean()), float(np.var(d, ddof=1)) / len(d), len(d) - 1.0
    by_seed = units(cells, False)
    if sampled and len(by_seed) > 1:
        parts = np.array([variance, np.var(by_seed, ddof=1) / len(by_seed), -spread(cells).rest / cells.size])
        if parts.sum() > variance:
            # Satterthwaite's degrees of freedom of a sum of mean squares, never fewer than of its parts.
            each = np.array([freedom, len(by_seed) - 1, freedom * (len(by_seed) - 1)])
            variance, freedom = float(parts.sum()), float(max(parts.sum() ** 2 / np.sum(parts**2 / each), each.min()))
    if variance <= (TINY * mean) ** 2:
        return mean, mean, float(mean == 0)
    error = math.sqrt(variance)
    half = float(stdtrit(freedom, (1 + LEVEL) / 2)) * error
    return mean - half, mean + half, float(2 * stats.t.sf(abs(mean) / error, freedom))


def _correlation(a: Floats, b: Floats) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def _bca(a: Floats, b: Floats) -> tuple[float, float]:
    """Bootstrap interval of the mean paired difference; its own value where that never varies."""
    d = a - b
    if not 2 < len(d) <= LARGE:
        return math.nan, math.nan
    if np.ptp(d) <= TINY * np.abs(d).max():
        return float(d.mean()), float(d.mean())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # its NaN is passed on
        ends = stats.bootstrap(
            (a, b),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            n_resamples=RESAMPLES,
            paired=True,
            vectorized=True,
            confidence_level=LEVEL,
            method="BCa",
            rng=np.random.default_rng(0),
        ).confidence_interval
    return float(ends.low), float(ends.high)


def over_seeds(values: Floats) -> Floats:
    """The mean over the last axis of what is defined; NaN where nothing is."""
    defined = np.count_nonzero(~np.isnan(values), axis=-1)
    nothing = np.full(defined.shape, np.nan)
    return np.asarray(np.divide(np.nansum(values, axis=-1), defined, out=nothing, where=defined > 0))


def share_interval(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share of `n`."""
    if not n or math.isnan(share):
        return math.nan, math.nan
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(share * n, n, 1 - LEVEL, method="wilson")
    return float(low), float(high)
