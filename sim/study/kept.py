"""Runs that are asked for as one goes along, and kept: what is there is not done again.

A sweep plans all its runs before the first; whoever decides on the next runs by those before, asks here.
A run is named by what determines it, the model's source too, so that the same question of the same model
finds its answer, after an interruption or a year, and a changed model finds nothing.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig
from sim.model.settings import Settings
from sim.study import carry_out, store
from sim.study.compare import Floats
from sim.study.database import Held
from sim.study.plan import run_id, settings_digest
from sim.study.pool import Ready
from sim.study.program import model_hash
from sim.study.task import Finished, Task

FILE, LOCK = "runs.sqlite", "runs.lock"
SCHEMA = (
    "create table if not exists runs (id text primary key, months integer not null, seconds real not null,"
    " summary text, error text)"
)

Run = tuple[Settings, int]
"""Settings and a seed."""


def check_folder(folder: Path, asked: Any, holds: str) -> None:
    """Raise BadConfig if the folder cannot be written, or holds anything but this `holds` ("advice").

    asked: what provenance.json there must say was asked for. Writes nothing.
    """
    store.check_writable(next(f for f in (folder, store.RESULTS, Path()) if f.exists()))
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / FILE).is_file():
        raise BadConfig([f"name: {folder} exists and holds no {holds}; choose another name with name="])
    if store.asked_in(folder) not in (None, asked):
        raise BadConfig([f"name: {folder} holds the {holds} of another question; choose another name with name="])


class Kept(Held):
    """The runs kept in a folder, which is made if it is not there; a context manager.

    workers: processes, which start when there is something to do, and stay until the end.

    Raises BadConfig if another process has the folder, and OSError where the disk fails.
    """

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self._workers = Ready(workers)
        self._model = model_hash()
        self._months = 0
        self._waiting: list[Finished] = []
        busy = f"name: another command is at work in {folder}; wait for it, or choose another name"
        # It may have been the machine's fault: each command tries once more.
        super().__init__(folder, FILE, LOCK, busy, (SCHEMA, "delete from runs where error is not null"))

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the workers, save what is waiting, close the file and give back the lock."""
        with self._closing:
            self._workers.close()
            self.save()

    def outcomes(self, runs: Sequence[Run], months: int, what: str = "running cities") -> tuple[Floats, dict[int, str]]:
        """The outcomes of `runs`, each followed for so many `months`; does those that are not there.

        Gives floats of shape (runs, outcomes), a value of each run for each of `OUTCOMES` as `of_run` has
        it, and index -> error of the runs that failed, whose row is NaN. `what`: is being done, for
        whoever watches. Interrupted, it keeps what was done. Raises OSError.
        """
        names = self._names(runs, months)
        asked = dict(zip(names, runs, strict=True))
        todo = {name: run for name, run in asked.items() if not self._has(name)}
        if todo:
            self._months = months
            tasks = (Task(name, settings, seed, months, self._model) for name, (settings, seed) in todo.items())
            carry_out.run(self, tasks, len(todo), self._workers, what)
        values = np.full((len(runs), len(OUTCOMES)), np.nan)
        errors = {}
        for i, name in enumerate(names):
            [(summary, error)] = self.rows("select summary, error from runs where id = ?", name)
            if summary is None:
                errors[i] = str(error)
            else:
                values[i] = json.loads(summary)  # an undefined outcome is null, and becomes NaN
        return values, errors

    def _names(self, runs: Sequence[Run], months: int) -> list[str]:
        digests: dict[int, str] = {}  # many runs have the very same settings
        texts: dict[int, str] = {}
        for settings, _ in runs:
            if id(settings) not in digests:
                digests[id(settings)] = settings_digest(settings, texts)
        return [run_id(digests[id(settings)], seed, months, self._model) for settings, seed in runs]

    def _has(self, name: str) -> bool:
        return any(True for _ in self.rows("select 1 from runs where id = ?", name))

    def add(self, finished: Finished) -> None:
        """Note what became of a run; it is on the disk after `save`."""
        self._waiting.append(finished)

    def save(self) -> None:
        """Put on the disk what was added."""
        if not self._waiting:
            return
        rows = [(f.run, self._months, f.seconds, f.summary, f.error) for f in self._waiting]
        with self._transaction():
            self._sql.executemany("insert or replace into runs values (?, ?, ?, ?, ?)", rows)
        self._waiting.clear()
