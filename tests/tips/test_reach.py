"""Whom a tip gets to, and who is left out."""

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.model.city import City
from sim.model.columns import Stage
from sim.model.levers import LEVERS
from sim.model.month import tip
from sim.model.settings import TIPS, Settings

ALPHA = 1e-4  # of failing by chance
TOWN = {"population": 60_000, "residents_per_agent": 600, "residents_per_initiative": 1000.0, "informal": 0.4}
# A lever of each tip that initiatives feel for themselves.
FELT = {
    "come_prepared": "contact.preparation",
    "show_your_value": "contact.show_value",
    "sympathetic_insiders": "contact.insider_search",
    "simple_funding": "funding.support",
    "transparency_consistency_accessibility": "contact.meetings",
    "make_it_personal": "contact.contact_person",
    "start_small": "power.framework",
}


def town(tips, means=None, seed=5):
    return City(Settings.build({"city": TOWN, "tip": means or {}, **tips}), seed)


def reached(city, name):
    """Which active initiatives feel the tip: whose lever is not exactly where it stands without it."""
    lever = FELT[name]
    column, rest = lever.split(".")[1], LEVERS[lever].default
    stage = city.initiatives["stage"]
    return (city.pushed[column] != rest) & (stage >= Stage.INFORMAL) & (stage <= Stage.MATURE)


@pytest.mark.parametrize("name", FELT)
def test_the_lot_is_the_same_each_month_with_any_budget_and_any_company(name):
    """Niche by niche, as long as an initiative is active there."""
    alone = town({name: {"strength": 1.0, "reach": 0.5}})
    others = {other: {"strength": 1.0, "reach": 1.0} for other in TIPS if not set(_levers(other)) & set(_levers(name))}
    company = town({name: {"strength": 1.0, "reach": 0.5}, **others}, {"budget": 50_000.0})
    seen = {}
    for _ in range(12):
        for city in (alone, company):
            city.step()
            stage = city.initiatives["stage"]
            felt = reached(city, name)
            for c in np.flatnonzero((stage >= Stage.INFORMAL) & (stage <= Stage.MATURE)):
                if city.initiatives["hours_left"][c] > 20:  # else it may lack the time
                    seen.setdefault(int(c), set()).add(bool(felt[c]))
    both = [c for c, answers in seen.items() if len(answers) > 1]
    # `pushed` is of the beginning of a month, the stage of its end: who woke or was founded within it differs once.
    assert len(both) <= 0.1 * len(seen)
    assert {False, True} == set().union(*seen.values())


def _levers(name):
    return [lever for piece in _pieces(name) for lever in piece.levers]


def _pieces(name):
    return town({name: {"strength": 1.0}}).offers[0].pieces


def test_the_share_that_is_reached_is_the_reach_and_a_larger_reach_leaves_nobody_out_who_was_in():
    """Of 4,000 lots; each tip has its own, and each seed."""
    lots = [tip.lots(9, number, 4000) for number in range(len(TIPS))]
    for drawn in lots:
        assert binomtest(int((drawn < 0.3).sum()), 4000, 0.3).pvalue > ALPHA
    for a, b in ((0, 1), (3, 7)):
        assert binomtest(int(((lots[a] < 0.5) & (lots[b] < 0.5)).sum()), 4000, 0.25).pvalue > ALPHA
    assert (tip.lots(10, 0, 4000) != lots[0]).all()
    assert (tip.lots(9, 0, 100) == lots[0][:100]).all()


@pytest.mark.parametrize("reach", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("whom", ["all", "formal", "diverse"])
@pytest.mark.parametrize("name", FELT)
def test_who_is_not_meant_or_not_reached_has_its_levers_exactly_at_rest(name, whom, reach):
    city = town({name: {"strength": 1.0, "whom": whom, "reach": reach}})
    city.officials["hours"] = city.officials["hours_left"] = 100.0
    city.initiatives["hours"] = city.initiatives["hours_left"] = 100.0
    city.month = 1
    tip.run(city)
    ini = city.initiatives
    few = ini["marginalised_led"] | ~ini["formal"]
    meant = {"all": np.ones(len(ini), bool), "formal": ini["formal"], "diverse": few}[whom]
    active = ini["stage"] != Stage.ENDED
    felt = reached(city, name)
    assert not (felt & ~meant).any()
    within = meant & active
    assert felt.sum() == {0.0: 0, 1.0: within.sum()}.get(reach, felt.sum())
    assert binomtest(int(felt.sum()), int(within.sum()), reach).pvalue > ALPHA
    for lever in _levers(name):
        column = lever.split(".")[1]
        if column in city.pushed.dtype.names:
            assert (city.pushed[column][~felt] == LEVERS[lever].default).all()


def test_visits_are_for_the_diverse_of_those_who_are_reached(plain):
    """Four: formal; formal and marginalised-led; informal; both. Only the last three are guided further."""
    only = {"strength": 1.0, "reach": 1.0, "effect": 0.5, "guide": 0.0}
    city = plain({"simple_funding": only, "funding": {"support": 0.0}})
    city.initiatives["formal"] = [True, True, False, False]
    city.initiatives["marginalised_led"] = [False, True, False, True]
    tip.run(city)
    assert city.pushed["support"].tolist() == [0, 0.5, 0.5, 0.5]
    assert [city.flows[0][n] for n in ("reached", "reachable", "reached_diverse", "reachable_diverse")] == [4, 4, 3, 3]


def test_a_tip_for_formal_initiatives_shows_in_whom_it_leaves_out():
    """The table of outcomes says whom tips get to: of the diverse, only formal ones led by the marginalised."""
    city = town({"make_it_personal": {"strength": 1.0, "reach": 1.0, "whom": "formal"}})
    ini = city.initiatives
    active = ini["stage"] != Stage.ENDED
    few = active & (ini["marginalised_led"] | ~ini["formal"])
    formal = ini["formal"] & active
    expected = formal.sum() / active.sum(), (formal & few).sum() / few.sum()
    city.run(1)
    row = city.rows[0]
    assert (row["tip_reached"], row["tip_reached_diverse"]) == pytest.approx(expected)
    assert expected[1] < expected[0]


def test_the_sleeping_and_the_ended_are_not_reached_and_cost_nothing(follow):
    def prepare(city):
        city.initiatives["stage"][:3] = [Stage.DORMANT, Stage.ENDED, Stage.IDEA]

    city = follow("show_your_value", {"value_euros": 8.0}, {"contact": {"show_value": 0.0}}, prepare=prepare)
    assert city.flows[0]["tip_euros"] == pytest.approx(8)
    assert city.pushed["show_value"].tolist() == [0, 0, 0, 0.5]
    assert city.now.contact[0]["show_value"] == pytest.approx(0.5)


def test_where_nobody_is_active_tips_for_initiatives_do_nothing_and_nothing_breaks(follow):
    def prepare(city):
        city.initiatives["stage"] = Stage.DORMANT

    everything = {name: {"strength": 1.0} for name in TIPS}
    city = follow("start_small", {}, everything, prepare=prepare, budget=1e6)
    assert city.now.power[0]["framework"] == 0
    assert city.now.forum[0]["networks"] == 0
    assert np.isfinite(city.flows.view(np.float64)).all()
    assert city.now.forum[0]["plain_words"] > 0.1
