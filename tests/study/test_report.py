"""Sentences, table and picture follow the numbers, whatever these say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import image, pyplot
from rich import box
from rich.console import Console

from sim.model.outcomes import OUTCOMES
from sim.study import figures, report
from sim.study.compare import differences
from sim.study.words import change, level, with_margin

NAN = float("nan")


def comparison(**values):
    """Two scenarios in three seeds: each outcome 0.5 in the base, and as given in the other."""
    rows = {("base", seed): dict.fromkeys(OUTCOMES, 0.5) for seed in (1, 2, 3)}
    for at, seed in enumerate((1, 2, 3)):
        rows["other", seed] = dict.fromkeys(OUTCOMES, 0.5) | {o: v[at] for o, v in values.items()}
    runs = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["scenario", "seed"])
    numbers = differences(runs, "base").set_index(["outcome", "scenario"])
    return report.Comparison("Town", {"base": "Nothing", "other": "Much"}, "base", 3, 120, numbers)


class TestSentences:
    def test_higher_lower_and_not_shown(self):
        """Trust +0.10 +-0.025 (4.303 * 0.01 / sqrt 3), say -0.2 exactly, projects -1, 0 and +1."""
        c = comparison(
            trust=[0.59, 0.60, 0.61], participation_marginalised=[0.3, 0.3, 0.3], joint_projects=[-0.5, 0.5, 1.5]
        )
        text = report.sentences(c)["other"]
        assert text.startswith("Much, against Nothing (with 95% intervals): ")
        assert "trust in the city higher by 10 percentage points (8 to 12)" in text
        assert "share of marginalised residents who volunteer lower by 20 percentage points (20 to 20)" in text
        shown, unclear = text.split("; no difference could be shown in ")
        assert "joint projects delivered" in unclear
        assert "joint projects" not in shown

    def test_reversed_numbers_reverse_the_verdict(self):
        higher = report.sentences(comparison(trust=[0.59, 0.60, 0.61]))["other"]
        lower = report.sentences(comparison(trust=[0.41, 0.40, 0.39]))["other"]
        assert "trust in the city lower by 10 percentage points (8 to 12)" in lower
        assert higher.replace("higher", "lower") == lower

    def test_undefined_is_not_a_difference(self):
        text = report.sentences(comparison(trust=[NAN, NAN, NAN]))["other"]
        assert "no difference could be shown in trust in the city, " in text

    def test_the_baseline_tells_its_levels(self):
        text = report.sentences(comparison())["base"]
        assert text.startswith("Nothing, with which the others are compared: trust in the city 50%, ")


def test_the_table_shows_means_and_differences():
    console = Console(width=150)
    with console.capture() as capture:
        console.print(report.table(comparison(trust=[0.59, 0.60, 0.61]), ", ", box.MARKDOWN))
    [row] = [line for line in capture.get().splitlines() if "trust in the city" in line]
    assert [cell.strip() for cell in row.strip("|").split("|")] == ["trust in the city", "50%", "60%, +10 ± 2"]


def test_the_report_of_a_folder(tmp_path):
    chance = np.random.default_rng(1)
    months = pd.DataFrame(
        [(s, seed, month) for s in ("base", "other") for seed in (1, 2, 3) for month in range(1, 25)],
        columns=["scenario", "seed", "month"],
    )
    for outcome in OUTCOMES:
        months[outcome] = chance.random(len(months))
    months.to_parquet(tmp_path / "months.parquet")
    c = report.read(tmp_path, "Town", {"base": "Nothing", "other": "Much"}, "base")
    report.write(tmp_path, c)
    assert (c.seeds, c.months, c.period) == (3, 24, "months 5 to 24")
    assert len(pd.read_csv(tmp_path / "comparison.csv")) == 2 * len(OUTCOMES)
    assert image.imread(tmp_path / "figure.png").shape[:2] == (1275, 1650)
    assert "<svg" in (tmp_path / "figure.svg").read_text()
    summary = (tmp_path / "summary.md").read_text()
    assert all(text in summary for text in report.sentences(c).values())
    assert all(label in summary for label in report.HEADLINES.values())
    document = report.document(c)
    assert document["outcomes"]["trust"]["scenarios"]["base"]["difference"] == 0
    assert document["outcomes"].keys() == OUTCOMES.keys()


def test_panels_of_a_row_have_the_same_scale():
    figure, row = pyplot.subplots(1, 2)
    row[0].set_ylim(0.40, 0.50)
    row[1].set_ylim(0.1, 0.14)
    figures._same_scale(row)
    assert row[0].get_ylim() == pytest.approx((0.40, 0.50))
    assert row[1].get_ylim() == pytest.approx((0.07, 0.17))
    pyplot.close(figure)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.4123, "share", "41.2%"),
        (1, "share", "100%"),
        (0, "share", "0%"),
        (17.0, "count", "17"),
        (1234.5, "EUR", "1,234"),
        (0.03123, "ratio", "0.0312"),
        (NAN, "share", "-"),
        (float("inf"), "months", "-"),
    ],
)
def test_levels(value, unit, text):
    assert level(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"), [(0.0512, "share", "+5.12"), (-3, "count", "-3"), (0, "count", "0"), (NAN, "share", "-")]
)
def test_changes(value, unit, text):
    assert change(value, unit) == text


@pytest.mark.parametrize(
    ("value", "margin", "unit", "text"),
    [
        (-0.00569, 0.000265, "share", "-0.57 ± 0.03"),
        (9667.4, 2121.9, "EUR", "+9,667 ± 2,122"),
        (2, 0, "count", "+2 ± 0"),
    ],
)
def test_margins(value, margin, unit, text):
    assert with_margin(value, margin, unit) == text
