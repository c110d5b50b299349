"""Calls for grants: who may apply, who bothers, who wins, and what the paper costs (M14)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from sim.model.allocation import allocate, usual_pot
from sim.model.chance import Ask, happens, normal, uniform
from sim.model.columns import REFERENCE_GRANT, Progress, Stage
from sim.model.kernels import clip01, compiled
from sim.model.params import assumed, booklet, choice, data, paper, param


class Award(IntEnum):
    """How winners are chosen."""

    SCORE = 0
    LOTTERY = 1
    VOTE = 2


@dataclass(frozen=True)
class Funding:
    """Parameters of `funding`."""

    every: int = param(12, "months", 1, 60, assumed("a call a year"), "months between calls")
    pot: float = param(
        0.5,
        "EUR/resident/year",
        0,
        20,
        data("0.1 (AdaptCascais) to about 2.4 (Amsterdam's district budgets), E20, E26", "computed"),
        "grant money for initiatives, in a city of 200,000",
        plausible=(0.1, 2.5),
    )
    size_elasticity: float = param(
        1.1, "exponent", 0.8, 1.4, assumed("M19"), "how grant money grows with population", plausible=(1, 1.2)
    )
    top_up: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("simple_funding"),
        "grant money on top of the pot, relative to a usual year's; saved up month by month for the next call",
        lever="city",
    )
    grant: float = param(
        10000.0,
        "EUR",
        200,
        100000,
        data("EUR 3,000 (Cascais) to 15,000 (Brussels, Amsterdam's median project), E20, E26"),
        "largest grant, where a call has as much",
        plausible=(3000, 15000),
    )
    award: Award = choice(Award.SCORE, booklet("simple_funding"), "how winners are chosen")
    threshold: float = param(
        0.3,
        "score",
        0,
        1,
        assumed("a third of applications are ineligible, E25"),
        "score below which nothing is funded",
        plausible=(0.2, 0.4),
    )
    earmark: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("diverse"),
        "share of the pot kept for informal and marginalised-led initiatives",
        lever="city",
    )
    burden: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("M14: simple form 0.2, standard 0.5, heavy 0.8"),
        "administrative burden of applying and reporting",
        lever="city",
        lowers=True,
        plausible=(0.2, 0.8),
    )
    burden_hours: float = param(
        75.0,
        "hours",
        0,
        400,
        data("small charities spend 38% of grant income on applying (E24); hours computed at EUR 20", "computed"),
        "volunteer time to apply for EUR 10,000 at full burden and full capacity",
    )
    staff_hours: float = param(
        6.0,
        "hours",
        0,
        80,
        assumed("a working day per application at full burden, half without"),
        "staff time for one application at full burden",
    )
    hour_value: float = param(
        20.0,
        "EUR/hour",
        0,
        60,
        assumed("what an hour is worth to volunteers when they decide to apply"),
        "value of a volunteer hour",
    )
    stigma: float = param(
        200.0,
        "EUR",
        0,
        10000,
        assumed("psychological cost of Herd & Moynihan 2018, size unknown"),
        "what asking costs in pride, for those refused before",
        plausible=(0, 1000),
    )
    support: float = param(
        0.1,
        "share",
        0,
        1,
        booklet("simple_funding"),
        "share of the paper that the city's guidance takes over",
        lever="initiative",
    )
    support_hours: float = param(
        12.0,
        "hours",
        0,
        100,
        assumed("a day and a half of coaching"),
        "staff time of full guidance for one application",
    )
    coaching: float = param(
        0.2, "share", 0, 1, booklet("simple_funding"), "share of missing skill that full guidance teaches in a call"
    )
    quality_weight: float = param(0.5, "score", 0, 1, assumed("M14"), "weight of the project's quality")
    polish_weight: float = param(0.25, "score", 0, 1, assumed("M14"), "weight of polish, times burden")
    connections: float = param(
        0.15, "score", 0, 0.5, assumed("M14"), "weight of good connections", lever="city", lowers=True
    )
    prior_award: float = param(
        0.10, "score", 0, 0.5, assumed("M14"), "weight of earlier awards", lever="city", lowers=True
    )
    noise: float = param(0.15, "sd", 0, 0.4, assumed("M14"), "spread of judges' scores")
    lost_heart: float = param(
        0.15,
        "share",
        0,
        1,
        paper("Bol et al. 2018: near-losers apply again less; size assumed"),
        "frustration that a refused application leaves",
    )
    give_up: float = param(
        0.33,
        "chance",
        0,
        1,
        paper("Bol et al. 2018: 40% apply again after a near miss, 60% after a win (E27); transferred from science"),
        "chance that a refused initiative loses heart and stays away from calls",
        plausible=(0.1, 0.5),
    )
    give_up_months: int = param(
        36, "months", 0, 120, assumed("until new people have come"), "time for which it then stays away"
    )
    encouragement: float = param(
        0.25, "share", 0, 1, paper("Bol et al. 2018; size assumed"), "memory of success that a grant leaves"
    )
    gratitude: float = param(
        0.1, "events", 0, 1, assumed("a third of a consent: money comes with paper"), "good experience of a grant"
    )
    least_need: float = param(
        0.2, "share", 0, 1, assumed("nobody is quite without need"), "need for money of those who need it least"
    )
    prior_wins: float = param(
        1.0,
        "count",
        0,
        10,
        data("about a third of applications succeed (E25)", "computed"),
        "wins that newcomers reckon with, out of `prior_calls`",
    )
    prior_calls: float = param(
        3.0,
        "count",
        1,
        30,
        data("about a third of applications succeed (E25)", "computed"),
        "calls that newcomers' expectation is worth",
    )
    vote_reach: float = param(
        3.0, "people per member", 0, 30, assumed("friends and neighbours"), "votes that full reach brings per member"
    )
    vote_noise: float = param(
        0.3,
        "log-sd",
        0,
        1,
        data("votes are spread unevenly over projects, Gini 0.3 (E21)", "computed"),
        "spread of votes between projects",
    )
    least_skill: float = param(
        0.1,
        "share",
        0.01,
        0.5,
        assumed("even beginners fill in a form in ten times the hours"),
        "skill below which paper takes no longer",
    )
    winner_learning: float = param(
        0.15,
        "share",
        0,
        1,
        paper("Bol et al. 2018 on science grants: winners gain"),
        "share of missing skill that a grant's work teaches",
    )


WRITES = (
    "state.pot",
    "state.granted",
    "state.budgeted",
    "state.lapsed",
    "state.top_up",
    "initiatives.purse",
    "initiatives.hours_left",
    "initiatives.strain",
    "initiatives.capacity",
    "initiatives.wins",
    "initiatives.losses",
    "initiatives.applies_from",
    "initiatives.success",
    "initiatives.frustration",
    "initiatives.months_since_grant",
    "initiatives.good",
    "officials.hours_left",
    "flows",
)


def run(city: Any) -> None:
    """Hold a call if one is due."""
    f = city.now.funding
    city.state["top_up"] += f[0]["top_up"] * usual_pot(f, city.settings.city.population) / 12.0
    if (city.month - 1) % int(f[0]["every"]) == 0:
        _call(
            city.seed,
            city.month,
            f,
            city.now.outside,
            city.now.power,
            city.now.volunteers,
            city.settings.city.population,
            city.state,
            city.pushed,
            city.officials,
            city.initiatives,
            city.ties,
            city.projects,
            city.flows,
        )


@compiled
def _call(
    seed,
    month,
    funding,
    outside,
    power,
    volunteers,
    population,
    state,
    pushed,
    officials,
    initiatives,
    ties,
    projects,
    flows,
):
    f, s, flow = funding[0], state[0], flows[0]
    s.lapsed += s.pot
    s.pot = usual_pot(funding, population) * f.every / 12.0 * s.national_money + s.top_up
    s.top_up = 0.0
    s.budgeted += s.pot
    flow.budgeted += s.pot
    largest = min(f.grant, s.pot)  # nobody asks for more than there is
    n = len(initiatives)
    scores = np.full(n, -np.inf)
    reserved = np.zeros(n, np.bool_)
    asked = np.zeros(n)
    for c in range(n):
        ini = initiatives[c]
        gap = _missing(ini, projects[c])
        amount = min(largest, gap) if gap > 0.0 else largest
        ready = amount > 0.0 and Stage.INFORMAL <= ini.stage <= Stage.MATURE and month >= ini.applies_from
        if ready and _applies(
            seed, month, c, f, outside[0], power[0], volunteers[0], pushed[c], ini, gap > 0.0, amount, officials, flow
        ):
            asked[c] = amount
            scores[c] = (
                _votes(seed, month, c, f, ini) if f.award == Award.VOTE else _score(seed, month, c, f, ini, ties[c])
            )
            reserved[c] = ini.marginalised_led or not ini.formal
            flow.applications += 1
    funded = _award(seed, month, f, s.pot, scores, reserved, asked)
    for c in range(n):
        if funded[c]:
            _pay(f, initiatives[c], asked[c], reserved[c], s, flow)
        elif asked[c] > 0.0:
            initiatives[c].losses += 1
            if happens(f.give_up, seed, Ask.CALL_HEART, month, c):
                initiatives[c].applies_from = month + f.give_up_months
            initiatives[c].frustration = clip01(initiatives[c].frustration + f.lost_heart)


@compiled
def _missing(ini, projects):
    """Money that projects wait for, beyond what is in the purse."""
    missing = 0.0
    for p in range(len(projects)):
        if projects[p].progress == Progress.NEEDS_MONEY:
            missing += projects[p].cost
    return max(0.0, missing - ini.purse)


@compiled
def _applies(seed, month, c, f, outside, power, volunteers, pushed, ini, waiting, amount, officials, flow):
    """Worth it? Chance of winning times the grant against hours of paper and pride (M14)."""
    barred = not ini.formal and happens(outside.informal_bar, seed, Ask.CALL_ELIGIBLE, month, c)
    if barred:
        flow.barred += 1
        return False
    chance = (ini.wins + f.prior_wins) / (ini.wins + ini.losses + f.prior_calls)
    full = f.burden * f.burden_hours * amount / REFERENCE_GRANT / max(f.least_skill, ini.capacity)
    full *= 1.0 + power.digital_saves * (0.5 - power.digital)  # poor digitalisation makes it worse (B51)
    paper = full * (1.0 - pushed.support)
    need = 1.0  # what a waiting project lacks is what the purse does not hold
    if not waiting:  # who has money in the purse needs less of it
        need = clip01(1.0 - ini.purse / amount)
        need *= f.least_need + (1.0 - f.least_need) * uniform(seed, Ask.CALL_NEED, month, c)
    refused = ini.losses / (ini.wins + ini.losses + 1.0)
    if chance * amount * need <= paper * f.hour_value + f.stigma * refused:
        return False
    free = ini.hours_left
    if ini.members <= 0.0 or paper > free + ini.members * volunteers.hours * volunteers.upkeep:
        return False
    guidance = f.support_hours * pushed.support
    guided = _take(guidance, c, officials)
    if guidance > 0.0:  # guidance helps as far as somebody had the time for it
        paper = full * (1.0 - pushed.support * guided / guidance)
        ini.capacity += f.coaching * pushed.support * guided / guidance * (1.0 - ini.capacity)
    flow.staff_paper += guided + _take(f.staff_hours * (0.5 + 0.5 * f.burden), c, officials)
    # What does not fit into the free hours is written at night.
    ini.hours_left -= min(free, paper)
    flow.volunteer_paper += min(free, paper)
    night = max(0.0, paper - free) / (ini.members * volunteers.hours)
    ini.strain = clip01(ini.strain + volunteers.load_strain * night)
    return True


@compiled
def _take(hours, c, officials):
    """Staff hours from whoever has them, beginning at a desk that depends on the application."""
    left = hours
    for step in range(len(officials)):
        official = officials[(c + step) % len(officials)]
        part = min(left, official.hours_left)
        official.hours_left -= part
        left -= part
        if left <= 0.0:
            break
    return hours - left


@compiled
def _score(seed, month, c, f, ini, ties):
    connected = 0.0
    for j in range(len(ties)):
        if ties[j].official >= 0 and ties[j].serial >= 0:
            connected = max(connected, ties[j].trust)
    quality = 0.5 * ini.knowledge + 0.5 * ini.capacity
    score = f.quality_weight * quality + f.polish_weight * f.burden * ini.capacity + f.connections * connected
    score += f.prior_award * (1.0 if ini.wins > 0 else 0.0)
    return score + f.noise * normal(seed, Ask.CALL_NOISE, month, c)


@compiled
def _votes(seed, month, c, f, ini):
    """Residents' votes for an initiative's project: its people and those they reach."""
    return ini.members * (1.0 + f.vote_reach * ini.reach) * np.exp(f.vote_noise * normal(seed, Ask.CALL_VOTE, month, c))


@compiled
def _award(seed, month, f, pot, scores, reserved, asked):
    """Which applications are funded; the earmarked share first."""
    n = len(scores)
    rank = scores.copy()
    for c in range(n):
        if asked[c] > 0.0 and f.award != Award.VOTE and scores[c] < f.threshold:
            rank[c] = -np.inf
        elif asked[c] > 0.0 and f.award == Award.LOTTERY:
            rank[c] = uniform(seed, Ask.CALL_LOTTERY, month, c)
    # Equal scores keep the order of the list, whatever the sorting algorithm.
    order = np.argsort(-rank, kind="mergesort")
    eligible = order[rank[order] > -np.inf]
    funded = np.zeros(n, np.bool_)
    if f.earmark > 0.0:
        funded = allocate(eligible[reserved[eligible]], asked, pot * f.earmark, True)
        pot -= asked[funded].sum()
    rest = eligible[~funded[eligible]]
    return funded | allocate(rest, asked, pot, True)


@compiled
def _pay(f, ini, amount, reserved, s, flow):
    s.pot -= amount
    s.granted += amount
    ini.purse += amount
    ini.wins += 1
    ini.months_since_grant = 0.0
    ini.capacity += f.winner_learning * (1.0 - ini.capacity)
    ini.success = clip01(ini.success + f.encouragement)
    ini.good += f.gratitude
    flow.grants += 1
    flow.granted += amount
    flow.granted_reserved += amount if reserved else 0.0
