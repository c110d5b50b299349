"""The way in from Python: every line of its guide runs, and it asks for the same as the command line."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.app import main
from sim.model.city import City
from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig
from sim.study import ledger
from sim.study.compose import compose
from sim.study.notebook import _words

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/python.md").read_text(encoding="utf-8"), re.M | re.S)
SMALL = {"city.population": 2000, "city.residents_per_agent": 10}


@pytest.fixture(autouse=True)
def _work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_guide_runs(tmp_path):
    """As one script, and without the guard that Python's own processes need."""
    script = "\n".join(b for b in BLOCKS if "ema_workbench" not in b)
    assert script.count("sim.") >= 7
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "<Study demo: 4 points, runs: 16 succeeded>" in ran.stdout
    assert "turnover.anual_rate: no such setting; did you mean 'turnover.annual_rate'?" in ran.stdout
    assert "power.imbalance: 7 is out of range" in ran.stdout


def test_a_script_without_a_guard(tmp_path):
    (tmp_path / "script.py").write_text(
        "import sim\n"
        "study = sim.sweep({'city.population': 2000, 'power.imbalance': [0.1, 0.2]}, seeds=2, months=2, workers=2)\n"
        "print(len(study.runs), 'runs')\n"
    )
    ran = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=False, timeout=120)
    assert ran.stdout == "4 runs\n", ran.stderr


def test_the_guide_for_the_workbench(tmp_path):
    pytest.importorskip("ema_workbench")
    [block] = [b for b in BLOCKS if "ema_workbench" in b]
    ran = subprocess.run(
        [sys.executable, "-c", "import sim\n" + block], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert len(re.findall(r"0\.\d+", ran.stdout)) == 6


def test_run_is_the_city():
    found = sim.run(SMALL, "turnover.annual_rate=0.2", seed=4, months=7)
    city = City(compose([f"{k}={v}" for k, v in SMALL.items()] + ["turnover.annual_rate=0.2"]).settings, seed=4)
    city.run(7)
    assert found.index.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert list(found.columns) == list(OUTCOMES)
    for name, values in city.outcomes().items():
        assert found[name].to_numpy().tobytes() == values.tobytes()
    assert not Path("results").exists()


def test_words_are_those_of_the_command_line():
    said = {"turnover.annual_rate": np.float64(0.25), "tip": ["none", ["a", "b"]], "study": "x", "works.ask": True}
    assert _words(["city=ghent", said], {"points": Path("p.csv"), "seeds": np.int64(3)}) == [
        "city=ghent",
        "turnover.annual_rate=0.25",
        "tip=none,[a,b]",
        "+study=x",
        "works.ask=true",
        "points=p.csv",
        "seeds=3",
    ]


def test_sweep_has_the_bytes_of_the_command_line(capsys):
    study = sim.sweep(SMALL, {"turnover.annual_rate": [0.1, 0.2]}, seeds=2, months=3, workers=1, name="one")
    line = [f"{k}={v}" for k, v in SMALL.items()] + ["turnover.annual_rate=0.1,0.2", "seeds=2", "months=3"]
    assert main(["sweep", *line, "workers=1", "name=two"]) == 0
    capsys.readouterr()
    for file in ("runs.parquet", "months.parquet"):
        assert (study.folder / file).read_bytes() == (Path("results/two") / file).read_bytes()
    pd.testing.assert_frame_equal(study.runs, sim.load("two").runs)
    assert len(study.months) == 4 * 3
    assert study.provenance["runs"]["succeeded"] == 4
    assert repr(study) == "<Study one: 2 points, runs: 4 succeeded>"


def test_sweep_says_what_a_choice_keeps_as_the_command_does(capsys):
    chosen = {"scenario": ["tokenism", "co_creation"], "vary": "forum", "design": "lhs", "points": 2}
    sim.sweep(SMALL, chosen, seeds=1, months=1, workers=1)
    assert "tokenism keeps what makes it what it is: forum.adoption" in capsys.readouterr().err


def test_bad_input():
    with pytest.raises(BadConfig, match=r"did you mean .turnover\.annual_rate"):
        sim.sweep({"turnover.anual_rate": [1, 2]})
    with pytest.raises(BadConfig, match="no sweep of that name"):
        sim.load("nothing")
    assert not Path("results").exists()
    with pytest.raises(AttributeError, match="no attribute 'swep'"):
        sim.swep  # noqa: B018


def test_a_study_without_tables(tmp_path):
    sim.sweep(SMALL, seeds=1, months=2, workers=1, name="some")
    (tmp_path / "results/some/provenance.json").unlink()
    with pytest.raises(BadConfig, match="sim export some"):
        sim.load("some")
    assert ledger.FILE in {f.name for f in (tmp_path / "results/some").iterdir()}


def test_ema_refuses_what_it_cannot_vary():
    pytest.importorskip("ema_workbench")
    with pytest.raises(BadConfig) as refused:
        sim.as_ema_model(["trust.asymetry", "scenario"], ["trst"], scenario="tokenism")
    assert len(refused.value.faults) == 3
