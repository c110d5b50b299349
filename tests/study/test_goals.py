"""Goals against arithmetic by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.outcomes import OUTCOMES
from sim.study.discovery import direction
from sim.study.goals import HEADLINE, Goal, parse

AT = [*OUTCOMES].index


def runs(*rows):
    """(runs, outcomes) of 1, but for what each row names."""
    table = np.ones((len(rows), len(OUTCOMES)))
    for i, row in enumerate(rows):
        for outcome, value in row.items():
            table[i, AT(outcome)] = value
    return table


def test_each_benefit_has_an_outcome_of_its_own_of_which_more_is_better():
    benefits = {o.benefit for o in OUTCOMES.values()} - {"cost", "tokenism"}
    assert HEADLINE.keys() == benefits
    for benefit, outcome in HEADLINE.items():
        assert OUTCOMES[outcome].benefit == benefit
        assert direction(outcome) == 1


def test_a_weighting_by_hand():
    """Trust 0.4 to 0.5 is +25%, projects 10 to 9 is -10%: (1 * 25 - 2 * 10) / 3 = 5/3."""
    base = runs({"trust": 0.3, "joint_value": 8}, {"trust": 0.5, "joint_value": 12})
    mine = runs({"trust": 0.5, "joint_value": 9})
    goal = parse("democracy:1,win-win:2", [])
    assert str(goal) == "trust:1,joint_value:2"
    assert goal.score(mine, base) == pytest.approx([5 / 3])
    assert goal.score(base, base).mean() == pytest.approx(0)
    assert goal.score(mine[None], base).shape == (1, 1)


def test_a_fall_of_what_is_better_low_counts_as_better():
    base = runs({"staff_hours": 100.0}, {"staff_hours": 100.0})
    assert Goal({"staff_hours": 1}).score(runs({"staff_hours": 80.0}), base) == pytest.approx([20])


def test_below_zero_more_is_still_better():
    base = runs({"gain_over_alone": -10.0}, {"gain_over_alone": -10.0})
    assert Goal({"gain_over_alone": 1}).score(runs({"gain_over_alone": -5.0}), base) == pytest.approx([50])


def test_what_is_undefined_stays_so():
    nan = float("nan")
    base = runs({"trust": 0.5}, {"trust": nan})
    scores = Goal({"trust": 1, "participation": 1}).score(runs({"trust": nan}, {"trust": 0.5}), base)
    assert np.isnan(scores[0])
    assert scores[1] == 0
    assert np.isnan(Goal({"trust": 1}).score(runs({"trust": 1}), runs({"trust": 0.0}))).all()


@given(st.floats(0.01, 100), st.floats(0.1, 10))
def test_weights_and_units_have_no_scale(weight, unit):
    base, mine = runs({"trust": 0.4, "euros": 50}), runs({"trust": 0.6, "euros": 30})
    plain = Goal({"trust": 1, "euros": 2}).score(mine, base)
    assert Goal({"trust": weight, "euros": 2 * weight}).score(mine, base) == pytest.approx(plain)
    assert Goal({"trust": 1, "euros": 2}).score(mine * unit, base * unit) == pytest.approx(plain)


@pytest.mark.parametrize(
    ("text", "weights"),
    [("trust", {"trust": 1}), ("reach", {"participation_marginalised": 1}),
     ("win-win:2, reach:0.5", {"joint_value": 2, "participation_marginalised": 0.5})],
)  # fmt: skip
def test_parsed(text, weights):
    faults = []
    assert parse(text, faults).weights == weights
    assert faults == []


def test_every_fault_is_told():
    faults = []
    assert parse("trst,democracy:-1,trust,benefit_ratio:x", faults) is None
    assert [f.split(";")[0] for f in faults] == [
        "goal: 'trst': no such outcome or benefit",
        "goal: '-1' is no weight",
        "goal: trust counts twice",
        "goal: benefit_ratio: neither more nor less of it is better as such",
        "goal: 'x' is no weight",
    ]
