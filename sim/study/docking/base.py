"""What a docking is: a published set-up, a module of the city in it, and claims that are judged.

A claim passes or fails only where a 95% interval lies wholly on one side of its bound; anything else is
undecided. So a claim that sits exactly on its bound passes by chance in one of 40 dockings.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

import numpy as np
from scipy.special import stdtrit
from statsmodels.stats.proportion import proportion_confint

from sim.model.allocation import Floats
from sim.model.params import nearest
from sim.study.compare import LEVEL, interval

Row = dict[str, Any]
WIDE = 34  # letters of an option's name and value


class Verdict(StrEnum):
    """What became of a claim, or of all claims of a docking."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Estimate:
    """A mean or a difference of means, its 95% interval and the number of replications."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Claim:
    """A criterion, what the source prints for it, what we get, and the verdict."""

    says: str
    there: str
    ours: Estimate
    verdict: Verdict


@dataclass(frozen=True)
class Finding:
    """What a docking found: claims, tables (name -> rows of column -> value), and what is to be said."""

    claims: Sequence[Claim]
    tables: Mapping[str, Sequence[Row]]
    notes: Sequence[str]

    @property
    def verdict(self) -> Verdict:
        """Fails if any claim does, else is undecided if any is, else passes."""
        there = {claim.verdict for claim in self.claims}
        for verdict in (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS):
            if verdict in there:
                return verdict
        return Verdict.NOT_JUDGED


@dataclass(frozen=True)
class Docking:
    """One docking.

    ours: what of the city is tried; source, setup, reference: for readers, the last with how sure the
    reference numbers are; options: a frozen dataclass of `option`s; count: how many replications they ask
    for; one: replication k with a seed, to measure -> value; judge: all replications in order; draw: the
    figure.
    """

    id: str
    title: str
    ours: str
    source: str
    setup: str
    reference: str
    options: type
    count: Callable[[Any], int]
    one: Callable[[Any, int, int], Row]
    judge: Callable[[Any, Sequence[Row]], Finding]
    draw: Callable[[Any, Finding], None]


# --- options ---


def option(default: Any, says: str, low: float = -math.inf, high: float = math.inf, among: Sequence[str] = ()) -> Any:
    """A field that can be set as KEY=VALUE; lists with commas where `default` is a tuple.

    low, high: the range of numbers; among: the words allowed.
    """
    return field(default=default, metadata={"says": says, "low": low, "high": high, "among": tuple(among)})


def shown(value: Any) -> str:
    """An option's value as it is typed."""
    return ",".join(map(shown, value)) if isinstance(value, tuple) else f"{value:g}" if _number(value) else str(value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def usage(docking: Docking) -> list[str]:
    """Lines for each option of `docking`."""
    lines = []
    for f in fields(docking.options):
        key = f"  {docking.id}.{f.name}={shown(f.default)}"
        lines += (
            [key.ljust(WIDE) + f" {f.metadata['says']}"]
            if len(key) <= WIDE
            else [key, f"{'':{WIDE}} {f.metadata['says']}"]
        )
        if f.metadata["among"]:
            lines.append(f"{'':{WIDE}} of: {', '.join(f.metadata['among'])}")
    return lines


def read(docking: Docking, words: Mapping[str, str], faults: list[str]) -> Any:
    """The options of `docking` with `words`, name -> text; None, and added to `faults`, if something is wrong there."""
    before = len(faults)
    known = {f.name: f for f in fields(docking.options)}
    values = {}
    for name, text in words.items():
        where = f"{docking.id}.{name}"
        if name not in known:
            faults.append(f"{where}: no such option{nearest(name, known)}; allowed: {', '.join(known) or 'none'}")
            continue
        f = known[name]
        usual: Any = f.default
        several = isinstance(usual, tuple)
        parts = text.split(",") if several else [text]
        read_ = [_one(where, part.strip(), usual[0] if several else usual, f.metadata, faults) for part in parts]
        values[name] = tuple(read_) if several else read_[0]
    return docking.options(**values) if len(faults) == before else None


def _one(where: str, text: str, like: Any, rules: Mapping[str, Any], faults: list[str]) -> Any:
    if isinstance(like, str):
        if rules["among"] and text not in rules["among"]:
            hint = nearest(text, rules["among"])
            faults.append(f"{where}: '{text}'{hint}; allowed: {', '.join(rules['among'])}")
        return text
    kind = "a whole number" if isinstance(like, int) else "a number"
    try:
        value = type(like)(text)
    except ValueError:
        value = math.nan
    if not rules["low"] <= value <= rules["high"]:
        faults.append(f"{where}: '{text}'; allowed: {kind} from {rules['low']:g} to {rules['high']:g}")
    return value


# --- estimates ---


def mean(values: Sequence[float] | Floats) -> Estimate:
    """The mean of independent `values` with Student's interval; undefined ones are left out."""
    there = np.asarray(values, float)
    there = there[np.isfinite(there)]
    low, high = interval(there)
    return Estimate(float(there.mean()) if len(there) else math.nan, low, high, len(there))


def share(flags: Sequence[bool] | Floats) -> Estimate:
    """The share of `flags` that are set, with Wilson's interval, which has a width where all are alike."""
    n, hits = len(flags), int(np.sum(flags))
    low, high = proportion_confint(hits, n, alpha=1 - LEVEL, method="wilson") if n else (math.nan, math.nan)
    return Estimate(hits / n if n else math.nan, float(low), float(high), n)


def apart(one: Sequence[float] | Floats, other: Sequence[float] | Floats) -> Estimate:
    """The difference of two means of which each is over its own replications, with Welch's interval."""
    a, b = (np.asarray(x, float) for x in (one, other))
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    n = min(len(a), len(b))
    if n < 2:
        return Estimate(math.nan, math.nan, math.nan, n)
    value = float(a.mean() - b.mean())
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    if va + vb == 0:
        return Estimate(value, value, value, n)
    freedom = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    half = float(stdtrit(freedom, (1 + LEVEL) / 2) * math.sqrt(va + vb))
    return Estimate(value, value - half, value + half, n)


# --- verdicts ---


def above(says: str, there: str, ours: Estimate, bound: float = 0.0) -> Claim:
    """Passes if all of the interval is above `bound`, fails if nothing of it is."""
    return Claim(says, there, ours, _side(ours.low > bound, ours.high <= bound))


def below(says: str, there: str, ours: Estimate, bound: float = 0.0) -> Claim:
    """Passes if all of the interval is below `bound`, fails if nothing of it is."""
    return Claim(says, there, ours, _side(ours.high < bound, ours.low >= bound))


def within(says: str, there: str, ours: Estimate, low: float, high: float) -> Claim:
    """Passes if all of the interval is between `low` and `high`, fails if nothing of it is."""
    return Claim(says, there, ours, _side(low <= ours.low and ours.high <= high, ours.high < low or ours.low > high))


def contains(says: str, there: str, ours: Estimate, value: float, margin: float) -> Claim:
    """A claim of no difference: passes if `value` is in the interval, and nothing beyond `margin` of it."""
    precise = value - margin < ours.low <= value <= ours.high < value + margin
    return Claim(says, there, ours, _side(precise, value < ours.low or ours.high < value))


def _side(passes: bool, fails: bool) -> Verdict:
    return Verdict.PASS if passes else Verdict.FAIL if fails else Verdict.UNDECIDED


def column(rows: Sequence[Row], name: str) -> Floats:
    """(replications,): the values of a measure, in order; NaN where it has none."""
    return np.array([row.get(name, math.nan) for row in rows], float)
