"""Pictures of what is in the store."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter

from sim.study.compare import interval

Panels = Sequence[Sequence[tuple[str, str]]]


def over_time(
    months: pd.DataFrame, panels: Panels, titles: Mapping[str, str], heading: str, note: str, file: Path
) -> None:
    """Draw shares over the years, a line per scenario, to `file` with endings .png and .svg.

    `months` is the table of months; `panels` a grid of outcomes and their titles; `titles` gives
    the scenarios' names in words, in the order of the legend. A line is the mean over seeds, with
    the 95% interval of that mean. The panels of a row have the same scale, not the same start.
    """
    sns.set_theme(style="whitegrid", palette="colorblind")
    figure, grid = plt.subplots(
        len(panels),
        len(panels[0]),
        figsize=(11, 8.5),
        sharex=True,
        squeeze=False,
        layout=ConstrainedLayoutEngine(rect=(0, 0.08, 1, 0.83)),  # room for heading and note
    )
    years = months.assign(years=months["month"] / 12)
    for axes, row in zip(grid, panels, strict=True):
        for one, (outcome, title) in zip(axes, row, strict=True):
            _lines(one, years, outcome, list(titles))
            one.set_title(title, loc="left")
        _same_scale(axes)
    lines = grid[0][0].get_lines()[: len(titles)]
    figure.legend(
        lines, list(titles.values()), loc="upper left", bbox_to_anchor=(0.005, 0.96), ncols=len(titles), frameon=False
    )
    figure.text(0.01, 0.965, heading, weight="bold", size="large")
    figure.text(0.01, 0.01, textwrap.fill(note, 140), size="small", color="0.35")
    figure.savefig(file.with_suffix(".png"), dpi=150)
    figure.savefig(file.with_suffix(".svg"), metadata={"Date": None})
    plt.close(figure)


def _lines(axes: Any, years: pd.DataFrame, outcome: str, scenarios: list[str]) -> None:
    sns.lineplot(
        years,
        x="years",
        y=outcome,
        hue="scenario",
        hue_order=scenarios,
        style="scenario",
        style_order=scenarios,
        errorbar=interval,
        ax=axes,
        legend=False,
    )
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g}%"))
    axes.set(xlabel="years", ylabel="")


def _same_scale(row: Sequence[Any]) -> None:
    span = max(high - low for low, high in (axes.get_ylim() for axes in row))
    for axes in row:
        middle = sum(axes.get_ylim()) / 2
        axes.set_ylim(middle - span / 2, middle + span / 2)
