"""A tip moves its own levers and takes what it takes; all else in the city stays to the bit. Nobody names tips."""

import ast
import copy
from pathlib import Path

import numpy as np
import pytest

from sim.model import columns
from sim.model.city import City
from sim.model.levers import LEVERS
from sim.model.month import tip
from sim.model.settings import TIPS, Settings

MODEL = Path(__file__).parents[2] / "sim" / "model"

# By hand, from the booklet's advice: what each tip may push.
PUSHES = {
    "come_prepared": {"contact.preparation", "contact.perspective", "contact.contribution"},
    "show_your_value": {"contact.show_value", "contact.multiplier", "forum.networks"},
    "sympathetic_insiders": {"power.backing", "contact.insider_search", "contact.first_steps",
                             "contact.other_departments"},
    "simple_funding": {"funding.top_up", "funding.burden", "funding.support", "funding.connections",
                       "funding.prior_award", "funding.earmark"},
    "transparency_consistency_accessibility": {"contact.meetings", "contact.follow_up", "contact.who_does_what",
                                               "power.explain", "forum.feedback", "forum.facilitation",
                                               "forum.languages", "forum.plain_words"},
    "reduce_power_differences": {"contact.neutral_place", "forum.climb", "forum.no_majority", "forum.consent_rule"},
    "make_it_personal": {"contact.personal", "contact.contact_person", "contact.dialogue", "contact.acknowledge",
                         "turnover.handover", "works.celebrate"},
    "start_small": {"power.framework", "contact.first_steps", "works.spawn"},
}  # fmt: skip
TAKES = {"officials.hours", "officials.hours_left", "initiatives.hours_left"}
BOOKED = {
    "staff_tips", "hired", "hired_within", "tip_share", "tips_followed", "tip_within", "volunteer_tips", "tip_euros",
    "tip_grants", "tip_unspent", "reached", "reachable", "reached_diverse", "reachable_diverse",
}  # fmt: skip
TABLES = ("initiatives", "officials", "departments", "ties", "asks", "projects", "promises", "state", "flows", "totals",
          "born", "pushed")  # fmt: skip
GROUPS = ("outside", "turnover", "contact", "forum", "power", "funding", "works", "trust", "volunteers", "city", "tip")


def differing(before, after):
    """Dotted names of all columns, parameters and arrays of a city that are not the same to the bit."""
    found = set()
    for table in TABLES:
        one, other = getattr(before, table), getattr(after, table)
        found |= {f"{table}.{n}" for n in one.dtype.names if one[n].tobytes() != other[n].tobytes()}
    for group in GROUPS:
        one, other = getattr(before.now, group), getattr(after.now, group)
        found |= {f"now.{group}.{n}" for n in one.dtype.names if one[n].tobytes() != other[n].tobytes()}
    for name in columns.RESIDENT:
        if getattr(before.residents, name).tobytes() != getattr(after.residents, name).tobytes():
            found.add(f"residents.{name}")
    for name in ("served", "pool", "starts", "neighbours", "good_news", "bad_news", "rows"):
        if getattr(before, name).tobytes() != getattr(after, name).tobytes():
            found.add(name)
    return found


def lived(tips, **means):
    """A town after half a year without tips, at the moment when `tips` are first followed; and a copy from before."""
    values = {name: {"strength": 1.0, "start": 7, "reach": 0.7} for name in tips}
    town = {"population": 30_000, "residents_per_agent": 300, "residents_per_initiative": 1500.0}
    city = City(Settings.build({"city": town, "forum": {"every": 3}, "tip": means, **values}), 11)
    city.run(6)
    city.month = 7
    city.flows.view(np.float64)[:] = 0.0
    before = copy.copy(city)
    for name in (
        *TABLES,
        "residents",
        "now",
        "served",
        "pool",
        "starts",
        "neighbours",
        "good_news",
        "bad_news",
        "rows",
    ):
        setattr(before, name, copy.deepcopy(getattr(city, name)))
    return before, city


def test_all_that_a_city_holds_is_looked_at():
    """Or a table that is added would be written in secret."""
    _, city = lived([])
    held = {name for name, value in vars(city).items() if isinstance(value, np.ndarray)}
    assert held <= {*TABLES, "served", "pool", "seen", "starts", "neighbours", "good_news", "bad_news", "rows"}
    assert set(vars(city.now)) == {*GROUPS, *TIPS}


@pytest.mark.parametrize("budget", [1e9, 12_000.0])
@pytest.mark.parametrize("name", [*TIPS, "all"])
def test_the_process_writes_levers_and_what_it_takes_and_nothing_else(name, budget):
    tips = list(TIPS) if name == "all" else [name]
    before, city = lived(tips, budget=budget)
    tip.run(city)
    levers = set().union(*(PUSHES[t] for t in tips))
    own = {f"pushed.{lever.split('.')[1]}" for lever in levers if LEVERS[lever].lever == "initiative"}
    found = differing(before, city)
    moved = {f"now.{lever}" for lever in levers} | own
    assert moved <= found  # each of them moves
    assert found - moved <= TAKES | {f"flows.{n}" for n in BOOKED}


def test_levers_go_back_to_where_they_stood():
    """To the bit, when tips end: as if they had never been."""
    before, city = lived(TIPS)
    tip.run(city)
    city.offers = ()
    city.levers.feel({}, city.initiatives["stage"] > 0)
    assert {n for n in differing(before, city) if n.startswith(("now", "pushed"))} == set()


def test_every_tip_declares_what_it_may_push_and_every_lever_is_pushed():
    settings = Settings.build({name: {"strength": 1.0} for name in TIPS})
    pushed = {o.number: {lever for piece in o.pieces for lever in piece.levers} for o in City(settings, 1).offers}
    assert {name: pushed[number] for number, name in enumerate(TIPS)} == PUSHES
    assert set().union(*PUSHES.values()) == set(LEVERS)


def words(file):
    """Every name, attribute, string and import of a module, but docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    holders = (ast.Module, ast.FunctionDef, ast.ClassDef)
    told = {id(n.body[0].value) for n in ast.walk(tree) if isinstance(n, holders) and isinstance(n.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value
        elif isinstance(node, ast.ImportFrom):
            yield from [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


# Where a passage of the booklet has the name of its tip, `booklet("come_prepared")` is no mention of the tip.
PASSAGES = {"come_prepared", "simple_funding", "start_small"}


@pytest.mark.parametrize("file", sorted((MODEL / "month").glob("*.py")), ids=lambda f: f.stem)
def test_no_process_names_a_tip(file):
    said = set(words(file))
    titles = {tip.__name__ for tip in TIPS.values()}
    assert not said & (set(TIPS) - PASSAGES | titles)
    assert not [w for w in said if w.startswith("sim.model.tips")]
    if file.stem not in ("tip", "__init__"):
        assert not [w for w in said if w.startswith(("sim.model.month.tip", "sim.model.levers"))]


@pytest.mark.parametrize("file", sorted((MODEL / "tips").glob("*.py")), ids=lambda f: f.stem)
def test_no_tip_imports_a_process_or_another_tip(file):
    imported = [w for w in words(file) if w.startswith("sim.")]
    assert all(w.startswith(("sim.model.levers", "sim.model.params", "sim.model.booklet")) for w in imported)
