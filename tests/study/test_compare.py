"""Paired differences against arithmetic by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from sim.study import compare
from sim.study.compare import contrast, differences, first_month, interval, per_run, spread

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


def test_what_all_seeds_share_does_not_blur_a_difference():
    """Seeds that differ by hundreds, and a policy that adds 1 to each."""
    base = {1: 100.0, 2: 300.0, 3: 700.0}
    table = differences(runs(base=base, other={seed: value + 1 for seed, value in base.items()}), "base")
    row = table[table["scenario"] == "other"].iloc[0]
    assert (row["difference"], row["low"], row["high"]) == (1, 1, 1)


def test_an_interval_is_scipys():
    values = np.random.default_rng(3).normal(2.0, 1.0, 9)
    ends = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert interval(values) == pytest.approx((float(ends.low), float(ends.high)))


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


def grid(*rows):
    """(futures, seeds)."""
    return np.array(rows, dtype=float)


class TestContrast:
    def test_by_hand(self):
        """Differences 1, 2, 1, as above."""
        c = contrast(grid([2, 4, 5]), grid([1, 2, 4]), sampled=False)
        assert c.difference == pytest.approx(4 / 3)
        assert (c.low, c.high) == pytest.approx((4 / 3 - 4.302653 / 3, 4 / 3 + 4.302653 / 3), abs=1e-6)
        assert c.p == pytest.approx(stats.ttest_rel([2, 4, 5], [1, 2, 4]).pvalue)
        # Deviations -5/3, 1/3, 4/3 and -4/3, -1/3, 5/3: both squares sum to 14/3, the products to 13/3.
        assert c.correlation == pytest.approx(13 / 14)
        assert c.variance_ratio == pytest.approx((7 / 3 + 7 / 3) / (1 / 3))
        assert (c.units, c.pairs) == ("seeds", 3)
        assert (c.higher, c.higher_high) == pytest.approx((1, 1))
        assert c.higher_low == pytest.approx(3 / (3 + stats.norm.ppf(0.975) ** 2))  # Wilson where all are higher

    def test_ties_count_half(self):
        assert contrast(grid([1, 2, 3, 4]), grid([1, 1, 4, 4]), False).higher == (0.5 + 1 + 0 + 0.5) / 4

    def test_a_constant_difference_has_no_width_and_no_nan(self):
        c = contrast(grid([1.1, 2.1, 3.1]), grid([1, 2, 3]), False)
        assert (c.low, c.high, c.low_bca, c.high_bca) == pytest.approx((0.1,) * 4)
        assert c.p == 0
        same = contrast(grid([1, 2, 3]), grid([1, 2, 3]), False)
        assert (same.difference, same.low, same.high, same.p) == (0, 0, 0, 1)

    def test_seeds_that_all_futures_share_are_never_left_out(self):
        """Policies that answer the same five seeds in opposite ways: over 200 studies without a difference,
        at least 88% of the intervals hold 0 (95% less six standard errors of that share)."""
        chance, held = np.random.default_rng(3), 0
        for _ in range(200):
            seeds = chance.normal(size=5)
            a, b = (chance.normal(0, 0.3, (60, 5)) + sign * seeds for sign in (1, -1))
            c = contrast(a, b, True)
            held += c.low <= 0 <= c.high
        assert held >= 0.88 * 200

    def test_runs_that_oppose_each_other_are_compared_in_pairs_too(self):
        """Welch's interval would be too narrow: the variance of the difference is larger, not smaller."""
        a, b = [1.0, 2, 3, 4], [2.0, 1, 2, 1]  # r = -0.45, which four pairs do not tell from 0
        c = contrast(grid(a), grid(b), False)
        paired = stats.ttest_rel(a, b)
        assert (c.low, c.high) == pytest.approx(tuple(paired.confidence_interval()))
        assert c.p == pytest.approx(paired.pvalue)
        assert c.variance_ratio < 1

    def test_intervals_hold_what_they_should_where_runs_oppose_each_other(self):
        """1,000 studies of 10 pairs, r = -0.3, no difference: 95% of intervals hold 0, less five standard errors."""
        chance = np.random.default_rng(8)
        pairs = chance.multivariate_normal([0, 0], [[1, -0.3], [-0.3, 1]], (1000, 10))
        found = [compare.mean_interval(some[None, :, 0] - some[None, :, 1], False) for some in pairs]
        assert np.mean([low <= 0 <= high for low, high, _ in found]) >= 0.95 - 5 * (0.05 * 0.95 / 1000) ** 0.5

    def test_given_futures_leave_only_seeds_to_chance(self):
        """Futures differ by 10; each seed's mean difference over both is 1, 2 and 3."""
        base = grid([0, 0, 0], [10, 10, 10])
        c = contrast(base + grid([1, 2, 3], [1, 2, 3]), base, sampled=False)
        assert c.difference == 2
        assert (c.low, c.high) == pytest.approx((2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5), abs=1e-5)
        assert (c.units, c.pairs) == ("seeds", 3)

    def test_seeds_are_no_samples_of_futures(self):
        """Three futures differ by 1, 2 and 3 whatever the seed: 300 runs tell no more than three."""
        base = np.zeros((3, 100))
        c = contrast(base + grid([1], [2], [3]), base, sampled=True)
        assert (c.units, c.pairs) == ("futures", 3)
        assert (c.low, c.high) == pytest.approx((2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5), abs=1e-5)

    def test_missing_pairs_are_left_out(self):
        c = contrast(grid([2, 9, NAN, 4]), grid([1, NAN, 1, 1]), False)
        assert (c.pairs, c.difference) == (2, 2)

    def test_nothing_in_common(self):
        c = contrast(grid([NAN, 1]), grid([1, NAN]), False)
        assert c.pairs == 0
        assert np.isnan([c.difference, c.low, c.high, c.p, c.higher]).all()


@pytest.mark.parametrize(
    ("futures", "seeds", "correlation", "sampled"),
    [(1, 30, 0.8, False), (1, 10, 0.0, False), (1, 30, -0.6, False), (20, 5, 0.8, False), (40, 5, 0.8, True)],
)
def test_intervals_hold_the_truth_as_often_as_they_say(futures, seeds, correlation, sampled, monkeypatch):
    """400 normal studies with all three sources of variance; 95% +- 3.3 standard errors of that share (3.6%)."""
    monkeypatch.setattr(compare, "LARGE", 0)  # no bootstrap, for speed
    draw = np.random.default_rng(7)
    hit = 0
    for _ in range(400):
        both = draw.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], (futures, seeds))
        by_seed = 0.5 * draw.normal(size=(1, seeds)) if futures > 1 else 0.0
        by_future = draw.normal(size=(futures, 1)) if sampled else np.arange(futures)[:, None] - (futures - 1) / 2
        c = contrast(both[..., 0] + by_seed + by_future + 1, both[..., 1], sampled)
        hit += c.low <= 1 <= c.high
    assert 0.914 <= hit / 400 <= 0.986


def test_the_bootstrap_agrees_with_students_t_on_many_normal_pairs():
    draw = np.random.default_rng(3)
    c = contrast(draw.normal(1, 1, (1, 200)), draw.normal(0, 1, (1, 200)), False)
    assert (c.low_bca, c.high_bca) == pytest.approx((c.low, c.high), abs=0.03)


class TestSpread:
    def test_a_table_without_rest(self):
        """Futures 0 and 4, seeds 0, 1 and 2: variances 8 and 1, nothing else."""
        parts = spread(grid([0, 1, 2], [4, 5, 6]))
        assert (parts.futures, parts.seeds, parts.rest) == pytest.approx((8, 1, 0))

    def test_it_is_the_analysis_of_variance(self):
        """Against statsmodels' mean squares."""
        values = np.random.default_rng(2).normal(size=(6, 4)) + np.arange(6)[:, None]
        frame = pd.DataFrame(values).stack().rename_axis(["f", "s"]).rename("y").reset_index()
        table = anova_lm(ols("y ~ C(f) + C(s)", frame).fit())
        ms = table["sum_sq"] / table["df"]
        parts = spread(values)
        assert parts.rest == pytest.approx(ms["Residual"])
        assert parts.futures == pytest.approx((ms["C(f)"] - ms["Residual"]) / 4)
        assert parts.seeds == pytest.approx(max((ms["C(s)"] - ms["Residual"]) / 6, 0))

    def test_one_seed_tells_nothing_of_seeds(self):
        assert np.isnan(spread(grid([1], [2])).seeds)


@given(arrays(float, (3, 4), elements=st.floats(-1e3, 1e3)), arrays(float, (3, 4), elements=st.floats(-1e3, 1e3)))
@settings(max_examples=60, deadline=None)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # SciPy's, of nearly constant data
def test_turning_the_comparison_round_turns_its_sign(a, b):
    for sampled in (False, True):
        there, back = contrast(a, b, sampled), contrast(b, a, sampled)
        assert there.difference == pytest.approx(-back.difference, abs=1e-9)
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-6)
        assert there.higher == pytest.approx(1 - back.higher)
        assert there.low <= there.difference + 1e-9 <= there.high + 2e-9
