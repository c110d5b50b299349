"""Who gets the money: rules that turn votes and a budget into funded projects (M14).

The city's own rule is `allocate`; a call for grants and a real participatory budget both end in it.
`greedy` adds what real cities add to it. Equal shares and Phragmen are what it is compared with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.columns import REFERENCE_CITY
from sim.model.kernels import compiled

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Prices that differ by less are equal: sums of shares round differently in another order.
SAME = 1e-9


@compiled
def usual_pot(funding: Any, population: float) -> Any:
    """A usual year's grant money of a city of `population`, in EUR; `funding`: its parameters, one row (M19)."""
    return funding[0].pot * population * (population / REFERENCE_CITY) ** (funding[0].size_elasticity - 1.0)


@dataclass(frozen=True)
class Ballots:
    """Who supports which project, and how strongly, one project after the other.

    start: (projects + 1,), where each project's supporters begin and the last one's end;
    voter: (supports,), from 0 to `voters` - 1; weight: (supports,), 1 for an approval, else points.
    """

    start: Indices
    voter: Indices
    weight: Floats
    voters: int

    @property
    def project(self) -> Indices:
        """(supports,): which project each support is for."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    @property
    def approving(self) -> "Ballots":
        """The same with every support of weight 1, and without those of weight 0 or less."""
        kept = self.weight > 0
        return gather(self.project[kept], self.voter[kept], np.ones(kept.sum()), len(self.start) - 1, self.voters)


def gather(project: Indices, voter: Indices, weight: Floats, projects: int, voters: int) -> Ballots:
    """The ballots of supports that come in any order; `project`, `voter` and `weight` are (supports,)."""
    order = np.argsort(project, kind="stable")
    start = np.searchsorted(project[order], np.arange(projects + 1))
    return Ballots(start, voter[order], weight[order], voters)


@dataclass(frozen=True)
class Pools:
    """Parts of the budget that belong to kinds of projects.

    kind: (projects,), from 0, -1 for none; money: (kinds,); rest_to_all: what is left of them, and of
    the budget, goes to any project that it pays for.
    """

    kind: Indices
    money: Floats
    rest_to_all: bool


@dataclass(frozen=True)
class Terms:
    """What a city adds to the greedy rule.

    skip: go on past what does not fit, or stop there; threshold: the least score that can be funded;
    stretch: where the rule stops, the project that did not fit is funded after all if this share of its
    cost is left; rivals: project -> those that cannot be built beside it.
    """

    skip: bool = True
    threshold: float = -np.inf
    stretch: float = 1.0
    rivals: Mapping[int, frozenset[int]] = field(default_factory=dict)
    pools: Pools | None = None


@compiled
def allocate(order: Any, costs: Any, budget: Any, skip: Any) -> Any:
    """Fund in `order` what still fits: the greedy rule of participatory budgets.

    order: indices, best first; costs: (n,) EUR; skip: go on past what does not fit, or stop there.
    Returns (n,) of bool.
    """
    funded = np.zeros(len(costs), np.bool_)
    left = budget
    for n in range(len(order)):
        c = order[n]
        if costs[c] <= left:
            funded[c] = True
            left -= costs[c]
        elif not skip:
            break
    return funded


def greedy(costs: Floats, scores: Floats, budget: float, terms: Terms = Terms()) -> Flags:
    """The best first, as far as the money goes; ties go to the cheaper, then to the one listed first.

    costs: (n,), infinite for what was withdrawn; scores: (n,). Returns (n,) of bool.
    """
    order = np.lexsort((costs, -scores))
    order = order[(scores[order] >= terms.threshold) & np.isfinite(costs[order])]
    while True:
        funded = _in_pools(order, costs, budget, terms)
        beaten = _beaten(order, funded, terms.rivals)
        if beaten < 0:
            return funded
        order = order[order != beaten]


def _in_pools(order: Indices, costs: Floats, budget: float, terms: Terms) -> Flags:
    """Fund from each pool, then from what is left; without pools from the whole budget."""
    if terms.pools is None:
        funded: Flags = allocate(order, costs, budget, terms.skip)
        return funded if terms.skip else _stretched(order, costs, budget, funded, terms.stretch)
    funded = np.zeros(len(costs), np.bool_)
    for kind, money in enumerate(terms.pools.money):
        funded |= allocate(order[terms.pools.kind[order] == kind], costs, money, terms.skip)
    if terms.pools.rest_to_all:
        funded |= allocate(order[~funded[order]], costs, budget - costs[funded].sum(), True)
    return funded


def _stretched(order: Indices, costs: Floats, budget: float, funded: Flags, stretch: float) -> Flags:
    """Add the project at which the rule stopped, if `stretch` of its cost is left."""
    refused = order[~funded[order]]
    if len(refused) and stretch * costs[refused[0]] <= budget - costs[funded].sum():
        funded[refused[0]] = True
    return funded


def _beaten(order: Indices, funded: Flags, rivals: Mapping[int, frozenset[int]]) -> int:
    """The first project that cannot be built beside a funded better one; -1 if there is none."""
    built: set[int] = set()
    for c in order.tolist() if rivals else ():
        if rivals.get(c, frozenset()) & built:
            return int(c)
        if funded[c]:
            built.add(c)
    return -1


def equal_shares(
    ballots: Ballots, costs: Floats, budget: float, *, per_cost: bool = True, step: float = 0.0, most: float = np.inf
) -> Flags:
    """The method of equal shares (Peters, Pierczynski & Skowron 2021, NeurIPS).

    Every voter has the same share of the budget. A project is bought by its supporters, each paying in
    proportion to the support but no more than is left of the share; next is always the project at the
    lowest price for a unit of satisfaction. per_cost: an approved project satisfies as much as it costs,
    or all alike. step: without it, what is left at the end stays; with it, all shares are raised by
    `step` again and again until the first set that the budget does not pay (Add1); by a multiple of
    `step` where it takes more than `most` raises to double a share. Returns (n,) of bool.
    """
    if not ballots.voters:
        return np.zeros(len(costs), np.bool_)

    def bought(share: float) -> Flags:
        purse = np.full(ballots.voters, share)
        flags: Flags = _buy(ballots.start, ballots.voter, ballots.weight, costs, worth, rank, purse)
        return flags

    worth = np.where(np.isfinite(costs), costs, 1.0) if per_cost else np.ones(len(costs))
    rank = _rank(ballots, costs)
    share = budget / ballots.voters
    funded = bought(share)
    supported = np.isfinite(costs) & (np.bincount(ballots.approving.project, minlength=len(costs)) > 0)
    if step > 0 and costs[supported].sum() <= budget:
        return supported  # no raise is too much, and in the end one supporter can pay alone
    if step > 0:
        step *= np.ceil(max(share / most / step, 1.0))
        share = np.floor(share / step) * step + step
        while share <= budget and (more := bought(share)) is not None and costs[more].sum() <= budget:
            funded, share = more, share + step
    return funded


def _rank(ballots: Ballots, costs: Floats) -> Indices:
    """(n,): the place of each project where prices tie: the cheaper, the more supported, the first listed."""
    support = np.bincount(ballots.project, ballots.weight, len(costs))
    rank = np.empty(len(costs), np.int64)
    rank[np.lexsort((-support, costs))] = np.arange(len(costs))
    return rank


@compiled
def _buy(start: Any, voter: Any, weight: Any, costs: Any, worth: Any, rank: Any, purse: Any) -> Any:
    """Equal shares from the money in `purse`: (voters,), which it empties."""
    n = len(costs)
    funded = np.zeros(n, np.bool_)
    # Purses only get emptier, so an earlier price is a lower bound and most projects need no new one.
    price = np.zeros(n)
    while True:
        best, lowest = -1, np.inf
        for p in np.argsort(price):
            if price[p] > lowest * (1.0 + SAME) or price[p] == np.inf:
                break
            if not funded[p]:
                rate = _rate(start[p], start[p + 1], voter, weight, costs[p], purse)
                price[p] = rate / worth[p] if rate > 0.0 else 0.0
                ties = price[p] <= lowest * (1.0 + SAME) and best >= 0 and rank[p] < rank[best]
                if price[p] < np.inf and (price[p] < lowest * (1.0 - SAME) or best < 0 or ties):
                    best, lowest = int(p), price[p]
        if best < 0:
            return funded
        rate = _rate(start[best], start[best + 1], voter, weight, costs[best], purse)
        for s in range(start[best], start[best + 1]):
            purse[voter[s]] -= min(purse[voter[s]], rate * max(weight[s], 0.0))
        funded[best], price[best] = True, np.inf


@compiled
def _rate(first: Any, last: Any, voter: Any, weight: Any, cost: Any, purse: Any) -> Any:
    """The payment for a unit of weight at which these supporters raise `cost`; infinite if they cannot."""
    rate, poor = 0.0, -1
    while True:
        # Whoever cannot pay that rate gives all, and the others pay more.
        given, sharing, now_poor = 0.0, 0.0, 0
        for s in range(first, last):
            if weight[s] > 0.0:
                if purse[voter[s]] < rate * weight[s]:
                    given += purse[voter[s]]
                    now_poor += 1
                else:
                    sharing += weight[s]
        if now_poor == poor:
            return rate
        if sharing == 0.0:
            return rate if now_poor > 0 and given >= cost * (1.0 - SAME) else np.inf
        poor = now_poor
        rate = max(rate, (cost - given) / sharing)


def phragmen(ballots: Ballots, costs: Floats, budget: float) -> Flags:
    """Sequential Phragmen for budgets (Los, Christoff & Grossi 2022, IJCAI).

    All voters earn at the same pace, a project is bought as soon as those who approve of it can pay it
    together, and it ends at the first that the budget does not pay. Returns (n,) of bool.
    """
    a = ballots.approving
    flags: Flags = _phragmen(a.start, a.voter, costs, _rank(a, costs), float(budget), a.voters)
    return flags


@compiled
def _phragmen(start: Any, voter: Any, costs: Any, rank: Any, budget: Any, voters: Any) -> Any:
    n = len(costs)
    funded = np.zeros(n, np.bool_)
    spent = np.zeros(voters)  # when each voter's purse was last emptied
    left = budget
    while True:
        best, soonest = -1, np.inf
        for p in range(n):
            supporters = start[p + 1] - start[p]
            if funded[p] or supporters == 0 or costs[p] == np.inf:
                continue
            when = costs[p]
            for s in range(start[p], start[p + 1]):
                when += spent[voter[s]]
            when /= supporters
            ties = best >= 0 and when <= soonest * (1.0 + SAME) and rank[p] < rank[best]
            if when < soonest * (1.0 - SAME) or best < 0 or ties:
                best, soonest = p, when
        if best < 0 or costs[best] > left:
            return funded
        funded[best] = True
        left -= costs[best]
        for s in range(start[best], start[best + 1]):
            spent[voter[s]] = soonest
