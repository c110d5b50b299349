"""The model against replicas of draws, beginnings and outcomes, written from docs/odd.md alone (docs/replica.md)."""

import math
import random

import pytest

from sim.model import chance, kernels
from sim.model.chance import Ask
from sim.study.lawful import Drawn
from tests.replica import draws
from tests.replica.around import EDGES, MONTHS, begun_otherwise, measured_otherwise, of_beginnings, of_months

KEYS, MANY_KEYS = 3000, 300_000
QUICK, SLOW = range(10), range(200)
GRANULE = 2.0**-54  # a quarter of the least step between two uniform numbers


def keys(n):
    """Seeds, questions, months and who they are about; the largest that occur among them."""
    rng = random.Random(2020)
    for _ in range(n):
        seed = rng.choice([0, rng.randrange(100), rng.randrange(2**63), 2**63 - 1])
        who = rng.choice([rng.randrange(10**7), draws.pair(rng.randrange(2**31 - 1), rng.randrange(2**32))])
        yield seed, rng.randrange(1, len(Ask) + 1), rng.randrange(1201), who


def drawn_otherwise(n):
    """Keys of which something is drawn otherwise than the model draws it."""
    kernels.load()
    return [key for key in keys(n) if not same(*key)]


def same(seed, question, month, who):
    key = (seed, question, month, who)
    u, x = draws.uniform(*key), draws.normal(*key)
    density = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    near = abs(chance.normal(*key) - x) <= 1e-15 * (1.0 + abs(x)) + (u > 0.5) * min(1e-8, GRANULE / density)
    return chance.uniform(*key) == u and chance.happens(0.3, *key) == draws.happens(0.3, *key) and near


def test_draws_are_those_that_the_description_says():
    assert drawn_otherwise(KEYS) == []


def test_numbers_for_two_are_those_that_the_description_says():
    for a, b in [(0, 0), (0, 1), (5, 2**32 - 1), (2**31 - 2, 7)]:
        assert chance.pair(a, b) == draws.pair(a, b)


def test_another_constant_is_caught(monkeypatch):
    monkeypatch.setattr(draws, "G", draws.G + 2)
    assert len(drawn_otherwise(100)) == 100


@pytest.mark.slow
def test_many_draws_are_those_that_the_description_says():
    assert drawn_otherwise(MANY_KEYS) == []


def test_cities_begin_as_the_description_says():
    assert {n: said for n in QUICK if (said := begun_otherwise(of_beginnings(n)))} == {}


@pytest.mark.parametrize("place", EDGES)
def test_cities_of_sizes_between_two_numbers_begin_as_the_description_says(place):
    assert begun_otherwise(Drawn({"city": place}, 7, ())) == []


@pytest.mark.parametrize(
    ("setting", "taken_for"),
    [("city.homophily", 0.37), ("city.local", 0.37), ("city.age_spread", 0.37), ("city.posts_elasticity", 0.97),
     ("trust.gap", 0.037), ("turnover.reject", 0.37), ("volunteers.share", 0.037)],
)  # fmt: skip
def test_a_beginning_with_one_setting_taken_otherwise_is_caught(setting, taken_for):
    assert any(begun_otherwise(of_beginnings(n), {setting: taken_for}) for n in QUICK[1:5])


@pytest.mark.slow
def test_many_cities_begin_as_the_description_says():
    assert {n: said for n in SLOW if (said := begun_otherwise(of_beginnings(n)))} == {}


def measured_so(cities, spoilt=None):
    lives = {n: MONTHS[n // 2 % len(MONTHS)] for n in cities}
    found = {n: measured_otherwise(of_months(n, months), months, spoilt) for n, months in lives.items()}
    return {n: said for n, said in found.items() if said}


def test_months_are_measured_as_the_description_says():
    assert measured_so(QUICK) == {}


@pytest.mark.parametrize("flow", ["hired_within", "value", "kept", "attended"])
def test_an_outcome_of_which_a_flow_is_taken_otherwise_is_caught(flow):
    assert measured_so(QUICK[1:6], flow)


@pytest.mark.slow
def test_months_of_many_cities_are_measured_as_the_description_says():
    assert measured_so(SLOW) == {}
