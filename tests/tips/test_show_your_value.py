"""Know and show your value, by hand."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.model.month import forum

ALPHA = 1e-4  # of failing by chance
PRICES = {"value_euros": 8.0, "value_volunteers": 1.0, "multiplier_volunteers": 0.5, "networks_volunteers": 0.3}
REST = {"contact": {"show_value": 0.3, "multiplier": 0.2}}
LEVERS = ("contact.show_value", "contact.multiplier", "forum.networks")


@pytest.mark.parametrize(
    ("budget", "taken", "levers"),
    [(1e9, (32, 0, 0, 7.2, 32), (0.65, 0.6, 0.5)), (96, (8, 0, 0, 1.8, 8), (0.3875, 0.3, 0.125))],
)
def test_what_it_takes_and_where_the_levers_stand(follow, took, stand, budget, taken, levers):
    """4 x 8 = EUR 32; 4 x (1 + 0.5 + 0.3) = 7.2 hours of volunteers. 0.3 + 0.5 x 0.7; 0.2 + 0.5 x 0.8; 0.5.

    EUR 96 a year are 8 a month, a quarter: 0.3 + 0.125 x 0.7, 0.2 + 0.125 x 0.8, 0.125.
    """
    city = follow("show_your_value", PRICES, REST, budget=budget)
    assert took(city) == pytest.approx(taken)
    whole, own = stand(city, *LEVERS)
    assert whole == pytest.approx(levers)
    assert own == [pytest.approx([level] * 4) for level in levers[:2]]


def test_the_city_has_the_networks_of_those_who_are_reached_and_have_the_time(follow, took, stand):
    """Three of four are formal, and one of these has 0.9 of the 1.8 hours: (0.5 + 0.5 + 0.25) / 4 = 0.3125."""

    def prepare(city):
        city.initiatives["hours_left"][0] = 0.9

    city = follow("show_your_value", {**PRICES, "whom": "formal"}, REST, informal=[3], prepare=prepare)
    assert took(city) == pytest.approx((24, 0, 0, 4.5, 24))
    assert stand(city, "forum.networks")[0] == [pytest.approx(0.3125)]
    assert stand(city, "contact.show_value")[1] == [pytest.approx([0.475, 0.65, 0.65, 0.3])]


# Who comes depends on being asked alone; informing needs no table.
ROUND = {"rung": "inform", "staff_hours": 24.0, "hours": 3.0, "search": 0.5, "word": math.log(2.0), "asked_weight": 2.0}
ROUND |= {"appeal": 0.0, "influence_weight": 0.0, "cost_weight": 0.0, "notice": 0.0, "invite": 0.0, "bridge": 0.0}


@pytest.mark.parametrize(("strength", "staff", "chance"), [(1.0, 15, 0.731059), (0.0, 27, 0.5)])
def test_networks_save_staff_and_bring_people(follow, strength, staff, chance):
    """24 hours, half of them to find people, and an evening of 3: 24 x 0.5 + 3 = 15 instead of 27. A word from an
    initiative that reaches all is worth ln 2 invitations: 1 - e^-ln2 = 0.5 at a weight of 2; 1 / (1 + e^-1) of 1,000.
    """

    def prepare(city):
        city.residents.belongs[:] = np.arange(len(city.residents)) % 4
        city.initiatives["reach"] = 1.0

    values = {**PRICES, "strength": strength, "effect": 1.0}
    town = {"forum": ROUND, "city": {"residents_per_agent": 100}}
    city = follow("show_your_value", values, town, month=12, prepare=prepare)
    forum.run(city)
    assert city.flows[0]["staff_forum"] == pytest.approx(staff)
    assert binomtest(int(city.flows[0]["attended"]), 1000, chance).pvalue > ALPHA
