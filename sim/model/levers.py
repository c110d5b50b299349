"""What a tip may push, and how pushes combine: the narrow waist between tips and processes.

A lever is a parameter in [0, 1] declared with `lever=`. Pushes move it by a share of what is missing
(or, where it `lowers`, of what is there). Several pushes combine as independent chances would, so
their order does not matter; a push of strength 0 leaves every bit as it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.model.columns import Array
from sim.model.params import BadConfig, Param, nearest, record
from sim.model.settings import PARAMETERS, Settings

LEVERS: dict[str, Param] = {name: p for name, p in PARAMETERS.items() if p.lever}
_OWN = {name: name.split(".")[1] for name, p in LEVERS.items() if p.lever == "initiative"}
PUSHED = np.dtype([(field, "f8") for field in _OWN.values()])


@dataclass(frozen=True)
class Push:
    """A push on one lever, of a strength in [0, 1], from month `start` on."""

    lever: str
    strength: float
    start: int = 1

    def __post_init__(self) -> None:
        faults = []
        if self.lever not in LEVERS:
            faults.append(f"{self.lever}: no such lever{nearest(self.lever, LEVERS)}")
        if not 0.0 <= self.strength <= 1.0:
            faults.append(f"{self.lever}: strength {self.strength} is out of range; allowed: 0 to 1")
        if faults:
            raise BadConfig(faults)


def gains(pushes: Iterable[Push], month: int) -> dict[str, float]:
    """Lever -> share of what is missing that the pushes active in `month` make up."""
    kept: dict[str, list[float]] = {}
    for push in pushes:
        if month >= push.start:
            kept.setdefault(push.lever, []).append(1.0 - push.strength)
    # Sorted, so that the last bit does not depend on the order of the tips.
    return {lever: 1.0 - float(np.prod(sorted(left))) for lever, left in kept.items()}


def moved(lever: str, value: float, gain: float) -> float:
    """`value` of a lever after a gain in [0, 1]; exactly `value` for a gain of 0."""
    return value - gain * value if LEVERS[lever].lowers else value + gain * (1.0 - value)


def records(settings: Settings, pushes: Iterable[Push], month: int) -> SimpleNamespace:
    """This month's parameters of every process: one-row records, with city-wide pushes applied."""
    now = SimpleNamespace(**{name: record(getattr(settings, name)) for name in settings.plain()})
    for lever, gain in gains(pushes, month).items():
        if LEVERS[lever].lever == "city":
            group, name = lever.split(".")
            row: Array = getattr(now, group)
            row[name] = moved(lever, float(row[name][0]), gain)
    return now


def pushed(settings: Settings, pushes: Iterable[Push], month: int, niches: int) -> Array:
    """(niches,) of `PUSHED`: the levers that belong to initiatives, as each of them feels them."""
    rows = np.empty(niches, PUSHED)
    gain = gains(pushes, month)
    for lever, field in _OWN.items():
        group: Any = getattr(settings, lever.split(".")[0])
        rows[field] = moved(lever, float(getattr(group, field)), gain.get(lever, 0.0))
    return rows
