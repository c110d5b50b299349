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
from sim.study import presets

DOCS = Path(__file__).parents[2] / "docs"
MADE = "<!-- Made by `python -m sim.study.reference`; do not edit. -->\n\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def _default(p: Param) -> str:
    return p.read(p.default).name.lower() if p.options else str(p.default).lower()


def _ranges(p: Param) -> str:
    allowed = p.allowed()
    if p.kind in ("number", "whole number") and p.plausible != (p.low, p.high):
        return f"{p.plausible[0]:g} to {p.plausible[1]:g} (allowed: {allowed})"
    return allowed


def parameters() -> str:
    """docs/parameters.md: every setting with unit, default, range, source and meaning."""
    sources = Counter(p.source.kind for p in PARAMETERS.values())
    lines = [
        MADE + "# Parameters",
        "",
        f"{len(PARAMETERS)} settings. Where their defaults come from: "
        + ", ".join(f"{kind} {sources[kind]}" for kind in ("booklet", "paper", "data", "assumed"))
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
                _row("setting", "default", "range", "meaning", "source"),
                _row(*["---"] * 5),
            ]
        lever = f" Lever ({p.lever}, {'lowers' if p.lowers else 'raises'})." if p.lever else ""
        lines.append(_row(f"`{name}`", f"{_default(p)} {p.unit}".strip(), _ranges(p), p.doc + lever, str(p.source)))
    return "\n".join(lines) + "\n"


def outcomes() -> str:
    """docs/outcomes.md: every monthly measure with unit, range and the passage that it stands for."""
    lines = [
        MADE + "# Outcomes",
        "",
        "Measured at the end of each month. A total is added up over a period, everything else is averaged; months in",
        "which a measure is undefined (no round, no reply) are left out. `people` are residents of the city, not",
        "simulated agents.",
    ]
    benefit = ""
    for o in OUTCOMES.values():
        if o.benefit != benefit:
            benefit = o.benefit
            lines += [
                "",
                f"## {benefit}",
                "",
                _row("outcome", "unit", "range", "meaning", "booklet"),
                _row(*["---"] * 5),
            ]
        passage = PASSAGES[o.booklet]
        unit = o.unit + (", total" if o.total else "")
        words = f'{passage.heading}: "{passage.words}"'
        lines.append(_row(f"`{o.name}`", unit, f"{o.low:g} to {o.high:g}", o.doc, words))
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
        "A tip never changes anything but its levers, and no process knows of tips.",
        "",
        "What is done, and paid, initiative by initiative, the whole city has as far as initiatives are reached; who",
        "has no time takes in less of the advice that asks for time. Rounds, forms and pages are for everybody.",
    ]
    for name, tip in TIPS.items():
        title = presets.title("tip", name)
        text = presets.load(presets.file_of("tip", name))["about"]["tip"]["text"]
        lines += ["", f"## {title}", "", f"`tip={name}`. {str(tip.__doc__).strip()} {text}", ""]
        lines += [_row("advice", "what", "pushes", "takes"), _row(*["---"] * 4), *_advice(name, tip)]
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
        yield _row(f"`{name}.{advice}`", f"{meta.doc} ({', '.join(about.rows)})", pushes, "; ".join(takes))


PAGES = {"parameters.md": parameters, "outcomes.md": outcomes, "tips.md": tips}


if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
