"""D9: least efforts of groups that grow."""

from dataclasses import replace

import numpy as np
import pytest

from sim.model.month.trust import Trust
from sim.model.params import record
from sim.study.docking import growth
from sim.study.docking.base import Verdict
from sim.study.docking.growth import Options, play

# 200 groups: the smallest difference, 0.2 of an effort, is six of its standard errors.
FEW = Options(groups=200)


def verdicts(o):
    return [c.verdict for c in growth.judge(o, [growth.one(o, 1, k) for k in range(o.groups)]).claims]


def test_two_by_hand():
    """Expectations 0.5 and 1: efforts 1 + 3 = 4 and 7; the least is 4, which is 0.5 of the way.

    The second learns from a bad month of (1 - 0.5) / 1: with a gain of 0.1 and an asymmetry of 2, 1 - 0.2 x 1 x 0.5 =
    0.9; then 0.9 - 0.2 x 0.4 = 0.82.
    """
    beliefs = np.array([0.5, 1.0])
    trust = record(Trust(gain=0.1, asymmetry=2.0))
    least = play(trust, beliefs, np.zeros((2, 2)), np.array([2, 2]), False)
    assert list(least) == [4, 4]
    assert beliefs == pytest.approx([0.5, 0.82])


def test_who_watches_learns_before_entering():
    """One who expects nothing watches one who gives all: 0.1, then 0.19; who does not watch begins at 0."""
    for informed, least in ((True, 1 + 1), (False, 1)):
        beliefs = np.array([1.0, 0.0])
        found = play(record(Trust(gain=0.1)), beliefs, np.zeros((3, 2)), np.array([1, 1, 2]), informed)
        assert list(found) == [7, 7, least]


def test_entries():
    """From 2 by one every 3 months, by five, and all at once."""
    o = Options(rounds=10)
    assert list(growth._entered(o, "slow")) == [2, 2, 2, 3, 3, 3, 4, 4, 4, 5]
    assert list(growth._entered(o, "fast")) == [2, 2, 2, 7, 7, 7, 12, 12, 12, 12]
    assert list(growth._entered(o, "large")) == [12] * 10


def test_the_order_holds():
    assert verdicts(FEW) == [Verdict.PASS] * 3


def test_people_who_learn_nothing_fail():
    """Without learning those who enter are no better for what they watched."""
    assert verdicts(replace(FEW, gain=0.0)) == [Verdict.FAIL] * 3


def test_slow_that_is_fast_fails():
    assert verdicts(replace(FEW, many=1))[0] == Verdict.FAIL
