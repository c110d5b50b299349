"""What one does with a sweep that exists: look, export, retry, repeat a run, merge its shards."""

import math
import shlex
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

from sim.model.params import BadConfig
from sim.study import export, store
from sim.study.carry_out import answer, code, end, go_on, tell
from sim.study.compose import NAME
from sim.study.document import to_json
from sim.study.ledger import Ledger, locked, opened, studies
from sim.study.pool import Local, cores
from sim.study.program import model_hash
from sim.study.run import Job, attempt
from sim.study.sweep import check, unchanged
from sim.study.task import FAILED, PENDING, matrix, unpacked


def status(words: Sequence[str], as_json: bool) -> int:
    """Print how far a sweep is."""
    with closing(opened(_one("status", words), write=False)) as book:
        said = answer(book)
        keys = ("status", "error", "runs", "run")
        said["seconds_left_on_one_worker"] = book.left()
        said["errors"] = [dict(zip(keys, row, strict=True)) for row in book.failures()]
    if as_json:
        print(to_json(said))
    else:
        tell(said)
        if said["seconds_left_on_one_worker"] > 0:
            left = timedelta(seconds=math.ceil(said["seconds_left_on_one_worker"]))
            print(f"What is pending would take one worker about {left}.")
        for row in said["errors"]:
            print(f"{row['runs']} {row['status']}: {row['error']}; for instance run {row['run']}")
    return code(said["runs"])


def export_study(words: Sequence[str], as_json: bool, sheet: bool) -> int:
    """Write the tables of what a sweep has so far, with a spreadsheet of any number of runs if `sheet`."""
    name = _one("export", words)
    opened(name, write=False).close()
    check(name)
    with closing(opened(name, write=False)) as book:  # beside a sweep that goes on, too
        export.export(book, sheet)
        return end(book, as_json)


def retry(words: Sequence[str], argv: Sequence[str], as_json: bool) -> int:
    """Run once more what failed, and what is missing."""
    name = _one("retry", words)
    opened(name, write=False).close()
    check(name)
    with locked(store.RESULTS / name), closing(opened(name, write=True)) as book:
        unchanged(book, name)
        book.retry(FAILED)
        return end(book, as_json, go_on(book, lambda runs: Local(min(cores(), runs)), argv))


def rerun(words: Sequence[str], as_json: bool) -> int:
    """Repeat one run, and compare every bit; 1 if one differs."""
    if len(words) != 2:
        raise BadConfig(["sim rerun: needs STUDY and RUN, a run's name in runs.parquet or its beginning"])
    with closing(opened(words[0], write=False)) as book:
        found = [
            *book.rows("select id, point, seed, series from runs where substr(id, 1, ?) = ?", len(words[1]), words[1])
        ]
        if len(found) != 1:
            raise BadConfig(
                [f"{words[1]}: {'no run' if not found else f'{len(found)} runs'} of that name in {words[0]}"]
            )
        [(run, point, seed, before)] = found
        study = book.study()
        done = attempt(Job(run, book.settings(point), seed, study["months"]))
    same = done.outcomes is not None and before is not None and matrix(done.outcomes).tobytes() == (
        unpacked(before, study["months"]).tobytes())  # fmt: skip
    said = {"run": run, "point": point, "seed": seed, "same": same, "error": done.error or None}
    said["changed_model"] = study["model"] != model_hash()
    if as_json:
        print(to_json(said))
    else:
        what = "the same, bit for bit" if same else done.error or ("other results" if before else "it had no results")
        print(f"run {run}, point {point}, seed {seed}: {what}")
        if said["changed_model"]:
            print("The model has changed since the sweep.")
    return 0 if same else 1


def merge(words: Sequence[str], argv: Sequence[str], as_json: bool) -> int:
    """Join the shards of a sweep into one study, and export it."""
    name = _one("merge", words)
    shards = [*studies(f"{name}.shard-*-of-*")]
    if not shards:
        raise BadConfig([f"{name}: no shards in {store.RESULTS}; their folders are named {name}.shard-1-of-2"])
    common, commands = _mergeable(name, shards)
    check(name)
    folder = store.RESULTS / name
    folder.mkdir(exist_ok=True)
    with locked(folder), closing(Ledger(folder, write=True)) as book:
        if not book.planned():
            book.copy_plan(store.RESULTS / shards[0])
            book.note(shard=None, argv=argv, command=shlex.join(argv), shards=commands)
        elif any(book.study()[key] != common[key] for key in ("plan", "seeds", "model")):
            raise BadConfig([f"name: {folder} holds another sweep; move it away"])
        for shard in shards:
            book.join(store.RESULTS / shard)
        export.export(book)
        return end(book, as_json)


def _mergeable(name: str, shards: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """What the shards have in common, and their commands.

    Raises BadConfig unless they are all of one sweep, and done.
    """
    faults: list[str] = []
    common: dict[str, Any] = {}
    commands = []
    runs, shares = 0, list[Any]()
    for shard in shards:
        with closing(opened(shard, write=False)) as book:
            study, counts = book.study(), book.counts()
            common = common or study
            commands.append(study["command"])
            if _kind(study) != _kind(common):
                faults.append(f"{shard}: not of the same sweep as {shards[0]}; move one of them away")
            if counts[PENDING]:
                faults.append(f"{shard}: {counts[PENDING]} runs are to be done; repeat its command: {study['command']}")
            runs += sum(counts.values())
            if study["shard"] in shares:
                faults.append(f"{shard}: the same share as another of its shards; move one of them away")
            shares.append(study["shard"])
            [(points,)] = book.rows("select count(distinct runs_of) from points")
    if not faults and runs < points * common["seeds"]:
        faults.append(f"{name}: {points * common['seeds'] - runs} runs are in none of its shards: {', '.join(shards)}")
    if faults:
        raise BadConfig(faults)
    return common, commands


def _kind(study: Mapping[str, Any]) -> list[Any]:
    """What two shards of one sweep have in common."""
    return [study["plan"], study["seeds"], study["model"], (study["shard"] or [0, 0])[1]]


def _one(command: str, words: Sequence[str]) -> str:
    """The only word, a study's name."""
    if len(words) != 1 or not NAME.fullmatch(words[0]):
        raise BadConfig([f"sim {command}: needs the name of one sweep; there are: {', '.join(studies()) or 'none'}"])
    return words[0]
