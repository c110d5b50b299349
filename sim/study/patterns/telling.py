"""What became of the facts: a table, a page, a document, a figure for each."""

import math
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich import box
from rich.console import Console
from rich.table import Table

from sim.study import presets
from sim.study.patterns.error_rates import Rates
from sim.study.patterns.experiment import CERTAINTY, KINDS, UNCHECKED, Experiment, Part, Want
from sim.study.patterns.judging import ALPHA, FAIL, PASS, POWER, UNDECIDED, UNTESTABLE, Found, Judged
from sim.study.patterns.look import Floats
from sim.study.patterns.measures import MEASURES
from sim.study.words import number, places, places_of_margin

BY_CONSTRUCTION = "held by construction"
NOTES: Mapping[str, str] = {"verification": BY_CONSTRUCTION, "calibration": "calibrated", "guard": "guard"}
WIDTH = 100
MILLION = 10**6
TRIED = ("common", "cities", "months", "seeds", "most", "cases", "expect")  # of a file: what makes it an experiment
CAVEAT = (
    "Facts from memory of the literature are not checked: do not quote them. A fact that passes says that the"
    " model shows the pattern, not that the pattern's size is right for a city."
)


KEY = (
    "Right: what is wanted is grey; the size of interest, or the middle of what is wanted, dotted; the bar is the 95%\n"
    "interval of one statement alone, while verdicts are corrected for all statements and facts of a run."
)


@dataclass(frozen=True)
class Course:
    """How an outcome went in a case: mean over seeds, (months,)."""

    label: str
    column: str
    months: Floats


@dataclass(frozen=True)
class Result:
    """A fact and what became of it; `judged` is None where it is not testable. `parts`: statement and city."""

    experiment: Experiment
    seeds: int
    parts: Sequence[tuple[Part, str]]
    judged: Judged | None
    courses: Sequence[Course] = ()

    @property
    def verdict(self) -> str:
        """Pass, fail, undecided, or not testable yet."""
        return self.judged.verdict if self.judged else UNTESTABLE

    @property
    def said(self) -> str:
        """The verdict, with what it is worth."""
        note = NOTES.get(self.experiment.kind, "")
        small = f" ({self.small})" if self.small else ""
        return f"{self.verdict}{small}{f', {note}' if note and self.judged else ''}"

    @property
    def small(self) -> str:
        """Where it passes though something was shown to be smaller than of interest, or not quite what is wanted."""
        if self.verdict != PASS:
            return ""
        said = [small(f, part.want) for part, _, f in self.statements()]
        return next((one for one in said if one), "")

    def statements(self) -> list[tuple[Part, str, Found]]:
        """Each statement with its city and what was found."""
        found = self.judged.parts if self.judged else []
        return [(part, city, one) for (part, city), one in zip(self.parts, found, strict=True)]


def small(found: Found, want: Want) -> str:
    """What there is to say of a statement that passes, of which the opposite was shown too, within bounds."""
    if found.verdict != PASS or found.p_fail >= ALPHA / 2:
        return ""
    return "smaller than of interest" if want.form in ("more", "less") else "within its margin"


def _verdict(found: Found, want: Want) -> str:
    note = small(found, want)
    if found.verdict == UNDECIDED and found.needed > found.pairs:
        note = f"{'more than a million' if found.needed > MILLION else f'some {found.needed:,}'} seeds would tell"
    return f"{found.verdict} ({note})" if note else found.verdict


def counted(results: Sequence[Result]) -> dict[str, Any]:
    """How many facts there are of each verdict, and which; emergent ones and those held by construction apart."""
    of = {v: [r.experiment.id for r in results if r.verdict == v] for v in (PASS, FAIL, UNDECIDED, UNTESTABLE)}
    free = [r for r in results if r.judged and r.experiment.kind not in ("verification", "calibration")]
    return {
        "facts": len(results),
        **of,
        "not by construction": len(free),
        "of these pass": [r.experiment.id for r in free if r.verdict == PASS],
    }


def headline(results: Sequence[Result]) -> str:
    """The verdicts in a sentence."""
    c = counted(results)
    tested = c["facts"] - len(c[UNTESTABLE])
    said = [f"{len(c[PASS])} of {tested} facts pass"]
    said += [f"{len(c[v])} {words} ({', '.join(c[v])})" for v, words in ((FAIL, "fail"), (UNDECIDED, "undecided"))
             if c[v]]  # fmt: skip
    said += [f"{len(c[UNTESTABLE])} are not testable yet ({', '.join(c[UNTESTABLE])})"] if c[UNTESTABLE] else []
    return (
        f"{', '.join(said)}. Of the {c['not by construction']} that are neither held by construction nor calibrated,"
        f" {len(c['of these pass'])} pass."
    )


# --- numbers ---


def size(value: float, unit: str) -> str:
    """A quantity to three figures; of a share in percentage points."""
    return number(value, unit, places(value, unit, 3)) if math.isfinite(value) else "-"


def estimate(found: Found, unit: str) -> str:
    """Mean with its 95% interval, no finer than that; or for how many seeds it is undefined."""
    if not math.isfinite(found.mean):
        return f"undefined with {found.seeds - found.pairs} of {found.seeds} seeds"
    if not math.isfinite(found.low):
        return size(found.mean, unit)
    digits = min(places_of_margin(found.mean, (found.high - found.low) / 2, unit) + 1, 6)
    mean, low, high = (number(v, unit, digits) for v in (found.mean, found.low, found.high))
    return f"{mean} ({low} to {high})"


def _found(found: Found, part: Part) -> str:
    unit = units(part.unit) if math.isfinite(found.mean) else ""
    return f"{estimate(found, part.unit)} {unit}".strip()


def wanted(want: Want, unit: str) -> str:
    """What was wanted, in words."""
    if want.form in ("more", "less"):
        return f"{'above' if want.form == 'more' else 'below'} 0; of interest from {size(want.expected, unit)}"
    if want.form == "at_least":
        return f"at least {size(want.expected, unit)}, less {size(want.expected - want.low, unit)} at most"
    if want.form == "at_most":
        return f"at most {size(want.expected, unit)}, plus {size(want.high - want.expected, unit)} at most"
    return f"{size(want.low, unit)} to {size(want.high, unit)}"


def units(unit: str) -> str:
    """A unit as tables have it."""
    return {"share": "points", "ratio": ""}.get(unit, unit)


def p_value(p: float) -> str:
    """A p value, none smaller than 0.0001."""
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}" if p < 0.995 else "1"


def _p(judged: Judged) -> str:
    if judged.verdict == FAIL:
        return f"{p_value(judged.p_fail)} against"
    return p_value(judged.p_pass)


def _power(value: float) -> str:
    return "-" if math.isnan(value) else "> 0.999" if value > 0.999 else f"{value:.3f}"


def _at_least(value: float) -> str:
    """Of a fact, whose statements share what is missing to a power of 1."""
    return "?" if value == 0 else _power(value)


def _size(found: Found, part: Part) -> str:
    """The effect of a difference; the size of a level or a ratio says nothing."""
    if math.isnan(found.size) or not part.quantity.contrast:
        return "-"
    return "always the same" if math.isinf(found.size) else f"{found.size:+.2f}"


# --- the terminal ---


def show(results: Sequence[Result], folder: Path, rates: Rates | None) -> None:
    """Print the facts, each with its statements."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH, soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("fact", "what", "verdict", "p (Holm)", "power, at least", "seeds"):
        table.add_column(head, justify="right" if head in ("p (Holm)", "power, at least", "seeds") else "left")
    for r in results:
        j, name = r.judged, r.experiment.title + (" [M]" if r.experiment.certainty in UNCHECKED else "")
        tail = (_p(j), _at_least(j.power), str(r.seeds)) if j else ("-", "-", "-")
        table.add_row(r.experiment.id, _escaped(name), r.said, *tail)
    console.print(table)
    for r in results:
        if r.judged:
            console.print(f"[bold]{r.experiment.id}: {_escaped(r.experiment.title)}: {r.said}[/bold]")
        for part, city, f in r.statements():
            where = f" in {presets.title('city', city)}" if len(r.experiment.cases) > 1 else ""
            found = _found(f, part)
            console.print(f"  {_verdict(f, part.want)}: {part.says}{where}", markup=False)
            console.print(
                f"    {part.quantity.text}: {found}; wanted {wanted(part.want, part.unit)};"
                f" effect {_size(f, part)}, power {_power(f.power)}, {f.pairs} pairs",
                markup=False,
            )
    console.print()
    for line in (headline(results), *([rates.words()] if rates else []), _legend(results), CAVEAT):
        console.print(line, markup=False)
    for r in results:
        if r.experiment.certainty in UNCHECKED:
            console.print(f"[M] {r.experiment.id}: {r.experiment.unchecked}", markup=False)
        if not r.judged:
            console.print(f"{r.experiment.id} is not testable yet: {r.experiment.untestable}", markup=False)
    console.print(f"\nSaved in {folder}: see patterns.md", markup=False)


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")


def _legend(results: Sequence[Result]) -> str:
    tested = sum(r.judged is not None for r in results)
    return (
        f"Verdicts have an error rate of {ALPHA:.0%} for all {tested} facts of this run together (Holm). Effect: mean"
        " of the paired differences over their standard deviation. Power: the chance to show it with these seeds"
        f" if it is as large as is of interest; {POWER} is aimed at, for all statements of a fact together, which"
        " have at least what is stated (?: too few seeds to say). [M]: from memory of the literature, not checked."
    )


# --- the document ---


def document(results: Sequence[Result], rates: Rates | None, about: Mapping[str, Any]) -> dict[str, Any]:
    """Everything as plain values."""
    return {
        "summary": headline(results),
        "counts": counted(results),
        "facts": [_plain(r) for r in results],
        "error_rates": rates.plain() if rates else None,
        "caveat": CAVEAT,
        "provenance": dict(about),
    }


def _plain(r: Result) -> dict[str, Any]:
    e, j = r.experiment, r.judged
    return {
        "id": e.id,
        "title": e.title,
        "claim": e.claim,
        "source": e.source,
        "certainty": e.certainty,
        "unchecked": e.unchecked or None,
        "kind": e.kind,
        "choices": list(e.choices),
        "verdict": r.verdict,
        "by_construction": e.kind == "verification",
        "remark": r.small or None,
        "p_pass": j.p_pass if j else None,
        "p_fail": j.p_fail if j else None,
        "power": j.power if j else None,
        "seeds": r.seeds,
        "untestable": e.untestable or None,
        "diagnosis": e.diagnosis if e.diagnosis and r.verdict != PASS else None,
        "written": dict(e.written),
        "statements": [
            {
                "says": part.says,
                "city": city,
                "quantity": part.quantity.text,
                "outcomes": part.outcome,
                "unit": part.unit,
                "want": part.want.form,
                "low": part.want.low,
                "high": part.want.high,
                "expected": part.want.expected,
                "why": part.why or None,
                "mean": f.mean,
                "ci_low": f.low,
                "ci_high": f.high,
                "sd": f.sd,
                "effect_size": f.size if part.quantity.contrast else None,
                "pairs": f.pairs,
                "p_pass": f.p_pass,
                "p_fail": f.p_fail,
                "power": f.power,
                "seeds_needed": f.needed,
                "verdict": f.verdict,
                "remark": small(f, part.want) or None,
            }
            for part, city, f in r.statements()
        ],
    }


# --- the page ---


def page(results: Sequence[Result], rates: Rates | None, about: Mapping[str, Any], figures: str) -> str:
    """patterns.md. `figures`: the folder of the pictures, as seen from the page."""
    command = str(about["command"])
    guide = "docs/evidence/README.md" if figures == "." else "[README.md](README.md)"
    head = [
        f"<!-- Made by `{command}`; do not edit. -->",
        "# Facts that the model is tried on",
        f"Made on {str(about['ended'])[:10]} by `{command}`, with the model `{str(about['model'])[:12]}`. How to write"
        f" down and try a fact of one's own: {guide}.",
        headline(results),
        *([rates.words()] if rates else []),
        f"{_legend(results)} {CAVEAT}",
        _summary(results),
    ]
    return "\n\n".join([*head, *(_section(r, figures) for r in results)]) + "\n"


def _summary(results: Sequence[Result]) -> str:
    rows = [
        "| fact | what | kind | verdict | p (Holm) | power, at least | seeds |",
        "| --- | --- | --- | --- | --- | ---: | ---: |",
    ]
    for r in results:
        e, j = r.experiment, r.judged
        mark = " [M]" if e.certainty in UNCHECKED else ""
        tail = f"{_p(j)} | {_at_least(j.power)} | {r.seeds}" if j else "- | - | -"
        rows.append(f"| [{e.id}](#{_anchor(r)}) | {e.title}{mark} | {e.kind} | {r.said} | {tail} |")
    return "\n".join(rows)


def _anchor(r: Result) -> str:
    heading = f"{r.experiment.id}: {r.experiment.title}".lower()
    return "".join(c for c in heading if c.isalnum() or c in " -_").replace(" ", "-")


def _section(r: Result, figures: str) -> str:
    e = r.experiment
    text = [f"## {e.id}: {e.title}", e.claim, f"Source: {e.source}; {CERTAINTY[e.certainty]}."
            f" Kind: {e.kind}, {KINDS[e.kind]}."]  # fmt: skip
    if e.certainty in UNCHECKED:
        text.append(f"**From memory, not checked: do not quote.** {e.unchecked[:1].upper()}{e.unchecked[1:]}.")
    if not r.judged:
        return "\n\n".join([*text, f"**Not testable yet.** {e.untestable}"])
    text.append(f"**{r.said[:1].upper()}{r.said[1:]}.**")
    rows = ["| statement | quantity | found (95%) | wanted | effect | power | pairs | verdict |",
            "| --- | --- | ---: | --- | ---: | ---: | ---: | --- |"]  # fmt: skip
    for part, city, f in r.statements():
        where = f" ({presets.title('city', city)})" if len(e.cases) > 1 else ""
        found = _found(f, part)
        cells = [
            f"{part.says}{where}",
            f"`{part.quantity.text}` of {part.outcome}",
            found,
            wanted(part.want, part.unit),
        ]
        cells += [_size(f, part), _power(f.power), str(f.pairs), _verdict(f, part.want)]
        rows.append(f"| {' | '.join(cells)} |")
    text.append("\n".join(rows))
    why = dict.fromkeys(
        f"{size(p.want.expected, p.unit)} {units(p.unit)}".strip() + f": {p.why}" for p in e.parts if p.why
    )
    text += ["Sizes of interest: " + "; ".join(why) + "."] if why else []
    text += ["What was a choice:\n\n" + "\n".join(f"- {c}" for c in e.choices)] if e.choices else []
    text += [f"Diagnosis: {e.diagnosis}"] if e.diagnosis and r.verdict != PASS else []
    tried = yaml.safe_dump(
        {k: e.written[k] for k in TRIED if k in e.written}, sort_keys=False, allow_unicode=True, width=WIDTH
    )
    text.append(f"<details><summary>As it was run</summary>\n\n```yaml\n{tried}```\n\n</details>")
    text.append(f"![{e.id}: {e.title}]({figures}/{e.id}.png)")
    return "\n\n".join(text)


# --- figures ---


def draw(r: Result, file: Path) -> None:
    """Left how the outcomes went, right what was found of each statement, the wanted range shaded; a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    statements = r.statements()
    figure = plt.figure(figsize=(11, max(3.6, 1.0 + 0.95 * len(statements))), layout="constrained")
    grid = figure.add_gridspec(len(statements), 2, width_ratios=(1.15, 1))
    left = figure.add_subplot(grid[:, 0])
    for n, course in enumerate(r.courses):
        scale = 100.0 if _unit_of(course.column) == "share" else 1.0
        months = _yearly(course.months) if MEASURES[course.column].total else course.months
        at = np.flatnonzero(~np.isnan(months))
        style = "-" if len(at) > len(months) / 2 else "o-"
        left.plot((at + 1) / 12, scale * months[at], style, markersize=3, color=f"C{n % 10}", label=course.label)
    left.set_xlabel("years")
    if r.courses:
        left.set_title(textwrap.fill(_title(r.courses[0].column), 60), loc="left", fontsize=9)
        figure.legend(loc="outside lower left", ncols=3, fontsize=8, frameon=False)  # clear of the curves
    for n, (part, city, f) in enumerate(statements):
        axes = figure.add_subplot(grid[n, 1])
        _forest(axes, part, f)
        where = f" ({city})" if len(r.experiment.cases) > 1 else ""
        title = f"{_verdict(f, part.want)}: {part.says}{where} [{part.quantity.text}]"
        axes.set_title(textwrap.fill(title, 74), loc="left", fontsize=8)
    mark = f", {CERTAINTY[r.experiment.certainty]}" if r.experiment.certainty in UNCHECKED else ""
    figure.suptitle(
        f"{r.experiment.id}: {r.experiment.title} - {r.said}{mark}", x=0.01, ha="left", fontsize=11, weight="bold"
    )
    figure.supxlabel(KEY, fontsize=7, color="0.35", x=0.99, y=0.02, ha="right")
    figure.savefig(file, dpi=80, metadata={"Software": None})
    plt.close(figure)


def _forest(axes: Any, part: Part, f: Found) -> None:
    scale = 100.0 if part.unit == "share" else 1.0
    ends = [
        v for v in (f.mean, f.low, f.high, part.want.expected, part.want.low, part.want.high, 0.0) if math.isfinite(v)
    ]
    if (part.want.form == "between" and part.want.low > 0) or not part.quantity.contrast:
        ends.remove(0.0)
    low, high = scale * min(ends), scale * max(ends)
    room = 0.08 * ((high - low) or 1.0)
    axes.set_xlim(low - room, high + room)
    axes.axvspan(
        max(scale * part.want.low, low - room), min(scale * part.want.high, high + room), color="0.9", zorder=0
    )
    axes.axvline(scale * part.want.expected, color="0.5", linestyle=":", linewidth=1)
    colour = {PASS: "C2", FAIL: "C3"}.get(f.verdict, "0.4")
    if math.isfinite(f.low):
        axes.hlines(0, scale * f.low, scale * f.high, color=colour, linewidth=3)
    axes.plot([scale * f.mean], [0], "o", color=colour)
    axes.set_yticks([])
    axes.tick_params(labelsize=8)
    axes.set_xlabel({"share": "percentage points", "ratio": ""}.get(part.unit, part.unit), fontsize=8)


def _yearly(months: Floats) -> Floats:
    """(months,) of a flow: its sum over the twelve months that end there, from the twelfth on."""
    if len(months) < 12:
        return months
    return np.concatenate([np.full(11, np.nan), np.convolve(months, np.ones(12), "valid")])


def _unit_of(column: str) -> str:
    return MEASURES[column].unit


def _title(column: str) -> str:
    m = MEASURES[column]
    unit = "%" if m.unit == "share" else m.unit
    return f"{m.doc} ({unit}{', in twelve months' if m.total else ''}), mean over seeds"
