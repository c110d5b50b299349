"""A city of 100,000 with four initiatives, so plain that what a tip takes in a month can be worked out by hand."""

import pytest

from sim.model.month import tip

# EUR 40 an hour, half of the hours hired; a round a year; EUR 100,000 of grants a year.
HAND = {
    "tip": {"hour_rate": 40.0, "hired": 0.5, "strength": 1.0},
    "forum": {"every": 12},
    "funding": {"every": 12, "pot": 1.0, "size_elasticity": 1.0},
    "outside": {"liaison_hours": 0.6},
}
FULL = {"strength": 1.0, "start": 1, "reach": 1.0, "whom": "all", "effect": 0.5}


def merged(*some):
    """Settings by group, the later ones on top."""
    groups = {}
    for values in some:
        for group, own in values.items():
            groups.setdefault(group, {}).update(own)
    return groups


@pytest.fixture
def follow(plain):
    """Make a plain city that follows the tip `name` this month, for all and half of what is missing if not said.

    4 initiatives of 100 hours, of which those in `informal` have no legal form; 18 officials of 1,000 hours.
    budget: EUR a year; others: settings by group; prepare: what is done to the city before.
    """

    def month(name, values, others=None, *, budget=1e9, informal=(), prepare=None, **how):
        city = plain(merged(HAND, {"tip": {"budget": budget}}, {name: {**FULL, **values}}, others or {}), **how)
        city.initiatives["formal"][list(informal)] = False
        if prepare is not None:
            prepare(city)
        tip.run(city)
        return city

    return month


@pytest.fixture
def took():
    """What the month took: euros, staff hours, those within other work, volunteers' hours; and what it cost in EUR."""

    def read(city):
        f = city.flows[0]
        staff = f["staff_tips"] + f["hired"]
        cost = f["tip_euros"] + f["tip_grants"] + city.settings.tip.hour_rate * (staff + f["tip_within"])
        return tuple(float(v) for v in (f["tip_euros"], staff, f["tip_within"], f["volunteer_tips"], cost))

    return read


@pytest.fixture
def stand():
    """Where levers stand: for the whole city, and for each initiative of those that each feels for itself."""

    def read(city, *levers):
        whole = [float(getattr(city.now, lever.split(".")[0])[0][lever.split(".")[1]]) for lever in levers]
        names = [lever.split(".")[1] for lever in levers]
        own = [city.pushed[name].tolist() for name in names if name in city.pushed.dtype.names]
        return whole, own

    return read
