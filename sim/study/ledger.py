"""The ledger of a sweep: its plan, and what became of every run, in one SQLite file.

Only one process writes, the one that holds the lock of the folder.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.model.params import BadConfig, nearest
from sim.model.settings import Settings
from sim.study import store
from sim.study.database import Database, holding
from sim.study.design import Values
from sim.study.plan import Plan, on_top, run_id
from sim.study.task import STATUSES, Finished, Task

FILE, LOCK, TABLES = "ledger.sqlite", "ledger.lock", "tables.lock"
VERSION = 2

# A point that has the settings of an earlier one is not run again: `runs_of` is that earlier point.
SCHEMA = """
create table study (key text primary key, value text not null);
create table bases (base integer primary key, choices text not null, settings text not null);
create table points (
    point integer primary key, base integer not null, changes text not null, runs_of integer not null
);
create table runs (
    id text primary key, point integer not null, seed integer not null,
    status text not null default 'pending' check (status in ('pending', 'succeeded', 'failed', 'aborted')),
    attempts integer not null default 0, summary text, error text, seconds real, host text, series blob
);
create unique index run_of_point on runs (point, seed);
create index run_by_status on runs (status);
"""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder`'s lock; raises BadConfig if another process holds it."""
    with holding(folder / LOCK, wait=False) as held:
        if not held:
            raise BadConfig([f"name: another sweep is at work in {folder}; wait for it, or choose another name"])
        yield


@contextlib.contextmanager
def writing_tables(folder: Path) -> Iterator[None]:
    """Wait until nobody else writes the tables of `folder`, and keep others from it."""
    with holding(folder / TABLES, wait=True):
        yield


class Ledger(Database):
    """An open ledger. Its methods raise OSError where the disk fails."""

    def __init__(self, folder: Path, write: bool) -> None:
        self.folder = folder
        super().__init__(folder / FILE, write)
        self._waiting: list[Finished] = []
        self._bases: dict[int, Settings] = {}

    def close(self) -> None:
        """Save what is waiting, and close."""
        try:
            self.save()
        finally:
            super().close()

    @contextlib.contextmanager
    def as_it_is(self) -> Iterator[None]:
        """Read the ledger as it is now, whatever another process adds meanwhile."""
        with self._told():
            self._sql.execute("begin")
            try:
                yield
            finally:
                self._sql.execute("rollback")

    def planned(self) -> bool:
        """Whether a plan was frozen here. Raises BadConfig if the file is another program's or version's."""
        tables = {name for (name,) in self.rows("select name from sqlite_master where type = 'table'")}
        if not tables:
            return False
        if not {"study", "runs"} <= tables or self.study().get("schema") != VERSION:
            raise BadConfig([f"{self._file}: no ledger of this version; move it away, or choose another name"])
        return True

    def study(self) -> dict[str, Any]:
        """What was noted of the study as a whole."""
        return {key: json.loads(value) for key, value in self.rows("select key, value from study")}

    def note(self, **said: Any) -> None:
        """Note something of the study as a whole."""
        with self._transaction():
            rows = [(key, json.dumps(value)) for key, value in said.items()]
            self._sql.executemany("insert or replace into study values (?, ?)", rows)

    def extend(self, plan: Plan, study: Mapping[str, Any]) -> None:
        """Add the runs of further seeds of the same plan."""
        known = self.study()
        with self._transaction():
            runs = (
                (run_id(plan.points[point - 1].digest, seed, plan.months, study["model"]), point, seed)
                for (point,) in [*self._sql.execute("select distinct runs_of from points order by runs_of")]
                for seed in range(known["seeds"] + 1, plan.seeds + 1)
            )
            self._sql.executemany("insert into runs (id, point, seed) values (?, ?, ?)", runs)
            rows = [(key, json.dumps(value)) for key, value in study.items()]
            self._sql.executemany("insert or replace into study values (?, ?)", rows)

    def freeze(self, plan: Plan, study: Mapping[str, Any], share: tuple[int, int]) -> None:
        """Write down the whole plan, and every `share[1]`th of its runs, from the `share[0]`th on."""
        with self._transaction():
            self._create()
            self._sql.executemany(
                "insert into study values (?, ?)", [(key, json.dumps(value)) for key, value in study.items()]
            )
            self._sql.executemany(
                "insert into bases values (?, ?, ?)",
                [(i, json.dumps(b.choices), json.dumps(b.settings.plain())) for i, b in enumerate(plan.bases)],
            )
            first: dict[str, int] = {}
            points = [
                (number, p.base, json.dumps(p.changes), first.setdefault(p.digest, number))
                for number, p in enumerate(plan.points, 1)
            ]
            self._sql.executemany("insert into points values (?, ?, ?, ?)", points)
            runs = (
                (run_id(digest, seed, plan.months, study["model"]), number, seed)
                for digest, number in first.items()
                for seed in range(1, plan.seeds + 1)
            )
            i, n = share
            mine = (run for at, run in enumerate(runs, 1) if at % n == i % n)
            self._sql.executemany("insert into runs (id, point, seed) values (?, ?, ?)", mine)

    def _create(self) -> None:
        for statement in SCHEMA.strip().split(";\n"):  # executescript would end the transaction
            self._sql.execute(statement)

    def pending(self) -> Iterator[Task]:
        """The runs that are to be done, in the order of the plan."""
        study = self.study()
        settings, last = Settings(), None
        # All at once: the table changes while they are done.
        todo = [*self.rows("select id, point, seed from runs where status = 'pending' order by point, seed")]
        for run, point, seed in todo:
            if point != last:
                settings, last = self.settings(point), point
            yield Task(run, settings, seed, study["months"], study["model"])

    def settings(self, point: int) -> Settings:
        """The settings of one point."""
        [(base, changes)] = self.rows("select base, changes from points where point = ?", point)
        return on_top(self._base(base), json.loads(changes))

    def _base(self, base: int) -> Settings:
        if base not in self._bases:
            [(text,)] = self.rows("select settings from bases where base = ?", base)
            self._bases[base] = Settings.build(json.loads(text))
        return self._bases[base]

    def points(self) -> Iterator[tuple[int, dict[str, str], Values]]:
        """Each point's number, choices and changes, in the order of the plan."""
        for point, choices, changes in self.rows(
            "select point, choices, changes from points join bases using (base) order by point"
        ):
            yield point, json.loads(choices), json.loads(changes)

    def add(self, finished: Finished) -> None:
        """Note what became of a run; it is on the disk after `save`."""
        self._waiting.append(finished)

    def save(self) -> None:
        """Put on the disk what was added."""
        if not self._waiting:
            return
        rows = [(f.status, f.summary, f.error, f.seconds, f.host, f.series, f.run) for f in self._waiting]
        with self._transaction():
            self._sql.executemany(
                "update runs set status = ?, attempts = attempts + 1, summary = ?, error = ?, seconds = ?,"
                " host = ?, series = ? where id = ? and status <> 'succeeded'",
                rows,
            )
        self._waiting.clear()

    def settle(self) -> None:
        """Save what is waiting, and move all of it from SQLite's log into its file."""
        self.save()
        [*self.rows("pragma wal_checkpoint(truncate)")]

    def retry(self, *statuses: str) -> None:
        """Make every run of these statuses pending."""
        with self._transaction():
            for status in statuses:
                self._sql.execute("update runs set status = 'pending', error = null where status = ?", (status,))

    def join(self, other: Path) -> None:
        """Take over the runs of another ledger of the same plan."""
        with self._told():
            self._sql.execute("attach ? as other", (str(other / FILE),))
            with self._transaction():
                self._sql.execute(
                    "insert into runs select * from other.runs where true on conflict (id) do update set"
                    " status = excluded.status, attempts = excluded.attempts, summary = excluded.summary,"
                    " error = excluded.error, seconds = excluded.seconds, host = excluded.host,"
                    " series = excluded.series where runs.status <> 'succeeded'"
                )
            self._sql.execute("detach other")

    def copy_plan(self, other: Path) -> None:
        """Begin with the plan, but no runs, of another ledger."""
        with self._told():
            self._sql.execute("attach ? as other", (str(other / FILE),))
            with self._transaction():
                self._create()
                for table in ("study", "bases", "points"):
                    self._sql.execute(f"insert into {table} select * from other.{table}")
            self._sql.execute("detach other")

    def counts(self) -> dict[str, int]:
        """How many runs there are of each status."""
        found = dict(self.rows("select status, count(*) from runs group by status"))
        return {status: found.get(status, 0) for status in STATUSES}

    def left(self) -> float:
        """Seconds that one worker would need for what is pending, by the runs so far; NaN before the first."""
        [(mean, pending)] = self.rows("select avg(seconds), sum(status = 'pending') from runs")
        return float("nan") if mean is None else float(mean * pending)

    def failures(self) -> list[tuple[str, str, int, str]]:
        """Status and error of the runs that failed or were aborted, how many have it, and one of those."""
        return [
            *self.rows(
                "select status, error, count(*), min(id) from runs where error is not null"
                " group by status, error order by count(*) desc, error"
            )
        ]


def opened(name: str, write: bool) -> Ledger:
    """The ledger of an existing study; raises BadConfig if there is none."""
    folder = store.RESULTS / name
    if (folder / FILE).is_file():
        ledger = Ledger(folder, write)
        if ledger.planned():
            return ledger
        ledger.close()
    raise BadConfig([f"{name}: no sweep of that name in {store.RESULTS}{nearest(name, studies())}"])


def studies(pattern: str = "*") -> Iterable[str]:
    """The names of the sweeps whose folder matches `pattern`."""
    return sorted(file.parent.name for file in store.RESULTS.glob(f"{pattern}/{FILE}"))
