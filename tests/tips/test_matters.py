"""Every price and every parameter of a tip matters, and every claim of the booklet is in some advice."""

from dataclasses import fields

import pytest

from sim.model.city import City
from sim.model.month.tip import Whom
from sim.model.settings import PARAMETERS, TIPS, Settings

TOWN = {"population": 60_000, "residents_per_agent": 600, "residents_per_initiative": 1000.0}
MONTHS = 40
PARAMS = [n for n in PARAMETERS if n.split(".")[0] in {*TIPS, "tip"}]

# The claims of the tips' passages that name an action: what the rest say are states, presets and remarks.
CLAIMS = ["T1b", "T1c", "T1d", "T2b", "T2c", "T3a", "T3b", "T3c", "T3d", "T4a", "T4e", "T4f", "T4g", "T5b", "T5c",
          "T5d", "T5e", "T6b", "T6c", "T6d", "T6e", "T7a", "T7b", "T7c", "T7e", "T7f", "Q4", "Q5", "Q6"]  # fmt: skip


def rows(values):
    city = City(Settings.build({"city": TOWN, "forum": {"every": 2}, "funding": {"pot": 0.2}, **values}), 4)
    city.run(MONTHS)
    return city.rows[:MONTHS].tobytes()


def base(tip):
    """Two tips, with money for a part of what they would take; a pot that is too small for all."""
    company = "start_small" if tip != "start_small" else "come_prepared"
    return {tip: {"strength": 1.0, "effect": 0.9}, company: {"strength": 1.0}, "tip": {"budget": 30_000.0}}


@pytest.fixture(scope="module")
def bases():
    return {}


@pytest.mark.parametrize("name", PARAMS)
def test_some_allowed_change_of_it_changes_what_is_measured(name, bases):
    tip, key = name.split(".")
    param, followed = PARAMETERS[name], tip if tip != "tip" else "make_it_personal"
    usual = base(followed)
    if followed not in bases:
        bases[followed] = rows(usual)
    ends = [Whom.FORMAL, Whom.DIVERSE] if param.kind == "choice" else [param.low, param.high]
    ends = [min(end, 24) if key == "start" else end for end in ends]
    changed = ({**usual, tip: {**usual[tip], key: end}} for end in ends if end != usual[tip].get(key))
    assert any(rows(values) != bases[followed] for values in changed)


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_is_in_some_advice(claim):
    advised = {row for tip in TIPS.values() for f in fields(tip) if "advised" in f.metadata
               for row in f.metadata["advised"].rows}  # fmt: skip
    assert claim in advised


def test_every_price_is_of_an_advice_of_its_tip():
    for name, tip in TIPS.items():
        said = {f.name: f.metadata["advised"] for f in fields(tip) if "advised" in f.metadata}
        for key, about in said.items():
            if about.price_of:
                assert said[about.price_of].levers, f"{name}.{key}"
