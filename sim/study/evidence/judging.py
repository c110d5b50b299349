"""In how many draws a sentence holds, how surely a single draw is decided, and what tells the draws apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from sim.model.settings import TIPS
from sim.study import discovery
from sim.study.compare import LEVEL, Floats, over_seeds, share_interval
from sim.study.discovery import Rule
from sim.study.evidence.draws import Tried
from sim.study.evidence.sentences import BENEFITS, NONE, Sentence, more
from sim.study.sensitivity import separating

ROBUST = 0.95  # of draws, from which on a sentence may stand without a condition
ENOUGH = 1000  # draws, below which none may
HALF = 0.5
PASS, FAIL, UNDECIDED = "pass", "fail", "undecided"
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """What became of a sentence.

    `draws`: those in which it is defined, in which `holds` says whether it holds; `share` of them, with
    Wilson's 95% interval. `surely`, `surely_not`: shares of draws whose seeds alone decide at 95%; `agree`:
    the share of draws in which both halves of the seeds say the same, NaN with one seed. `rule`: what tells
    the rarer draws from the others, `rarer` whether it holds in those.
    """

    sentence: Sentence
    holds: Flags
    share: float
    low: float
    high: float
    surely: float
    surely_not: float
    agree: float
    apart: pd.DataFrame
    rule: Rule | None

    @property
    def draws(self) -> int:
        """In how many draws it is defined."""
        return len(self.holds)

    @property
    def rarer(self) -> bool:
        """Whether it holds in the rarer draws, which `rule` and `apart` are about."""
        return self.share < HALF

    @property
    def verdict(self) -> str:
        """Whether it holds in at least `ROBUST` of at least `ENOUGH` draws."""
        if self.high < ROBUST:
            return FAIL
        return PASS if self.low >= ROBUST and self.draws >= ENOUGH else UNDECIDED


def judge(tried: Tried, sentence: Sentence) -> Judged:
    """Judge a sentence. In a draw it holds if the mean over seeds of each of its differences is above 0."""
    values = tried.of(sentence)
    margin = margins(tried, sentence)
    known = ~np.isnan(margin)
    values, margin = values[:, known], margin[known]
    holds = _above(margin, sentence.ties)
    share = float(holds.mean()) if len(holds) else math.nan
    low, high = share_interval(share, len(holds))
    half = _margin(values)
    middle = over_seeds(values)
    surely = _above(middle - half, sentence.ties).all(axis=0)
    surely_not = (middle + half < 0).any(axis=0)
    apart, rule = _told_apart(tried.drawn[known], holds if share < HALF else ~holds)
    return Judged(sentence, holds, share, low, high, _mean(surely), _mean(surely_not),
                  _agree(values, sentence.ties), apart, rule)  # fmt: skip


def _above(values: Floats, ties: bool) -> Flags:
    return values >= 0 if ties else values > 0


def _mean(flags: npt.ArrayLike) -> float:
    each = np.asarray(flags, float)
    return float(each.mean()) if each.size else math.nan


def _margin(values: Floats) -> Floats:
    """Half of the 95% interval of each mean over seeds; infinite for a single seed."""
    n = np.count_nonzero(~np.isnan(values), axis=-1)
    if values.shape[-1] < 2:
        return np.full(n.shape, math.inf)
    off = values - over_seeds(values)[..., None]
    spread = np.sqrt(np.nansum(off**2, axis=-1) / np.maximum(n - 1, 1))
    return np.where(
        n > 1, stdtrit(np.maximum(n - 1, 1), (1 + LEVEL) / 2) * spread / np.sqrt(np.maximum(n, 1)), math.inf
    )


def _agree(values: Floats, ties: bool) -> float:
    """The share of draws in which odd and even seeds, each by themselves, say the same."""
    if values.shape[-1] < 2:
        return math.nan
    halves = [over_seeds(values[..., i::2]).min(axis=0) for i in (0, 1)]
    both = ~np.isnan(halves[0]) & ~np.isnan(halves[1])
    one, other = (_above(half[both], ties) for half in halves)
    return _mean(one == other)


def _told_apart(drawn: pd.DataFrame, these: Flags) -> tuple[pd.DataFrame, Rule | None]:
    """What tells `these` draws from the others: settings by how far they are apart, and a box."""
    if min(these.sum(), (~these).sum()) < discovery.FEWEST:
        return pd.DataFrame(), None
    apart = separating(drawn, these).sort_values("distance", ascending=False, kind="stable", ignore_index=True)
    return apart, discovery.rule(drawn.reset_index(drop=True), these, list(apart["factor"]))


def ranks(tried: Tried) -> pd.DataFrame:
    """How the single tips are ranked at equal budget: a row per tip, the one that is first most often at the top.

    `first`, `last`: the share of draws in which it is; `rank`: its mean rank; `helps`: the share of draws in
    which it does better than no tip; `gain`, `gain_10`, `gain_90`: median, and the tenths, of per cent.
    Empty where no draw defines them all.
    """
    gains = np.array([over_seeds(tried.of(Sentence("", "", [more(tip, NONE, BENEFITS)]))[0]) for tip in TIPS])
    gains = gains[:, ~np.isnan(gains).any(axis=0)]
    if not gains.size:
        return pd.DataFrame()
    place = pd.DataFrame(-gains).rank(method="average").to_numpy()
    rows = [
        {"tip": tip, "first": _mean(place[i] == place.min(axis=0)), "last": _mean(place[i] == place.max(axis=0)),
         "rank": float(place[i].mean()), "helps": _mean(gains[i] > 0), "gain": float(np.median(gains[i])),
         "gain_10": float(np.quantile(gains[i], 0.1)), "gain_90": float(np.quantile(gains[i], 0.9))}
        for i, tip in enumerate(TIPS)
    ]  # fmt: skip
    return pd.DataFrame(rows).sort_values(["first", "rank"], ascending=[False, True], ignore_index=True)


def all_judged(tried: Tried, sentences: Sequence[Sentence]) -> list[Judged]:
    """Every sentence, in order."""
    return [judge(tried, sentence) for sentence in sentences]


def margins(tried: Tried, sentence: Sentence) -> Floats:
    """The least of a sentence's mean differences in each draw, NaN where undefined."""
    return np.asarray(over_seeds(tried.of(sentence)).min(axis=0))
