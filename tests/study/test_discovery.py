"""Rules against planted ones, robustness by hand, criteria that do not parse."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.study import discovery
from sim.study.discovery import Criterion, parse, robustness, rule, tree, within

INF = float("inf")


def planted(n=400, seed=1):
    """Failing where x is above 0.7 and y up to 0.4; z does not matter."""
    futures = pd.DataFrame(np.random.default_rng(seed).random((n, 3)), columns=["x", "y", "z"])
    return futures, ((futures["x"] > 0.7) & (futures["y"] <= 0.4)).to_numpy()


def test_a_planted_box_is_found():
    futures, failing = planted()
    found = rule(futures, failing, ["z", "y", "x"])
    assert set(found.limits) == {"x", "y"}
    (low, high), (left, right) = found.limits["x"], found.limits["y"]
    assert low == pytest.approx(0.7, abs=0.03)
    assert right == pytest.approx(0.4, abs=0.03)
    assert (high, left) == (INF, -INF)
    assert found.coverage > 0.9
    assert found.density > 0.9
    assert found.checked > 0.75
    assert found.support == {"x": 1, "y": 1}
    assert all(p < 1e-6 for p in found.quasi_p.values())
    inside = within(futures, found.limits)
    assert (found.inside, found.caught) == (inside.sum(), (inside & failing).sum())


def test_failing_by_chance_makes_no_rule_that_holds_elsewhere():
    """A fifth fail whatever the settings: outside the half in which it was found, a rule does no better."""
    checked = []
    for seed in range(4):
        draw = np.random.default_rng(seed)
        futures, failing = pd.DataFrame(draw.random((200, 3)), columns=list("xyz")), draw.random(200) < 0.2
        found = rule(futures, failing, list("xyz"))
        checked.append(found.checked if found else 0.2)
    assert np.mean(checked) < 0.35


@pytest.mark.parametrize("failing", [0, 3, 397, 400])
def test_too_few_of_a_kind_make_no_rule_and_no_tree(failing):
    futures, _ = planted()
    flags = np.arange(400) < failing
    assert rule(futures, flags, list("xyz")) is None
    assert tree(futures, flags)[0] == []


def test_a_planted_tree_is_found():
    futures, failing = planted()
    leaves, accuracy = tree(futures, failing)
    assert accuracy > 0.9
    assert sum(leaf.futures for leaf in leaves) == 400
    assert sum(leaf.failing for leaf in leaves) == failing.sum()
    worst = leaves[0]
    assert set(worst.limits) == {"x", "y"}
    assert worst.limits["x"][0] == pytest.approx(0.7, abs=0.03)
    assert worst.failing / worst.futures > 0.9


class TestCriterion:
    @pytest.mark.parametrize(
        ("text", "criterion"),
        [
            ("trust<0.4", Criterion("trust", "<", 0.4)),
            (" staff_hours >= 1e4 ", Criterion("staff_hours", ">=", 1e4)),
            ("trust<40%", Criterion("trust", "<", 0.4)),
            ("trust<baseline", Criterion("trust", "<", None)),
        ],
    )
    def test_is_read(self, text, criterion):
        faults = []
        assert parse(text, faults) == criterion
        assert faults == []

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("trust", "is no criterion"),
            ("trust==0.4", "is no criterion"),
            ("trust<0.4<0.5", "is no criterion"),
            ("__import__('os')<1", "is no criterion"),
            ("trst<0.4", "did you mean 'trust'?"),
            ("trust<low", "neither a number nor `baseline`"),
            ("trust<40", "did you mean 0.4?"),
            ("trust<nan", "lies between 0 and 1"),
        ],
    )
    def test_is_refused(self, text, said):
        faults = []
        assert parse(text, faults) is None
        assert said in faults[0]

    @given(st.text(max_size=30))
    @settings(max_examples=200, deadline=None)
    def test_any_text_is_read_or_refused(self, text):
        faults = []
        assert (parse(text, faults) is None) == bool(faults)

    def test_against_a_number_and_the_baseline(self):
        values = np.array([[0.5, 0.3, np.nan], [0.4, 0.4, 0.4]])
        failing, defined = Criterion("trust", "<", 0.4).failing(values, [0, 0])
        assert failing.tolist() == [[False, True, False], [False, False, False]]
        assert defined.tolist() == [[True, True, False], [True, True, True]]
        failing, defined = Criterion("trust", "<", None).failing(values, [0, 0])
        assert failing.tolist() == [[False, False, False], [True, False, False]]
        assert defined.tolist() == [[True, True, False], [True, True, False]]


class TestRobustness:
    def test_by_hand(self):
        """Three policies in four futures; the best of each: 5, 6, 4, 4."""
        values = np.array([[5.0, 1, 3, 4], [3, 6, 2, 4], [1, 2, 4, 1]])
        failing = values < 3
        table = robustness(values, ["a", "b", "c"], 1, failing, np.ones_like(failing)).set_index("policy")
        assert list(table["satisficing"]) == [3 / 4, 3 / 4, 1 / 4]
        assert list(table["worst"]) == [1, 2, 1]
        assert list(table["regret_max"]) == [5, 2, 4]  # a: 0 5 1 0; b: 2 0 2 0; c: 4 4 0 3
        assert list(table["regret_90"]) == pytest.approx([3.8, 2, 4])
        assert list(table["first"]) == [2 / 4, 2 / 4, 1 / 4]  # the last future is a tie
        assert list(table["rank"]) == [(1 + 3 + 2 + 1.5) / 4, (2 + 1 + 3 + 1.5) / 4, (3 + 2 + 1 + 3) / 4]
        assert table.loc["a", "satisficing_low"] == pytest.approx(0.3006, abs=1e-3)  # Wilson, 3 of 4

    def test_less_may_be_better(self):
        values = np.array([[5.0, 1], [3, 6]])
        table = robustness(values, ["a", "b"], -1, values > 4, values > 0).set_index("policy")
        assert list(table["worst"]) == [5, 6]
        assert list(table["regret_max"]) == [2, 5]
        assert list(table["mean"]) == [3, 4.5]

    def test_futures_without_a_value_for_all_are_left_out(self):
        values = np.array([[5.0, 1], [3, np.nan]])
        assert list(robustness(values, ["a", "b"], 1, values < 0, ~np.isnan(values))["futures"]) == [1, 1]


def test_every_outcome_has_a_direction():
    assert discovery.direction("trust") == 1
    assert discovery.direction("staff_hours") == -1
    assert discovery.direction("tokenism_gap") == -1
    assert discovery.direction("representation_ratio") == 0
    assert set(discovery.OUTCOMES) >= discovery.LOWER | discovery.NEITHER
