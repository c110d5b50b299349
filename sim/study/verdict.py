"""Cases compared run by run: differences, who beats whom, what a gain costs, who gains, and what is best in all.

Every number is of pairs of runs with the same seed. Tables are pandas frames, a row per thing compared.
"""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sim.model.outcomes import OUTCOMES, WARM_UP
from sim.study.compare import LEVEL, RESAMPLES, Floats, contrast, contrasts, interval, over_seeds, share_interval
from sim.study.discovery import direction
from sim.study.goals import HEADLINE, Goal

ALPHA = 1 - LEVEL
FIRST, GROWTH = 30, 1.5  # seeds to begin with where precision is asked for, and how they grow
ALSO = ("have_a_say", "volunteer_hours", "euros")
"""What is compared besides the chosen outcome, the four benefits and what concerns groups."""


class Stake(NamedTuple):
    """What a group has at stake: the outcome, and in words what more and less of it mean."""

    group: str
    measure: str
    outcome: str
    more: str
    less: str


_TRUST = ("trust in the city", "trust the city more", "trust the city less")
_HELP = ("volunteering", "volunteer more", "volunteer less")
_LIVE = ("how many are active", "are more", "are fewer")
STAKES = tuple(
    Stake(group, measure, outcome, more, less)
    for group, outcome, (measure, more, less) in (
        ("marginalised residents", "trust_marginalised", _TRUST),
        ("marginalised residents", "participation_marginalised", _HELP),
        ("other residents", "trust_others", _TRUST),
        ("other residents", "participation_others", _HELP),
        ("informal initiatives", "initiative_trust_informal", _TRUST),
        ("informal initiatives", "active_informal", _LIVE),
        ("formal initiatives", "initiative_trust_formal", _TRUST),
        ("formal initiatives", "active_formal", _LIVE),
        ("staff", "staff_strain", ("exhaustion", "are more exhausted", "are less exhausted")),
        ("staff", "staff_hours", ("hours", "spend more hours", "spend fewer hours")),
    )
)
"""Who has what at stake, in the order of the tables."""
TIPS = (
    "tip_strength",
    "tip_euros",
    "tip_staff_hours",
    "tip_within",
    "tip_volunteer_hours",
    "tip_unspent",
    "tip_reached",
    "tip_reached_diverse",
)
NO_GAIN, LOSS, SAVES, RATIO = "no gain to divide by", "a loss, not a gain", "gains and saves money", ""
UNDEFINED = "its gain is not defined"


@dataclass(frozen=True)
class Compared:
    """Runs of several cases with the same seeds.

    `values`: (cases, seeds, outcomes), in the order of `OUTCOMES`, as `of_run` has them; NaN where a run
    failed or an outcome is undefined. `base`: the baseline's index; `outcome`: the chosen one;
    `hour_rate`: EUR that an hour of staff counts for.
    """

    names: Sequence[str]
    titles: Sequence[str]
    base: int
    months: int
    outcome: str
    hour_rate: float
    values: Floats

    @property
    def years(self) -> float:
        """How long that is of which a run's value is made."""
        return (self.months - WARM_UP if self.months > WARM_UP else self.months) / 12

    @property
    def others(self) -> list[int]:
        """The indices of all cases but the baseline."""
        return [i for i in range(len(self.names)) if i != self.base]

    def of(self, outcome: str) -> Floats:
        """(cases, seeds) of one outcome."""
        return self.values[:, :, [*OUTCOMES].index(outcome)]

    def cost(self) -> Floats:
        """What each run costs the city in EUR a year, its staff's hours included: (cases, seeds)."""
        return (self.of("euros") + self.hour_rate * self.of("staff_hours")) / self.years

    def a_year(self, outcome: str) -> Floats:
        """(cases, seeds) of one outcome; of a flow for each year."""
        return self.of(outcome) / (self.years if OUTCOMES[outcome].total else 1)

    @cached_property
    def shown(self) -> list[str]:
        """The outcomes that are compared, the chosen one first."""
        named = [self.outcome, *HEADLINE.values(), *(s.outcome for s in STAKES), *ALSO]
        return [o for o in dict.fromkeys(named) if not np.isnan(self.of(o)).all()]


def differences(c: Compared) -> pd.DataFrame:
    """Each case against the baseline, in each outcome that is shown.

    `outcome`, `case`, `baseline`, `mean` of the case, the fields of `Contrast`, and `p_holm`: p corrected
    for all rows of the table.
    """
    values = {outcome: c.of(outcome)[:, None, :] for outcome in c.shown}
    table = contrasts(values, [(i, c.base) for i in c.others], sampled=False)
    table.insert(1, "case", [c.names[i] for i in table["mine"]])
    table.insert(2, "baseline", c.names[c.base])
    means = {outcome: over_seeds(c.of(outcome)) for outcome in c.shown}
    table.insert(3, "mean", [means[o][i] for o, i in zip(table["outcome"], table["mine"], strict=True)])
    return table.drop(columns=["mine", "base"])


def beats(c: Compared) -> pd.DataFrame:
    """For every ordered pair of cases, in which share of the seeds `case` does better than `other`.

    Better in the chosen outcome: more of it, or less where less is better; ties count half. `low`,
    `high`: Wilson's 95% interval; `seeds`: how many pairs of runs there are.
    """
    values = (direction(c.outcome) or 1) * c.of(c.outcome)
    rows = []
    for i, case in enumerate(c.names):
        for j, other in enumerate(c.names):
            if i == j:
                continue
            d = values[i] - values[j]
            d = d[~np.isnan(d)]
            share = float(np.mean((d > 0) + 0.5 * (d == 0))) if len(d) else math.nan
            low, high = share_interval(share, len(d))
            rows.append({"case": case, "other": other, "beats": share, "low": low, "high": high, "seeds": len(d)})
    return pd.DataFrame(rows)


def cost_per_gain(c: Compared) -> pd.DataFrame:
    """What each case costs more than the baseline, and what it costs for each unit of gain.

    `euros`, `staff_hours`: more a year; `cost`: both in EUR a year, with 95% interval; `gain`: how much
    better in the chosen outcome, of a share in percentage points, of a flow a year; `ratio`: EUR for each
    unit of gain, with an interval by the bootstrap over seeds, NaN where `says` tells why there is none.
    """
    scale = (direction(c.outcome) or 1) * (100.0 if OUTCOMES[c.outcome].unit == "share" else 1.0)
    gained, paid = scale * c.a_year(c.outcome), c.cost()
    rows = []
    for i in c.others:
        gain, cost = gained[i] - gained[c.base], paid[i] - paid[c.base]
        both = ~np.isnan(gain + cost)
        says, ends = _ratio(cost[both], gain[both])
        rows.append({
            "case": c.names[i],
            **{o: _mean(c.a_year(o)[i] - c.a_year(o)[c.base]) for o in ("euros", "staff_hours")},
            **_with_interval("cost", cost),
            **_with_interval("gain", gain),
            **dict(zip(("ratio", "ratio_low", "ratio_high"), ends, strict=True)),
            "says": says,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _ratio(cost: Floats, gain: Floats) -> tuple[str, tuple[float, float, float]]:
    """Mean cost for each mean unit of gain with its interval; or why there is none."""
    none = (math.nan,) * 3
    if not len(gain):
        return UNDEFINED, none
    low, high = interval(gain)
    if not (low > 0 or high < 0):
        return NO_GAIN, none
    if high < 0:
        return LOSS, none
    if interval(cost)[1] < 0:
        return SAVES, none  # a negative price would say the less the larger the gain
    ratio = float(cost.mean() / gain.mean())
    if np.ptp(cost) == 0 and np.ptp(gain) == 0:
        return RATIO, (ratio, ratio, ratio)
    return RATIO, (ratio, *ratio_interval(cost, gain))


def ratio_interval(cost: Floats, gain: Floats) -> tuple[float, float]:
    """95% interval of mean(cost) / mean(gain) over pairs: BCa, or percentiles where it has none."""
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", stats.DegenerateDataWarning)
            ends = stats.bootstrap(
                (cost, gain),
                lambda x, y, axis: np.mean(x, axis=axis) / np.mean(y, axis=axis),
                n_resamples=RESAMPLES,
                paired=True,
                vectorized=True,
                confidence_level=LEVEL,
                method=method,
                rng=np.random.default_rng(0),
            ).confidence_interval
        if math.isfinite(ends.low) and math.isfinite(ends.high):
            break
    return float(ends.low), float(ends.high)


def groups(found: pd.DataFrame) -> pd.DataFrame:
    """Who gains and who loses: the rows of `differences` that concern a group.

    `group`, `measure`, `outcome`, `case`, `mean`, `difference`, `low`, `high`, `p_holm`, and `verdict`:
    gains, loses or unclear. Hours of work and exhaustion are losses.
    """
    rows = []
    for stake in STAKES:
        for row in found[found["outcome"] == stake.outcome].to_dict("records"):
            verdict = "unclear"
            if row["p_holm"] < ALPHA:
                verdict = "gains" if row["difference"] * direction(stake.outcome) > 0 else "loses"
            kept = {key: row[key] for key in ("outcome", "case", "mean", "difference", "low", "high", "p_holm")}
            rows.append({"group": stake.group, "measure": stake.measure, **kept, "verdict": verdict})
    return pd.DataFrame(rows)


def pareto(c: Compared) -> pd.DataFrame:
    """Which cases no other case beats in all of the four benefits and the cost together.

    `case`, the mean of each benefit's outcome, `cost` in EUR a year; `beaten_by`: a case whose means are
    at least as good in everything and better in something, empty if there is none; `best`: the share of
    resamples of the seeds in which there is none. Only seeds count in which all cases have all measures.
    """
    axes = [o for o in HEADLINE.values() if not np.isnan(c.of(o)).all()]
    measures = np.stack([*(c.of(o) for o in axes), c.cost()], axis=-1)
    whole = ~np.isnan(measures).any(axis=(0, 2))
    good = measures[:, whole] * np.array([*(direction(o) for o in axes), -1])
    n = good.shape[1]
    if not n:
        return pd.DataFrame()
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), RESAMPLES) / n
    means = good.mean(axis=1)
    beaten = _beaten(means[None])[0]
    best = 1 - np.mean(_beaten(np.einsum("rs,csm->rcm", drawn, good)).any(axis=2), axis=0)
    levels = dict(zip([*axes, "cost"], (measures[:, whole].mean(axis=1)).T, strict=True))
    by = [c.names[int(row.argmax())] if row.any() else "" for row in beaten]
    return pd.DataFrame({"case": list(c.names), **levels, "beaten_by": by, "best": best})


def _beaten(means: Floats) -> "np.ndarray[tuple[int, int, int], np.dtype[np.bool_]]":
    """(draws, cases, measures), more being better -> whether each case is beaten by each: (draws, cases, cases)."""
    mine, other = means[:, :, None], means[:, None]
    return np.asarray((other >= mine).all(axis=-1) & (other > mine).any(axis=-1))


def ranking(c: Compared) -> pd.DataFrame:
    """How much better than the baseline each case reaches the four benefits alike, best first.

    `gain`: the mean of their per cent changes, see `Goal.score`, with its interval and `p_holm`; and each
    benefit's own change in per cent.
    """
    whole = Goal(dict.fromkeys(HEADLINE.values(), 1.0))
    gains = whole.score(c.values, c.values[c.base])
    found = contrasts({"gain": gains[:, None, :]}, [(i, c.base) for i in c.others], sampled=False)
    table = pd.DataFrame({"case": [c.names[i] for i in found["mine"]], "gain": found["difference"],
                          **{key: found[key] for key in ("low", "high", "p_holm")}})  # fmt: skip
    for benefit, outcome in HEADLINE.items():
        own = over_seeds(Goal({outcome: 1.0}).score(c.values, c.values[c.base]))
        table[benefit] = [own[i] - own[c.base] for i in found["mine"]]
    return table.sort_values("gain", ascending=False, kind="stable", ignore_index=True)


def tips(c: Compared) -> pd.DataFrame:
    """What the tips of each case took, a year: a row per case with tips and outcome, `mean`, `low`, `high`.

    And `cost`: their EUR and staff hours together.
    """
    took = {outcome: (OUTCOMES[outcome].unit, c.a_year(outcome)) for outcome in TIPS}
    hours = took["tip_staff_hours"][1] + took["tip_within"][1]
    took["cost"] = ("EUR", took["tip_euros"][1] + c.hour_rate * hours)
    return pd.DataFrame([
        {"case": name, "outcome": outcome, "unit": unit, **_with_interval("mean", values[i])}
        for i, name in enumerate(c.names)
        if not np.isnan(took["tip_reached"][1][i]).all()
        for outcome, (unit, values) in took.items()
    ])  # fmt: skip


def _with_interval(name: str, values: Floats) -> dict[str, float]:
    known = values[~np.isnan(values)]
    low, high = interval(known)
    return {name: _mean(known), f"{name}_low": low, f"{name}_high": high}


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def widest(c: Compared) -> float:
    """The width of the widest interval of a difference in the chosen outcome; NaN if there is none."""
    values = c.of(c.outcome)[:, None, :]
    found = [contrast(values[i], values[c.base], sampled=False) for i in c.others]
    return max((one.high - one.low for one in found if not math.isnan(one.high)), default=math.nan)


def until_narrow(run: Callable[[int], Compared], precision: float, cap: int) -> tuple[Compared, list[int]]:
    """Add seeds until every interval of the chosen outcome is narrower than `precision`, or there are `cap`.

    `run(n)` gives the runs of the seeds 1 to n. Gives the last of these, and how many seeds there were
    at each look.

    It is looked at how wide the intervals are, never at whether they hold zero: whoever adds runs until
    a difference is significant finds one in the end. A fixed width leaves the coverage what it says with
    many runs (Chow and Robbins 1965, Annals of Mathematical Statistics 36, 457-462), and falls a little
    short of it with few, because a sample that happens to vary little stops early (Kelley and others 2018,
    Psychological Methods 23, 226-243). Hence many seeds to begin with, and few looks.
    """
    looks = [min(FIRST, cap)]
    while True:
        found = run(looks[-1])
        if not widest(found) > precision or looks[-1] >= cap:  # more seeds do not define what is undefined
            return found, looks
        looks.append(min(cap, math.ceil(GROWTH * looks[-1])))


def measured(c: Compared) -> Mapping[str, pd.DataFrame]:
    """Every table, by its name."""
    found = differences(c)
    return {
        "differences": found,
        "beats": beats(c),
        "cost_per_gain": cost_per_gain(c),
        "groups": groups(found),
        "ranking": ranking(c),
        "pareto": pareto(c),
        "tips": tips(c),
    }
