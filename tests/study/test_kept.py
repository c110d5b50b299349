"""Runs that are kept: the values of a run, done once, whatever is killed; failures; one command at a time."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from sim.model.outcomes import OUTCOMES, of_run
from sim.model.params import BadConfig
from sim.model.settings import Settings
from sim.study import carry_out, kept, pool, run
from sim.study.kept import Kept
from sim.study.plan import on_top, settings_digest

ROOT = Path(__file__).parents[2]
SMALL = on_top(Settings(), {"city.population": 2000, "city.residents_per_agent": 10.0})
OTHER = on_top(SMALL, {"turnover.annual_rate": 0.4})


@pytest.fixture
def quick(monkeypatch):
    """Noise in the place of the model, in this process; gives the seeds that were run. Seed 13 fails."""
    ran = []

    def noise(settings, seed, months):
        ran.append(seed)
        if seed == 13:
            raise ArithmeticError("an unlucky number")
        values = settings.turnover.annual_rate + np.random.default_rng(seed).random(months)
        return dict.fromkeys(OUTCOMES, values) | {"late_vetoes": np.full(months, np.nan)}

    def here(work, jobs, engine):
        yield from ((job, work(job)) for job in jobs)

    monkeypatch.setattr(run, "run_city", noise)
    monkeypatch.setattr(carry_out, "each", here)
    return ran


@pytest.mark.parametrize("workers", [1, 2])
def test_the_values_are_those_of_each_run(tmp_path, workers):
    runs = [(SMALL, 2), (OTHER, 1), (SMALL, 1), (SMALL, 2)]
    with Kept(tmp_path / "new" / "folder", workers) as asked:
        values, errors = asked.outcomes(runs, 30)
    assert errors == {}
    assert values.shape == (4, len(OUTCOMES))
    for row, (settings, seed) in zip(values, runs, strict=True):
        assert np.array_equal(row, of_run(run.run_city(settings, seed, 30)), equal_nan=True)
    assert not np.array_equal(values[0], values[2], equal_nan=True)


def test_what_is_there_is_not_done_again(tmp_path, quick):
    with Kept(tmp_path, 1) as asked:
        first, _ = asked.outcomes([(SMALL, 1), (SMALL, 2)], 30)
        more, _ = asked.outcomes([(SMALL, 3), (SMALL, 2)], 30)
    assert quick == [1, 2, 3]
    with Kept(tmp_path, 1) as asked:
        again, _ = asked.outcomes([(SMALL, seed) for seed in (1, 2, 3)], 30)
        assert quick == [1, 2, 3]
        asked.outcomes([(SMALL, 1)], 31)
    assert quick == [1, 2, 3, 1]
    assert np.array_equal(again, [first[0], first[1], more[0]], equal_nan=True)
    assert np.isnan(again[:, [*OUTCOMES].index("late_vetoes")]).all()


def test_a_changed_model_finds_nothing(tmp_path, quick, monkeypatch):
    for model in ("one", "two", "one"):
        monkeypatch.setattr(kept, "model_hash", lambda model=model: model)
        monkeypatch.setattr("sim.study.task.model_here", lambda model=model: model)
        with Kept(tmp_path, 1) as asked:
            asked.outcomes([(SMALL, 1)], 30)
    assert quick == [1, 1]


def test_a_failed_run_is_told_and_tried_again_by_the_next_command(tmp_path, quick, capsys):
    with Kept(tmp_path, 1) as asked:
        for _ in range(2):
            values, errors = asked.outcomes([(SMALL, 12), (SMALL, 13), (SMALL, 14)], 30)
            assert list(errors) == [1]
            assert errors[1].startswith("ArithmeticError: an unlucky number")
            assert np.isnan(values[1]).all()
            assert not np.isnan(values[[0, 2], 0]).any()
    assert quick == [12, 13, 14]
    assert "seed 13, failed: ArithmeticError" in capsys.readouterr().err
    with Kept(tmp_path, 1) as asked:
        asked.outcomes([(SMALL, 12), (SMALL, 13)], 30)
    assert quick == [12, 13, 14, 13]


def test_interrupted_it_keeps_what_was_done(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(carry_out, "SAVE", 1e9)

    def interrupted(work, jobs, engine):
        for job in jobs:
            yield job, work(job)
            if job.seed == 2:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(carry_out, "each", interrupted)
        with pytest.raises(KeyboardInterrupt), Kept(tmp_path, 1) as asked:
            asked.outcomes([(SMALL, seed) for seed in range(5)], 30)
    with Kept(tmp_path, 1) as asked:
        asked.outcomes([(SMALL, seed) for seed in range(5)], 30)
    assert quick == [0, 1, 2, 3, 4]


def test_two_commands_at_once(tmp_path, quick):
    with Kept(tmp_path, 1), pytest.raises(BadConfig, match="another command is at work"):
        Kept(tmp_path, 1)
    with Kept(tmp_path, 1) as asked:
        asked.outcomes([(SMALL, 1)], 30)


def test_a_damaged_file(tmp_path):
    (tmp_path / kept.FILE).write_text("no database, but of more than a few bytes" * 100)
    with pytest.raises(OSError, match=r"runs\.sqlite: .*; it was damaged, or is something else: move it away"):
        Kept(tmp_path, 1)
    (tmp_path / kept.FILE).unlink()
    with Kept(tmp_path, 1):
        pass  # the lock was given back


def test_a_full_disk(tmp_path, quick, monkeypatch):
    with Kept(tmp_path, 1) as asked:
        [*asked.rows("pragma max_page_count = 4")]
        with pytest.raises(OSError, match="full"):
            asked.outcomes([(SMALL, seed) for seed in range(100, 140)], 30)
        [*asked.rows("pragma max_page_count = 4000")]
    with Kept(tmp_path, 1) as asked:
        asked.outcomes([(SMALL, seed) for seed in range(100, 140)], 30)
    assert sorted(quick) == [*range(100, 140)]


SCRIPT = """
import sys, time
from pathlib import Path
import numpy as np
from sim.study import run

def noise(settings, seed, months):
    from sim.model.outcomes import OUTCOMES
    time.sleep(0.2)
    with open("ran", "a") as file:
        print(seed, file=file)
    return dict.fromkeys(OUTCOMES, np.random.default_rng(seed).random(months))

run.run_city = noise
if __name__ == "__main__":
    from sim.model.settings import Settings
    from sim.study.kept import Kept
    with Kept(Path("folder"), 2) as asked:
        for batch in range(4):
            values, errors = asked.outcomes([(Settings(), seed) for seed in range(8 * batch, 8 * batch + 8)], 30)
            print(*values[:, 0], flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups here")
def test_killed_it_goes_on(tmp_path):
    """Killed in its third batch of four; what is then done again are the few runs that were in hand."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SCRIPT.split("if __name__")[0])
    (tmp_path / "script.py").write_text(SCRIPT)
    path = os.pathsep.join([str(tmp_path / "site"), str(ROOT)])

    def start():
        return subprocess.Popen(
            [sys.executable, "script.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    killed = start()
    before = [killed.stdout.readline() for _ in range(2)]
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    after = start()
    lines = after.communicate(timeout=120)[0].splitlines(keepends=True)
    assert after.returncode == 0
    assert lines[:2] == before
    assert len(lines) == 4
    ran = (tmp_path / "ran").read_text().split()
    assert {*map(int, ran)} == {*range(32)}
    assert len(ran) <= 32 + 2 * pool.WINDOW
    with closing(sqlite3.connect(tmp_path / "folder" / kept.FILE)) as sql:
        assert sql.execute("pragma quick_check").fetchall() == [("ok",)]
        assert sql.execute("select count(*), sum(error is null) from runs").fetchall() == [(32, 32)]


def test_settings_are_named_as_the_points_of_a_sweep_are():
    from sim.study.sweep import plan_of

    _, plan = plan_of(["turnover.annual_rate=0.1,0.4", "city.population=2000"])
    named = [settings_digest(on_top(plan.bases[p.base].settings, p.changes), {}) for p in plan.points]
    assert named == [p.digest for p in plan.points]
    assert named[0] != named[1]
