"""The runs of experiments: done once, kept month by month, and found again by what determines them."""

import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sim.model.settings import Settings
from sim.study.carry_out import progress
from sim.study.database import Held
from sim.study.patterns.experiment import Case, Experiment, Part
from sim.study.patterns.measures import Watch, version
from sim.study.plan import run_id, settings_digest
from sim.study.pool import Lost, Ready, each
from sim.study.program import model_hash, model_here
from sim.study.run import KILLED
from sim.study.task import OtherModel

Floats = npt.NDArray[np.float64]
FILE, LOCK = "runs.sqlite", "runs.lock"
SCHEMA = (
    "create table if not exists series (run text not null, measure text not null, months blob not null,"
    " primary key (run, measure)) without rowid"
)
SAVE = 0.5  # seconds between savings
TOLD = 5  # failures that are told


@dataclass(frozen=True)
class Errand:
    """A city to follow through the phases of a case, and what to note of it."""

    run: str
    phases: tuple[tuple[int, Settings], ...]
    seed: int
    months: int
    measures: tuple[str, ...]
    model: str


@dataclass(frozen=True)
class Noted:
    """Measure -> months of one run, packed; or why there are none."""

    series: Mapping[str, bytes]
    error: str = ""


def follow(
    phases: Sequence[tuple[int, Settings]], seed: int, months: int, measures: Sequence[str]
) -> dict[str, Floats]:
    """Measure -> (months,) of one city that lives under each of `phases` from its month on."""
    from sim.model.city import City

    (_, first), *later = phases
    city = City(first, seed=seed)
    watch = Watch(city, measures)
    turns = dict(later)
    for month in range(1, months + 1):
        if month in turns:
            city.turn(turns[month])
        city.step()
        watch.month()
    return watch.series()


def run(errand: Errand) -> Noted:
    """Do one errand, as a worker does. Raises OtherModel."""
    if errand.model != model_here():
        raise OtherModel("the model has changed since this command began, and two versions are never mixed")
    try:
        found = follow(errand.phases, errand.seed, errand.months, errand.measures)
    except Exception as error:
        return Noted({}, f"{type(error).__name__}: {error}")
    return Noted({name: _packed(values) for name, values in found.items()})


def _packed(values: Floats) -> bytes:
    return bytes(pa.compress(values.astype("<f8").tobytes(), codec="zstd", asbytes=True))


def _unpacked(blob: bytes, months: int) -> Floats:
    return np.frombuffer(pa.decompress(blob, decompressed_size=8 * months, codec="zstd", asbytes=True), "<f8")


class Runs(Held):
    """The runs kept in a folder, which is made if it is not there; a context manager.

    workers: processes, which start when there is something to do, and stay until the end.

    Raises BadConfig if another process has the folder, and OSError where the disk fails.
    """

    def __init__(self, folder: Path, workers: int) -> None:
        self._workers = Ready(workers)
        self._model = model_hash()
        self._digests: dict[int, str] = {}
        self._settings: dict[int, Settings] = {}  # kept, or another could come to have the same id
        self.errors: list[str] = []
        self._failed: set[str] = set()
        super().__init__(folder, FILE, LOCK, f"{folder}: another command is at work there; wait for it", (SCHEMA,))

    def __enter__(self) -> "Runs":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._closing:
            self._workers.close()

    def name(self, case: Case, seed: int, months: int) -> str:
        """A run's name, made of all that determines it: settings, seed, months, the model, how it is measured."""
        phases = [f"{month}:{self._digest(settings)}" for month, settings in case.phases]
        return run_id(" ".join(phases), seed, months, f"{self._model} {version()}")

    def _digest(self, settings: Settings) -> str:
        if id(settings) not in self._digests:
            self._digests[id(settings)] = settings_digest(settings, {})
            self._settings[id(settings)] = settings
        return self._digests[id(settings)]

    def do(self, wanted: Iterable[tuple[Case, int, int, Sequence[str]]], what: str = "running cities") -> int:
        """Do what is missing of `wanted`: case, seed, months, measures; gives how many cities were run.

        Interrupted, it keeps what was done. A run that fails is told, noted in `errors` and left out.
        """
        todo: dict[str, Errand] = {}
        for case, seed, months, measures in wanted:
            run_name = self.name(case, seed, months)
            if run_name in self._failed:
                continue
            have = {m for (m,) in self.rows("select measure from series where run = ?", run_name)}
            missing = {*measures} - have
            if missing:
                also = todo[run_name].measures if run_name in todo else ()
                every = tuple(sorted({*missing, *also}))
                todo[run_name] = Errand(run_name, case.phases, seed, months, every, self._model)
        if todo:
            self._carry_out(list(todo.values()), what)
        return len(todo)

    def _carry_out(self, errands: Sequence[Errand], what: str) -> None:
        waiting: list[tuple[str, str, bytes]] = []
        saved = time.monotonic()
        try:
            with progress(len(errands), what) as (tell, advance), closing(each(run, errands, self._workers)) as results:
                for errand, noted in results:
                    error = KILLED if isinstance(noted, Lost) else noted.error
                    if error:
                        self._failed.add(errand.run)
                        self.errors.append(f"run {errand.run}, seed {errand.seed}, on {platform.node()}: {error}")
                        if len(self.errors) <= TOLD:
                            tell(f"sim: {self.errors[-1]}")
                    elif not isinstance(noted, Lost):
                        waiting += [(errand.run, name, blob) for name, blob in noted.series.items()]
                    if time.monotonic() > saved + SAVE:
                        self._save(waiting)
                        saved = time.monotonic()
                    advance()
        finally:
            self._save(waiting)

    def _save(self, waiting: list[tuple[str, str, bytes]]) -> None:
        with self._transaction():
            self._sql.executemany("insert or replace into series values (?, ?, ?)", waiting)
        waiting.clear()

    def months(self, case: Case, seed: int, months: int, measure: str) -> Floats | None:
        """(months,) of a measure in one run; None if it failed or was never done."""
        found = self.rows("select months from series where run = ? and measure = ?",
                          self.name(case, seed, months), measure)  # fmt: skip
        return next((_unpacked(blob, months) for (blob,) in found), None)


def wanted(experiment: Experiment, seeds: Iterable[int]) -> list[tuple[Case, int, int, Sequence[str]]]:
    """What `Runs.do` is to do for these seeds of an experiment."""
    numbers = list(seeds)
    return [
        (case, seed, experiment.months, experiment.columns(case.name))
        for cases in experiment.cases.values()
        for case in cases.values()
        if experiment.columns(case.name)
        for seed in numbers
    ]


def numbers(runs: Runs, experiment: Experiment, part: Part, city: str, seeds: Sequence[int]) -> dict[str, Floats]:
    """Name -> (seeds,) of the part's numbers in a city, NaN where a run failed or a number is undefined."""
    found = {}
    for name, value in part.values.items():
        case = experiment.cases[city][value.case]
        series = [runs.months(case, seed, experiment.months, value.look.column) for seed in seeds]
        found[name] = np.array([np.nan if s is None else value.look.of(s) for s in series])
    return found


def samples(part: Part, values: Mapping[str, Floats]) -> Floats:
    """A value of the part's quantity for each seed in which all its numbers are defined."""
    whole = np.all([~np.isnan(some) for some in values.values()], axis=0)
    if not whole.any():
        return np.empty(0)
    found = part.quantity.samples({name: some[whole] for name, some in values.items()})
    return found[~np.isnan(found)]
