"""`sim compare`: from words to a folder; resumed, refused, on any number of workers."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import image

import sim
from sim import app
from sim.app import main
from sim.model.outcomes import OUTCOMES
from sim.study import carry_out, compare_cases, kept, run, verdict_words
from sim.study.cases import ordered
from sim.study.kept import Kept

ROOT = Path(__file__).parents[2]
TABLES = ("differences", "beats", "cost_per_gain", "groups", "ranking", "pareto", "tips")
SMALL = ["city.population=2000", "city.residents_per_agent=10", "months=30"]


@pytest.fixture(autouse=True)
def _work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def quick(monkeypatch):
    """A model of a few lines, in this process: rounds cost money, and co-creation pays; gives what was run."""
    ran = []

    def city(settings, seed, months):
        ran.append(seed)
        if seed == 13:
            raise ArithmeticError("an unlucky number")
        chance = np.random.default_rng(seed)
        base = 0.4 + 0.01 * chance.random(months)
        own = np.random.default_rng((seed, settings.forum.every, int(settings.simple_funding.strength)))
        gain = 0.05 * (settings.contact.neutral_place > 0.4) + 0.002 * own.random()
        series = dict.fromkeys(OUTCOMES, base + gain)
        series["euros"] = 1000.0 * base * (1 + (settings.forum.every > 0) + settings.simple_funding.strength)
        series["tip_reached"] = np.full(months, settings.simple_funding.strength or np.nan)
        return series

    monkeypatch.setattr(run, "run_city", city)
    monkeypatch.setattr(carry_out, "each", lambda work, jobs, engine: ((job, work(job)) for job in jobs))
    return ran


def compare(*words):
    return main(["compare", "no_engagement", "co_creation", "simple_funding", "seeds=12", "name=mine", *words])


def document(capsys, *words, code=0):
    assert compare(*words, "--json") == code
    return json.loads(capsys.readouterr().out)


class TestFolder:
    def test_files_tables_and_pictures(self, quick, capsys):
        assert compare() == 0
        folder = Path("results/mine")
        assert {f.name for f in folder.iterdir()} == {*compare_cases.FILES, kept.FILE, kept.LOCK}
        runs = pd.read_parquet(folder / "runs.parquet")
        pd.testing.assert_frame_equal(runs, pd.read_csv(folder / "runs.csv"), rtol=1e-12)
        assert [*runs.columns] == ["case", "seed", *OUTCOMES]
        assert runs.groupby("case", sort=False)["seed"].apply(list).to_dict() == {
            case: [*range(1, 13)] for case in ("no_engagement", "co_creation", "simple_funding")
        }
        wide = runs.pivot(index="seed", columns="case", values="trust")
        table = pd.read_csv(folder / "comparison.csv").set_index(["outcome", "case"])
        assert table.loc[("trust", "co_creation"), "difference"] == pytest.approx(
            (wide["co_creation"] - wide["no_engagement"]).mean()
        )
        about = json.loads((folder / "provenance.json").read_text())
        assert about["runs"] == {"done": 36, "failed": 0}
        assert about["cases"]["co_creation"]["forum"]["every"] == 6
        for picture in ("forest", "groups", "pareto"):
            assert image.imread(folder / f"{picture}.png").shape[1] == 1650
        summary = (folder / "summary.md").read_text()
        assert "tips at equal strength, whatever that costs" in summary
        assert "Co-creation: trust in the city higher by" in summary
        assert "12 seeds are few" in summary

    def test_what_is_printed_fits_a_hundred_columns(self, quick, capsys):
        many = [name for name in sim.study.presets.groups()["tip"] if name != "none"]
        assert main(["compare", "none", *many, "start_small+come_prepared", "seeds=3"]) == 0
        out = capsys.readouterr().out
        assert max(map(len, out.splitlines())) <= 100
        assert out.count("further cases") >= 4
        heads = out[out.index("What the tips took") :]
        assert all(word in heads for said in verdict_words.TAKEN.values() for word in said.split())
        assert " ".join(out.split()).endswith("see summary.md")

    def test_another_thing_of_that_name_stays(self, quick, capsys):
        assert main(["run", "months=12", "name=mine"]) == 0
        assert compare() == 2
        assert "results/mine exists and holds no comparison" in capsys.readouterr().err
        assert main(["compare", "tokenism", "co_creation", "seeds=3", "name=other"]) == 0
        assert main(["compare", "tokenism", "consultation", "seeds=3", "name=other"]) == 2
        assert "holds the comparison of another question" in capsys.readouterr().err

    def test_a_part_that_is_no_more_goes(self, quick):
        compare()
        Path("results/mine/tips.csv").write_text("of before")
        Path("results/mine/notes.txt").write_text("mine")
        assert compare() == 0
        assert "of before" not in Path("results/mine/tips.csv").read_text()
        Path("results/mine/.filling").mkdir()
        assert main(["compare", "tokenism", "no_engagement", "seeds=3", "name=plain"]) == 0
        assert not Path("results/plain/tips.csv").exists()
        assert compare() == 0
        assert Path("results/mine/notes.txt").read_text() == "mine"
        assert not Path("results/mine/.filling").exists()


class TestRuns:
    def test_more_seeds_and_another_look_use_what_is_there(self, quick):
        assert main(["compare", "no_engagement", "co_creation", "seeds=10", "name=mine"]) == 0
        assert len(quick) == 20
        words = ["compare", "co_creation", "no_engagement", "name=mine"]
        assert main([*words, "seeds=12", "outcome=participation", "baseline=no_engagement"]) == 0
        assert sorted(quick[20:]) == [11, 11, 12, 12]

    def test_interrupted_the_same_command_goes_on(self, quick, monkeypatch, capsys):
        def interrupted(work, jobs, engine):
            for n, job in enumerate(jobs):
                if n == 20:
                    raise KeyboardInterrupt
                yield job, work(job)

        with monkeypatch.context() as patch:
            patch.setattr(carry_out, "each", interrupted)
            assert compare("--json") == 130
        said = capsys.readouterr()
        assert json.loads(said.out) == {"faults": ["stopped; what was done is kept"]}
        assert "To go on: sim compare no_engagement" in said.err
        whole = document(capsys)
        assert len(quick) == 36
        assert whole["provenance"]["runs"]["done"] == 36

    def test_a_failed_run_is_told_and_left_out(self, quick, capsys):
        found = document(capsys, code=0)
        assert found["provenance"]["failed"] == []
        assert main(["compare", "no_engagement", "co_creation", "seeds=14", "name=unlucky", "--json"]) == 1
        said = capsys.readouterr()
        found = json.loads(said.out)
        assert len(found["provenance"]["failed"]) == 2
        assert found["provenance"]["failed"][0].startswith("no_engagement, seed 13: ArithmeticError: an unlucky")
        assert "2 runs failed" in found["warnings"][0]
        assert {row["pairs"] for row in found["differences"] if row["outcome"] == "trust"} == {13}
        assert len(pd.read_csv("results/unlucky/runs.csv")) == 26

    def test_where_all_fail_nothing_is_compared(self, quick, monkeypatch, capsys):
        monkeypatch.setattr(run, "run_city", lambda settings, seed, months: 1 / 0)
        assert compare("--json") == 1
        assert "no_engagement: not one run succeeded" in json.loads(capsys.readouterr().out)["faults"][0]
        assert not Path("results/mine/summary.md").exists()

    def test_two_commands_at_once(self, quick, capsys):
        with Kept(Path("results/mine"), 1):
            assert compare() == 2
        assert "another command is at work" in capsys.readouterr().err

    def test_bad_input_writes_nothing(self, capsys):
        assert main(["compare", "tokenims", "co_creation", "months=0", "--json"]) == 2
        assert len(json.loads(capsys.readouterr().out)["faults"]) == 2
        assert list(Path().iterdir()) == []

    def test_real_cities_on_any_workers(self, capsys):
        words = ["compare", "no_engagement", "co_creation+simple_funding", *SMALL, "tip.budget=20000", "seeds=4"]
        found = []
        for workers in (1, 2):
            assert main([*words, f"workers={workers}", f"name=on_{workers}", "--json"]) == 0
            found.append(json.loads(capsys.readouterr().out))
        assert all(found[0][table] == found[1][table] for table in TABLES)
        assert (Path("results/on_1/runs.csv")).read_bytes() == Path("results/on_2/runs.csv").read_bytes()
        trust = pd.read_csv("results/on_1/runs.csv").set_index(["case", "seed"])["trust"]
        settings = ordered(words[1:]).cases[1].settings
        series = run.run_city(settings, 3, 30)
        assert trust["co_creation+simple_funding", 3] == pytest.approx(series["trust"][24:].mean(), rel=1e-12)


class TestAuto:
    def test_seeds_are_added_until_it_is_narrow(self, quick, capsys):
        words = ["compare", "no_engagement", "co_creation", "seeds=auto", "name=mine", "--json"]
        assert main([*words, "precision=0.0005"]) == 1  # seed 13 fails
        found = json.loads(capsys.readouterr().out)
        looks = found["precision"]["looks"]
        assert looks == [30, 45, 68][: len(looks)]
        assert len(looks) > 1
        assert found["seeds"] == looks[-1]
        assert found["precision"]["reached"] is True
        assert found["precision"]["widest"] <= 0.0005
        assert len(quick) == 2 * looks[-1]  # none twice
        assert any("were enough" in said for said in found["warnings"])
        assert main([*words, "precision=1e-9", "cap=40"]) == 1
        found = json.loads(capsys.readouterr().out)
        assert (found["seeds"], found["precision"]["reached"]) == (40, False)
        assert any("were not enough (cap=40)" in said for said in found["warnings"])


class TestJson:
    def test_schema(self, quick, capsys):
        found = document(capsys)
        assert [*found] == ["baseline", "cases", "outcome", "seeds", "precision", "warnings", *TABLES, "provenance"]
        assert (found["baseline"], found["outcome"], found["seeds"]) == ("no_engagement", "trust", 12)
        assert [case["name"] for case in found["cases"]] == ["no_engagement", "co_creation", "simple_funding"]
        assert found["cases"][2]["settings"]["simple_funding"]["strength"] == 1
        assert found["precision"].keys() == {"asked", "widest", "reached", "looks"}
        assert all(isinstance(row, dict) for table in TABLES for row in found[table])
        assert len(found["beats"]) == 6
        assert {row["case"] for row in found["tips"]} == {"simple_funding"}
        lost = [row for row in found["cost_per_gain"] if row["case"] == "simple_funding"]
        assert (lost[0]["ratio"], lost[0]["says"]) == (None, "no gain to divide by")  # NaN is null

    def test_the_order_of_cases_changes_no_number(self, quick, capsys):
        one = document(capsys)
        assert main(["compare", "simple_funding", "no_engagement", "co_creation", "seeds=12", "name=mine",
                     "baseline=no_engagement", "--json"]) == 0  # fmt: skip
        other = json.loads(capsys.readouterr().out)
        for table in TABLES:
            assert sorted(map(json.dumps, one[table])) == sorted(map(json.dumps, other[table]))


def commands(text):
    return [shlex.split(line) for line in re.findall(r"^ *(sim compare [a-z].*)$", text, re.M)]


def test_a_city_that_is_named_and_is_the_usual_one_is_the_same(quick, capsys):
    words = ["compare", "no_engagement", "freiburg+no_engagement", "seeds=2", "name=same", "--json"]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)["warnings"]
    assert "freiburg+no_engagement has the very settings of an earlier case" in said
    assert not any("differ in city" in warning for warning in said)


def test_where_neither_more_nor_less_is_better_no_case_does_better(quick, capsys):
    assert compare("outcome=promised_influence") == 0
    said = capsys.readouterr().out
    assert "is higher than →" in said
    assert "does better" not in said


@pytest.mark.parametrize("source", ["docs/compare.md", "README.md", "help"])
def test_every_example_is_understood(source):
    text = app.COMPARE_USAGE if source == "help" else (ROOT / source).read_text(encoding="utf-8").replace("`", "\n")
    examples = [words for words in commands(text) if "CASE" not in words]
    assert examples
    for words in examples:
        assert len(ordered([word for word in words[2:] if word != "--json"]).cases) >= 2


def test_from_python(quick):
    found = sim.compare("no_engagement", "co_creation", {"turnover.annual_rate": 0.2}, seeds=3, name="mine")
    assert found.tables["beats"]["beats"].tolist() == [0, 1]
    assert repr(found).startswith("<Comparison Freiburg, Germany: 2 cases, 3 paired runs of each")
    assert Path("results/mine/summary.md").exists()
