"""When does a policy fail? Boxes (PRIM) and trees (CART) of failing futures, and robustness over all.

Friedman and Fisher 1999 (PRIM); Bryant and Lempert 2010 (scenario discovery, quasi-p); Breiman et al.
1984 (CART); McPhail et al. 2018 (robustness).
"""

import inspect
import math
import operator
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binomtest

from sim.model.outcomes import OUTCOMES
from sim.model.params import nearest
from sim.study.compare import LEVEL, Floats, share_interval

Flags = npt.NDArray[np.bool_]
Limits = Mapping[str, tuple[float, float]]
"""Factor -> lowest and highest value, infinite where there is no limit."""

FEWEST = 8  # failing futures, and others, below which no rule is looked for
FACTORS = 8  # those with the largest KS distance are searched for a box
FUTURES = 1000  # of more, so many are drawn for the search; the rule is counted in all of them
HALVES = 6  # random halves in which the search is repeated
BASELINE = "baseline"
OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
LOWER = {  # outcomes of which less is better, besides all costs
    "late_projects", "late_vetoes", "hours_lost", "response_delay", "acceptance_inequity", "opposing",
    "output_volatility", "tokenism_gap", "disappointment",
}  # fmt: skip
NEITHER = {  # of which neither more nor less is better as such
    "representation_ratio", "attendance_ratio", "acceptance_gap", "benefit_ratio", "handover_kept",
    "promised_influence", "tip_strength",
}  # fmt: skip


def direction(outcome: str) -> int:
    """1 if more is better, -1 if less is, 0 if neither: a judgement, stated in docs/analysis.md."""
    if outcome in NEITHER:
        return 0
    return -1 if outcome in LOWER or OUTCOMES[outcome].benefit == "cost" else 1


@dataclass(frozen=True)
class Criterion:
    """When a policy fails in a future: `outcome` compared with a limit, or with the baseline (None)."""

    outcome: str
    sign: str
    limit: float | None

    def __str__(self) -> str:
        return f"{self.outcome}{self.sign}{BASELINE if self.limit is None else f'{self.limit:g}'}"

    def failing(self, values: Floats, base: Sequence[int]) -> tuple[Flags, Flags]:
        """Whether each policy fails in each future, and whether that is defined.

        `values`: (policies, futures), means over seeds; `base`: the index of each policy's baseline.
        """
        limit = values[list(base)] if self.limit is None else np.full_like(values, self.limit)
        return OPERATORS[self.sign](values, limit), ~np.isnan(values) & ~np.isnan(limit)


def parse(text: str, faults: list[str]) -> Criterion | None:
    """The criterion that `text` writes, as `trust<0.4` or `trust<baseline`; adds to `faults`."""
    how = "write an outcome, one of < <= > >=, and a number or `baseline`, as in fail='trust<0.4'"
    found = re.fullmatch(r"\s*(\w+)\s*(<=|>=|<|>)\s*([^\s<>=]+)\s*", text)
    if not found:
        faults.append(f"fail: {text!r} is no criterion; {how}")
        return None
    outcome, sign, right = found.groups()
    if outcome not in OUTCOMES:
        faults.append(f"fail: {outcome}: no such outcome{nearest(outcome, OUTCOMES)}; see `sim list outcomes`")
        return None
    if right == BASELINE:
        return Criterion(outcome, sign, None)
    try:
        limit = float(right.removesuffix("%")) / (100 if right.endswith("%") else 1)
    except ValueError:
        faults.append(f"fail: {right!r} is neither a number nor `baseline`; {how}")
        return None
    o = OUTCOMES[outcome]
    if not o.low <= limit <= o.high:
        hint = f"; did you mean {limit / 100:g}?" if o.unit == "share" and o.low <= limit / 100 <= o.high else ""
        faults.append(f"fail: {outcome} lies between {o.low:g} and {o.high:g}, and {limit:g} does not{hint}")
        return None
    return Criterion(outcome, sign, limit)


@dataclass(frozen=True)
class Rule:
    """Limits on factors, and how well they tell failing from other futures.

    `inside`: futures within the limits; `caught`: failing ones among them; `failing`: all failing ones.
    `quasi_p`: factor -> probability of so many by chance without its limit; `support`: factor -> share
    of random halves of the futures in which the search limits it too; `checked`: the share that fails
    within limits found in one half, among futures of the other.
    """

    limits: Limits
    inside: int
    caught: int
    failing: int
    quasi_p: Mapping[str, float]
    support: Mapping[str, float]
    checked: float

    @property
    def coverage(self) -> float:
        """The share of failing futures that it holds."""
        return self.caught / self.failing

    @property
    def density(self) -> float:
        """The share of its futures that fail."""
        return self.caught / self.inside


def rule(futures: pd.DataFrame, failing: Flags, order: Sequence[str]) -> Rule | None:
    """The box of futures in which failing is most concentrated; None if there are too few, or no box.

    `order`: the factors, those first that tell most.
    """
    if min(failing.sum(), (~failing).sum()) < FEWEST:
        return None
    draw = np.random.default_rng(0)
    some = futures[list(order[:FACTORS])]
    chosen = np.sort(draw.permutation(len(some))[:FUTURES])
    searched, fails = some.iloc[chosen], failing[chosen]
    limits = _box(searched, fails)
    inside = within(some, limits)
    if not limits or not (inside & failing).any():
        return None
    counts = dict.fromkeys(some.columns, 0)
    checked = []
    for _ in range(HALVES):
        mixed = draw.permutation(len(searched))
        half, other = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
        found = _box(searched.iloc[half], fails[half])
        for factor in found:
            counts[factor] += 1
        hit = fails[other][within(searched.iloc[other], found)]
        checked.append(hit.mean() if len(hit) else math.nan)
    return Rule(
        limits,
        int(inside.sum()),
        int((inside & failing).sum()),
        int(failing.sum()),
        _quasi_p(some, failing, limits),
        {factor: counts[factor] / HALVES for factor in limits},
        float(np.nanmean(checked)) if not np.isnan(checked).all() else math.nan,
    )


def within(futures: pd.DataFrame, limits: Limits) -> Flags:
    """Which futures lie within the limits."""
    inside = np.ones(len(futures), bool)
    for factor, (low, high) in limits.items():
        inside &= futures[factor].between(low, high).to_numpy()
    return inside


def _box(futures: pd.DataFrame, failing: Flags) -> Limits:
    """PRIM's best box: the largest harmonic mean of coverage and density, without limits that chance explains."""
    if min(failing.sum(), (~failing).sum()) < FEWEST // 2:
        return {}
    box = _prim(futures.reset_index(drop=True), failing)
    path = box.peeling_trajectory
    both = 2 * path["coverage"] * path["density"] / (path["coverage"] + path["density"])
    bounds = box.box_lims[int(np.nanargmax(both.to_numpy()))]
    limits = {}
    for factor in futures.columns:
        low, high = (float(v) for v in bounds[factor])
        at_low, at_high = low <= futures[factor].min(), high >= futures[factor].max()
        if not (at_low and at_high):
            limits[factor] = (-math.inf if at_low else _short(low), math.inf if at_high else _short(high))
    while limits:
        chances = _quasi_p(futures, failing, limits)
        worst = max(chances, key=lambda factor: chances[factor])
        if chances[worst] <= 1 - LEVEL:
            break
        del limits[worst]
    return limits


def _prim(futures: pd.DataFrame, failing: Flags) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it would like to have installed, and NumPy's and pandas' changes
        from ema_workbench.analysis import prim

        least = max(0.05, FEWEST / 2 / len(futures))
        # Version 2 takes numbers and a threshold, from which on a future is of interest; version 3 takes flags.
        old = {"threshold": 0.5} if "threshold" in inspect.signature(prim.Prim.__init__).parameters else {}
        return prim.Prim(futures, failing, mass_min=least, **old).find_box()


def _quasi_p(futures: pd.DataFrame, failing: Flags, limits: Limits) -> dict[str, float]:
    """Factor -> binomial probability that the box without its limit has as many failing futures in the box."""
    inside = within(futures, limits)
    caught = int((inside & failing).sum())
    chances = {}
    for factor in limits:
        without = within(futures, {f: ends for f, ends in limits.items() if f != factor})
        share = float(failing[without].mean())
        chances[factor] = float(binomtest(caught, int(inside.sum()), share, "greater").pvalue) if inside.any() else 1.0
    return chances


def _short(value: float) -> float:
    """Three figures: what is told is what was counted."""
    return float(f"{value:.3g}")


@dataclass(frozen=True)
class Leaf:
    """A branch of the tree: its limits, its futures, and how many of them fail."""

    limits: Limits
    futures: int
    failing: int


def tree(futures: pd.DataFrame, failing: Flags) -> tuple[list[Leaf], float]:
    """A small tree of failing and other futures, and its balanced accuracy in futures it has not seen.

    0.5 is guessing, 1 is always right. No leaves if there are too few futures.
    """
    if min(failing.sum(), (~failing).sum()) < FEWEST:
        return [], math.nan
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    least = max(5, math.ceil(len(futures) / 50))
    cart = DecisionTreeClassifier(max_depth=3, min_samples_leaf=least, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    guessed = cross_val_predict(cart, futures.to_numpy(), failing, cv=folds)
    cart.fit(futures.to_numpy(), failing)
    leaves = []
    for limits in _branches(cart.tree_, list(futures.columns), 0, {}):
        inside = within(futures, limits)
        leaves.append(Leaf(limits, int(inside.sum()), int((inside & failing).sum())))
    leaves.sort(key=lambda leaf: -leaf.failing / max(leaf.futures, 1))
    return leaves, float(balanced_accuracy_score(failing, guessed))


def _branches(grown: Any, names: Sequence[str], node: int, limits: dict[str, tuple[float, float]]) -> Iterator[Limits]:
    left, right = int(grown.children_left[node]), int(grown.children_right[node])
    if left == right:
        yield limits
        return
    factor, cut = names[grown.feature[node]], float(grown.threshold[node])
    low, high = limits.get(factor, (-math.inf, math.inf))
    yield from _branches(grown, names, left, {**limits, factor: (low, cut)})
    yield from _branches(grown, names, right, {**limits, factor: (float(np.nextafter(cut, math.inf)), high)})


def robustness(values: Floats, names: Sequence[str], sense: int, failing: Flags, defined: Flags) -> pd.DataFrame:
    """How each policy does over the same futures; a row per policy, `values` (policies, futures).

    `satisficing`: the share of futures in which it does not fail, with Wilson's 95% interval; `worst`,
    `mean`: of its values; `regret_max`, `regret_90`: how far behind the best policy of a future it falls
    at most, and in the tenth of futures where it falls furthest; `first`, `last`, `rank`: share of futures
    in which it is best and worst, and its mean rank, ties shared. `sense` 1: more is better, -1: less.
    Futures that are undefined for any policy are left out.
    """
    whole = ~np.isnan(values).any(axis=0)
    good = sense * values[:, whole]
    regret = good.max(axis=0) - good
    ranks = pd.DataFrame(-good).rank(method="average").to_numpy()
    known = defined.all(axis=0)
    rows = []
    for i, name in enumerate(names):
        n = int(known.sum())
        share = float(1 - failing[i][known].mean()) if n else math.nan
        rows.append({
            "policy": name,
            "satisficing": share,
            **dict(zip(("satisficing_low", "satisficing_high"), share_interval(share, n), strict=True)),
            "mean": float(sense * good[i].mean()),
            "worst": float(sense * good[i].min()),
            "regret_max": float(regret[i].max()),
            "regret_90": float(np.quantile(regret[i], 0.9)),
            "first": float(np.mean(ranks[i] == ranks.min(axis=0))),
            "last": float(np.mean(ranks[i] == ranks.max(axis=0))),
            "rank": float(ranks[i].mean()),
            "futures": good.shape[1],
        })  # fmt: skip
    return pd.DataFrame(rows)
