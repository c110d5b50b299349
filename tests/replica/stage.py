"""What the replicas are tried on: random cities, a copy of one before a process, and where two differ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.model.chance import normal, uniform
from sim.model.city import City
from sim.model.columns import RESIDENT, Array, Stage
from sim.model.laws import TABLES
from sim.model.levers import LEVERS, Push
from sim.model.month import MONTH
from sim.model.settings import PARAMETERS, TIPS
from sim.study import lawful
from sim.study.lawful import Drawn

PROCESSES = tuple(process.__name__.rsplit(".", 1)[-1] for process in MONTH)
COLUMNS = ("served", "pool")  # one number for each niche
ACTIVE = (Stage.INFORMAL, Stage.FORMAL, Stage.MATURE)
RELATIVE, ABSOLUTE = 1e-12, 1e-14  # what sums in another order may differ by
CLOCK = "outside.first_election"  # drawn so that an election falls into the few months of a trial
SEED = 2020
AGES = 4  # cities of their first months, after a year, two and three

Replica = Callable[[Any], None]


class Chance:
    """Draws of one month of one seed."""

    def __init__(self, seed: int, month: int) -> None:
        self.seed, self.month = seed, month

    def uniform(self, ask: int, who: int) -> float:
        """U[ask, who] of this month."""
        return float(uniform(self.seed, int(ask), self.month, int(who)))

    def normal(self, ask: int, who: int) -> float:
        """N[ask, who] of this month."""
        return float(normal(self.seed, int(ask), self.month, int(who)))

    def happens(self, chance: float, ask: int, who: int) -> bool:
        """Whether an event of that chance takes place."""
        return self.uniform(ask, who) < chance


def pair(a: int, b: int) -> int:
    """One number for two."""
    return (int(a) + 1) * 2**32 + int(b)


def clip(x: float) -> float:
    """`x` held within [0, 1]."""
    return max(0.0, min(1.0, x))


def copied(city: City) -> Any:
    """All that a process reads or changes, apart from the city itself; rows and columns by attribute."""
    copy = SimpleNamespace(month=city.month, settings=city.settings, starts=city.starts, neighbours=city.neighbours)
    copy.pushes = city.pushes
    for name in TABLES:
        setattr(copy, name, getattr(city, name).copy().view(np.recarray))
    for name in COLUMNS:
        setattr(copy, name, getattr(city, name).copy())
    copy.residents = SimpleNamespace(**{name: getattr(city.residents, name).copy() for name in RESIDENT})
    copy.born = city.born.copy().view(np.recarray)
    copy.now = SimpleNamespace(**{group: _plain(row) for group, row in vars(city.now).items()})
    copy.pushed = city.pushed.copy().view(np.recarray)
    copy.chance = Chance(city.seed, city.month)
    return copy


def _plain(row: Array) -> SimpleNamespace:
    return SimpleNamespace(**{name: row[name][0].item() for name in row.dtype.names or ()})


def differences(city: City, copy: Any, relative: float = RELATIVE) -> list[str]:
    """Where the copy is not as the city: counts exactly, numbers to the last digits."""
    found = []
    for table, states in TABLES.items():
        for name in states:
            found += difference(f"{table}.{name}", getattr(city, table)[name], getattr(copy, table)[name], relative)
    for name in RESIDENT:
        found += difference(f"residents.{name}", getattr(city.residents, name), getattr(copy.residents, name), relative)
    for name in COLUMNS:
        found += difference(name, getattr(city, name), getattr(copy, name))
    return found


def levers_apart(city: City, copy: Any) -> list[str]:
    """Where a lever stands elsewhere in the copy: of the city, or of an initiative."""
    found = []
    for lever in LEVERS:
        group, name = lever.split(".")
        here = np.array([getattr(getattr(copy.now, group), name)])
        found += difference(f"now.{lever}", getattr(city.now, group)[name], here)
    for name in city.pushed.dtype.names or ():
        found += difference(f"pushed.{name}", city.pushed[name], copy.pushed[name])
    return found


def difference(name: str, model: Array, replica: Array, relative: float = RELATIVE) -> list[str]:
    """Where two columns differ, if they do."""
    wrong = replica != model
    if wrong.any() and model.dtype.kind == "f":
        wrong = ~np.isclose(replica, model, rtol=relative, atol=ABSOLUTE)
    if not wrong.any():
        return []
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    return [f"{name}: {wrong.sum()} of {wrong.size}, first {at}: {model[at]} in the model, {replica[at]} here"]


@dataclass(frozen=True)
class Trial:
    """A random city for one process: the `number`-th, with half of the settings of the process drawn besides.

    It is looked at for `months`: the first of its life, or those after a year, two or three, by turns.
    """

    process: str
    number: int
    months: int

    @property
    def before(self) -> int:
        """Months that it lives first."""
        return 12 * (self.number % AGES)

    def drawn(self) -> Drawn:
        """Its settings, seed and pushes."""
        one = lawful.drawn(SEED, self.number, self.before + self.months)
        rng = np.random.default_rng([SEED, self.number, PROCESSES.index(self.process)])
        nested = {group: dict(values) for group, values in one.plain.items()}
        for name in PARAMETERS:
            group, key = name.split(".")
            if group == self.process and name != CLOCK and rng.random() < 0.5:
                nested.setdefault(group, {})[key] = likely(rng, name)
        outside = nested.setdefault("outside", {})
        term = outside.get("term", PARAMETERS["outside.term"].default)
        election = self.before + int(rng.integers(self.months))
        outside["first_election"] = 1 + election % term
        if self.process == "forum":  # a round in every trial, which by chance are rare
            nested.setdefault("forum", {})["every"] = int(rng.integers(1, self.months, endpoint=True))
        pushes = one.pushes
        if self.process == "tip":
            last = self.before + self.months
            pushes = [*pushes, *_pushes(rng, last)]
            _follow_tips(rng, nested, last)
        return Drawn(nested, one.seed, pushes)

    def city(self) -> City:
        """The city at its beginning."""
        return self.drawn().city()


def likely(rng: np.random.Generator, name: str) -> Any:
    """A value of a setting: from all that is allowed, or from what is plausible."""
    param = PARAMETERS[name]
    if param.kind in ("choice", "switch"):
        return lawful._any(rng, param)
    return lawful._within(rng, param, *(param.plausible if rng.random() < 0.5 else (param.low, param.high)))


def _pushes(rng: np.random.Generator, last: int) -> list[Push]:
    levers = rng.choice(sorted(LEVERS), int(rng.integers(20)))
    return [Push(str(lever), float(rng.random()), start=int(rng.integers(last + 1))) for lever in levers]


def _follow_tips(rng: np.random.Generator, nested: dict[str, dict[str, Any]], last: int) -> None:
    """Tips that begin in time, in cities where money, staff and volunteers are short here and there."""
    scarce = {
        "tip.budget": rng.choice([0.0, 1e9, 10.0 ** rng.uniform(2.0, 6.0)], p=[0.2, 0.3, 0.5]),
        "outside.staff_hours": 10.0 ** rng.uniform(-2.0, 1.0) * (rng.random() < 0.9),
        "volunteers.upkeep": rng.choice([0.6, 0.95]),
        "volunteers.hours": rng.choice([8.0, 1.0]),
    }
    for name, value in scarce.items():
        group, key = name.split(".")
        nested.setdefault(group, {})[key] = float(value)
    nested.setdefault("forum", {})["every"] = int(rng.integers(4))
    for tip in TIPS:
        nested.pop(tip, None)
        if rng.random() < 0.5:
            mine = nested[tip] = {"strength": float(rng.uniform(0.01, 1.0))}
            for name in PARAMETERS:
                group, key = name.split(".")
                if group == tip and key != "strength" and rng.random() < 0.5:
                    mine[key] = likely(rng, name)
            mine["start"] = int(rng.integers(1, last, endpoint=True))


def follow(trial: Trial, replica: Replica, spoilt: Mapping[str, Any] | None = None) -> list[str]:
    """Let the replica do its process on a copy, month by month, and tell where the two differ.

    spoilt: setting of the process -> what the replica takes it for instead.
    """
    city = trial.city()
    first = PROCESSES.index(trial.process) == 0
    follows = PROCESSES[PROCESSES.index(trial.process) - 1]
    waiting: list[Any] = []
    found: list[str] = []

    def after(city: City, process: str) -> None:
        if process == trial.process:
            copy = waiting.pop()
            vars(getattr(copy.now, process)).update(spoilt or {})
            replica(copy)
            where = f"{process}, city {trial.number}, month {city.month}: "
            apart = levers_apart(city, copy) if process == "tip" else []
            found.extend(where + said for said in differences(city, copy) + apart)
        elif process == follows and not first:
            waiting.append(copied(city))

    city.run(trial.before)
    city.after = after
    for _ in range(trial.months):
        if first:
            waiting.append(_at_the_first_of(city))
        city.step()
    return found


def _at_the_first_of(city: City) -> Any:
    copy = copied(city)
    copy.month += 1
    copy.chance = Chance(city.seed, copy.month)
    copy.flows.view(np.float64)[:] = 0.0
    return copy
