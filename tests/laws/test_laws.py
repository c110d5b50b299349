"""The laws hold after every process of every month, whatever the settings."""

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from sim.model import laws
from sim.model.city import City
from sim.model.levers import LEVERS, Push
from sim.model.settings import PARAMETERS, Settings

# Small enough that hundreds of cities take a minute; the laws do not know sizes.
SMALL = {
    "city.population": st.integers(500, 30_000),
    "city.residents_per_initiative": st.floats(200, 3000),
    "city.posts": st.floats(2, 400),
    "city.district_size": st.integers(500, 20_000),
    "forum.rounds": st.integers(1, 12),
    "forum.talks": st.integers(0, 4),
}
PARTS, EXAMPLES, MONTHS = 5, 110, 26  # 550 cities in all; 26 months hold two calls and an election or two


def values(param):
    """Any allowed value, the ends more often."""
    if param.options is not None:
        return st.sampled_from(list(param.options))
    if param.kind == "switch":
        return st.booleans()
    if param.kind == "whole number":
        inner = st.integers(int(param.low) // param.step, int(param.high) // param.step).map(lambda n: n * param.step)
        ends = [int(param.low), int(param.high)]
    else:
        inner = st.floats(param.low, param.high)
        ends = [param.low, param.high]
    return st.one_of(inner, inner, st.sampled_from(ends))


@st.composite
def cities(draw):
    """Plain settings: a dozen parameters anywhere in their range, the rest as they are."""
    chosen = draw(
        st.lists(
            st.sampled_from(sorted(set(PARAMETERS) - set(SMALL) - {"city.residents_per_agent"})),
            unique=True,
            max_size=25,
        )
    )
    drawn = {name: draw(strategy) for name, strategy in SMALL.items()}
    drawn["city.residents_per_agent"] = drawn["city.population"] / draw(st.integers(51, 150))
    drawn |= {name: draw(values(PARAMETERS[name])) for name in chosen}
    if drawn.get("outside.first_election", 30) > drawn.get("outside.term", 60):
        drawn["outside.first_election"] = drawn.get("outside.term", 60)
    nested = {}
    for name, value in drawn.items():
        group, key = name.split(".")
        nested.setdefault(group, {})[key] = value
    return nested


PUSHES = st.lists(st.builds(Push, st.sampled_from(sorted(LEVERS)), st.floats(0, 1), st.integers(0, MONTHS)), max_size=6)


def test_laws_hold_where_nobody_volunteers_any_more():
    """Of 78 residents, those who would give time grow tired and never recover."""
    plain = {
        "city": {"population": 3900, "residents_per_agent": 50, "residents_per_initiative": 200.0, "posts": 2.0,
                 "district_size": 838},
        "forum": {"rounds": 12, "talks": 4},
        "volunteers": {"recovery": 0.0},
    }  # fmt: skip
    city = City(Settings.build(plain), 590)
    city.after = laws.check
    city.run(MONTHS)
    assert not city.initiatives["hours"].any()


@pytest.mark.parametrize("part", range(PARTS))
def test_laws_hold_for_any_city(part):
    lived = 0

    @seed(part)
    @settings(max_examples=EXAMPLES)
    @given(cities(), PUSHES, st.integers(0, 2**62))
    def live(plain, pushes, number):
        nonlocal lived
        city = City(Settings.build(plain), number, pushes)
        city.after = laws.check
        city.run(MONTHS)
        lived += 1

    live()
    assert lived >= EXAMPLES
