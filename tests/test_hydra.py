"""The way in from Hydra: its `-m` is our sweep, and the model is an ordinary application for its own sweeper."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.app import main
from sim.model.settings import PARAMETERS
from sim.study.compose import compose
from sim.study.run import run_city

SMALL = ["city.population=2000", "city.residents_per_agent=10", "months=3"]


@pytest.fixture(autouse=True)
def _work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def hydra(*words):
    return subprocess.run(
        [sys.executable, "-m", "sim.hydra", *words], capture_output=True, text=True, check=False, timeout=200
    )


def test_multirun_is_a_sweep(capsys):
    words = [*SMALL, "turnover.annual_rate=0.1,0.2", "scenario=tokenism", "seeds=2", "workers=1"]
    ran = hydra("-m", *words, "name=theirs", "+hydra.sweeper.params={power.imbalance: 0.3}")
    assert ran.returncode == 0, ran.stderr
    assert "theirs: 2 points, 2 seeds; runs: 4 succeeded" in ran.stdout
    assert {f.name for f in Path().iterdir()} == {"results"}
    assert main(["sweep", *words, "power.imbalance=0.3", "name=ours"]) == 0
    capsys.readouterr()
    assert main(["run", "-m", *words, "power.imbalance=0.3", "name=again"]) == 0
    for name in ("ours", "again"):
        for file in ("runs.parquet", "months.parquet"):
            assert (Path("results/theirs") / file).read_bytes() == (Path("results") / name / file).read_bytes()


def test_bad_words_are_told_at_once():
    ran = hydra("-m", *SMALL, "turnover.annual_rate=0.1,7", "scenario=tokenism,tokenims")
    assert ran.returncode == 2
    assert "turnover.annual_rate: 7 is out of range" in ran.stderr
    assert "did you mean 'tokenism'?" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_bad_words_of_one_run_are_told_at_once():
    ran = hydra("months=0", "seed=1.5", "turnover.annual_rate=9", "workers=7")
    assert ran.returncode == 2
    for fault in ("months: 0 is out of range", "seed: 1.5 is not a whole number", "workers: about many runs; add -m",
                  "turnover.annual_rate: 9 is out of range"):  # fmt: skip
        assert fault in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(Path().rglob("months.parquet"))


def test_hydras_own_sweeper_runs_the_same_city():
    ran = hydra("-m", "hydra/sweeper=basic", *SMALL, "turnover.annual_rate=0.2", "scenario=tokenism", "seed=1,2")
    assert ran.returncode == 0, ran.stderr
    found = sorted(Path("multirun").rglob("months.parquet"))
    assert len(found) == 2
    settings = compose([*SMALL, "turnover.annual_rate=0.2", "scenario=tokenism"]).settings
    for seed, file in enumerate(found, 1):
        table = pd.read_parquet(file)
        assert set(table["seed"]) == {seed}
        assert np.array_equal(table["trust"], run_city(settings, seed, 3)["trust"])


def test_hydra_knows_every_setting():
    ran = hydra("--cfg", "job", "city=ghent")
    assert ran.returncode == 0, ran.stderr
    keys = {line.strip().split(":")[0] for line in ran.stdout.splitlines()}
    assert {name.split(".")[1] for name in PARAMETERS} <= keys
