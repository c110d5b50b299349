"""D6: the city's decision rules at a table of twelve."""

from dataclasses import replace

import numpy as np
import pytest

from sim.model.month.forum import Rule
from sim.study.docking import rules
from sim.study.docking.base import Verdict
from sim.study.docking.rules import Options, meets

# 150 tables under two rules or more: the smallest ordering that passes at 1,000 tables (success of 1.000 against 0.985
# with a strong actor) is not looked at here; the others are ten standard errors wide or more.
FEW = Options(tables=150, contested=(8,), power=("equal",), rules=("majority", "three_quarters", "consensus"))


def found(o, seed=1):
    return rules.judge(o, [rules.one(o, seed, k) for k in range(o.tables)])


def verdicts(finding, word):
    return {c.says.split(": ", 1)[1]: c.verdict for c in finding.claims if word in c.says}


def test_support_of_firm_wishes_is_what_a_plan_meets():
    """Of 4 points the first wants all, the second two of them."""
    assert meets(np.array([[1.0, 1, 1, 1], [1, 1, 0, 0]]), np.array([1, 1, 1, 1])) == pytest.approx([1.0, 0.5])


def test_people_who_want_the_same_agree_at_once():
    """No point contested: the first proposal meets everything, under all rules."""
    o = replace(FEW, contested=(0,), tables=2)
    for name, value in rules.one(o, 1, 0).items():
        assert value == (0 if "inequity" in name or "behind" in name else 1)


def test_a_strong_actor_has_the_weight_asked_for(monkeypatch):
    """0.4 of 12: (1 + imbalance x 11) / 12 = 0.4, so imbalance = 3.8 / 11 = 0.34545."""
    given = []
    weigh = rules.weigh
    monkeypatch.setattr(rules, "weigh", lambda people, imbalance: given.append(imbalance) or weigh(people, imbalance))
    rules.one(replace(FEW, power=("strong",), tables=1), 1, 0)
    assert given == [pytest.approx(0.3454545)]
    assert weigh(12, given[0])[0] == pytest.approx(0.4)


def test_without_talk_the_orderings_hold():
    there = verdicts(found(FEW), "no talk")
    assert len(there) == 5
    assert set(there.values()) == {Verdict.PASS}


def test_the_citys_talk_is_so_strong_that_success_cannot_fall():
    """A known failure, which the page explains: all tables that talk agree."""
    there = verdicts(found(FEW), "talk: success falls")
    assert there["success falls from majority to consensus"] == Verdict.FAIL


def test_consensus_and_majority_swapped_fails(monkeypatch):
    swapped = {**rules.RULES, "majority": Rule.CONSENSUS, "consensus": Rule.MAJORITY}
    monkeypatch.setattr(rules, "RULES", swapped)
    there = verdicts(found(FEW), "no talk")
    assert there["success falls from majority to 75%"] == Verdict.FAIL
    assert there["inequity falls from majority to consensus"] == Verdict.FAIL


def test_talk_that_does_nothing_fails():
    """With a bound of 0.25 nobody hears who wants something else, so that talk buys nothing back."""
    finding = found(replace(FEW, confidence=0.25))
    bought = [c.verdict for c in finding.claims if "buys back" in c.says]
    assert bought == [Verdict.FAIL, Verdict.FAIL]


def test_no_strong_actor_where_all_weigh_the_same():
    """A weight of 1/12 is no strong actor: outcomes are no nearer to that one."""
    finding = found(replace(FEW, power=("strong",), strong=1 / 12, tables=300))
    [nearer] = [c for c in finding.claims if "nearer to the strong actor" in c.says]
    assert nearer.verdict != Verdict.PASS
