"""Settings: what is allowed, what is refused, and in which words."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model import params
from sim.model.month.forum import Rung
from sim.model.params import BadConfig, around, assumed, build, param
from sim.model.settings import PARAMETERS, Settings


def faults(values):
    with pytest.raises(BadConfig) as caught:
        Settings.build(values)
    return caught.value.faults


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"turnover": {"anual_rate": 0.1}},
            "turnover.anual_rate: no such setting; did you mean 'turnover.annual_rate'?",
        ),
        ({"turnovr": {}}, "turnovr: no such group of settings; did you mean 'turnover'?"),
        (
            {"turnover": {"annual_rate": "fast"}},
            "turnover.annual_rate: 'fast' is not a number; allowed: 0 to 0.9 per year",
        ),
        ({"turnover": {"annual_rate": 1.5}}, "turnover.annual_rate: 1.5 is out of range; allowed: 0 to 0.9 per year"),
        (
            {"turnover": {"annual_rate": math.nan}},
            "turnover.annual_rate: nan is not a finite number; allowed: 0 to 0.9 per year",
        ),
        ({"turnover": {"annual_rate": True}}, "turnover.annual_rate: True is not a number; allowed: 0 to 0.9 per year"),
        ({"turnover": {"annual_rate": None}}, "turnover.annual_rate: None is not a number; allowed: 0 to 0.9 per year"),
        ({"turnover": {"vacancy": 2.5}}, "turnover.vacancy: 2.5 is not a whole number; allowed: 0 to 24 months"),
        ({"turnover": None}, "turnover: empty, but a group of settings is needed here"),
        ({"turnover": 3}, "turnover: 3 is not a group of settings"),
        ({"outside": {"term": 0}}, "outside.term: 0 is out of range; allowed: 6 to 120 months"),
        ({"outside": {"term": 24, "first_election": 25}}, "outside.first_election: 25 months lies after the end"),
        (
            {"trust": {"confirmation": "yes"}},
            "trust.confirmation: 'yes' is neither true nor false; allowed: true or false",
        ),
        ({"forum": {"rung": "consul"}}, "forum.rung: 'consul' is no choice here; did you mean 'consult'?"),
        (
            {"city": {"population": 1000, "residents_per_agent": 100}},
            "city.residents_per_agent: 100 leaves fewer than 50",
        ),
    ],
)
def test_a_fault_is_one_clear_sentence(values, said):
    (fault,) = faults(values)
    assert fault.startswith(said)


def test_every_fault_is_told_at_once():
    told = faults({"turnover": {"annual_rate": 2, "vacency": 1}, "forum": {"rung": 7}, "nothing": {}})
    assert [f.split(":")[0] for f in told] == ["turnover.annual_rate", "turnover.vacency", "forum.rung", "nothing"]


def test_choices_are_read_by_name_in_any_case():
    assert Settings.build({"forum": {"rung": "Co_Create"}}).forum.rung is Rung.CO_CREATE


def test_what_is_built_can_be_built_again():
    settings = Settings.build({"forum": {"rung": "delegated"}, "outside": {"term": 72}})
    assert Settings.build(settings.plain()) == settings


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_the_ends_of_every_range_are_allowed_and_beyond_is_not(name):
    p = PARAMETERS[name]
    if p.kind not in ("number", "whole number"):
        return
    assert p.low <= p.plausible[0] <= p.default <= p.plausible[1] <= p.high
    for end in (p.low, p.high):
        if math.isfinite(end):
            assert p.read(end) == end
    for beyond in (p.low - 1, p.high + 1):
        with pytest.raises(ValueError, match="out of range"):
            p.read(beyond)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number_may_be_undefined_or_endless(value):
    for p in PARAMETERS.values():
        if p.kind in ("number", "whole number"):
            with pytest.raises(ValueError, match="not a finite number"):
                p.read(value)


@pytest.mark.parametrize(
    ("guess", "ends"),
    [
        ((120.0, "hours", 10, 1000), (60, 240)),
        ((0.5, "share", 0, 1), (0.25, 0.75)),  # odds 1: a third and three
        ((0.1, "chance", 0, 1), (0.0357, 0.25)),  # odds 1/9: 1/27 and 1/3
        ((0.2, "EUR/hour", 0, 20), (0.1, 0.4)),
        ((-2.6, "log-odds", -8, 4), (-3.29, -1.91)),  # ln 2 either way
        ((3.0, "log-odds", 0, 8), (1.5, 6)),
        ((0.0, "share", 0, 1), (0, 0.25)),
        ((1.0, "share", 0, 1), (0.75, 1)),
        ((600.0, "hours", 10, 1000), (300, 1000)),
        ((3, "months", 1, 24), (2, 6)),
        ((1, "count", 0, 5), (0, 2)),
    ],
)
def test_what_is_plausible_of_a_guess(guess, ends):
    assert around(*guess) == pytest.approx(ends, rel=0.005)


def test_steps_are_kept():
    degree = PARAMETERS["city.degree"]
    assert degree.read(6) == 6
    with pytest.raises(ValueError, match="7 is no multiple of 2"):
        degree.read(7)
    assert degree.allowed() == "2 to 64 people, in steps of 2"


@dataclass(frozen=True)
class Two:
    """Two numbers."""

    a: float = param(0.5, "share", 0, 1, assumed("test"), "a number")
    n: int = param(3, "count", 0, 9, assumed("test"), "a whole number")


@given(
    st.dictionaries(
        st.sampled_from("an") | st.text(max_size=4),
        st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=3), st.integers()),
    )
)
def test_anything_is_built_or_refused_with_a_reason(values):
    made, told = build(Two, "two", values)
    good = all(
        (key == "a" and isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= 1)
        or (key == "n" and isinstance(v, int | float) and not isinstance(v, bool) and v in range(10))
        for key, v in values.items()
    )
    assert (made is not None) == good
    assert bool(told) == (not good)
    assert all(f.startswith("two.") for f in told)


def test_a_record_holds_what_the_dataclass_holds():
    row = params.record(Two(0.25, 7))
    assert row.dtype == np.dtype([("a", "f8"), ("n", "i8")], align=True)
    assert row.tolist() == [(0.25, 7)]


def test_unchecked_numbers_carry_a_caveat():
    unchecked = [p for p in PARAMETERS.values() if p.source.sure == "unchecked"]
    assert unchecked
    assert all("not checked" in str(p.source) for p in unchecked)


def test_a_default_out_of_its_range_cannot_be_declared():
    with pytest.raises(ValueError, match="outside"):
        param(2.0, "share", 0, 1, assumed("test"), "too much")
