"""Pass, fail or undecided, with an error rate that holds for all facts of a run together.

A statement passes if what it says is shown, fails if the opposite is shown, and is undecided between.
A fact passes if all its statements do (an intersection-union test, which needs no correction: Berger
1982, Technometrics 24, 295-300) and fails if one does (corrected by Bonferroni); what passes has not failed,
though it be shown to be smaller than of interest. Over all facts of a run both are corrected by Holm's method
(1979, Scandinavian Journal of Statistics 6, 65-70).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from scipy.special import nctdtr, stdtr, stdtrit

from sim.study.patterns.experiment import Want
from sim.study.patterns.look import Floats

ALPHA = 0.01  # chance of a false verdict in a whole run, half of it for each kind of verdict
LEVEL = 0.95  # of the intervals shown, which hold for one statement alone
POWER = 0.95
FEWEST = 10  # pairs without which nothing is said
TINY = 1e-12  # what rounding leaves of a difference that is always the same
RARE = 0.2  # where all seeds agree: the share of seeds that may differ without our having met one
PASS, FAIL, UNDECIDED, UNTESTABLE = "pass", "fail", "undecided", "not testable yet"


@dataclass(frozen=True)
class Found:
    """What the seeds say of one statement.

    `mean` of the quantity with 95% interval; `sd` between seeds; `size`: mean over sd, the paired
    standardised effect; `pairs`: seeds for which all its numbers are defined, of `seeds`; `p_pass`, `p_fail`: the
    chance of such seeds if what is to be shown were just not so; `needed`: seeds for a power of `POWER`.
    """

    mean: float
    low: float
    high: float
    sd: float
    size: float
    pairs: int
    seeds: int
    p_pass: float
    p_fail: float
    power: float = math.nan
    needed: int = 0
    verdict: str = UNDECIDED


@dataclass(frozen=True)
class Judged:
    """What became of a fact: `p_pass`, `p_fail` are corrected by Holm's method, and two-sided.

    `power`: at least so much is the chance to show all its statements (Bonferroni).
    """

    verdict: str
    p_pass: float
    p_fail: float
    power: float
    parts: Sequence[Found]


def look(samples: Floats, want: Want, seeds: int) -> Found:
    """What `samples`, a value per seed, say of a statement, before any correction."""
    n = len(samples)
    if n < min(FEWEST, max(seeds, 2)):
        return Found(_mean(samples), math.nan, math.nan, math.nan, math.nan, n, seeds, 1.0, 1.0)
    mean, sd = float(samples.mean()), spread(samples)
    error = sd / math.sqrt(n)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * error

    def above(value: float) -> float:
        """P of: not above `value`."""
        if math.isinf(value):
            return 0.0 if value < 0 else 1.0
        if error == 0.0:
            return unmet(n) if mean > value else 1.0
        return float(stdtr(n - 1, -(mean - value) / error))

    def below(value: float) -> float:
        if math.isinf(value):
            return 0.0 if value > 0 else 1.0
        if error == 0.0:
            return unmet(n) if mean < value else 1.0
        return float(stdtr(n - 1, (mean - value) / error))

    p_pass = max(above(want.low), below(want.high))
    sides = [below(want.fails_below)] if math.isfinite(want.fails_below) else []
    sides += [above(want.fails_above)] if math.isfinite(want.fails_above) else []
    size = mean / sd if sd else (math.inf * np.sign(mean) if mean else 0.0)
    return Found(mean, mean - half, mean + half, sd, float(size), n, seeds, p_pass, min(1.0, len(sides) * min(sides)))


def spread(samples: Floats) -> float:
    """The standard deviation of `samples`, at least two; 0 where only rounding tells them apart."""
    sd = float(samples.std(ddof=1))
    return 0.0 if sd <= TINY * max(1.0, abs(float(samples.mean()))) else sd


def unmet(n: int) -> float:
    """The chance that n seeds all agree although `RARE` of all seeds differ: without a spread there is no t value."""
    return float((1 - RARE) ** n)


def power(want: Want, sd: float, n: int, alpha: float) -> float:
    """The chance to show the statement at `alpha`, one-sided, with n seeds, if the truth is `want.expected`."""
    if n < 2 or math.isnan(sd):
        return math.nan
    if sd == 0.0:
        return 1.0 if unmet(n) < alpha else 0.0
    error = sd / math.sqrt(n)
    critical = float(stdtrit(n - 1, 1 - alpha))
    missed = 0.0
    for gap in (want.expected - want.low, want.high - want.expected):
        if math.isfinite(gap):
            missed += _misses(gap / error, n - 1, critical)
    return max(0.0, 1.0 - missed)


def _misses(shift: float, freedom: int, critical: float) -> float:
    """The chance that a t value around `shift` stays below `critical`."""
    if shift > critical + 40:
        return 0.0
    found = float(nctdtr(freedom, shift, critical))
    return found if math.isfinite(found) else float(stats.norm.cdf(critical - shift))


def needed(want: Want, sd: float, alpha: float, target: float, most: int) -> int:
    """Seeds for a power of `target`, `most` + 1 if that many are not enough."""
    low, high = 2, most + 1
    if not power(want, sd, most, alpha) >= target:
        return high
    while low < high:
        middle = (low + high) // 2
        if power(want, sd, middle, alpha) >= target:
            high = middle
        else:
            low = middle + 1
    return low


def strictest(facts: int) -> float:
    """The one-sided level at which Holm's method tests the first of so many facts."""
    return ALPHA / 2 / max(1, facts)


def target(parts: int) -> float:
    """The power of each of so many statements that gives all together `POWER`."""
    return 1 - (1 - POWER) / max(1, parts)


def holm(p: Sequence[float]) -> list[float]:
    """P values corrected by Holm's method: the smallest times how many there are, the next times one less, ..."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    found, highest = [1.0] * len(p), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[i]))
        found[i] = highest
    return found


def judge(facts: Sequence[Sequence[tuple[Found, Want]]]) -> list[Judged]:
    """The verdict on each fact, of what was found of its statements; all are corrected together."""
    alpha = strictest(len(facts))
    # Left out is what passes by itself; that makes no false verdict likelier, as it only takes away from what may fail.
    against = [[1.0 if f.p_pass < ALPHA / 2 else min(1.0, len(fact) * f.p_fail) for f, _ in fact] for fact in facts]
    passes = holm([max(f.p_pass for f, _ in fact) for fact in facts])
    fails = holm([min(each) for each in against])
    judged = []
    for fact, each, p_pass, p_fail in zip(facts, against, passes, fails, strict=True):
        verdict = PASS if p_pass < ALPHA / 2 else FAIL if p_fail < ALPHA / 2 else UNDECIDED
        parts = []
        for (f, want), p in zip(fact, each, strict=True):
            n = needed(want, f.sd, alpha, target(len(fact)), 10**6) if not math.isnan(f.sd) else 0
            own = UNDECIDED
            if verdict == PASS or f.p_pass < alpha:
                own = PASS
            elif p < alpha or (verdict == FAIL and p == min(each)):
                own = FAIL
            parts.append(replace(f, power=power(want, f.sd, f.pairs, alpha), needed=n, verdict=own))
        missed = math.fsum(1 - part.power for part in parts)
        sure = math.nan if math.isnan(missed) else max(0.0, 1 - missed)
        judged.append(Judged(verdict, min(1.0, 2 * p_pass), min(1.0, 2 * p_fail), sure, parts))
    return judged


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan
