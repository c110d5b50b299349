"""A sweep's plan: every point checked and named before the first run, so that nothing is a surprise later.

Hydra composes once for each combination of choices; what varies besides is set on top. A run is named
by what determines it: its settings, seed, months and the model's source.
"""

import dataclasses
import hashlib
import json
import math
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.model.params import BadConfig, nearest, plain
from sim.model.settings import PARAMETERS, Settings, contradictions
from sim.study import presets
from sim.study.compose import Layers, Typed, layered
from sim.study.design import Asked, Values

PARTS = {name: (name.split(".")[0], name.split(".")[1]) for name in PARAMETERS}
COMPOSED = 50  # combinations of choices for which one waits so long that it is told
TRIES = 20  # points of one combination of choices that are composed in whole, to name its faults


@dataclass(frozen=True)
class Base:
    """One combination of choices, and the settings that its points have in common."""

    choices: dict[str, str]
    settings: Settings


@dataclass(frozen=True)
class Point:
    """One point: the `base` it stands on, what it changes there, and its name, the hash of its settings."""

    base: int
    changes: Values
    digest: str


@dataclass(frozen=True)
class Plan:
    """All points, in order; each is run with the seeds 1 to `seeds` for `months`."""

    bases: list[Base]
    points: list[Point]
    seeds: int
    months: int
    design: dict[str, Any]
    named: list[str]
    """The choices that were named; the settings that were are in every point."""

    @property
    def varying(self) -> list[str]:
        """The settings that differ between points, in the order in which they were named."""
        first = self.points[0].changes
        return [name for name in first if any(p.changes[name] != first[name] for p in self.points)]

    def digest(self) -> str:
        """The plan's name: equal for two commands that ask for the same, be it with more or fewer seeds."""
        return _hash([self.months, [[self.bases[p.base].choices, p.changes, p.digest] for p in self.points]])


def on_top(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """`settings` with `changes` (dotted name -> value), each checked; raises BadConfig."""
    groups, faults = typed_values(changes)
    if not faults:
        replaced = {group: dataclasses.replace(getattr(settings, group), **some) for group, some in groups.items()}
        settings = dataclasses.replace(settings, **replaced)
        faults = contradictions(settings)
    if faults:
        raise BadConfig(faults)
    return settings


def typed_values(changes: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Group -> setting -> value of the setting's type; and the faults of those that have none."""
    groups: dict[str, dict[str, Any]] = {}
    faults = []
    for name, value in changes.items():
        if name not in PARAMETERS:
            faults.append(f"{name}: no such setting{nearest(name, [*PARAMETERS, *presets.groups()])}")
            continue
        group, setting = PARTS[name]
        try:
            groups.setdefault(group, {})[setting] = PARAMETERS[name].read(value)
        except ValueError as error:
            faults.append(f"{name}: {error}; allowed: {PARAMETERS[name].allowed()}")
    return groups, faults


def settings_digest(settings: Settings, known: dict[int, str]) -> str:
    """The name of settings: the hash of all their values, equal to that of a point that has them.

    `known`: texts of groups by their identity, which most of many settings share; drop it before any of them.
    """
    texts = {}
    for field in dataclasses.fields(settings):
        group = getattr(settings, field.name)
        if id(group) not in known:
            known[id(group)] = canonical(plain(group))
        texts[field.name] = known[id(group)]
    return _hash(texts)


def _texts(groups: Mapping[str, Any]) -> dict[str, str]:
    return {group: canonical(some) for group, some in groups.items()}


def run_id(digest: str, seed: int, months: int, model: str) -> str:
    """The name of one run, equal wherever and whenever the same is run."""
    return _hash([digest, seed, months, model])


def make(fixed: Sequence[Typed], asked: Asked, seeds: int, faults: list[str]) -> Plan:
    """Compose and check every point. Raises BadConfig with `faults` and each fault of the points, once."""
    groups = presets.groups()
    found = _Faults(faults)
    combinations: dict[str, _Combination] = {}
    points: list[Point] = []
    asked_points = asked.points()
    # Where one factor is changed at a time, the others have the value of their base.
    several = [n for keys in dict.fromkeys(map(tuple, asked_points)) for n in keys if n not in groups]
    names = [*dict.fromkeys([*(t.key for t in fixed if t.key in PARAMETERS), *several])]
    if (many := math.prod(len(some) for name, some in asked.levels.items() if name in groups)) > COMPOSED:
        print(f"sim: composing {many} combinations of choices, about ten a second", file=sys.stderr, flush=True)
    for number, values in enumerate(asked_points, 1):
        choices = {g: v for g, v in values.items() if g in groups}
        key = repr(choices)
        if key not in combinations:
            combinations[key] = _Combination(len(combinations), fixed, choices, asked.loose)
        combination = combinations[key]
        changes = {n: v for n, v in values.items() if n not in groups and n not in combination.keeps}
        try:
            points.append(combination.point(changes, names))
        except BadConfig as error:
            found.add(number, error.faults)
    found.report(asked.count)
    bases = [Base(c.layers.choices, c.settings) for c in combinations.values() if c.layers and c.settings]
    months = next(c.layers.months for c in combinations.values() if c.layers)
    named = [g for g in groups if g in asked.levels or any(t.key == g for t in fixed)]
    keeps = {", ".join(map(str, c.choices.values())): sorted(c.keeps) for c in combinations.values() if c.keeps}
    return Plan(bases, points, seeds, months, {**asked.about(), "keeps": keeps}, named)


class _Combination:
    """One combination of choices: composed by Hydra once, and checked with the first good point on top.

    `keeps`: those `loose` settings that its files set, and that make it what it is.
    """

    def __init__(self, number: int, fixed: Sequence[Typed], choices: Mapping[str, Any], loose: Collection[str]) -> None:
        faults: list[str] = []
        self._number = number
        self._tries = 0
        self.choices = choices
        self.keeps: frozenset[str] = frozenset()
        self.settings: Settings | None = None
        self.layers: Layers | None = None
        typed = [Typed(g, v, f"{g}={v}") for g, v in choices.items()]
        try:
            self.layers = layered([*fixed, *typed], faults)
            self.keeps = frozenset(loose) & {*self.layers.by_files()}
        except BadConfig as error:
            faults += error.faults
        self._faults = faults
        self._texts: dict[str, str] = {}

    def point(self, changes: Values, names: Sequence[str]) -> Point:
        """The point that `changes` make here, with its value of each of `names`; raises BadConfig."""
        settings = self._whole(changes) if self.settings is None else on_top(self.settings, changes)
        parts = [(name, *PARTS[name]) for name in names]
        values = {group: plain(getattr(settings, group)) for group in {group for _, group, _ in parts}}
        texts = {**self._texts, **_texts(values)}
        read = {name: values[group][setting] for name, group, setting in parts}
        return Point(self._number, read, _hash(texts))

    def _whole(self, changes: Values) -> Settings:
        faults = [*self._faults, *typed_values(changes)[1]]
        if faults or self.layers is None:
            raise BadConfig(faults)
        try:
            self.settings = self.layers.settings(changes)
        except BadConfig as error:
            self._tries += 1
            self._faults = error.faults if self._tries >= TRIES else []
            raise
        self._texts = _texts(self.settings.plain())
        return self.settings


class _Faults:
    """Faults of many points: each is told once, with how many points have it."""

    SHOWN = 3  # different values of one setting

    def __init__(self, before: list[str]) -> None:
        self._before = before
        self._points: dict[str, list[int]] = {}

    def add(self, point: int, faults: Sequence[str]) -> None:
        for fault in faults:
            self._points.setdefault(fault, []).append(point)

    def report(self, points: int) -> None:
        """Raise BadConfig if there is any fault."""
        told = list(self._before)
        by_name: dict[str, list[str]] = {}
        for fault in self._points:
            by_name.setdefault(fault.split(": ")[0], []).append(fault)
        for same in by_name.values():
            told += [fault + _where(self._points[fault], points) for fault in same[: self.SHOWN]]
            rest = [p for fault in same[self.SHOWN :] for p in self._points[fault]]
            if rest:
                told.append(f"{same[0].split(': ')[0]}: the like{_where(sorted(set(rest)), points)}")
        if told:
            raise BadConfig(told)


def _where(numbers: list[int], points: int) -> str:
    """Which of `points` have a fault; nothing is said of a fault of all."""
    if len(numbers) == points:
        return ""
    return f" (point {numbers[0]})" if len(numbers) == 1 else f" ({len(numbers)} points, the first is {numbers[0]})"


def canonical(value: Any) -> str:
    """JSON of which there is one for each value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _hash(value: Any) -> str:
    return hashlib.blake2b(canonical(value).encode(), digest_size=16).hexdigest()
