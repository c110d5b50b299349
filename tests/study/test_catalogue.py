"""Everything that can be chosen, set or measured can be looked up, with all that one must know."""

import pytest

from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig
from sim.model.settings import PARAMETERS
from sim.study import presets
from sim.study.catalogue import KINDS, SETTABLE, described, listing, look_up, rows
from sim.study.document import to_json


@pytest.mark.parametrize("kind", KINDS)
def test_lists_are_complete_unique_and_readable(kind):
    names = [row["name"] for row in rows(kind)]
    assert names
    assert len(set(names)) == len(names)
    text = listing(kind)
    assert all(name in text for name in names)
    to_json(rows(kind))
    expected = {
        "cities": presets.groups()["city"],
        "scenarios": presets.groups()["scenario"],
        "tips": presets.groups()["tip"],
        "studies": presets.groups()["study"],
        "parameters": [*PARAMETERS, "seed", "months", "threads"],
        "outcomes": list(OUTCOMES),
        "levers": [name for name, p in PARAMETERS.items() if p.lever],
    }
    assert names == expected[kind]


@pytest.mark.parametrize("name", SETTABLE)
def test_a_settings_entry_has_everything(name):
    setting = SETTABLE[name]
    [row] = [r for r in look_up(name) if "allowed" in r]
    text = " ".join(described(row).split())
    for part in (setting.doc, str(setting.source), setting.allowed()):
        assert " ".join(part.split()) in text
    assert f"unit {setting.unit or 'none'} default {str(row['default']).lower()} " in text
    example = text.split("sim run ")[1]
    given, value = example.split("=")
    assert given == name
    typed = {"switch": {"true": True, "false": False}.get, "choice": str}.get(row["kind"], float)
    assert setting.read(typed(value)) is not None


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_outcomes_entry_has_everything(name):
    [row] = [r for r in look_up(name) if "benefit" in r]
    text = " ".join(described(row).split())
    assert " ".join(OUTCOMES[name].doc.split()) in text
    assert f"unit {OUTCOMES[name].unit} " in text


def test_one_name_for_several_things():
    kinds = [set(row) & {"benefit", "settings", "group"} for row in look_up("trust")]
    assert kinds == [{"benefit"}, {"settings"}]
    assert all(described(row) for row in look_up("trust"))


def test_an_option_with_and_without_its_group():
    assert look_up("city=ghent") == look_up("ghent")
    assert look_up("ghent")[0]["group"] == "city"
    assert "sim run city=ghent" in described(look_up("ghent")[0])


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("turnover.anual_rate", "turnover.annual_rate"),
        ("anual_rate", "turnover.annual_rate"),
        ("tokenisms", "tokenism"),
        ("truts", "trust"),
    ],
)
def test_an_unknown_name_gives_the_nearest(name, near):
    with pytest.raises(BadConfig, match=f"{name}: no setting, outcome or choice of that name; did you mean '{near}'"):
        look_up(name)


def test_a_broken_preset_names_its_file(configs):
    configs("city/mine", "city: {population: 3")
    with pytest.raises(BadConfig, match=r"configs/city/mine.yaml: not valid YAML in line 3"):
        rows("cities")
