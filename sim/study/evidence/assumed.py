"""`sim validate assumed`: how far what we say depends on what is assumed."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from sim.model.params import BadConfig, nearest
from sim.model.settings import TIPS
from sim.study import presets, store
from sim.study.carry_out import answered, note
from sim.study.compose import Typed, parsed, whole
from sim.study.document import to_json
from sim.study.evidence import draws, judging, screening, telling
from sim.study.evidence.draws import Place
from sim.study.evidence.sentences import SENTENCES
from sim.study.evidence.telling import PAGE, PICTURE, Answer
from sim.study.kept import Kept
from sim.study.pool import cores
from sim.study.program import program
from sim.study.words import percent

NAME = "assumed"
PAGES = Path("docs") / "evidence"
README = Path("README.md")
LEAST = {"draws": 1, "seeds": 1, "trajectories": 0, "workers": 1}
# Orders of two samples agreed to 0.77 to 0.86 with ten trajectories, to 0.86 to 0.96 with forty, to 0.90 to 0.97 with
# sixty, to 0.94 to 0.98 with 130, to 0.96 to 0.98 with 160; 0.95 is asked for.
# A share of draws gains more by further draws than by further seeds of each.
USUAL = {"draws": 1000, "seeds": 2, "trajectories": 160}
SIMULATED = 1200  # residents, so that many cities can be run
FILES = (PAGE, PICTURE, "assumed.svg", "assumed.json", "draws.csv", "provenance.json")
TAKEN = {
    "tip": "the sentences say which tips",
    "scenario": "the sentences say which ways of engaging",
    "seed": "each draw has seeds of its own; say how many with seeds=N",
    "threads": "many cities are run at once; say on how many processes with workers=N",
    "name": f"results are in {store.RESULTS / NAME}",
}


@dataclass(frozen=True)
class Order:
    """What is asked for: so many draws of the city, each with so many seeds; `trajectories` of each screening."""

    place: Place
    city: str
    draws: int
    seeds: int
    trajectories: int
    workers: int
    page: bool


def ordered(words: Sequence[str]) -> Order:
    """What the words after `sim validate assumed` ask for; raises BadConfig with every fault at once."""
    faults: list[str] = []
    typed = parsed([w for w in words if not w.startswith("-")], faults)
    own = {t.key: t for t in typed if t.key in LEAST}
    city = []
    for t in typed:
        if t.several:
            faults.append(f"{t.key}: several values, but this is about one city")
        elif t.key in TAKEN or t.key.split(".")[0] in (*TIPS, "tip"):
            faults.append(f"{t.key}: {TAKEN.get(t.key, TAKEN['tip'])}")
        elif "." not in t.key and t.key not in (*LEAST, *presets.groups(), "months"):
            faults.append(f"{t.key}: no such word{nearest(t.key, LEAST)}")
        elif t.key not in LEAST:
            city.append(t)
    usual = {"workers": cores(), **USUAL}
    numbers = {key: whole(key, own[key].value if key in own else usual[key], least, faults)
               for key, least in LEAST.items()}  # fmt: skip
    if numbers["seeds"] > draws.MOST_SEEDS:
        faults.append(f"seeds: {numbers['seeds']}; allowed: at most {draws.MOST_SEEDS}")
    if numbers["trajectories"] == 1:
        faults.append("trajectories: 1; allowed: 0 for no screening, or at least 2, as one has no spread")
    page = "--page" in words
    if page and numbers["draws"] < USUAL["draws"]:
        faults.append(f"--page: README quotes shares of at least {USUAL['draws']:,} draws; leave out draws=")
    if page and city:
        faults.append("--page: the page is about the city that README speaks of; leave out settings and city=")
    if page and not PAGES.is_dir():
        faults.append(f"--page: {PAGES} is no folder here; it is written where the project's documents are")
    place = _place(city, faults)
    if faults or place is None:
        raise BadConfig(list(dict.fromkeys(faults)))
    return Order(place, presets.title("city", place.layers.choices["city"]), page=page, **numbers)


def _place(city: Sequence[Typed], faults: list[str]) -> Place | None:
    """The city, sampled so thinly that many can be run unless the line says how; None if there is a fault."""
    before = len(faults)
    place = draws.place(city, faults)
    if len(faults) > before:
        return None
    try:
        people = place.layers.settings({}).city.population
    except BadConfig as error:
        faults += error.faults
        return None
    key = "city.residents_per_agent"
    if key in {t.key for t in city}:
        return place
    each = float(max(1, people // SIMULATED))
    return draws.place([*city, Typed(key, each, f"{key}={each:g}")], faults)


def assumed(words: Sequence[str], argv: Sequence[str], as_json: bool) -> int:
    """Run what is missing, judge, save and print; returns the exit code. Raises BadConfig before any run."""
    asked = ordered(words)
    folder = store.RESULTS / NAME
    store.check_writable(next(f for f in (folder, store.RESULTS, Path()) if f.exists()))

    def work() -> tuple[Answer, int]:
        a = found(asked, folder, argv)
        return a, 1 if a.about["failed"] else 0

    a, code = answered(work, argv, as_json)
    if a is None:
        return code
    if a.about["failed"]:
        note(f"{len(a.about['failed'])} runs failed, and are left out; see provenance.json")
    if as_json:
        print(to_json(telling.document(a)))
    else:
        show(a, folder)
    return code


def found(asked: Order, folder: Path, argv: Sequence[str]) -> Answer:
    """Run what is missing, judge and save. Raises OSError."""
    started = store.now()
    with Kept(folder, asked.workers) as runs:
        tried = draws.tried(asked.place, asked.draws, asked.seeds, runs)
        screened, errors = screening.screen(asked.place, asked.trajectories, runs) if asked.trajectories else ([], [])
        judged = judging.all_judged(tried, SENTENCES)
        about: dict[str, Any] = {
            "command": shlex.join(argv), "argv": list(argv), "draws": asked.draws, "started": started,
            "ended": store.now(), "failed": [*tried.errors, *errors], **program(),
        }  # fmt: skip
        a = Answer(asked.city, asked.place.months, asked.seeds, list(tried.drawn.columns), judged,
                   judging.ranks(tried), screened, asked.trajectories, about)  # fmt: skip
        table = tried.drawn.assign(**{j.sentence.id: judging.margins(tried, j.sentence) for j in judged})
        save(a, folder, table.to_csv(index_label="draw"))
    if asked.page:
        publish(a, folder)
    return a


def save(a: Answer, folder: Path, table: str) -> None:
    """Put the page, its figure, all draws and provenance.json beside the kept runs."""
    with store.adding(folder, FILES) as filling:
        heading = f"In how many of {a.draws:,} draws of everything assumed each sentence holds"
        telling.draw_shares(a.judged, heading, filling / PICTURE)
        (filling / PAGE).write_text(telling.page(a), encoding="utf-8")
        (filling / "draws.csv").write_text(table, encoding="utf-8")
        (filling / "assumed.json").write_text(to_json(telling.document(a), indent=1) + "\n", encoding="utf-8")
        (filling / "provenance.json").write_text(to_json(dict(a.about), indent=1) + "\n", encoding="utf-8")


def publish(a: Answer, folder: Path) -> None:
    """Renew the page in the project's documents, and the shares that README quotes from it."""
    for name in (PAGE, PICTURE):
        store.put(PAGES / name, (folder / name).read_bytes())
    store.put(README, telling.renewed(README.read_text(encoding="utf-8"), a.judged))


def show(a: Answer, folder: Path) -> None:
    """Print the sentences with their shares, and what tells the draws apart."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{a.city}: {a.draws:,} draws of {len(a.drawn)} assumed numbers, {a.seeds} seeds each[/bold]\n")
    for j in a.judged:
        console.print(f"{j.sentence.id}  {j.sentence.says}", markup=False)
        sure = f"{percent(j.low)} to {percent(j.high)}"
        why = " ".join(telling.where(j))
        console.print(f"    holds in {telling.held(j)} ({sure}): {j.verdict}. {why}", markup=False)
    for s in a.screened:
        console.print(f"\nScreening, {s.outcome}: rank correlation of two samples {s.agreement:.2f}", markup=False)
    console.print(f"\n{telling.CAVEAT}\n\nSaved in {folder}: see {PAGE}", markup=False)
