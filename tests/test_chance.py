"""Random numbers: uniform, independent between questions, the same whoever else is there."""

import numpy as np
import pytest
from scipy import stats

from sim.model import chance, kernels
from sim.model.chance import Ask

kernels.load()
N = 5_000
# Each check fails by chance once in a million runs of fresh seeds; here the seeds are fixed.
ALPHA = 1e-6


def splitmix(z):
    """The finaliser of SplitMix64 in Python's integers."""
    mask = 2**64 - 1
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
    return z ^ (z >> 31)


def expected(seed, ask, month, who):
    mask, golden = 2**64 - 1, 0x9E3779B97F4A7C15
    key = splitmix(seed + golden & mask)
    key = splitmix(key ^ (ask * golden & mask))
    key = splitmix(key ^ (month * golden & mask))
    return ((splitmix(key + who * golden & mask) >> 12) + 0.5) / 2**52


@pytest.mark.parametrize("args", [(0, 1, 0, 0), (7, 30, 119, 4999), (2**62, 80, 1200, 2**40)])
def test_it_is_splitmix_keyed_by_four_numbers(args):
    assert chance.uniform(*args) == expected(*args)


def draws(seed, ask, month):
    return np.array([chance.uniform(seed, ask, month, i) for i in range(N)])


def test_it_is_uniform_and_never_0_or_1():
    u = draws(1, Ask.FORUM_ATTEND, 3)
    assert 0 < u.min() < u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > ALPHA


@pytest.mark.parametrize(
    "other",
    [(2, Ask.FORUM_ATTEND, 3), (1, Ask.FORUM_SEAT, 3), (1, Ask.FORUM_ATTEND, 4)],
    ids=["seed", "question", "month"],
)
def test_neighbouring_streams_are_unrelated(other):
    a, b = draws(1, Ask.FORUM_ATTEND, 3), draws(*other)
    for shift in (0, 1):  # keys that grow linearly would give the same stream, moved by one
        assert stats.pearsonr(a[shift:], b[: N - shift]).pvalue > ALPHA


def test_chances_of_0_and_1_are_certain():
    assert not any(chance.happens(0.0, 5, Ask.FOUND, 1, i) for i in range(N))
    assert all(chance.happens(1.0, 5, Ask.FOUND, 1, i) for i in range(N))


def test_normal_numbers_are_normal():
    z = [chance.normal(9, Ask.BEGIN_DRIVE, 0, i) for i in range(N)]
    assert stats.kstest(z, "norm").pvalue > ALPHA


def test_the_quantile_is_the_textbooks():
    for u in (1e-15, 1e-6, 0.02, 0.024251, 0.3, 0.5, 0.9, 0.97576, 1 - 1e-9):
        assert chance.quantile(u) == pytest.approx(stats.norm.ppf(u), abs=1e-8)


def test_pairs_do_not_collide():
    seen = {chance.pair(a, b) for a in range(60) for b in (0, 1, 59, 65_535)}
    assert len(seen) == 240


def test_questions_have_different_numbers():
    assert len({int(a) for a in Ask}) == len(Ask.__members__)
