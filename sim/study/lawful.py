"""`sim validate laws`: random cities with random tips, in which every law holds after every process.

A city's settings are drawn from all that is allowed, ends included, not from what is plausible: laws
hold for any settings. The n-th city of a seed is the same whoever draws it, so that one that breaks a
law can be had again alone.
"""

import hashlib
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from sim.model import laws
from sim.model.city import City
from sim.model.levers import LEVERS, Push
from sim.model.month import MONTH
from sim.model.params import BadConfig, Param, nearest
from sim.model.settings import PARAMETERS, TIPS, Settings
from sim.study import store
from sim.study.carry_out import SAVE, answered, progress
from sim.study.compose import whole
from sim.study.database import Held
from sim.study.document import to_json
from sim.study.pool import Lost, Ready, cores, each
from sim.study.program import model_hash, model_here
from sim.study.task import OtherModel

NAME, FILE, LOCK = "laws", "cities.sqlite", "cities.lock"
CITIES, MONTHS, SEED = 10_000, 26, 1  # 26 months hold two calls and an election or two
MOST_SET, MOST_TIPS, MOST_PUSHES = 25, 4, 6  # settings, tips and pushes of one city
ENDS = 1 / 3  # of drawn values lie at an end of what is allowed
CONFIDENCE = 0.95
TOLD = 20  # broken cities that are told
# Small enough that hundreds of cities take a minute; the laws do not know sizes.
SMALL: Mapping[str, tuple[float, float]] = {
    "city.population": (500, 30_000),
    "city.residents_per_initiative": (200, 3000),
    "city.posts": (2, 400),
    "city.district_size": (500, 20_000),
    "forum.rounds": (1, 12),
    "forum.talks": (0, 4),
}
RESIDENTS = (51, 150)  # simulated
FREE = sorted({*PARAMETERS} - {*SMALL} - {"city.residents_per_agent"})
SCHEMA = (
    "create table if not exists cities (model text, seed integer, months integer, number integer, complaint text,"
    " primary key (model, seed, months, number))"
)


@dataclass(frozen=True)
class Drawn:
    """A random city: settings by group, its seed and the pushes of its levers."""

    plain: Mapping[str, Mapping[str, Any]]
    seed: int
    pushes: Sequence[Push]

    def city(self) -> City:
        """The city at its beginning."""
        settings = Settings.build({group: dict(values) for group, values in self.plain.items()})
        return City(settings, self.seed, self.pushes)


def drawn(seed: int, number: int, months: int = MONTHS) -> Drawn:
    """The `number`-th random city of `seed`; its pushes begin within `months`."""
    rng = np.random.default_rng([seed, number])
    values = {name: _within(rng, PARAMETERS[name], low, high) for name, (low, high) in SMALL.items()}
    values["city.residents_per_agent"] = values["city.population"] / int(rng.integers(*RESIDENTS, endpoint=True))
    for name in rng.choice(FREE, int(rng.integers(MOST_SET, endpoint=True)), replace=False):
        values[str(name)] = _any(rng, PARAMETERS[str(name)])
    for tip in rng.choice(sorted(TIPS), int(rng.integers(MOST_TIPS, endpoint=True)), replace=False):
        for name in (f"{tip}.strength", f"{tip}.start", f"{tip}.reach", "tip.budget"):
            if name in PARAMETERS:
                values[name] = _any(rng, PARAMETERS[name])
    term = values.get("outside.term", PARAMETERS["outside.term"].default)
    values["outside.first_election"] = min(
        values.get("outside.first_election", PARAMETERS["outside.first_election"].default), term
    )
    levers = rng.choice(sorted(LEVERS), int(rng.integers(MOST_PUSHES, endpoint=True)))
    pushes = [Push(str(lever), float(rng.random()), start=int(rng.integers(months + 1))) for lever in levers]
    nested: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        group, key = name.split(".")
        nested.setdefault(group, {})[key] = value
    return Drawn(nested, int(rng.integers(2**62)), pushes)


def _any(rng: np.random.Generator, param: Param) -> Any:
    if param.options is not None:
        return list(param.options)[int(rng.integers(len(param.options)))].name.lower()
    if param.kind == "switch":
        return bool(rng.integers(2))
    return _within(rng, param, param.low, param.high)


def _within(rng: np.random.Generator, param: Param, low: float, high: float) -> float | int:
    value = float(rng.choice([low, high]) if rng.random() < ENDS else rng.uniform(low, high))
    return round(value) // param.step * param.step if param.kind == "whole number" else value


@dataclass(frozen=True)
class Errand:
    """A random city to be followed; `model`: by that version of the model, or by any."""

    seed: int
    number: int
    months: int
    model: str = ""


def live(errand: Errand) -> str:
    """Follow a random city; gives what a law, or the program, complains of, or nothing. Raises OtherModel."""
    if errand.model not in ("", model_here()):
        raise OtherModel("the model has changed since this command began, and two versions are never mixed")
    try:
        city = drawn(errand.seed, errand.number, errand.months).city()
        city.after = laws.check
        city.run(errand.months)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


@dataclass(frozen=True)
class Report:
    """How many `cities` were followed for how many `months`, and what is broken: number -> complaint."""

    seed: int
    cities: int
    months: int
    broken: Mapping[int, str]

    @property
    def bound(self) -> float:
        """At most this share of settings break a law, with 95% confidence (Clopper and Pearson 1934, one-sided)."""
        if len(self.broken) == self.cities:
            return 1.0
        return float(stats.beta.ppf(CONFIDENCE, len(self.broken) + 1, self.cities - len(self.broken)))


def version() -> str:
    """The hash of the model and of how cities are drawn: under another of either, a number is another city."""
    return hashlib.sha256(model_hash().encode() + Path(__file__).read_bytes()).hexdigest()


class _Cities(Held):
    def __init__(self, folder: Path) -> None:
        self._version = version()
        super().__init__(folder, FILE, LOCK, f"{folder}: another command is at work there; wait for it", (SCHEMA,))

    def found(self, seed: int, months: int) -> dict[int, str]:
        asked = "select number, complaint from cities where model = ? and seed = ? and months = ?"
        return dict(self.rows(asked, self._version, seed, months))

    def add(self, lived: Sequence[tuple[Errand, str]]) -> None:
        with self._transaction():
            rows = [(self._version, e.seed, e.months, e.number, complaint) for e, complaint in lived]
            self._sql.executemany("insert or replace into cities values (?, ?, ?, ?, ?)", rows)


def checked(cities: int, months: int, seed: int, workers: int, folder: Path) -> Report:
    """Follow the first `cities` random cities of `seed`, those not yet kept in `folder`.

    Raises BadConfig if another process has the folder, and OSError where the disk fails.
    """
    with closing(_Cities(folder)) as kept, closing(Ready(workers)) as engine:
        known = kept.found(seed, months)
        model = model_hash()
        todo = [Errand(seed, n, months, model) for n in range(1, cities + 1) if n not in known]
        waiting: list[tuple[Errand, str]] = []
        lost: dict[int, str] = {}
        saved = time.monotonic()
        try:
            with progress(len(todo), "random cities") as (_, advance), closing(each(live, todo, engine)) as lived:
                for errand, said in lived:
                    if isinstance(said, Lost):  # by whatever killed it; the next command tries once more
                        lost[errand.number] = "its process was killed"
                    else:
                        waiting.append((errand, said))
                    if time.monotonic() > saved + SAVE:
                        kept.add(waiting)
                        waiting, saved = [], time.monotonic()
                    advance()
        finally:
            kept.add(waiting)
        known = {**kept.found(seed, months), **lost}
    broken = {n: known[n] for n in range(1, cities + 1) if known[n]}
    return Report(seed, cities, months, broken)


@dataclass(frozen=True)
class Order:
    """What is asked for; `city`: one city alone, by number."""

    cities: int = CITIES
    months: int = MONTHS
    seed: int = SEED
    workers: int = 1
    city: int | None = None


LEAST = {"cities": 1, "months": 1, "seed": 0, "workers": 1, "city": 1}


def ordered(words: Sequence[str]) -> Order:
    """What the words after `sim validate laws` ask for; raises BadConfig with every fault at once."""
    numbers: dict[str, int] = {"workers": cores()}
    faults: list[str] = []
    for word in words:
        key, is_pair, value = word.partition("=")
        if not is_pair or key not in LEAST:
            known = ", ".join(f"{name}=N" for name in LEAST)
            faults.append(f"{key}: no such word{nearest(key, LEAST)}; allowed: {known}")
        else:
            numbers[key] = whole(key, value, LEAST[key], faults)
    if faults:
        raise BadConfig(faults)
    return Order(**numbers)


def validate(words: Sequence[str], argv: Sequence[str], as_json: bool) -> int:
    """Follow random cities and say which break a law; returns the exit code. Raises BadConfig before any run."""
    asked = ordered(words)
    if asked.city is not None:
        return _one(asked, asked.city, as_json)
    folder = store.RESULTS / NAME
    store.check_writable(next(f for f in (folder, store.RESULTS, Path()) if f.exists()))

    def work() -> tuple[Report, int]:
        report = checked(asked.cities, asked.months, asked.seed, asked.workers, folder)
        return report, 1 if report.broken else 0

    report, code = answered(work, argv, as_json)
    if report is not None:
        print(to_json(document(report)) if as_json else told(report))
    return code


def _one(asked: Order, number: int, as_json: bool) -> int:
    complaint = live(Errand(asked.seed, number, asked.months))
    one = drawn(asked.seed, number, asked.months)
    if as_json:
        pushes = [vars(push) for push in one.pushes]
        print(to_json({"settings": one.plain, "seed": one.seed, "pushes": pushes, "complaint": complaint}))
    else:
        settings = [f"{g}.{key}={value}" for g, values in one.plain.items() for key, value in values.items()]
        print(f"seed={one.seed} {shlex.join(settings)}")
        print(*one.pushes, sep="\n")
        print(complaint or f"no law is broken in {asked.months} months")
    return 1 if complaint else 0


def document(report: Report) -> dict[str, Any]:
    """The report as plain values; see `sim validate --help`."""
    checks = report.cities * report.months * len(MONTH)
    return {"seed": report.seed, "cities": report.cities, "months": report.months, "laws": len(laws.LAWS),
            "processes": checks, "broken": {str(n): said for n, said in report.broken.items()},
            "at_most": report.bound, "model": model_hash()}  # fmt: skip


def told(report: Report) -> str:
    """The report for people."""
    checks = report.cities * report.months * len(MONTH)
    lines = [
        f"{len(laws.LAWS)} laws after each of {checks:,} processes, in {report.cities:,} random cities of"
        f" {report.months} months with random tips: {len(report.broken) or 'no'} cities break one.",
        f"With 95% confidence at most {report.bound:.2g} of all settings do (settings drawn as here).",
    ]
    for number, complaint in list(report.broken.items())[:TOLD]:
        again = f"sim validate laws city={number} seed={report.seed} months={report.months}"
        lines.append(f"city {number}: {complaint}\n  again: {again}")
    return "\n".join(lines)
