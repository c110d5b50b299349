"""What rests on assumption, for people: a page, a figure, a document, and the shares that README quotes."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.model.outcomes import OUTCOMES
from sim.model.settings import PARAMETERS
from sim.study import presets
from sim.study.description import kinds, row
from sim.study.discovery import FEWEST
from sim.study.evidence.judging import ENOUGH, ROBUST, Judged
from sim.study.evidence.screening import GOAL, STRONGEST, Screened
from sim.study.findings import SHAKY, told
from sim.study.pages import label
from sim.study.words import change, percent

PAGE, PICTURE = "assumed.md", "assumed.png"
QUOTED = re.compile(r"(\[(\w+)\]\(docs/evidence/assumed\.md\): holds in )[\d,]+ of [\d,]+ draws")
SHOWN = 12  # of the numbers that matter most
APART = 3  # settings that are named as differing most
CAVEAT = (
    "A share says how far a sentence depends on what is assumed within plausible ranges. It says nothing of rules"
    " that could be otherwise, and is no chance that the sentence is true of a city."
)


@dataclass(frozen=True)
class Answer:
    """Everything that was found, and `about` how."""

    city: str
    months: int
    seeds: int
    drawn: Sequence[str]
    judged: Sequence[Judged]
    ranks: pd.DataFrame
    screened: Sequence[Screened]
    trajectories: int
    about: Mapping[str, Any]

    @property
    def draws(self) -> int:
        """How many draws there were."""
        return int(self.about["draws"])


def held(j: Judged) -> str:
    """As pages quote it: '56 of 60 draws'."""
    return f"{int(j.holds.sum()):,} of {j.draws:,} draws"


def renewed(text: str, judged: Sequence[Judged]) -> str:
    """`text` with the shares that it quotes as they were found; sentences that are not known stay."""
    found = {j.sentence.id: held(j) for j in judged}
    return QUOTED.sub(lambda m: m[1] + found[m[2]] if m[2] in found else m[0], text)


def where(j: Judged) -> list[str]:
    """What tells the draws in which a sentence does not hold from the others, or those in which it does, in words."""
    if not j.draws:
        return ["It is defined in no draw."]
    n = int(j.holds.sum() if j.rarer else (~j.holds).sum())
    does = "holds" if j.rarer else "does not hold"
    if not n:
        return [f"It {'holds in none' if j.rarer else 'holds in all'}."]
    said = [f"It {does} in {n:,}."]
    if not len(j.apart):
        return [*said, f"To say what tells them apart takes {FEWEST} draws of either kind."]
    if j.rule:
        r = j.rule
        shaky = " So do not rely on this region." if min(r.support.values()) <= SHAKY else ""
        said.append(
            f"Most of them lie where {told(r.limits)}: {r.caught:,} of these {r.failing:,} (coverage"
            f" {r.coverage:.0%}), and of all {r.inside:,} draws there it {does} in {r.density:.0%} (density). Searched"
            f" in one half of the draws and counted in the other, in {percent(r.checked)}.{shaky}"
        )
    else:
        said.append("No region of the assumed numbers tells them apart beyond chance.")
    clear = [s for s in j.apart[:APART].to_dict("records") if s["p"] * len(j.apart) < 1 - ROBUST]
    if clear:
        medians = [f"`{s['factor']}` (median {s['median_fail']:.3g}, else {s['median_other']:.3g})" for s in clear]
        said.append(f"What differs most in these draws: {', '.join(medians)}.")
    return said


def page(a: Answer) -> str:
    """The page as Markdown."""
    lines = [f"<!-- Made by `{a.about['command']}`; do not edit. -->", "", "# What rests on assumption", "",
             f"Made on {a.about['ended'][:10]} by `{a.about['command']}`, with the model `{a.about['model'][:12]}`."
             f" {a.city}, {a.months} months, {a.draws:,} draws, {a.seeds} paired seeds in each.",
             "", *_numbers(a), "", *_sentences(a), "", *_conditions(a), *_tips(a)]  # fmt: skip
    if a.screened:
        lines += ["", *_screening(a)]
    return "\n".join(lines) + "\n"


def _numbers(a: Answer) -> list[str]:
    total = len(PARAMETERS)
    unsure = sum(p.source.sure == "assumed" for p in PARAMETERS.values())
    counted = ", ".join(f"{kind} {n} ({n / total:.0%})" for kind, n in kinds().items())
    return [
        "## Where the numbers come from",
        "",
        f"{total} settings; their defaults are from: {counted}. A number of the booklet's has its direction from there"
        f" and no size, so {unsure} ({unsure / total:.0%}) have a size that is assumed. Each is in"
        " [parameters.md](../parameters.md), the counts by process in [trace.md](../trace.md).",
        "",
        f"A draw takes {len(a.drawn)} numbers at once from their plausible ranges: all that is assumed, and prices and"
        " effects of tips. What the city's file says stays, and so does what makes a way of engaging what it is (its"
        " file in `configs/scenario/`). Choices and switches are not drawn.",
    ]


def _sentences(a: Answer) -> list[str]:
    lines = [
        "## In how many draws each sentence holds",
        "",
        "In a draw a sentence holds if the mean difference over its seeds has the sign that it says; of several"
        " differences, all. The share has Wilson's 95% interval over draws. *Seeds alone*: the share of draws in which"
        " a 95% interval over the seeds of that draw lies wholly on its side, and on the other. *Halves*: the"
        " share of draws in which odd and even seeds say the same, so that the rest is near a coin's toss."
        f" The verdict is pass where the whole interval is at {ROBUST:.0%} or more, of at least {ENOUGH:,} draws, and"
        " fail where it is below.",
        "",
        row("", "sentence", "holds in", "95%", "seeds alone: for, against", "halves", "verdict"),
        row("---", "---", "---:", "---:", "---:", "---:", "---"),
    ]
    lines += [
        row(j.sentence.id, j.sentence.says, f"{held(j)} ({percent(j.share)})", f"{percent(j.low)} to {percent(j.high)}",
            f"{percent(j.surely)}, {percent(j.surely_not)}", percent(j.agree), f"**{j.verdict}**")
        for j in a.judged
    ]  # fmt: skip
    return [*lines, "", f"![In how many draws each sentence holds]({PICTURE})", "", CAVEAT]


def _conditions(a: Answer) -> list[str]:
    lines = ["## Where they do not hold", ""]
    for j in a.judged:
        lines += [f"**{j.sentence.id}** {j.sentence.says} {' '.join(where(j))}", ""]
    return lines[:-1]


def _tips(a: Answer) -> list[str]:
    if a.ranks.empty:
        return []
    lines = [
        "",
        "## The tips at equal budget",
        "",
        "Each with EUR 50,000 a year against no tip: the mean of the per cent changes of the four benefits.",
        "",
        row("tip", "first in", "last in", "mean rank of 8", "better than no tip in", "median gain, % (tenths)"),
        row("---", *["---:"] * 5),
    ]
    for r in a.ranks.to_dict("records"):
        gain = f"{r['gain']:+.1f} ({r['gain_10']:+.1f} to {r['gain_90']:+.1f})"
        title = presets.title("tip", str(r["tip"]))
        shares = (percent(r["first"]), percent(r["last"]), f"{r['rank']:.1f}", percent(r["helps"]))
        lines.append(row(title, *shares, gain))
    return lines


def _screening(a: Answer) -> list[str]:
    lines = [
        "## Which assumed numbers matter to what token rounds do",
        "",
        f"Morris' screening of all {len(a.screened[0].factors)} assumed numbers that play a part without tips:"
        f" {a.trajectories} trajectories in each of two samples that have nothing in common, one seed for each"
        " trajectory. The outcome is the difference between token rounds and none. mu* is the mean size of its change"
        " when the number goes through its whole plausible range, mu the same with its sign; means of both. Both"
        f" samples should put all numbers in the same order: Spearman's rank correlation of at least {GOAL}.",
    ]
    for s in a.screened:
        unit = OUTCOMES[s.outcome].unit
        reached = "reached" if s.agreement >= GOAL else "not reached"
        lines += [
            "",
            f"**{label(s.outcome)}** (`{s.outcome}`): rank correlation {s.agreement:.2f} over all ({reached});"
            f" {s.common} of the {STRONGEST} strongest of one sample are among those of the other.",
            "",
            row("setting", f"mu* ({'points' if unit == 'share' else unit})", "mu", "place in each sample"),
            row("---", "---:", "---:", "---:"),
        ]
        places = s.factors[["first", "second"]].rank(ascending=False, method="first").astype(int)
        for i, r in s.factors[:SHOWN].iterrows():
            both = f"{places.loc[i, 'first']}, {places.loc[i, 'second']}"
            lines.append(row(f"`{r['factor']}`", change(r["mu_star"], unit).lstrip("+"), change(r["mu"], unit), both))
    return lines


def document(a: Answer) -> dict[str, Any]:
    """Everything as plain values."""
    return {
        "city": a.city,
        "months": a.months,
        "draws": a.draws,
        "seeds": a.seeds,
        "numbers": {"from": kinds(), "drawn": list(a.drawn)},
        "sentences": [_plain(j) for j in a.judged],
        "tips": a.ranks.to_dict("records"),
        "screening": [
            {"outcome": s.outcome, "trajectories": a.trajectories, "agreement": s.agreement, "goal": GOAL,
             "common": s.common, "factors": s.factors.to_dict("records")}
            for s in a.screened
        ],
        "caveat": CAVEAT,
        "provenance": dict(a.about),
    }  # fmt: skip


def _plain(j: Judged) -> dict[str, Any]:
    box = {f: [None if math.isinf(end) else end for end in ends] for f, ends in j.rule.limits.items()} if j.rule else {}
    return {
        "id": j.sentence.id,
        "says": j.sentence.says,
        "holds": int(j.holds.sum()),
        "draws": j.draws,
        "share": j.share,
        "low": j.low,
        "high": j.high,
        "surely": j.surely,
        "surely_not": j.surely_not,
        "halves_agree": j.agree,
        "verdict": j.verdict,
        "where": where(j),
        "box": {"limits": box, "coverage": j.rule.coverage, "density": j.rule.density} if j.rule else None,
    }


def draw_shares(judged: Sequence[Judged], heading: str, file: Path) -> None:
    """A bar per sentence: in which share of draws its seeds alone are for it, it holds, or does not."""
    from matplotlib.patches import Patch

    from sim.study.pictures import drawing, keep

    figure, (axes,) = drawing(1, 1, height=0.8 + 0.27 * len(judged))
    at = np.arange(len(judged))
    share, for_it, against = (100 * np.array([getattr(j, name) for j in judged])
                              for name in ("share", "surely", "surely_not"))  # fmt: skip
    parts = (
        ("holds, by its seeds alone", "#20567a", np.minimum(for_it, share)),
        ("holds", "#8fb8d4", share - np.minimum(for_it, share)),
        ("does not hold", "#f0cfa0", 100 - share - np.minimum(against, 100 - share)),
        ("does not hold, by its seeds alone", "#b8651b", np.minimum(against, 100 - share)),
    )
    left = np.zeros(len(judged))
    for _, colour, width in parts:
        axes.barh(at, width, left=left, color=colour, height=0.75)
        left += width
    ends = [(100 * j.low, 100 * j.high) for j in judged]
    axes.hlines(at, *np.array(ends).T, color="0.1", linewidth=1.5)
    axes.axvline(100 * ROBUST, color="0.1", linewidth=1, linestyle=":")
    axes.set_yticks(at, [f"{j.sentence.says.rstrip('.')}  {j.sentence.id}" for j in judged], fontsize="x-small")
    axes.set_ylim(len(judged) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel("per cent of draws")
    note = f"Black lines are 95% intervals over draws; the dotted line is {ROBUST:.0%}."
    keep(figure, heading, note, file, {title: Patch(color=colour) for title, colour, _ in parts}, CAVEAT)
