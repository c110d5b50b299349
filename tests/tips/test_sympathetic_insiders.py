"""Work with sympathetic insiders, by hand."""

import pytest
from scipy.stats import binomtest

from sim.model.columns import Case
from sim.model.month import contact, power

ALPHA = 1e-4  # of failing by chance
PRICES = {"back_volunteers": 0.5, "find_euros": 5.0, "find_volunteers": 1.0, "widen_volunteers": 0.5}
REST = {"power": {"backing": 0.0}, "contact": {"insider_search": 0.1, "first_steps": 0.0, "other_departments": 0.1}}
LEVERS = ("power.backing", "contact.insider_search", "contact.first_steps", "contact.other_departments")


@pytest.mark.parametrize(
    ("budget", "taken", "levers"),
    [(1e9, (20, 0, 0, 8, 20), (0.5, 0.55, 0.5, 0.55)), (48, (4, 0, 0, 1.6, 4), (0.1, 0.19, 0.1, 0.19))],
)
def test_what_it_takes_and_where_the_levers_stand(follow, took, stand, budget, taken, levers):
    """4 x 5 = EUR 20; 4 x (0.5 + 1 + 0.5) = 8 hours of volunteers. 0.1 + 0.5 x 0.9 = 0.55.

    EUR 48 a year are 4 a month, a fifth: a tenth of what is missing.
    """
    city = follow("sympathetic_insiders", PRICES, REST, budget=budget)
    assert took(city) == pytest.approx(taken)
    whole, own = stand(city, *LEVERS)
    assert whole == pytest.approx(levers)
    assert own == [pytest.approx([level] * 4) for level in levers]


def test_without_time_nobody_is_backed_or_found_but_a_first_step_stays_small(follow, took, stand):
    """To ask for less takes no time, so who has none does that alone."""

    def prepare(city):
        city.initiatives["hours_left"] = 0.0

    city = follow("sympathetic_insiders", PRICES, REST, prepare=prepare)
    assert took(city) == pytest.approx((20, 0, 0, 0, 20))
    assert stand(city, *LEVERS)[0] == pytest.approx((0, 0.1, 0.5, 0.1))


@pytest.mark.parametrize(("strength", "chance"), [(1.0, 0.817574), (0.0, 0.731059)])
def test_backing_makes_a_champion_stronger(follow, strength, chance):
    """Otherwise even; a champion weighs 1, half backed 1.5: 1 / (1 + e^-1.5) = 0.817574 of 900 asks, else 0.731059."""
    even = {"accept": 0.0, "will_weight": 0.0, "trust_weight": 0.0, "fit_weight": 0.0, "risk": 0.0, "imbalance": 0.0}
    even |= {"small_weight": 0.0, "champion_weight": 1.0}

    def prepare(city):
        asks = city.asks
        asks["case"], asks["official"], asks["departments"], asks["small"] = Case.WAITING, 1, 1, True
        asks["asked"], asks["ready"] = 4, 6
        city.officials["hours"] = city.officials["hours_left"] = 1e9
        city.officials["champion"] = True

    town = {"power": even, "outside": {"competence": 1.0, "hostility": 0.0}}
    values = {**PRICES, "strength": strength}
    city = follow("sympathetic_insiders", values, town, initiatives=900, month=6, prepare=prepare)
    power.run(city)
    assert city.flows[0]["decided"] == 900
    assert binomtest(int(city.flows[0]["agreed"]), 900, chance).pvalue > ALPHA


def test_who_follows_it_in_full_goes_to_the_most_open(follow):
    def prepare(city):
        city.initiatives["issue"] = 2
        city.officials["openness"][8] = 0.9  # the third post of the third department

    town = {"contact": {"rate": 1.0, "meetings": 0.0, "ask_rate": 0.0, "wrong_door": 0.0, "seen": 3}}
    city = follow("sympathetic_insiders", {**PRICES, "effect": 1.0}, town, prepare=prepare)
    contact.run(city)
    assert (city.ties["official"][:, 0] == 8).all()
