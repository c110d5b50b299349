"""Cases: what words name, and every fault at once."""

import pytest

from sim.model.params import BadConfig
from sim.study.cases import CAP, SEEDS, at_what_cost, ordered


def faults(*words):
    with pytest.raises(BadConfig) as caught:
        ordered(words)
    return caught.value.faults


class TestNames:
    def test_scenario_tip_city_and_mixes(self):
        asked = ordered(["no_engagement", "simple_funding+make_it_personal", "ghent+co_creation", "months=36"])
        assert [case.choices for case in asked.cases] == [
            {"scenario": ["no_engagement"]},
            {"tip": ["simple_funding", "make_it_personal"]},
            {"city": ["ghent"], "scenario": ["co_creation"]},
        ]
        assert asked.cases[0].title == "No engagement"
        assert asked.cases[2].title == "Ghent, Belgium + Co-creation"
        both = asked.cases[1].settings
        assert both.simple_funding.strength == both.make_it_personal.strength == 1
        assert both.start_small.strength == 0
        assert asked.cases[0].settings.forum.every == 0
        assert asked.city == "Several cities"
        assert (asked.base, asked.months, asked.seeds, asked.cap, asked.outcome) == (0, 36, SEEDS, CAP, "trust")

    def test_what_holds_for_all(self):
        asked = ordered(["tokenism", "co_creation", "city=ghent", "turnover.annual_rate=0.3"])
        assert {case.settings.turnover.annual_rate for case in asked.cases} == {0.3}
        assert asked.city == "Ghent, Belgium"
        assert asked.common == ["city=ghent", "turnover.annual_rate=0.3"]

    def test_a_group_can_be_said(self):
        asked = ordered(["scenario:tokenism", "trust:low+tokenism"])
        assert [case.choices for case in asked.cases] == [
            {"scenario": ["tokenism"]}, {"trust": ["low"], "scenario": ["tokenism"]},
        ]  # fmt: skip

    def test_the_baseline(self):
        assert ordered(["tokenism", "co_creation", "baseline=co_creation"]).base == 1
        asked = ordered(["tokenism", "co_creation", "baseline=no_engagement"])
        assert [case.name for case in asked.cases] == ["no_engagement", "tokenism", "co_creation"]
        assert asked.base == 0

    def test_the_folder_does_not_depend_on_the_order(self):
        one, other = (
            ordered(["tokenism", "co_creation"]),
            ordered(["co_creation", "tokenism", "seeds=50", "outcome=euros"]),
        )
        assert one.name == other.name == "co_creation-tokenism"
        assert one.asked == other.asked
        assert ordered(["tokenism", "co_creation", "months=60"]).name != one.name
        assert ordered(["tokenism", "co_creation", "name=mine"]).name == "mine"


class TestFaults:
    def test_all_at_once(self):
        found = faults(
            "tokenims", "mid", "tokenism+ghent+brussels", "city=ghent", "seeds=x", "cap=3", "tip.bugdet=3",
            "workers=0", "outcome=trst", "name=../x", "seed=3", "tokenism+tokenism",
        )  # fmt: skip
        parts = [
            "seed: cases are compared over the seeds 1 to N",
            "did you mean 'tokenism'?",
            "mid: 'mid' is a choice of funding, power, trust and turnover; write funding:mid",
            "city: said for all cases, and by tokenism+ghent+brussels",
            "tokenism+ghent+brussels: a case has one city, not 2",
            "tokenism+tokenism: names 'tokenism' twice",
            "tip.bugdet: no such setting; did you mean 'tip.budget'?",
            "outcome: 'trst': no such outcome; did you mean 'trust'?",
            "cap: only seeds=auto has one",
            "seeds: 'x'; allowed: a whole number from 2, or auto",
            "name: '../x' cannot name a folder",
            "workers: '0'; allowed",
        ]
        assert len(found) == len(parts)
        assert all(part in fault for part, fault in zip(parts, found, strict=True))

    def test_a_setting_that_is_wrong_in_each_case_is_told_once(self):
        assert len(faults("tokenism", "co_creation", "months=0", "turnover.annual_rate=7")) == 2

    def test_settings_are_checked_even_where_no_case_is_right(self):
        assert any("months: 0" in fault for fault in faults("tokenims", "months=0"))

    @pytest.mark.parametrize("words", [[], ["tokenism"], ["months=36"]])
    def test_two_cases_are_needed(self, words):
        assert faults(*words) == ["sim compare: needs two cases, as in `sim compare no_engagement co_creation`"]

    def test_the_same_case_twice(self):
        assert "the same case as co_creation+simple_funding" in faults(
            "co_creation+simple_funding", "simple_funding+co_creation"
        )[0]  # fmt: skip
        ordered(["lack_of_money+lack_of_time", "lack_of_time+lack_of_money"])  # the later beats the earlier

    @pytest.mark.parametrize("words", [[], ["precision=0"], ["precision=x"], ["precision=inf"], ["precision="]])
    def test_auto_must_know_how_narrow(self, words):
        assert any(fault.startswith("precision: ") for fault in faults("tokenism", "co_creation", "seeds=auto", *words))

    def test_words_given_twice(self):
        assert faults("tokenism", "co_creation", "seeds=3", "seeds=4") == ["seeds: given twice"]


class TestCost:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["tokenism", "co_creation"], ""),
            (["none", "tokenism"], ""),
            (["none", "simple_funding"], "at equal strength, whatever that costs"),
            (["none", "simple_funding", "tip.budget=50000"], "at an equal budget of EUR 50,000 a year"),
        ],
    )
    def test_how_tips_are_made_comparable_is_said(self, words, said):
        assert at_what_cost(ordered(words).cases) == said
