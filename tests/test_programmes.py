"""Programmes of the booklet as scenarios: their facts hold, their money comes out, and no outcome is built in."""

import json
import re
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from scipy import stats

from sim.app import main
from sim.model import laws
from sim.model.city import City
from sim.model.columns import NEVER, Stage, Stance
from sim.model.month import volunteers
from sim.model.outcomes import OUTCOMES, of_run
from sim.model.params import Certainty
from sim.model.settings import PARAMETERS
from sim.study import presets
from sim.study.compose import compose
from sim.study.load import load as experiment
from sim.study.run import run_city
from sim.study.sweep import plan_of

PAGE = (Path(__file__).parents[1] / "docs" / "programmes.md").read_text(encoding="utf-8")
PROGRAMMES = {
    "adaptcascais": "cascais",
    "amsterdam_vote": "amsterdam",
    "brussels_facilitator": "brussels",
    "erzsebetvaros_heat": "erzsebetvaros",
    "freiburg_canteen_talks": "freiburg",
    "ghent_heat": "ghent",
    "grosseto_walls": "grosseto",
    "oberhausen_agenda21": "oberhausen",
    "oldenburg_fragile": "oberhausen",  # no city of its own: a contrast to the office of Oberhausen
    "rotterdam_dialogue": "rotterdam",
    "valsamoggia_training": "valsamoggia",
    "yenimahalle_market": "yenimahalle",
}
TALKS = ("city=freiburg", "scenario=freiburg_canteen_talks")


def load(group, option):
    """(what an option says of itself, dotted name -> value that it sets)."""
    values = presets.load(presets.file_of(group, option))
    said = values.pop("about")[group]
    return said, {f"{g}.{name}": value for g, inner in values.items() for name, value in inner.items()}


@cache
def settings(*words):
    return compose(words).settings


def lived(months, *words, seed=1):
    city = City(settings(*words), seed)
    city.run(months)
    return city


# --- what a programme says of itself ---


def test_every_scenario_with_facts_is_a_programme():
    with_facts = [s for s in presets.groups()["scenario"] if "facts" in load("scenario", s)[0]]
    assert with_facts == sorted(PROGRAMMES)


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_a_programme_says_which_city_it_goes_with(programme):
    assert f"`sim run city={PROGRAMMES[programme]} scenario={programme}`" in load("scenario", programme)[0]["text"]


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_every_setting_of_a_programme_has_one_fact_that_holds(programme):
    said, sets = load("scenario", programme)
    facts = [f for f in said["facts"] if "setting" in f]
    assert sorted(f["setting"] for f in facts) == sorted(sets)
    for fact in facts:
        assert sets[fact["setting"]] == fact["value"], fact["what"]
        assert fact.get("unit", "") == PARAMETERS[fact["setting"]].unit, fact["what"]


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_every_fact_has_a_source_and_what_is_assumed_is_explained(programme):
    facts = load("scenario", programme)[0]["facts"]
    assert len({f["what"] for f in facts}) == len(facts)
    for fact in facts:
        assert set(fact) <= {"what", "setting", "value", "unit", "source", "sure", "note"}
        assert str(fact["source"]).strip(), fact["what"]
        assert fact["sure"] in get_args(Certainty), fact["what"]
        if fact["sure"] == "unchecked":
            assert "not checked" in fact["source"], f"{fact['what']}: no caveat"
        if fact["sure"] == "assumed":
            assert fact["note"], fact["what"]


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_a_city_and_its_programme_agree_where_both_tell_of_it(programme):
    of_programme, of_city = load("scenario", programme)[1], load("city", PROGRAMMES[programme])[1]
    assert all(of_programme[name] == of_city[name] for name in of_programme.keys() & of_city.keys())


# --- the money ---


@pytest.mark.parametrize(
    ("programme", "euros", "of_whom"),
    [
        ("adaptcascais", 24_000, 214_134),  # ambiente.cascais.pt, 2021; inhabitants of the municipality
        ("amsterdam_vote", 8_694_931 / 4, 918_117),  # Pabulib, 40 rounds in four years; inhabitants of the city
    ],
)
def test_the_city_budgets_what_the_programme_has(programme, euros, of_whom):
    """Thirteen months hold two calls; without shocks to money from above each has the public figure."""
    words = (f"city={PROGRAMMES[programme]}", f"scenario={programme}", "outside.national_shock=0")
    city = lived(13, *words)
    assert city.settings.city.population == of_whom
    assert city.totals[0]["budgeted"] == pytest.approx(2 * euros, rel=0.005)
    assert city.totals[0]["granted"] <= city.totals[0]["budgeted"]


def test_without_grants_nobody_applies_and_nothing_is_paid():
    city = lived(61, "city=cascais", "scenario=no_grants")
    assert city.totals[0]["applications"] == 0
    assert city.totals[0]["granted"] == 0


# --- F7, F8: not bought ---


def test_money_moves_no_ones_autonomy():
    poor = lived(60, *TALKS, "funding.pot=0")
    rich = lived(60, *TALKS, "funding.pot=2.5")
    assert rich.totals[0]["grants"] > 100
    begun = City(settings(*TALKS), 1).initiatives["autonomy"]
    assert rich.initiatives["autonomy"].tobytes() == begun.tobytes() == poor.initiatives["autonomy"].tobytes()


@pytest.mark.parametrize("seed", range(5))
def test_no_grant_decides_how_an_initiative_stands_to_the_city(seed):
    """The same initiatives, once rich and prize-winning, once poor: all think again, and choose alike, bit for bit."""
    words = (*TALKS, "volunteers.reconsider=1", "volunteers.funded_shield=0")
    stances = []
    for purse, wins, since in ((0.0, 0, NEVER), (50_000.0, 9, 0.0)):
        city = lived(24, *words, seed=seed)
        before = city.initiatives["stance"].copy()
        city.initiatives["purse"], city.initiatives["wins"] = purse, wins
        city.initiatives["months_since_grant"] = since
        city.month += 1
        volunteers.run(city)
        stances.append(city.initiatives["stance"].copy())
        assert (stances[-1] != before).any()  # some did change their minds
    assert stances[0].tobytes() == stances[1].tobytes()


def test_the_funded_are_critical_friends_as_often_as_their_autonomy_says():
    """Of those who won grants and do not oppose, in ten cities; a false alarm once in 15,000 (four deviations)."""
    friends, expected, variance, criticising = 0, 0.0, 0.0, 0
    for seed in range(1, 11):
        rows = lived(60, *TALKS, seed=seed).initiatives
        active = (rows["stage"] >= Stage.INFORMAL) & (rows["stage"] <= Stage.MATURE) & rows["founded_with"]
        funded = active & (rows["wins"] > 0) & (rows["stance"] != Stance.OPPOSE)
        own = rows["autonomy"][funded]
        friends += (rows["stance"][funded] == Stance.CRITICAL_FRIEND).sum()
        expected += own.sum()
        variance += (own * (1.0 - own)).sum()
        criticising += (rows["stance"][active & (rows["wins"] > 0)] == Stance.OPPOSE).sum()
    assert friends > 100
    assert abs(friends - expected) < 4 * np.sqrt(variance)
    assert criticising > 0  # money does not end opposition either


# --- a fragile office ---


def test_an_office_with_changing_staff_has_looser_ties_than_a_lasting_one():
    """Ten pairs, months 25 to 120; one-sided paired t-test, a false alarm once in a thousand."""
    of = {
        s: [dict(zip(OUTCOMES, of_run(run_city(settings("city=oberhausen", f"scenario={s}"), seed, 120)), strict=True))
            for seed in range(1, 11)]
        for s in ("oldenburg_fragile", "oberhausen_agenda21")
    }  # fmt: skip
    loss = [f["tie_trust"] - a["tie_trust"]
            for f, a in zip(of["oldenburg_fragile"], of["oberhausen_agenda21"], strict=True)]  # fmt: skip
    assert stats.ttest_1samp(loss, 0.0, alternative="less").pvalue < 0.001


# --- all of them ---


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_a_programme_in_its_city_obeys_the_laws(programme):
    words = (f"city={PROGRAMMES[programme]}", f"scenario={programme}")
    city = City(settings(*words), 1)
    city.after = laws.check
    city.run(13)
    for name, months in city.outcomes().items():
        known = months[~np.isnan(months)]
        assert ((known >= OUTCOMES[name].low - 1e-9) & (known <= OUTCOMES[name].high + 1e-9)).all(), name


def test_the_page_tells_of_every_programme():
    assert set(re.findall(r"^### `(\w+)`", PAGE, re.M)) == set(PROGRAMMES)


LINES = re.findall(r"^sim sweep (.+)$", PAGE.replace("\\\n", " "), re.M)


def test_the_page_has_a_command_for_every_programme():
    swept = " ".join(LINES)
    assert all(re.search(rf"scenario=\S*{p}\b", swept) for p in PROGRAMMES)


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_page_is_a_sweep_of_thirty_paired_seeds(line):
    order, plan = plan_of(line.split())
    assert plan.seeds == 30
    assert len(plan.points) == 2
    assert f"sim analyse {order.name} " in PAGE


# --- what the page says of them ---

SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.+?)(?=^##)", PAGE, re.M | re.S))
COLUMNS = {
    "joint projects": "joint_projects",
    "trust between persons": "tie_trust",
    "trust in the city": "trust",
    "answers in time": "response_rate",
    "tiredness of volunteers": "volunteer_strain",
}
FIGURE = r"([+-]?)([\d.]+)\s±\s([\d.]+)"


def times(outcome):
    return 100.0 if OUTCOMES[outcome].unit in ("share", "ratio") else 1.0


def says(number, found):
    """Whether a number on the page is this one, to as many digits as it has there."""
    return f"{found:.{len(number.partition('.')[2])}f}".lstrip("-") == number


def fits(figure, row):
    """Whether `+1.2 ± 0.1` (without a sign: either direction) is this difference."""
    sign, middle, half = figure
    found, width = (times(row["outcome"]) * x for x in (row["difference"], (row["high"] - row["low"]) / 2.0))
    return says(middle, found) and says(half, width) and sign in ("", "+" if found >= 0.0 else "-")


def rows_of(text):
    """Of tables whose first column holds names of studies: name -> outcome -> what its cell says."""
    head = []
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")] if line.startswith("|") else []
        if "joint projects" in cells:
            head = cells
        elif head and cells and cells[0].startswith("`"):
            yield cells[0].strip("`"), {COLUMNS[h]: c for h, c in zip(head, cells, strict=True) if h in COLUMNS}


TABLES = dict(rows_of(PAGE))


def test_the_tables_are_of_studies_on_the_page():
    assert TABLES.keys() >= PROGRAMMES.keys()
    for name, cells in TABLES.items():
        assert len(cells) == len(COLUMNS)
        assert re.search(rf"^sim analyse {name} ", PAGE, re.M), name


@pytest.mark.slow
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_the_page_says_what_its_commands_find(programme, tmp_path, monkeypatch, capsys):
    """Cells of tables are those of their study; figures in sentences are those of some outcome of the section."""
    monkeypatch.chdir(tmp_path)
    section = SECTIONS[programme].replace("\\\n", " ")
    found, levels = {}, {}
    for command in re.findall(r"^sim (.+)$", section, re.M):
        capsys.readouterr()
        assert main([*command.split(), "--json"]) == 0
        if command.startswith("analyse"):
            answer = json.loads(capsys.readouterr().out)
            rows = [r for part in answer["parts"] for r in part["tables"].get("differences", [])]
            found.setdefault(answer["study"], {}).update({r["outcome"]: r for r in rows})
            study = experiment(answer["study"], [r["outcome"] for r in rows]).alternatives()
            for outcome, values in study.values.items():
                levels[answer["study"], outcome] = times(outcome) * np.nanmean(values, axis=(1, 2))

    wrong = [
        f"{name}: {outcome}: {cell}"
        for name in found.keys() & TABLES.keys()
        for outcome, cell in TABLES[name].items()
        for row in [found[name][outcome]]
        if not fits(re.match(FIGURE, cell).groups(), row) or cell.endswith("n.s.") != (row["p_holm"] >= 0.05)
    ]
    sentences = re.sub(r"```.+?```|^\|.+?$", "", SECTIONS[programme], flags=re.M | re.S)
    for figure in re.finditer(FIGURE + r"(?:\s(?:on|of|from)\s([\d.]*\d))?", sentences):
        sign, middle, half, base = figure.groups()
        wrong += [figure[0]] * (not any(
            fits((sign, middle, half), row) and (base is None or says(base, levels[name, outcome][0]))
            for name, rows in found.items() for outcome, row in rows.items()
        ))  # fmt: skip
    for new, old in re.findall(r"(\d+)%\sinstead\sof\s(\d+)%", sentences):
        if not any(says(old, was) and says(new, now) for was, now in levels.values()):
            wrong.append(f"{new}% instead of {old}%")
    assert not wrong
