"""`sim` alone: four ways of engaging in one city, compared over paired seeds."""

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sim.study import presets, report, store
from sim.study.compose import Request, compose
from sim.study.document import to_json
from sim.study.pool import cores
from sim.study.run import Done, Job, run_all

NAME = "main"
ASKED = ("compare",)
SCENARIOS = ("no_engagement", "tokenism", "consultation", "co_creation")
BASELINE = SCENARIOS[0]
SEEDS = 30


def main_job(argv: Sequence[str], as_json: bool, overwrite: bool) -> int:
    """Run, compare, save and print; returns the exit code. Raises BadConfig before any run."""
    requests = {scenario: compose([f"scenario={scenario}"]) for scenario in SCENARIOS}
    store.check(NAME, ASKED, overwrite)
    started = store.now()
    done = _run(requests)
    failures = [f"{d.job.scenario}, seed {d.job.seed}: {d.error}" for d in done if d.error]
    if {d.job.scenario for d in done if not d.error} != set(SCENARIOS):
        failures.append("not one run of some scenario: nothing to compare, nothing was saved")
    for failure in failures:
        print(f"sim: {failure}", file=sys.stderr)
    if {d.job.scenario for d in done if not d.error} != set(SCENARIOS):
        if as_json:
            print(to_json({"faults": failures}))
        return 1
    choices = {**requests[BASELINE].choices, "scenario": f"[{','.join(SCENARIOS)}]"}
    about = store.provenance(argv, NAME, ASKED, choices, started, done)
    settings = {scenario: request.settings.plain() for scenario, request in requests.items()}
    titles = {scenario: presets.title("scenario", scenario) for scenario in SCENARIOS}
    with store.saving(NAME) as folder:
        store.write(folder, done, settings, about)
        compared = report.read(folder, presets.title("city", choices["city"]), titles, BASELINE)
        report.write(folder, compared)
    if as_json:
        print(to_json({"settings": settings, **report.document(compared), "provenance": about}))
    else:
        report.show(compared, about["folder"])
    return 1 if failures else 0


def _run(requests: Mapping[str, Request]) -> list[Done]:
    """Each request with each seed, on all processors; in the order of scenarios and seeds."""
    first = requests[BASELINE].seed
    jobs = [
        Job(scenario, request.settings, seed, request.months)
        for seed in range(first, first + SEEDS)
        for scenario, request in requests.items()
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
    return sorted(done, key=lambda d: (SCENARIOS.index(d.job.scenario), d.job.seed))
