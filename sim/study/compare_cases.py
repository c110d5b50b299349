"""`sim compare`: any set of scenarios, tips, mixes of tips and cities, over paired seeds."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.model.outcomes import OUTCOMES
from sim.study import kept, pages, presets, store, verdict, verdict_words
from sim.study.carry_out import answered, note
from sim.study.cases import Order, at_what_cost, ordered
from sim.study.compare import Floats
from sim.study.document import to_json
from sim.study.findings import SEEDS
from sim.study.kept import Kept
from sim.study.program import program
from sim.study.report import CAVEAT, listed
from sim.study.verdict import Compared

WIDTH = 100
TOLD = 5  # failed runs that are told
FILES = (
    "runs.csv", "runs.parquet", "summary.md", "provenance.json",
    *(f"{table}.csv" for table in ("comparison", "beats", "cost_per_gain", "groups", "ranking", "pareto", "tips")),
    *(f"{picture}.{end}" for picture in ("forest", "groups", "pareto") for end in ("png", "svg")),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Comparison:
    """What was found: the `order`, its runs, the tables of `verdict.measured`, and what failed.

    `looks`: how many seeds there were each time that it was looked how wide the intervals are.
    """

    order: Order
    runs: Compared
    tables: Mapping[str, pd.DataFrame]
    failed: Sequence[str]
    looks: Sequence[int]
    about: Mapping[str, Any]

    @property
    def heading(self) -> str:
        """What was compared."""
        o = self.order
        cost = at_what_cost(o.cases)
        return (
            f"{o.city}: {len(o.cases)} cases, {self.runs.values.shape[1]} paired runs of each,"
            f" {verdict_words.period(o.months)}{f', tips {cost}' if cost else ''}"
        )

    def __repr__(self) -> str:
        return f"<Comparison {self.heading}>"

    @cached_property
    def precision(self) -> dict[str, Any]:
        """How wide the widest interval of the chosen outcome is, and how wide it may be."""
        widest, asked = verdict.widest(self.runs), self.order.precision
        return {"asked": asked, "widest": widest, "reached": None if asked is None else widest <= asked,
                "looks": list(self.looks)}  # fmt: skip


def compare(words: Sequence[str], argv: Sequence[str], as_json: bool) -> int:
    """Run what is missing, compare, save and print; returns the exit code. Raises BadConfig before any run."""
    asked = ordered(words)

    def work() -> tuple[Comparison, int]:
        done = compared(asked, argv)
        return done, 1 if done.failed else 0

    done, code = answered(work, argv, as_json)
    if done is None:
        return code
    if as_json:
        print(to_json(document(done)))
    else:
        show(done)
    return code


def compared(asked: Order, argv: Sequence[str]) -> Comparison:
    """Run what is missing, compare and save.

    Raises BadConfig if the folder is another's, and OSError where the disk fails or all runs of a case did.
    """
    folder, started = store.RESULTS / asked.name, store.now()
    kept.check_folder(folder, asked.asked, "comparison")
    errors: dict[tuple[int, int], str] = {}

    with Kept(folder, asked.workers) as runs:

        def run(seeds: int) -> Compared:
            everything = [(case.settings, seed) for case in asked.cases for seed in range(1, seeds + 1)]
            what = f"{len(asked.cases)} cases, {seeds} seeds"
            found, failed = runs.outcomes(everything, asked.months, what)
            errors.update({(i // seeds, i % seeds + 1): error for i, error in failed.items()})
            return _compared(asked, found.reshape(len(asked.cases), seeds, len(OUTCOMES)))

        if asked.precision is None:
            looks = [asked.seeds or 0]
            found = run(looks[0])
        else:
            found, looks = verdict.until_narrow(run, asked.precision, asked.cap)
        told = [f"{asked.cases[i].name}, seed {seed}: {error}" for (i, seed), error in errors.items()]
        about = _about(asked, argv, started, looks[-1], told)
        for i, case in enumerate(asked.cases):
            if np.isnan(found.values[i]).all():
                raise OSError(f"{case.name}: not one run succeeded; {told[0]}")
        done = Comparison(asked, found, verdict.measured(found), told, looks, about)
        save(folder, done)
    return done


def _compared(asked: Order, values: Floats) -> Compared:
    return Compared(
        [case.name for case in asked.cases],
        [case.title for case in asked.cases],
        asked.base,
        asked.months,
        asked.outcome,
        asked.cases[asked.base].settings.tip.hour_rate,
        values,
    )


def _about(asked: Order, argv: Sequence[str], started: str, seeds: int, failed: Sequence[str]) -> dict[str, Any]:
    return {
        "name": asked.name,
        "folder": str(store.RESULTS / asked.name),
        "argv": list(argv),
        "command": shlex.join(argv),
        "asked": asked.asked,
        "cases": {case.name: case.settings.plain() for case in asked.cases},
        "seeds": seeds,
        "months": asked.months,
        "runs": {"done": seeds * len(asked.cases) - len(failed), "failed": len(failed)},
        "failed": list(failed),
        **program(),
        "started": started,
        "ended": store.now(),
    }


def warnings(done: Comparison) -> list[str]:
    """What a reader should know before the numbers, in words."""
    o, n = done.order, done.looks[-1]
    said = []
    if done.failed:
        said.append(f"{len(done.failed)} runs failed, and their pairs are left out: they may not be missing by chance")
    if o.precision is not None:
        reached = done.precision["reached"]
        widest = done.precision["widest"]
        how = "were enough" if reached else f"were not enough (cap={o.cap})"
        wide = (f"{n} seeds {how} for intervals of {o.outcome} narrower than {o.precision:g}:"
                f" the widest is {widest:.3g} wide")  # fmt: skip
        undefined = f"{o.outcome} has no interval in any case, as it is undefined in one of both"
        said.append(undefined if math.isnan(widest) else wide)
    if n < SEEDS:
        said.append(f"{n} seeds are few: intervals of lopsided outcomes are then too narrow; take {SEEDS}")
    usual = presets.defaults()
    if len({repr(case.choices.get("city", [usual["city"]])) for case in o.cases}) > 1:
        said.append("the cases differ in city, and so in much that nobody chooses")
    named = [case.name for case in o.cases if "scenario" not in case.choices]
    if 0 < len(named) < len(o.cases):
        alone = "s" if len(named) == 1 else ""
        said.append(f"{listed(named)} name{alone} no scenario, which is then {usual['scenario']}")
    plain = [case.settings.plain() for case in o.cases]
    alike = [o.cases[i].name for i in range(1, len(plain)) if plain[i] in plain[:i]]
    said += [f"{name} has the very settings of an earlier case" for name in alike]
    return said


def document(done: Comparison) -> dict[str, Any]:
    """The comparison as plain values; see `sim compare --help`."""
    o = done.order
    rows = {name: table.to_dict("records") for name, table in done.tables.items()}
    return {
        "baseline": o.cases[o.base].name,
        "cases": [{"name": c.name, "title": c.title, "settings": c.settings.plain()} for c in o.cases],
        "outcome": o.outcome,
        "seeds": done.looks[-1],
        "precision": done.precision,
        "warnings": warnings(done),
        **rows,
        "provenance": dict(done.about),
    }


def save(folder: Path, done: Comparison) -> None:
    """Write tables, pictures, summary.md and provenance.json beside the kept runs."""
    with store.adding(folder, FILES) as filling:
        runs = _runs(done)
        runs.to_csv(filling / "runs.csv", index=False)
        runs.to_parquet(filling / "runs.parquet", index=False)
        pages.write(filling, done.heading, warnings(done), CAVEAT, verdict_words.parts(done.runs, done.tables))
        text = to_json(done.about, indent=1) + "\n"
        (filling / "provenance.json").write_text(text, encoding="utf-8")


def _runs(done: Comparison) -> pd.DataFrame:
    """A row per case and seed that succeeded, a column per outcome."""
    c = done.runs
    head = pd.DataFrame([(name, seed) for name in c.names for seed in range(1, c.values.shape[1] + 1)],
                        columns=["case", "seed"])  # fmt: skip
    table = pd.concat([head, pd.DataFrame(c.values.reshape(len(head), -1), columns=list(OUTCOMES))], axis=1)
    return table[table[list(OUTCOMES)].notna().any(axis=1)]


def show(done: Comparison) -> None:
    """Print the comparison for people."""
    for failure in done.failed[:TOLD]:
        note(failure)
    if len(done.failed) > TOLD:
        note(f"and {len(done.failed) - TOLD} more failures; see provenance.json")
    folder = Path(done.about["folder"])
    found = verdict_words.parts(done.runs, done.tables)
    pages.show(folder, done.heading, warnings(done), CAVEAT, found, WIDTH)
