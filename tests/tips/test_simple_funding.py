"""Provide simple funding with added support, by hand."""

import pytest

from sim.model.month import funding, tip

PRICES = {"form_staff": 4.0, "guide_staff": 0.4, "diverse_staff": 2.0, "reach_out_staff": 0.25}
REST = {"funding": {"top_up": 0.0, "burden": 0.5, "support": 0.1, "connections": 0.15, "prior_award": 0.1,
                    "earmark": 0.0}}  # fmt: skip
LEVERS = ("funding.top_up", "funding.burden", "funding.connections", "funding.prior_award", "funding.earmark")


@pytest.mark.parametrize(
    ("budget", "share", "levers"),
    [(1e9, 1.0, (0.5, 0.25, 0.075, 0.05, 0.5)), (26_672.8, 0.5, (0.25, 0.375, 0.1125, 0.075, 0.25))],
)
def test_what_it_takes_and_where_the_levers_stand(follow, took, stand, budget, share, levers):
    """Half of EUR 100,000 a year on top: 4,166.67 a month. Forms 4 hours, judges 2, visits to the one informal
    initiative 0.25: 6.25 hours; guidance moves by 0.5 x 0.9, for four at 0.4 hours: 0.72 within calls. At EUR 40 an
    hour that makes 4,166.67 + 278.80 = 4,445.47; EUR 26,672.80 a year are half of it.
    """
    city = follow("simple_funding", PRICES, REST, budget=budget, informal=[3])
    assert took(city) == pytest.approx([share * x for x in (0, 6.25, 0.72, 0, 4445.4666667)])
    assert city.flows[0]["tip_grants"] == pytest.approx(share * 50_000 / 12)
    assert stand(city, *LEVERS)[0] == pytest.approx(levers)


def test_guidance_goes_further_for_those_who_lack_skills(follow, stand):
    """0.1 + 0.5 x 0.9 = 0.55; pushed twice for the informal one, half of the rest more: 0.775. Mean 0.60625."""
    city = follow("simple_funding", PRICES, REST, informal=[3])
    whole, own = stand(city, "funding.support")
    assert own == [pytest.approx([0.55, 0.55, 0.55, 0.775])]
    assert whole == [pytest.approx(0.60625)]


def test_the_money_swells_the_next_call_to_the_cent(follow):
    """Saved from the second month to the thirteenth: a year's half of EUR 100,000 on top of EUR 100,000."""
    city = follow("simple_funding", PRICES, REST)
    city.state[0]["national_money"] = 1.0
    funding.run(city)
    assert city.flows[0]["budgeted"] == pytest.approx(100_000 + 50_000 / 12, abs=0.005)
    for month in range(2, 14):
        city.month = month
        city.flows[:] = 0
        tip.run(city)
        funding.run(city)
        assert city.flows[0]["budgeted"] == pytest.approx(150_000 if month == 13 else 0, abs=0.005)
    assert city.state[0]["top_up"] == 0


# One grant in the pot; of two that differ in skill, the weaker is informal.
CALL = {"pot": 0.1, "grant": 10_000.0, "noise": 0.0, "threshold": 0.0, "least_need": 1.0, "stigma": 0.0}
CALL |= {"burden_hours": 10.0, "quality_weight": 1.0, "polish_weight": 0.0}


@pytest.mark.parametrize(("strength", "winner"), [(1.0, 1), (0.0, 0)])
def test_a_part_that_is_kept_goes_to_the_informal_one(follow, strength, winner):
    """EUR 10,000 for one grant: all of it is kept for the informal, if the advice is followed in full."""

    def prepare(city):
        city.initiatives["capacity"] = city.initiatives["knowledge"] = [0.9, 0.4]

    values = {**PRICES, "strength": strength, "effect": 1.0, "money": 0.0}
    town = {"funding": CALL, "outside": {"informal_bar": 0.0}}
    city = follow("simple_funding", values, town, initiatives=2, informal=[1], prepare=prepare)
    city.state[0]["national_money"] = 1.0
    funding.run(city)
    assert city.initiatives["wins"].tolist() == [winner == 0, winner == 1]


def test_less_paper_takes_less_time(follow):
    """100 hours at full burden and skill for EUR 10,000: 0.5 of it at skill 0.5 takes 100, 0.25 of it 50."""
    call = {**CALL, "burden_hours": 100.0, "burden": 0.5, "support": 0.0, "pot": 1.0, "hour_value": 0.0}
    for strength, hours in ((1.0, 50), (0.0, 100)):
        values = {**PRICES, "strength": strength, "money": 0.0, "guide": 0.0, "reach_out": 0.0}
        city = follow("simple_funding", values, {"funding": call})
        funding.run(city)
        assert city.flows[0]["volunteer_paper"] == pytest.approx(4 * hours)
