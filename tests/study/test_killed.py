"""A sweep loses no run: whatever is killed, here or on a cluster, the tables are those of an undisturbed one."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from sim.app import main
from sim.study import export, ledger

ROOT = Path(__file__).parents[2]
TABLES = ("runs.parquet", "months.parquet")
pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups here")

# Every Python process reads this first: noise in the place of the model, so that killing it often takes no time.
QUICK = """
import os, time
import numpy as np
from sim.study import run

def noise(settings, seed, months):
    from sim.model.outcomes import OUTCOMES
    time.sleep(float(os.environ["SECONDS"]))
    chance = np.random.default_rng(seed)
    return {name: settings.turnover.annual_rate + chance.random(months) for name in OUTCOMES}

run.run_city = noise
"""


@pytest.fixture(autouse=True)
def _work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(QUICK)


def start(seeds, *words, seconds=0.0, name="study"):
    """Begin a sweep of 4 * `seeds` runs of so many `seconds`, in a process group of its own."""
    plan = ["turnover.annual_rate=range(0.1,0.5,0.1)", f"seeds={seeds}", "months=30", f"name={name}"]
    plan += [] if any("scheduler=" in word for word in words) else ["workers=2"]
    return subprocess.Popen(
        [sys.executable, "-m", "sim", "sweep", *plan, *words],
        env={**os.environ, "PYTHONPATH": f"{Path('site').resolve()}{os.pathsep}{ROOT}", "SECONDS": str(seconds)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(sweep, seconds=300):
    """Wait for a sweep to end well."""
    _, told = sweep.communicate(timeout=seconds)
    assert sweep.returncode == 0, told
    assert gone(sweep.pid)


def processes(group):
    """The processes of a group that live, with their parents and commands."""
    found = subprocess.run(
        ["ps", "-ww", "-eo", "pgid=,pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.split(maxsplit=4) for line in found.splitlines()]
    return [(int(p[1]), int(p[2]), p[4]) for p in lines if p[0] == str(group) and "Z" not in p[3]]


def gone(group):
    end = time.monotonic() + 20
    while processes(group) and time.monotonic() < end:
        time.sleep(0.05)
    return not processes(group)


def workers(sweep):
    """Its workers: grandchildren, behind the process that forks, or the children that Dask's nannies spawn."""
    living = processes(sweep.pid)
    spawned = [pid for pid, parent, args in living if parent == sweep.pid and "spawn_main" in args]
    return spawned or [pid for pid, parent, _ in living if parent not in (sweep.pid, os.getpid())]


def until(happens, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happens():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def done(name="study"):
    """How many runs of a study there are by now."""
    file = Path("results") / name / ledger.FILE
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as sql:
            return sql.execute("select count(*) from runs where status = 'succeeded'").fetchone()[0]
    except sqlite3.Error:
        return 0


def check_whole(seeds, name="study"):
    """Each run is there once, the tables are those of `whole`, and nothing else is left."""
    for file in TABLES:
        assert (Path("results") / name / file).read_bytes() == (Path("results/whole") / file).read_bytes()
    known = {*export.FILES, ledger.FILE, ledger.LOCK, ledger.TABLES}
    assert {file.name for file in (Path("results") / name).iterdir()} <= known
    with closing(sqlite3.connect(f"results/{name}/ledger.sqlite")) as sql:
        assert sql.execute("pragma quick_check").fetchall() == [("ok",)]
        counts = sql.execute("select count(*), count(distinct id), sum(status = 'succeeded') from runs").fetchall()
    assert counts == [(4 * seeds,) * 3]


def kill_at_random(kills, seeds, chance, *words):
    """Kill the sweep, and go on, or one of its workers, `kills` times in all; then let it end."""
    sweep = start(seeds, *words, seconds=0.25)
    for _ in range(kills):
        time.sleep(chance.uniform(0.2, 2.5))
        assert sweep.poll() is None, "it was done before it was killed often enough"
        victims = workers(sweep)
        if chance.random() < 0.5 and victims:
            os.kill(chance.choice(victims), signal.SIGKILL)
            continue
        sweep.kill()
        sweep.communicate()
        assert gone(sweep.pid)
        sweep = start(seeds, *words, seconds=0.25)
    finish(sweep)


@pytest.mark.parametrize(("kills", "seeds"), [(5, 15), pytest.param(50, 150, marks=pytest.mark.slow)])
def test_killed_at_random_moments(kills, seeds):
    finish(start(seeds, name="whole"))
    kill_at_random(kills, seeds, random.Random(kills))
    check_whole(seeds)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped(sent, code):
    running = start(12, seconds=0.3)
    until(lambda: done() >= 3)
    running.send_signal(sent)
    _, told = running.communicate(timeout=20)
    assert running.returncode == code
    assert "To go on: sim sweep" in told
    assert "Traceback" not in told
    assert gone(running.pid)
    assert main(["status", "study"]) == 0


class TestDask:
    """The same on workers of a Dask scheduler."""

    def test_real_cities_have_the_same_bytes(self, tmp_path):
        words = ["city.population=2000", "city.residents_per_agent=10", "seeds=5", "months=26", "workers=2"]
        for name, engine in (("here", "local"), ("there", "dask")):
            command = [sys.executable, "-m", "sim", "sweep", *words, f"name={name}", f"engine={engine}"]
            subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
        for file in TABLES:
            assert (Path("results/here") / file).read_bytes() == (Path("results/there") / file).read_bytes()

    @pytest.fixture(autouse=True)
    def _installed(self):
        pytest.importorskip("distributed", exc_type=ImportError)

    def test_has_the_same_bytes_and_leaves_nothing(self):
        finish(start(5, name="whole"))
        finish(start(5, "engine=dask"))
        check_whole(5)

    def test_killed_workers(self):
        finish(start(15, name="whole"))
        sweep = start(15, "engine=dask", seconds=0.25)
        for runs in (2, 20):
            until(lambda runs=runs: done() >= runs and workers(sweep))
            os.kill(workers(sweep)[0], signal.SIGKILL)
        finish(sweep)
        check_whole(15)

    @pytest.mark.slow
    def test_killed_at_random_moments(self):
        finish(start(60, name="whole"))
        kill_at_random(20, 60, random.Random(1), "engine=dask")
        check_whole(60)

    def test_killed_itself_it_leaves_no_process(self):
        sweep = start(15, "engine=dask", seconds=0.25)
        until(lambda: done() >= 2)
        sweep.kill()
        sweep.communicate()
        assert gone(sweep.pid)

    def test_a_scheduler_that_dies(self, tmp_path):
        """A stranger's scheduler goes away: the sweep says so, keeps what was done, and goes on elsewhere."""
        finish(start(15, name="whole"))
        environment = {**os.environ, "PYTHONPATH": f"{Path('site').resolve()}{os.pathsep}{ROOT}", "SECONDS": "0.25"}
        there = tmp_path / "scheduler.json"
        common = {"env": environment, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
        scheduler = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
             "--no-dashboard", "--scheduler-file", str(there)], **common,
        )  # fmt: skip
        worker = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(there), "--nthreads", "1",
             "--no-dashboard", "--death-timeout", "30"], **common,
        )  # fmt: skip
        try:
            until(there.exists)
            address = json.loads(there.read_text())["address"]
            sweep = start(15, "engine=dask", f"scheduler={address}")
            until(lambda: done() >= 3)
            scheduler.kill()
            _, told = sweep.communicate(timeout=60)
        finally:
            for process in (scheduler, worker):
                process.kill()
                process.wait()
        assert sweep.returncode == 1, told
        assert "the Dask scheduler is out of reach" in told
        assert "go on: sim sweep" in told
        assert "Traceback" not in told
        finish(start(15))
        check_whole(15)

    def test_no_scheduler_there(self):
        sweep = start(2, "engine=dask", "scheduler=tcp://127.0.0.1:9")
        _, told = sweep.communicate(timeout=60)
        assert sweep.returncode == 2
        assert "no Dask scheduler with workers answers at tcp://127.0.0.1:9" in told
