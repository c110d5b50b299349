"""Compare scenarios seed by seed: the paired difference to a baseline, with its 95% interval."""

import math

import pandas as pd
from scipy.special import stdtrit

from sim.model.outcomes import OUTCOMES

LEVEL = 0.95
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


def interval(values: "pd.Series[float]") -> tuple[float, float]:
    """Student's t interval of the mean of `values` (95%); NaN for fewer than two."""
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
