"""The results folder: whole or not there at all, and saying how it came about.

`results/NAME/` holds `months.parquet`, `settings.yaml` and `provenance.json`, and more for a
comparison. It is filled as a hidden folder beside its place and renamed when complete. A folder
of that name is replaced if the same command made it; otherwise only with `--overwrite`, and never
if it holds no results.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig
from sim.study.document import to_json
from sim.study.program import program
from sim.study.run import Done

RESULTS = Path("results")


def check(name: str, asked: Sequence[str], overwrite: bool) -> None:
    """Raise BadConfig if `results/name` cannot or must not be written. Writes nothing."""
    folder = RESULTS / name
    check_writable(RESULTS if RESULTS.exists() else Path())
    if not folder.exists():
        return
    made_by = asked_in(folder)
    if any(folder.glob("*.sqlite")):
        raise BadConfig([f"name: {folder} holds runs that were kept, which would be lost; choose another name"])
    if made_by is None:
        raise BadConfig([f"name: {folder} exists and holds no results; choose another name"])
    if made_by != list(asked) and not overwrite:
        raise BadConfig(
            [f"name: {folder} holds the results of another command; choose another name, or add --overwrite"]
        )


def check_writable(folder: Path) -> None:
    """Raise BadConfig unless `folder` is one, and can be written to."""
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise BadConfig([f"{folder.resolve()}: not a folder that can be written to"])


def asked_in(folder: Path) -> list[str] | None:
    """What the results in `folder` were asked for with; None if there are none."""
    try:
        asked = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["asked"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return asked if isinstance(asked, list) else None


@contextlib.contextmanager
def saving(name: str, within: Path | None = None) -> Iterator[Path]:
    """A folder to fill, which becomes `results/name` when the block ends without an error.

    `within`: another folder than `results`.
    """
    parent = within or RESULTS
    new = not parent.exists()
    filling, old = (parent / f".{name}-{os.getpid()}{end}" for end in ("", "-old"))
    try:
        filling.mkdir(parents=True)
        yield filling
        for path in [*filling.iterdir(), filling]:
            _to_disk(path)
        if (parent / name).exists():
            (parent / name).rename(old)
        filling.rename(parent / name)
        _to_disk(parent)
    finally:
        if old.exists() and not (parent / name).exists():
            old.rename(parent / name)
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(filling, ignore_errors=True)
        if new:
            with contextlib.suppress(OSError):
                parent.rmdir()  # only if nothing is in it


@contextlib.contextmanager
def adding(folder: Path, made: Sequence[str]) -> Iterator[Path]:
    """A folder to fill, whose files come to stand in `folder`, each as a whole, when the block ends well.

    For a folder with files that outlive its results; whoever adds to it must be alone. `made`: the names
    of all files that are ever made; those of before that were not made again go. The last to come is
    provenance.json.
    """
    filling = folder / ".filling"
    shutil.rmtree(filling, ignore_errors=True)  # of one that was killed
    try:
        filling.mkdir()
        yield filling
        new = sorted(filling.iterdir(), key=lambda file: file.name == "provenance.json")
        (folder / "provenance.json").unlink(missing_ok=True)
        for name in {*made} - {file.name for file in new}:
            (folder / name).unlink(missing_ok=True)
        for file in new:
            _to_disk(file)
            file.replace(folder / file.name)
        _to_disk(folder)
    finally:
        shutil.rmtree(filling, ignore_errors=True)


def put(file: Path, content: str | bytes) -> None:
    """Write `file`, which is there as a whole or as it was before; text as UTF-8."""
    new = file.with_name(f".{file.name}.new")
    try:
        new.write_bytes(content.encode() if isinstance(content, str) else content)
        _to_disk(new)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(folder: Path, done: Sequence[Done], settings: Mapping[str, Any], provenance: Mapping[str, Any]) -> None:
    """Write months.parquet, settings.yaml and provenance.json.

    months.parquet has one row per scenario, seed and month (from 1), and one float64 column per
    outcome, NaN where undefined; each column's metadata give its `unit` and `meaning`.
    """
    pq.write_table(_months(done), folder / "months.parquet")
    text = yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True)
    (folder / "settings.yaml").write_text(text, encoding="utf-8")
    (folder / "provenance.json").write_text(to_json(provenance, indent=1) + "\n", encoding="utf-8")


def _months(done: Sequence[Done]) -> pa.Table:
    ran = [(d.job, d.outcomes) for d in done if d.outcomes is not None]
    columns: list[Any] = [
        [job.scenario for job, _ in ran for _ in range(job.months)],
        np.concatenate([np.full(job.months, job.seed) for job, _ in ran]),
        np.concatenate([np.arange(1, job.months + 1) for job, _ in ran]),
    ]
    schema = [pa.field("scenario", pa.string()), pa.field("seed", pa.int64()), pa.field("month", pa.int32())]
    for name, outcome in OUTCOMES.items():
        columns.append(np.concatenate([series[name] for _, series in ran]))
        about = {"unit": outcome.unit, "meaning": outcome.doc}
        schema.append(pa.field(name, pa.float64(), metadata=about))
    return pa.table(columns, schema=pa.schema(schema))


def now() -> str:
    """The time, for provenance."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def provenance(
    argv: Sequence[str],
    name: str,
    asked: Sequence[str],
    choices: Mapping[str, str],
    started: str,
    done: Sequence[Done],
) -> dict[str, Any]:
    """How results came about: command, program, machine, times, and which runs there were."""
    failed = [d for d in done if d.outcomes is None]
    return {
        "name": name,
        "folder": str(RESULTS / name),
        "argv": list(argv),
        "asked": list(asked),
        "choices": dict(choices),
        "seeds": sorted({d.job.seed for d in done}),
        "months": max(d.job.months for d in done),
        "runs": {"done": len(done) - len(failed), "failed": len(failed)},
        "failed": [{"scenario": d.job.scenario, "seed": d.job.seed, "error": d.error} for d in failed],
        **program(),
        "started": started,
        "ended": now(),
    }
