"""The choices: they compose with each other, and every number of a city says where it is from."""

import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from sim.model.city import City
from sim.model.outcomes import OUTCOMES
from sim.model.params import Certainty
from sim.model.settings import PARAMETERS
from sim.study import presets
from sim.study.compose import compose
from sim.study.main_job import BASELINE
from sim.study.main_job import SCENARIOS as COMPARED

ROOT = Path(__file__).parents[1]
CITIES = presets.groups()["city"]
SCENARIOS = presets.groups()["scenario"]
LEVELS = [*product(("trust", "power", "funding", "turnover"), ("low", "mid", "high"))]
CONTEXTS = [("outside", option) for option in presets.groups()["outside"]]
CHOICES = [
    *(("city", option) for option in CITIES),
    *(("scenario", option) for option in SCENARIOS),
    *LEVELS,
    *CONTEXTS,
]
REAL = [
    "freiburg", "valsamoggia", "yenimahalle", "ghent", "grosseto", "erzsebetvaros", "rotterdam",
    "oberhausen", "cascais", "brussels", "amsterdam",
]  # fmt: skip
LACKS = [
    "shared_interests", "trust", "time", "representation", "money", "skills", "imagination",
    "transparency", "political_will",
]  # fmt: skip


def text(group, option):
    return presets.file_of(group, option).read_text(encoding="utf-8")


def about(group, option):
    """What an option says of itself."""
    return presets.load(presets.file_of(group, option))["about"][group]


def sets(group, option):
    """Dotted name -> value, as an option's file sets it."""
    values = presets.load(presets.file_of(group, option))
    del values["about"]
    return {f"{g}.{name}": value for g, inner in values.items() for name, value in inner.items()}


@cache
def composed(*overrides):
    """Dotted name -> value, as the model gets it."""
    plain = compose(overrides).settings.plain()
    return {f"{group}.{name}": value for group, inner in plain.items() for name, value in inner.items()}


def default(name):
    value = PARAMETERS[name].default
    return value.name.lower() if PARAMETERS[name].options else value


# --- all choices ---


@pytest.mark.parametrize("choice", CHOICES, ids="=".join)
def test_a_choice_sets_known_settings_to_allowed_values(choice):
    for name, value in sets(*choice).items():
        assert name in PARAMETERS
        PARAMETERS[name].read(value)


@pytest.mark.parametrize("choice", [c for c in CHOICES if c[0] != "scenario"], ids="=".join)
def test_a_choice_sets_only_what_differs_from_the_defaults(choice):
    for name, value in sets(*choice).items():
        assert value != default(name), f"{name} is {value} anyway"


def test_no_two_scenarios_are_the_same():
    # A scenario may name a default, as consultation names its rung, but not only defaults.
    changes = [
        {name: value for name, value in sets("scenario", s).items() if value != default(name)} for s in SCENARIOS
    ]
    assert all(one not in changes[:place] for place, one in enumerate(changes))


@pytest.mark.parametrize("choice", CHOICES, ids="=".join)
def test_a_choice_says_in_words_what_it_is(choice):
    said = about(*choice)
    assert said["title"].strip()
    assert said["text"].strip().endswith(".")
    assert set(said) <= {"title", "text", *(["facts"] if choice[0] in ("city", "scenario") else [])}


@pytest.mark.parametrize("group", ["city", "scenario", "trust", "power", "funding", "turnover", "outside"])
def test_no_two_choices_of_a_group_have_the_same_title(group):
    titles = [presets.title(group, option) for option in presets.groups()[group]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("choice", [c for c in CHOICES if "facts" not in about(*c)], ids="=".join)
def test_every_value_has_its_reason_beside_it(choice):
    values = re.findall(r"^  \w+: [^>\n]*?( #.*)?$", text(*choice).partition("\n\n")[2], re.M)
    assert len(values) == len(sets(*choice))
    assert all(values)


# --- cities ---


def test_every_city_of_the_booklet_and_three_sizes_are_there():
    assert sorted([*REAL, "small_town", "mid_city", "big_city"]) == CITIES


@pytest.mark.parametrize("city", CITIES)
def test_every_scenario_can_be_run_in_every_city(city):
    of_city = sets("city", city)
    for scenario in SCENARIOS:
        of_scenario = sets("scenario", scenario)
        found = composed(f"city={city}", f"scenario={scenario}")
        expected = {name: default(name) for name in PARAMETERS} | of_city | of_scenario
        assert found == expected, scenario


@pytest.mark.parametrize("city", CITIES)
def test_every_setting_of_a_city_has_one_fact_that_holds(city):
    facts = [f for f in about("city", city)["facts"] if "setting" in f]
    names = [f["setting"] for f in facts]
    assert len(set(names)) == len(names)
    assert sets("city", city).keys() <= set(names)
    assert "city.population" in names
    found = composed(f"city={city}")
    for fact in facts:
        assert found[fact["setting"]] == fact["value"], fact["what"]
        assert fact.get("unit", "") == PARAMETERS[fact["setting"]].unit, fact["what"]


@pytest.mark.parametrize("city", CITIES)
def test_every_fact_has_a_source_and_says_how_sure_it_is(city):
    facts = about("city", city)["facts"]
    assert len({f["what"] for f in facts}) == len(facts)
    for fact in facts:
        assert set(fact) <= {"what", "setting", "value", "unit", "source", "sure", "note"}
        assert str(fact["source"]).strip(), fact["what"]
        assert fact["sure"] in get_args(Certainty), fact["what"]
        if fact["sure"] == "unchecked":
            assert "not checked" in fact["source"], f"{fact['what']}: no caveat"


@pytest.mark.parametrize("city", REAL)
def test_what_is_assumed_of_a_real_city_is_explained(city):
    for fact in about("city", city)["facts"]:
        if fact["sure"] == "assumed" and fact["setting"] != "outside.first_election":
            assert fact["note"], fact["what"]


@pytest.mark.parametrize("city", CITIES)
def test_the_first_election_comes_after_half_a_term(city):
    found = composed(f"city={city}")
    assert 2 * found["outside.first_election"] == found["outside.term"]


def test_street_permits_in_ghent_and_budapest_lie_on_either_side_of_the_default():
    ghent = composed("city=ghent")["power.permit_openness"]
    budapest = composed("city=erzsebetvaros")["power.permit_openness"]
    assert ghent - default("power.permit_openness") == pytest.approx(default("power.permit_openness") - budapest)


def test_grant_money_of_a_real_fund_comes_out_as_it_is():
    # EUR a year: AdaptCascais 2021; a quarter of the 40 rounds of four years in Amsterdam.
    for city, euros in (("cascais", 24_000), ("amsterdam", 8_694_931 / 4)):
        found = composed(f"city={city}")
        people = found["city.population"]
        bigger = (people / 200_000) ** (found["funding.size_elasticity"] - 1)
        assert found["funding.pot"] * people * bigger == pytest.approx(euros, rel=0.005)


def test_the_table_of_cities_agrees_with_their_files():
    page = (ROOT / "docs" / "cities.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \| (\d+) \|", page, re.M)
    told = {city: (int(people.replace(",", "")), int(term)) for city, people, term in rows}
    found = {city: composed(f"city={city}") for city in CITIES}
    assert told == {c: (f["city.population"], f["outside.term"]) for c, f in found.items()}


@pytest.mark.parametrize(("city", "people"), [("small_town", 50), ("yenimahalle", 500)])
def test_a_small_and_a_big_city_live_for_some_months(city, people):
    settings = compose([f"city={city}", f"city.residents_per_agent={people}"]).settings
    lived = City(settings, seed=1)
    lived.run(8)
    for name, months in lived.outcomes().items():
        known = months[~np.isnan(months)]
        assert ((known >= OUTCOMES[name].low - 1e-9) & (known <= OUTCOMES[name].high + 1e-9)).all(), name
    assert lived.outcomes()["active_initiatives"].min() > 0
    assert lived.outcomes()["staff_hours"].sum() > 0


# --- scenarios ---


def test_every_scenario_that_is_spoken_of_is_there():
    assert {
        "business_as_usual", "no_engagement", "tokenism", "consultation", "co_creation",
        "delegated_power", "austerity", "staff_churn", "late_veto", "watched_by_the_state",
        "opposition", "no_grants", *(f"lack_of_{lack}" for lack in LACKS),
    } == {s for s in SCENARIOS if "facts" not in about("scenario", s)}  # fmt: skip


def test_no_scenario_has_the_name_of_a_tip_or_a_city():
    others = presets.groups()["tip"] + CITIES
    assert not set(SCENARIOS) & set(others)


def test_ways_of_engaging_that_are_compared_hold_rounds_equally_often():
    every = {s: composed(f"scenario={s}")["forum.every"] for s in (*COMPARED, "delegated_power")}
    assert every.pop(BASELINE) == 0
    assert set(every.values()) == {6}


def test_ways_of_engaging_differ_in_nothing_but_engagement_and_power():
    for scenario in (*COMPARED, "delegated_power"):
        groups = {name.split(".")[0] for name in sets("scenario", scenario)}
        assert groups <= {"forum", "power", "contact"}


@pytest.mark.parametrize("city", CITIES)
def test_a_scenario_moves_no_city_the_other_way(city):
    of_city = composed(f"city={city}")
    for scenario in SCENARIOS:
        if "facts" in about("scenario", scenario):  # a programme is as it was, for one city: test_programmes.py
            continue
        for name, value in sets("scenario", scenario).items():
            if not PARAMETERS[name].options:
                way = np.sign(value - default(name))
                assert way * (value - of_city[name]) >= 0, f"{scenario}: {name}"


# --- levels ---


@pytest.mark.parametrize("group", ["trust", "power", "funding", "turnover"])
def test_low_and_high_lie_on_either_side_of_the_default(group):
    assert sets(group, "mid") == {}
    low, high = sets(group, "low"), sets(group, "high")
    assert low.keys() == high.keys()
    for name in low:
        assert min(low[name], high[name]) < default(name) < max(low[name], high[name]), name


def test_the_usual_context_and_scenario_set_nothing():
    assert sets("outside", "europe") == {}
    assert sets("scenario", "business_as_usual") == {}


@pytest.mark.parametrize("choice", [*LEVELS, *CONTEXTS], ids="=".join)
def test_a_level_reaches_the_model(choice):
    expected = {name: default(name) for name in PARAMETERS} | sets(*choice)
    assert composed("=".join(choice), "city=mid_city") == expected | sets("city", "mid_city")


def test_freiburg_is_as_much_readier_than_usual_as_its_note_says():
    """0.3 log-odds above whatever the default is, so that the one moves with the other."""
    assert composed("city=freiburg")["volunteers.base"] == pytest.approx(PARAMETERS["volunteers.base"].default + 0.3)
