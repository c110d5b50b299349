"""The command line: exit codes, pure JSON, quick start, messages without tracebacks."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from sim.app import main
from sim.model.outcomes import OUTCOMES
from sim.model.settings import TIPS
from sim.study import run, store

ROOT = Path(__file__).parents[1]
SMALL = ["city.population=2000", "city.residents_per_agent=10", "months=6"]
HEAVY = ("numba", "mesa", "hydra", "omegaconf", "pandas", "scipy", "matplotlib", "seaborn", "pyarrow", "rich")


@pytest.fixture(autouse=True)
def _work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def noise(settings, seed, months):
    """A city that takes no time; seed 13 fails."""
    if seed == 13:
        raise ArithmeticError("an unlucky number")
    values = (seed * 7 % 10) / 10 + settings.forum.adoption + store.np.arange(months) / months
    return dict.fromkeys(OUTCOMES, values)


@pytest.fixture
def quick_city(monkeypatch):
    monkeypatch.setattr(run, "run_city", noise)
    monkeypatch.setattr("sim.study.main_job.cores", lambda: 1)
    monkeypatch.setattr("sim.study.pool.warm_up", lambda: None)


ALONE = {"capture_output": True, "text": True, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}


def sim(*words):
    """The command in a process of its own."""
    return subprocess.run([sys.executable, "-m", "sim", *words], **ALONE)


class TestStart:
    @pytest.mark.parametrize(
        "words",
        [
            ["--help"],
            ["run", "--help"],
            ["list", "parameters"],
            ["list", "outcomes", "--json"],
            ["list", "cities"],
            ["list", "scenarios", "--json"],
            ["list", "levers"],
            ["--help", "turnover.annual_rate"],
            ["help", "ghent", "--json"],
            ["--version"],
        ],
        ids=" ".join,
    )
    def test_looking_up_imports_nothing_heavy(self, words):
        code = f"import sys; from sim.app import main; assert main({words}) == 0; print(*sys.modules, file=sys.stderr)"
        ran = subprocess.run([sys.executable, "-c", code], **ALONE)
        assert ran.returncode == 0
        assert not set(HEAVY) & {name.split(".")[0] for name in ran.stderr.split()}

    def test_json_of_every_look_up_is_one_document(self, capsys):
        for words in ("--help", "run -h", "help trust", "list cities", "list parameters", "list levers"):
            assert main([*words.split(), "--json"]) == 0
            said = capsys.readouterr()
            json.loads(said.out)
            assert said.err == ""

    @pytest.mark.parametrize("words", ["", "validate", "validate laws", "validate docking"])
    def test_help_is_the_same_asked_either_way(self, words, capsys):
        assert main(["help", *words.split()]) == 0
        said = capsys.readouterr().out
        assert main([*words.split(), "--help"]) == 0
        assert capsys.readouterr().out == said
        assert "--json" in said

    def test_the_version_names_the_program_its_model_and_packages(self, capsys):
        assert main(["--version"]) == 0
        program, model, stands = capsys.readouterr().out.splitlines()
        assert program == f"partnering-up {version('partnering-up')}"
        assert re.fullmatch("model [0-9a-f]{12}", model)
        assert f"numpy {np.__version__}" in stands
        assert main(["--version", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["model"].startswith(model.split()[1])

    def test_help_has_examples_that_are_right(self, capsys, quick_city):
        main(["--help"])
        main(["run", "--help"])
        text = capsys.readouterr().out
        lines = [line.strip().split(" > ")[0] for line in text.splitlines() if line.startswith("  sim ")]
        examples = {line for line in lines if "  " not in line}
        assert len(examples) >= 8
        for example in examples - {"sim"}:
            assert main(example.split()[1:]) == 0, example


class TestRefusal:
    """Exit code 2, one line for every fault, no traceback, nothing written."""

    @pytest.mark.parametrize(
        ("words", "parts"),
        [
            (["rnu"], ["rnu: no such command; did you mean 'run'?"]),
            (["city=ghent"], ["did you mean 'sim run city=ghent'?"]),
            (["run", "--version"], ["--version: no such option"]),
            (["--jsno"], ["--jsno: no such option; did you mean '--json'?"]),
            (
                ["validate", "docking", "--page"],
                ["--page: no such option; allowed: --json, --help, -h with `sim validate docking`"],
            ),
            (
                ["validate", "laws", "--fast"],
                ["--fast: no such option; allowed: --json, --help, -h with `sim validate laws`"],
            ),
            (["run", "-m", "seed=1,2"], ["seed: a sweep runs the seeds 1 to N"]),
            (["list"], ["allowed: one of cities, scenarios, tips, studies, parameters, outcomes, levers"]),
            (["list", "citys"], ["did you mean 'cities'?"]),
            (["list", "cities", "levers"], ["allowed: one of cities"]),
            (["help", "turnover.anual_rate"], ["did you mean 'turnover.annual_rate'?"]),
            (
                ["run", "city=gent", "seed=-1", "months=0", "turnover.anual_rate=1", "name=../x", "a=["],
                [
                    "city: there is no 'gent'; did you mean 'ghent'?",
                    "seed: -1",
                    "months: 0",
                    "did you mean 'turnover.annual_rate'?",
                    "name: '../x'",
                    "'a=['",
                ],
            ),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_messages(self, words, parts, capsys):
        assert main(words) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert all(part in said.err for part in parts)
        assert len(said.err.splitlines()) == len(parts)
        assert all(line.startswith("sim: ") for line in said.err.splitlines())
        assert list(Path().iterdir()) == []

    def test_as_json(self, capsys):
        assert main(["run", "seed=-1", "months=0", "--json"]) == 2
        said = capsys.readouterr()
        faults = json.loads(said.out)["faults"]
        assert [fault.split(":")[0] for fault in faults] == ["seed", "months"]
        assert said.err.splitlines() == [f"sim: {fault}" for fault in faults]

    def test_in_a_process_of_its_own(self):
        ran = sim("run", "turnover.annual_rate=nan", "--json")
        assert ran.returncode == 2
        assert "Traceback" not in ran.stderr
        assert json.loads(ran.stdout)["faults"][0].startswith("turnover.annual_rate: nan")
        assert list(Path().iterdir()) == []


class TestRun:
    def test_the_real_thing(self):
        ran = sim("run", *SMALL, "seed=3", "name=mine", "turnover.annual_rate=0.25", "--json")
        assert ran.returncode == 0, ran.stderr
        document = json.loads(ran.stdout)
        assert document["settings"]["turnover"]["annual_rate"] == 0.25
        assert document["outcomes"].keys() == OUTCOMES.keys()
        trust = document["outcomes"]["trust"]
        assert (trust["unit"], trust["benefit"], len(trust["months"])) == ("share", "democracy", 6)
        assert trust["mean"] == pytest.approx(sum(trust["months"]) / 6)
        hours = document["outcomes"]["staff_hours"]
        assert hours["total"] == pytest.approx(sum(hours["months"]))
        about = document["provenance"]
        assert about["argv"] == ["sim", "run", *SMALL, "seed=3", "name=mine", "turnover.annual_rate=0.25", "--json"]
        assert (about["seeds"], about["months"], about["choices"]["city"]) == ([3], 6, "freiburg")
        folder = Path(about["folder"])
        assert sorted(path.name for path in folder.iterdir()) == ["months.parquet", "provenance.json", "settings.yaml"]
        assert yaml.safe_load((folder / "settings.yaml").read_text()) == document["settings"]
        assert json.loads((folder / "provenance.json").read_text()) == about
        assert pq.read_table(folder / "months.parquet")["trust"].to_pylist() == trust["months"]

    def test_prints_a_table(self, quick_city, capsys):
        assert main(["run", "months=24"]) == 0
        said = capsys.readouterr()
        assert all(name in said.out for name in OUTCOMES)
        assert "first year" in said.out
        assert "Saved in results/freiburg-business_as_usual-1" in said.out

    def test_the_same_command_again_and_another_of_that_name(self, quick_city, capsys):
        assert main(["run", "seed=2", "months=12", "name=mine"]) == 0
        assert main(["run", "months=12", "seed=2", "name=mine"]) == 0
        before = Path("results/mine/provenance.json").read_text()
        assert main(["run", "months=12", "seed=3", "name=mine"]) == 2
        assert "results/mine holds the results of another command" in capsys.readouterr().err
        assert Path("results/mine/provenance.json").read_text() == before
        assert main(["run", "months=12", "seed=3", "name=mine", "--overwrite"]) == 0
        assert json.loads(Path("results/mine/provenance.json").read_text())["seeds"] == [3]

    def test_a_run_that_fails(self, quick_city, capsys):
        assert main(["run", "seed=13", "--json"]) == 1
        said = capsys.readouterr()
        assert "seed 13 failed: ArithmeticError: an unlucky number" in said.err
        assert json.loads(said.out)["faults"]
        assert list(Path().iterdir()) == []

    def test_a_full_disk(self, quick_city, capsys, monkeypatch):
        def full(table, file):
            file.write_text("half")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(store.pq, "write_table", full)
        assert main(["run"]) == 1
        assert "No space left on device" in capsys.readouterr().err
        assert list(Path().iterdir()) == []

    def test_results_that_cannot_be_written(self, quick_city, capsys):
        Path("results").write_text("a file")
        assert main(["run"]) == 2
        assert "not a folder that can be written to" in capsys.readouterr().err

    def test_a_reader_that_has_enough(self):
        ran = subprocess.run(f"{sys.executable} -m sim list parameters | head -1", shell=True, **ALONE)
        assert ran.stderr == ""


class TestMainJob:
    def test_tables_sentences_and_files(self, quick_city, capsys):
        assert main([]) == 1  # seed 13 fails in each scenario and with each tip, the others go on
        said = capsys.readouterr()
        assert said.err.count("seed 13: ArithmeticError: an unlucky number") == 4 + 9
        assert "29 paired runs" in said.out
        assert sorted(path.name for path in Path("results/main").iterdir()) == [
            "comparison.csv",
            "figure.png",
            "figure.svg",
            "months.parquet",
            "provenance.json",
            "settings.yaml",
            "summary.md",
            "tips.csv",
        ]
        about = json.loads(Path("results/main/provenance.json").read_text())
        assert about["runs"] == {"done": 29 * 13, "failed": 13}
        assert about["seeds"] == list(range(1, 31))

    def test_as_json(self, quick_city, capsys):
        assert main(["--json"]) == 1
        document = json.loads(capsys.readouterr().out)
        assert document.keys() == {"settings", "baseline", "months", "outcomes", "sentences", "tips", "provenance"}
        assert document["months"] == [25, 120]
        assert {row["case"] for row in document["tips"]["ranking"]} == {*TIPS}
        assert list(document["sentences"]) == ["no_engagement", "tokenism", "consultation", "co_creation"]
        assert document["settings"]["no_engagement"]["forum"]["every"] == 0
        adopted = {s: v["forum"]["adoption"] for s, v in document["settings"].items()}
        trust = document["outcomes"]["trust"]["scenarios"]
        for scenario, values in trust.items():
            assert values["difference"] == pytest.approx(adopted[scenario] - adopted["no_engagement"])
            assert values["seeds"] == 29

    def test_another_commands_results_of_that_name_stay(self, quick_city, capsys):
        assert main(["run", "months=12", "name=main"]) == 0
        assert main([]) == 2
        assert "results/main holds the results of another command" in capsys.readouterr().err
        assert json.loads(Path("results/main/provenance.json").read_text())["months"] == 12

    def test_without_a_single_run(self, quick_city, capsys, monkeypatch):
        monkeypatch.setattr(run, "run_city", lambda settings, seed, months: 1 / 0)
        assert main(["--json"]) == 1
        said = capsys.readouterr()
        assert "nothing was saved" in said.err
        assert len(json.loads(said.out)["faults"]) == 391
        assert list(Path().iterdir()) == []

    def test_ctrl_c(self, quick_city, capsys, monkeypatch):
        def interrupted(settings, seed, months):
            raise KeyboardInterrupt

        monkeypatch.setattr(run, "run_city", interrupted)
        assert main([]) == 130
        assert "nothing was saved" in capsys.readouterr().err
        assert list(Path().iterdir()) == []
