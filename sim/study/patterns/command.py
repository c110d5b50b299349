"""`sim validate patterns`: facts as experiments, run over paired seeds and judged together."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.model.params import BadConfig, nearest
from sim.study import store
from sim.study.carry_out import answered, note
from sim.study.compose import whole
from sim.study.document import to_json
from sim.study.patterns import error_rates, experiment, judging, measures, running, telling
from sim.study.patterns.error_rates import Rates
from sim.study.patterns.experiment import Experiment
from sim.study.patterns.look import Floats
from sim.study.patterns.running import Runs
from sim.study.patterns.telling import Course, Result
from sim.study.pool import cores
from sim.study.program import program

NAME = "patterns"
PAGES = Path("docs") / "evidence"
FRESH = 1_000_000  # from here on seeds are those of runs that only measure error rates
MOST_FRESH = 50  # of each fact, besides as many that there are
ROUNDS = 3  # times that it is looked how many seeds a power takes
SPARE = 1.1  # more seeds than a spread says that is itself an estimate


@dataclass(frozen=True)
class Order:
    """What is asked for. `seeds`: how many, None if as many as each experiment says and its power takes."""

    experiments: Sequence[Experiment]
    seeds: int | None
    workers: int
    page: bool
    rates: bool
    whole: bool


def ordered(words: Sequence[str]) -> Order:
    """What the words after `sim validate patterns` ask for; raises BadConfig with every fault at once."""
    faults: list[str] = []
    files, rest = _files(words, faults)
    known = {file.stem: file for file in experiment.known()}
    numbers: dict[str, int] = {}
    ids = []
    for word in rest:
        key, is_pair, value = word.partition("=")
        if is_pair and key in ("seeds", "workers"):
            low = 2 if key == "seeds" else 1
            if key in numbers:
                faults.append(f"{key}: given twice")
            numbers[key] = whole(key, value, low, faults, most=experiment.MOST_SEEDS)
        elif is_pair:
            faults.append(f"{key}: no such word{nearest(key, ('seeds', 'workers'))}; allowed: seeds=N, workers=N")
        elif word.startswith("-"):
            continue  # the command line knows which there are
        elif word in known:
            ids.append(word)
        else:
            faults.append(
                f"{word}: no such fact{nearest(word, known)}; allowed: {', '.join(known)}, or a file with --file"
            )
    chosen = [known[i] for i in dict.fromkeys(ids)] if ids or files else list(known.values())
    experiments: list[Experiment] = []
    try:
        experiments = experiment.read([*chosen, *files])
    except BadConfig as error:
        faults += error.faults
    page = "--page" in words
    if page and (ids or files or "seeds" in numbers):
        faults.append("--page: the page holds all facts as they stand; leave out facts, --file and seeds=")
    least = min((numbers.get("seeds", e.seeds) for e in experiments if not e.untestable), default=3)
    if "--error-rates" in words and least < 3:
        faults.append(f"--error-rates: a fact has {least} seeds; allowed: 3 or more, to draw from")
    if page and not PAGES.is_dir():
        faults.append(f"--page: {PAGES} is no folder here; it is written where the project's documents are")
    if faults:
        raise BadConfig(faults)
    return Order(experiments, numbers.get("seeds"), numbers.get("workers", cores()), page, "--error-rates" in words,
                 not ids and not files)  # fmt: skip


def _files(words: Sequence[str], faults: list[str]) -> tuple[list[Path], list[str]]:
    """The files after each --file, and all other words."""
    files, rest, waiting = [], [], False
    for word in words:
        if waiting and not word.startswith("-"):
            files.append(Path(word))
            waiting = False
        elif word == "--file":
            if waiting:
                faults.append("--file: names no file; as in --file fact.yaml")
            waiting = True
        else:
            rest.append(word)
    if waiting:
        faults.append("--file: names no file; as in --file fact.yaml")
    return files, rest


def validate(words: Sequence[str], argv: Sequence[str], as_json: bool) -> int:
    """Run what is missing, judge, save and print; returns the exit code. Raises BadConfig before any run."""
    asked = ordered(words)
    folder = store.RESULTS / NAME
    store.check_writable(next(f for f in (folder, store.RESULTS, Path()) if f.exists()))

    def work() -> tuple[tuple[list[Result], Rates | None, Mapping[str, Any], Sequence[str]], int]:
        started = store.now()
        with Runs(folder, asked.workers) as runs:
            results, rates = tried(asked, runs)
            about = {"command": shlex.join(argv), "argv": list(argv), "started": started, "ended": store.now(),
                     "measured with": measures.version(), "failed": runs.errors, **program()}  # fmt: skip
            save(asked, folder, results, rates, about)
        return (results, rates, about, runs.errors), 1 if runs.errors else 0

    answer, code = answered(work, argv, as_json)
    if answer is None:
        return code
    results, rates, about, errors = answer
    if errors:
        note(f"{len(errors)} runs failed, and their pairs are left out; see provenance.json")
    if as_json:
        print(to_json(telling.document(results, rates, about)))
    else:
        telling.show(results, folder, rates)
    return code


def tried(asked: Order, runs: Runs) -> tuple[list[Result], Rates | None]:
    """Run what is missing and judge all facts together; with error rates where they are asked for."""
    testable = [e for e in asked.experiments if not e.untestable]
    seeds = {e.id: asked.seeds or e.seeds for e in testable}
    drawn: dict[str, list[Floats]] = {}
    for round_ in range(ROUNDS + 1):
        todo = [one for e in testable for one in running.wanted(e, range(1, seeds[e.id] + 1))]
        runs.do(todo, f"{len(testable)} facts" + (", more seeds" if round_ else ""))
        drawn = {e.id: _samples(runs, e, seeds[e.id]) for e in testable}
        if asked.seeds or round_ == ROUNDS:
            break
        more = {e.id: _more(e, drawn[e.id], seeds[e.id], len(testable)) for e in testable}
        if more == seeds:
            break
        seeds = more
    judged = dict(zip(seeds, judging.judge([_found(e, drawn[e.id], seeds[e.id]) for e in testable]), strict=True))
    results = [
        Result(e, seeds.get(e.id, 0), _statements(e), judged.get(e.id), _courses(runs, e, seeds.get(e.id, 0)))
        for e in asked.experiments
    ]
    return results, _rates(runs, testable, drawn, seeds) if asked.rates and testable else None


def _statements(e: Experiment) -> list[tuple[experiment.Part, str]]:
    return [(part, city) for part in e.parts for city in e.cases]


def _samples(runs: Runs, e: Experiment, seeds: int) -> list[Floats]:
    numbers = range(1, seeds + 1)
    return [running.samples(part, running.numbers(runs, e, part, city, numbers)) for part, city in _statements(e)]


def _found(e: Experiment, drawn: Sequence[Floats], seeds: int) -> list[tuple[judging.Found, experiment.Want]]:
    return [(judging.look(values, part.want, seeds), part.want)
            for values, (part, _) in zip(drawn, _statements(e), strict=True)]  # fmt: skip


def _more(e: Experiment, drawn: Sequence[Floats], seeds: int, facts: int) -> int:
    """Seeds for the power that is aimed at, by how much the seeds so far differ.

    Only the spread is looked at, never the mean, so that nobody stops where it suits: an internal pilot
    (Wittes & Brittain 1990, Statistics in Medicine 9, 65-72).
    """
    alpha, target = judging.strictest(facts), judging.target(len(drawn))
    needed = seeds
    for values, (part, _) in zip(drawn, _statements(e), strict=True):
        if len(values) >= judging.FEWEST:
            n = judging.needed(part.want, judging.spread(values), alpha, target, e.most)
            if n > len(values):
                needed = max(needed, math.ceil(SPARE * n * seeds / len(values)))
    return min(max(needed, seeds), e.most)


def _courses(runs: Runs, e: Experiment, seeds: int) -> list[Course]:
    """How what the first statement looks at went, in every case and group of the first city."""
    if not e.parts or not seeds:
        return []
    city = next(iter(e.cases))
    first = next(iter(e.parts[0].values.values())).look.column.partition("[")[0]
    looked = {(v.case, v.look.column): None for p in e.parts for v in p.values.values()
              if v.look.column.partition("[")[0] == first}  # fmt: skip
    columns = {c for _, c in looked}
    found = []
    for case, column in looked:
        every = [runs.months(e.cases[city][case], seed, e.months, column) for seed in range(1, seeds + 1)]
        series = np.array([s for s in every if s is not None])
        if not len(series):
            continue
        defined = np.count_nonzero(~np.isnan(series), axis=0)
        mean = np.divide(np.nansum(series, axis=0), defined, out=np.full(e.months, np.nan), where=defined > 0)
        group = column.partition("[")[2].rstrip("]")
        label = " ".join(
            [case.replace("_", " "), *([f"({group.replace('_', ' ')})"] if group and len(columns) > 1 else [])]
        )
        found.append(Course(label, column, mean))
    return found


def _rates(
    runs: Runs,
    testable: Sequence[Experiment],
    drawn: Mapping[str, Sequence[Floats]],
    seeds: Mapping[str, int],
) -> Rates:
    """Measure the error rates; runs the first case of every fact with as many fresh seeds."""
    todo = []
    for e in testable:
        n = min(seeds[e.id], MOST_FRESH)
        value = next(iter(e.parts[0].values.values()))
        case = next(iter(e.cases.values()))[value.case]
        todo += [(case, FRESH + seed, e.months, [value.look.column]) for seed in range(1, n + 1)]
    runs.do(todo, "fresh seeds")
    pools = []
    for e in testable:
        value = next(iter(e.parts[0].values.values()))
        case = next(iter(e.cases.values()))[value.case]
        n = min(seeds[e.id], MOST_FRESH)
        every = [*range(1, n + 1), *range(FRESH + 1, FRESH + n + 1)]
        series = [runs.months(case, seed, e.months, value.look.column) for seed in every]
        pool = np.array([value.look.of(s) for s in series if s is not None])
        pools.append(pool[~np.isnan(pool)])
    facts = [
        (e.id, [(values, part.want) for values, (part, _) in zip(drawn[e.id], _statements(e), strict=True)])
        for e in testable
    ]
    return error_rates.measure(facts, [pool for pool in pools if len(pool) >= 2 * judging.FEWEST])


def save(asked: Order, folder: Path, results: Sequence[Result], rates: Rates | None, about: Mapping[str, Any]) -> None:
    """Put patterns.md, patterns.json, provenance.json and figures beside the kept runs; the page where asked for."""
    shown = [r for r in results if r.judged]
    pictures = [f"{r.experiment.id}.png" for r in shown]
    before = {file.name for file in folder.glob("*.png")}
    made = ("patterns.md", "patterns.json", "provenance.json", *before, *pictures)
    with store.adding(folder, made) as filling:
        for r in shown:
            telling.draw(r, filling / f"{r.experiment.id}.png")
        (filling / "patterns.md").write_text(telling.page(results, rates, about, "."), encoding="utf-8")
        text = to_json(telling.document(results, rates, about), indent=1)
        (filling / "patterns.json").write_text(text + "\n", encoding="utf-8")
        (filling / "provenance.json").write_text(to_json(dict(about), indent=1) + "\n", encoding="utf-8")
    if asked.page:
        place = PAGES / NAME
        place.mkdir(exist_ok=True)
        for picture in pictures:
            store.put(place / picture, (folder / picture).read_bytes())
        store.put(PAGES / f"{NAME}.md", telling.page(results, rates, about, NAME))
        for old in {*place.glob("*.png")} - {place / picture for picture in pictures}:
            old.unlink()
