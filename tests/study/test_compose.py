"""Precedence, and every fault of the command line and of config files in one message."""

from pathlib import Path

import pytest

from sim.model.params import BadConfig
from sim.model.settings import PARAMETERS
from sim.study import presets
from sim.study.compose import compose
from sim.study.sweep import plan_of

RATE = PARAMETERS["turnover.annual_rate"].allowed()
TERM = PARAMETERS["outside.term"].allowed()


def faults(*overrides: str) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        compose(overrides)
    return caught.value.faults


@pytest.mark.usefixtures("configs")
class TestPrecedence:
    def test_code_then_group_then_city_then_scenario_then_command_line(self):
        typed = ["turnover=high", "city=ghent", "scenario=tokenism", "turnover.champions=0.4"]
        turnover = compose(typed).settings.turnover
        assert turnover.annual_rate == 0.3  # the group file
        assert turnover.handover == 0.2  # the city over the group file
        assert turnover.vacancy == 4  # the scenario over the city
        assert turnover.champions == 0.4  # the command line over the code's default, 0.15
        assert turnover.openness == 0.5  # the code's default
        assert compose([*typed, "turnover.vacancy=1"]).settings.turnover.vacancy == 1

    def test_defaults(self):
        request = compose([])
        assert request.settings.city.population == 230_000
        assert (request.seed, request.months, request.name) == (1, 120, "freiburg-business_as_usual-1")
        assert request.choices["city"] == "freiburg"

    def test_two_options_of_one_group_in_their_order(self):
        forum = compose(["scenario=[tokenism,co_creation]"]).settings.forum
        assert (forum.adoption, forum.rung.name) == (0.1, "CO_CREATE")

    def test_plus_signs_and_groups_of_values_are_hydras_grammar(self):
        request = compose(["+forum.rung=involve", "++seed=5", "works={small_months: 7}"])
        assert (request.settings.forum.rung.name, request.seed) == ("INVOLVE", 5)
        assert request.settings.works.small_months == 7

    def test_a_value_may_point_to_another(self):
        assert compose(["outside.first_election=${outside.term}"]).settings.outside.first_election == 60


@pytest.mark.usefixtures("configs")
class TestName:
    def test_is_made_of_what_was_typed_and_not_of_its_order(self):
        plain = compose(["city=ghent", "seed=3"]).name
        one = compose(["city=ghent", "seed=3", "months=60", "turnover.handover=0.3"]).name
        assert plain == "ghent-business_as_usual-3"
        assert one.startswith(f"{plain}-")
        assert one == compose(["turnover.handover=0.3", "months=60", "seed=3", "city=ghent"]).name
        assert one != compose(["city=ghent", "seed=3", "months=60", "turnover.handover=0.4"]).name

    @pytest.mark.parametrize("name", ["a", "2024", "a.b-c_d", "_x"])
    def test_good(self, name):
        assert compose([f"name={name}"]).name == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "a b",
            "../x",
            "a/b",
            "a\\b",
            ".hidden",
            "-x",
            "..",
            "[a]",
            "'é'",
            "'a\\n'",
            "a" * 101,
        ],
    )
    def test_bad(self, name):
        [fault] = faults(f"name={name}")
        assert fault.startswith("name: ")
        assert "allowed: 1 to 100 letters" in fault

    @pytest.mark.parametrize("name", ["2024_01", "1e5", "1.50", "true", "null"])
    def test_is_what_was_typed_whatever_the_grammar_makes_of_it(self, name):
        assert compose([f"name={name}"]).name == name


@pytest.mark.usefixtures("configs")
class TestFaults:
    @pytest.mark.parametrize(
        ("typed", "parts"),
        [
            ("city=gent", ["city: ", "no 'gent'", "did you mean 'ghent'", "one of freiburg, ghent"]),
            ("tip=[none,foo]", ["tip: ", "no 'foo'", "one of none"]),
            ("city=", ["city: ", "empty", "one of freiburg, ghent"]),
            ("city=null", ["city: ", "empty", "one of freiburg, ghent"]),
            ("city={population: 5}", ["city: ", "one of freiburg, ghent"]),
            ("turnover=0.3", ["turnover: ", "no '0.3'", "one of high, mid"]),
            ("turnover.anual_rate=0.1", ["turnover.anual_rate: ", "did you mean 'turnover.annual_rate'"]),
            ("turnovr.annual_rate=0.1", ["turnovr.annual_rate: ", "did you mean 'turnover.annual_rate'"]),
            ("annual_rate=0.1", ["annual_rate: ", "did you mean 'turnover.annual_rate'"]),
            ("sede=3", ["sede: ", "did you mean 'seed'"]),
            ("scenaro=tokenism", ["scenaro: ", "did you mean 'scenario'"]),
            ("hydra.run.dir=x", ["hydra.run.dir: "]),
            ("turnover.annual_rate=often", ["turnover.annual_rate: ", "'often'", RATE]),
            ("turnover.annual_rate=true", ["turnover.annual_rate: ", "True", RATE]),
            ("turnover.annual_rate=[0.1]", ["turnover.annual_rate: ", RATE]),
            ("turnover.annual_rate={a: 1}", ["turnover.annual_rate: ", RATE]),
            ("turnover.annual_rate=1.5", ["turnover.annual_rate: ", "1.5", RATE]),
            ("turnover.annual_rate=-1e-9", ["turnover.annual_rate: ", "-1e-09", RATE]),
            ("turnover.annual_rate=nan", ["turnover.annual_rate: ", "nan", RATE]),
            ("turnover.annual_rate=inf", ["turnover.annual_rate: ", "inf", RATE]),
            ("turnover.annual_rate=", ["turnover.annual_rate: ", "empty", RATE]),
            ("turnover.annual_rate=null", ["turnover.annual_rate: ", "empty", RATE]),
            ("turnover.annual_rate=???", ["turnover.annual_rate: "]),
            ("turnover.annual_rate=${no.such}", ["turnover.annual_rate: ", "no.such"]),
            ("turnover.vacancy=2.5", ["turnover.vacancy: ", "2.5", "whole number"]),
            ("forum.rung=off", ["forum.rung: ", "'off'", "one of inform, consult"]),
            ("forum.rung=3", ["forum.rung: ", "one of inform, consult"]),
            ("forum.rung=consultt", ["forum.rung: ", "did you mean 'consult'"]),
            ("forum.deliberation=maybe", ["forum.deliberation: ", "'maybe'", "true or false"]),
            ("forum=3", ["forum: ", "not a group of settings"]),
            ("forum=", ["forum: ", "not a group of settings"]),
            ("outside.first_election=61", ["outside.first_election: ", "61", "outside.term"]),
            ("outside.term=0", ["outside.term: ", "0", TERM]),
            ("about=3", ["about: ", "no setting"]),
            ("about.city.title=x", ["about.city.title: ", "no setting"]),
            ("seed=-1", ["seed: ", "-1", "0 to "]),
            ("seed=1.5", ["seed: ", "1.5", "whole number"]),
            ("seed=", ["seed: ", "empty"]),
            ("seed=true", ["seed: ", "True"]),
            ("months=0", ["months: ", "0", "1 to 12000"]),
            ("months=soon", ["months: ", "'soon'", "1 to 12000"]),
            ("seed=1,2", ["seed: ", "several values"]),
            ("seed=range(1,5)", ["seed: ", "several values"]),
            ("~seed", ["seed: ", "cannot be deleted"]),
            ("seed", ["'seed'", "no '='"]),
            ("a=[", ["'a=['", "key=value"]),
            ("=3", ["'=3'", "key=value"]),
            ("city@here=ghent", ["'city@here=ghent'", "key=value"]),
            ("größe=3", ["'größe=3'", "key=value"]),
        ],
    )
    def test_one_alone(self, typed, parts):
        [fault] = faults(typed)
        for part in parts:
            assert part in fault
        assert "\n" not in fault

    def test_twice(self):
        [fault] = faults("seed=1", "+seed=2")
        assert fault == "seed: given 2 times (seed=1, seed=2)"

    def test_all_at_once(self):
        found = faults(
            "city=gent",
            "turnover.anual_rate=1",
            "turnover.annual_rate=7",
            "forum.rung=off",
            "trus.x=1",
            "seed=-1",
            "months=0",
            "name=../x",
            "a=[",
            "turnover.vacancy=",
            "outside.term=nan",
            "funding.every=1",
            "funding.every=2",
        )
        heads = {fault.split(":")[0] for fault in found}
        assert heads == {
            "city",
            "turnover.anual_rate",
            "turnover.annual_rate",
            "forum.rung",
            "trus.x",
            "seed",
            "months",
            "name",
            "'a=['",
            "turnover.vacancy",
            "outside.term",
            "funding.every",
        }
        assert len(found) == len(heads)

    def test_write_nothing(self):
        faults("seed=-1")
        assert list(Path().iterdir()) == []


class TestFilesOfTheUser:
    def test_a_wrong_value_names_its_file(self, configs):
        configs("city/mine", "turnover: {annual_rate: 7}\nforum: {rnug: inform}")
        configs("turnover/odd", "vacancy: -3")
        found = faults("city=mine", "turnover=odd", "seed=-1")
        assert {tuple(f.split(": ")[:2]) for f in found} == {
            ("seed", "-1 is out of range; allowed"),
            ("configs/turnover/odd.yaml", "turnover.vacancy"),
            ("configs/city/mine.yaml", "turnover.annual_rate"),
            ("configs/city/mine.yaml", "forum.rnug"),
        }

    def test_the_last_file_that_set_it_is_named(self, configs):
        configs("city/mine", "turnover: {annual_rate: 7}")
        configs("scenario/mine", "turnover: {annual_rate: 8}")
        [fault] = faults("city=mine", "scenario=mine")
        assert fault.startswith("configs/scenario/mine.yaml: turnover.annual_rate: 8")

    def test_the_command_line_is_not_blamed_on_a_file(self, configs):
        configs("city/mine", "turnover: {annual_rate: 0.1}")
        [fault] = faults("city=mine", "turnover.annual_rate=7")
        assert fault.startswith("turnover.annual_rate: 7")

    def test_all_unreadable_files_at_once(self, configs):
        configs("city/mine", "city: {population: 3\nturnover: 2")
        configs("scenario/mine", "- 1\n- 2")
        (presets.CONFIGS / "turnover" / "latin.yaml").write_bytes(b"# \xe9\n")
        found = faults("city=mine", "scenario=mine", "turnover=latin", "seed=1,2")
        assert found[0].startswith("seed: ")
        assert found[1].startswith("configs/turnover/latin.yaml: cannot be read")
        assert found[2].startswith("configs/city/mine.yaml: not valid YAML in line 3")
        assert found[3].startswith("configs/scenario/mine.yaml: holds list")

    def test_a_key_twice_in_one_file(self, configs):
        configs("city/mine", "city: {population: 3000}\ncity: {population: 4000}")
        [fault] = faults("city=mine")
        assert "mine.yaml" in fault
        assert "duplicate key" in fault


class TestShipped:
    """The presets that come with the program."""

    @pytest.mark.parametrize(
        ("group", "option"),
        [(group, option) for group in presets.defaults() for option in presets.groups()[group]],
    )
    def test_every_option_can_be_composed(self, group, option):
        assert compose([f"{group}={option}"]).choices[group] == option

    @pytest.mark.parametrize("study", presets.groups()["study"])
    def test_every_study_is_a_plan(self, study):
        order, plan = plan_of([f"+study={study}"])
        assert order.name == study
        assert len(plan.points) > 1
        assert presets.load(presets.file_of("study", study))["about"]["study"].keys() == {"title", "text"}

    @pytest.mark.parametrize("city", presets.groups()["city"])
    def test_a_citys_facts_are_what_is_run(self, city):
        settings = compose([f"city={city}"]).settings.plain()
        for fact in presets.load(presets.file_of("city", city))["about"]["city"]["facts"]:
            if "setting" in fact:
                group, name = fact["setting"].split(".")
                assert settings[group][name] == fact["value"], fact["setting"]

    def test_no_option_is_what_yaml_takes_for_a_truth_value(self):
        names = {o.name.lower() for p in PARAMETERS.values() for o in p.options or ()}
        names |= {option for options in presets.groups().values() for option in options}
        assert not names & {"on", "off", "yes", "no", "y", "n", "true", "false", "null", "~"}
