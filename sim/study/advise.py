"""`sim advise`: which tips first, at a yearly budget, in a city like this, and how sure that is."""

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig, nearest
from sim.model.settings import TIPS
from sim.study import advice, goals, kept, pages, presets, store
from sim.study.carry_out import answered
from sim.study.compare import Floats, over_seeds
from sim.study.compose import NAME, NAMED, Typed, layered, parsed, whole
from sim.study.document import to_json
from sim.study.futures import Futures, draw
from sim.study.goals import Goal
from sim.study.kept import Kept
from sim.study.pool import cores
from sim.study.portfolios import EVEN, NOTHING, SINGLE, Portfolio, search
from sim.study.program import program

OWN = ("budget", "goal", "futures", "seeds", "trials", "name", "workers")
BUDGET, GOAL, FUTURES, SEEDS, TRIALS = 50_000, "win-win,democracy,reach,continuity", 100, 2, 60
LEAST = 2  # futures in which the goal must be defined, or there is no spread to tell
LEARNT = 24  # futures of the search, others than those of the advice, so that the advice flatters nobody
MIXES = 3  # the best mixes of the search that go on to the advice
ELSEWHERE = {
    "tip": "sim advise chooses the tips; compare those you have in mind with sim compare",
    "seed": "each future has seeds of its own; say how many with seeds=N",
    "threads": "many cities are run at once; say on how many processes with workers=N",
}
WIDTH = 110
FILES = (
    "summary.md", "provenance.json",
    *(f"{table}.csv" for table in ("ranking", "against", "ranks", "turns", "search", "scores", "futures")),
    *(f"{picture}.{end}" for picture in ("gain", "first") for end in ("png", "svg")),
)  # fmt: skip


@dataclass(frozen=True)
class Order:
    """What advice is asked for: the city as typed, EUR a year, a goal, and how closely it is looked at."""

    typed: Sequence[Typed]
    budget: float
    goal: Goal
    futures: int
    seeds: int
    trials: int
    months: int
    city: str
    name: str
    workers: int

    @property
    def asked(self) -> list[str]:
        """What makes this another question."""
        return ["advise", f"budget={self.budget:g}", f"goal={self.goal}", *sorted(t.text for t in self.typed)]


def order(words: Sequence[str]) -> Order:
    """What `words` ask for; raises BadConfig with every fault at once. Writes nothing."""
    faults: list[str] = []
    typed = parsed(words, faults)
    own = {t.key: t for t in typed if t.key in OWN and (t.key == "goal" or not t.several)}
    city = [t for t in typed if t.key not in OWN]
    groups = presets.groups()
    for t in typed:
        if t.several and t.key != "goal":
            faults.append(f"{t.key}: several values, but advice is about one city and one budget")
        elif t.key in ELSEWHERE or (t.key.split(".")[0] in TIPS and t.key.split(".")[1:] in (["strength"], ["weight"])):
            faults.append(f"{t.key}: {ELSEWHERE.get(t.key, ELSEWHERE['tip'])}")
        elif t.key in ("tip.budget", "tip.strength"):
            faults.append(f"{t.key}: say budget=EUR, which the tips share")
        elif "." not in t.key and t.key not in (*OWN, *groups, "months") and (hint := nearest(t.key, OWN)):
            faults.append(f"{t.key}: no such word{hint}")
            city.remove(t)
    city = [t for t in city if not t.several and t.key not in ELSEWHERE]
    goal = goals.parse(own["goal"].said if "goal" in own else GOAL, faults)
    layers = layered(city, faults)
    value = {key: t.value for key, t in own.items()}
    name = own["name"].said if "name" in own else _name(typed)
    if not NAME.fullmatch(name):
        faults.append(f"name: {name!r} cannot name a folder; allowed: {NAMED}")
    numbers = {
        "futures": whole("futures", value.get("futures", FUTURES), 2, faults),
        "seeds": whole("seeds", value.get("seeds", SEEDS), 1, faults),
        "trials": whole("trials", value.get("trials", TRIALS), 0, faults),
        "workers": whole("workers", value.get("workers", cores()), 1, faults),
    }
    budget = _budget(value.get("budget", BUDGET), faults)
    try:
        layers.settings({})
    except BadConfig as error:
        faults += error.faults
    if faults or goal is None:
        raise BadConfig(list(dict.fromkeys(faults)))
    return Order(city, budget, goal, months=layers.months, city=presets.title("city", layers.choices["city"]),
                 name=name, **numbers)  # fmt: skip


def _budget(given: Any, faults: list[str]) -> float:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not 0 < given < 1e9:
        faults.append(f"budget: {given!r} is no budget; allowed: EUR a year, above 0 and below 1e9")
        return BUDGET
    return float(given)


def _name(typed: Sequence[Typed]) -> str:
    asked = sorted(t.text for t in typed if t.key not in ("name", "workers", "futures", "seeds", "trials"))
    return "advice-" + hashlib.sha256("\n".join(asked).encode()).hexdigest()[:6]


def advise(words: Sequence[str], argv: Sequence[str], as_json: bool) -> int:
    """Search, try what was found in futures, save and print; returns the exit code. Raises BadConfig before any run."""
    asked = order(words)
    kept.check_folder(store.RESULTS / asked.name, asked.asked, "advice")

    def work() -> tuple[tuple[advice.Advice, dict[str, Any]], int]:
        found = advised(asked, argv)
        return found, 1 if found[1]["runs"]["failed"] else 0

    answer, code = answered(work, argv, as_json)
    if answer is None:
        return code
    found, about = answer
    if as_json:
        print(to_json({**advice.document(found), "provenance": about}))
    else:
        folder = store.RESULTS / asked.name
        pages.show(folder, advice.heading(found), advice.warnings(found), advice.CAVEAT, advice.parts(found), WIDTH)
    return code


def advised(asked: Order, argv: Sequence[str]) -> tuple[advice.Advice, dict[str, Any]]:
    """Do what is missing and save. Raises OSError."""
    folder, started = store.RESULTS / asked.name, store.now()
    faults: list[str] = []
    layers = layered(list(asked.typed), faults)
    learnt = draw(asked.typed, layers, LEARNT, 1, faults)
    unknown = draw(asked.typed, layers, asked.futures, 0, faults)
    with Kept(folder, asked.workers) as runs:
        trier = _Trier(asked, runs)
        scored = trier.search(learnt)
        mixes = [p for p, _ in scored if len(p.parts) > 1 and p != EVEN][:MIXES]
        tried = [NOTHING, *SINGLE, *mixes, EVEN]
        values = trier.tried(tried, unknown)
        base = values[0].reshape(-1, len(OUTCOMES))
        check_goal(asked.goal, base)
        found = advice.Advice(asked.city, asked.budget, asked.goal, asked.months, tried, scored, unknown.drawn,
                              asked.seeds, asked.goal.score(values, base), values,
                              trier.failed)  # fmt: skip
        if found.futures < LEAST:
            raise BadConfig([
                f"goal: {asked.goal} has a per cent for every portfolio in {found.futures} of {asked.futures} futures,"
                f" and advice needs {LEAST}; try another, months=, or more futures= (what was run is kept)"
            ])  # fmt: skip
        about = {
            "name": asked.name,
            "folder": str(folder),
            "argv": list(argv),
            "command": shlex.join(argv),
            "asked": asked.asked,
            "runs": {"done": trier.done - len(trier.failed), "failed": len(trier.failed)},
            "failed": trier.failed,
            **program(),
            "started": started,
            "ended": store.now(),
        }
        with store.adding(folder, FILES) as place:
            pages.write(place, advice.heading(found), advice.warnings(found), advice.CAVEAT, advice.parts(found))
            for name, table in advice.tables(found).items():
                table.to_csv(place / f"{name}.csv", index=False)
            (place / "provenance.json").write_text(to_json(about, indent=1) + "\n", encoding="utf-8")
    return found, about


def check_goal(goal: Goal, base: Floats) -> None:
    """Raise BadConfig if there is no per cent of the goal in the runs without tips, (runs, outcomes)."""
    if np.isnan(goal.score(base, base)).all():
        why = "without tips one of it is 0 or never defined; try another, or months="
        raise BadConfig([f"goal: {goal} has no per cent here: {why}"])


class _Trier:
    """Runs portfolios in futures, each future with seeds of its own, which all portfolios share."""

    def __init__(self, asked: Order, runs: Kept) -> None:
        self._asked, self._runs = asked, runs
        self.done = 0
        self.failed: list[str] = []

    def tried(self, portfolios: Sequence[Portfolio], futures: Futures) -> Floats:
        """The outcomes of all, (portfolios, futures, seeds, outcomes)."""
        return self._run(portfolios, futures, self._asked.seeds, 0, f"{len(portfolios)} portfolios in all futures")

    def search(self, futures: Futures) -> list[tuple[Portfolio, float]]:
        """Portfolios with their mean gain over no tip in `futures`, best first; none without trials."""
        if not self._asked.trials:
            return []
        base = self._run([NOTHING], futures, 1, LATER, "no tip")[0, :, 0]
        check_goal(self._asked.goal, base)

        def score(portfolios: Sequence[Portfolio]) -> list[float]:
            what = f"{len(portfolios)} more portfolios"
            values = self._run(portfolios, futures, 1, LATER, what)[:, :, 0]
            gains = self._asked.goal.score(values, base) - self._asked.goal.score(base, base)
            return [float(gain) for gain in over_seeds(gains)]

        return search(score, self._asked.trials, 0)

    def _run(self, portfolios: Sequence[Portfolio], futures: Futures, seeds: int, later: int, what: str) -> Floats:
        asked = [
            (portfolio.followed(settings, self._asked.budget), later + f * seeds + s + 1)
            for portfolio in portfolios
            for f, settings in enumerate(futures.settings)
            for s in range(seeds)
        ]
        found, errors = self._runs.outcomes(asked, self._asked.months, what)
        self.done += len(asked)
        self.failed += [f"seed {asked[i][1]}: {error}" for i, error in errors.items()]
        return found.reshape(len(portfolios), len(futures.settings), seeds, len(OUTCOMES))


LATER = 1_000_000  # seeds of the search, so that it never meets those of the advice
