"""D4: the city's `hear` among people who meet in pairs."""

import numpy as np
import pytest

from sim.study.docking import confidence
from sim.study.docking.base import Verdict
from sim.study.docking.confidence import Options, clusters, meet

# 40 replications: a number of clusters has a standard deviation of 0.3 at a bound of 0.3, and less at the others, so
# that the half width of 0.1 leaves a right kernel outside of its margin of 0.3 once in 10^4 times.
FEW = Options(seeds=40, people=200, sweeps=40)
SLOW = Options(seeds=6, people=60, sweeps=20)


def verdict(o, seed=1):
    return confidence.judge(o, [confidence.one(o, seed, k) for k in range(o.seeds)]).verdict


@pytest.mark.parametrize(("at_once", "expected"), [(True, [0.3, 0.3, 0.9]), (False, [0.25, 0.3, 0.9])])
def test_two_who_meet(at_once, expected):
    """0.2 and 0.4 with a pull of a half: both 0.3; in turn, the second hears 0.2 (0.3), then the first hears 0.3
    (0.25). 0.9 is too far from either.
    """
    views = np.array([[0.2], [0.4], [0.9]])
    meet(views, np.array([[0, 1], [0, 2], [2, 1]]), np.full(2, 0.5), np.full(2, 0.3), at_once)
    assert views.ravel() == pytest.approx(expected)


def test_clusters_are_parted_by_gaps_and_have_a_least_size():
    """Of 10: five near 0.1, four near 0.6, one at 0.9, which is a tenth."""
    views = np.array([0.1, 0.12, 0.14, 0.16, 0.18, 0.6, 0.61, 0.62, 0.63, 0.9])
    assert [clusters(views, 0.05, least) for least in (0.1, 0.11, 0.5)] == [3, 2, 1]
    assert clusters(views, 0.5, 0.1) == 1


def test_the_citys_kernel_passes():
    assert verdict(FEW) == Verdict.PASS


def test_the_same_replication_is_the_same():
    assert confidence.one(FEW, 1, 3) == confidence.one(FEW, 1, 3)


def wrong(change):
    """`hear` with another bound of confidence."""
    hear = confidence.hear

    def heard(views, pairs, pull, reach, at_once):
        for i, j in pairs:
            table = views[[i, j]]
            again = table.copy()
            hear(table, 0, pull, change(reach))
            hear(again, 1, pull, change(reach))
            views[i], views[j] = again[0], table[1]

    return heard


@pytest.mark.parametrize(
    "change", [lambda r: 0.5 * r, lambda r: 1.0 + 0 * r, lambda r: 0.2 + 0 * r], ids=["half", "all", "fixed"]
)
def test_a_wrong_rule_of_confidence_fails(monkeypatch, change):
    monkeypatch.setattr(confidence, "meet", wrong(change))
    assert verdict(SLOW) == Verdict.FAIL


def test_the_slow_way_of_meeting_does_not_fail(monkeypatch):
    monkeypatch.setattr(confidence, "meet", wrong(lambda reach: reach))
    assert verdict(SLOW) != Verdict.FAIL


def test_a_pull_of_nothing_fails():
    """500 views are nearer to each other than a gap: one cluster, where two are the reference at a bound of 0.2."""
    assert verdict(Options(seeds=4, sweeps=1, pull=0.0)) == Verdict.FAIL
