"""Running cities: failures stay single, processes change no bit, and nothing is left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sim.model.outcomes import OUTCOMES
from sim.model.settings import Settings
from sim.study.run import Job, attempt, run_all

ROOT = Path(__file__).parents[2]
SMALL = {"city": {"population": 2000, "residents_per_agent": 10}}


def jobs(*seeds):
    return [Job("some", Settings.build(SMALL), seed, 6) for seed in seeds]


@pytest.mark.usefixtures("quick_city")
def test_a_failing_run_is_told_and_the_others_go_on():
    done = list(run_all(jobs(12, 13, 14), 1))
    assert [d.job.seed for d in done] == [12, 13, 14]
    assert [d.outcomes is None for d in done] == [False, True, False]
    assert done[1].error.startswith("ArithmeticError: an unlucky number (conftest.py, line ")


def test_one_and_two_processes_give_the_same_bits():
    alone = {d.job.seed: d.outcomes for d in run_all(jobs(1, 2, 3), 1)}
    together = {d.job.seed: d.outcomes for d in run_all(jobs(1, 2, 3), 2)}
    assert alone.keys() == together.keys() == {1, 2, 3}
    for seed, series in alone.items():
        assert list(series) == list(together[seed]) == list(OUTCOMES)
        assert all(series[name].tobytes() == together[seed][name].tobytes() for name in series)
    assert any(not np.array_equal(alone[1][name], alone[2][name], equal_nan=True) for name in OUTCOMES)


class Deadly:
    """Kills the process that reads it."""

    def __reduce__(self):
        return os._exit, (1,)


def test_a_killed_worker_is_told():
    [done] = run_all([Job("some", Deadly(), 1, 6)], 2)
    assert done.outcomes is None
    assert "killed" in done.error


def test_attempt_keeps_the_job():
    [job] = jobs(1)
    assert attempt(job).job is job


def living(group):
    """The processes of a group, without those that only wait to be buried."""
    found = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if line.split()[0] == str(group) and "Z" not in line.split()[1]]


LONG = """
from sim.model.settings import Settings
from sim.study.run import Job, run_all

if __name__ == "__main__":
    for done in run_all([Job("some", Settings(), seed, months) for seed in (1, 2, 3, 4) for months in (1, 12000)], 2):
        print(done.error or "one done", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups here")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_no_worker_outlives_its_parent(sent, tmp_path):
    script = tmp_path / "long.py"
    script.write_text(LONG)
    parent = subprocess.Popen(
        [sys.executable, script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert parent.stdout.readline() == "one done\n"
        assert len(living(parent.pid)) >= 4  # it, the process that forks, two workers
        parent.send_signal(sent)
        assert parent.wait(20) == -sent
        end = time.monotonic() + 20
        while living(parent.pid) and time.monotonic() < end:
            time.sleep(0.1)
        assert living(parent.pid) == []
    finally:
        parent.stdout.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)
        parent.wait()
