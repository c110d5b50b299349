"""A comparison for people: table, picture, and sentences made of the numbers in the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from sim.model.outcomes import OUTCOMES
from sim.study import compare, figures
from sim.study.words import level, number, places_of_margin, with_margin

HEADLINES = {
    "trust": "trust in the city",
    "trust_marginalised": "trust of marginalised residents",
    "participation": "share who volunteer",
    "participation_marginalised": "share of marginalised residents who volunteer",
    "have_a_say": "belief to have a say",
    "tokenism_gap": "promised minus delivered influence",
    "joint_projects": "joint projects delivered",
    "gain_over_alone": "gain over acting alone (in small projects)",
    "diverse_money": "share of money to informal and marginalised-led initiatives",
    "staff_hours": "staff hours",
    "volunteer_hours": "volunteer hours",
    "euros": "euros",
}
TOLD = ("trust", "participation_marginalised", "joint_projects")
PANELS = (
    (
        ("trust", "Trust in the city: all residents"),
        ("trust_marginalised", "Trust in the city: marginalised residents"),
    ),
    (
        ("participation", "Volunteering in a month: all residents"),
        ("participation_marginalised", "Volunteering in a month: marginalised residents"),
    ),
)
CAVEAT = (
    "From a model in which many numbers are assumed: read directions and conditions, not forecasts."
    " The intervals show chance between runs, not that doubt; of twenty, one misses."
)


@dataclass(frozen=True)
class Comparison:
    """Scenarios compared with a baseline in one city.

    `titles`: scenario -> its name in words; `numbers`: the table of `compare.differences`, with
    its index set to outcome and scenario.
    """

    city: str
    titles: Mapping[str, str]
    baseline: str
    seeds: int
    months: int
    numbers: pd.DataFrame

    @property
    def period(self) -> str:
        """The compared months, in words."""
        return f"months {compare.first_month(self.months)} to {self.months}"

    @property
    def heading(self) -> str:
        """What was compared."""
        return f"{self.city}: {self.period}, {self.seeds} paired runs of each scenario"


def read(folder: Path, city: str, titles: Mapping[str, str], baseline: str) -> Comparison:
    """The comparison of the runs in `folder`'s months.parquet."""
    months = pd.read_parquet(folder / "months.parquet")
    numbers = compare.differences(compare.per_run(months), baseline)
    return Comparison(
        city,
        titles,
        baseline,
        months["seed"].nunique(),
        int(months["month"].max()),
        numbers.set_index(["outcome", "scenario"]),
    )


def write(folder: Path, c: Comparison) -> None:
    """Add comparison.csv, figure.png, figure.svg and summary.md to `folder`."""
    c.numbers.to_csv(folder / "comparison.csv")
    figures.over_time(
        pd.read_parquet(folder / "months.parquet"),
        PANELS,
        c.titles,
        heading=f"{c.city}: trust and volunteering under each way of engaging residents",
        note=f"Mean of {c.seeds} runs with its 95% interval; paired differences are surer than these bands show."
        f" The axes do not begin at zero, and the two of a row have the same scale. {CAVEAT}",
        file=folder / "figure",
    )
    page = StringIO()
    Console(file=page, width=200).print(table(c, ", ", box.MARKDOWN))
    told = "\n\n".join(sentences(c).values())
    text = f"# {c.heading}\n\n{told}\n\n{page.getvalue().strip()}\n\n{legend(c)}\n\n{CAVEAT}\n"
    (folder / "summary.md").write_text(text, encoding="utf-8")


def document(c: Comparison) -> dict[str, Any]:
    """The comparison as plain values: every outcome, by scenario."""
    by_outcome = {
        name: {
            "unit": o.unit,
            "benefit": o.benefit,
            "total": o.total,
            "scenarios": {s: c.numbers.loc[(name, s)].to_dict() for s in c.titles},
        }
        for name, o in OUTCOMES.items()
    }
    return {
        "baseline": c.baseline,
        "months": [compare.first_month(c.months), c.months],
        "outcomes": by_outcome,
        "sentences": sentences(c),
    }


def table(c: Comparison, between: str, frame: box.Box) -> Table:
    """Headline outcomes by scenario: mean, and paired difference with half its 95% interval."""
    shown = Table("", box=frame, pad_edge=False)
    for title in c.titles.values():
        shown.add_column(title, justify="right")
    for outcome, label in HEADLINES.items():
        shown.add_row(label, *(_cell(c, outcome, scenario, between) for scenario in c.titles))
    return shown


def _cell(c: Comparison, outcome: str, scenario: str, between: str) -> str:
    row, unit = c.numbers.loc[(outcome, scenario)], OUTCOMES[outcome].unit
    mean = level(row["mean"], unit)
    if scenario == c.baseline or pd.isna(row["difference"]):
        return mean
    return mean + between + with_margin(row["difference"], (row["high"] - row["low"]) / 2, unit)


def show(c: Comparison, console: Console) -> None:
    """Print the table, how to read it, and the sentences."""
    console.print(f"[bold]{c.heading}[/bold]")
    console.print(table(c, "\n", box.SIMPLE_HEAD))
    for text in (legend(c), *sentences(c).values()):
        console.print(text, markup=False)
        console.print()


def legend(c: Comparison) -> str:
    """How to read the table."""
    return (
        f"Means over {c.period}; sums for projects, gain, hours and euros. Then the paired"
        f" difference to {c.titles[c.baseline]} ± half of its 95% interval, for shares in percentage points."
    )


def sentences(c: Comparison) -> dict[str, str]:
    """Scenario -> one sentence: its direction and size where the interval leaves no doubt."""
    return {scenario: _sentence(c, scenario) for scenario in c.titles}


def _sentence(c: Comparison, scenario: str) -> str:
    title = c.titles[scenario]
    if scenario == c.baseline:
        levels = [f"{HEADLINES[o]} {level(c.numbers.loc[(o, scenario), 'mean'], OUTCOMES[o].unit)}" for o in TOLD]
        return f"{title}, with which the others are compared: {listed(levels)}."
    shown, unclear = [], []
    for outcome in TOLD:
        row = c.numbers.loc[(outcome, scenario)]
        if row["low"] > 0 or row["high"] < 0:
            shown.append(f"{HEADLINES[outcome]} {by(row, OUTCOMES[outcome].unit)}")
        else:
            unclear.append(HEADLINES[outcome])
    parts = [listed(shown)] if shown else []
    parts += [f"no difference could be shown in {listed(unclear)}"] if unclear else []
    return f"{title}, against {c.titles[c.baseline]} (with 95% intervals): {'; '.join(parts)}."


def by(row: "pd.Series[float]", unit: str) -> str:
    """'higher by 1.2 (1.1 to 1.3)'."""
    digits = places_of_margin(row["difference"], (row["high"] - row["low"]) / 2, unit)
    near, far = sorted((abs(row["low"]), abs(row["high"])))
    by, near, far = (number(abs(v), unit, digits) for v in (row["difference"], near, far))
    points = " percentage points" if unit == "share" else ""
    return f"{'higher' if row['low'] > 0 else 'lower'} by {by}{points} ({near} to {far})"


def listed(parts: list[str]) -> str:
    """'a, b and c'."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
