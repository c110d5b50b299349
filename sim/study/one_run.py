"""`sim run`: one city, once."""

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.table import Table

from sim.model.outcomes import OUTCOMES, over
from sim.model.settings import Settings
from sim.study import store
from sim.study.compose import compose
from sim.study.document import to_json
from sim.study.profile import Profile
from sim.study.profile import table as profile_table
from sim.study.run import Job, Series, attempt, run_city
from sim.study.words import change, level

COMPILED = 13  # months in which every process has run once


def one_run(
    overrides: Sequence[str], argv: Sequence[str], as_json: bool, overwrite: bool, profiled: bool = False
) -> int:
    """Run what `overrides` ask for, save it, print it; returns the exit code.

    profiled: print, too, where the time went.

    Raises BadConfig for bad input, before anything is written.
    """
    request = compose(overrides)
    asked = ("run", *request.asked)
    store.check(request.name, asked, overwrite)
    print(f"sim: running {request.name}, {request.months} months", file=sys.stderr)
    started = store.now()
    job = Job(request.choices["scenario"], request.settings, request.seed, request.months)
    how: dict[str, Any] = {"threads": request.threads} if request.threads > 1 else {}
    if profiled:
        run_city(Settings(), seed=0, months=COMPILED)  # so that compiling is not part of what is measured
        how["profile"] = Profile()
    done = attempt(job, **how)
    if done.outcomes is None:
        print(f"sim: {request.name}, seed {request.seed} failed: {done.error}", file=sys.stderr)
        if as_json:
            print(to_json({"faults": [done.error]}))
        return 1
    about = store.provenance(argv, request.name, asked, request.choices, started, [done])
    settings = request.settings.plain()
    with store.saving(request.name) as folder:
        store.write(folder, [done], settings, about)
    time = how["profile"].summary() if profiled else None
    if as_json:
        document = {"settings": settings, "outcomes": _outcomes(done.outcomes), "provenance": about}
        print(to_json(document | ({"profile": time} if time else {})))
    else:
        console = Console()
        if time:
            console.print(profile_table(time))
        console.print(_table(done.outcomes, request.months))
        console.print(f"Saved in {about['folder']}")
    return 0


def _outcomes(series: Series) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "unit": o.unit,
            "benefit": o.benefit,
            "total" if o.total else "mean": over(series[name], o),
            "months": series[name],
        }
        for name, o in OUTCOMES.items()
    }


def _table(series: Series, months: int) -> Table:
    """Outcomes by benefit: the first and the last year, or all months if there are not two years."""
    spans = {"first year": slice(0, 12), "last year": slice(-12, None)} if months >= 24 else {"all months": slice(None)}
    table = Table()
    table.add_column("outcome", no_wrap=True)
    table.add_column("unit")
    for column in (*spans, *(["change"] if len(spans) > 1 else [])):
        table.add_column(column, justify="right")
    section = ""
    for name, o in OUTCOMES.items():
        if o.benefit != section:
            table.add_section()
            table.add_row(f"[bold]{o.benefit}[/bold]")
            section = o.benefit
        values = [over(series[name][span], o) for span in spans.values()]
        changes = [change(b - a, o.unit) for a, b in pairwise(values)]
        table.add_row(name, o.unit, *(level(value, o.unit) for value in values), *changes)
    return table
