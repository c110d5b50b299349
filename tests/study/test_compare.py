"""Paired differences against arithmetic by hand."""

import numpy as np
import pandas as pd
import pytest

from sim.study.compare import differences, first_month, interval, per_run

NAN = float("nan")


@pytest.mark.parametrize(("months", "first"), [(120, 25), (60, 13), (10, 3), (5, 2), (4, 1), (1, 1)])
def test_the_first_fifth_is_left_out(months, first):
    assert first_month(months) == first


def test_a_runs_value_is_the_mean_or_the_sum_of_the_compared_months():
    """Months 2 to 5 of 5: trust (1 + 2 + 4 + 5) / 4 = 3; euros 10 + 30 + 40 = 80, one undefined."""
    months = pd.DataFrame(
        {
            "scenario": "a",
            "seed": 1,
            "month": [1, 2, 3, 4, 5],
            "trust": [100.0, 1, 2, 4, 5],
            "euros": [100.0, 10, NAN, 30, 40],
            "attendance": [0.9, NAN, 0.2, NAN, 0.4],
            "response_delay": [1.0, NAN, NAN, NAN, NAN],
            "joint_projects": [1.0, NAN, NAN, NAN, NAN],
        }
    )
    row = per_run(months).loc[("a", 1)]
    assert row["trust"] == 3
    assert row["euros"] == 80
    assert row["attendance"] == pytest.approx(0.3)
    assert np.isnan(row["response_delay"])
    assert np.isnan(row["joint_projects"])  # not 0: it never was defined


def runs(**scenarios):
    """Scenario -> trust by seed, as `per_run` gives it."""
    rows = [(s, seed, value) for s, by_seed in scenarios.items() for seed, value in by_seed.items()]
    return pd.DataFrame(rows, columns=["scenario", "seed", "trust"]).set_index(["scenario", "seed"])


def test_paired_difference_by_hand():
    """Differences 1, 2, 1: mean 4/3, standard error 1/3; Student's t of 2 degrees is 4.302653."""
    table = differences(runs(base={1: 1.0, 2: 2.0, 3: 4.0}, other={1: 2.0, 2: 4.0, 3: 5.0}), "base")
    row = table[table["scenario"] == "other"].iloc[0]
    assert row["outcome"] == "trust"
    assert row["mean"] == pytest.approx(11 / 3)
    assert row["difference"] == pytest.approx(4 / 3)
    assert row["low"] == pytest.approx(4 / 3 - 4.302653 / 3, abs=1e-6)
    assert row["high"] == pytest.approx(4 / 3 + 4.302653 / 3, abs=1e-6)
    assert row["seeds"] == 3
    base = table[table["scenario"] == "base"].iloc[0]
    assert (base["difference"], base["low"], base["high"]) == (0, 0, 0)


def test_pairs_need_both_runs_and_a_defined_outcome():
    """Seed 2 failed in the base, seed 3 is undefined in the other: differences of seeds 1 and 4."""
    table = differences(runs(base={1: 1.0, 3: 1.0, 4: 1.0}, other={1: 2.0, 2: 9.0, 3: NAN, 4: 4.0}), "base")
    row = table[table["scenario"] == "other"].iloc[0]
    assert row["seeds"] == 2
    assert row["difference"] == 2
    assert row["mean"] == 5  # of 2, 9 and 4


def test_a_difference_that_is_always_the_same_has_no_width():
    assert interval(pd.Series([0.5, 0.5, 0.5])) == (0.5, 0.5)


@pytest.mark.parametrize("values", [[], [1.0]])
def test_too_few_runs_have_no_interval(values):
    assert all(np.isnan(end) for end in interval(pd.Series(values, dtype=float)))


def test_an_outcome_that_is_undefined_in_one_scenario():
    row = differences(runs(base={1: NAN, 2: NAN}, other={1: 0.2, 2: 0.4}), "base").iloc[1]
    assert row["mean"] == pytest.approx(0.3)
    assert np.isnan(row["difference"])
    assert row["seeds"] == 0
