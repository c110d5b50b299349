"""How often the checks give a false verdict, and how often they see what they should: both measured.

Whole runs are repeated with numbers drawn from those of the runs there are, with the truth moved to
where a verdict would just be false, or to the size for which power is stated. Drawn numbers keep
what t tests take for granted and runs may lack: shape, ties, outliers.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import stdtr

from sim.study.patterns.experiment import Want
from sim.study.patterns.judging import ALPHA, TINY, strictest, unmet
from sim.study.patterns.look import Floats

REPEATS = 20_000  # so that a rate of 0.8% is told from 1%
Sampled = Sequence[tuple[Floats, Want]]
"""The statements of a fact: a value per seed, and what is wanted."""


@dataclass(frozen=True)
class Rates:
    """Shares of whole runs, each with a 95% interval, and of statements.

    `identical`: with a difference passed where both cases are the same and seeds are not, None where that was
    not run; `boundary`: with a false pass where the truth is just not so; `opposite`: with a false fail
    where it is just so (at most: what passes is not left out here); `power`: the share of statements shown, if
    the truth is the size of interest, at the strictest level, on average, and of the weakest statement, which
    is `weakest`.
    """

    repeats: int
    facts: int
    identical: tuple[float, float, float] | None
    boundary: tuple[float, float, float]
    opposite: tuple[float, float, float]
    power: float
    lowest: float
    weakest: str
    short: tuple[str, ...]

    def words(self) -> str:
        """The rates in sentences."""
        same = f"{_percent(self.identical)} with identical cases and fresh seeds, " if self.identical else ""
        short = f" Below 0.95: {', '.join(self.short)}." if self.short else ""
        return (
            f"Measured in {self.repeats:,} whole runs of {self.facts} facts: a false verdict in {same}"
            f"{_percent(self.boundary)} with every truth just short of a pass, {_percent(self.opposite)} with every"
            f" truth just short of a fail ({ALPHA:.0%} allowed). Effects of the size of interest were shown in"
            f" {self.power:.1%} of cases on average, the least in {self.lowest:.1%} ({self.weakest}).{short}"
        )

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def _percent(rate: tuple[float, float, float]) -> str:
    return f"{rate[0]:.2%} ({rate[1]:.2%} to {rate[2]:.2%})"


def measure(
    facts: Sequence[tuple[str, Sampled]], identical: Sequence[Floats], repeats: int = REPEATS, seed: int = 0
) -> Rates:
    """The rates of a whole run of `facts`: id and statements, each with a value for each seed.

    identical: for as many facts as that was run for, (2n,) numbers of one case with 2n seeds; a difference
    between a half drawn at random and the other is a difference between identical cases.
    """
    chance = np.random.default_rng(seed)
    passes = np.array([_fact(fact, "low", repeats, chance)[0] for _, fact in facts])
    fails = np.array([_fact(fact, "fails", repeats, chance)[1] for _, fact in facts])
    power, names = [], []
    for name, fact in facts:
        for n, (values, want) in enumerate(fact, 1):
            if len(values) > 2:
                p, _ = _p(_drawn(values, want.expected, repeats, chance), want)
                power.append(float(np.mean(p < strictest(len(facts)))))
                names.append(f"{name}, statement {n}")
    weakest = int(np.argmin(power))
    return Rates(
        repeats,
        len(facts),
        _rate(_any_false(_identical(identical, repeats, chance))) if identical else None,
        _rate(_any_false(passes)),
        _rate(_any_false(fails)),
        float(np.mean(power)),
        power[weakest],
        names[weakest],
        tuple(f"{name} ({p:.2f})" for name, p in zip(names, power, strict=True) if p < 0.95),
    )


def _any_false(p: Floats) -> Floats:
    """(repeats,) whether Holm's method would give any verdict at all: the smallest p decides. p: (facts, repeats)."""
    return np.asarray(p.min(axis=0) < strictest(len(p)))


def _rate(hits: Floats) -> tuple[float, float, float]:
    found = stats.binomtest(int(hits.sum()), len(hits)).proportion_ci(0.95)
    return float(hits.mean()), float(found.low), float(found.high)


def _drawn(values: Floats, truth: float, repeats: int, chance: np.random.Generator) -> Floats:
    """(repeats, n) drawn from `values`, moved so that their mean is `truth`."""
    centred = values - values.mean()
    return truth + chance.choice(centred, (repeats, len(values)))


def _fact(fact: Sampled, where: str, repeats: int, chance: np.random.Generator) -> tuple[Floats, Floats]:
    """(repeats,) p of a pass and of a fail of a fact, the truth of all its statements at the edge of it.

    A fact is just short of a pass if one statement is, and all others hold: each is tried as that one.
    """
    if where == "fails":
        found = [_p(_drawn(v, _edge(w, where), repeats, chance), w)[1] for v, w in fact if len(v) > 2]
        return np.ones(repeats), np.minimum(1.0, len(fact) * np.min(found, axis=0)) if found else np.ones(repeats)
    found = [_p(_drawn(v, _edge(w, where), repeats, chance), w)[0] for v, w in fact if len(v) > 2]
    pick = chance.integers(len(found), size=repeats) if found else np.zeros(repeats, int)
    return np.array(found)[pick, np.arange(repeats)] if found else np.ones(repeats), np.ones(repeats)


def _edge(want: Want, where: str) -> float:
    ends = (want.low, want.high) if where == "low" else (want.fails_below, want.fails_above)
    return next(e for e in ends if np.isfinite(e))


def _p(drawn: Floats, want: Want) -> tuple[Floats, Floats]:
    """(repeats,) p of a pass and of a fail, of (repeats, n) values; as `judging.look` has them."""
    n = drawn.shape[1]
    mean, sd = drawn.mean(axis=1), drawn.std(axis=1, ddof=1)
    error = np.where(sd <= TINY * np.maximum(1.0, np.abs(mean)), np.nan, sd / np.sqrt(n))

    def beyond(value: float, sign: int) -> Floats:
        if not np.isfinite(value):
            return np.zeros(len(mean))
        gap = sign * (mean - value)
        return np.where(np.isnan(error), np.where(gap > TINY, unmet(n), 1.0), stdtr(n - 1, -gap / error))

    p_pass = np.maximum(beyond(want.low, 1), beyond(want.high, -1))
    sides = [beyond(v, s) for v, s in ((want.fails_below, -1), (want.fails_above, 1)) if np.isfinite(v)]
    return p_pass, np.minimum(1.0, len(sides) * np.min(sides, axis=0))


def _identical(pools: Sequence[Floats], repeats: int, chance: np.random.Generator) -> Floats:
    """(facts, repeats) p of a pass, of differences between random halves of the runs of one case.

    A direction that fails there fails rightly; which one it is, is the same to numbers that may change places.
    """
    found = []
    for pool in pools:
        half = len(pool) // 2
        order = chance.permuted(np.broadcast_to(np.arange(2 * half), (repeats, 2 * half)), axis=1)
        d = pool[order[:, :half]] - pool[order[:, half:]]
        mean, error = d.mean(axis=1), d.std(axis=1, ddof=1) / np.sqrt(half)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(error > 0, mean / error, 0.0)
        found.append(stdtr(half - 1, -t))
    return np.array(found)
