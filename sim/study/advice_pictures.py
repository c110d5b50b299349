"""Pictures of advice: gains over all futures, and how often each portfolio comes first."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.patches import Patch

from sim.study.compare import Floats
from sim.study.pictures import drawing, keep

KEY = 44  # letters of a title in a line
RANKS = {"first": 1, "second": 2, "third": 3}


def gains(titles: Sequence[str], found: Floats, heading: str, caveat: str, file: Path) -> None:
    """A line per portfolio: a dot for each future, a box for half of them; 0 is no tip."""
    figure, (axes,) = drawing(1, 1, height=0.9 + 0.42 * len(titles))
    spread = np.random.default_rng(0)
    axes.axvline(0, color="0.4", linewidth=1)
    for at, values in enumerate(found):
        known = values[~np.isnan(values)]
        axes.plot(known, at + spread.uniform(-0.25, 0.25, len(known)), ".", color="C0", alpha=0.4, markersize=4)
        low, middle, high = np.quantile(known, (0.25, 0.5, 0.75))
        axes.hlines(at, low, high, color="0.15", linewidth=4, alpha=0.8)
        axes.plot(middle, at, "|", color="white", markersize=9, markeredgewidth=2)
    axes.set_yticks(range(len(titles)), [textwrap.fill(title, KEY) for title in titles])
    axes.set_ylim(len(titles) - 0.4, -0.6)
    axes.set_xlabel("gain over no tip, per cent")
    note = "A dot is one future; the bar holds the middle half of them, the white mark is the median."
    keep(figure, heading, note, file, {}, caveat)


def ranks(titles: Sequence[str], shares: pd.DataFrame, heading: str, caveat: str, file: Path) -> None:
    """A bar per portfolio: in what share of futures it is first, second and third."""
    figure, (axes,) = drawing(1, 1, height=0.9 + 0.36 * len(titles))
    colours = sns.color_palette("cividis", len(RANKS))
    left = np.zeros(len(titles))
    for colour, rank in zip(colours, RANKS.values(), strict=True):
        share = 100 * shares[str(rank)].to_numpy()
        axes.barh(range(len(titles)), share, left=left, color=colour, height=0.7)
        left += share
    axes.set_yticks(range(len(titles)), [textwrap.fill(title, KEY) for title in titles])
    axes.set_ylim(len(titles) - 0.4, -0.6)
    axes.set_xlabel("per cent of futures")
    keys = {name: Patch(color=colour) for name, colour in zip(RANKS, colours, strict=True)}
    keep(
        figure, heading, "How often each portfolio is among the best three of all that were tried.", file, keys, caveat
    )
