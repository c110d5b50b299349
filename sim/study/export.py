"""From the ledger to tables, of runs and of months, and how they came about.

The tables hold what was found and nothing of when or where, in the order of the plan, so that their
bytes are the same after any interruption, on any number of workers, whole or merged from shards.
"""

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from sim.model.outcomes import OUTCOMES, WARM_UP
from sim.model.params import BadConfig
from sim.model.settings import PARAMETERS
from sim.study.document import to_json
from sim.study.ledger import Ledger, writing_tables
from sim.study.program import model_hash
from sim.study.task import SUCCEEDED, unpacked

FILES = ("runs.parquet", "months.parquet", "runs.csv", "runs.xlsx", "timings.csv", "provenance.json")
GROUP = 500  # runs in one row group: 16 MB of months in memory
SHEET = 5_000  # runs of which a spreadsheet is made without being asked for: some seconds' work
SHEET_MOST = 1_048_575  # rows that a spreadsheet can have below its head
SAME = ("program", "model", "python", "packages", "plan", "points", "seeds", "months", "design")
ALWAYS = ("city", "scenario", "tip")
TYPES = {"number": pa.float64(), "whole number": pa.int64(), "switch": pa.bool_(), "choice": pa.string()}
PART = ".part"
CELL = 32_767  # characters that a cell of a spreadsheet can hold
NAMED = [pa.field("run", pa.string()), pa.field("point", pa.int64())]

Row = tuple[str, int, dict[str, Any], int, str, bytes]


def export(ledger: Ledger, sheet: bool = False) -> None:
    """Write `FILES` beside the ledger, each as a whole; only runs that succeeded have rows.

    runs.xlsx is made of up to `SHEET` runs, or of any number if `sheet`; raises BadConfig if a
    spreadsheet cannot hold them.
    """
    with writing_tables(ledger.folder), ledger.as_it_is():
        _export(ledger, sheet)


def _export(ledger: Ledger, sheet: bool) -> None:
    _check_version(ledger)
    folder, columns = ledger.folder, _columns(ledger)
    rows = ledger.counts()[SUCCEEDED]
    if sheet and rows > SHEET_MOST:
        raise BadConfig([f"--xlsx: {rows:,} runs, but a spreadsheet holds at most {SHEET_MOST:,}; use runs.csv"])
    _clean(folder)
    about = provenance(ledger)
    runs = folder / "runs.parquet"
    _write(runs, lambda file: _runs(file, ledger, columns))
    _write(folder / "months.parquet", lambda file: _months(file, ledger, columns))
    _write(folder / "runs.csv", lambda file: _csv(file, runs))
    if sheet or rows <= SHEET:
        _write(folder / "runs.xlsx", lambda file: _xlsx(file, runs, about))
    else:
        (folder / "runs.xlsx").unlink(missing_ok=True)  # of fewer runs
    _write(folder / "timings.csv", lambda file: _timings(file, ledger))
    text = to_json(about, indent=1) + "\n"
    _write(folder / "provenance.json", lambda file: file.write_text(text, encoding="utf-8"))


def _check_version(ledger: Ledger) -> None:
    """Raise BadConfig if the runs are of a model with other outcomes or settings, whose columns would be wrong."""
    study = ledger.study()
    known = study["recorded"] == list(OUTCOMES) if "recorded" in study else study["model"] == model_hash()
    if not known or any(name not in PARAMETERS for _, _, changes in ledger.points() for name in changes):
        raise BadConfig([
            f"{study['name']}: its runs are of a version of the model with other outcomes or settings ("
            f"{study['program']}, model {study['model'][:12]}); export them with it, or run the sweep anew with name="
        ])  # fmt: skip


def clean(folder: Path) -> None:
    """Remove what an export left behind that was killed."""
    with writing_tables(folder):
        _clean(folder)


def _clean(folder: Path) -> None:
    for name in FILES:
        (folder / (name + PART)).unlink(missing_ok=True)


def provenance(ledger: Ledger) -> dict[str, Any]:
    """How the results came about, and which runs are not among them."""
    failed = ledger.rows(
        "select id, point, seed, status, error from runs where error is not null order by point, seed limit 1000"
    )
    bases = ledger.rows("select choices, settings from bases order by base")
    varying = {name for _, _, changes in ledger.points() for name in changes}
    return {
        **ledger.study(),
        "runs": ledger.counts(),
        "failed": [dict(zip(("run", "point", "seed", "status", "error"), row, strict=True)) for row in failed],
        "bases": [
            {"choices": json.loads(choices), "settings": _without(varying, json.loads(settings))}
            for choices, settings in bases
        ],
        "outcomes": f"of one run: over months {WARM_UP + 1} to the last, or all if there are no more than {WARM_UP};"
        " undefined months left out; the sum of a flow, else the mean",
    }


def _without(names: set[str], settings: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What all points of a base have in common."""
    return {g: {s: v for s, v in some.items() if f"{g}.{s}" not in names} for g, some in settings.items()}


def column(name: str) -> str:
    """The column of a choice or a setting; a choice that is called like an outcome is told apart."""
    return f"{name}.choice" if name in OUTCOMES else name


def _columns(ledger: Ledger) -> dict[str, pa.Field]:
    """Choice or setting -> its column: city, scenario and tip always, what else was named, or differs."""
    values: dict[str, set[Any]] = {}
    changes: dict[str, None] = {}
    for _, choices, changed in ledger.points():
        for group, chosen in choices.items():
            values.setdefault(group, set()).add(chosen)
        changes.update(dict.fromkeys(changed))
    named = {*ALWAYS, *ledger.study().get("named", [])}
    fields = {g: pa.field(column(g), pa.string()) for g, some in values.items() if g in named or len(some) > 1}
    for name in changes:
        p = PARAMETERS[name]
        fields[name] = pa.field(name, TYPES[p.kind], metadata={"unit": p.unit, "meaning": p.doc})
    return fields


def _rows(ledger: Ledger) -> Iterator[list[Row]]:
    """The runs that succeeded, in the order of the plan, some at a time."""
    found = ledger.rows(
        "select id, points.point, choices, changes, seed, summary, series from points join bases using (base)"
        " join runs on runs.point = points.runs_of where status = 'succeeded' order by points.point, seed"
    )
    some: list[Row] = []
    for run, point, choices, changes, seed, summary, series in found:
        some.append((run, point, {**json.loads(choices), **json.loads(changes)}, seed, summary, series))
        if len(some) == GROUP:
            yield some
            some = []
    if some:
        yield some


def _table(writer: pq.ParquetWriter, columns: list[Any]) -> None:
    schema = writer.schema
    writer.write_table(pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema))


def _runs(file: Path, ledger: Ledger, columns: dict[str, pa.Field]) -> None:
    head = [*NAMED, *columns.values(), pa.field("seed", pa.int64())]
    with _writer(file, head, ledger) as writer:
        for rows in _rows(ledger):
            values = np.array([json.loads(r[4]) for r in rows], float)
            said = [[r[2].get(name) for r in rows] for name in columns]
            _table(writer, [[r[0] for r in rows], [r[1] for r in rows], *said, [r[3] for r in rows], *values.T])


def _months(file: Path, ledger: Ledger, columns: dict[str, pa.Field]) -> None:
    head = [*NAMED, *columns.values(), pa.field("seed", pa.int64()), pa.field("month", pa.int32())]
    months = int(ledger.study()["months"])
    with _writer(file, head, ledger) as writer:
        for rows in _rows(ledger):
            values = np.concatenate([unpacked(r[5], months) for r in rows], axis=1)
            each = np.repeat(np.arange(len(rows)), months)
            said = [pa.array([r[2].get(name) for r in rows], f.type).take(each) for name, f in columns.items()]
            run, point, seed = (pa.array([r[i] for r in rows]).take(each) for i in (0, 1, 3))
            _table(writer, [run, point, *said, seed, np.tile(np.arange(1, months + 1), len(rows)), *values])


def _writer(file: Path, head: list[pa.Field], ledger: Ledger) -> pq.ParquetWriter:
    outcomes = [
        pa.field(name, pa.float64(), metadata={"unit": o.unit, "meaning": o.doc}) for name, o in OUTCOMES.items()
    ]
    named = [f.name for f in head]
    study = ledger.study()
    about = to_json({key: study.get(key) for key in SAME})
    return pq.ParquetWriter(
        file,
        pa.schema([*head, *outcomes], metadata={"partnering_up": about}),
        compression="zstd",
        use_dictionary=named,
        column_encoding=dict.fromkeys(OUTCOMES, "BYTE_STREAM_SPLIT"),
    )


def _csv(file: Path, runs: Path) -> None:
    table = pq.ParquetFile(runs)
    with pa.csv.CSVWriter(file, table.schema_arrow) as writer:
        for batch in table.iter_batches():
            writer.write_batch(batch)


def _xlsx(file: Path, runs: Path, about: Mapping[str, Any]) -> None:
    """Three sheets: the runs, what their columns are, and how they came about."""
    import xlsxwriter

    table = pq.ParquetFile(runs)
    with xlsxwriter.Workbook(str(file), {"constant_memory": True, "nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet("runs")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, table.schema_arrow.names)
        number = 0
        for batch in table.iter_batches():
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                sheet.write_row(number, 0, [None if value != value else value for value in row])
        sheet = book.add_worksheet("columns")
        sheet.write_row(0, 0, ["column", "unit", "meaning"])
        for number, field in enumerate(table.schema_arrow, 1):
            said = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
            sheet.write_row(number, 0, [field.name, said.get("unit", ""), said.get("meaning", "")])
        sheet = book.add_worksheet("about")
        for number, (key, value) in enumerate(about.items()):
            sheet.write_row(number, 0, [key, value if isinstance(value, str) else to_json(value)[:CELL]])


def _timings(file: Path, ledger: Ledger) -> None:
    found = ledger.rows("select id, point, seed, status, attempts, seconds, host from runs order by point, seed")
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["run", "point", "seed", "status", "attempts", "seconds", "host"])
        writer.writerows(found)


def _write(path: Path, fill: Callable[[Path], Any]) -> None:
    """Fill a file beside `path`, and put it in its place when it is whole and on the disk."""
    part = path.with_name(path.name + PART)
    try:
        fill(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
