"""Verdicts, intervals and options of dockings."""

import math

import numpy as np
import pytest

from sim.study.docking import base, confidence
from sim.study.docking.base import Estimate, Finding, Verdict, above, apart, below, contains, mean, share, within

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED


def at(low, high):
    return Estimate((low + high) / 2, low, high, 9)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.1, 0.2, (PASS, FAIL, PASS, FAIL)),
        (-0.1, 0.2, (UNDECIDED, UNDECIDED, UNDECIDED, UNDECIDED)),
        (-0.1, 0.1, (UNDECIDED, UNDECIDED, UNDECIDED, PASS)),
        (-0.2, -0.1, (FAIL, PASS, FAIL, FAIL)),
        (0.0, 0.0, (FAIL, FAIL, PASS, PASS)),
        (0.4, 0.6, (PASS, FAIL, UNDECIDED, FAIL)),
        (math.nan, math.nan, (UNDECIDED,) * 4),
    ],
)
def test_verdicts(low, high, expected):
    """Above 0, below 0, within 0 and 0.5, and 0 in the interval but nothing beyond 0.15."""
    ours = at(low, high)
    claims = (
        above("", "", ours),
        below("", "", ours),
        within("", "", ours, 0.0, 0.5),
        contains("", "", ours, 0.0, 0.15),
    )
    assert tuple(c.verdict for c in claims) == expected


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [([PASS, FAIL, UNDECIDED], FAIL), ([PASS, UNDECIDED], UNDECIDED), ([PASS, PASS], PASS), ([], Verdict.NOT_JUDGED)],
)
def test_a_finding_is_as_good_as_its_worst_claim(verdicts, together):
    claims = [base.Claim("", "", at(0, 1), v) for v in verdicts]
    assert Finding(claims, {}, []).verdict == together


def test_intervals_by_hand():
    """1, 2, 3: mean 2, sd 1, t(2) = 4.302653: 2.4841 either side. 1 of 2 with Wilson: 0.0945 to 0.9055.
    Means 2 and 5 of three each, sd 1: Welch with 4 degrees, 2.776445 x (2/3)^0.5 = 2.2670.
    """
    ours = mean([1.0, 2.0, 3.0, math.nan])
    assert (ours.value, ours.low, ours.n) == (pytest.approx(2), pytest.approx(2 - 2.48414, abs=1e-5), 3)
    ours = share([True, False])
    assert (ours.low, ours.high) == (pytest.approx(0.0945, abs=1e-4), pytest.approx(0.9055, abs=1e-4))
    ours = apart([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    assert (ours.value, ours.high) == (pytest.approx(-3), pytest.approx(-3 + 2.26700, abs=1e-4))


def test_intervals_hold_the_truth_in_95_of_100():
    """Of 1,000 means of 20 numbers 950 are expected; fewer than 920 or more than 978 once in 10^4."""
    chance = np.random.default_rng(3)
    hits = sum(ours.low <= 0 <= ours.high for ours in (mean(chance.normal(size=20)) for _ in range(1000)))
    assert 920 <= hits <= 978


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"confidence": "0.1,2"}, "D4.confidence: '2'; allowed: a number from 0 to 1"),
        ({"confidence": "nan"}, "D4.confidence: 'nan'"),
        ({"seeds": "3.5"}, "D4.seeds: '3.5'; allowed: a whole number from 2 to 100000"),
        ({"turn": "at_once"}, "D4.turn: no such option; did you mean 'turns'?"),
        ({"turns": "at once"}, "D4.turns: 'at once'; did you mean 'at_once'?; allowed: at_once, in_turn"),
    ],
)
def test_bad_options(words, says):
    faults = []
    assert base.read(confidence.DOCKING, words, faults) is None
    assert len(faults) == 1
    assert says in faults[0]


def test_good_options():
    faults = []
    options = base.read(confidence.DOCKING, {"confidence": "0.1, 0.2", "seeds": "5", "turns": "in_turn"}, faults)
    assert faults == []
    assert (options.confidence, options.seeds, options.turns) == ((0.1, 0.2), 5, "in_turn")
