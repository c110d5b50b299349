"""Cities of other seeds begin otherwise."""

import numpy as np
import pytest

from sim.model.city import City
from sim.model.settings import Settings

TOWN = {"city": {"population": 60_000, "residents_per_agent": 60, "residents_per_initiative": 600}}


@pytest.fixture(scope="module")
def two():
    return [City(Settings.build(TOWN), seed) for seed in (1, 2)]


@pytest.mark.parametrize("trait", ["status", "time", "skill", "trust", "drive"])
def test_residents_of_two_seeds_are_unrelated(two, trait):
    """1000 pairs: a correlation of 0 lies within 5 / sqrt(1000) = 0.16, but for one case in two million."""
    a, b = (getattr(city.residents, trait) for city in two)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.16


@pytest.mark.parametrize("trait", ["capacity", "knowledge", "vision", "trust", "autonomy"])
def test_initiatives_of_two_seeds_are_unrelated(two, trait):
    """100 pairs and more: 5 / sqrt(100)."""
    a, b = (city.born[trait] for city in two)
    assert len(a) >= 100
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.5


def test_who_knows_whom_is_another_question_for_each_seed(two):
    assert two[0].neighbours.tobytes() != two[1].neighbours.tobytes()
