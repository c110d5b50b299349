"""Many jobs on several processes: all are done, in spite of killed workers; the culprit is found."""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from sim.study import pool
from sim.study.pool import Local, Lost, Ready, each


def square(number):
    return number * number


def deadly_thirteen(number):
    if number == 13:
        os._exit(1)
    return number


def once(path):
    """Kills its process when first asked."""
    if not os.path.exists(path):
        open(path, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


@pytest.mark.parametrize("workers", [1, 2])
def test_all_are_done(workers):
    found = dict(each(square, range(300), Local(workers)))
    assert found == {n: n * n for n in range(300)}


def test_the_one_that_kills_is_found_and_the_others_are_done():
    found = dict(each(deadly_thirteen, range(40), Local(2)))
    assert found.keys() == set(range(40))
    assert [n for n, result in found.items() if isinstance(result, Lost)] == [13]


def test_who_is_killed_once_is_not_lost(tmp_path):
    assert dict(each(once, [str(tmp_path / "told")], Local(2))) == {str(tmp_path / "told"): "done"}


def test_only_a_window_is_taken_of_the_jobs():
    taken = []

    def jobs():
        for n in range(10_000):
            taken.append(n)
            yield n

    results = each(square, jobs(), Local(2))
    next(results)
    assert len(taken) <= 2 * pool.WINDOW
    results.close()


def test_chunks_grow_to_half_a_second_and_no_further():
    todo = pool._Todo(range(10_000))
    sizes = []
    for _ in range(12):
        chunk = todo.take(0, 8)
        sizes.append(len(chunk.jobs))
        todo.done(chunk, 0.02 * len(chunk.jobs))
    assert sizes[0] == 1
    assert 20 <= sizes[-1] <= 25
    for _ in range(20):
        chunk = todo.take(0, 8)
        todo.done(chunk, 0.0)
    assert len(chunk.jobs) == pool.MOST


def test_workers_that_cannot_start(monkeypatch):
    monkeypatch.setattr(pool, "_begin_worker", os.abort)
    with pytest.raises(OSError, match="end as soon as they start"):
        list(each(square, range(3), Local(1)))


def own_process(number):
    return os.getpid()


def test_workers_that_stay_ready_serve_one_batch_after_the_other():
    ready = Ready(2)
    try:
        first, second = ({*dict(each(own_process, range(20), ready)).values()} for _ in range(2))
        assert len(first | second) <= 2
        os.kill(next(iter(second)), signal.SIGKILL)
        assert dict(each(square, range(20), ready)) == {n: n * n for n in range(20)}
        with pytest.raises(ZeroDivisionError):
            list(each(divide, [0], ready))
        assert dict(each(square, range(20), ready)) == {n: n * n for n in range(20)}
    finally:
        ready.close()
    assert dict(each(square, [3], ready)) == {3: 9}
    ready.close()


def divide(number):
    return 1 / number


def test_only_folders_of_dead_runs_are_removed(monkeypatch, tmp_path):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    gone = f"partnering-up-run-{int(dead.stdout)}-ab12cd34"
    kept = [f"partnering-up-run-{os.getpid()}-ab12cd34", "partnering-up-main", "partnering-up-2024000-results",
            f"partnering-up-run-{int(dead.stdout)}", "partnering-up-run-2024-my results"]  # fmt: skip
    for name in (gone, *kept):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.csv").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = pool.temporaries.__wrapped__()
    assert {f.name for f in tmp_path.iterdir()} == {*kept, own.name}


def test_other_processes_of_who_calls_go_on():
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    other.start()
    try:
        begun = each(own_process, range(20), Local(1))
        next(begun)
        worker = next(child for child in multiprocessing.active_children() if child.pid != other.pid)
        begun.close()
        worker.join(10)
        assert not worker.is_alive()
        assert other.is_alive()
    finally:
        other.terminate()
        other.join()
