"""A results folder is whole or absent, protects other results, and says how it came about."""

import json
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig
from sim.model.settings import Settings
from sim.study import presets, store
from sim.study.document import to_json
from sim.study.program import model_hash, source_hash
from sim.study.run import Done, Job


@pytest.fixture(autouse=True)
def _work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def save(name="mine", asked=("run", "seed=1"), text="new"):
    with store.saving(name) as folder:
        (folder / "provenance.json").write_text(json.dumps({"asked": list(asked)}))
        (folder / "text").write_text(text)


def fail(error):
    with store.saving("mine") as folder:
        (folder / "text").write_text("half")
        raise error


def names():
    return sorted(path.name for path in Path("results").iterdir())


class TestSaving:
    def test_the_folder_appears_at_the_end(self):
        with store.saving("mine") as folder:
            (folder / "text").write_text("all")
            assert not Path("results/mine").exists()
        assert names() == ["mine"]
        assert Path("results/mine/text").read_text() == "all"

    def test_a_failure_leaves_nothing(self):
        with pytest.raises(ZeroDivisionError):
            fail(ZeroDivisionError)
        assert not Path("results").exists()

    def test_a_failure_leaves_what_was_there(self):
        save(text="old")
        with pytest.raises(KeyboardInterrupt):
            fail(KeyboardInterrupt)
        assert names() == ["mine"]
        assert Path("results/mine/text").read_text() == "old"

    def test_a_failing_rename_puts_the_old_back(self, monkeypatch):
        save(text="old")
        rename = Path.rename

        def stubborn(self, target):
            if self.name.startswith(".mine") and not self.name.endswith("-old"):
                raise OSError("no")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", stubborn)
        with pytest.raises(OSError, match="no"):
            save(text="new")
        assert names() == ["mine"]
        assert Path("results/mine/text").read_text() == "old"

    def test_replaces(self):
        save(text="old")
        save(text="new")
        assert names() == ["mine"]
        assert Path("results/mine/text").read_text() == "new"


class TestCheck:
    def test_the_same_command_may_replace(self):
        save(asked=("run", "seed=1"), text="old")
        store.check("mine", ("run", "seed=1"), overwrite=False)
        save(text="new", asked=("run", "seed=1"))
        assert Path("results/mine/text").read_text() == "new"

    def test_another_command_must_say_so(self):
        save(asked=("run", "seed=1"))
        with pytest.raises(BadConfig, match="--overwrite"):
            store.check("mine", ("run", "seed=2"), overwrite=False)
        store.check("mine", ("run", "seed=2"), overwrite=True)

    def test_a_folder_without_results_is_never_replaced(self):
        Path("results/mine").mkdir(parents=True)
        Path("results/mine/diary.txt").write_text("dear")
        with pytest.raises(BadConfig, match="holds no results"):
            store.check("mine", ("run",), overwrite=True)

    def test_a_file_in_the_place_of_the_folder(self):
        Path("results").write_text("")
        with pytest.raises(BadConfig, match="not a folder that can be written to"):
            store.check("mine", ("run",), overwrite=True)

    def test_no_right_to_write(self, monkeypatch):
        monkeypatch.setattr(store.os, "access", lambda path, mode: False)
        with pytest.raises(BadConfig, match="not a folder that can be written to"):
            store.check("mine", ("run",), overwrite=True)

    def test_writes_nothing(self):
        store.check("mine", ("run",), overwrite=False)
        assert list(Path().iterdir()) == []


def done(scenario, seed, months, error=""):
    series = {name: np.arange(months) + seed / 10 for name in OUTCOMES}
    series["response_delay"][0] = np.nan
    return Done(Job(scenario, Settings(), seed, months), None if error else series, error)


class TestWrite:
    def test_months(self, tmp_path):
        runs = [done("a", 1, 3), done("a", 2, 3, "broken"), done("b", 1, 3)]
        store.write(tmp_path, runs, {"turnover": {"annual_rate": 0.1}}, {"asked": []})
        table = pq.read_table(tmp_path / "months.parquet")
        assert table.column_names == ["scenario", "seed", "month", *OUTCOMES]
        assert table["scenario"].to_pylist() == ["a", "a", "a", "b", "b", "b"]
        assert table["seed"].to_pylist() == [1] * 6
        assert table["month"].to_pylist() == [1, 2, 3, 1, 2, 3]
        assert table["trust"].to_pylist() == [0.1, 1.1, 2.1] * 2
        assert math.isnan(table["response_delay"].to_pylist()[0])
        assert table.schema.field("staff_hours").metadata[b"unit"] == b"hours"
        assert (tmp_path / "settings.yaml").read_text() == "turnover:\n  annual_rate: 0.1\n"

    def test_provenance(self):
        runs = [done("a", 2, 3), done("a", 1, 3, "broken")]
        about = store.provenance(["sim", "run"], "mine", ["run"], {"city": "ghent"}, "then", runs)
        assert about["argv"] == ["sim", "run"]
        assert about["folder"] == str(Path("results/mine"))
        assert (about["seeds"], about["months"]) == ([1, 2], 3)
        assert about["runs"] == {"done": 1, "failed": 1}
        assert about["failed"] == [{"scenario": "a", "seed": 1, "error": "broken"}]
        assert set(about["packages"]) >= {"mesa", "numpy", "numba"}
        assert about["started"] == "then"
        json.loads(to_json(about))

    def test_hashes_see_every_change_of_what_they_stand_for(self, tmp_path, monkeypatch):
        code, configs = tmp_path / "sim", tmp_path / "configs"
        (code / "model").mkdir(parents=True)
        configs.mkdir()
        monkeypatch.setattr(presets, "PACKAGE", code)
        monkeypatch.setattr(presets, "CONFIGS", configs)
        whole, model = {source_hash()}, {model_hash()}
        for file in (code / "a.py", code / "model" / "b.py", configs / "c.yaml"):
            for text in ("x", "y"):
                file.write_text(text)
                whole.add(source_hash())
                model.add(model_hash())
        (code / "a.py").rename(code / "z.py")
        whole.add(source_hash())
        assert (len(whole), len(model)) == (8, 3)
        (code / "model" / "cache.pyc").write_text("z")
        assert source_hash() in whole
        assert model_hash() in model


def test_json_has_null_for_what_is_undefined():
    text = to_json({"a": [1.5, float("nan")], "b": np.array([np.inf, 2.0]), "c": (True, None)})
    assert json.loads(text) == {"a": [1.5, None], "b": [None, 2.0], "c": [True, None]}
