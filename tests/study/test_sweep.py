"""A sweep loses no run: whatever is killed, the export has the bytes of an uninterrupted one."""

import json
import random
import re
import shlex
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim import app
from sim.app import main
from sim.model.city import City
from sim.model.outcomes import OUTCOMES
from sim.study import carry_out, export, ledger, pool, presets, store
from sim.study.compose import compose
from sim.study.plan import on_top
from sim.study.program import model_hash, program, source_hash
from sim.study.sweep import plan_of

ROOT = Path(__file__).parents[2]
TABLES = ("runs.parquet", "months.parquet")


@pytest.fixture(autouse=True)
def _work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def quick(monkeypatch):
    """Noise in the place of the model, in this process; what `each` gives comes in another order."""

    def noise(settings, seed, months):
        if seed == 13:
            raise ArithmeticError("an unlucky number")
        chance = np.random.default_rng(seed).random(months)
        series = {name: (settings.turnover.annual_rate + chance).copy() for name in OUTCOMES}
        series["response_delay"][:30] = np.nan
        series["late_vetoes"][:] = np.nan
        return series

    def anyhow(work, jobs, engine):
        found = [(job, work(job)) for job in jobs]
        random.Random(engine.processes).shuffle(found)
        yield from found

    monkeypatch.setattr("sim.study.run.run_city", noise)
    monkeypatch.setattr(carry_out, "each", anyhow)


WORDS = ["turnover.annual_rate=0.1,0.2", "scenario=tokenism,co_creation", "seeds=3", "months=30"]


def sweep(*words, name="study"):
    return main(["sweep", *WORDS, f"name={name}", *words])


def tables(name="study"):
    return [(Path("results") / name / file).read_bytes() for file in TABLES]


def rows(name="study"):
    return pd.read_parquet(f"results/{name}/runs.parquet")


def left_over(name="study"):
    known = {*export.FILES, ledger.FILE, ledger.LOCK, ledger.TABLES}
    return {file.name for file in (Path("results") / name).iterdir()} - known


@pytest.mark.usefixtures("quick")
class TestTables:
    def test_runs(self):
        assert sweep() == 0
        found = rows()
        head = ["run", "point", "city", "tip", "scenario", "turnover.annual_rate", "seed"]
        assert sorted(found.columns[:7]) == sorted(head)
        assert list(found.columns[7:]) == list(OUTCOMES)
        assert found["point"].tolist() == [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3
        assert found["turnover.annual_rate"].tolist() == [0.1] * 6 + [0.2] * 6
        assert found["scenario"].tolist() == (["tokenism"] * 3 + ["co_creation"] * 3) * 2
        assert found["seed"].tolist() == [1, 2, 3] * 4
        assert found["run"].is_unique

    def test_a_run_has_its_later_months(self):
        """Months 25 to 30 count: `trust` is their mean, `joint_value`, a flow, their sum."""
        sweep()
        months = [np.random.default_rng(seed).random(30)[24:] for seed in (1, 2, 3)]
        assert rows()["trust"].tolist()[:3] == pytest.approx([0.1 + m.mean() for m in months], rel=1e-14)
        assert rows()["joint_value"].tolist()[:3] == pytest.approx([(0.1 + m).sum() for m in months], rel=1e-14)
        assert rows()["late_vetoes"].isna().all()

    def test_or_all_its_months_if_there_are_no_later_ones(self):
        main(["sweep", "turnover.annual_rate=0.1", "seeds=1", "months=24", "name=study"])
        assert rows()["trust"][0] == pytest.approx(0.1 + np.random.default_rng(1).random(24).mean(), rel=1e-14)

    def test_months(self):
        sweep()
        found = pd.read_parquet("results/study/months.parquet")
        assert len(found) == 12 * 30
        assert found["month"].tolist()[:31] == [*range(1, 31), 1]
        last = found[
            (found["scenario"] == "co_creation") & (found["turnover.annual_rate"] == 0.2) & (found["seed"] == 3)
        ]
        assert last["trust"].tolist() == (0.2 + np.random.default_rng(3).random(30)).tolist()
        assert last["response_delay"].isna().sum() == 30
        assert set(last["run"]) == {rows()["run"].iloc[-1]}

    def test_a_choice_called_like_an_outcome(self):
        assert main(["sweep", "trust=low,high", "power=low,mid", "seeds=1", "months=3", "name=study"]) == 0
        assert rows()["trust.choice"].tolist() == ["low", "low", "high", "high"]
        assert rows()["power"].tolist() == ["low", "mid"] * 2
        assert rows()["trust"].dtype == float

    def test_points_with_equal_settings_share_their_runs(self):
        assert main(["sweep", "turnover.annual_rate=0.1,0.10,0.2", "seeds=2", "months=3", "name=study"]) == 0
        assert rows()["turnover.annual_rate"].tolist() == [0.1] * 4 + [0.2] * 2
        assert rows()["run"].nunique() == 4

    def test_seeds_are_common_to_all_points(self):
        sweep()
        found = rows().assign(chance=lambda t: t["trust"] - t["turnover.annual_rate"])
        assert np.allclose(found.groupby("seed")["chance"].std(), 0, atol=1e-12)

    def test_provenance(self):
        sweep()
        about = json.loads(Path("results/study/provenance.json").read_text())
        assert about["argv"] == ["sim", "sweep", *WORDS, "name=study"]
        assert about["source"] == source_hash()
        assert about["model"] == model_hash()
        assert about["design"] == {
            "kind": "grid", "points": None, "seed": 0, "factors": {}, "rows": 1, "keeps": {},
            "levels": {"turnover.annual_rate": [0.1, 0.2], "scenario": ["tokenism", "co_creation"]},
        }  # fmt: skip
        assert about["runs"] == {"pending": 0, "succeeded": 12, "failed": 0, "aborted": 0}
        [first, _] = about["bases"]
        alone = compose(["scenario=tokenism"]).settings.plain()
        del alone["turnover"]["annual_rate"]
        assert first["settings"] == alone
        assert first["choices"]["scenario"] == "tokenism"


@pytest.mark.usefixtures("quick")
class TestAgain:
    def test_the_same_command_does_nothing_twice(self, capsys):
        sweep()
        before = tables()
        assert sweep("workers=3") == 0
        assert "12 runs done already, 0 to do" in capsys.readouterr().err
        assert tables() == before
        with closing(sqlite3.connect("results/study/ledger.sqlite")) as sql:
            assert sql.execute("select distinct attempts from runs").fetchall() == [(1,)]

    def test_the_same_plan_in_other_words(self):
        sweep()
        other = [
            "scenario=choice(tokenism,co_creation)",
            "seeds=3",
            "turnover.annual_rate=range(0.1,0.3,0.1)",
            "months=30",
        ]
        assert main(["sweep", *other, "name=study"]) == 2  # in another order it is another plan
        assert main(["sweep", *reversed(other), "name=study"]) == 0

    def test_more_seeds(self, capsys):
        sweep()
        more = [word.replace("seeds=3", "seeds=5") for word in WORDS]
        capsys.readouterr()
        assert main(["sweep", *more, "name=study"]) == 0
        assert "12 runs done already, 8 to do" in capsys.readouterr().err
        assert main(["sweep", *more, "name=whole"]) == 0
        assert tables() == tables("whole")
        assert main(["sweep", *more, "name=study"]) == 0
        capsys.readouterr()
        assert sweep() == 2
        assert "seeds: results/study has 5; repeat it with seeds=5 or more" in capsys.readouterr().err

    def test_more_seeds_of_one_share_are_refused(self, capsys):
        sweep("shard=1/2")
        more = [word.replace("seeds=3", "seeds=5") for word in WORDS]
        assert main(["sweep", *more, "name=study", "shard=1/2"]) == 2
        assert "seeds=3 of every share" in capsys.readouterr().err

    def test_another_plan_of_that_name(self, capsys):
        sweep()
        before = tables()
        capsys.readouterr()
        assert main(["sweep", "turnover.annual_rate=0.3", "name=study"]) == 2
        told = capsys.readouterr().err
        assert "holds another sweep (sim sweep turnover.annual_rate=0.1,0.2 scenario" in told
        assert "choose another name" in told
        assert tables() == before

    def test_other_results_of_that_name(self, capsys):
        Path("results/study").mkdir(parents=True)
        Path("results/study/provenance.json").write_text("{}")
        assert sweep() == 2
        assert "holds no sweep; choose another name" in capsys.readouterr().err
        assert left_over() == set()

    def test_an_edited_program(self, capsys, monkeypatch):
        sweep()
        monkeypatch.setattr("sim.study.program.model_hash", lambda: "other")
        assert sweep() == 2
        assert "never mixed" in capsys.readouterr().err
        assert main(["retry", "study"]) == 2

    def test_other_versions_of_what_it_stands_on(self, capsys, monkeypatch):
        sweep()
        known = program()
        monkeypatch.setattr(
            "sim.study.sweep.program", lambda: {**known, "packages": {**known["packages"], "numpy": "9"}}
        )
        assert sweep() == 0
        assert f"numpy {np.__version__}, now 9: the last bits" in capsys.readouterr().err

    def test_a_worker_with_another_model(self, capsys, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr("sim.study.task.model_here", lambda: "other")
            assert sweep() == 1
        told = capsys.readouterr().err
        assert "the model has changed since this sweep began" in told
        assert "go on: sim sweep" in told
        assert main(["status", "study"]) == 0
        assert "12 pending" in capsys.readouterr().out
        assert sweep() == 0

    def test_edited_configs(self, capsys, monkeypatch, tmp_path):
        """The same line asks for something else after the configs were edited, and is told why it is refused."""
        shutil.copytree(presets.CONFIGS, tmp_path / "configs")
        monkeypatch.setattr(presets, "CONFIGS", tmp_path / "configs")
        sweep()
        with (tmp_path / "configs/scenario/tokenism.yaml").open("a") as file:
            file.write("\npower:\n  imbalance: 0.9\n")
        assert sweep() == 2
        assert "was begun with other configs or ranges" in capsys.readouterr().err

    def test_an_aborted_run_is_tried_again_by_the_same_line(self, capsys, monkeypatch):
        def one_dies(work, jobs, engine):
            for job in jobs:
                yield job, pool.Lost() if job.seed == 2 else work(job)

        with monkeypatch.context() as patch:
            patch.setattr(carry_out, "each", one_dies)
            assert sweep() == 1
        told = capsys.readouterr()
        assert told.err.count("seed 2, aborted: its worker process was killed each time") == 4
        assert "8 succeeded, 4 aborted" in told.out
        assert main(["status", "study"]) == 1
        assert "4 aborted: its worker process was killed" in capsys.readouterr().out
        assert sweep() == 0
        assert "8 runs done already, 4 to do" in capsys.readouterr().err
        sweep(name="other")
        assert tables() == tables("other")

    def test_edited_configs_do_not_reach_a_frozen_plan(self):
        sweep()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sim.study.presets.CONFIGS", Path("nowhere"))
            book = ledger.opened("study", write=False)
            settings = book.settings(2)
            book.close()
        assert settings == compose(["scenario=co_creation", "turnover.annual_rate=0.1"]).settings

    def test_a_second_sweep_at_the_same_time(self, capsys):
        Path("results/study").mkdir(parents=True)
        with ledger.locked(Path("results/study")):
            assert sweep() == 2
        assert "another sweep is at work in" in capsys.readouterr().err
        assert sweep() == 0

    def test_overwrite_is_refused(self, capsys):
        assert sweep("--overwrite") == 2
        assert "--overwrite: no such option; allowed: --json, --help, -h, --dry-run" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
class TestFailures:
    def test_are_told_kept_and_retried(self, capsys, monkeypatch):
        words = ["turnover.annual_rate=0.1,0.2", "seeds=14", "months=3", "name=study"]
        assert main(["sweep", *words]) == 1
        told = capsys.readouterr()
        assert told.err.count("failed: ArithmeticError: an unlucky number") == 2
        assert "26 succeeded, 2 failed" in told.out
        assert 13 not in set(rows()["seed"])
        assert len(rows()) == 26
        assert main(["sweep", *words]) == 1
        assert "28 runs done already, 0 to do" in capsys.readouterr().err
        assert main(["status", "study"]) == 1
        assert "2 failed: ArithmeticError" in capsys.readouterr().out
        monkeypatch.setattr(
            "sim.study.run.run_city", lambda settings, seed, months: dict.fromkeys(OUTCOMES, np.ones(months))
        )
        assert main(["retry", "study"]) == 0
        assert rows()["seed"].tolist() == [*range(1, 15)] * 2

    def test_as_json(self, capsys):
        main(["sweep", "seeds=13", "months=3", "name=study", "--json"])
        answer = json.loads(capsys.readouterr().out)
        assert answer["runs"] == {"pending": 0, "succeeded": 12, "failed": 1, "aborted": 0}
        assert main(["status", "study", "--json"]) == 1
        [error] = json.loads(capsys.readouterr().out)["errors"]
        assert error["runs"] == 1

    def test_a_full_disk(self, capsys, monkeypatch):
        saved = ledger.Ledger.save
        monkeypatch.setattr(carry_out, "SAVE", 0)

        def full(self):
            if self.counts()["succeeded"] >= 5:
                self._sql.execute(f"pragma max_page_count = {next(self.rows('pragma page_count'))[0]}")
            saved(self)

        monkeypatch.setattr(ledger.Ledger, "save", full)
        assert main(["sweep", *WORDS[:3], "months=2000", "name=study"]) == 1
        told = capsys.readouterr().err
        assert "database or disk is full" in told
        assert "go on: sim sweep" in told
        monkeypatch.setattr(ledger.Ledger, "save", saved)
        assert main(["sweep", *WORDS[:3], "months=2000", "name=study"]) == 0
        assert "0 runs done already" not in capsys.readouterr().err
        assert main(["sweep", *WORDS[:3], "months=2000", "name=other"]) == 0
        assert tables() == tables("other")

    def test_a_disk_that_is_full_when_exporting(self, capsys, monkeypatch):
        def full(*_, **__):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("sim.study.export._table", full)
            assert sweep() == 1
        assert "No space left" in capsys.readouterr().err
        assert left_over() == set()
        assert not Path("results/study/runs.parquet").exists()
        assert sweep() == 0
        assert len(rows()) == 12

    def test_a_folder_that_cannot_be_written(self, capsys, monkeypatch):
        monkeypatch.setattr(store.os, "access", lambda *_: False)
        assert sweep() == 2
        assert "not a folder that can be written to" in capsys.readouterr().err
        assert not Path("results").exists()

    def test_ctrl_c_keeps_what_was_done(self, capsys, monkeypatch):
        def interrupted(work, jobs, engine):
            for n, job in enumerate(jobs):
                if n == 7:
                    raise KeyboardInterrupt
                yield job, work(job)

        with monkeypatch.context() as patch:
            patch.setattr(carry_out, "each", interrupted)
            assert sweep() == 130
        assert "To go on: sim sweep turnover.annual_rate=0.1,0.2" in capsys.readouterr().err
        assert main(["export", "study"]) == 0
        assert len(rows()) == 7
        capsys.readouterr()
        assert main(["status", "study"]) == 0
        assert re.search(
            r"5 pending, 7 succeeded.*What is pending would take one worker about 0:00:0\d",
            capsys.readouterr().out,
            re.S,
        )
        assert sweep() == 0
        assert "7 runs done already, 5 to do" in capsys.readouterr().err
        sweep(name="other")
        assert tables() == tables("other")

    def test_unknown_studies(self, capsys):
        sweep()
        for command in ("status", "export", "retry", "merge"):
            assert main([command, "studdy"]) == 2
        told = capsys.readouterr().err
        assert told.count("did you mean 'study'?") == 3
        assert "no shards" in told


@pytest.mark.usefixtures("quick")
class TestOtherTables:
    def test_csv_has_the_runs(self):
        sweep()
        found = pd.read_csv("results/study/runs.csv")
        pd.testing.assert_frame_equal(found, rows(), check_dtype=False)

    def test_a_spreadsheet_has_the_runs_their_columns_and_how_they_came_about(self):
        openpyxl = pytest.importorskip("openpyxl")
        sweep()
        book = openpyxl.load_workbook("results/study/runs.xlsx", read_only=True)
        assert book.sheetnames == ["runs", "columns", "about"]
        head, *found = book["runs"].iter_rows(values_only=True)
        assert list(head) == list(rows().columns)
        assert [r[head.index("seed")] for r in found] == rows()["seed"].tolist()
        assert [r[head.index("trust")] for r in found] == pytest.approx(rows()["trust"].tolist(), rel=1e-12)
        assert {r[head.index("late_vetoes")] for r in found} == {None}
        units = {r[0]: r[1] for r in book["columns"].iter_rows(values_only=True, min_row=2)}
        assert units["trust"] == OUTCOMES["trust"].unit
        about = dict(book["about"].iter_rows(values_only=True))
        assert about["model"] == model_hash()
        assert json.loads(about["argv"])[:2] == ["sim", "sweep"]

    @pytest.mark.parametrize(("key", "value"), [("recorded", ["trust"]), ("recorded", None), ("model", "0" * 64)])
    def test_runs_of_a_model_with_other_outcomes_are_refused_and_the_tables_stay(self, capsys, key, value):
        sweep()
        before = tables()
        with closing(sqlite3.connect("results/study/ledger.sqlite")) as book, book:
            if key == "model":  # of before names of outcomes were noted
                book.execute("delete from study where key = 'recorded'")
            book.execute("update study set value = ? where key = ?", (json.dumps(value), key))
        assert main(["export", "study"]) == 2
        assert "a version of the model with other outcomes or settings" in capsys.readouterr().err
        assert tables() == before

    def test_a_spreadsheet_of_many_runs_is_made_when_asked_for(self, monkeypatch, capsys):
        monkeypatch.setattr(export, "SHEET", 11)
        sweep()
        assert not Path("results/study/runs.xlsx").exists()
        assert main(["export", "study", "--xlsx"]) == 0
        assert Path("results/study/runs.xlsx").exists()
        monkeypatch.setattr(export, "SHEET_MOST", 11)
        assert main(["export", "study", "--xlsx"]) == 2
        assert "12 runs, but a spreadsheet holds at most 11; use runs.csv" in capsys.readouterr().err

    def test_parquet_says_what_computed_it(self):
        sweep("workers=1")
        said = json.loads(pq.read_schema("results/study/runs.parquet").metadata[b"partnering_up"])
        assert said["model"] == model_hash()
        assert (said["seeds"], said["months"], said["points"]) == (3, 30, 4)
        assert said["packages"]["numpy"] == np.__version__


@pytest.mark.usefixtures("quick")
class TestColumns:
    def test_what_was_named_has_a_column_even_if_it_never_differs(self):
        assert main(["sweep", "turnover.annual_rate=0.1", "trust=low", "seeds=2", "months=3", "name=study"]) == 0
        assert rows()["turnover.annual_rate"].tolist() == [0.1, 0.1]
        assert rows()["trust.choice"].tolist() == ["low", "low"]
        assert "power" not in rows().columns


class TestForeign:
    def test_ledgers_are_left_alone(self, capsys):
        folder = Path("results/study")
        folder.mkdir(parents=True)
        (folder / ledger.FILE).write_text("hello")
        assert sweep("--json") == 1
        told = capsys.readouterr()
        assert "move it away" in json.loads(told.out)["faults"][0]
        (folder / ledger.FILE).unlink()
        with closing(sqlite3.connect(folder / ledger.FILE)) as sql, sql:
            sql.execute("create table mine (a integer)")
        before = (folder / ledger.FILE).read_bytes()
        assert sweep() == 2
        assert "no ledger of this version" in capsys.readouterr().err
        assert before[100:] == (folder / ledger.FILE).read_bytes()[100:]

    def test_a_single_run_does_not_replace_it(self, capsys):
        assert sweep() == 0
        before = tables()
        assert main(["run", "months=3", "name=study", "--overwrite"]) == 2
        assert "holds runs that were kept" in capsys.readouterr().err
        assert tables() == before

    def test_a_share_cannot_be_called_like_one(self, capsys):
        assert sweep(name="study.shard-1-of-2") == 2
        assert "is what a share of a sweep is called" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
def test_tables_can_be_had_while_a_sweep_runs(capsys, monkeypatch):
    def exporting(work, jobs, engine):
        for n, job in enumerate(jobs):
            if n == 7:
                assert main(["export", "study"]) == 0
                assert len(rows()) >= 6
            yield job, work(job)

    monkeypatch.setattr(carry_out, "each", exporting)
    monkeypatch.setattr(carry_out, "SAVE", 0)
    assert sweep() == 0
    assert len(rows()) == 12


@pytest.mark.usefixtures("quick")
def test_no_more_workers_than_runs(monkeypatch):
    asked = []
    monkeypatch.setattr("sim.study.sweep.Local", lambda workers: asked.append(workers) or pool.Local(workers))
    assert sweep("workers=1000") == 0
    assert asked == [12]


def test_a_message_may_hold_brackets(monkeypatch, capsys):
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    with carry_out.progress(2) as (tell, advance):
        tell("run 1 failed: [/tmp] is [bold]missing")
        advance()
    assert "[/tmp] is [bold]missing" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
class TestShards:
    @pytest.mark.parametrize("first", [0, 1])
    def test_merged_they_equal_the_whole(self, first):
        sweep(name="whole")
        for i in range(first, first + 3):
            assert sweep(f"shard={i}/3") == 0
        assert sorted(p.name for p in Path("results").iterdir()) == [
            "study.shard-1-of-3", "study.shard-2-of-3", "study.shard-3-of-3", "whole",
        ]  # fmt: skip
        assert main(["merge", "study"]) == 0
        assert tables() == tables("whole")
        about = json.loads(Path("results/study/provenance.json").read_text())
        assert about["shard"] is None
        assert about["command"] == "sim merge study"
        assert [command.split()[-1] for command in about["shards"]] == [
            "shard=1/3",
            "shard=2/3",
            f"shard={first and 3}/3",
        ]
        assert main(["merge", "study"]) == 0
        assert tables() == tables("whole")
        assert sweep() == 0  # the whole is there, and has nothing to do

    def test_a_missing_an_unfinished_or_another_shard(self, capsys):
        sweep("shard=1/3")
        sweep("shard=2/3")
        assert main(["merge", "study"]) == 2
        assert "4 runs are in none of its shards" in capsys.readouterr().err
        shutil.copytree("results/study.shard-2-of-3", "results/study.shard-3-of-3")
        assert main(["merge", "study"]) == 2
        assert "study.shard-3-of-3: the same share as another" in capsys.readouterr().err
        shutil.rmtree("results/study.shard-3-of-3")
        main(["sweep", "turnover.annual_rate=0.3", "seeds=2", "months=3", "name=study", "shard=3/3"])
        assert main(["merge", "study"]) == 2
        assert "study.shard-3-of-3: not of the same sweep as study.shard-1-of-3" in capsys.readouterr().err
        with closing(sqlite3.connect("results/study.shard-1-of-3/ledger.sqlite")) as sql, sql:
            sql.execute("update runs set status = 'pending' where seed = 1")
        assert main(["merge", "study"]) == 2
        assert "runs are to be done; repeat its command: sim sweep" in capsys.readouterr().err
        assert not Path("results/study").exists()


@pytest.mark.usefixtures("quick")
class TestRerun:
    def test_the_same_bits(self, capsys, monkeypatch):
        sweep()
        run = rows()["run"][4]
        assert main(["rerun", "study", run[:9]]) == 0
        assert "the same, bit for bit" in capsys.readouterr().out
        monkeypatch.setattr("sim.study.run.run_city", lambda *_: dict.fromkeys(OUTCOMES, np.ones(30)))
        assert main(["rerun", "study", run, "--json"]) == 1
        assert json.loads(capsys.readouterr().out)["same"] is False

    def test_no_such_run(self, capsys):
        sweep()
        assert main(["rerun", "study", "xyz"]) == 2
        assert main(["rerun", "study"]) == 2
        assert main(["rerun", "study", ""]) == 2
        assert "12 runs of that name" in capsys.readouterr().err


def test_dry_run_writes_nothing(capsys, monkeypatch):
    monkeypatch.setattr(
        "sim.study.run.run_city", lambda settings, seed, months: dict.fromkeys(OUTCOMES, np.ones(months))
    )
    assert sweep("--dry-run", "--json", "workers=2") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["points"], answer["runs"], answer["months"]) == (4, 12, 30)
    assert answer["varying"] == ["turnover.annual_rate"]
    assert not Path("results").exists()


CITY = ["city.population=2000", "city.residents_per_agent=10", "turnover.annual_rate=0.1,0.3"]


def test_real_cities_on_any_workers_in_any_chunks(monkeypatch):
    words = ["sweep", *CITY, "seeds=9", "months=26"]
    assert main([*words, "name=one", "workers=1"]) == 0
    for chunk in (1, 32):
        monkeypatch.setattr(pool, "MOST", chunk)
        for workers in (2, 4):
            assert main([*words, f"name=of_{workers}_{chunk}", f"workers={workers}"]) == 0
            assert tables("one") == tables(f"of_{workers}_{chunk}")
    book = ledger.opened("one", write=False)
    base, changes = [*book.rows("select settings, changes from points join bases using (base)")][1]
    book.close()
    city = City(on_top(ledger.Settings.build(json.loads(base)), json.loads(changes)), seed=2)
    city.run(26)
    months = pd.read_parquet("results/one/months.parquet")
    mine = months[(months["turnover.annual_rate"] == 0.3) & (months["seed"] == 2)]
    for name, values in city.outcomes().items():
        assert mine[name].to_numpy().tobytes() == values.tobytes()


def test_without_a_name_the_same_command_finds_its_study(quick):
    assert main(["sweep", *WORDS]) == 0
    assert main(["sweep", *WORDS]) == 0
    assert len([*Path("results").iterdir()]) == 1


def commands(text):
    """The lines of `sim sweep` in a text, as words; its first use of a variable of a scheduler is 1."""
    joined = text.replace("\\\n", " ")
    found = re.findall(r"^ *(sim sweep [a-z].*=.*)$", joined, re.M)
    return [shlex.split(re.sub(r"\$\w+", "1", line))[2:] for line in found]


@pytest.mark.parametrize("source", ["docs/sweeps.md", "help"])
def test_every_example_is_a_plan(source):
    text = app.SWEEP_USAGE if source == "help" else (ROOT / source).read_text(encoding="utf-8")
    examples = commands(text)
    assert len(examples) >= 2
    for words in examples:
        order, plan = plan_of(words)
        assert len(plan.points) >= 6
        assert order.name in ("churn", "unsure")


def test_help(capsys):
    for command in ("sweep", "status", "export", "retry", "rerun", "merge"):
        assert main([command, "--help"]) == 0
        assert f"sim {command} " in capsys.readouterr().out
