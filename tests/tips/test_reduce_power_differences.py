"""Try reducing power differences, by hand."""

import pytest

from sim.model.month import contact, forum

NAME = "reduce_power_differences"
PRICES = {"neutral_place_euros": 12.0, "climb_staff": 24.0, "climb_euros": 1500.0, "consent_euros": 900.0}
REST = {"contact": {"neutral_place": 0.0}, "forum": {"climb": 0.0, "no_majority": 0.0, "consent_rule": 0.0}}
LEVERS = ("contact.neutral_place", "forum.climb", "forum.no_majority", "forum.consent_rule")


@pytest.mark.parametrize(("budget", "share", "level"), [(1e9, 1.0, 0.5), (984, 0.25, 0.125)])
def test_what_it_takes_and_where_the_levers_stand(follow, took, stand, budget, share, level):
    """4 x 12 = EUR 48 for rooms, (1,500 + 900) / 12 = 200 for a round a year; 24 / 12 = 2 hours at EUR 40: 328 a month.

    EUR 984 a year are 82 a month, a quarter.
    """
    city = follow(NAME, PRICES, REST, budget=budget)
    assert took(city) == pytest.approx([share * x for x in (248, 2, 0, 0, 328)])
    assert stand(city, *LEVERS)[0] == pytest.approx([level] * 4)


def test_rooms_are_neutral_for_those_for_whom_they_are_paid(follow, took, stand):
    """One of four is informal: EUR 12 instead of 48, and a quarter of half of the meetings; rounds are for all."""
    city = follow(NAME, {**PRICES, "whom": "diverse"}, REST, informal=[1])
    assert took(city) == pytest.approx((212, 2, 0, 0, 292))
    assert stand(city, *LEVERS)[0] == pytest.approx([0.125, 0.5, 0.5, 0.5])


@pytest.mark.parametrize(("strength", "empathy"), [(1.0, 0.5625), (0.0, 0.5125)])
def test_nobody_is_host_and_the_meeting_goes_better(follow, meet, strength, empathy):
    """Quality 1 - 0.4 = 0.6 on the city's ground: empathy 0.5 + 0.125 x 0.1. Followed in full, quality 1: 0.5625."""
    manners = {
        "rate": 0.0,
        "meetings": 1.0,
        "personal": 1.0,
        "acknowledge": 1.0,
        "host_distance": 0.4,
        "recency": 0.125,
    }
    town = {"contact": {**manners, "neutral_place": 0.0, "dialogue": 0.0}}

    def prepare(city):
        meet(city, 0, 1, trust=0.5)

    city = follow(NAME, {**PRICES, "strength": strength, "effect": 1.0}, town, prepare=prepare)
    contact.run(city)
    assert city.ties[0, 0]["empathy"] == pytest.approx(empathy)


# Residents are of one mind, against the city, and nobody can be talked round; ten of them sit with one official.
TABLE = {"rung": "consult", "rule": "majority", "contested": 1.0, "minority_gap": 0.0, "dissent": 0.0, "rounds": 4,
         "talks": 0, "deliberation": False, "acceptance": 0.7, "objection": 0.4, "seats_residents": 10,
         "seats_initiatives": 0, "appeal": 4.0, "cost_weight": 0.0}  # fmt: skip


def held(follow, **advice):
    """A round of a city that follows this advice in full, and no other of the tip."""
    off = {"neutral_place": 0.0, "climb": 0.0, "no_majority": 0.0, "consent": 0.0}
    town = {"forum": TABLE, "power": {"imbalance": 0.0, "veto": 0.0}}
    city = follow(NAME, {**PRICES, **off, **advice, "effect": 1.0}, town, month=12)
    forum.run(city)
    return city.flows[0]


def test_without_majorities_a_table_may_never_settle(follow):
    """Ten against one are a majority, and no consensus."""
    assert [held(follow)[n] for n in ("tables", "settled")] == [1, 1]
    assert [held(follow, no_majority=1.0)[n] for n in ("tables", "settled")] == [1, 0]


def test_consent_goes_before_consensus(follow):
    """Amended until nobody objects, though not everybody accepts."""
    assert held(follow, no_majority=1.0, consent=1.0)["settled"] == 1


def test_a_rung_higher_promises_more_and_may_deliver_more(follow):
    """Consulting promises 0.35 and delivers 0.15 at most, involving 0.45 and 0.3."""
    for climb, promised, delivered in ((0.0, 0.35, 0.15), (1.0, 0.45, 0.3)):
        flow = held(follow, climb=climb)
        assert (flow["round_promised"], flow["round_delivered"]) == (pytest.approx(promised), pytest.approx(delivered))
