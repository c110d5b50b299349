"""Every parameter of the city matters: some allowed change of it changes a state, a flow or an outcome.

Those of tips are in tests/tips/test_matters.py.
"""

from itertools import product

import pytest

from sim.model import columns
from sim.model.city import City
from sim.model.settings import PARAMETERS, TIPS, Settings

MONTHS = 30
SEEDS = (6, 7, 8, 9)  # what a rare event changes is not met in every one
# A small town in which everything happens: rounds, elections, calls for which money is short, people who come and go.
BUSY = {
    "city": {"population": 60_000, "residents_per_agent": 600, "residents_per_initiative": 1500, "posts": 60},
    "forum": {"every": 2, "rung": "co_create"},
    "funding": {"every": 4, "pot": 1.0},
    "outside": {"first_election": 5, "term": 8, "change_of_government": 0.5},
    "turnover": {"annual_rate": 0.4},
    "contact": {"meetings": 0.3},
}
MANY = {"residents_per_initiative": 300}
DEADLY = {"volunteers": {f"hazard_{age}_{kind}": 0.9 for age in ("new", "old") for kind in ("formal", "informal")}}
# Parameters that matter only where others let them.
ONLY: dict[str, dict[str, dict[str, object]]] = {
    "outside.slack": {"outside": {"national_money": 0.5, "competence": 1.0, "change_of_government": 1.0}},
    "outside.liaison_hours": {"contact": {"contact_person": 0.5}},
    "contact.anonymity": {"contact": {"familiar": 10.0}},
    "forum.objection": {"forum": {"rule": "consent"}},
    "forum.word": {"forum": {"networks": 0.5}},
    "power.neutral_relief": {"contact": {"neutral_place": 0.5}},
    "power.contribution_weight": {"contact": {"contribution": 0.5}},
    "power.champion_weight": {"turnover": {"champions": 0.5}},
    "power.backing": {
        "city": MANY,
        "turnover": {"champions": 0.9},
        "power": {"champion_weight": 2.0, "accept": -3.0},
        "contact": {"rate": 0.9},
    },
    "power.hostility_weight": {"outside": {"hostility": 0.5}},
    "power.patience_lost": {"outside": {"staff_hours": 4.0}, "power": {"patience": 2, "colleagues": 0.0}},
    "power.digital_saves": {"power": {"digital": 0.9}},
    "funding.vote_reach": {"city": MANY, "funding": {"award": "vote", "vote_noise": 0.0}},
    "funding.vote_noise": {"funding": {"award": "vote"}},
    "works.celebration": {"works": {"celebrate": 1.0}},
    "works.relief": {"works": {"celebrate": 1.0}},
    "volunteers.newness": {"volunteers": {"hazard_new_formal": 0.9, "hazard_new_informal": 0.9}},
    "volunteers.wake": {
        "city": {**MANY, "spare_niches": 1.0},
        "volunteers": {"core": 20.0, "forming": 0.2, "join": 0.2, "leave": 0.2},
    },
    "trust.personalisation_least": {
        "city": {
            "population": 2_000_000,
            "residents_per_agent": 20_000,
            "residents_per_initiative": 50_000,
            "posts": 3,
        },
        "trust": {"personalisation_slope": 0.5},
    },
    "volunteers.stance_hostility": {"outside": {"hostility": 0.5}},
    "forum.search": {"forum": {"networks": 0.5}},
    "volunteers.funded_shield": DEADLY,
    "volunteers.shield_months": {**DEADLY, "city": MANY, "funding": {"pot": 5.0}},
    **{
        f"forum.{what}_{rung}": {"forum": {"rung": rung}}
        for rung in ("inform", "consult", "involve", "delegated", "citizen_control")
        for what in ("promise", "ceiling")
    },
}
PARAMS = [name for name in PARAMETERS if name.split(".")[0] not in {*TIPS, "tip"}]
TABLES = ("initiatives", "officials", "departments", "ties", "asks", "projects", "promises", "state", "totals")


def lived(changes, seed):
    """All that there is to see of a city: its states at the end, its flows and its outcomes."""
    values = {group: dict(some) for group, some in BUSY.items()}
    for group, some in changes.items():
        values.setdefault(group, {}).update(some)
    city = City(Settings.build(values), seed)
    city.run(MONTHS)
    seen = [getattr(city, table).tobytes() for table in TABLES]
    seen += [getattr(city.residents, name).tobytes() for name in columns.RESIDENT]
    return [*seen, city.rows[:MONTHS].tobytes()]


def others(name):
    """Some allowed values besides the usual one: the ends of what is plausible and allowed, or each option."""
    param = PARAMETERS[name]
    if param.kind == "choice":
        return list(param.options)
    if param.kind == "switch":
        return [not param.default]
    return [param.read(type(param.default)(end)) for end in (*param.plausible, param.low, param.high)]


@pytest.fixture(scope="module")
def bases():
    return {}


@pytest.mark.parametrize("name", PARAMS)
def test_some_allowed_change_of_it_changes_the_city(name, bases):
    group, key = name.split(".")
    under = ONLY.get(name, {})
    for seed, value in product(SEEDS, others(name)):
        if (str(under), seed) not in bases:
            bases[str(under), seed] = lived(under, seed)
        changed = {**under, group: {**under.get(group, {}), key: value}}
        try:
            if lived(changed, seed) != bases[str(under), seed]:
                return
        except ValueError:  # two settings that cannot hold together
            continue
    pytest.fail(f"{name} changes nothing")
