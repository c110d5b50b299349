"""The model's loops as the plain Python that they are, without a compiler.

As a pytest plugin (`-p tests.interpreted`) it does so for a whole run of tests: a changed model is tried
at once, where compiling it would take a minute.
"""

import functools
import sys

import numpy as np

from sim.model import kernels


class Row:
    """One row of a table, as loops read and write it."""

    def __init__(self, row):
        object.__setattr__(self, "row", row)

    def __getattr__(self, name):
        return self.row[name].item()

    def __setattr__(self, name, value):
        self.row[name] = value


class Table:
    """A structured array whose rows are `Row`s."""

    def __init__(self, rows):
        self.rows, self.shape = rows, rows.shape

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        return as_rows(self.rows[key])


def as_rows(value):
    if isinstance(value, np.void):
        return Row(value)
    return Table(value) if isinstance(value, np.ndarray) and value.dtype.names else value


def interpreted(function):
    """`function`, a loop of the model, run by Python."""

    @functools.wraps(function)
    def run(*args):
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # as compiled loops have it
            return function(*map(as_rows, args))

    run.py_func = function
    return run


def load():
    """In the place of `kernels.load`."""
    while kernels._waiting:
        waiting = kernels._waiting.pop()
        setattr(sys.modules[waiting.function.__module__], waiting.__name__, interpreted(waiting.function))
        for module in [m for name, m in sys.modules.items() if name.startswith("sim.")]:
            for name in [n for n, value in vars(module).items() if value is waiting]:
                setattr(module, name, sys.modules[waiting.function.__module__].__dict__[waiting.__name__])


def pytest_configure(config):
    kernels.load = load
