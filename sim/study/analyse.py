"""`sim analyse`: what a sweep shows, from its exported tables alone."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig, nearest
from sim.study import discovery, findings, pages, store
from sim.study.document import to_json
from sim.study.findings import Asked
from sim.study.load import Experiment, load, plain, title
from sim.study.pages import Finding
from sim.study.pictures import CAVEAT

KEYS = ("outcome", "baseline", "fail")
OUTCOME = (
    "trust", "participation", "trust_marginalised", "participation_marginalised", "joint_projects", "survival",
    "disappointment", "staff_hours", "volunteer_hours",
)  # fmt: skip
USUAL = ("no_engagement", "business_as_usual", "none", "mid")
"""Levels that are the baseline where they are listed and nothing else was said."""
SHARED = 5  # seeds that a sample of futures should have
FIRST = ("scenario", "tip")
PARTS: tuple[Callable[[Experiment, Asked], Finding | None], ...] = (
    findings.differences,
    findings.responses,
    findings.indices,
    findings.failures,
    findings.robust,
    findings.convergence,
)


@dataclass(frozen=True)
class Analysis:
    """A study, what of it does not bear conclusions, and its parts."""

    study: Experiment
    warnings: list[str]
    parts: list[Finding]

    @property
    def heading(self) -> str:
        """What was analysed."""
        s = self.study
        return (
            f"{s.name}: {len(s.policies)} {'policy' if len(s.policies) == 1 else 'policies'}, {len(s.futures)}"
            f" {'future' if len(s.futures) == 1 else 'futures'}, {len(s.seeds)} seeds, {s.done:,} runs"
            f" ({s.kind} design)"
        )


def analyse(words: Sequence[str], as_json: bool) -> int:
    """Analyse a study, save and print it; 1 if a part had to be refused. Raises BadConfig for bad input."""
    name, given = _given(words)
    study, asked = _asked(name, given)
    folder = store.RESULTS / name
    store.check_writable(folder)
    print(f"sim: analysing {name}, {study.done:,} runs", file=sys.stderr)
    parts = [part for part in (make(study, asked) for make in PARTS) if part]
    done = Analysis(study, _warnings(study), parts)
    with store.saving("analysis", folder) as filling:
        pages.write(filling, done.heading, done.warnings, CAVEAT, parts)
    if as_json:
        print(to_json(document(done)))
    else:
        pages.show(folder / "analysis", done.heading, done.warnings, CAVEAT, parts, width=140)
    refused = [reason for part in parts for reason in part.refused]
    for reason in refused:
        print(f"sim: {reason}", file=sys.stderr)
    return 1 if refused else 0


def _given(words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The study's name, and what is said under `KEYS`."""
    names = [w for w in words if "=" not in w]
    pairs = [w.split("=", 1) for w in words if "=" in w]
    faults = [] if len(names) == 1 else ["sim analyse: needs the name of one study, as in `sim analyse churn`"]
    faults += [f"{key}: sim analyse knows no such word{nearest(key, KEYS)}; allowed: {', '.join(KEYS)}"
               for key, _ in pairs if key not in KEYS]  # fmt: skip
    faults += [f"{key}: given twice" for key in KEYS if [k for k, _ in pairs].count(key) > 1]
    faults += [f"{key}: empty" for key, value in pairs if key in KEYS and not value.strip()]
    if names and (any(c in names[0] for c in "/\\") or names[0] in (".", "..")):
        faults.append(f"{names[0]!r} cannot name a study")
    if faults:
        raise BadConfig(faults)
    return names[0], dict(pairs)


def _asked(name: str, given: dict[str, str]) -> tuple[Experiment, Asked]:
    """The study, read, and what to do with it; raises BadConfig with every fault."""
    faults: list[str] = []
    outcomes = _outcomes(given.get("outcome"), faults)
    criterion = discovery.parse(given["fail"], faults) if "fail" in given else None
    wanted = list(dict.fromkeys([*outcomes, *([criterion.outcome] if criterion else [])]))
    try:
        study = load(name, wanted)
    except BadConfig as error:
        raise BadConfig([*error.faults, *faults]) from error
    baseline, against = _baseline(study.alternatives(), given.get("baseline"), faults)
    one = len(study.policies) == 1
    sampled = study.kind in ("lhs", "sobol", "file")
    if criterion is not None and (len(study.futures) < 2 or not (sampled or (study.kind == "grid" and not one))):
        faults.append(f"fail: nothing is said of failing in this {study.kind} design; it needs several futures, and"
                      " design=lhs, sobol or file, or a grid with several policies")  # fmt: skip
    elif criterion is not None and criterion.limit is None and one:
        faults.append("fail: there is one policy only, and no baseline; compare with a number, as in fail='trust<0.4'")
    if faults:
        raise BadConfig(faults)
    if criterion is None and len(study.policies) > 1:
        head = next((o for o in outcomes if discovery.direction(o)), None)
        if head:
            criterion = discovery.Criterion(head, "<" if discovery.direction(head) > 0 else ">", None)
    return study, Asked(outcomes, baseline, against, criterion)


def _outcomes(given: str | None, faults: list[str]) -> list[str]:
    if given is None:
        return list(OUTCOME)
    if given == "all":
        return list(OUTCOMES)
    named = list(dict.fromkeys(n.strip() for n in given.strip("[]").split(",")))
    faults += [
        f"outcome: {n!r}: no such outcome{nearest(n, OUTCOMES)}; see `sim list outcomes`, or say outcome=all"
        for n in named
        if n not in OUTCOMES
    ]
    return [n for n in named if n in OUTCOMES]


def _baseline(study: Experiment, given: str | None, faults: list[str]) -> tuple[list[int], str]:
    """The index of each policy's baseline: the policy with the baseline's levels, all else being equal.

    And the baseline in words.
    """
    policies = study.policies.map(plain)
    levels = {name: list(dict.fromkeys(policies[name])) for name in policies.columns}
    if not levels:
        if given is not None:
            faults.append("baseline: this study has one policy only, and nothing to compare")
        return [0], ""
    wanted = _usual(levels) if given is None else _named(given, levels, faults)
    found = []
    for row in policies.to_dict("records"):
        same = (policies == pd.Series({**row, **wanted})).all(axis=1).to_numpy()
        found.append(int(same.argmax()) if same.any() else -1)
    # Where a baseline has not one run, its policies are compared with nothing.
    against = ", ".join(title(name, level) for name, level in wanted.items())
    return [i if b < 0 else b for i, b in enumerate(found)], against + ("" if len(levels) == 1 else ", all else equal")


def _usual(levels: dict[str, list[str]]) -> dict[str, str]:
    """One level of the choice that matters most: a usual one, or the first."""
    order = [n for n in FIRST if n in levels] + [n for n in levels if n not in (*FIRST, "city")] + list(levels)
    name = order[0]
    return {name: next((level for level in USUAL if level in levels[name]), levels[name][0])}


def _named(given: str, levels: dict[str, list[str]], faults: list[str]) -> dict[str, str]:
    """Choice -> level, from `no_engagement`, `scenario:no_engagement`, or several with commas."""
    wanted: dict[str, str] = {}
    for said in given.split(",") if "[" not in given else [given]:
        name, _, level = said.strip().rpartition(":")
        where = [n for n, listed in levels.items() if level in listed and name in ("", n)]
        if len(where) == 1:
            wanted[where[0]] = level
            continue
        known = [v for listed in levels.values() for v in listed]
        if where:
            faults.append(f"baseline: {level!r} is a level of {', '.join(where)}; write {where[0]}:{level}")
        else:
            faults.append(f"baseline: {said!r} was not listed in this study{nearest(level, known)};"
                          f" allowed: one of {', '.join(known[:20])}")  # fmt: skip
    return wanted


def _warnings(study: Experiment) -> list[str]:
    """What is too little, or missing, in words."""
    said = []
    if study.missing:
        failed = study.about.get("runs", {}).get("failed", 0)
        said.append(
            f"{study.missing:,} of {study.missing + study.done:,} planned runs are not in it ({failed} failed): what is"
            f" missing may not be missing by chance; see `sim status {study.name}`"
        )
    n = len(study.seeds)
    if n == 1:
        said.append("one seed: everything met the same chances, and intervals cannot show what others would do")
    elif study.sampled and n < SHARED:
        said.append(f"all futures share the same {n} seeds, and intervals are wide for that; take {SHARED} or more")
    elif not study.sampled and n < findings.SEEDS:
        said.append(f"{n} seeds are few: intervals of lopsided outcomes are then too narrow; take {findings.SEEDS}")
    return said


def document(done: Analysis) -> dict[str, Any]:
    """The analysis as plain values."""
    s = done.study
    return {
        "study": s.name,
        "design": dict(s.design),
        "policies": s.names,
        "futures": len(s.futures),
        "seeds": len(s.seeds),
        "runs": s.done,
        "missing": s.missing,
        "folder": str(store.RESULTS / s.name / "analysis"),
        "warnings": done.warnings,
        "caveat": CAVEAT,
        "parts": [
            {
                "title": p.title,
                "note": p.note,
                "sentences": list(p.sentences),
                "refused": list(p.refused),
                "tables": {name: table.to_dict("records") for name, table in p.data.items()},
            }
            for p in done.parts
        ],
    }
