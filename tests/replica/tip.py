"""Tips and levers again, by docs/odd.md 7.3 and the lists of docs/tips.md."""

import math
from dataclasses import dataclass, field
from types import SimpleNamespace

from sim.model.chance import Ask
from sim.model.columns import REFERENCE_CITY, THOUSAND
from sim.model.settings import PARAMETERS
from tests.replica.stage import ACTIVE, Chance, pair

UNLIMITED = 1e9
CITY, INITIATIVE, ROUND, MOVE = "month", "month per initiative", "round", "lever's whole range"
FOR_EACH = (INITIATIVE, MOVE)
ALL, FORMAL, DIVERSE = range(3)  # codes of `Whom`
LIAISON, GRANTS = "liaison", "grants"


@dataclass(frozen=True)
class Advice:
    """One piece: the levers it pushes, its prices (what -> per what), whom it is for, what it buys."""

    name: str
    levers: tuple[str, ...]
    prices: dict[str, str] = field(default_factory=dict)
    only: int = ALL
    buys: str = ""


def _each(*what):
    return dict.fromkeys(what, INITIATIVE)


TIPS = {  # in the order of their numbers
    "come_prepared": (
        Advice("prepare", ("contact.preparation",), _each("euros", "volunteers")),
        Advice("perspective", ("contact.perspective",), _each("staff", "volunteers")),
        Advice("contribute", ("contact.contribution",), _each("volunteers")),
    ),
    "show_your_value": (
        Advice("value", ("contact.show_value",), _each("euros", "volunteers")),
        Advice("multiplier", ("contact.multiplier",), _each("volunteers")),
        Advice("networks", ("forum.networks",), _each("volunteers")),
    ),
    "sympathetic_insiders": (
        Advice("back", ("power.backing",), _each("volunteers")),
        Advice("find", ("contact.insider_search",), _each("euros", "volunteers")),
        Advice("stepwise", ("contact.first_steps",)),
        Advice("widen", ("contact.other_departments",), _each("volunteers")),
    ),
    "simple_funding": (
        Advice("money", ("funding.top_up",), buys=GRANTS),
        Advice("form", ("funding.burden",), {"staff": CITY}),
        Advice("guide", ("funding.support",), {"staff": MOVE}),
        Advice("diverse", ("funding.connections", "funding.prior_award"), {"staff": CITY}),
        Advice("earmark", ("funding.earmark",)),
        Advice("reach_out", ("funding.support",), _each("staff"), only=DIVERSE),
    ),
    "transparency_consistency_accessibility": (
        Advice("meet", ("contact.meetings",), {"staff": MOVE}),
        Advice("follow_up", ("contact.follow_up",), _each("staff")),
        Advice(
            "reflect",
            ("power.explain", "forum.feedback", "forum.facilitation"),
            {"staff": INITIATIVE, "euros": ROUND},
        ),
        Advice("who_does_what", ("contact.who_does_what",), {"staff": CITY, "euros": CITY}),
        Advice("languages", ("forum.languages",), {"euros": ROUND}),
        Advice("plain_words", ("forum.plain_words",), {"staff": CITY}),
    ),
    "reduce_power_differences": (
        Advice("neutral_place", ("contact.neutral_place",), _each("euros")),
        Advice("climb", ("forum.climb",), {"staff": ROUND, "euros": ROUND}),
        Advice("no_majority", ("forum.no_majority",)),
        Advice("consent", ("forum.consent_rule",), {"euros": ROUND}),
    ),
    "make_it_personal": (
        Advice("passion", ("contact.personal",), _each("staff")),
        Advice("contact_person", ("contact.contact_person", "turnover.handover"), buys=LIAISON),
        Advice("dialogue", ("contact.dialogue",), {"staff": MOVE}),
        Advice("acknowledge", ("contact.acknowledge",), _each("staff")),
        Advice("celebrate", ("works.celebrate",), _each("euros")),
    ),
    "start_small": (
        Advice("framework", ("power.framework",), _each("staff", "volunteers")),
        Advice("small", ("contact.first_steps",)),
        Advice("doors", ("works.spawn",), _each("staff")),
    ),
}


def tip(city):
    """One month."""
    plans = [_plan(city, number, name) for number, name in enumerate(TIPS) if _begun(city, name)]
    if plans:
        _shares(city, plans)
        _book(city, plans)
        _take_from_officials(city, plans)
    taken = _take_from_initiatives(city, plans)
    _move(city, plans, taken)


def _begun(city, name):
    terms = getattr(city.now, name)
    return terms.strength > 0.0 and city.month >= terms.start


def _active(city):
    return [c for c, ini in enumerate(city.initiatives) if ini.stage in ACTIVE]


def _is(ini, kind):
    diverse = not ini.formal or ini.marginalised_led
    return kind == ALL or (kind == FORMAL and ini.formal) or (kind == DIVERSE and diverse)


def _plan(city, number, name):
    """What a tip takes if it is followed in full."""
    terms = getattr(city.now, name)
    reached = [c for c in _active(city) if _lot(city, number, c) < terms.reach and _is(city.initiatives[c], terms.whom)]
    plan = SimpleNamespace(terms=terms, name=name, reached=reached, advice=[], hours=[0.0] * len(city.initiatives))
    plan.euros = plan.grants = plan.staff = plan.within = plan.made = 0.0
    for advice in TIPS[name]:
        a = getattr(terms, advice.name)
        if a > 0.0:
            mine = {c for c in reached if _is(city.initiatives[c], advice.only)}
            plan.advice.append((advice, a, mine))
            _buy(city, plan, advice, a, mine)
    plan.within += plan.made
    plan.cost = plan.euros + plan.grants + city.now.tip.hour_rate * (plan.staff + plan.within)
    return plan


def _lot(city, number, c):
    return Chance(city.chance.seed, 0).uniform(Ask.TIP_REACH, pair(c, number))


def _buy(city, plan, advice, a, mine):
    place = city.settings.city
    move = a * plan.terms.effect * _span(city, advice.levers[0])
    if advice.buys == LIAISON:
        share = len(mine) / max(1, len(_active(city)))
        plan.made += share * move * city.now.outside.liaison_hours * place.population / THOUSAND
    if advice.buys == GRANTS:
        plan.grants += move * _usual_pot(city) / 12.0
    every = city.now.forum.every
    times = {CITY: 1.0, INITIATIVE: len(mine), ROUND: 1.0 / every if every else 0.0}
    for what, per in advice.prices.items():
        amount = getattr(plan.terms, f"{advice.name}_{what}")
        if what == "volunteers":
            for c in mine:
                plan.hours[c] += a * amount
        elif what == "euros":
            plan.euros += a * amount * times[per]
        elif per == MOVE:
            plan.within += move * amount * len(mine)
        else:
            plan.staff += a * amount * times[per]


def _usual_pot(city):
    population, f = city.settings.city.population, city.now.funding
    return f.pot * population * (population / REFERENCE_CITY) ** (f.size_elasticity - 1.0)


def _rest(city, lever):
    group, key = lever.split(".")
    return getattr(getattr(city.settings, group), key)


def _span(city, lever):
    v = _rest(city, lever)
    return v if PARAMETERS[lever].lowers else 1.0 - v


def _shares(city, plans):
    """How much of each plan is followed: as money allows, then as desks' hours do."""
    means = city.now.tip
    for plan in plans:
        plan.money = _money(city, plan.terms.weight)
        plan.s = plan.terms.strength * means.strength if plan.money > 0.0 else 0.0
        if plan.s * plan.cost > plan.money:
            plan.s = plan.money / plan.cost
        plan.needs = (1.0 - means.hired) * plan.staff + max(0.0, plan.made - means.hired * plan.within)
    needed = sum(plan.s * plan.needs for plan in plans)
    there = sum(official.hours_left for official in city.officials)
    if needed > there:
        for plan in plans:
            if plan.needs > 0.0:
                plan.s *= there / needed


def _money(city, weight):
    if weight == 0.0:
        return 0.0
    if city.now.tip.budget >= UNLIMITED:
        return math.inf
    followed = [getattr(city.now, name) for name in TIPS if getattr(city.now, name).strength > 0.0]
    return city.now.tip.budget / 12.0 * weight / sum(terms.weight for terms in followed)


def _book(city, plans):
    flows, hired = city.flows[0], city.now.tip.hired
    for plan in plans:
        flows.staff_tips += (1.0 - hired) * plan.s * plan.staff
        flows.hired += hired * plan.s * plan.staff
        flows.hired_within += hired * plan.s * plan.within
        flows.tip_within += plan.s * plan.within
        flows.tip_euros += plan.s * plan.euros
        flows.tip_grants += plan.s * plan.grants
        flows.tip_share += plan.s
        flows.tips_followed += plan.s > 0.0
        if plan.money < math.inf:
            flows.tip_unspent += max(0.0, plan.money - plan.s * plan.cost)
    followed = [plan for plan in plans if plan.s > 0.0]
    if followed:
        reached = {c for plan in followed for c in plan.reached}
        for c in _active(city):
            diverse = _is(city.initiatives[c], DIVERSE)
            flows.reachable += 1
            flows.reached += c in reached
            flows.reachable_diverse += diverse
            flows.reached_diverse += diverse and c in reached


def _take_from_officials(city, plans):
    hired, officials = city.now.tip.hired, city.officials
    x = sum(plan.s * (hired * plan.within - plan.made) for plan in plans)
    there = sum(official.hours for official in officials)
    if x != 0.0 and there > 0.0:
        for official in officials:
            official.hours *= max(0.0, 1.0 + x / there)
            official.hours_left = official.hours
    desks = (1.0 - hired) * sum(plan.s * plan.staff for plan in plans)
    there = sum(official.hours_left for official in officials)
    if there > 0.0:
        for official in officials:
            official.hours_left *= max(0.0, 1.0 - desks / there)


def _take_from_initiatives(city, plans):
    """How much of the advice that asks for time each can take in."""
    taken = []
    for c, ini in enumerate(city.initiatives):
        t = sum(plan.s * plan.hours[c] for plan in plans)
        taken.append(ini.hours_left / t if t > ini.hours_left else 1.0)
        gives = min(t, ini.hours_left)
        ini.hours_left -= gives
        city.flows[0].volunteer_tips += gives
    return taken


def _move(city, plans, taken):
    """Where the levers stand from now on."""
    active = _active(city)
    everybody = range(len(city.initiatives))
    felt = active or everybody
    for lever, param in PARAMETERS.items():
        if not param.lever:
            continue
        group, key = lever.split(".")
        pushes = [push.strength for push in city.pushes if push.lever == lever and city.month >= push.start]
        pieces = [(plan, *piece) for plan in plans for piece in plan.advice if lever in piece[0].levers]
        if param.lever == "initiative":
            gains = [_together(pushes + [_gain(piece, c, taken) for piece in pieces]) for c in everybody]
            city.pushed[key] = [_moved(city, lever, gain) for gain in gains]
            gain = sum(gains[c] for c in felt) / len(felt) if pieces else _together(pushes)
        else:
            gain = _together(pushes + [_gain_of_city(piece, active, taken) for piece in pieces])
        setattr(getattr(city.now, group), key, _moved(city, lever, gain))


def _together(gains):
    return 1.0 - math.prod(1.0 - gain for gain in gains)


def _moved(city, lever, gain):
    v = _rest(city, lever)
    return v - gain * v if PARAMETERS[lever].lowers else v + gain * (1.0 - v)


def _gain(piece, c, taken):
    plan, advice, a, mine = piece
    if c not in mine:
        return 0.0
    return plan.s * plan.terms.effect * a * (taken[c] if "volunteers" in advice.prices else 1.0)


def _gain_of_city(piece, active, taken):
    plan, advice, a, _ = piece
    prices = advice.prices.values()
    if advice.buys == LIAISON or (prices and all(per in FOR_EACH for per in prices)):
        return sum(_gain(piece, c, taken) for c in active) / max(1, len(active))
    return plan.s * plan.terms.effect * a
