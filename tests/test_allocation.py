"""Rules that turn votes and a budget into funded projects: by hand, and against slow plain versions (M14)."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model import allocation
from sim.model.allocation import Pools, Terms, equal_shares, gather, greedy, phragmen
from sim.model.month import funding


def ballots(votes, projects):
    """`votes`: for each voter the projects approved, or project -> points."""
    votes = [vote if isinstance(vote, dict) else dict.fromkeys(vote, 1) for vote in votes]
    triples = [(p, v, w) for v, vote in enumerate(votes) for p, w in vote.items()]
    project, voter, weight = (np.array(column) for column in zip(*triples, strict=True)) if triples else ([], [], [])
    whole = [np.array(column, np.int64) for column in (project, voter)]
    return gather(*whole, np.array(weight, float), projects, len(votes))


def ids(flags):
    return list(np.flatnonzero(flags))


def fund(costs, scores, budget, **terms):
    return ids(greedy(np.array(costs, float), np.array(scores, float), budget, Terms(**terms)))


class TestGreedy:
    def test_it_is_the_citys_own(self):
        assert funding.allocate is allocation.allocate

    def test_best_first_past_what_does_not_fit(self):
        """10: the first (6) leaves 4, the second (5) does not fit, the third (4) does."""
        assert fund([6, 5, 4], [9, 8, 7], 10) == [0, 2]

    def test_or_stopping_there(self):
        assert fund([6, 5, 4], [9, 8, 7], 10, skip=False) == [0]

    def test_ties_go_to_the_cheaper_then_to_the_first_listed(self):
        """All with 5 votes: 3 before 4 and 4; of these the first, for 10 - 3 = 7."""
        assert fund([4, 4, 3], [5, 5, 5], 10) == [0, 2]

    def test_below_the_threshold_nothing(self):
        """50 votes are enough for a threshold of 50, 49 are not."""
        assert fund([1, 1], [50, 49], 10, threshold=50) == [0]

    @pytest.mark.parametrize(("budget", "funded"), [(10.0, [0, 1]), (9.99, [0]), (11.0, [0, 1])])
    def test_a_stretch(self, budget, funded):
        """6 of 10 leaves 4, which is 0.8 x 5; of 9.99 it leaves less. The third (3) is never reached."""
        assert fund([6, 5, 3], [9, 8, 7], budget, skip=False, stretch=0.8) == funded

    def test_rivals(self):
        """The second cannot stand beside the first, so its 5 go to the third, which would not have fit."""
        rivals = {0: frozenset({1}), 1: frozenset({0})}
        assert fund([5, 5, 4, 1], [9, 8, 7, 6], 10, rivals=rivals) == [0, 2, 3]
        assert fund([5, 6, 4, 1], [9, 8, 7, 6], 10, rivals=rivals, skip=False) == [0, 2, 3]

    def test_a_better_one_that_is_not_funded_stands_in_nobodys_way(self):
        assert fund([20, 5], [9, 8], 10, rivals={0: frozenset({1}), 1: frozenset({0})}) == [1]

    def test_pools(self):
        """6 for kind 0 and 4 for kind 1. Kind 0: 5, then 2 does not fit. Kind 1: 3. Left are 2 of 10."""
        kinds, money = np.array([0, 0, 1, -1]), np.array([6.0, 4.0])
        for rest, funded in ((False, [0, 2]), (True, [0, 1, 2])):
            assert fund([5, 2, 3, 2], [9, 8, 7, 6], 10, pools=Pools(kinds, money, rest)) == funded

    def test_what_was_withdrawn_is_passed_over_even_where_the_rule_stops(self):
        assert fund([6, np.inf, 4], [9, 8, 7], 10, skip=False) == [0, 2]


class TestEqualShares:
    def test_what_a_minority_agrees_on_is_funded(self):
        """10 voters with 10 each. Six approve of 0 (50) and 1 (50), four of 2 (40).

        Cost counts, so the price of a unit is 1 / supporters: 1/6, 1/6, 1/4. First 0 for 50 / 6 = 8.33
        each; the six have 1.67 each left, 10 in all, not enough for 1. The four pay 2 with 10 each.
        Greedy funds 0 and 1 and nothing for the four.
        """
        b = ballots([[0, 1]] * 6 + [[2]] * 4, 3)
        costs = np.array([50.0, 50.0, 40.0])
        assert ids(equal_shares(b, costs, 100.0)) == [0, 2]
        assert ids(greedy(costs, np.array([6.0, 6, 4]), 100.0)) == [0, 1]

    def test_who_has_less_left_pays_less(self):
        """Shares of 6. Project 0 (6) of voters 0 and 1 at 3 each has the lowest price (1/2 a unit with 1).

        Then 1 (9) of voters 1 and 2: voter 1 has 3 left, voter 2 pays 6; exactly enough.
        """
        b = ballots([[0], [0, 1], [1]], 2)
        assert ids(equal_shares(b, np.array([6.0, 9.0]), 18.0)) == [0, 1]
        assert ids(equal_shares(b, np.array([6.0, 9.1]), 18.0)) == [0]

    def test_by_cost_or_by_count(self):
        """Shares of 12. 0 costs 24 and has both votes, 1 costs 10 and has one.

        By cost the price of a unit is 12 / 24 = 1/2 against 10 / 10 = 1: 0 takes everything. By count it
        is 12 against 10: first 1, and the 2 + 12 left do not pay 24.
        """
        b = ballots([[0, 1], [0]], 2)
        costs = np.array([24.0, 10.0])
        assert ids(equal_shares(b, costs, 24.0)) == [0]
        assert ids(equal_shares(b, costs, 24.0, per_cost=False)) == [1]

    def test_points_are_paid_in_proportion(self):
        """Shares of 9 for a project of 12: points 3 and 1 pay 9 and 3. At 13 the first has no more, the other pays 4;
        then 1 (5.5): of the 5 that the second has left, not enough.
        """
        b = ballots([{0: 3}, {0: 1, 1: 1}], 2)
        assert ids(equal_shares(b, np.array([12.0, 6.0]), 18.0)) == [0, 1]
        assert ids(equal_shares(b, np.array([13.0, 5.5]), 18.0)) == [0]

    def test_raised_until_it_is_too_much(self):
        """Three voters, 30. At 10 each two pay 0 (20) and the third pays 2 (9). With a share of 9 + 14 = 23 the third
        would pay 1 (14) too, but 43 in all is too much.
        """
        b = ballots([[0], [0], [1, 2]], 3)
        assert ids(equal_shares(b, np.array([20.0, 14.0, 9.0]), 30.0, step=1.0)) == [0, 2]
        # A share of 10 does not pay 10.8, one of 11 does: for 30.8 in all, or for 29.8.
        b = ballots([[0], [0], [1]], 2)
        assert ids(equal_shares(b, np.array([20.0, 10.8]), 30.0, step=1.0)) == [0]
        assert ids(equal_shares(b, np.array([19.0, 10.8]), 30.0, step=1.0)) == [0, 1]

    def test_ties_go_to_the_cheaper_then_to_the_more_supported(self):
        """Shares of 2, of one and the same voter: prices are 1 a unit for both."""
        b = ballots([[0, 1]], 2)
        assert ids(equal_shares(b, np.array([2.0, 1.0]), 2.0)) == [1]

    def test_without_voters_nothing(self):
        for rule in (equal_shares, phragmen):
            assert ids(rule(ballots([], 2), np.array([1.0, 1.0]), 5.0)) == []
            assert ids(rule(ballots([[], []], 2), np.array([1.0, 1.0]), 5.0)) == []


class TestPhragmen:
    def test_a_project_is_bought_as_soon_as_its_voters_can_pay(self):
        """1 a month each. 0 (6): three voters, month 2. 1 (4): one voter, month 4. 2 (9): the three again, who have
        earned since month 2, so in month 2 + 3 = 5. In all 19.
        """
        b = ballots([[0, 2]] * 3 + [[1]], 3)
        costs = np.array([6.0, 4.0, 9.0])
        assert ids(phragmen(b, costs, 19.0)) == [0, 1, 2]
        assert ids(phragmen(b, costs, 18.0)) == [0, 1]

    def test_it_ends_at_the_first_that_is_too_much(self):
        """0 (6) of three voters in month 2 leaves 4. 1 (5) of the fourth is due in month 5 and too much; 2 (4) of one
        of the three would fit, but is due in month 2 + 4 = 6.
        """
        b = ballots([[0, 2], [0], [0], [1]], 3)
        assert ids(phragmen(b, np.array([6.0, 5.0, 4.0]), 10.0)) == [0]

    def test_points_are_approvals_and_none_is_none(self):
        b = ballots([{0: 5, 1: 0}, {1: 0.5}], 2)
        assert ids(phragmen(b, np.array([2.0, 2.0]), 4.0)) == [0, 1]


elections = st.integers(1, 6).flatmap(
    lambda projects: st.tuples(
        st.lists(st.integers(1, 30), min_size=projects, max_size=projects),
        st.lists(st.sets(st.integers(0, projects - 1)), min_size=1, max_size=8),
        st.integers(0, 90),
    )
)


def slow_rank(costs, votes):
    support = [sum(p in vote for vote in votes) for p in range(len(costs))]
    return sorted(range(len(costs)), key=lambda p: (costs[p], -support[p], p))


def slow_equal_shares(costs, votes, share, per_cost):
    """Exact fractions; the price is found by letting the poorest give all, one after the other."""
    purse = [share for _ in votes]
    funded = set()
    while True:
        offers = []
        for place, p in enumerate(slow_rank(costs, votes)):
            supporters = sorted((v for v in range(len(votes)) if p in votes[v]), key=lambda v: purse[v])
            if p in funded or sum(purse[v] for v in supporters) < costs[p]:
                continue
            left = Fraction(costs[p])
            for n, v in enumerate(supporters):
                each = left / (len(supporters) - n)
                if purse[v] >= each:
                    break
                left -= purse[v]
            offers.append((each / (costs[p] if per_cost else 1), place, p, each))
        if not offers:
            return funded
        _, _, p, each = min(offers)
        funded.add(p)
        for v in range(len(votes)):
            if p in votes[v]:
                purse[v] -= min(purse[v], each)


def slow_phragmen(costs, votes, budget):
    since = [Fraction(0) for _ in votes]
    funded = []
    while True:
        offers = []
        for place, p in enumerate(slow_rank(costs, votes)):
            supporters = [v for v in range(len(votes)) if p in votes[v]]
            if p not in funded and supporters:
                when = (costs[p] + sum(since[v] for v in supporters)) / len(supporters)
                offers.append((when, place, p, supporters))
        if not offers or costs[min(offers)[2]] > budget - sum(costs[q] for q in funded):
            return set(funded)
        when, _, p, supporters = min(offers)
        funded.append(p)
        for v in supporters:
            since[v] = when


class TestProperties:
    @given(elections)
    def test_never_over_the_budget_and_never_without_support(self, election):
        costs, votes, budget = election
        b, c = ballots(votes, len(costs)), np.array(costs, float)
        support = np.bincount(b.project, minlength=len(costs))
        for rule in (
            equal_shares(b, c, budget),
            equal_shares(b, c, budget, step=1.0),
            equal_shares(b, c, budget, step=1.0, most=3, per_cost=False),
            phragmen(b, c, budget),
        ):
            assert c[rule].sum() <= budget + 1e-6
            assert support[rule].all()
        for terms in (Terms(), Terms(skip=False), Terms(threshold=2)):
            assert c[greedy(c, support.astype(float), budget, terms)].sum() <= budget

    @given(elections, st.booleans())
    def test_equal_shares_as_the_plain_version(self, election, per_cost):
        costs, votes, budget = election
        fast = equal_shares(ballots(votes, len(costs)), np.array(costs, float), budget, per_cost=per_cost)
        assert {*ids(fast)} == slow_equal_shares(costs, votes, Fraction(budget, len(votes)), per_cost)

    @given(elections)
    def test_raised_shares_as_the_plain_version(self, election):
        costs, votes, budget = election
        funded = slow_equal_shares(costs, votes, Fraction(budget, len(votes)), True)
        share = budget // len(votes) + 1
        while (
            share <= budget and sum(costs[p] for p in slow_equal_shares(costs, votes, Fraction(share), True)) <= budget
        ):
            funded = slow_equal_shares(costs, votes, Fraction(share), True)
            share += 1
        fast = equal_shares(ballots(votes, len(costs)), np.array(costs, float), budget, step=1.0)
        assert {*ids(fast)} == funded

    @given(elections)
    def test_phragmen_as_the_plain_version(self, election):
        costs, votes, budget = election
        assert {*ids(phragmen(ballots(votes, len(costs)), np.array(costs, float), budget))} == slow_phragmen(
            costs, votes, budget
        )

    @given(elections, st.integers(0, 5), st.booleans())
    def test_more_votes_never_cost_a_project_its_place_in_greedy(self, election, more, skip):
        costs, votes, budget = election
        c = np.array(costs, float)
        scores = np.bincount(ballots(votes, len(costs)).project, minlength=len(costs)).astype(float)
        for p in ids(greedy(c, scores, budget, Terms(skip=skip))):
            better = scores.copy()
            better[p] += more
            assert greedy(c, better, budget, Terms(skip=skip))[p]

    @given(elections, st.integers(0, 50))
    def test_more_money_takes_nothing_away_where_greedy_stops(self, election, more):
        costs, votes, budget = election
        c = np.array(costs, float)
        scores = np.bincount(ballots(votes, len(costs)).project, minlength=len(costs)).astype(float)
        before, after = (greedy(c, scores, b, Terms(skip=False)) for b in (budget, budget + more))
        assert not (before & ~after).any()
