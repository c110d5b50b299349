"""Draws of everything assumed, and what every case does in each of them.

Draws come in blocks, each a Latin hypercube of its own, so that more draws are added to those that there
are. In a draw every case meets the same numbers and the same seeds, and has what makes it a case on top.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sim.model.outcomes import OUTCOMES
from sim.model.settings import Settings
from sim.study.compare import Floats
from sim.study.compose import Layers, Typed, layered
from sim.study.evidence.sentences import BENEFITS, CASES, NONE, PORTFOLIOS, SCENARIOS, Sentence
from sim.study.futures import draw
from sim.study.goals import HEADLINE, Goal
from sim.study.kept import Kept
from sim.study.plan import on_top
from sim.study.portfolios import NOTHING

BLOCK = 50
MOST_SEEDS = 100  # of each draw, so that more seeds leave those of other draws as they are
BUDGET = 50_000  # EUR a year, as `sim` ranks tips
GOAL = Goal(dict.fromkeys(HEADLINE.values(), 1.0))


@dataclass(frozen=True)
class Place:
    """The city as typed, and what each way of engaging makes of it."""

    typed: Sequence[Typed]
    layers: Layers
    scenarios: dict[str, Layers]
    months: int

    def case(self, name: str, drawn: Settings, values: dict[str, float]) -> Settings:
        """A case in a draw: `values` as drawn, what a scenario says on top of them."""
        if name in PORTFOLIOS:
            return PORTFOLIOS[name].followed(drawn, BUDGET)
        said = {*self.scenarios[name].by_files()}
        settings = on_top(self.bases[name], {n: v for n, v in values.items() if n not in said})
        return NOTHING.followed(settings, BUDGET)

    def walk(self, name: str, rows: Iterable[Mapping[str, float]]) -> Iterator[Settings]:
        """A way of engaging under one row after another, all of the same names, each as `case` has it, without any tip.

        What a row shares with the one before it is not made anew: in a screening all but one number.
        """
        said = {*self.scenarios[name].by_files()}
        settings = NOTHING.followed(self.bases[name], BUDGET)
        before: Mapping[str, float] = {}
        for values in rows:
            settings = on_top(settings, {n: v for n, v in values.items() if n not in said and before.get(n) != v})
            before = values
            yield settings

    @cached_property
    def bases(self) -> dict[str, Settings]:
        """Scenario -> its settings with nothing drawn, made once, as they take longer than all that is drawn."""
        return {name: layers.settings({}) for name, layers in self.scenarios.items()}


@dataclass(frozen=True)
class Tried:
    """What was `drawn`, a row per draw; `values` of all `CASES`, (cases, draws, seeds, outcomes); `errors`."""

    drawn: pd.DataFrame
    values: Floats
    benefits: Floats
    errors: Sequence[str]

    def of(self, sentence: Sentence) -> Floats:
        """The sentence's differences in every run: (differences, draws, seeds), NaN where undefined."""
        return np.array([
            np.sum([term.times * self._outcome(term.case, term.outcome) for term in terms], axis=0)
            for terms in sentence.differences
        ])  # fmt: skip

    def _outcome(self, case: str, outcome: str) -> Floats:
        at = CASES.index(case)
        return self.benefits[at] if outcome == BENEFITS else self.values[at, :, :, [*OUTCOMES].index(outcome)]


def place(typed: Sequence[Typed], faults: list[str]) -> Place:
    """The city that the line describes, under each scenario; adds to `faults`."""
    layers = layered([*typed], faults)
    scenarios = {name: layered([*typed, Typed("scenario", name, f"scenario={name}")], faults) for name in SCENARIOS}
    return Place(typed, layers, scenarios, layers.months)


def tried(where: Place, draws: int, seeds: int, runs: Kept) -> Tried:
    """Run what is missing of so many draws, each with so many seeds. Raises OSError."""
    tables, values, errors = [], [], []
    for first in range(0, draws, BLOCK):
        futures = draw(where.typed, where.layers, BLOCK, first // BLOCK, [])
        count = min(BLOCK, draws - first)
        table = futures.drawn[:count]
        asked = [
            (settings, (first + d) * MOST_SEEDS + s + 1)
            for name in CASES
            for d in range(count)
            for settings in [where.case(name, futures.settings[d], dict(table.iloc[d]))]
            for s in range(seeds)
        ]
        what = f"draws {first + 1} to {first + count} of {draws}"
        found, failed = runs.outcomes(asked, where.months, what)
        tables.append(table)
        values.append(found.reshape(len(CASES), count, seeds, len(OUTCOMES)))
        errors += [f"draw {first + i // seeds % count + 1}, seed {asked[i][1]}: {e}" for i, e in failed.items()]
    every = np.concatenate(values, axis=1)
    return Tried(pd.concat(tables, ignore_index=True), every, _benefits(every), errors)


def _benefits(values: Floats) -> Floats:
    """(cases, draws, seeds): against no tip in the same draw, in per cent."""
    base = values[CASES.index(NONE)]
    return np.stack([GOAL.score(values[:, d], base[d]) for d in range(values.shape[1])], axis=1)
