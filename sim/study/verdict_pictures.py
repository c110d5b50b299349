"""Pictures of a comparison of cases: differences, who gains and who loses, benefits against cost."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from sim.model.outcomes import OUTCOMES
from sim.study.compare import interval
from sim.study.goals import HEADLINE
from sim.study.pages import label
from sim.study.pictures import capital, drawing, keep, scale, unit_of
from sim.study.report import CAVEAT
from sim.study.verdict import STAKES, Compared
from sim.study.words import with_margin

MARKERS = "osD^vPX*<>"
MOST = 20  # cases that are drawn
ROW = 34  # letters of a title beside a row


def forest(c: Compared, found: pd.DataFrame, file: Path) -> None:
    """Each case's difference to the baseline in the chosen outcome, with both 95% intervals."""
    own = found[found["outcome"] == c.outcome].dropna(subset="low")[:MOST]
    if own.empty:
        return
    unit = OUTCOMES[c.outcome].unit
    figure, (axes,) = drawing(1, 1, height=0.9 + 0.5 * len(own))
    at = np.arange(len(own))
    axes.axvline(0, color="0.4", linewidth=1)
    axes.hlines(at + 0.14, own["low_bca"], own["high_bca"], color="C1", linewidth=2)
    axes.hlines(at, own["low"], own["high"], color="C0", linewidth=3)
    axes.plot(own["difference"], at, "o", color="C0", markersize=7)
    for y, (_, row) in zip(at, own.iterrows(), strict=True):
        said = with_margin(row["difference"], (row["high"] - row["low"]) / 2, unit)
        axes.annotate(said, (row["difference"], y), (0, 9), textcoords="offset points", ha="center", size="small")
    axes.set_yticks(at, [textwrap.fill(title, ROW) for title in _titles(c, own["case"])])
    axes.set_ylim(len(own) - 0.4, -0.7)
    axes.set_xlabel(f"{label(c.outcome)}, difference in {unit_of(c.outcome, difference=True)}")
    axes.margins(x=0.12)
    scale(axes.xaxis, c.outcome, difference=True)
    keys = {
        "Student's t": Line2D([], [], color="C0", marker="o", linewidth=3),
        "bootstrap (BCa)": Line2D([], [], color="C1", linewidth=2),
    }
    than = c.titles[c.base]
    note = f"Dots: mean difference to {than} over {c.values.shape[1]} paired runs; bars: its 95% interval, in two ways."
    keep(figure, f"{capital(label(c.outcome))}: difference to {than}", note, file, keys, CAVEAT)


def stakes(c: Compared, found: pd.DataFrame, file: Path) -> None:
    """A panel per thing at stake: each group's difference in each case, with its 95% interval."""
    by_measure: dict[str, list[str]] = {}
    for stake in STAKES:
        by_measure.setdefault(f"{stake.group.split()[-1]}: {stake.measure}", []).append(stake.outcome)
    names = [c.names[i] for i in c.others][:MOST]
    figure, panels = drawing(len(by_measure), 3, height=1.3 + 0.4 * len(names), sharey=True)
    of = {stake.outcome: stake.group for stake in STAKES}
    at = np.arange(len(names))
    for axes, (what, outcomes) in zip(panels, by_measure.items(), strict=False):
        axes.axvline(0, color="0.4", linewidth=1)
        for n, outcome in enumerate(outcomes):
            own = found[found["outcome"] == outcome].set_index("case").reindex(names)
            y = at + (n - (len(outcomes) - 1) / 2) * 0.3
            colour = _colour(of[outcome])
            axes.hlines(y, own["low"], own["high"], color=colour, linewidth=2)
            axes.plot(own["difference"], y, _marker(of[outcome]), color=colour, markersize=5)
        axes.set_title(capital(what), loc="left", size="medium")
        axes.set_xlabel(unit_of(outcomes[0], difference=True))
        scale(axes.xaxis, outcomes[0], difference=True)
        axes.margins(x=0.1)
        axes.set_yticks(at, [textwrap.fill(title, 28) for title in _titles(c, names)])
        axes.set_ylim(len(names) - 0.4, -0.6)
    groups = [*dict.fromkeys(of.values())]
    keys = {g: Line2D([], [], color=_colour(g), marker=_marker(g), linewidth=2) for g in groups}
    than = c.titles[c.base]
    note = f"Dots: mean difference to {than} over {c.values.shape[1]} paired runs; bars: its 95% interval."
    note += " For staff, right of the line is a burden; elsewhere it is a gain."
    keep(figure, f"Who gains and who loses, against {than}", note, file, keys, CAVEAT)


def trade(c: Compared, best: pd.DataFrame, file: Path) -> None:
    """A panel per benefit: what each case adds to it, against what it costs the city more a year."""
    axes_of = [o for o in HEADLINE.values() if o in best]
    if not axes_of:
        return
    figure, panels = drawing(len(axes_of), 2, height=3.4)
    cost = c.cost()
    names = [*c.names][:MOST]
    colours = sns.color_palette("colorblind", 10)
    keys = {}
    open_ones = dict(zip(best["case"], best["best"] < 0.5, strict=True))
    for axes, outcome in zip(panels, axes_of, strict=True):
        axes.axvline(0, color="0.4", linewidth=1)
        axes.axhline(0, color="0.4", linewidth=1)
        values = c.of(outcome)
        for i, name in enumerate(names):
            colour, marker = colours[i % 10], MARKERS[(i + i // 10) % 10]
            x, y = ((v[i] - v[c.base])[~np.isnan(v[i] - v[c.base])] for v in (cost, values))
            axes.plot(interval(x), [y.mean()] * 2, color=colour, linewidth=1.5)
            axes.plot([x.mean()] * 2, interval(y), color=colour, linewidth=1.5)
            face = "white" if open_ones[name] else colour
            drawn = axes.plot(x.mean(), y.mean(), marker, color=colour, markersize=9, mfc=face, mew=1.8)
            keys[c.titles[i]] = drawn[0]
        benefit = next(b for b, o in HEADLINE.items() if o == outcome)
        axes.set_title(f"{capital(benefit)}: {label(outcome)}", loc="left", size="medium")
        axes.set_ylabel(unit_of(outcome, difference=True))
        axes.set_xlabel("extra cost, thousand EUR a year")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / 1000:,.4g}"))
        scale(axes.yaxis, outcome, difference=True)
        axes.margins(0.12)
    note = (
        f"Mean differences to {c.titles[c.base]} over {c.values.shape[1]} paired runs, with 95% intervals. Upper left"
        " is better: more for less. Hollow: in most resamples some other case is at least as good in all four benefits"
        f" and in cost, and better in one. Cost: euros, and staff hours at EUR {c.hour_rate:g}."
    )
    keep(figure, "The four benefits, and what they cost", note, file, keys, CAVEAT)


def _titles(c: Compared, names: Sequence[Any]) -> list[str]:
    titles = dict(zip(c.names, c.titles, strict=True))
    return [titles[name] for name in names]


def _colour(group: str) -> str:
    return "C2" if group == "staff" else "C1" if group.startswith(("marginalised", "informal")) else "C0"


def _marker(group: str) -> str:
    return "D" if group == "staff" else "s" if group.endswith("initiatives") else "o"
