"""The reference pages made from the code: `python -m sim.study.reference` renews them in docs/."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from sim.model.booklet import PASSAGES
from sim.model.levers import Buys, Tip, Whom
from sim.model.outcomes import OUTCOMES
from sim.model.params import Param
from sim.model.settings import PARAMETERS, TIPS
from sim.study import coverage, presets
from sim.study.description import fill, kinds, row

DOCS = Path(__file__).parents[2] / "docs"
MADE = "<!-- Made by `python -m sim.study.reference`; do not edit. -->\n\n"


def _default(p: Param) -> str:
    return p.read(p.default).name.lower() if p.options else str(p.default).lower()


def _ranges(p: Param) -> str:
    allowed = p.allowed()
    if p.kind in ("number", "whole number") and p.plausible != (p.low, p.high):
        return f"{p.plausible[0]:g} to {p.plausible[1]:g} (allowed: {allowed})"
    return allowed


def parameters() -> str:
    """docs/parameters.md: every setting with unit, default, range, source and meaning."""
    lines = [
        MADE + "# Parameters",
        "",
        f"{len(PARAMETERS)} settings. Where their defaults come from: "
        + ", ".join(f"{kind} {n}" for kind, n in kinds().items())
        + ". The booklet and most papers give directions, not sizes: such sizes are assumed, within the range given.",
        "",
        "The plausible range is what sweeps and sensitivity analysis draw from; the allowed range is wider where its",
        "ends switch a mechanism off. A setting that is a lever can be pushed by tips, for the whole city or for the",
        "initiatives that a tip reaches.",
    ]
    group = ""
    for name, p in PARAMETERS.items():
        if name.split(".")[0] != group:
            group = name.split(".")[0]
            lines += [
                "",
                f"## {group}",
                "",
                row("setting", "default", "range", "meaning", "source"),
                row(*["---"] * 5),
            ]
        lever = f". Lever ({p.lever}, {'lowers' if p.lowers else 'raises'})" if p.lever else ""
        lines.append(row(f"`{name}`", f"{_default(p)} {p.unit}".strip(), _ranges(p), p.doc + lever, str(p.source)))
    return "\n".join(lines) + "\n"


def outcomes() -> str:
    """docs/outcomes.md: every monthly measure with unit, range and the passage that it stands for."""
    lines = [
        MADE + "# Outcomes",
        "",
        "Measured at the end of each month. A total is added up over a period, everything else is averaged; months in",
        "which a measure is undefined (no round, no reply) are left out.",
    ]
    benefit = ""
    for o in OUTCOMES.values():
        if o.benefit != benefit:
            benefit = o.benefit
            lines += [
                "",
                f"## {benefit}",
                "",
                row("outcome", "unit", "range", "meaning", "booklet"),
                row(*["---"] * 5),
            ]
        passage = PASSAGES[o.booklet]
        unit = o.unit + (", total" if o.total else "")
        words = f'{passage.heading}: "{passage.words}"'
        lines.append(row(f"`{o.name}`", unit, f"{o.low:g} to {o.high:g}", o.doc, words))
    return "\n".join(lines) + "\n"


def tips() -> str:
    """docs/tips.md: what each tip pushes, for which claim, whom it gets to, what it takes and leaves out."""
    lines = [
        MADE + "# Tips",
        "",
        "Each piece of advice pushes levers: settings that a process reads, moved by a share of what is missing. That",
        "share is the tip's `effect` if it is followed in full; the booklet says in which direction, never how far.",
        "What a tip takes is for all of it; `tip.budget` buys as much of it as it can, month by month. Staff hours",
        "count at `tip.hour_rate`. Letters in brackets name the booklet's claims, for the table of what is covered.",
        "A tip never changes anything but its levers, and no process knows of tips. Before its start month, no money",
        "is set aside for it, so nothing of it is spent or left.",
        "",
        "What is done, and paid, initiative by initiative, the whole city has as far as initiatives are reached; who",
        "has no time takes in less of the advice that asks for time. Rounds, forms and pages are for everybody.",
    ]
    for name, tip in TIPS.items():
        title = presets.title("tip", name)
        text = presets.load(presets.file_of("tip", name))["about"]["tip"]["text"]
        lines += ["", f"## {title}", "", f"`tip={name}`. {str(tip.__doc__).strip()} {text}", ""]
        lines += [row("advice", "what", "pushes", "takes"), row(*["---"] * 4), *_advice(name, tip)]
        reach, whom = PARAMETERS[f"{name}.reach"], PARAMETERS[f"{name}.whom"]
        lines += ["", f"For {_default(whom)} initiatives (`{name}.whom`), of which it gets to {reach.default:.0%},"
                  f" by lot (`{name}.reach`)."]  # fmt: skip
        lines += ["", "Leaves out:", "", *(f"- {said}" for said in sys.modules[tip.__module__].LEFT_OUT)]
    return "\n".join(lines) + "\n"


def _advice(name: str, tip: type[Tip]) -> Iterator[str]:
    said = {f.name: f.metadata["advised"] for f in fields(tip) if "advised" in f.metadata}
    for advice, about in said.items():
        if not about.levers:
            continue
        meta = PARAMETERS[f"{name}.{advice}"]
        prices = [PARAMETERS[f"{name}.{cost}"] for cost, p in said.items() if p.price_of == advice]
        takes = [f"{p.default:g} {p.unit} ({p.doc})" for p in prices] or ["nothing"]
        if about.buys:
            takes = [{Buys.GRANTS: "the money itself", Buys.LIAISON: "the hours, `outside.liaison_hours`"}[about.buys]]
        only = "" if about.only == Whom.ALL else f", of {about.only.name.lower()} initiatives only"
        pushes = ", ".join(f"`{lever}`" for lever in about.levers) + only
        yield row(f"`{name}.{advice}`", f"{meta.doc} ({', '.join(about.rows)})", pushes, "; ".join(takes))


def odd() -> str:
    """docs/odd.md, with its lists made anew."""
    return fill(DOCS / "odd.md")


def trace() -> str:
    """docs/trace.md, with its counts made anew."""
    return fill(DOCS / "trace.md")


def covered() -> str:
    """docs/coverage.md: every claim of the booklet, what stands for it, and what is missing."""
    counts = Counter(coverage.how_far(claim) for claim in coverage.CLAIMS)
    lines = [
        MADE + "# What of the booklet is covered",
        "",
        f"{len(coverage.CLAIMS)} claims of the booklet, each in a few words of our own: B its text, T its tips, Q its",
        "quotations, F its story of Freiburg. "
        + ", ".join(f"{counts[how]} {how}" for how in ("modelled", "partly", "said", "left out"))
        + ".",
        "",
        "- **modelled**: there are rules that stand for the claim, and a test of them. That says nothing about sizes,",
        "  which the booklet does not give, nor that the claim is true.",
        "- **partly**: some of it; the last column has what is missing.",
        "- **said**: a remark about where the lessons come from, which our pages repeat.",
        "- **left out**: the last column says why.",
        "",
        "Names with a dot are settings or state variables, with `=` choices on the command line, the others outcomes.",
        "Those in italics are advice of a tip ([tips](tips.md)) and push the levers after them.",
    ]
    for title, first in (("The text", "B"), ("The tips", "T"), ("The quotations", "Q"), ("The story of Freiburg", "F")):
        lines += ["", f"## {title}", "", row("claim", "in our words", "how far", "by", "where", "tests", "missing")]
        lines += [
            row(*["---"] * 7),
            *(_covered(claim) for claim in sorted(coverage.CLAIMS, key=_place) if claim[0] == first),
        ]
    return "\n".join(lines) + "\n"


def _place(claim: str) -> tuple[str, int, str]:
    digits = "".join(c for c in claim if c.isdigit())
    return claim[0], int(digits), claim[1:]


def _covered(claim: str) -> str:
    said = coverage.CLAIMS[claim]
    by = [f"*`{a}`*" for a, _ in coverage.advice_for(claim)] + [f"`{name}`" for name in coverage.names(claim)]
    where = [f"`{file.removeprefix('sim/model/')}`" for file in coverage.files(claim)]
    tested = [f"`{test.removeprefix('tests/')}`" for test in coverage.tests(claim)]
    cells = (" ".join(by), " ".join(where), " ".join(tested), said.missing)
    return row(claim, said.claim, coverage.how_far(claim), *cells)


PAGES = {
    "parameters.md": parameters,
    "outcomes.md": outcomes,
    "tips.md": tips,
    "coverage.md": covered,
    "odd.md": odd,
    "trace.md": trace,
}


if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
