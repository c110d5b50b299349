"""Loops over residents: shared out among threads, adding up what neighbours have; and e^x."""

import math
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model import kernels
from sim.model.kernels import PART, SHARES, add_up, add_up_both, exp


@pytest.mark.parametrize("rows", [0, 1, PART, 2 * PART, 2 * PART + 1, 100 * PART + 7])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_row_is_seen_to_once(rows, threads):
    parts, seen = [], np.zeros(rows, int)

    def loop(first, last, step):
        parts.append((first, last))
        seen[first:last] += step

    kernels.over(rows, threads, loop, 1)
    assert (seen == 1).all()
    assert len(parts) == (1 if threads == 1 or rows < 2 * PART else min(SHARES * threads, rows // PART))


def test_a_fault_on_a_thread_is_raised():
    def loop(first, last):
        raise ArithmeticError(f"{first} to {last}")

    with pytest.raises(ArithmeticError, match=r"\d+ to \d+"):
        kernels.over(4 * PART, 2, loop)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_has_threads_of_its_own():
    kernels.over(4 * PART, 2, lambda first, last: None)
    if (child := os.fork()) == 0:
        kernels.over(4 * PART, 2, lambda first, last: None)
        os._exit(7)
    for _ in range(500):  # for ever if it waits for threads that stayed behind
        if (ended := os.waitpid(child, os.WNOHANG))[0]:
            break
        time.sleep(0.01)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
        pytest.fail("the forked process never came back")
    assert os.waitstatus_to_exitcode(ended[1]) == 7


def test_where_nothing_can_be_kept_it_works_with_a_note(monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError("read-only")

    def double(x):
        return 2 * x

    module = sys.modules[__name__]
    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr(kernels, "_waiting", [])
    monkeypatch.setattr(module, "double", kernels.compiled(double), raising=False)
    with pytest.warns(UserWarning, match="cannot be kept"):
        kernels.load()
    assert module.double(21) == 42
    assert module.double.stats.cache_path is None


@given(st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=9), st.floats(-2, 2), st.integers(0, 2**32))
def test_adding_up_what_neighbours_have(friends, base, seed):
    values = np.random.default_rng(seed).random(10)
    starts = np.cumsum([0, *map(len, friends)]).astype(np.uint32)
    sums = np.full(len(friends) + 1, -1.0)
    add_up(starts, np.array([j for row in friends for j in row], np.uint32), values, base, sums)
    expected = []
    for row in friends:
        total = base
        for j in row:
            total += float(values[j])
        expected.append(total)
    assert sums.tolist() == [*expected, -1.0]


@given(st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=9), st.integers(0, 2**32))
def test_two_values_are_added_up_as_each_alone(friends, seed):
    seen = np.random.default_rng(seed).normal(size=(10, 2))
    starts = np.cumsum([0, *map(len, friends)]).astype(np.uint32)
    sums = np.full((2, len(friends) + 1), -1.0)
    add_up_both(starts, np.array([j for row in friends for j in row], np.uint32), seen, *sums)
    expected = [[], []]
    for row in friends:
        for which in (0, 1):
            total = 0.0
            for j in row:
                total += float(seen[j, which])
            expected[which].append(total)
    assert sums.tolist() == [[*each, -1.0] for each in expected]


@given(st.floats(-700, 700))
def test_the_exponential_is_as_exact_as_it_says(x):
    assert abs(exp(x) - math.exp(x)) <= 2.5 * math.ulp(math.exp(x))  # the library's own may be half a unit off


@pytest.mark.parametrize(("x", "expected"), [(0.0, 1.0), (-1e9, exp(-700.0)), (1e9, exp(700.0))])
def test_the_exponential_at_its_ends(x, expected):
    assert exp(x) == expected
    assert 0.0 < exp(-1e9) < 1e-300
    assert 1e300 < exp(1e9) < math.inf
