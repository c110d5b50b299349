"""The reference pages made from the code: `python -m sim.study.reference` renews them in docs/."""

from collections import Counter
from pathlib import Path

from sim.model.booklet import PASSAGES
from sim.model.outcomes import OUTCOMES
from sim.model.params import Param
from sim.model.settings import PARAMETERS

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


PAGES = {"parameters.md": parameters, "outcomes.md": outcomes}


if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
