"""The tips that a city follows: what they take this month, and how far they can push for it.

A tip asks for money, staff hours and volunteers' hours. The month's share of the budget buys as much
of it as it can; where staff hours run short all tips that need them shrink alike, and an initiative
without time takes in only part. What is pushed is in the tips' own files; nothing here names one.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from sim.model.allocation import usual_pot
from sim.model.chance import Ask, pair, uniform
from sim.model.columns import THOUSAND, Array, Stage
from sim.model.kernels import compiled
from sim.model.params import assumed, param


class Whom(IntEnum):
    """Which initiatives a tip is for."""

    ALL = 0
    FORMAL = 1
    DIVERSE = 2  # informal, or led by people in vulnerable positions


class Per(IntEnum):
    """What a price is for, each month."""

    CITY = 0
    THOUSAND = 1  # residents
    INITIATIVE = 2  # that is reached
    ROUND = 3  # of participation
    MOVE = 4  # of the lever by its whole range, for each initiative reached: work that a process books itself


class Buys(IntEnum):
    """What a lever makes out of nothing, for which its tip therefore pays."""

    NOTHING = 0
    GRANTS = 1
    LIAISON = 2  # hours of contact persons


@dataclass(frozen=True)
class Means:
    """Parameters of `tip`: what all tips share."""

    budget: float = param(
        1e9,
        "EUR/year",
        0,
        1e9,
        assumed("without a word, each tip is followed in full, whatever it costs"),
        "what the tips may cost in a year, staff hours included; 1e9 is no limit",
        plausible=(1e9, 1e9),
    )
    strength: float = param(
        1.0, "share", 0, 1, assumed("in full"), "how much of each chosen tip is followed at most", plausible=(1, 1)
    )
    hour_rate: float = param(
        45.0,
        "EUR/hour",
        10,
        120,
        assumed("labour costs of a professional with a third for overhead; differs widely between countries"),
        "what a staff hour counts for in a budget",
        plausible=(25, 70),
    )
    hired: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("half of the work is paid extra, half comes on top of what desks have to do"),
        "share of a tip's staff hours for which people are hired, instead of taking them from those who are there",
        plausible=(0, 1),
    )


@dataclass(frozen=True)
class Price:
    """What one piece of advice takes in a month if followed in full."""

    what: str  # euros, staff (hours) or volunteers (hours)
    amount: float
    per: Per


@dataclass(frozen=True)
class Piece:
    """One piece of advice: the levers it pushes, how much of it is followed, and what it takes.

    `only`: whom it is for, if not for all whom its tip reaches; `buys`: what its lever makes and it must
    therefore pay, grant money or hours of contact persons.
    """

    levers: tuple[str, ...]
    strength: float
    prices: tuple[Price, ...]
    only: Whom
    buys: Buys

    @property
    def one_by_one(self) -> bool:
        """Whether all of it is done, and paid, initiative by initiative: a city has it as far as they are reached."""
        paid = all(price.per in (Per.INITIATIVE, Per.MOVE) for price in self.prices)
        return self.buys == Buys.LIAISON or (paid and bool(self.prices))

    @property
    def asks_volunteers(self) -> bool:
        """Whether an initiative without time takes in less of it."""
        return any(price.what == "volunteers" for price in self.prices)


@dataclass(frozen=True)
class Offer:
    """A tip that the city follows. `number` tells it from others, whichever they are."""

    number: int
    strength: float
    weight: float
    start: int
    reach: float
    whom: Whom
    effect: float
    pieces: tuple[Piece, ...]


@dataclass
class _Plan:
    """What an offer may cost this month, what it takes if followed in full, and the share of it that is.

    `reached`, `takes`: (niches,), yes or no and volunteers' hours; the rest euros and staff hours: besides
    what processes do, done `within` them, and of these, `made` by a lever.
    """

    offer: Offer
    money: float
    reached: Array
    takes: Array
    euros: float = 0.0
    grants: float = 0.0
    staff: float = 0.0
    within: float = 0.0
    made: float = 0.0
    share: float = 0.0

    def cost(self, rate: float) -> float:
        return self.euros + self.grants + rate * (self.staff + self.within)

    def from_desks(self, hired: float) -> float:
        """Hours of those who are there that it takes, of which a share of `hired` are had elsewhere."""
        return (1.0 - hired) * self.staff + max(0.0, self.made - hired * self.within)


WRITES = ("officials.hours", "officials.hours_left", "initiatives.hours_left", "flows")


def run(city: Any) -> None:
    """Plan what each tip would take, see what can be had, take it, and push."""
    if not city.offers and not city.pushes:
        return
    stage = city.initiatives["stage"]
    active = (stage >= Stage.INFORMAL) & (stage <= Stage.MATURE)
    plans = [_plan(city, offer, active) for offer in city.offers if city.month >= offer.start]
    _buy(city, plans)
    taken = _take(city, plans)
    _count(city, active, plans)
    city.levers.feel(_gains(city, active, plans, taken), active)


def _plan(city: Any, offer: Offer, active: Array) -> _Plan:
    """What `offer` takes if followed in full."""
    ini = city.initiatives
    reached = active & (lots(city.seed, offer.number, len(ini)) < offer.reach) & _is(offer.whom, ini)
    plan = _Plan(offer, _money(city, offer), reached, np.zeros(len(ini)))
    for piece in offer.pieces:
        mine = reached & _is(piece.only, ini)
        move = piece.strength * offer.effect * city.levers.span(piece.levers[0])
        if piece.buys == Buys.LIAISON:
            share = mine.sum() / max(1, active.sum())
            plan.made += share * move * city.now.outside[0]["liaison_hours"] * _times(city, Per.THOUSAND, mine)
        if piece.buys == Buys.GRANTS:
            plan.grants += move * usual_pot(city.now.funding, city.settings.city.population) / 12.0
        for price in piece.prices:
            if price.what == "volunteers":
                plan.takes[mine] += piece.strength * price.amount
            elif price.what == "euros":
                plan.euros += piece.strength * price.amount * _times(city, price.per, mine)
            elif price.per == Per.MOVE:
                plan.within += move * price.amount * mine.sum()
            else:
                plan.staff += piece.strength * price.amount * _times(city, price.per, mine)
    plan.within += plan.made
    return plan


def _money(city: Any, offer: Offer) -> float:
    """The offer's share of the month's budget, in euros; infinite where there is no limit."""
    budget = city.settings.tip.budget
    if offer.weight == 0.0:
        return 0.0
    if budget >= Means.budget:
        return math.inf
    whole = math.fsum(other.weight for other in city.offers)
    return float(budget / 12.0 * offer.weight / whole)


@compiled
def lots(seed, number, n):
    """(n,) of [0, 1): the lot of each initiative, by which tip `number` reaches it or not."""
    drawn = np.empty(n)
    for c in range(n):
        drawn[c] = uniform(seed, Ask.TIP_REACH, 0, pair(c, number))
    return drawn


def diverse(ini: Array) -> Array:
    """Which initiatives are informal, or led by people in vulnerable positions."""
    return np.asarray(ini["marginalised_led"] | ~ini["formal"])


def _is(whom: Whom, ini: Array) -> Any:
    if whom == Whom.ALL:
        return True
    return np.asarray(ini["formal"]) if whom == Whom.FORMAL else diverse(ini)


def _times(city: Any, per: Per, reached: Array) -> float:
    """How often a price is paid this month."""
    if per == Per.INITIATIVE:
        return float(reached.sum())
    if per == Per.THOUSAND:
        return float(city.settings.city.population / THOUSAND)
    every = int(city.now.forum[0]["every"])
    if per == Per.ROUND:
        return 1.0 / every if every else 0.0
    return 1.0


def _buy(city: Any, plans: list[_Plan]) -> None:
    """Set each plan's share: as much as is wanted, as its money buys, and as there are hours for."""
    means = city.settings.tip
    for plan in plans:
        plan.share = plan.offer.strength * means.strength
        cost = plan.cost(means.hour_rate)
        if plan.money == 0.0:
            plan.share = 0.0
        elif plan.share * cost > plan.money:
            plan.share = plan.money / cost
    needed = math.fsum(plan.share * plan.from_desks(means.hired) for plan in plans)
    free = float(city.officials["hours_left"].sum())
    if needed > free:
        for plan in plans:
            if plan.from_desks(means.hired) > 0.0:
                plan.share *= free / needed


def _take(city: Any, plans: list[_Plan]) -> Array:
    """Book what the plans take; gives the share of it for which each initiative, (niches,), has the hours."""
    means, flow, ini = city.settings.tip, city.flows[0], city.initiatives
    staff = math.fsum(plan.share * plan.staff for plan in plans)
    desks = (1.0 - means.hired) * staff
    _shift(city.officials, math.fsum(plan.share * (means.hired * plan.within - plan.made) for plan in plans))
    if desks > 0.0:
        city.officials["hours_left"] *= max(0.0, 1.0 - desks / city.officials["hours_left"].sum())
    flow["staff_tips"] += desks
    flow["hired"] += staff - desks
    takes = np.zeros(len(ini))
    for plan in plans:
        takes += plan.share * plan.takes
        flow["tip_euros"] += plan.share * plan.euros
        flow["tip_grants"] += plan.share * plan.grants
        flow["tip_within"] += plan.share * plan.within
        flow["hired_within"] += means.hired * plan.share * plan.within
        flow["tip_share"] += plan.share
        flow["tips_followed"] += plan.share > 0.0
        if plan.money < math.inf:
            # A share that spends all may round to a hair more than all.
            flow["tip_unspent"] += max(0.0, plan.money - plan.share * plan.cost(means.hour_rate))
    taken = np.ones(len(ini))
    short = takes > ini["hours_left"]
    taken[short] = ini["hours_left"][short] / takes[short]
    flow["volunteer_tips"] += np.minimum(takes, ini["hours_left"]).sum()
    ini["hours_left"] -= np.minimum(takes, ini["hours_left"])
    return taken


def _shift(officials: Array, hours: float) -> None:
    """Desks get what is hired for their part in tips, and give up what a new office takes from them."""
    whole = officials["hours"].sum()
    if hours != 0.0 and whole > 0.0:
        officials["hours"] *= max(0.0, 1.0 + hours / whole)
        officials["hours_left"] = officials["hours"]


def _count(city: Any, active: Array, plans: list[_Plan]) -> None:
    """Who is reached by any tip, of all and of the informal and marginalised-led."""
    if not any(plan.share > 0.0 for plan in plans):
        return
    flow, few = city.flows[0], diverse(city.initiatives)
    reached = np.zeros(len(active), bool)
    for plan in plans:
        if plan.share > 0.0:
            reached |= plan.reached
    flow["reached"] += reached.sum()
    flow["reachable"] += active.sum()
    flow["reached_diverse"] += (reached & few).sum()
    flow["reachable_diverse"] += (active & few).sum()


def _gains(city: Any, active: Array, plans: list[_Plan], taken: Array) -> dict[str, Any]:
    """Lever -> share of what is missing that is made up: (niches,) of what each initiative feels, else one number."""
    everybody, count = np.ones(len(active)), max(1, np.count_nonzero(active))
    left: dict[str, list[Any]] = {}
    for push in city.pushes:
        if city.month >= push.start:
            left.setdefault(push.lever, []).append(1.0 - push.strength)
    for plan in plans:
        for piece in plan.offer.pieces:
            gain = plan.share * plan.offer.effect * piece.strength
            ready = taken if piece.asks_volunteers else everybody
            felt = gain * ready * (plan.reached & _is(piece.only, city.initiatives))
            whole = felt[active].sum() / count if piece.one_by_one else gain
            for lever in piece.levers:
                left.setdefault(lever, []).append(1.0 - (felt if city.levers.own(lever) else whole))
    return {lever: 1.0 - _product(some) for lever, some in left.items()}


def _product(some: list[Any]) -> Any:
    """The product of numbers or arrays, to the last bit whatever their order."""
    if len(some) == 1:
        return some[0]
    return np.prod(np.sort(np.array(np.broadcast_arrays(*some)), axis=0), axis=0)
