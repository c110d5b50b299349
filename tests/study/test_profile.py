"""Where the time of a run goes: told for every process, and without touching a result."""

import json
import time
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from sim.app import main
from sim.model.month import MONTH
from sim.model.settings import Settings
from sim.study import profile
from sim.study.profile import Profile
from sim.study.run import run_city

TOWN = Settings.build({"city": {"population": 30_000, "residents_per_agent": 1}})


def test_profiled_and_on_two_threads_the_results_are_the_same():
    plain = run_city(TOWN, 3, 14)
    profiled = run_city(TOWN, 3, 14, threads=2, profile=Profile())
    assert all(np.array_equal(plain[name], profiled[name], equal_nan=True) for name in plain)


def test_every_process_is_timed_and_nothing_twice():
    start, watch = time.perf_counter(), Profile()
    run_city(TOWN, 3, 14, profile=watch)
    elapsed = time.perf_counter() - start
    processes = [process.__name__.rsplit(".", 1)[-1] for process in MONTH]
    assert list(watch.seconds) == ["beginning", *processes, "measuring"]
    assert all(seconds > 0 for seconds in watch.seconds.values())
    assert 0.5 * elapsed < sum(watch.seconds.values()) <= elapsed


def test_bytes_of_a_resident():
    """17 columns of 8 bytes, 4 of 1, one of 2, one of 4, two numbers that others see.

    Half of 8 friendships each have two ends of 4 bytes.
    """
    watch = Profile()
    run_city(TOWN, 3, 1, profile=watch)
    weight = watch.summary()["bytes_per_resident"]
    assert weight["columns"] == 17 * 8 + 4 + 2 + 4 + 2 * 8
    # The very first residents find fewer than four others before them.
    assert weight["network"] == pytest.approx(8 * 4 + 4, rel=0.01)


def test_table():
    summary = {
        "seconds": {"beginning": 1.0, "trust": 2.0, "measuring": 1.0},
        "months": 10,
        "threads": 2,
        "residents": 2**20,
        "niches": 60,
        "posts": 50,
        "bytes_per_resident": {"columns": 100.0, "network": 28.0},
    }
    console = Console(record=True, width=120, file=SimpleNamespace(write=lambda _: None, flush=lambda: None))
    console.print(profile.table(summary))
    text = " ".join(console.export_text().split())
    assert "trust │ 2.000 │ 50% │ 200,000 │ 190.7" in text  # 0.2 s a month over 2^20 residents
    assert "all │ 4.000 │ 100% │ 300,000" in text
    assert "128 MiB" in text


def test_from_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["run", "months=2", "city.population=5000", "threads=2", "--profile", "--json", "name=mine"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)["profile"]
    assert (told["threads"], told["months"], told["residents"]) == (2, 2, 5000)
    assert set(told["seconds"]) == {"beginning", "measuring", *(p.__name__.rsplit(".", 1)[-1] for p in MONTH)}


def test_threads_out_of_range_are_refused(capsys):
    assert main(["run", "threads=0"]) == 2
    assert "threads: " in capsys.readouterr().err
