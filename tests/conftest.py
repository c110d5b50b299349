"""Every run of the suite asks the same questions: Hypothesis draws the same examples each time.

For fresh examples: `pytest --hypothesis-profile=default`.

And cities so plain and still that a month of one process can be worked out by hand.
"""

import numpy as np
import pytest
from hypothesis import settings

from sim.model.city import City
from sim.model.columns import Stage, Stance
from sim.model.settings import Settings

settings.load_profile("ci")

# 100 residents; 6 departments of 3 posts: head, contact person, politicians' office.
TOWN = {"population": 100_000, "residents_per_agent": 1000, "posts": 18.0, "departments": 6, "spare_niches": 0.0}


@pytest.fixture
def plain():
    """Make a city at its first month in which everybody is average and nobody knows anybody.

    values: settings by group; initiatives: how many, all formal and cooperative; month: the present.
    Whoever tests sets by hand what matters, and has one process run.
    """

    def make(values=None, *, initiatives=4, month=1, seed=1):
        groups = {name: dict(group) for name, group in (values or {}).items()}
        groups["city"] = {**TOWN, **groups.get("city", {})}
        groups["city"]["residents_per_initiative"] = groups["city"]["population"] / initiatives
        city = City(Settings.build(groups), seed)
        city.month = month
        city.flows[:] = 0
        _average_residents(city)
        _average_offices(city)
        _average_initiatives(city)
        return city

    return make


def _average_residents(city):
    r = city.residents
    for name in ("status", "time", "skill", "trust", "trust0", "efficacy", "efficacy0", "belief"):
        getattr(r, name)[:] = 0.5
    for name in ("minority", "marginalised", "other_language"):
        getattr(r, name)[:] = False
    for name in ("good", "bad", "drive", "fatigue", "took_part", "leaning", "volunteers", "active", "accepts"):
        getattr(r, name)[:] = 0.0
    r.belongs[:] = -1
    city.starts = np.zeros(len(r) + 1, np.uint32)
    city.neighbours = np.zeros(0, np.uint32)


def _average_offices(city):
    for name in ("reject", "strain", "leaving", "champion", "vacant", "queue", "tenure"):
        city.officials[name] = 0
    city.officials["openness"] = 0.5
    city.officials["load"] = 1.0
    city.officials["hours"] = city.officials["hours_left"] = 1000.0
    city.departments["priority"] = 0.5
    state = city.state[0]
    state["will"], state["institutionalisation"], state["national_money"] = 0.5, 0.0, 1.0


def _average_initiatives(city):
    rows = city.initiatives
    rows[:] = np.zeros(1, rows.dtype)
    rows["stage"], rows["formal"], rows["stance"] = Stage.FORMAL, True, Stance.COOPERATE
    for name in ("vision", "capacity", "knowledge", "trust", "trust0"):
        rows[name] = 0.5
    rows["members"], rows["hours"], rows["hours_left"] = 20.0, 100.0, 100.0
    rows["months_since_grant"] = 1000.0
    city.ties["official"] = city.ties["serial"] = -1
    city.born[:] = rows
    city.pool[:] = 0.0
    city.totals = city.flows.copy()


@pytest.fixture
def meet():
    """Make initiative `c` know the holder of post `o`; returns the tie, to be read and set."""

    def tie(city, c, o, *, slot=0, **values):
        row = city.ties[c, slot]
        row["official"], row["serial"], row["empathy"] = o, city.officials[o]["serial"], 0.5
        for name, value in values.items():
            row[name] = value
        return row

    return tie


@pytest.fixture
def talk():
    """Give residents 0 to n - 1 neighbours by hand: a list of lists."""

    def network(city, rows):
        lengths = [len(row) for row in rows] + [0] * (len(city.residents) - len(rows))
        city.starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint32)
        city.neighbours = np.array([j for row in rows for j in row], np.uint32)

    return network
