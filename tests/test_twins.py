"""The compiled model and the same text run by Python come to the same bits, loop by loop and month by month."""

import sys

import numpy as np

from sim.model import columns, kernels
from sim.model.city import City
from sim.model.levers import Push
from sim.model.outcomes import OUTCOMES
from sim.model.settings import Settings

TOWN = {"population": 30_000, "residents_per_agent": 400, "residents_per_initiative": 2500, "posts": 60}
# Two cities in which, together, every loop of the model runs.
USUAL, BUSY = [
    {},
    {
        "forum": {"every": 3, "rung": "co_create", "rule": "consent", "climb": 0.5, "rounds": 4},
        "turnover": {"annual_rate": 0.6, "vacancy": 1},
        "outside": {"first_election": 5, "term": 6, "change_of_government": 1.0},
        "funding": {"every": 2, "earmark": 0.3, "award": "vote"},
        "contact": {"meetings": 0.7},
        "trust": {"confirmation": True},
        "volunteers": {"forming": 0.2, "hazard_new_informal": 0.9, "hazard_old_formal": 0.5},
    },
]
PUSHES = [Push("contact.preparation", 0.7), Push("turnover.handover", 0.5, start=4)]
TABLES = ("initiatives", "officials", "departments", "ties", "asks", "projects", "promises", "state", "totals")
ROUNDED = {"output_volatility"}  # Numba adds an array up from left to right, numpy in pairs


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


def without_compiler(monkeypatch, called):
    """From now on every compiled loop of the model is plain Python; gives the names of all of them."""

    def plain(loop):
        def run(*args):
            called.add(loop.py_func.__qualname__ + " of " + loop.py_func.__module__)
            return loop.py_func(*map(as_rows, args))

        return run

    kernels.load()
    names = set()
    for module in [m for n, m in sys.modules.items() if n.startswith("sim.model")]:
        for name, loop in [(n, v) for n, v in vars(module).items() if hasattr(v, "py_func")]:
            names.add(loop.py_func.__qualname__ + " of " + loop.py_func.__module__)
            monkeypatch.setattr(module, name, plain(loop))
    return names


def lived(settings, months=14):
    city = City(Settings.build(settings | {"city": TOWN}), 7, PUSHES)
    city.run(months)
    return city


def test_compiled_and_plain_come_to_the_same_bits_and_no_loop_is_left_out(monkeypatch):
    called = set()
    fast = [lived(settings) for settings in (USUAL, BUSY)]
    with monkeypatch.context() as patch, np.errstate(over="ignore"):
        loops = without_compiler(patch, called)
        slow = [lived(settings) for settings in (USUAL, BUSY)]
    for compiled, plain in zip(fast, slow, strict=True):
        for column in columns.RESIDENT:
            assert getattr(compiled.residents, column).tobytes() == getattr(plain.residents, column).tobytes(), column
        for table in TABLES:
            a, b = getattr(compiled, table), getattr(plain, table)
            assert [f for f in a.dtype.names if a[f].tobytes() != b[f].tobytes()] == [], table
        for name in set(OUTCOMES) - ROUNDED:
            assert np.array_equal(compiled.outcomes()[name], plain.outcomes()[name], equal_nan=True), name
    assert sorted(loops - called) == []
    assert len(loops) > 100
