"""`sim validate docking`: run dockings on all processors, judge them, and write the page."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sim.model.params import BadConfig, nearest
from sim.study.carry_out import progress
from sim.study.compose import whole
from sim.study.docking import confidence, deliberation, growth, page, records, rules
from sim.study.docking.base import Docking, Finding, Row, Verdict, read, shown, usage
from sim.study.document import to_json
from sim.study.pool import Local, Lost, cores, each
from sim.study.program import model_hash

DOCKINGS: Mapping[str, Docking] = {
    module.DOCKING.id: module.DOCKING for module in (deliberation, confidence, rules, records, growth)
}
LEFT_OUT = {
    "D2": "Rival incentives and antisocial norms (Kitts 2006) need norms that initiatives hold towards each other, to"
    " encourage or to hinder joint work. Initiatives here have none, so there is nothing of ours to dock; a second"
    " model written for the docking would show nothing about the city. The stylised fact that rests on it, that"
    " competition can backfire among close-knit initiatives (SF11), is left out for the same reason."
}
FAILED = 1
FILES = "files"  # short for D8.files, which other dockings do not have
COMMON = {
    "seed": "1",
    "workers": "",
    "to": "results/docking",
}

USAGE = """\
sim validate docking [ID ...] [KEY=VALUE ...] [--json]

Sets modules of the city against published models and real records: the code that the city runs, in the
set-up of the source. Prints each criterion with what the source has, what we get with a 95% interval
and replications, and a verdict: pass or fail where the interval is wholly on one side, else undecided.
Saves a page (docking.md) with every number and a figure for each docking. A failing criterion is told
with what explains it.

{ids}

  files=FOLDER                       real budgets for D8, in Pabulib's .pb format
  seed=1                             which chances
  workers=N                          processes; as many as there are processors
  to=results/docking                 the folder for the page and its figures

Set-ups other than the usual one, for dockings that run; lists with commas:
{options}

--json prints {{"date", "model", "seed", "page", "dockings": [{{"id", "title", "source", "setup",
"reference", "ours", "options", "replications", "verdict",
"claims": [{{"says", "there", "value", "low", "high", "n", "verdict"}}], "tables": {{NAME: [ROW]}},
"notes", "values": {{MEASURE: [a value for each replication]}}}}], "left_out": {{ID: why}}}}.
Exit codes: 0 no criterion fails, 1 one fails, 2 bad input.

Examples
  sim validate docking
  sim validate docking D8 files=budgets
  sim validate docking D1 D1.designs=none,random,reshuffled,large D1.profiles=60
  sim validate docking D4 D4.confidence=0.1,0.15,0.25 D4.sweeps=200 --json"""


@dataclass(frozen=True)
class Asked:
    """What is to be done: options of each docking, all its replications, and the common words."""

    options: Mapping[str, Any]
    todo: Sequence[tuple[str, int]]
    seed: int
    workers: int
    folder: Path


def help_text() -> str:
    """What `sim validate docking --help` says."""
    ids = [f"  {d.id}  {d.title}: {_short(d.source)}" for d in DOCKINGS.values()]
    options = [line for d in DOCKINGS.values() if d.id != "D8" for line in usage(d)]
    return USAGE.format(ids="\n".join(ids), options="\n".join(options))


def _short(source: str) -> str:
    """Authors and year, or what comes before the first comma."""
    found = re.match(r"[^:;]*? \d{4}(?=[ ,]|$)", source)
    return found[0] if found else source.split(",")[0]


def docking(words: Sequence[str], argv: Sequence[str], as_json: bool) -> int:
    """Run what `words` ask for, save and print it; 1 if a criterion fails. Raises BadConfig before any run."""
    asked = parsed(words)
    rows = carried_out(asked, asked.todo)
    findings = {id_: _judged(DOCKINGS[id_], asked.options[id_], rows[id_]) for id_ in asked.options}
    document = _document(asked, rows, findings)
    asked.folder.mkdir(parents=True, exist_ok=True)
    page.write(asked.folder, document, findings, DOCKINGS, argv)
    if as_json:
        print(to_json(document))
    else:
        page.show(document)
        print(f"Saved: {asked.folder / page.PAGE}")
    return FAILED if any(f.verdict == Verdict.FAIL for f in findings.values()) else 0


def parsed(words: Sequence[str]) -> Asked:
    """What `words` ask for. Raises BadConfig with everything that is wrong with them."""
    faults: list[str] = []
    ids = [word.upper() for word in words if "=" not in word]
    for id_ in ids:
        if id_ in LEFT_OUT:
            faults.append(f"{id_}: left out. {LEFT_OUT[id_]}")
        elif id_ not in DOCKINGS:
            faults.append(f"{id_}: no such docking{nearest(id_, DOCKINGS)}; allowed: {', '.join(DOCKINGS)}")
    chosen = [id_ for id_ in DOCKINGS if id_ in ids or not ids]
    own: dict[str, dict[str, str]] = {id_: {} for id_ in DOCKINGS}
    common = dict(COMMON)
    seen: set[str] = set()
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            continue
        key = FILES if key.upper() == f"D8.{FILES}".upper() else key
        if key in seen:
            faults.append(f"{key}: given twice")
        seen.add(key)
        id_, dot, name = ("D8", ".", key) if key == FILES else key.partition(".")
        if key in common:
            common[key] = value
        elif dot and id_.upper() in DOCKINGS:
            own[id_.upper()][name] = value
            if id_.upper() not in chosen:
                faults.append(f"{key}: {id_.upper()} is not run; name it, too")
        else:
            allowed = [*COMMON, FILES, *(f"{d}.NAME" for d in DOCKINGS)]
            faults.append(f"{key}: no such word{nearest(key, allowed)}; allowed: {', '.join(allowed)}")
    seed = whole("seed", common["seed"], 0, faults)
    workers = whole("workers", common["workers"], 1, faults) if common["workers"] else cores()
    read_ = {id_: read(DOCKINGS[id_], own[id_], faults) for id_ in chosen}
    options = {id_: some for id_, some in read_.items() if some is not None}
    todo = []
    for id_, some in options.items():
        try:
            todo += [(id_, k) for k in range(DOCKINGS[id_].count(some))]
        except BadConfig as error:
            faults += error.faults
    folder = Path(common["to"])
    there = next(f for f in (folder, *folder.parents, Path()) if f.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        faults.append(f"to: {folder} is no folder that can be written to")
    if faults:
        raise BadConfig(list(dict.fromkeys(faults)))
    return Asked(options, todo, seed, workers, folder)


Job = tuple[str, Any, int, int]
"""A docking's id, its options, the seed, and which replication."""


def carried_out(asked: Asked, todo: Sequence[tuple[str, int]]) -> dict[str, list[Row]]:
    """The replications `todo`, (docking, number) each: rows by docking, in the order of their numbers."""
    found: dict[str, dict[int, Row]] = {id_: {} for id_ in asked.options}
    jobs = ((id_, asked.options[id_], asked.seed, k) for id_, k in todo)
    engine = Local(min(asked.workers, max(len(todo), 1)))
    if todo:
        print(f"sim: {len(todo):,} replications on {engine.processes} processes", file=sys.stderr, flush=True)
        with progress(len(todo), "docking") as (_, advance), closing(each(replicate, jobs, engine)) as results:
            for (id_, _options, _seed, k), row in results:
                if isinstance(row, Lost):
                    raise OSError(f"{id_}: the process of replication {k} was killed again and again")
                found[id_][k] = row
                advance()
    return {id_: [rows[k] for k in sorted(rows)] for id_, rows in found.items()}


def replicate(job: Job) -> Row:
    """One replication of one docking."""
    id_, options, seed, k = job
    return DOCKINGS[id_].one(options, seed, k)


def _judged(d: Docking, options: Any, rows: Sequence[Row]) -> Finding:
    finding = d.judge(options, rows)
    other = {name: value for name, value in asdict(options).items() if value != asdict(d.options())[name]}
    other.pop(FILES, None)
    if not other:
        return finding
    said = ", ".join(f"{d.id}.{name}={shown(value)}" for name, value in other.items())
    return Finding(finding.claims, finding.tables, [f"Not the usual set-up: {said}.", *finding.notes])


def _document(asked: Asked, rows: Mapping[str, Sequence[Row]], findings: Mapping[str, Finding]) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "date": date.today().isoformat(),
        "model": model_hash(),
        "seed": asked.seed,
        "page": str(asked.folder / page.PAGE),
        "dockings": [
            {
                "id": d.id,
                "title": d.title,
                "source": d.source,
                "setup": d.setup,
                "reference": d.reference,
                "ours": d.ours,
                "options": asdict(asked.options[d.id]),
                "replications": len(rows[d.id]),
                "verdict": findings[d.id].verdict.value,
                "claims": [
                    {"says": c.says, "there": c.there, **asdict(c.ours), "verdict": c.verdict.value}
                    for c in findings[d.id].claims
                ],
                "tables": findings[d.id].tables,
                "notes": findings[d.id].notes,
                "values": {
                    name: [row.get(name) for row in rows[d.id]]
                    for name in dict.fromkeys(name for row in rows[d.id] for name in row)
                },
            }
            for d in (DOCKINGS[id_] for id_ in asked.options)
        ],
        "left_out": LEFT_OUT,
    }
