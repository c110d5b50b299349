"""The parts of all evidence, as data: what each runs, what it stands on, and how its verdicts are read.

To add a part, add a line to `PARTS`: a command of `sim` and what reads its JSON, or a folder of tests.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sim.study.evidence.judging import ENOUGH, FAIL, PASS, ROBUST, UNDECIDED
from sim.study.patterns.experiment import UNCHECKED
from sim.study.patterns.judging import ALPHA
from sim.study.presets import PACKAGE
from sim.study.words import level, percent

UNTESTABLE = "not testable"
ORDER = (FAIL, UNDECIDED, UNTESTABLE, PASS)
"""Verdicts, those first that a reader must not miss."""
ROOT = PACKAGE.parent
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What is claimed, what was found, and what that is."""

    id: str
    claim: str
    found: str
    verdict: str


@dataclass(frozen=True)
class Part:
    """One part of the evidence: a command of `sim` with `--json`, or a folder of `tests`.

    words: after `sim`; fast: the same where only a taste is wanted; read: the answer -> verdicts.
    """

    name: str
    title: str
    read: Callable[[Any], list[Verdict]]
    words: Sequence[str] = ()
    fast: Sequence[str] = ()
    tests: str = ""

    def command(self, fast: bool, workers: int, more: Mapping[str, str], answer: Path) -> list[str]:
        """What is typed; `more`: the user's words by part; tests write their `answer` there, `sim` prints it."""
        if self.tests:
            how = [f"--numprocesses={workers if workers > 1 else 0}", "-q", f"--junitxml={answer}"]
            # In full, also those that are too slow for every day.
            return [sys.executable, "-m", "pytest", *how, *(self.fast if fast else ["-m", "", self.tests])]
        said = [*(self.fast if fast else self.words), f"workers={workers}", *filter(None, [more.get(self.name)])]
        return [sys.executable, "-m", "sim", *said, "--json"]

    @property
    def missing(self) -> str:
        """Why it cannot be run here; empty if it can."""
        if not self.tests or (ROOT / self.tests).is_dir():
            return ""
        here = (ROOT / "pyproject.toml").is_file() and (ROOT / "tests").is_dir()
        return f"not run: {self.tests} is not here" if here else "not run: needs the repository"


# --- reading ---


def facts(answer: Document) -> list[Verdict]:
    """Of `sim validate patterns`: each fact, and each rate of false verdicts that was measured."""
    found = [
        Verdict(
            f["id"],
            f["claim"] + (" [M]" if f["certainty"] in UNCHECKED else ""),
            _statements(f),
            UNTESTABLE if "testable" in f["verdict"] else f["verdict"],
        )
        for f in answer["facts"]
    ]
    rates = answer["error_rates"] or {}
    named = {"identical": "with identical cases", "boundary": "where every truth is just short of a pass",
             "opposite": "where every truth is just short of a fail"}  # fmt: skip
    for name, when in named.items():
        if rates.get(name):
            share, low, high = rates[name]
            verdict = PASS if high <= ALPHA else FAIL if low > ALPHA else UNDECIDED
            says = f"A false verdict {when} in at most {ALPHA:.0%} of whole runs."
            found.append(Verdict(f"rate-{name}", says, f"{share:.2%} ({low:.2%} to {high:.2%})", verdict))
    return found


def _statements(fact: Document) -> str:
    if fact["untestable"]:
        return str(fact["untestable"])
    wrong = [s for s in fact["statements"] if s["verdict"] != PASS]
    built = ["held by construction"] if fact["by_construction"] else []
    built += [fact["remark"]] if fact["remark"] else []
    shown = [f"{s['verdict']}: {s['says']}: {level(s['mean'], s['unit'])}" for s in wrong]
    return "; ".join(
        [f"{len(fact['statements']) - len(wrong)} of {len(fact['statements'])} statements", *built, *shown]
    )


def dockings(answer: Document) -> list[Verdict]:
    """Of `sim validate docking`: each criterion."""
    found = []
    for d in answer["dockings"]:
        for number, c in enumerate(d["claims"], 1):
            ours = " to ".join("-" if c[end] is None else f"{c[end]:.3g}" for end in ("low", "high"))
            value = "-" if c["value"] is None else f"{c['value']:.3g}"
            verdict = UNTESTABLE if c["verdict"] == "not judged" else c["verdict"]
            found.append(Verdict(f"{d['id']}.{number}", f"{d['title']}: {c['says']}", f"{value} ({ours})", verdict))
        if not d["claims"]:
            found.append(Verdict(d["id"], d["title"], "; ".join(d["notes"]) or "nothing to judge", UNTESTABLE))
    return [*found, *(Verdict(id_, why.split(" need ")[0], why, UNTESTABLE) for id_, why in answer["left_out"].items())]


def sentences(answer: Document) -> list[Verdict]:
    """Of `sim validate assumed`: each sentence, and whether each screening has converged."""
    found = []
    for s in answer["sentences"]:
        sure = f" ({percent(s['low'])} to {percent(s['high'])})" if s["draws"] else ""
        share = f"{s['holds']:,} of {s['draws']:,} draws{sure}."
        says = f"{s['says']} In {ROBUST:.0%} of at least {ENOUGH:,} draws."
        found.append(
            Verdict(s["id"], says, f"{share} {' '.join(s['where'])}", s["verdict"] if s["draws"] else UNTESTABLE)
        )
    for s in answer["screening"]:
        says = f"Two screenings of what moves {s['outcome']} agree: rank correlation of at least {s['goal']}."
        value = s["agreement"]
        shown = "the same for all" if value is None else f"{value:.2f}, in {s['trajectories']} trajectories each"
        verdict = UNDECIDED if value is None else PASS if value >= s["goal"] else FAIL
        found.append(Verdict(f"screening-{s['outcome']}", says, shown, verdict))
    return found


def lawful(answer: Document) -> list[Verdict]:
    """Of `sim validate laws`: each city in which a law is broken, or that there is none."""
    cities = (
        f"{answer['laws']} laws hold after every process of {answer['months']} months in {answer['cities']:,} cities"
    )
    if not answer["broken"]:
        return [Verdict("laws", f"{cities}.", f"none broken: at most {answer['at_most']:.3%} of settings", PASS)]
    return [Verdict(f"city-{number}", f"{cities}.", said, FAIL) for number, said in answer["broken"].items()]


def tested(answer: ElementTree.Element) -> list[Verdict]:
    """Of a folder of tests: each, from pytest's JUnit document."""
    found = []
    for case in answer.iter("testcase"):
        wrong = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        verdict = PASS if wrong is None else UNTESTABLE if wrong.tag == "skipped" else FAIL
        name = str(case.get("name"))
        said = "as claimed" if wrong is None else " ".join(str(wrong.get("message")).split())[:300]
        where = str(case.get("classname")).rsplit(".", 1)[-1]
        found.append(Verdict(f"{where}::{name}", name.removeprefix("test_").replace("_", " "), said, verdict))
    return found


def _tests(folder: str, title: str, fast: Sequence[str] = ()) -> Part:
    return Part(folder.replace("/", "-"), title, tested, tests=folder, fast=fast)


_ASSUMED = ("validate", "assumed")
PARTS = (
    Part("patterns", "Facts from the literature", facts, ("validate", "patterns", "--error-rates"),
         ("validate", "patterns", "SF24", "seeds=3")),
    Part("docking", "Published models and real budgets", dockings, ("validate", "docking"),
         ("validate", "docking", "D9", "D9.groups=4")),
    Part("laws", "What must always hold, in random cities", lawful, ("validate", "laws", "cities=10000"),
         ("validate", "laws", "cities=10", "months=6")),
    _tests("tests/laws", "What must always hold, and is seen to fail", ("tests/laws/test_broken.py",)),
    _tests("tests/relations", "What must follow when an input changes"),
    _tests("tests/replica", "Processes written again from the description"),
    _tests("tests/limits", "Limits that are known in closed form"),
    _tests("tests/faults", "Faults put in on purpose, and who finds them"),
    _tests("tests/drift", "Frozen months that must not change unsaid"),
    Part("assumed", "What rests on assumption", sentences, _ASSUMED,
         (*_ASSUMED, "draws=2", "seeds=2", "trajectories=0", "months=12", "city.population=5000")),
)  # fmt: skip
