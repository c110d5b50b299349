"""`sim` alone: four ways of engaging in one city, and the tips at equal budget, compared over paired seeds."""

import sys
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sim.model.outcomes import OUTCOMES, of_run
from sim.model.settings import TIPS
from sim.study import pages, presets, report, store, verdict, verdict_words
from sim.study.compose import Request, compose
from sim.study.document import to_json
from sim.study.pages import Finding
from sim.study.pool import cores
from sim.study.run import Done, Job, run_all
from sim.study.verdict import Compared
from sim.study.words import number

NAME = "main"
ASKED = ("compare",)
SCENARIOS = ("no_engagement", "tokenism", "consultation", "co_creation")
BASELINE = SCENARIOS[0]
TIPPED = ("none", *TIPS)
BUDGET = 50_000  # EUR a year
SEEDS = 30


def main_job(argv: Sequence[str], as_json: bool, overwrite: bool) -> int:
    """Run, compare, save and print; returns the exit code. Raises BadConfig before any run."""
    requests = {scenario: compose([f"scenario={scenario}"]) for scenario in SCENARIOS}
    tipped = {tip: compose([f"tip={tip}", f"tip.budget={BUDGET}"]) for tip in TIPPED}
    store.check(NAME, ASKED, overwrite)
    started = store.now()
    everything = _run({**requests, **tipped})
    done = [d for d in everything if d.job.scenario in requests]
    failures = [f"{d.job.scenario}, seed {d.job.seed}: {d.error}" for d in everything if d.error]
    lacking = {*requests, *tipped} - {d.job.scenario for d in everything if not d.error}
    if lacking:
        failures.append("not one run of some scenario or tip: nothing to compare, nothing was saved")
    for failure in failures:
        print(f"sim: {failure}", file=sys.stderr)
    if lacking:
        if as_json:
            print(to_json({"faults": failures}))
        return 1
    choices = {**requests[BASELINE].choices, "scenario": f"[{','.join(SCENARIOS)}]", "tip": f"[{','.join(TIPPED)}]"}
    about = store.provenance(argv, NAME, ASKED, choices, started, everything)
    settings = {scenario: request.settings.plain() for scenario, request in requests.items()}
    titles = {scenario: presets.title("scenario", scenario) for scenario in SCENARIOS}
    ranking, part = _ranked([d for d in everything if d.job.scenario in tipped], tipped)
    with store.saving(NAME) as folder:
        store.write(folder, done, settings, about)
        compared = report.read(folder, presets.title("city", choices["city"]), titles, BASELINE)
        report.write(folder, compared)
        pages.append(folder, [part])
    if as_json:
        tips = {"budget": BUDGET, "ranking": ranking.to_dict("records")}
        print(to_json({"settings": settings, **report.document(compared), "tips": tips, "provenance": about}))
    else:
        console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
        report.show(compared, console)
        pages.tell(console, part)
        console.print(f"\n{report.CAVEAT}\n\nSaved in {about['folder']}: see summary.md and figure.png", markup=False)
    return 1 if failures else 0


def _run(requests: Mapping[str, Request]) -> list[Done]:
    """Each request with each seed, on all processors; in the order of requests and seeds."""
    first = next(iter(requests.values())).seed
    jobs = [
        Job(name, request.settings, seed, request.months)
        for seed in range(first, first + SEEDS)
        for name, request in requests.items()
    ]
    print(
        f"sim: {len(jobs)} cities on {cores()} processes; the first time, compiling takes half a minute",
        file=sys.stderr,
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    done: list[Done] = []
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("running cities", total=len(jobs))
        for one in run_all(jobs, cores()):
            done.append(one)
            progress.advance(bar)
    names = list(requests)
    return sorted(done, key=lambda d: (names.index(d.job.scenario), d.job.seed))


def _ranked(done: Sequence[Done], requests: Mapping[str, Request]) -> tuple[pd.DataFrame, Finding]:
    """The tips, each with the same yearly budget, in the order in which they reach the four benefits alike."""
    values = np.full((len(TIPPED), SEEDS, len(OUTCOMES)), np.nan)
    for at, d in enumerate(done):
        if d.outcomes is not None:
            values[divmod(at, SEEDS)] = of_run(d.outcomes)
    first = requests[TIPPED[0]]
    rate = first.settings.tip.hour_rate
    titles = [presets.title("tip", tip) for tip in TIPPED]
    c = Compared(TIPPED, titles, 0, first.months, "trust", rate, values)
    ranking = verdict.ranking(c)
    took = verdict.tips(c).pivot(index="case", columns="outcome", values="mean")
    costs = {"cost": "EUR used", "tip_unspent": "EUR left", "tip_volunteer_hours": "volunteer hours"}
    ranking = ranking.join(took[[*costs]], on="case")
    told = verdict_words.ranked(c, {"ranking": ranking})[0]
    return ranking, Finding(
        f"The tips, with EUR {BUDGET:,} a year each",
        f"{told.note} EUR used and left, and volunteers' hours: a year; staff hours count at EUR {rate:g}.",
        [*told.sentences, "How sure the order is, if what is assumed were otherwise: `sim advise`."],
        [*told.head, *costs.values()],
        [[*row, *(number(v, "", 0) for v in ranking.loc[i, [*costs]])] for i, row in enumerate(told.rows)],
        {"tips": ranking},
    )
