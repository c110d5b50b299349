"""In how many draws a sentence holds; expected numbers by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from sim.model.outcomes import OUTCOMES
from sim.study.evidence import judging
from sim.study.evidence.draws import Tried
from sim.study.evidence.judging import FAIL, PASS, UNDECIDED, judge
from sim.study.evidence.sentences import BENEFITS, CASES, Sentence, more
from sim.study.evidence.telling import held, renewed, where

TRUST = Sentence("X1", "More.", [more("co_creation", "no_engagement", "trust")])


def tried(differences, outcome="trust", drawn=None, case="co_creation"):
    """Draws in which one case has so much more than all others: (draws, seeds)."""
    differences = np.asarray(differences, float)
    values = np.zeros((len(CASES), *differences.shape, len(OUTCOMES)))
    benefits = np.zeros(values.shape[:3])
    if outcome == BENEFITS:
        benefits[CASES.index(case)] = differences
    else:
        values[CASES.index(case), :, :, [*OUTCOMES].index(outcome)] = differences
    drawn = pd.DataFrame({"a.b": np.arange(len(differences), dtype=float)}) if drawn is None else drawn
    return Tried(drawn, values, benefits, [])


def test_it_holds_where_the_mean_over_seeds_is_above_nothing():
    j = judge(tried([[1, 1], [3, -1], [1, -3], [0, 0]]), TRUST)
    assert list(j.holds) == [True, True, False, False]
    assert held(j) == "2 of 4 draws"


def test_a_tie_is_enough_only_where_it_is_said():
    flat = tried([[0, 0]])
    assert not judge(flat, TRUST).holds[0]
    assert judge(flat, Sentence("X", "No less.", TRUST.differences, ties=True)).holds[0]


def test_all_differences_must_hold():
    both = Sentence("X", "More of both.", [*TRUST.differences, more("co_creation", "no_engagement", "participation")])
    t = tried([[1, 1], [1, 1]])
    t.values[CASES.index("co_creation"), 0, :, [*OUTCOMES].index("participation")] = 2
    assert list(judge(t, both).holds) == [True, False]


def test_an_undefined_draw_counts_nowhere():
    j = judge(tried([[1, 1], [math.nan, math.nan], [1, math.nan]]), TRUST)
    assert held(j) == "2 of 2 draws"
    nothing = judge(tried([[math.nan, math.nan]]), TRUST)
    assert where(nothing) == ["It is defined in no draw."]


def test_wilsons_interval():
    """Of 19 in 20, z = 1.96: (0.95 + z^2/40 -+ z sqrt(0.95*0.05/20 + z^2/1600)) / (1 + z^2/20)."""
    j = judge(tried([[1, 1]] * 19 + [[-1, -1]]), TRUST)
    z = 1.959964
    middle, half = 0.95 + z * z / 40, z * math.sqrt(0.95 * 0.05 / 20 + z * z / 1600)
    assert (j.low, j.high) == pytest.approx(((middle - half) / (1 + z * z / 20), (middle + half) / (1 + z * z / 20)))


def test_seeds_alone():
    """Two seeds, Student's t of one degree of freedom, 12.706: 10 +- 12.706 * sqrt(2)/sqrt(2) holds 0, 10 +- 0 not."""
    j = judge(tried([[9, 11], [10, 10], [-10, -10], [10, 10]]), TRUST)
    assert (j.surely, j.surely_not) == (0.5, 0.25)
    assert math.isnan(judge(tried([[1], [1]]), TRUST).agree)
    assert judge(tried([[1], [1]]), TRUST).surely == 0


def test_halves_are_odd_and_even_seeds():
    j = judge(tried([[5, 5, 5, 5], [5, -1, 5, -1], [-5, 5, -5, 5], [-1, -1, -1, -1]]), TRUST)
    assert j.agree == 0.5


@pytest.mark.parametrize(
    ("held_in", "draws", "verdict"),
    [(1000, 1000, PASS), (970, 1000, PASS), (955, 1000, UNDECIDED), (930, 1000, FAIL), (99, 99, UNDECIDED)],
)
def test_verdicts(held_in, draws, verdict):
    assert judge(tried([[1, 1]] * held_in + [[-1, -1]] * (draws - held_in)), TRUST).verdict == verdict


def test_what_tells_draws_apart_is_found_and_told():
    draw = np.random.default_rng(0)
    drawn = pd.DataFrame(draw.random((400, 30)), columns=[f"g.s{i}" for i in range(30)])
    fails = (drawn["g.s7"] > 0.6).to_numpy()
    j = judge(tried(np.where(fails, -1.0, 1.0)[:, None].repeat(2, axis=1), drawn=drawn), TRUST)
    assert [*j.rule.limits] == ["g.s7"]
    assert j.rule.limits["g.s7"][0] == pytest.approx(0.6, abs=0.02)
    assert (j.rule.coverage, j.rule.density) == pytest.approx((1, 1), abs=0.05)
    words = " ".join(where(j))
    assert words.startswith(f"It does not hold in {fails.sum()}.")
    assert "g.s7 above 0.59" in words
    assert "coverage" in words
    assert "density" in words


def test_of_a_sentence_that_mostly_fails_it_is_told_where_it_holds():
    draw = np.random.default_rng(0)
    drawn = pd.DataFrame(draw.random((300, 5)), columns=[f"g.s{i}" for i in range(5)])
    holds = (drawn["g.s2"] < 0.2).to_numpy()
    j = judge(tried(np.where(holds, 1.0, -1.0)[:, None].repeat(2, axis=1), drawn=drawn), TRUST)
    assert j.rarer
    assert [*j.rule.limits] == ["g.s2"]
    assert " ".join(where(j)).startswith(f"It holds in {holds.sum()}.")


def test_noise_is_not_told_apart():
    draw = np.random.default_rng(5)
    drawn = pd.DataFrame(draw.random((200, 3)), columns=["g.a", "g.b", "g.c"])
    alone = draw.permutation(200) < 60
    j = judge(tried(np.where(alone, -1.0, 1.0)[:, None].repeat(2, axis=1), drawn=drawn), TRUST)
    said = " ".join(where(j))
    assert "No region" in said or "do not rely" in said
    assert "differs most" not in said


def test_ranks_of_tips():
    t = tried([[1, 1], [2, 2], [-9, -9]], BENEFITS, case="start_small")
    table = judging.ranks(t).set_index("tip")
    assert table.loc["start_small", "first"] == pytest.approx(2 / 3)
    assert table.loc["start_small", "last"] == pytest.approx(1 / 3)
    assert table.loc["start_small", "rank"] == pytest.approx((1 + 1 + 8) / 3)
    assert table.loc["start_small", "helps"] == pytest.approx(2 / 3)
    assert table.loc["come_prepared", "rank"] == pytest.approx((5 + 5 + 4) / 3)


def test_quoted_shares_are_renewed():
    j = judge(tried([[1, 1]] * 3 + [[-1, -1]]), TRUST)
    link = "[X1](docs/evidence/assumed.md): holds in"
    other = "[X2](docs/evidence/assumed.md): holds in 1 of 2 draws"
    assert renewed(f"so ({link} 1,950 of 2,000 draws), {other}.", [j]) == f"so ({link} 3 of 4 draws), {other}."
