"""Come prepared, by hand."""

import pytest
from scipy.stats import binomtest

from sim.model.columns import Case
from sim.model.month import power

ALPHA = 1e-4  # of failing by chance
PRICES = {"prepare_euros": 12.0, "prepare_volunteers": 1.5, "perspective_staff": 0.1, "perspective_volunteers": 0.5,
          "contribute_volunteers": 0.5}  # fmt: skip
REST = {"contact": {"preparation": 0.3, "perspective": 0.0, "contribution": 0.0}}
LEVERS = ("contact.preparation", "contact.perspective", "contact.contribution")


@pytest.mark.parametrize(
    ("budget", "taken", "levers"),
    [(1e9, (48, 0.4, 0, 10, 64), (0.65, 0.5, 0.5)), (384, (24, 0.2, 0, 5, 32), (0.475, 0.25, 0.25))],
)
def test_what_it_takes_and_where_the_levers_stand(follow, took, stand, budget, taken, levers):
    """Four initiatives: 4 x 12 = EUR 48; 4 x 0.1 = 0.4 hours of staff at EUR 40: 64 in all; 4 x (1.5 + 0.5 + 0.5) = 10
    hours of volunteers. Half of what is missing: 0.3 + 0.5 x 0.7 = 0.65. EUR 384 a year are 32 a month: half of it.
    """
    city = follow("come_prepared", PRICES, REST, budget=budget)
    assert took(city) == pytest.approx(taken)
    whole, own = stand(city, *LEVERS)
    assert whole == pytest.approx(levers)
    assert own == [pytest.approx([level] * 4) for level in levers]
    assert city.initiatives["hours_left"] == pytest.approx([100 - taken[3] / 4] * 4)
    assert city.officials["hours_left"].sum() == pytest.approx(18_000 - taken[1] / 2)


def test_for_formal_initiatives_only_the_city_has_the_mean(follow, took, stand):
    """Three of four: EUR 36, 0.3 hours, 7.5 of volunteers; 0.65 for three and 0.3 for one make 0.5625."""
    city = follow("come_prepared", {**PRICES, "whom": "formal"}, REST, informal=[2])
    assert took(city) == pytest.approx((36, 0.3, 0, 7.5, 48))
    assert stand(city, "contact.preparation") == ([pytest.approx(0.5625)], [pytest.approx([0.65, 0.65, 0.3, 0.65])])


def test_who_has_an_hour_takes_in_what_an_hour_allows(follow, took, stand):
    """One hour where 2.5 are needed: 0.4 of half of what is missing, 0.3 + 0.2 x 0.7 = 0.44; the money is spent."""

    def prepare(city):
        city.initiatives["hours_left"][1] = 1.0

    city = follow("come_prepared", PRICES, REST, prepare=prepare)
    assert took(city) == pytest.approx((48, 0.4, 0, 8.5, 64))
    assert stand(city, "contact.preparation")[1] == [pytest.approx([0.65, 0.44, 0.65, 0.65])]
    assert city.initiatives["hours_left"][1] == pytest.approx(0, abs=1e-12)


def asks(city, desk=1):
    """Every initiative has a small ask that is ripe this month."""
    asks = city.asks
    asks["case"], asks["official"], asks["departments"], asks["small"] = Case.WAITING, desk, 1, True
    asks["asked"], asks["ready"] = city.month - 2, city.month
    city.officials["hours"] = city.officials["hours_left"] = 1e9


EVEN = {"accept": 0.0, "will_weight": 0.0, "trust_weight": 0.0, "fit_weight": 0.0, "risk": 0.0, "imbalance": 0.0}
EVEN |= {"small_weight": 0.0, "quick_win": 0.0}


@pytest.mark.parametrize(("strength", "chance"), [(1.0, 0.622459), (0.0, 0.5)])
def test_a_shown_contribution_speaks_for_an_ask(follow, strength, chance):
    """Otherwise even; half shown at a weight of 1: log-odds 0.5, 1 / (1 + e^-0.5) = 0.622459, of 900 asks."""
    weights = {"power": {**EVEN, "contribution_weight": 1.0}, "outside": {"competence": 1.0, "hostility": 0.0}}
    city = follow("come_prepared", {**PRICES, "strength": strength}, weights, initiatives=900, month=6, prepare=asks)
    power.run(city)
    assert city.flows[0]["decided"] == 900
    assert binomtest(int(city.flows[0]["agreed"]), 900, chance).pvalue > ALPHA


@pytest.mark.parametrize(("strength", "blamed"), [(1.0, 0), (0.0, 4)])
def test_who_takes_the_citys_view_does_not_blame_it_for_what_others_decide(follow, strength, blamed):
    """Nothing is in the city's power and nobody knows; whoever takes its view in full blames nobody."""
    values = {**PRICES, "strength": strength, "effect": 1.0}
    city = follow("come_prepared", values, {"outside": {"competence": 0.0}}, month=6, prepare=asks)
    power.run(city)
    assert (city.flows[0]["refused_outside"], city.flows[0]["blamed"]) == (4, blamed)
