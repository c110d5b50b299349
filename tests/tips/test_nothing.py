"""A tip that is not followed, or not yet, or by nobody, changes not one bit of what is measured."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sim.model.city import City
from sim.model.levers import LEVERS
from sim.model.outcomes import OUTCOMES
from sim.model.settings import PARAMETERS, TIPS, Settings
from sim.study.compose import compose

TOWN = {"city": {"population": 12_000, "residents_per_agent": 120, "residents_per_initiative": 1200.0}}
TOWN |= {"forum": {"every": 3}, "turnover": {"annual_rate": 0.3}}
MONTHS = 26  # two calls, eight rounds
ALL = {name: {"strength": 1.0} for name in TIPS}
WHO = [name for name in OUTCOMES if name.startswith(("tip_reached", "tip_strength"))]
"""Nobody of all is reached, and it is followed as far as it can be, where otherwise there is nothing to tell."""


def rows(*some, seed=7, months=MONTHS):
    """Every outcome of every month of a town with these settings, the later ones on top."""
    groups = {}
    for values in (TOWN, *some):
        for group, own in values.items():
            groups[group] = {**groups.get(group, {}), **own}
    city = City(Settings.build(groups), seed)
    city.run(months)
    return city.rows[:months].copy()


@pytest.fixture(scope="module")
def usual():
    return rows()


def same(some, others, but=()):
    """Whether all outcomes but these are the same to the last bit."""
    return all(some[name].tobytes() == others[name].tobytes() for name in OUTCOMES if name not in but)


def city_wide(name):
    """Advice of a tip of which some is done whoever is reached: it pushes a city's lever, and not person by person."""
    by_each = {"make_it_personal": ["contact_person"], "reduce_power_differences": ["neutral_place"],
               "show_your_value": ["networks"]}  # fmt: skip
    said = {f.name: f.metadata["advised"].levers for f in fields(TIPS[name]) if "advised" in f.metadata}
    whole = [a for a, levers in said.items() if any(LEVERS[lever].lever == "city" for lever in levers)]
    return [a for a in whole if a not in by_each.get(name, [])]


@pytest.mark.parametrize("name", TIPS)
def test_followed_it_changes_something(usual, name):
    """Or none of the tests below could fail."""
    assert not same(rows({name: {"strength": 1.0}}), usual, but=[n for n in OUTCOMES if n.startswith("tip_")])


@pytest.mark.parametrize(
    ("own", "means"),
    [
        ({"strength": 0.0}, {}),
        ({"strength": 0.0}, {"budget": 5000.0}),
        ({"start": MONTHS + 1}, {}),
        ({"start": MONTHS + 1}, {"budget": 5000.0}),
        ({"weight": 0.0}, {}),
        ({"weight": 0.0}, {"budget": 5000.0}),
        ({}, {"budget": 0.0}),
        ({}, {"strength": 0.0}),
    ],
)
@pytest.mark.parametrize("name", [*TIPS, "all"])
def test_a_tip_that_is_not_followed_is_business_as_usual(usual, name, own, means):
    followed = TIPS if name == "all" else [name]
    assert same(rows({tip: {"strength": 1.0, **own} for tip in followed}, {"tip": means}), usual)


@pytest.mark.parametrize("name", TIPS)
def test_a_tip_that_reaches_nobody_changes_only_what_it_does_for_the_whole_city(usual, name):
    off = dict.fromkeys(city_wide(name), 0.0)
    followed = {"strength": 1.0, "reach": 0.0, **off}
    money = [n for n in OUTCOMES if n in ("euros", "tip_euros")]  # of no advice; see below
    assert same(rows({name: followed}), usual, but=WHO)
    assert same(rows({name: followed}, {"tip": {"budget": 5000.0}}), usual, but=[*WHO, "tip_unspent"])
    assert not np.nansum(rows({name: followed})[money[1]])


@pytest.mark.parametrize("name", [*TIPS, "all"])
def test_nothing_changes_before_it_begins(usual, name):
    start = 14
    tips = {tip: {"strength": 1.0, "start": start} for tip in (TIPS if name == "all" else [name])}
    later = rows(tips)
    assert later[: start - 1].tobytes() == usual[: start - 1].tobytes()
    assert later[start - 1 :].tobytes() != usual[start - 1 :].tobytes()


@pytest.mark.parametrize("budget", [1e9, 20_000.0])
@pytest.mark.parametrize("name", TIPS)
def test_a_weight_of_nothing_adds_nothing_to_the_others(name, budget):
    others = {tip: own for tip, own in ALL.items() if tip != name}
    without = rows(others, {"tip": {"budget": budget}})
    assert (
        rows(others, {name: {"strength": 1.0, "weight": 0.0}}, {"tip": {"budget": budget}}).tobytes()
        == without.tobytes()
    )


def test_the_order_of_tips_does_not_matter():
    """Neither in files and on the line, nor in settings; with a budget that buys a part of each."""
    pairs = (("start_small", "simple_funding"), ("sympathetic_insiders", "come_prepared"))
    for a, b in pairs:
        both = [compose([f"tip=[{x},{y}]", "tip.budget=9000", "months=1"]).settings for x, y in ((a, b), (b, a))]
        assert both[0] == both[1]
        assert both[0] == compose([f"tip=[{a}]", f"{b}.strength=1", "tip.budget=9000"]).settings
    backwards = dict(reversed(ALL.items()))
    mix = {"tip": {"budget": 30_000.0}}
    assert rows(ALL, mix).tobytes() == rows(backwards, mix).tobytes()


OWN = [n for n, p in PARAMETERS.items() if n.split(".")[0] in {*TIPS, "tip"} and p.kind == "number" and
       n.split(".")[1] not in ("strength", "budget")]  # fmt: skip
NOTHING = st.sampled_from(["strength", "start", "weight", "budget", "means"])


@settings(max_examples=40, phases=[Phase.generate])  # to make a faulty city smaller takes minutes
@given(st.data(), st.sets(st.sampled_from(sorted(TIPS)), min_size=1), NOTHING, st.integers(0, 2**40))
def test_whatever_a_tip_costs_and_does_it_is_nothing_if_it_is_not_followed(data, tips, how, seed):
    """Random tips with random prices, reach and effect, in random small towns."""
    town = {"city": {"population": data.draw(st.integers(500, 9000)), "residents_per_agent": 9.0,
                     "posts": data.draw(st.floats(2, 200)), "residents_per_initiative": 400.0},
            "forum": {"every": data.draw(st.integers(0, 6))}}  # fmt: skip
    values = {tip: {"strength": 1.0} for tip in tips}
    for name in data.draw(st.lists(st.sampled_from([n for n in OWN if n.split(".")[0] in {*tips, "tip"}]), max_size=8)):
        group, key = name.split(".")
        param = PARAMETERS[name]
        values.setdefault(group, {})[key] = data.draw(st.floats(param.low, param.high))
    means = values.pop("tip", {})
    never = {"strength": 0.0, "start": 9, "weight": 0.0}
    if how in never:
        values = {tip: {**own, how: never[how]} for tip, own in values.items()}
    means |= {"budget": {"budget": 0.0}, "means": {"strength": 0.0}}.get(how, {})
    plain = rows(town, seed=seed, months=8)
    assert same(rows(town, values, {"tip": means}, seed=seed, months=8), plain)
