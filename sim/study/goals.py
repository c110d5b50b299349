"""What one may want of collaboration: the four benefits of the booklet, each told by one outcome, and weightings."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.model.outcomes import OUTCOMES
from sim.model.params import nearest
from sim.study.compare import Floats
from sim.study.discovery import direction

HEADLINE = {
    "win-win": "joint_value",
    "democracy": "trust",
    "reach": "participation_marginalised",
    "continuity": "active_initiatives",
}
"""Benefit -> the outcome that stands for it: one that every run defines, and that is no ratio of groups.

The value of joint projects and not their number, which grows by cutting them into smaller ones.
"""

HOW = "write an outcome, a benefit, or a weighting of them, as in win-win:2,reach:1"


@dataclass(frozen=True)
class Goal:
    """What is wanted: `weights`, outcome -> how much it counts, each above 0."""

    weights: Mapping[str, float]

    def score(self, runs: Floats, baseline: Floats) -> Floats:
        """How much better than the baseline, in per cent: (..., outcomes) and (seeds, outcomes) -> (...).

        The weighted mean of each outcome's change relative to its mean in the baseline's runs; of
        outcomes of which less is better, a fall counts as better. NaN where one of them is undefined, or
        the baseline's mean is 0 and there is no per cent of it.
        """
        names = [*OUTCOMES]
        at = [names.index(outcome) for outcome in self.weights]
        base = np.array([_mean(baseline[:, i]) for i in at])
        sense = np.array([direction(outcome) for outcome in self.weights])
        weight = np.array([*self.weights.values()])
        with np.errstate(divide="ignore", invalid="ignore"):
            changes = np.where(base == 0, np.nan, 100 * sense * (runs[..., at] - base) / np.abs(base))
        return np.asarray(changes @ (weight / weight.sum()))

    def __str__(self) -> str:
        """As it is typed."""
        if len(self.weights) == 1:
            return next(iter(self.weights))
        return ",".join(f"{outcome}:{weight:g}" for outcome, weight in self.weights.items())


def parse(text: str, faults: list[str]) -> Goal | None:
    """The goal that `text` writes: `trust`, `reach`, or `win-win:2,reach:1`; adds to `faults`."""
    weights: dict[str, float] = {}
    before = len(faults)
    for part in text.split(","):
        name, _, number = (piece.strip() for piece in part.partition(":"))
        outcome = HEADLINE.get(name, name)
        if outcome not in OUTCOMES:
            known = [*HEADLINE, *OUTCOMES]
            faults.append(f"goal: {name!r}: no such outcome or benefit{nearest(name, known)}; {HOW}")
        elif not direction(outcome):
            faults.append(f"goal: {outcome}: neither more nor less of it is better as such; {HOW}")
        elif outcome in weights:
            faults.append(f"goal: {outcome} counts twice; {HOW}")
        weight = _weight(number)
        if math.isnan(weight):
            faults.append(f"goal: {number!r} is no weight; allowed: a number above 0")
        weights[outcome] = weight
    return None if len(faults) > before else Goal(weights)


def _weight(text: str) -> float:
    try:
        weight = float(text or 1)
    except ValueError:
        return math.nan
    return weight if 0 < weight < math.inf else math.nan


def _mean(values: Floats) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else math.nan
