"""Verdicts worked out by hand on made-up numbers: pass, fail, undecided; bands; Holm; power; error rates."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.study.patterns import error_rates, judging
from sim.study.patterns.experiment import Want
from sim.study.patterns.judging import FAIL, PASS, UNDECIDED, holm, judge, look, needed, power
from sim.study.patterns.look import Look, quantity

INF = math.inf
MORE = Want(0, INF, 1.0, INF, 1.0, "more")  # of interest from 1
LESS = Want(-INF, 0, -INF, -1.0, -1.0, "less")
BAND = Want(2.0, 4.0, 2.0, 4.0, 3.0, "between")
SAME = Want(-0.5, 0.5, -0.5, 0.5, 0.0, "near")
AT_MOST = Want(-INF, 0.5, -INF, 0.0, 0.0, "at_most")


def around(mean, sd=1.0, n=50):
    """n numbers with exactly this mean and standard deviation."""
    values = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return mean + sd * (values - values.mean()) / values.std(ddof=1)


def verdict(*pairs):
    (found,) = judge([[(look(values, want, len(values)), want) for values, want in pairs]])
    return found.verdict


def test_p_by_hand():
    """Mean 1, sd 2, n 16: error 0.5, t = 2 with 15 degrees of freedom; 95%: 1 -+ 2.1314 x 0.5."""
    found = look(around(1.0, 2.0, 16), MORE, 16)
    assert found.p_pass == pytest.approx(float(stats.t.sf(2.0, 15)))
    assert (found.low, found.high) == pytest.approx((-0.0657, 2.0657), abs=1e-4)
    assert found.size == pytest.approx(0.5)
    assert found.p_fail == pytest.approx(0.5)  # exactly the size of interest


def test_p_and_interval_are_scipys():
    values = np.random.default_rng(4).normal(0.4, 1.0, 12)
    found, theirs = look(values, MORE, 12), stats.ttest_1samp(values, 0.0, alternative="greater")
    ends = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert found.p_pass == pytest.approx(float(theirs.pvalue))
    assert (found.low, found.high) == pytest.approx((float(ends.low), float(ends.high)))


@pytest.mark.parametrize(
    ("mean", "want", "expected"),
    [
        (2.0, MORE, PASS),
        (-2.0, MORE, FAIL),
        (0.0, MORE, FAIL),  # shown to be less than 1, and not shown to be there
        (-2.0, LESS, PASS),
        (2.0, LESS, FAIL),
        (3.0, BAND, PASS),
        (5.0, BAND, FAIL),
        (1.0, BAND, FAIL),
        (4.0, BAND, UNDECIDED),
        (0.0, AT_MOST, PASS),
        (-3.0, AT_MOST, PASS),
        (2.0, AT_MOST, FAIL),
    ],
)
def test_one_statement(mean, want, expected):
    assert verdict((around(mean), want)) == expected


def test_what_is_neither_shown_to_be_there_nor_to_be_small_is_undecided():
    assert verdict((around(0.5, 3.0), MORE)) == UNDECIDED


def test_what_is_there_though_smaller_than_of_interest_does_not_make_a_fact_fail():
    """0.3, sd 0.5, n 50: t = 4.2 above 0, and 9.9 below the size of interest, 1."""
    there, open_ = (around(0.3, 0.5), MORE), (around(0.5, 3.0), MORE)
    assert verdict(there) == PASS
    assert verdict(there, open_) == UNDECIDED
    assert verdict(there, (around(-2.0), MORE)) == FAIL
    (found,) = judge([[(look(values, want, len(values)), want) for values, want in (there, (around(-2.0), MORE))]])
    assert [part.verdict for part in found.parts] == [PASS, FAIL]


def test_what_passes_as_a_fact_of_its_own_makes_none_fail_among_many():
    """t = 3.45 of 50 has p = 0.0006: a pass alone (0.005), and not at the level of sixteen facts (0.0003)."""
    there = (look(around(3.45 / math.sqrt(50) * 0.1, 0.1), MORE, 50), MORE)
    open_ = (look(around(0.5, 3.0), MORE, 50), MORE)
    assert judge([[there]])[0].verdict == PASS
    assert {one.verdict for one in judge([[there, open_]] * 16)} == {UNDECIDED}


def test_equivalence():
    assert verdict((around(0.0, 0.5), SAME)) == PASS
    assert verdict((around(0.0, 5.0), SAME)) == UNDECIDED, "no evidence of a difference is no evidence of none"
    assert verdict((around(2.0, 0.5), SAME)) == FAIL


def test_a_fact_passes_if_all_its_statements_do_and_fails_if_one_does():
    assert verdict((around(2.0), MORE), (around(2.0), MORE)) == PASS
    assert verdict((around(2.0), MORE), (around(0.5, 3.0), MORE)) == UNDECIDED
    assert verdict((around(2.0), MORE), (around(-2.0), MORE)) == FAIL


@pytest.mark.parametrize(("seeds", "decided"), [(4, False), (23, False), (24, True), (200, True)])
def test_what_is_always_the_same_is_certain_once_a_rare_difference_would_have_been_met(seeds, decided):
    """0.8^23 is 0.0059, above half of the 1%, and 0.8^24 is 0.0047."""
    for value, want, expected in ((1.0, MORE, PASS), (0.0, MORE, FAIL), (0.0, SAME, PASS)):
        assert verdict((np.full(seeds, value), want)) == (expected if decided else UNDECIDED)
    assert power(MORE, 0.0, seeds, 0.005) == decided
    assert needed(MORE, 0.0, 0.005, 0.95, 400) == 24
    assert look(np.full(seeds, 1.0), MORE, seeds).p_pass == pytest.approx(0.8**seeds)


def test_few_pairs_say_nothing():
    found = look(around(9.0, 0.1, 5), MORE, 50)
    assert (found.p_pass, found.p_fail) == (1.0, 1.0)
    assert verdict((np.empty(0), MORE)) == UNDECIDED


def test_holm_by_hand():
    """0.01 x 3, 0.02 x 2, and 0.3 x 1; none smaller than one before it."""
    assert holm([0.3, 0.01, 0.02]) == pytest.approx([0.3, 0.03, 0.04])
    assert holm([0.01, 0.011]) == pytest.approx([0.02, 0.02])


def test_more_facts_ask_for_more():
    """t = 3.3 of 50 has p = 0.0009: enough for one fact (0.005), too little among ten (0.0005)."""
    one = [(look(around(3.3 / math.sqrt(50)), MORE, 50), MORE)]
    doubtful = [(look(around(0.6 / math.sqrt(50)), MORE, 50), MORE)]
    assert judge([one])[0].verdict == PASS
    assert judge([one, *[doubtful] * 9])[0].verdict != PASS


def test_power_is_that_of_the_t_test():
    """Effect of one sd, n 20, one-sided 0.005: 1 - nct.cdf(t, 19, sqrt(20))."""
    expected = stats.nct.sf(stats.t.ppf(0.995, 19), 19, math.sqrt(20))
    assert power(MORE, 1.0, 20, 0.005) == pytest.approx(float(expected), abs=1e-6)


def test_the_seeds_that_a_power_takes_are_the_fewest():
    n = needed(MORE, 2.0, 0.0005, 0.95, 1000)
    assert power(MORE, 2.0, n, 0.0005) >= 0.95 > power(MORE, 2.0, n - 1, 0.0005)
    assert needed(MORE, 100.0, 0.0005, 0.95, 1000) == 1001


# --- from months to a number ---

MONTHS = np.array([np.nan, 1.0, 2.0, 3.0, 10.0, 8.0, 4.0, 2.0])


@pytest.mark.parametrize(
    ("take", "expected"),
    [
        ("mean", 2.0),
        ("total", 6.0),
        ("sd", 1.0),
        ("cv", 0.5),
        ("slope", 12.0),
        ("last", 3.0),
        ("lowest", 1.0),
        ("highest", 3.0),
    ],
)
def test_taking_a_window(take, expected):
    assert Look("x", (1, 4), take).of(MONTHS) == pytest.approx(expected)


def test_before_and_after():
    """2 before; 6 in months 5 to 8, three times that; back at 2 three months after the fifth."""
    assert Look("x", (5, 8), "change", (2, 4)).of(MONTHS) == pytest.approx(4.0)
    assert Look("x", (5, 8), "ratio", (2, 4)).of(MONTHS) == pytest.approx(3.0)
    assert Look("x", (5, 8), "recovery", (2, 4), 5).of(MONTHS) == pytest.approx(3.0)
    assert Look("x", (5, 7), "recovery", (2, 4), 5).of(MONTHS) == pytest.approx(2.0), "until the window ends"
    assert math.isnan(Look("x", (1, 1), "mean").of(MONTHS))


def test_formulas():
    values = {"a": np.array([3.0, 5.0]), "b": np.array([1.0, 2.0])}
    assert quantity("a - b").samples(values).tolist() == pytest.approx([2.0, 3.0])
    assert quantity("2 * (a - b) - 1").linear
    assert not quantity("a / b").linear
    ratio = quantity("a / b").samples(values)
    assert ratio.mean() == pytest.approx(4.0 / 1.5), "the ratio of means, not the mean of ratios"
    assert quantity("log(a) - log(b)").at({"a": math.e, "b": 1.0}) == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["a -", "a ** b", "__import__('os')", "a.b", "3", "a if b else a", "exp(a)"])
def test_other_formulas_are_refused(text):
    with pytest.raises(ValueError, match=r"allowed|names nothing"):
        quantity(text)


# --- error rates, measured on numbers whose truth is known ---


def test_error_rates_of_many_facts():
    """Ten facts of normal numbers: false verdicts in at most 1% of runs, effects of 1.2 sd seen by 50 seeds."""
    chance = np.random.default_rng(1)
    want = Want(0, INF, 1.2, INF, 1.2, "more")
    facts = [(f"F{i}", [(chance.normal(size=50), want)]) for i in range(10)]
    pools = [chance.normal(size=100) for _ in range(10)]
    rates = error_rates.measure(facts, pools, repeats=2000)
    for rate in (rates.identical, rates.boundary, rates.opposite):
        assert rate[1] <= judging.ALPHA
    assert rates.lowest > 0.95
    assert not rates.short


def test_error_rates_find_a_broken_check(monkeypatch):
    """Without correction for ten facts, false verdicts are told in far more than 1% of runs."""
    chance = np.random.default_rng(1)
    facts = [(f"F{i}", [(chance.normal(size=50), MORE)]) for i in range(10)]
    monkeypatch.setattr(error_rates, "strictest", lambda _: 0.005)
    assert error_rates.measure(facts, [], repeats=2000).boundary[1] > 0.02


CONTRASTS = ("a - b", "both - a - b + neither", "log(a / b)", "a / b - 1", "0.1 * a + 0.2 * b - 0.3 * c")
LEVELS = (
    "a",
    "a / b",
    "a / b - 1.5",
    "(a + b) / 2",
    "a - 0.5",
    "1 - a - b",
    "log(a + b)",
    "log(2 * a)",
    "(a - b) / (c - d)",
)


@pytest.mark.parametrize(("text", "is_one"), [(t, True) for t in CONTRASTS] + [(t, False) for t in LEVELS])
def test_a_contrast_is_0_where_all_are_alike(text, is_one):
    assert quantity(text).contrast == is_one
