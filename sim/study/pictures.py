"""Pictures of an analysis, each saved as .png and .svg with its heading, caption and caveat."""

import math
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.model.outcomes import OUTCOMES
from sim.model.settings import PARAMETERS
from sim.study.compare import Floats
from sim.study.load import Experiment

CAVEAT = (
    "From a model in which many numbers are assumed: read directions and conditions, not forecasts. Intervals show"
    " chance between runs and, where futures were sampled, between futures; not doubt about assumed numbers."
)
WIDTH = 11.0  # inches
MARKERS = "osD^vP"
LINES = 6  # policies whose lines can be told apart
MOST = 24  # rows of a picture that can still be read
PANELS = 9
KEY, KEY_OF_FOUR = 36, 25  # letters of a title in a legend of three columns, and of four
LINE = 0.23  # inches of a line in a legend


def differences(found: pd.DataFrame, study: Experiment, than: str, label: Callable[[str], str], file: Path) -> None:
    """A panel per outcome: each policy's difference to its baseline, with its 95% interval."""
    outcomes = [o for o in dict.fromkeys(found["outcome"]) if found.loc[found["outcome"] == o, "low"].notna().any()]
    words = dict(zip(study.names, study.titles, strict=True))
    rows = list(dict.fromkeys(zip(found["policy"], found["baseline"], strict=True)))[:MOST]
    if not outcomes:
        return
    outcomes = outcomes[:PANELS]
    figure, panels = drawing(len(outcomes), 3, height=1.1 + 0.34 * len(rows), sharey=True)
    for axes, outcome in zip(panels, outcomes, strict=False):
        own = found[found["outcome"] == outcome].set_index(["policy", "baseline"]).reindex(rows)
        middle, at = own["difference"].to_numpy(), np.arange(len(rows))
        axes.axvline(0, color="0.4", linewidth=1)
        axes.hlines(at, own["low"], own["high"], color="C0", linewidth=2)
        axes.plot(middle, at, "o", color="C0", markersize=5)
        axes.set_title(textwrap.fill(capital(label(outcome)), 30), loc="left", size="medium")
        axes.set_xlabel(unit_of(outcome, difference=True))
        scale(axes.xaxis, outcome, difference=True)
        axes.margins(x=0.1)
        axes.set_yticks(at, [textwrap.fill(words[p], 28) for p, _ in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
    extent = "futures and seeds" if study.sampled else "seeds"
    note = f"Dots: mean difference over {extent}; bars: its 95% interval. Left of the line: lower than {than}."
    keep(figure, f"Differences to {than}", note, file)


def curves(own: pd.DataFrame, study: Experiment, factors: Sequence[str], outcome: str, label: str, file: Path) -> None:
    """A panel per factor, a line per policy, with 95% bands."""
    figure, panels = drawing(len(factors), 3, height=4.2, sharey=True)
    shown = study.names[:LINES]
    colours = sns.color_palette("colorblind", len(shown))
    for axes, factor in zip(panels, factors, strict=False):
        for name, colour, marker in zip(shown, colours, MARKERS, strict=False):
            line = own[(own["factor"] == factor) & (own["policy"] == name)]
            axes.plot(line["at"], line["mean"], color=colour, marker=marker, markersize=5)
            axes.fill_between(line["at"], line["low"], line["high"], color=colour, alpha=0.2, linewidth=0)
        axes.set_xlabel(_meaning(factor, 36), size="small")
        _plain(axes.xaxis)
        scale(axes.yaxis, outcome)
    panels[0].set_ylabel(unit_of(outcome))
    titles = [textwrap.shorten(t, 40) for t in study.titles[: len(shown)]]
    keys = dict(zip(titles, panels[0].get_lines(), strict=False)) if len(titles) > 1 else {}
    how = {
        "oat": "mean over seeds, the other settings at their base",
        "grid": "mean over seeds and over the other settings",
        "file": "mean over seeds and over the other settings",
    }.get(study.kind, "mean over the futures in an eighth of the range, whatever the other settings are")
    what = "futures" if study.sampled else "seeds"
    note = f"Points: {how}; bands: 95% interval of that mean over {what}. The axis need not begin at zero."
    note += _first_of(len(shown), len(study.names))
    keep(figure, f"{capital(label)}: how it responds", note, file, keys)


def maps(pairs: pd.DataFrame, study: Experiment, most: int, outcome: str, label: str, file: Path) -> None:
    """A heat map for each policy (across) and pair of factors (down)."""
    names = [n for n in study.names if n in set(pairs["policy"])][:most]
    both = list(dict.fromkeys(zip(pairs["x"], pairs["y"], strict=True)))
    figure, panels = drawing(len(both) * len(names), len(names), height=3.5)
    low, high = pairs["mean"].min(), pairs["mean"].max()
    words = dict(zip(study.names, study.titles, strict=True))
    image = None
    for axes, (x, y, name) in zip(panels, [(x, y, n) for x, y in both for n in names], strict=True):
        own = pairs[(pairs["x"] == x) & (pairs["y"] == y) & (pairs["policy"] == name)]
        table = own.pivot(index="at_y", columns="at_x", values="mean").sort_index()
        image = axes.imshow(table, origin="lower", aspect="auto", cmap="cividis", vmin=low, vmax=high)
        axes.set_xticks(range(table.shape[1]), [f"{v:.3g}" for v in table.columns])
        axes.set_yticks(range(table.shape[0]), [f"{v:.3g}" for v in table.index])
        axes.grid(False)
        axes.tick_params(labelsize="small")
        axes.set_xlabel(x, size="small")
        if name == names[0]:
            axes.set_ylabel(y, size="small")
        axes.set_title(textwrap.shorten(words[name], 80 // len(names)), loc="left", size="medium")
    bar = figure.colorbar(image, ax=panels, label=unit_of(outcome), aspect=30)
    scale(bar.ax.yaxis, outcome)
    cell = "a cell is the mean of the futures in it" if study.sampled else "a cell is the mean over seeds"
    meant = [f"{f}: {_doc(f)}" for f in dict.fromkeys(f for pair in both for f in pair)]
    note = (
        f"{'; '.join(meant)}. One colour scale for all maps; {cell}. Where the rows of a map differ in more than"
        " level, the two settings work together."
    )
    note += _first_of(len(names), len(study.names))
    keep(figure, f"{capital(label)}: two settings at a time", note, file)


def indices(own: pd.DataFrame, study: Experiment, factors: Sequence[str], outcome: str, label: str, file: Path) -> None:
    """Bars of mu* or of S1 and ST, with 95% intervals, a panel per policy."""
    names = [n for n in study.names if n in set(own["policy"])][:4]
    figure, panels = drawing(len(names), 2, height=1.2 + 0.5 * len(factors), sharey=True)
    morris = "mu_star" in own
    reach = [own[key] + own[f"{key}_conf"] for key in (("mu_star",) if morris else ("S1", "ST"))]
    farthest = max(float(r.max()) for r in reach)
    bars = (("mu_star", "C0", 0.0),) if morris else (("S1", "C0", -0.2), ("ST", "C1", 0.2))
    words = dict(zip(study.names, study.titles, strict=True))
    at = np.arange(len(factors))
    for axes, name in zip(panels, names, strict=False):
        table = own[own["policy"] == name].set_index("factor").loc[list(factors)]
        for key, colour, shift in bars:
            axes.barh(at + shift, table[key], 0.7 if morris else 0.38, color=colour, xerr=table[f"{key}_conf"],
                      error_kw={"linewidth": 1.2, "ecolor": "0.25"})  # fmt: skip
        axes.set_yticks(
            at, [f"{textwrap.shorten(capital(_doc(f)), 52, placeholder=' …')}\n{f}" for f in factors], size="small"
        )
        axes.set_ylim(len(factors) - 0.4, -0.6)
        axes.set_xlim(0 if morris else -0.1, 1.05 * farthest if farthest > 0 else 1)
        axes.set_title(textwrap.shorten(words[name], 50), loc="left", size="medium")
        if morris:
            scale(axes.xaxis, outcome, difference=True)
        axes.set_xlabel(f"size of the effect, {unit_of(outcome, difference=True)}" if morris else "share of variance")
    keys = {} if morris else {"alone (S1)": Patch(color="C0"), "together with others (ST)": Patch(color="C1")}
    what = "Bars: mean effect of going through the whole range" if morris else "Bars: share of the variance"
    note = f"{what}; thin lines: its 95% interval. Means over the same {len(study.seeds)} seeds in every future."
    note += _first_of(len(names), len(study.names))
    keep(figure, f"{capital(label)}: which settings matter", note, file, keys)


def failing(
    futures: pd.DataFrame,
    fails: npt.NDArray[np.bool_],
    two: Sequence[str],
    limits: Mapping[str, tuple[float, float]],
    policy: str,
    when: str,
    file: Path,
) -> None:
    """Failing and other futures by the two settings that tell most, and the rule's box."""
    x, y = (*two, *two)[:2]
    figure, (axes,) = drawing(1, 1, height=5.6)
    keys = {}
    chosen = np.random.default_rng(0).permutation(len(futures))[:3000]
    for flag, colour, marker, name in ((False, "C0", "o", "holds"), (True, "C1", "X", "fails")):
        own = futures.iloc[chosen[fails[chosen] == flag]]
        size = 26 if flag else 20
        keys[name] = axes.scatter(own[x], own[y], size, color=colour, marker=marker, alpha=0.8, linewidth=0)
    sides = []
    for name in (x, y):
        low, high = limits.get(name, (-math.inf, math.inf))
        sides.append((max(low, futures[name].min()), min(high, futures[name].max())))
    if x in limits or y in limits:
        (left, right), (low, high) = sides
        axes.add_patch(Rectangle((left, low), right - left, high - low, fill=False, linewidth=2, edgecolor="0.15"))
    axes.set_xlabel(_meaning(x, 90))
    axes.set_ylabel(_meaning(y, 50))
    _plain(axes.xaxis)
    _plain(axes.yaxis)
    others = [n for n in limits if n not in two]
    more = f" It limits also {', '.join(others)}, which the picture cannot show." if others else ""
    rest = f" {len(chosen):,} of {len(futures):,} futures are drawn." if len(chosen) < len(futures) else ""
    box = "Box: where failing is most concentrated." if x in limits or y in limits else "No rule was found."
    note = f"A point is a future; it fails if there {when}, by its mean over seeds. {box}{more}{rest}"
    keep(figure, f"When {policy} fails", note, file, keys)


def robustness(values: Floats, study: Experiment, outcome: str, label: str, file: Path) -> None:
    """Every policy over the same futures: its values, and how far it falls behind the best."""
    from sim.study.discovery import direction

    every = values[:, ~np.isnan(values).any(axis=0)]
    sense = direction(outcome)
    whole, regret = (table[:MOST] for table in (every, (sense * every).max(axis=0) - sense * every))
    titles = [textwrap.fill(textwrap.shorten(t, 60), 30) for t in study.titles[: len(whole)]]
    figure, panels = drawing(2, 2, height=1.4 + 0.45 * len(titles), sharey=True)
    for axes, table, name in zip(panels, (whole, regret), (capital(label), "Regret"), strict=True):
        axes.boxplot(
            list(table), orientation="horizontal", whis=(5, 95), widths=0.55, showfliers=False, patch_artist=True,
            boxprops={"facecolor": sns.color_palette("colorblind")[0], "alpha": 0.5}, medianprops={"color": "0.1"},
        )  # fmt: skip
        axes.plot(table.max(axis=1) if name == "Regret" else (sense * table).min(axis=1) * sense,
                  np.arange(1, len(titles) + 1), "X", color="C1", markersize=7)  # fmt: skip
        axes.set_title(name, loc="left", size="medium")
        axes.set_xlabel(unit_of(outcome, difference=name == "Regret"))
        scale(axes.xaxis, outcome, difference=name == "Regret")
    panels[0].set_yticks(np.arange(1, len(titles) + 1), titles)
    panels[0].set_ylim(len(titles) + 0.6, 0.4)
    note = (
        f"The same {whole.shape[1]} futures for every policy, each by its mean over {len(study.seeds)} seeds. Boxes:"
        " middle half of futures, and their median; whiskers: nine tenths; crosses: the worst. Regret: how far it"
        f" falls behind the policy that does best in a future.{_first_of(len(whole), len(every))}"
    )
    keep(figure, f"{capital(label)}: how it holds over all futures", note, file)


def convergence(found: pd.DataFrame, outcome: str, label: str, what: str, file: Path) -> None:
    """Half-width of the 95% interval against the number of seeds."""
    figure, (axes,) = drawing(1, 1, height=4.8)
    every = list(dict.fromkeys(found["what"]))
    names = every[:LINES]
    for name, colour, marker in zip(names, sns.color_palette("colorblind", len(names)), MARKERS, strict=False):
        own = found[(found["what"] == name) & (found["seeds"] >= 3)]
        axes.plot(own["seeds"], own["half_width"], color=colour, marker=marker, label=textwrap.shorten(name, 60))
    last = found[found["seeds"] == found["seeds"].max()]["half_width"].max()
    n = int(found["seeds"].max())
    if last > 0:
        steps = np.geomspace(3, 4 * n, 40)
        axes.plot(
            steps, last * np.sqrt(n / steps), color="0.55", linestyle="--", label="four times as many, half as wide"
        )
        shown = found.loc[(found["seeds"] >= 3) & (found["half_width"] > 0), "half_width"]
        axes.set(xscale="log", yscale="log", xlim=(2.8, 4.4 * n))
        axes.set_ylim(min(last / 2.2, 0.8 * shown.min()), 1.4 * shown.max())
    ticks = [t for t in (3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000) if t <= 4 * n]
    axes.set_xticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()
    low, high = axes.get_ylim()
    round_ones = (1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 4, 5, 6, 8)
    axes.set_yticks([h for p in range(-8, 9) for h in (s * 10.0**p for s in round_ones) if low <= h <= high])
    scale(axes.yaxis, outcome, difference=True)
    axes.set_xlabel("seeds")
    axes.set_ylabel(f"half of the 95% interval, {unit_of(outcome, difference=True)}")
    axes.legend(frameon=False)
    note = f"Half of the 95% interval of the {what}, from the first seeds only; both axes are logarithmic."
    note += _first_of(len(names), len(every))
    keep(figure, f"{capital(label)}: how surely, with how many seeds", note, file)


def drawing(n: int, across: int, height: float, sharey: bool = False) -> tuple[Any, list[Any]]:
    """A figure with `n` panels, at most `across` in a row, and room for heading and caption."""
    sns.set_theme(style="whitegrid", palette="colorblind")
    columns = max(min(n, across), 1)
    rows = math.ceil(n / columns)
    size = (WIDTH, rows * height + 1.5)
    figure, grid = plt.subplots(
        rows, columns, figsize=size, sharey=sharey, squeeze=False, layout=ConstrainedLayoutEngine(h_pad=0.08)
    )
    flat = list(grid.flat)
    for axes in flat[n:]:
        axes.set_axis_off()
    return figure, flat[:n]


def keep(
    figure: Any, heading: str, note: str, file: Path, keys: Mapping[str, Any] | None = None, caveat: str = CAVEAT
) -> None:
    """Add heading, the legend's `keys` (title -> what it looks like) and caption, and save."""
    titles = [textwrap.fill(title, KEY) for title in keys or ()]
    across = min(len(titles), 4 if max(map(len, titles), default=0) <= KEY_OF_FOUR else 3)
    deep = _deep(titles, across)
    wide, tall = figure.get_size_inches()
    tall += max(deep - 2 * LINE, 0.0)  # a long legend leaves the panels as they are
    figure.set_size_inches(wide, tall)
    caption = textwrap.wrap(f"{note} {caveat}", 140)
    above = 0.5 + (deep + 0.12 if keys else 0.0)
    figure.text(0.01, 1 - 0.12 / tall, textwrap.shorten(heading, 110), weight="bold", size="large", va="top")
    figure.text(0.01, 0.1 / tall, "\n".join(caption), size="small", color="0.35", va="bottom")
    if keys:
        figure.legend(
            list(keys.values()), titles, loc="upper left", bbox_to_anchor=(0.0, 1 - 0.38 / tall), frameon=False,
            ncols=across,
        )  # fmt: skip
    below = 0.25 + 0.19 * len(caption)
    figure.get_layout_engine().set(rect=(0, below / tall, 1, 1 - (above + below) / tall))
    figure.savefig(file.with_suffix(".png"), dpi=150)
    with plt.rc_context({"svg.hashsalt": "sim"}):  # the same picture has the same bytes
        figure.savefig(file.with_suffix(".svg"), metadata={"Date": None})
    plt.close(figure)


def _deep(titles: Sequence[str], across: int) -> float:
    """The height in inches of a legend, whose columns are filled one after the other."""
    if not titles:
        return 0.0
    each = [LINE + 0.17 * title.count("\n") for title in titles]
    rows = math.ceil(len(titles) / across)
    return max(sum(each[i : i + rows]) for i in range(0, len(each), rows))


def _first_of(drawn: int, all_of_them: int) -> str:
    return f" The first {drawn} of {all_of_them} are drawn; all are in the table." if drawn < all_of_them else ""


def _plain(axis: Any) -> None:
    axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.4g}"))


def scale(axis: Any, outcome: str, difference: bool = False) -> None:
    """Shares as per cent, differences of shares in percentage points."""
    if axis.get_scale() == "linear" and axis.axis_name == "x":
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    if OUTCOMES[outcome].unit == "share":
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.4g}{'' if difference else '%'}"))
    else:
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.10g}"))


def unit_of(outcome: str, difference: bool = False) -> str:
    """The unit of an outcome, or of a difference in it, as an axis has it."""
    unit = OUTCOMES[outcome].unit
    if unit == "share":
        return "percentage points" if difference else "share"
    return {"count": "number", "EUR": "euros"}.get(unit, unit)


def _meaning(factor: str, width: int) -> str:
    """A setting in words, with its name and unit."""
    p = PARAMETERS.get(factor)
    if p is None:
        return factor
    unit = f" ({p.unit})" if p.unit else ""
    return f"{textwrap.fill(capital(_doc(factor)), width)}\n{factor}{unit}"


def _doc(factor: str) -> str:
    """What a setting means, without the key of its mechanism."""
    return re.sub(r" \(M\d+[^)]*\)", "", PARAMETERS[factor].doc) if factor in PARAMETERS else factor


def capital(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]
