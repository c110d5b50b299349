"""Facts as files: those of the project, the examples of the guide, and every kind of fault."""

import re
from pathlib import Path

import pytest
import yaml

from sim.model.params import BadConfig
from sim.study import presets
from sim.study.patterns import experiment
from sim.study.patterns.measures import MEASURES

GUIDE = (Path(__file__).parents[2] / "docs" / "evidence" / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.S)
GOOD = yaml.safe_load(EXAMPLES[0])


def faults(tmp_path, **changes):
    """What is said of the guide's first example with some entries changed, or left out where None."""
    values = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
    return faults_of(tmp_path, yaml.safe_dump(values, sort_keys=False))


def faults_of(tmp_path, text):
    file = tmp_path / "fact.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadConfig) as caught:
        experiment.read([file])
    assert all(fault.startswith(f"{file}: ") for fault in caught.value.faults)
    return [fault.removeprefix(f"{file}: ") for fault in caught.value.faults]


def statement(**changes):
    return [{k: v for k, v in {**GOOD["expect"][0], **changes}.items() if v is not None}]


def test_every_fact_of_the_project_can_be_read_and_is_named_as_its_file():
    found = experiment.read(experiment.known())
    assert len(found) >= 18
    assert [e.id for e in found] == [file.stem for file in experiment.known()]


@pytest.mark.parametrize("file", experiment.known(), ids=lambda f: f.stem)
def test_a_fact_tells_what_was_a_choice_and_what_was_not_checked(file):
    (found,) = experiment.read([file])
    assert found.untestable or found.choices
    assert bool(found.unchecked) == (found.certainty in experiment.UNCHECKED)


@pytest.mark.parametrize("text", EXAMPLES, ids=["first", "second"])
def test_the_guide_s_examples_are_right(tmp_path, text):
    file = tmp_path / "fact.yaml"
    file.write_text(text, encoding="utf-8")
    (found,) = experiment.read([file])
    assert found.parts


def test_the_guide_has_two_examples_and_names_what_there_is():
    assert len(EXAMPLES) == 2
    for name in [*experiment.TOP, *experiment.PART, *experiment.TAKES, *experiment.WANTS]:
        assert f"`{name}`" in GUIDE or f"{{{name}:" in GUIDE, name
    plain = {n for n in MEASURES if "[" not in n and not n.startswith(("flow.", "state."))}
    own = plain - set(presets_outcomes())
    assert [n for n in own if f"`{n}`" not in GUIDE] == []
    for name in re.findall(r"`((?:flow|state)\.\w+)`", GUIDE):
        assert name in MEASURES


def presets_outcomes():
    from sim.model.outcomes import OUTCOMES

    return OUTCOMES


def test_facts_are_no_choice_of_a_city():
    assert "pattern" not in presets.groups()


def test_cases_change_on_the_way_and_later_words_win(tmp_path):
    file = tmp_path / "fact.yaml"
    file.write_text(EXAMPLES[1], encoding="utf-8")
    (found,) = experiment.read([file])
    assert list(found.cases) == ["mid_city", "small_town"]
    months, settings = zip(*found.cases["mid_city"]["ended"].phases, strict=True)
    assert months == (1, 25, 61)
    assert [s.forum.every for s in settings] == [0, 6, 0]
    assert [s.power.imbalance for s in settings] == [0.5, 0.3, 0.5], "what the scenario set goes with it"
    assert [p.quantity.text for p in found.parts] == ["going_on - ended", "ended - never", found.parts[2].quantity.text]
    assert found.columns("ended") == ["trust", "trust[marginalised]", "trust[others]"]


CASES = {"filled": ["turnover.vacancy=0"], "empty": ["turnover.vacancy=6"]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "no spaces"}, r"id: 'no spaces'; allowed: a letter"),
        ({"claim": None}, r"claim: missing; allowed: a sentence"),
        (
            {"certainty": "remembered"},
            r"certainty: 'remembered'.*allowed: one of opened, code, computed, memory, mixed",
        ),
        ({"certainty": "memry"}, r"did you mean 'memory'"),
        ({"unchecked": None}, r"unchecked: missing"),
        ({"kind": "emergant"}, r"kind: 'emergant'; did you mean 'emergent'\?; allowed"),
        ({"month": 12}, r"month: no such entry; did you mean 'months'\?; allowed: id, title"),
        ({"months": 0}, r"months: 0; allowed: a whole number from 2 to 12000"),
        ({"months": True}, r"months: True; allowed"),
        ({"seeds": 1}, r"seeds: 1; allowed: a whole number from 2"),
        ({"most": 5}, r"most: 5; allowed: a whole number from 40"),
        ({"choices": "one"}, r"choices: 'one'; allowed: a list of texts"),
        (
            {"cities": ["gent"], "common": []},
            r"cities: 'gent': no such city; did you mean 'ghent'\?; allowed: amsterdam",
        ),
        (
            {"cases": {"filled": {1: [], 9: ["forum.evry=6"]}, "empty": []}},
            r"^cases.filled.9: forum.evry: no such .*did you mean 'forum.every'",
        ),
        ({"cities": ["ghent"]}, r"cities: said here and by city="),
        ({"common": ["forum.evry=6"]}, r"^common: forum.evry: no such .*did you mean 'forum.every'"),
        ({"common": ["seed=4"]}, r"common: 'seed=4': not among the words; it is said once, by `seeds`"),
        ({"common": ["forum.every"]}, r"common: 'forum.every': not of the form key=value"),
        ({"cases": None}, r"cases: missing"),
        ({"cases": {}}, r"cases: empty"),
        ({"cases": {**CASES, "Not Good": []}}, r"cases.Not Good: 'Not Good' cannot name a case"),
        (
            {"cases": {**CASES, "late": {200: []}}},
            r"cases.late: 200: not a month; allowed: words, or words by the month, 1 to 96",
        ),
        ({"cases": {**CASES, "far": ["turnover.vacancy=99"]}}, r"cases.far: turnover.vacancy: 99.*0 to 24"),
        ({"cases": {**CASES, "moved": {1: [], 9: ["city.degree=10"]}}}, r"cases.moved.9: city: the place is made"),
        ({"expect": None}, r"expect: missing"),
        (
            {"expect": statement(quantity="empty - full")},
            r"expect.1.quantity: 'full': no such case.*allowed: filled, empty",
        ),
        ({"expect": statement(quantity="empty - filed")}, r"did you mean 'filled'"),
        ({"expect": statement(quantity="empty ** 2")}, r"expect.1.quantity: 'empty \*\* 2'.*allowed: names, numbers"),
        ({"expect": statement(quantity=None)}, r"expect.1.quantity: say either"),
        ({"expect": statement(order=["empty", "filled"])}, r"expect.1.quantity: say either"),
        ({"expect": statement(outcome="respons_delay")}, r"expect.1.outcome: .*did you mean 'response_delay'"),
        ({"expect": statement(outcome="flow.grant")}, r"did you mean 'flow.granted'|did you mean 'flow.grants'"),
        (
            {"expect": statement(group="poor")},
            r"expect.1.group: 'poor': no such group; allowed: none, as response_delay is not",
        ),
        (
            {"expect": statement(outcome="trust", group="marginalized")},
            r"did you mean 'marginalised'\?; allowed: marginalised",
        ),
        (
            {"expect": statement(window=[90, 100])},
            r"expect.1.window: \[90, 100\]; allowed: \[first, last\] month, from 1 to 96",
        ),
        ({"expect": statement(take="average")}, r"expect.1.take: 'average'.*allowed: one of mean, total"),
        ({"expect": statement(take="change")}, r"expect.1.before: missing"),
        ({"expect": statement(before=[1, 2])}, r"expect.1.before: nothing to compare with"),
        ({"expect": statement(event=3)}, r"expect.1.event: has no place"),
        ({"expect": statement(want="mor")}, r"expect.1.want: 'mor'; did you mean 'more'\?; allowed: more, less"),
        ({"expect": statement(want={"betwen": {}})}, r"did you mean 'between'"),
        ({"expect": statement(smallest=None)}, r"expect.1.smallest: missing; allowed: a number above 0"),
        ({"expect": statement(smallest=-1)}, r"expect.1.smallest: -1; allowed: a number above 0"),
        ({"expect": statement(why=None)}, r"expect.1.why: missing"),
        (
            {"expect": statement(want={"between": {"low": 3, "high": 2}}, smallest=None)},
            r"want.between.low: 3 is not below high, 2",
        ),
        (
            {"expect": statement(want={"near": {"value": 0, "with": 1}}, smallest=None)},
            r"want.near.with: no such entry; did you mean 'within'",
        ),
        (
            {"expect": statement(want={"at_least": {"value": "a", "margin": 0}}, smallest=None)},
            r"want.at_least.value: 'a'; allowed: a number",
        ),
        (
            {"expect": statement(values={"a": {"case": "emty"}}, quantity="a")},
            r"values.a.case: 'emty'; did you mean 'empty'",
        ),
        ({"expect": ["more"]}, r"expect.1: 'more'; allowed: a statement"),
        ({"untestable": "no"}, r"cases: not with `untestable`"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_fault_is_told_with_place_value_and_what_is_allowed(tmp_path, changes, said):
    found = faults(tmp_path, **changes)
    assert any(re.search(said, fault) for fault in found), found
    assert len(found) == len(set(found))


def test_a_fault_of_all_cases_is_told_once_where_it_stands(tmp_path):
    cases = {"one": ["forum.every=7000"], "two": {1: [], 9: ["forum.feedback=0"]}}
    found = faults(tmp_path, common=["turnover.anual_rate=0.2"], cases=cases, expect=statement(quantity="one - two"))
    assert [fault.split(": ")[:2] for fault in found] == [
        ["common", "turnover.anual_rate"],
        ["cases.one", "forum.every"],
    ]


def test_every_fault_is_told_at_once(tmp_path):
    found = faults(tmp_path, kind="x", months=-1, common=["forum.evry=6"], expect=statement(outcome="y", why=None))
    for start in ("kind:", "months:", "common:", "expect.1.outcome:", "expect.1.why:"):
        assert any(fault.startswith(start) for fault in found), start


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: [", "not valid YAML in line"),
        ("- a", "holds list, not an experiment"),
        ("", "is empty, not an experiment"),
        ("id: a\nid: b", "'id' is said twice"),
    ],
)
def test_what_is_no_experiment_is_refused(tmp_path, text, said):
    assert said in faults_of(tmp_path, text)[0]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadConfig, match="cannot be read: No such file"):
        experiment.read([tmp_path / "none.yaml"])


def test_two_facts_of_one_name(tmp_path):
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for file in files:
        file.write_text(EXAMPLES[0], encoding="utf-8")
    with pytest.raises(BadConfig, match="is also that of"):
        experiment.read(files)


def tried(tmp_path, **changes):
    file = tmp_path / "fact.yaml"
    file.write_text(yaml.safe_dump({**GOOD, **changes}, sort_keys=False), encoding="utf-8")
    (found,) = experiment.read([file])
    return found


def test_a_choice_beats_earlier_words_on_what_its_own_file_says(tmp_path):
    cases = {
        "none": ["scenario=no_engagement"],
        "some": ["scenario=no_engagement", "forum.every=4"],
        "then": {1: ["forum.every=3"], 25: ["scenario=no_engagement"]},
        "usual": [],
    }
    expect = statement(quantity="none + some + then + usual", want="more")
    found = tried(
        tmp_path, common=["city=small_town", "forum.every=6", "turnover.vacancy=2"], cases=cases, expect=expect
    )
    (by_name,) = found.cases.values()
    every = {name: [s.forum.every for _, s in case.phases] for name, case in by_name.items()}
    assert every == {"none": [0], "some": [4], "then": [3, 0], "usual": [6]}
    assert {s.turnover.vacancy for case in by_name.values() for _, s in case.phases} == {2}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"common": ["forum.every=6", "forum.every=3"]}, "common: forum.every: said twice in one list"),
        ({"cases": {**GOOD["cases"], "other": []}}, "cases.other: no statement looks at it"),
        ({"expect": statement(take="sd", window=[30, 30])}, "expect.1.window: [30, 30]: one month has no `sd`"),
        ({"expect": statement(outcome=None)}, "expect.1.outcome: missing; allowed: the name of one"),
    ],
)
def test_nothing_is_let_pass_that_has_no_meaning(tmp_path, changes, says):
    assert any(fault.startswith(says) for fault in faults(tmp_path, **changes))


def test_where_a_thing_is_said_twice_is_told(tmp_path):
    assert faults_of(tmp_path, EXAMPLES[0] + "months: 60\n") == [
        f"not valid YAML in line {EXAMPLES[0].count(chr(10)) + 1}: 'months' is said twice"
    ]
    assert faults_of(tmp_path, "")[0].startswith("is empty")
