"""What tips take adds up: to their part of the budget, to the pots that they swell, to the hours that desks lack."""

import math

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from sim.model import laws
from sim.model.city import City
from sim.model.settings import PARAMETERS, TIPS, Settings

MONTHS = 14
CENT = 0.005
PRICES = [n for n, p in PARAMETERS.items() if n.split(".")[0] in TIPS and "/" in p.unit]


@st.composite
def mixes(draw):
    """A few tips with random weights, starts, reach and prices in a small town; and how they are paid."""
    names = draw(st.lists(st.sampled_from(sorted(TIPS)), min_size=1, max_size=8, unique=True))
    values = {}
    for name in names:
        values[name] = {
            "strength": draw(st.sampled_from([1.0, 1.0, 0.37])),
            "weight": draw(st.sampled_from([0.0, 1.0, 2.5, 1000.0])),
            "start": draw(st.integers(1, MONTHS)),
            "reach": draw(st.floats(0, 1)),
            "effect": draw(st.floats(0, 1)),
            "whom": draw(st.sampled_from(["all", "formal", "diverse"])),
        }
        for price in draw(st.lists(st.sampled_from([p for p in PRICES if p.startswith(f"{name}.")]), max_size=3)):
            param = PARAMETERS[price]
            values[name][price.split(".")[1]] = draw(st.sampled_from([param.low, param.high, param.default]))
    values["tip"] = {
        "budget": draw(st.one_of(st.floats(0, 60_000), st.sampled_from([0.01, 1.0, 1e6, 9.9e8, 1e9]))),
        "hour_rate": draw(st.floats(10, 120)),
        "hired": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "strength": draw(st.sampled_from([1.0, 0.5, 0.0])),
    }
    values["city"] = {
        "population": draw(st.integers(500, 12_000)),
        "residents_per_agent": 9.9,
        "residents_per_initiative": draw(st.floats(200, 3000)),
        "posts": draw(st.floats(2, 300)),
    }
    values["forum"] = {"every": draw(st.integers(0, 12))}
    values["turnover"] = {"annual_rate": draw(st.sampled_from([0.0, 0.9])), "vacancy": draw(st.integers(0, 4))}
    values["funding"] = {"every": draw(st.sampled_from([1, 5, 12])), "pot": draw(st.floats(0, 20))}
    # So that a usual pot is known beforehand; hours as few as there may be.
    values["outside"] = {
        "national_shock": 0.0,
        "national_money": 1.0,
        "staff_hours": draw(st.sampled_from([0.0, 0.3, 5.0])),
    }
    return values


def usual_pot(values):
    """A usual call, in EUR: per head and year, for the months of a call, in a city as large as this."""
    people, funding = values["city"]["population"], values["funding"]
    return funding["pot"] * people * (people / 200_000) ** 0.1 * funding["every"] / 12


@pytest.mark.parametrize("part", range(4))
def test_every_month_adds_up_to_the_cent(part):
    lived = 0

    @seed(part)
    @settings(max_examples=25, phases=[Phase.generate])  # to make a faulty city smaller takes minutes
    @given(mixes(), st.integers(0, 2**40))
    def live(values, number):
        nonlocal lived
        city = City(Settings.build(values), number)
        city.after = laws.check
        means, offers = values["tip"], {n: values[n] for n in TIPS if n in values}
        whole = math.fsum(own["weight"] for own in offers.values())
        swollen = grants = 0.0
        for month in range(1, MONTHS + 1):
            city.step()
            f = city.flows[0]
            taken = (
                f["tip_euros"] + f["tip_grants"] + means["hour_rate"] * (f["staff_tips"] + f["hired"] + f["tip_within"])
            )
            begun = math.fsum(own["weight"] for own in offers.values() if own["start"] <= month)
            if means["budget"] < 1e9:
                aside = means["budget"] / 12 * begun / whole if whole else 0.0
                assert taken + f["tip_unspent"] == pytest.approx(aside, rel=1e-12, abs=CENT)
                assert taken <= aside + CENT
            else:
                assert f["tip_unspent"] == 0
            assert f["hired"] == pytest.approx(means["hired"] * (f["hired"] + f["staff_tips"]))
            grants += f["tip_grants"]
            swollen += f["budgeted"] - (usual_pot(values) if (month - 1) % values["funding"]["every"] == 0 else 0.0)
        assert swollen + city.state[0]["top_up"] == pytest.approx(grants, rel=1e-9, abs=CENT)
        lived += 1

    live()
    assert lived >= 25


def test_two_tips_share_by_weight_and_what_one_cannot_use_stays_unspent(follow):
    """EUR 1,200 a year, three parts to one: 75 and 25 a month. To show value takes 32 and leaves 43; to come prepared
    takes 64 and gets 25.
    """
    prices = {"value_euros": 8.0, "prepare_euros": 12.0, "perspective_staff": 0.1}
    values = {k: v for k, v in prices.items() if k.startswith("value")}
    other = {k: v for k, v in prices.items() if not k.startswith("value")}
    company = {"come_prepared": {**other, "strength": 1.0, "reach": 1.0, "weight": 1.0}}
    city = follow("show_your_value", {**values, "weight": 3.0}, company, budget=1200.0)
    f = city.flows[0]
    assert f["tip_unspent"] == pytest.approx(43)
    assert f["tip_euros"] == pytest.approx(32 + 48 * 25 / 64)
    assert f["staff_tips"] + f["hired"] == pytest.approx(0.4 * 25 / 64)


def test_money_of_a_tip_that_has_not_begun_is_nobodys(follow):
    """Of EUR 100 a month half belongs to a tip that begins later: neither spent nor left over now."""
    later = {"come_prepared": {"strength": 1.0, "start": 2}}
    city = follow("show_your_value", {"value_euros": 8.0}, later, budget=1200.0)
    assert (city.flows[0]["tip_euros"], city.flows[0]["tip_unspent"]) == (pytest.approx(32), pytest.approx(18))


def test_tips_shrink_alike_where_hours_run_out_but_not_those_that_need_none(follow, stand):
    """Small starts need 1.6 hours and coming prepared 0.4, half of each from desks: 1. There is 0.25: a quarter of
    both, so 0.125 of a framework and of a perspective; to show value takes none and is followed in full.
    """

    def prepare(city):
        city.officials["hours"] = city.officials["hours_left"] = 0.0
        city.officials["hours"][4] = city.officials["hours_left"][4] = 0.25

    full = {"strength": 1.0, "reach": 1.0, "effect": 0.5}
    others = {
        "come_prepared": {**full, "perspective_staff": 0.1},
        "show_your_value": full,
        "contact": {"perspective": 0.0, "show_value": 0.0},
        "power": {"framework": 0.0},
    }
    prices = {"framework_staff": 0.3, "doors_staff": 0.1}
    city = follow("start_small", prices, others, prepare=prepare)
    levers = ("power.framework", "contact.perspective", "contact.show_value")
    assert stand(city, *levers)[0] == pytest.approx((0.125, 0.125, 0.5))
    assert (city.flows[0]["staff_tips"], city.flows[0]["hired"]) == (pytest.approx(0.25), pytest.approx(0.25))
    assert (city.officials["hours_left"] >= 0).all()


def test_volunteers_who_lack_time_take_in_less_of_what_asks_for_it_and_no_less_of_the_rest(follow, stand):
    """Two tips ask 2.5 and 1.8 hours of an initiative with 1.075: a quarter of either. The contact person is there
    whatever time it has.
    """

    def prepare(city):
        city.initiatives["hours_left"][0] = 1.075

    full = {"strength": 1.0, "reach": 1.0, "effect": 0.5}
    others = {"show_your_value": full, "make_it_personal": full,
              "contact": {"perspective": 0.0, "show_value": 0.0, "contact_person": 0.0}}  # fmt: skip
    city = follow("come_prepared", {}, others, prepare=prepare)
    _, own = stand(city, "contact.perspective", "contact.show_value", "contact.contact_person")
    assert own == [
        pytest.approx([0.125, 0.5, 0.5, 0.5]),
        pytest.approx([0.125, 0.5, 0.5, 0.5]),
        pytest.approx([0.5] * 4),
    ]
    assert city.flows[0]["volunteer_tips"] == pytest.approx(3 * 4.3 + 1.075)


def test_who_leaves_has_worked_before(plain):
    """An official who goes in the month in which a tip took of her hours: they are booked, and the law knows it."""
    values = {"start_small": {"strength": 1.0}, "turnover": {"annual_rate": 0.9, "vacancy": 2}}
    city = City(Settings.build({**values, "city": {"population": 3000, "residents_per_agent": 50, "posts": 300.0}}), 1)
    city.after = laws.check
    left = 0.0
    for _ in range(24):
        city.step()
        left += city.flows[0]["staff_left"]
    assert left > 0


@pytest.mark.parametrize("budget", [0.01, 123.45, 1000.0, 7777.77, 31_415.93])
def test_spending_all_leaves_nothing_and_never_less(budget):
    """A share that is cut to what the money buys may round to a hair too much."""
    mix = {name: {"strength": 1.0, "weight": 1.0 + number} for number, name in enumerate(TIPS)}
    city = City(Settings.build({"tip": {"budget": budget}, **mix}), 5)
    city.after = laws.check
    city.run(12)
    assert (city.rows["tip_unspent"][:12] >= 0).all()
