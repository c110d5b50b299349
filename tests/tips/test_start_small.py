"""Start small, by hand."""

import pytest
from scipy.stats import binomtest

from sim.model.columns import Case, Progress, Vow, Word
from sim.model.month import contact, power, works

ALPHA = 1e-4  # of failing by chance
PRICES = {"framework_staff": 0.3, "framework_volunteers": 0.3, "doors_staff": 0.1}
REST = {"power": {"framework": 0.0}, "contact": {"first_steps": 0.0}, "works": {"spawn": 0.25}}
LEVERS = ("power.framework", "contact.first_steps", "works.spawn")


@pytest.mark.parametrize(
    ("budget", "share", "levers"), [(1e9, 1.0, (0.5, 0.5, 0.625)), (384, 0.5, (0.25, 0.25, 0.4375))]
)
def test_what_it_takes_and_where_the_levers_stand(follow, took, stand, budget, share, levers):
    """4 x (0.3 + 0.1) = 1.6 hours of staff at EUR 40: 64 a month; 4 x 0.3 = 1.2 of volunteers. 0.25 + 0.5 x 0.75."""
    city = follow("start_small", PRICES, REST, budget=budget)
    assert took(city) == pytest.approx([share * x for x in (0, 1.6, 0, 1.2, 64)])
    whole, own = stand(city, *LEVERS)
    assert whole == pytest.approx(levers)
    assert own == [pytest.approx([level] * 4) for level in levers]


def test_staff_hours_that_are_not_there_shrink_it(follow, took, stand):
    """0.8 hours from desks and 0.8 hired; with 0.2 hours at desks a quarter of both, and of every lever."""

    def prepare(city):
        city.officials["hours"] = city.officials["hours_left"] = 0.0
        city.officials["hours"][3] = city.officials["hours_left"][3] = 0.2

    city = follow("start_small", PRICES, REST, prepare=prepare)
    assert took(city) == pytest.approx((0, 0.4, 0, 0.3, 16))
    assert stand(city, *LEVERS)[0] == pytest.approx((0.125, 0.125, 0.34375))
    assert city.officials["hours_left"].sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("strength", "chance"), [(1.0, 0.731059), (0.0, 0.5)])
def test_a_framework_bridges_half_of_the_gap_in_goals(follow, strength, chance):
    """Priority 0.5 and visions 0.5 apart: fit 0.5, 0 log-odds. Half of the gap: 0.75, at a weight of 2: 2 x 0.5 = 1,
    1 / (1 + e^-1) = 0.731059 of 900 asks.
    """
    even = {"accept": 0.0, "will_weight": 0.0, "trust_weight": 0.0, "fit_weight": 2.0, "risk": 0.0, "imbalance": 0.0}
    even |= {"small_weight": 0.0, "vision": 0.0}

    def prepare(city):
        asks = city.asks
        asks["case"], asks["official"], asks["departments"], asks["small"] = Case.WAITING, 1, 1, True
        asks["asked"], asks["ready"] = 4, 6
        city.officials["hours"] = city.officials["hours_left"] = 1e9

    town = {"power": even, "outside": {"competence": 1.0, "hostility": 0.0}, "contact": {"perspective": 0.0}}
    city = follow("start_small", {**PRICES, "strength": strength}, town, initiatives=900, month=6, prepare=prepare)
    power.run(city)
    assert city.flows[0]["decided"] == 900
    assert binomtest(int(city.flows[0]["agreed"]), 900, chance).pvalue > ALPHA


@pytest.mark.parametrize(("strength", "small"), [(1.0, [True, False]), (0.0, [False, False])])
def test_who_has_delivered_nothing_yet_begins_small(follow, meet, strength, small):
    """All ask for large projects; with the advice in full, one without a project behind it does not."""

    def prepare(city):
        for c in (0, 1):
            meet(city, c, 1, trust=0.5)
        city.initiatives["delivered"] = [0, 1]

    search = {"rate": 1.0, "meetings": 0.0, "ask_rate": 1.0, "small_asks": 0.0, "first_steps": 0.0}
    town = {"contact": {**search, "other_departments": 0.0, "familiar": 10_000.0}}
    values = {**PRICES, "strength": strength, "effect": 1.0}
    city = follow("start_small", values, town, initiatives=2, prepare=prepare)
    contact.run(city)
    assert city.flows[0]["asks"] == 2
    assert city.asks["small"].tolist() == small


@pytest.mark.parametrize(("strength", "idea"), [(1.0, 2), (0.0, 0)])
def test_a_project_that_leaves_a_door_open_gives_birth_to_another(follow, strength, idea):
    """A first joint project that is delivered: the next is the second in its line, for sure or never."""

    def prepare(city):
        project = city.projects[0, 0]
        project["progress"], project["official"], project["serial"], project["small"] = Progress.RUNNING, 1, 0, True
        project["effort"], project["done"], project["due"], project["help"] = 120.0, 110.0, 20, 8.0
        city.promises[0, Vow.HELP]["word"] = Word.OPEN

    town = {"works": {"spawn": 0.0, "alone": 0.0, "spend": 0.0, "failure": 0.0, "small_effort": 120.0}}
    city = follow("start_small", {**PRICES, "strength": strength, "effect": 1.0}, town, month=10, prepare=prepare)
    works.run(city)
    assert city.flows[0]["joint"] == 1
    assert city.initiatives["idea"][0] == idea
