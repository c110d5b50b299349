"""Futures: what nobody knows, drawn from the plausible ranges of everything assumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.model.settings import TIPS, Settings
from sim.study.compose import Layers, Typed
from sim.study.design import ask
from sim.study.plan import make, on_top


@dataclass(frozen=True)
class Futures:
    """`settings` of the city in each future, and what was `drawn`: a row per future, a column per setting."""

    settings: Sequence[Settings]
    drawn: pd.DataFrame


def draw(typed: Sequence[Typed], layers: Layers, count: int, seed: int, faults: list[str]) -> Futures:
    """`count` futures of the city that the line describes, a Latin hypercube.

    What the line says, and what its choices say of their city, stays; the rest of what is assumed varies,
    prices and effects of all tips too. typed: the line, layers: what it composes to. Raises BadConfig.
    """
    how: dict[str, Any] = {"points": count, "design": "lhs", "vary": ["assumed", "tip", *TIPS], "design_seed": seed}
    plan = make(typed, ask([], typed, how, faults, layers.by_files()), 1, faults)
    settings = [on_top(plan.bases[p.base].settings, p.changes) for p in plan.points]
    names = plan.varying
    return Futures(settings, pd.DataFrame([{n: float(p.changes[n]) for n in names} for p in plan.points]))
