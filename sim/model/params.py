"""Every number once: default, unit, range, source and meaning, beside the process that uses it.

`param`, `choice` and `switch` declare fields of a process's frozen dataclass; `build` makes such a
dataclass from a plain mapping and reports every fault at once; `record` hands it to compiled loops.
"""

import dataclasses
import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import cached_property
from typing import Any, Literal, TypeVar, cast

import numpy as np

from sim.model.booklet import PASSAGES
from sim.model.columns import aligned

Certainty = Literal["opened", "authors' code", "computed", "unchecked", "assumed"]
Reach = Literal["", "city", "initiative"]
G = TypeVar("G")
E = TypeVar("E", bound=IntEnum)


class BadConfig(ValueError):
    """Settings that cannot be run; `faults` holds one sentence for each thing wrong."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))

    def __reduce__(self) -> Any:
        return BadConfig, (self.faults,)


@dataclass(frozen=True)
class Source:
    """Where a number comes from, and how sure it is."""

    kind: Literal["booklet", "paper", "data", "assumed"]
    ref: str
    sure: Certainty

    def __str__(self) -> str:
        caveat = " (from memory of the literature, not checked)" if self.sure == "unchecked" else ""
        return f"{self.kind}: {self.ref}{caveat}"


def booklet(key: str) -> Source:
    """A passage of the booklet; it gives directions, never sizes, so the number is assumed."""
    passage = PASSAGES[key]
    return Source("booklet", f"{passage.heading} ({key}); size assumed", "assumed")


def paper(ref: str, sure: Certainty = "opened") -> Source:
    """A publication: authors, year, journal."""
    return Source("paper", ref, sure)


def data(ref: str, sure: Certainty = "opened") -> Source:
    """A count, survey or register."""
    return Source("data", ref, sure)


def assumed(why: str) -> Source:
    """Nobody has measured it; `why` says what makes it plausible."""
    return Source("assumed", why, "assumed")


@dataclass(frozen=True)
class Param:
    """One setting: `low` to `high` is allowed, `plausible` is what sweeps and sensitivity draw from.

    The allowed range is wider where its ends switch a mechanism off or show an extreme.
    """

    default: float | int | bool | IntEnum
    unit: str
    low: float
    high: float
    source: Source
    doc: str
    options: type[IntEnum] | None = None
    plausible: tuple[float, float] = (0.0, 1.0)
    lever: Reach = ""
    lowers: bool = False
    step: int = 1
    name: str = ""

    @cached_property
    def kind(self) -> str:
        """'choice', 'switch', 'whole number' or 'number'."""
        if self.options is not None:
            return "choice"
        if isinstance(self.default, bool):
            return "switch"
        return "whole number" if isinstance(self.default, int) else "number"

    def allowed(self) -> str:
        """The allowed values in words."""
        if self.options is not None:
            return "one of " + ", ".join(o.name.lower() for o in self.options)
        if self.kind == "switch":
            return "true or false"
        steps = f", in steps of {self.step}" if self.step > 1 else ""
        low, high = (str(int(v)) if self.kind == "whole number" else f"{v:g}" for v in (self.low, self.high))
        return f"{low} to {high} {self.unit}".rstrip() + steps

    def read(self, value: Any) -> Any:
        """`value` as this setting's type; raises ValueError with the reason if it cannot be."""
        if type(value) is float and self.low <= value <= self.high and self.kind == "number":
            return value  # a plan of thousands of points comes here a million times
        if self.options is not None:
            return _read_choice(self.options, value)
        if self.kind == "switch":
            if not isinstance(value, bool):
                raise ValueError(f"{value!r} is neither true nor false")
            return value
        return self._read_number(value)

    def _read_number(self, value: Any) -> float | int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{value!r} is not a number")
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a finite number")
        if self.kind == "whole number" and value != int(value):
            raise ValueError(f"{value} is not a whole number")
        if not self.low <= value <= self.high:
            raise ValueError(f"{value if isinstance(value, int) else format(value, 'g')} is out of range")
        if self.step > 1 and value % self.step:
            raise ValueError(f"{value:g} is no multiple of {self.step}")
        return int(value) if self.kind == "whole number" else float(value)


def _read_choice(options: type[E], value: Any) -> E:
    names = [o.name.lower() for o in options]
    if isinstance(value, options):
        return value
    if isinstance(value, str) and value.lower() in names:
        return options[value.upper()]
    raise ValueError(f"{value!r} is no choice here" + nearest(str(value), names))


def nearest(name: str, names: Iterable[str]) -> str:
    """'; did you mean X?', or nothing where no known name is near."""
    known = list(names)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if not close:
        last = {k.rsplit(".", 1)[-1]: k for k in reversed(known)}
        close = [last[m] for m in difflib.get_close_matches(name.rsplit(".", 1)[-1], last, 1, 0.75)]
    return f"; did you mean {close[0]!r}?" if close else ""


def param(
    default: float | int,
    unit: str,
    low: float,
    high: float,
    source: Source,
    doc: str,
    *,
    plausible: tuple[float, float] | None = None,
    lever: Reach = "",
    lowers: bool = False,
    step: int = 1,
) -> Any:
    """Declare a number, allowed from `low` to `high`, plausible as `around` has it if not said.

    A `lever` may be pushed by tips: towards 1, or towards 0 if it `lowers`. A whole number may have
    to be a multiple of `step`. A plausible range of one value is never drawn from.
    """
    whole = isinstance(default, int) and not isinstance(default, bool)
    value = int(default) if whole else float(default)
    likely = plausible or around(value, unit, low, high)
    if not low <= likely[0] <= value <= likely[1] <= high:
        raise ValueError(f"{default} or {likely} outside {low}..{high}")
    meta = Param(value, unit, low, high, source, doc, plausible=likely, lever=lever, lowers=lowers, step=step)
    return field(default=value, metadata={"param": meta})


def around(value: float, unit: str, low: float, high: float) -> tuple[float, float]:
    """What is plausible where nothing is known of a number but a guess, within `low` to `high`.

    Of a share, a third to three times its odds; of log-odds that may be negative, half to twice the odds;
    of a size, half to double. Of nothing, or all, a quarter of the range. A whole number is rounded
    towards the guess, but keeps room on both sides.
    """
    if low <= 0.0 and value in (low, high):
        quarter = (high - low) / 4
        ends = (value, value + quarter) if value == low else (value - quarter, value)
    elif unit.startswith("log-") and low < 0.0:
        ends = value - math.log(2), value + math.log(2)
    elif low >= 0.0 and high <= 1.0:
        odds = value / (1.0 - value)
        ends = odds / (odds + 3.0), 3.0 * odds / (3.0 * odds + 1.0)
    else:
        ends = value / 2, value * 2
    if isinstance(value, int):
        ends = min(math.ceil(ends[0]), value - (value > low)), max(math.floor(ends[1]), value + (value < high))
    else:
        ends = float(f"{ends[0]:.3g}"), float(f"{ends[1]:.3g}")
    return max(low, ends[0]), min(high, ends[1])


def choice(default: IntEnum, source: Source, doc: str) -> Any:
    """Declare one of a few named options."""
    meta = Param(default, "", 0, len(type(default)) - 1, source, doc, options=type(default))
    return field(default=default, metadata={"param": meta})


def switch(default: bool, source: Source, doc: str) -> Any:
    """Declare a thing that is on or off."""
    return field(default=default, metadata={"param": Param(default, "", 0, 1, source, doc)})


def params_of(group: type[Any] | Any, prefix: str) -> dict[str, Param]:
    """Dotted name -> declaration, for one process's dataclass."""
    found = {}
    for f in fields(group):
        meta = f.metadata.get("param")
        if meta is not None:
            name = f"{prefix}.{f.name}"
            found[name] = dataclasses.replace(meta, name=name)
    return found


def build(group: type[G], prefix: str, values: Any) -> tuple[G | None, list[str]]:
    """Make `group` from a mapping of plain values.

    Returns the dataclass (None where it cannot be made) and the faults, each one sentence that
    begins with the dotted name and says what is allowed.
    """
    if values is None:
        return None, [f"{prefix}: empty, but a group of settings is needed here"]
    if not isinstance(values, Mapping):
        return None, [f"{prefix}: {values!r} is not a group of settings"]
    known = params_of(group, prefix)
    read: dict[str, Any] = {}
    faults = []
    for key, value in values.items():
        name = f"{prefix}.{key}"
        if name not in known:
            faults.append(f"{name}: no such setting{nearest(name, known)}")
            continue
        try:
            read[key] = known[name].read(value)
        except ValueError as error:
            faults.append(f"{name}: {error}; allowed: {known[name].allowed()}")
    return (None if faults else group(**read)), faults


def record(group: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """A one-row structured array of a dataclass's parameters, for compiled loops."""
    kinds = {"number": "f8", "whole number": "i8", "switch": "?", "choice": "i8"}
    metas = {f.name: cast(Param, f.metadata["param"]) for f in fields(group)}
    dtype = aligned(tuple((name, kinds[m.kind]) for name, m in metas.items()))
    return np.array([tuple(getattr(group, name) for name in metas)], dtype=dtype)


def plain(group: Any) -> dict[str, float | int | bool | str]:
    """The values as plain JSON types."""
    values = ((f.name, getattr(group, f.name)) for f in fields(group))
    return {name: v.name.lower() if isinstance(v, IntEnum) else v for name, v in values}
