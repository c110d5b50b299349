"""Pushes: how they move levers, and that a push of nothing is nothing."""

import itertools

import numpy as np
import pytest

from sim.model.city import City
from sim.model.levers import LEVERS, Levers, Push, moved
from sim.model.params import BadConfig
from sim.model.settings import Settings

SMALL = {"city": {"population": 30_000, "residents_per_agent": 150}}


def bits(city, months=30):
    city.run(months)
    return city.rows[:months].tobytes()


def test_a_push_makes_up_a_share_of_what_is_missing():
    """0.3 and half of the missing 0.7: 0.65. Twice: half of the missing 0.35 more: 0.825."""
    assert moved("contact.show_value", 0.3, 0.5) == pytest.approx(0.65)
    city = City(Settings.build(SMALL), 5, [Push("contact.show_value", 0.5)] * 2)
    city.step()
    assert city.pushed["show_value"] == pytest.approx(np.full(len(city.pushed), 0.825))


def test_a_lowering_push_takes_a_share_of_what_is_there():
    """Burden 0.5, less 40 percent of it: 0.3."""
    assert moved("funding.burden", 0.5, 0.4) == pytest.approx(0.3)


def test_the_process_reads_the_pushed_value_from_its_month_on():
    city = City(Settings.build(SMALL), 5, [Push("contact.neutral_place", 0.4, start=5), Push("funding.support", 1.0)])
    city.run(4)
    assert city.now.contact[0]["neutral_place"] == 0.0
    city.step()
    assert city.now.contact[0]["neutral_place"] == pytest.approx(0.4)
    assert (city.pushed["support"] == 1.0).all()


@pytest.mark.parametrize("lever", ["contact.show_value", "forum.climb"])
def test_the_order_of_pushes_does_not_change_a_bit(lever):
    pushes = [Push(lever, s) for s in (0.1, 0.37, 0.613, 0.29)]
    seen = set()
    for some in itertools.permutations(pushes):
        city = City(Settings.build({"city": {"population": 5000, "residents_per_agent": 100}}), 5, some)
        city.step()
        seen.add((city.pushed.tobytes(), float(city.now.forum[0]["climb"])))
    assert len(seen) == 1


def test_where_no_initiative_is_active_the_city_makes_the_mean_of_all_niches():
    """Rests at 0.1; gains 0.5 and 0.1 have the mean 0.3: 0.1 + 0.3 x 0.9 = 0.37."""
    levers = Levers(Settings(), 2)
    levers.feel({"contact.insider_search": np.array([0.5, 0.1])}, np.array([False, False]))
    assert levers.now.contact[0]["insider_search"] == pytest.approx(0.37)


def test_what_the_city_makes_of_a_lever_is_the_mean_over_the_active():
    """Show value stands at 0.3; gains 0, 0.5 and 1 where the last is asleep: 0.3, 0.65, 1; mean 0.475."""
    levers = Levers(Settings.build({}), 3)
    gains, active = np.array([0.0, 0.5, 1.0]), np.array([True, True, False])
    levers.feel({"contact.show_value": gains}, active)
    assert levers.pushed["show_value"] == pytest.approx([0.3, 0.65, 1.0])
    assert levers.now.contact[0]["show_value"] == pytest.approx(0.475)
    levers.feel({}, active)
    assert (levers.pushed["show_value"] == 0.3).all()
    assert levers.now.contact[0]["show_value"] == 0.3


@pytest.mark.parametrize("lever", sorted(LEVERS))
def test_a_push_of_strength_0_or_after_the_end_changes_no_bit(lever):
    settings = Settings.build(SMALL)
    plain = bits(City(settings, 5))
    assert bits(City(settings, 5, [Push(lever, 0.0)])) == plain
    assert bits(City(settings, 5, [Push(lever, 1.0, start=31)])) == plain


@pytest.mark.parametrize("lever", sorted(LEVERS))
def test_every_lever_matters_and_only_from_its_month_on(lever):
    # Money is short, or an earmark would decide nothing.
    settings = Settings.build(
        {"city": {"population": 300_000, "residents_per_agent": 3000}, "forum": {"every": 3}, "funding": {"pot": 0.2}}
    )
    plain, pushed_ = City(settings, 5), City(settings, 5, [Push(lever, 1.0, start=13)])
    plain.run(150)
    pushed_.run(150)
    before, after = slice(0, 12), slice(12, 150)
    assert plain.rows[before].tobytes() == pushed_.rows[before].tobytes()
    assert plain.rows[after].tobytes() != pushed_.rows[after].tobytes()


def test_a_bad_push_is_refused():
    with pytest.raises(BadConfig, match=r"contact.show_valu: no such lever; did you mean 'contact.show_value'"):
        Push("contact.show_valu", 0.5)
    with pytest.raises(BadConfig, match="out of range"):
        Push("contact.show_value", np.nan)
