"""The compiled model and the same text run by Python come to the same bits, loop by loop and month by month."""

import math
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model import begin, chance, columns, kernels
from sim.model.city import City
from sim.model.levers import Push
from sim.model.month import trust, volunteers
from sim.model.outcomes import OUTCOMES
from sim.model.params import record
from sim.model.settings import PARAMETERS, Settings
from tests.interpreted import interpreted

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
        "simple_funding": {"strength": 0.7, "start": 3},
    },
]
PUSHES = [Push("contact.preparation", 0.7), Push("turnover.handover", 0.5, start=4)]
TABLES = ("initiatives", "officials", "departments", "ties", "asks", "projects", "promises", "state", "totals")
ROUNDED = {"output_volatility"}  # Numba adds an array up from left to right, numpy in pairs
# Tried on real budgets only, and against plain versions of their own in test_allocation.py.
RULES_OF_NO_CITY = [f"{loop} of sim.model.allocation" for loop in ("_buy", "_phragmen", "_rate")]


def without_compiler(monkeypatch, called):
    """From now on every compiled loop of the model is plain Python; gives the names of all of them."""

    def plain(loop):
        run = interpreted(loop.py_func)

        def told(*args):
            called.add(loop.py_func.__qualname__ + " of " + loop.py_func.__module__)
            return run(*args)

        return told

    kernels.load()
    names = set()
    for module in [m for n, m in sys.modules.items() if n.startswith("sim.model")]:
        for name, loop in [(n, v) for n, v in vars(module).items() if hasattr(v, "py_func")]:
            names.add(loop.py_func.__qualname__ + " of " + loop.py_func.__module__)
            monkeypatch.setattr(module, name, plain(loop))
    return names


def lived(settings, months=14):
    """A city whose rounds stop after `months`, and that lives to miss the next."""
    city = City(Settings.build(settings | {"city": TOWN}), 7, PUSHES)
    city.run(months)
    city.turn(Settings.build({**settings, "city": TOWN, "forum": {**settings.get("forum", {}), "every": 0}}))
    city.run(2)
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
    assert sorted(loops - called) == RULES_OF_NO_CITY
    assert len(loops) > 100


# --- the loops over residents, written a second time as one would say them, on random inputs ---

SHARE, EVENTS = st.floats(0, 1), st.floats(0, 3)
PERSON = st.fixed_dictionaries(
    dict.fromkeys(("trust", "usual", "efficacy", "usual_efficacy", "belief", "status", "time", "skill"), SHARE)
    | {"took_part": SHARE | st.just(1e-12), "fatigue": EVENTS | st.just(1e-12), "good": EVENTS, "bad": EVENTS}
    | {
        "before": SHARE,
        "active": st.floats(0, 30),
        "drive": st.floats(-5, 5),
        "belongs": st.integers(-1, 2),
        "marginalised": st.booleans(),
    }
)


@st.composite
def quarters(draw):
    """Some people, whom each of them knows, and numbers of trust and volunteering within their range."""
    people = draw(st.lists(PERSON, min_size=1, max_size=12))
    knows = [draw(st.lists(st.integers(0, len(people) - 1), max_size=5)) for _ in people]
    values = {}
    for group, names in (
        ("trust", ("gain", "asymmetry", "forgetting", "talk", "fatigue_memory", "presence_memory", "confirmation")),
        ("volunteers", ("base", "resources", "efficacy", "trust", "asked", "invite", "fatigue", "overwork", "share")),
    ):
        params = {name: PARAMETERS[f"{group}.{name}"] for name in names}
        values[group] = {
            name: draw(st.booleans() if p.kind == "switch" else st.floats(p.low, p.high)) for name, p in params.items()
        }
    return people, knows, Settings.build(values)


def column(people, name, dtype=float):
    return np.array([person[name] for person in people], dtype)


def network(knows):
    starts = np.cumsum([0, *map(len, knows)]).astype(np.uint32)
    return starts, np.array([j for row in knows for j in row], np.uint32)


def within(x):
    return min(1.0, max(0.0, x))


def learnt(t, trust, good, bad):
    gain, loss = t.gain, t.gain * t.asymmetry
    if t.confirmation:
        gain, loss = gain * (0.5 + trust), loss * (0.5 + (1.0 - trust))
    return within(trust + gain * (1.0 - trust) * good - loss * trust * bad)


@given(quarters(), st.lists(st.tuples(SHARE, SHARE, SHARE), min_size=3, max_size=3))
def test_residents_learn_as_a_plain_loop_does(quarter, news):
    people, knows, settings = quarter
    t, moved = settings.trust, [p["trust"] - p["usual"] for p in people]
    expected = []
    for i, p in enumerate(people):
        good, bad = p["good"], p["bad"]
        if p["belongs"] >= 0:
            good += news[p["belongs"]][p["marginalised"]]
            bad += news[p["belongs"]][2]
        level = learnt(t, p["trust"], good, bad) - t.forgetting * moved[i]
        if knows[i]:
            heard = 0.0
            for j in knows[i]:
                heard += moved[j]
            level += t.talk * (heard / len(knows[i]) - moved[i])
        level = within(level)
        expected.append(
            [
                level,
                p["efficacy"] + t.forgetting * (p["usual_efficacy"] - p["efficacy"]),
                p["belief"] + t.forgetting * (level - p["belief"]),
                p["fatigue"] * t.fatigue_memory if p["fatigue"] > 1e-9 else 0.0,
                p["took_part"] * t.presence_memory if p["took_part"] > 1e-9 else 0.0,
            ]
        )
    states = {n: column(people, n) for n in ("trust", "good", "bad", "efficacy", "belief", "fatigue", "took_part")}
    active = np.full(len(people), -1.0)
    trust._residents(
        0,
        len(people),
        record(t),
        *network(knows),
        np.array([n[:2] for n in news]),
        np.array([n[2] for n in news]),
        column(people, "belongs", np.int32),
        column(people, "marginalised", np.bool_),
        np.column_stack([moved, column(people, "before")]),
        states["trust"],
        states["good"],
        states["bad"],
        states["efficacy"],
        column(people, "usual_efficacy"),
        states["belief"],
        states["fatigue"],
        states["took_part"],
        active,
    )
    names = ("trust", "efficacy", "belief", "fatigue", "took_part")
    assert [[float(states[n][i]) for n in names] for i in range(len(people))] == expected
    asked = []
    for row in knows:
        total = 0.0
        for j in row:
            total += people[j]["before"]
        asked.append(total)
    assert active.tolist() == asked
    assert not states["good"].any()
    assert not states["bad"].any()


@given(quarters(), st.floats(1, 1000))
def test_residents_volunteer_as_a_plain_loop_does(quarter, stands_for):
    people, settings = quarter[0], quarter[2]
    v = settings.volunteers
    leanings, chances, pool = [], [], [0.0] * 3
    for p in people:
        lean = v.base + v.resources * ((p["time"] + p["status"] + p["skill"]) / 3) + v.efficacy * p["efficacy"]
        lean = lean + v.trust * p["trust"] + p["drive"] - v.fatigue * p["fatigue"] - v.overwork * (1.5 - p["time"])
        odds = lean + v.asked * (1.0 - math.exp(-v.invite * p["active"]))
        leanings.append(lean)
        chances.append(1.0 / (1.0 + math.exp(-odds)))
        if p["belongs"] >= 0:
            pool[p["belongs"]] += chances[-1] * v.share * stands_for * 2.0 * p["time"]
    now, leaning = np.zeros(len(people)), np.zeros(len(people))
    traits = [column(people, n) for n in ("status", "time", "skill", "drive", "efficacy", "trust", "fatigue")]
    volunteers._residents(0, len(people), record(v), column(people, "active"), *traits, leaning, now)
    assert leaning.tolist() == leanings
    assert now.tolist() == pytest.approx(chances, rel=1e-13, abs=0.0)  # its own e^x is as good as the library's
    state, drawn = columns.table(columns.CITY, 1), np.ones(3)
    state["people"] = stands_for
    volunteers._draw_on(record(v), state, column(people, "belongs", np.int32), column(people, "time"), now, drawn)
    assert drawn.tolist() == pytest.approx(pool, rel=1e-13, abs=0.0)


@given(quarters(), st.lists(st.tuples(SHARE, SHARE), min_size=3, max_size=3))
def test_the_served_are_counted_as_a_plain_loop_does(quarter, benefit):
    people = quarter[0]
    expected = [0.0, 0.0]
    for p in people:
        if p["belongs"] >= 0:
            expected[p["marginalised"]] += benefit[p["belongs"]][p["marginalised"]]
    flows = columns.table(columns.FLOW, 1)
    belongs, apart = column(people, "belongs", np.int32), column(people, "marginalised", np.bool_)
    trust._count_served(np.array(benefit), belongs, apart, flows)
    assert [flows[0]["served_others"], flows[0]["served_marginalised"]] == expected


@given(st.integers(1, 30), st.integers(1, 4), st.integers(0, 2**32))
def test_who_picked_whom_becomes_who_knows_whom(residents, links, seed):
    rng = np.random.default_rng(seed)
    picks = np.array([[rng.integers(-1, i) if i else -1 for _ in range(links)] for i in range(residents)])
    knows = [[] for _ in range(residents)]
    for i, row in enumerate(picks.tolist()):
        for j in row:
            if j >= 0:
                knows[i].append(j)
                knows[j].append(i)
    starts, neighbours = begin._rows(picks)
    assert [neighbours[a:b].tolist() for a, b in pairwise(starts.tolist())] == knows


def mixed(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
    return z ^ (z >> 31)


@given(st.integers(0, 2**63 - 1), st.sampled_from(chance.Ask), st.integers(0, 12_000), st.integers(0, 2**62))
def test_chance_is_the_hash_that_it_says(seed, ask, month, who):
    golden = 0x9E3779B97F4A7C15
    key = mixed((seed + golden) % 2**64)
    key = mixed(key ^ (int(ask) * golden) % 2**64)
    key = mixed(key ^ (month * golden) % 2**64)
    word = mixed((key + who * golden) % 2**64)
    assert chance.uniform(seed, ask, month, who) == ((word >> 12) + 0.5) * 2.0**-52
