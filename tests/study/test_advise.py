"""Advice: portfolios, futures, the search, and what is said of it."""

import json

import numpy as np
import pandas as pd
import pytest

from sim.app import main
from sim.model.city import City
from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig
from sim.model.settings import PARAMETERS, TIPS, Settings
from sim.study import advice, goals
from sim.study.advise import order
from sim.study.compose import layered, parsed
from sim.study.futures import draw
from sim.study.portfolios import EVEN, NOTHING, SINGLE, Portfolio, search

SMALL = {"city": {"population": 20_000, "residents_per_agent": 200}}
ROUGH = ["city.population=20000", "city.residents_per_agent=200", "futures=4", "seeds=2", "trials=10", "months=30"]


class TestPortfolios:
    def test_parts_are_the_smallest_whole_numbers(self):
        assert Portfolio.of({"start_small": 2, "make_it_personal": 2, "come_prepared": 0}) == Portfolio(
            {"make_it_personal": 1, "start_small": 1}
        )
        assert Portfolio.of({"start_small": 3}) == Portfolio.of({"start_small": 1})
        assert Portfolio.of({}) == NOTHING

    def test_what_it_is_called(self):
        mix = Portfolio.of({"come_prepared": 1, "start_small": 3})
        assert mix.name == "start_small:3+come_prepared:1"
        assert mix.title == "75% Start small, 25% Come prepared"
        assert (NOTHING.name, SINGLE[0].name) == ("none", "come_prepared")

    def test_parts_are_shares_of_the_budget(self):
        """Of EUR 12,000 a year, 3 to 1: EUR 750 and 250 a month; what is not used of either is left over."""
        mix = Portfolio.of({"transparency_consistency_accessibility": 3, "start_small": 1})
        city = City(mix.followed(Settings.build(SMALL), 12_000.0), 1)
        city.step()
        f, rate = city.flows[0], city.settings.tip.hour_rate
        used = f["tip_euros"] + f["tip_grants"] + rate * (f["staff_tips"] + f["hired"] + f["tip_within"])
        assert used + f["tip_unspent"] == pytest.approx(1000.0)
        weights = {tip: getattr(city.settings, tip).weight for tip in mix.parts}
        assert weights == {"transparency_consistency_accessibility": 3.0, "start_small": 1.0}
        assert [tip for tip in TIPS if getattr(city.settings, tip).strength] == list(mix.parts)

    def test_no_tip_is_the_city_as_it_is(self):
        settings = Settings.build(SMALL)
        assert NOTHING.followed(settings, 50_000.0) == settings


class TestSearch:
    def test_it_finds_a_mix_that_beats_all_single_tips(self):
        """Worth is greatest, 0, at two parts of the first tip to one of the last; alone, each is worth less."""
        aim = np.array([2, 0, 0, 0, 0, 0, 0, 1]) / 3

        def worth(some):
            found = []
            for p in some:
                parts = np.array([p.parts.get(tip, 0) for tip in TIPS], float)
                found.append(-float(np.sum((parts / max(parts.sum(), 1) - aim) ** 2)))
            return found

        found = search(worth, 120, 0)
        assert found[0][1] > max(worth(SINGLE)) / 2
        assert {*SINGLE, EVEN} <= {p for p, _ in found}
        assert [v for _, v in found] == sorted((v for _, v in found), reverse=True)

    def test_the_same_search_asks_the_same_again(self):
        def ask():
            asked = []

            def worth(some):
                asked.extend(p.name for p in some)
                return [len(p.parts) + 0.01 * len(p.name) for p in some]

            search(worth, 40, 3)
            return asked

        assert ask() == ask()

    def test_what_cannot_be_told_is_left_out(self):
        found = search(lambda some: [float("nan") if len(p.parts) == 1 else 1.0 for p in some], 10, 0)
        assert EVEN in [p for p, _ in found]
        assert not {*SINGLE} & {p for p, _ in found}


class TestFutures:
    def drawn(self, *words):
        faults = []
        typed = parsed(words, faults)
        futures = draw(typed, layered(typed, faults), 30, 0, faults)
        assert not faults
        return futures

    def test_all_that_is_assumed_is_drawn_within_what_is_plausible(self):
        futures = self.drawn("city=mid_city")
        assert {"start_small.effect", "make_it_personal.celebrate_euros", "tip.hired"} <= {*futures.drawn}
        for name in futures.drawn:
            low, high = PARAMETERS[name].plausible
            assert futures.drawn[name].between(low, high).all()
            assert PARAMETERS[name].source.sure == "assumed" or name.split(".")[0] in TIPS
        assert not {n for n in futures.drawn if n.endswith((".strength", ".weight", ".start"))}

    def test_what_the_line_and_its_choices_say_stays(self):
        futures = self.drawn("city=ghent", "contact.rate=0.3")
        assert "contact.rate" not in futures.drawn
        assert {s.contact.rate for s in futures.settings} == {0.3}
        assert {s.power.permit_openness for s in futures.settings} == {0.85}  # Ghent's, though assumed

    def test_each_setting_is_what_was_drawn(self):
        futures = self.drawn()
        for settings, (_, row) in zip(futures.settings, futures.drawn.iterrows(), strict=True):
            assert settings.start_small.effect == row["start_small.effect"]


def made(gains, seeds=2, drawn=None, noise=0.0):
    """Advice of three portfolios, no tip and two single ones, whose scores differ by `gains` (2, futures)."""
    gains = np.asarray(gains, float)
    n = gains.shape[1]
    scores = np.zeros((3, n, seeds))
    scores[1:] = gains[:, :, None]
    scores += noise * np.random.default_rng(0).standard_normal((1, n, seeds))  # what all share
    drawn = pd.DataFrame({"contact.rate": np.linspace(0, 1, n)}) if drawn is None else drawn
    values = np.zeros((3, n, seeds, len(OUTCOMES)))
    return advice.Advice("Town", 1000.0, goals.Goal({"trust": 1.0}), 48, [NOTHING, *SINGLE[:2]], [], drawn, seeds,
                         scores, values, [])  # fmt: skip


class TestWhatIsSaid:
    def test_regret_firsts_and_ranks_by_hand(self):
        """Gains 4, 0, 2 and 1, 2, -2: firsts in 2 and 1 of 3; regrets 0, 2, 0 and 3, 0, 4; no tip's 4, 2, 2."""
        row = made([[4, 0, 2], [1, 2, -2]]).ranking.set_index("portfolio")
        assert list(row.index) == ["come_prepared", "show_your_value", "none"]
        assert list(row["gain"]) == pytest.approx([2, 1 / 3, 0])
        assert list(row["first_in"]) == pytest.approx([2 / 3, 1 / 3, 0])
        assert list(row["regret_mean"]) == pytest.approx([2 / 3, 7 / 3, 8 / 3])
        assert list(row["regret_max"]) == pytest.approx([2, 4, 4])
        assert row.loc["show_your_value", "helps_in"] == pytest.approx(2 / 3)

    def test_shares_of_ranks_add_up(self):
        ranks = made(np.random.default_rng(0).standard_normal((2, 40))).ranks
        assert ranks[["1", "2", "3"]].sum(axis=1).to_numpy() == pytest.approx(np.ones(3))
        assert ranks["1"].sum() == pytest.approx(1)

    def test_a_clear_tip_is_advised(self):
        draws = np.random.default_rng(1).standard_normal((2, 60))
        said = " ".join(advice.sentences(made([5 + draws[0], 1 + draws[1]])))
        assert "Best on average: Come prepared" in said
        assert "Come prepared is distinguishable from every other single tip" in said

    def test_tips_that_differ_by_chance_only_are_said_to_be_alike(self):
        """Two tips with the same mean: at most one in twenty such studies may tell them apart, here of 100."""
        draw = np.random.default_rng(2)
        told = 0
        for _ in range(100):
            said = " ".join(advice.sentences(made(3 + draw.standard_normal((2, 30)))))
            told += "No single tip is distinguishable from another" not in said
        assert told <= 13  # of 100 at 5%, more than 13 in 1 of 2,000 such tests (binomial)

    def test_nothing_is_advised_where_every_tip_harms(self):
        draw = np.random.default_rng(3)
        said = advice.sentences(made(-3 + draw.standard_normal((2, 50))))
        assert said == ["No tip is advised: in the mean over 50 futures every one of them does worse than no tip."]

    def test_what_it_turns_on_is_named(self):
        draw = np.random.default_rng(4)
        drawn = pd.DataFrame({name: draw.random(100) for name in ("contact.rate", "contact.hours", "trust.gain")})
        gains = np.array([10 * (drawn["contact.hours"] - 0.5), 0.1 + 0 * drawn["contact.hours"]])
        turns = made(gains + 0.5 * draw.standard_normal((2, 100)), drawn=drawn).turns
        sure = turns[turns["p_holm"] < 0.05]
        assert {*sure["setting"]} == {"contact.hours"}

    def test_with_one_seed_chance_cannot_be_told(self):
        assert np.isnan(made([[1, 2], [2, 1]], seeds=1).agreement)

    def test_what_all_share_makes_no_difference(self):
        gains = np.random.default_rng(5).standard_normal((2, 20))
        plain, noisy = made(gains).ranking, made(gains, noise=50.0).ranking
        assert noisy["gain"].to_numpy() == pytest.approx(plain["gain"].to_numpy())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tip=start_small"], "tip: sim advise chooses the tips"),
        (["start_small.strength=1"], "start_small.strength: sim advise chooses the tips"),
        (["tip.budget=5"], "tip.budget: say budget=EUR"),
        (["budget=-1"], "budget: -1 is no budget; allowed: EUR a year, above 0"),
        (["goal=trst"], "goal: 'trst': no such outcome or benefit; did you mean 'trust'?"),
        (["city=gent"], "city: there is no 'gent'; did you mean 'ghent'?"),
        (["city=ghent,cascais"], "city: several values"),
        (["futures=1"], "futures: 1"),
        (["name="], "name: '' cannot name a folder"),
        (["seed=3"], "seed: each future has seeds of its own"),
        (["contact.rat=1"], "contact.rat: no such setting; did you mean 'contact.rate'?"),
        (["contact.rate=7"], "contact.rate: 7 is out of range"),
    ],
)
def test_bad_words_are_refused(words, said):
    with pytest.raises(BadConfig) as refused:
        order(words)
    assert any(said in fault for fault in refused.value.faults), refused.value.faults


def test_every_fault_is_told_at_once_and_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["advise", "budget=0", "goal=x", "futures=0", "contact.rate=2"]) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in ("budget:", "goal:", "futures:"))
    assert not any(tmp_path.iterdir())


def test_from_the_line_to_the_answer_and_again(tmp_path, monkeypatch, capsys):
    """The answer has every single tip; asked again, it runs nothing and says the same."""
    monkeypatch.chdir(tmp_path)
    words = ["advise", *ROUGH, "budget=20000", "goal=continuity:2,democracy:1", "name=rough", "--json"]
    assert main(words) == 0
    first = json.loads(capsys.readouterr().out)
    assert {*TIPS, "none"} <= {row["portfolio"] for row in first["ranking"]}
    assert first["provenance"]["runs"]["failed"] == 0
    assert first["goal"] == {goals.HEADLINE["continuity"]: 2, goals.HEADLINE["democracy"]: 1}
    folder = tmp_path / "results" / "rough"
    assert {"summary.md", "ranking.csv", "turns.csv", "gain.png", "provenance.json"} <= {
        f.name for f in folder.iterdir()
    }
    assert main(words) == 0
    captured = capsys.readouterr()
    again = json.loads(captured.out)
    assert "per second" not in captured.err
    assert all(again[key] == first[key] for key in ("ranking", "search", "ranks", "turns", "sentences"))
    assert main(["advise", *ROUGH, "budget=30000", "name=rough"]) == 2
    assert "another question" in capsys.readouterr().err


def test_a_goal_that_has_no_per_cent_is_refused(tmp_path, monkeypatch, capsys):
    """In ten months a small city delivers no joint project: nothing is no per cent of nothing."""
    monkeypatch.chdir(tmp_path)
    words = [w for w in ROUGH if not w.startswith(("months", "trials"))]
    assert main(["advise", *words, "months=2", "trials=0", "goal=joint_value"]) == 2
    assert "goal: joint_value has no per cent here" in capsys.readouterr().err


def test_a_goal_that_is_defined_in_too_few_futures_is_refused_after_the_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def in_one_future_only(goal, values, base):
        score = np.full(values.shape[:-1], np.nan)
        score[:, :1] = 1.0
        return score

    monkeypatch.setattr(goals.Goal, "score", in_one_future_only)
    monkeypatch.setattr("sim.study.advise.check_goal", lambda goal, base: None)
    words = [w for w in ROUGH if not w.startswith("trials")]
    assert main(["advise", *words, "trials=0", "goal=trust", "name=rare"]) == 2
    assert "a per cent for every portfolio in 1 of" in capsys.readouterr().err
    left = {file.name for file in (tmp_path / "results" / "rare").iterdir()}
    assert "runs.sqlite" in left
    assert "summary.md" not in left


def test_on_one_process_or_two_the_answer_is_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    answers = []
    for workers in (1, 2):
        words = ["advise", *ROUGH, "trials=0", "goal=trust", f"workers={workers}", f"name=w{workers}", "--json"]
        assert main([w for w in words if w != "trials=10"]) == 0
        answers.append(json.loads(capsys.readouterr().out)["ranking"])
    assert answers[0] == answers[1]


def test_nothing_is_said_of_what_a_fault_left_open():
    with pytest.raises(BadConfig) as caught:
        order(["budget=1,2", "futures=2,3"])
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["budget", "futures"]
