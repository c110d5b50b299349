"""Funding again, by docs/odd.md 7.8: calls for grants."""

import math

from sim.model.chance import Ask
from sim.model.columns import REFERENCE_CITY, REFERENCE_GRANT, Progress
from tests.replica.stage import ACTIVE, clip

LOTTERY, VOTE = 1, 2  # codes of `Award`


def funding(city):
    """One month."""
    f, state, flows = city.now.funding, city.state[0], city.flows[0]
    population = city.settings.city.population
    usual = f.pot * population * (population / REFERENCE_CITY) ** (f.size_elasticity - 1.0)
    state.top_up += f.top_up * usual / 12.0
    if (city.month - 1) % f.every:
        return
    state.lapsed += state.pot
    state.pot = usual * f.every / 12.0 * state.national_money + state.top_up
    state.top_up = 0.0
    state.budgeted += state.pot
    flows.budgeted += state.pot

    applications = {}  # niche -> (amount, score)
    for c, ini in enumerate(city.initiatives):
        if state.pot > 0.0 and ini.stage in ACTIVE and city.month >= ini.applies_from:
            amount = _apply(city, c, ini)
            if amount is not None:
                applications[c] = (amount, _score(city, c, ini))
    won = _award(city, applications)
    for c, (amount, _) in applications.items():
        if c in won:
            _fund(city, city.initiatives[c], amount)
        else:
            _lose(city, c, city.initiatives[c])


def _apply(city, c, ini):
    """The amount applied for, or None; what applying takes is taken."""
    f, flows, support = city.now.funding, city.flows[0], city.pushed[c].support
    lacking = sum(project.cost for project in city.projects[c] if project.progress == Progress.NEEDS_MONEY)
    gap = max(0.0, lacking - ini.purse)
    amount = min(f.grant, city.state[0].pot, gap) if gap > 0.0 else min(f.grant, city.state[0].pot)
    if not ini.formal and city.chance.happens(city.now.outside.informal_bar, Ask.CALL_ELIGIBLE, c):
        flows.barred += 1
        return None
    full = _paper(city, ini, amount)
    paper = full * (1.0 - support)
    need = 1.0
    if gap == 0.0:
        need = clip(1.0 - ini.purse / amount)
        need *= f.least_need + (1.0 - f.least_need) * city.chance.uniform(Ask.CALL_NEED, c)
    calls = ini.wins + ini.losses
    expected = (ini.wins + f.prior_wins) / (calls + f.prior_calls) * amount * need
    if expected <= paper * f.hour_value + f.stigma * ini.losses / (calls + 1):
        return None
    v = city.now.volunteers
    if ini.members <= 0.0 or paper > ini.hours_left + ini.members * v.hours * v.upkeep:
        return None
    paper = _guided(city, c, ini, full, paper)
    flows.staff_paper += _seek(city, c, f.staff_hours * (0.5 + 0.5 * f.burden))
    flows.applications += 1
    night = paper - ini.hours_left
    given = min(ini.hours_left, paper)
    ini.hours_left -= given
    flows.volunteer_paper += given
    if night > 0.0:
        ini.strain = clip(ini.strain + v.load_strain * night / (ini.members * v.hours))
    return amount


def _paper(city, ini, amount):
    f, power = city.now.funding, city.now.power
    hours = f.burden * f.burden_hours * amount / REFERENCE_GRANT / max(f.least_skill, ini.capacity)
    return hours * (1.0 + power.digital_saves * (0.5 - power.digital))


def _guided(city, c, ini, full, paper):
    """The paper that is left with as much guidance as there is."""
    f, support = city.now.funding, city.pushed[c].support
    guidance = f.support_hours * support
    if guidance <= 0.0:
        return paper
    found = _seek(city, c, guidance)
    city.flows[0].staff_paper += found
    share = found / guidance
    ini.capacity += f.coaching * support * share * (1.0 - ini.capacity)
    return full * (1.0 - support * share)


def _seek(city, c, hours):
    """Hours found, going round the posts from c mod posts on."""
    posts, found = len(city.officials), 0.0
    for step in range(posts):
        official = city.officials[(c % posts + step) % posts]
        given = min(official.hours_left, hours - found)
        official.hours_left -= given
        found += given
    return found


def _score(city, c, ini):
    f = city.now.funding
    if f.award == VOTE:
        noise = math.exp(f.vote_noise * city.chance.normal(Ask.CALL_VOTE, c))
        return ini.members * (1.0 + f.vote_reach * ini.reach) * noise
    best = max((tie.trust for tie in city.ties[c] if tie.serial >= 0), default=0.0)
    return (
        f.quality_weight * (ini.knowledge + ini.capacity) / 2.0
        + f.polish_weight * f.burden * ini.capacity
        + f.connections * best
        + (f.prior_award if ini.wins > 0 else 0.0)
        + f.noise * city.chance.normal(Ask.CALL_NOISE, c)
    )


def _award(city, applications):
    """The niches that are funded."""
    f, pot = city.now.funding, city.state[0].pot
    ranked = dict(applications)
    if f.award != VOTE:
        ranked = {c: a for c, a in ranked.items() if not a[1] < f.threshold}
    if f.award == LOTTERY:
        ranked = {c: (amount, city.chance.uniform(Ask.CALL_LOTTERY, c)) for c, (amount, _) in ranked.items()}
    order = sorted(ranked, key=lambda c: (-ranked[c][1], c))
    won, left = set(), pot
    if f.earmark > 0.0:
        kept = pot * f.earmark
        for c in order:
            if _reserved(city.initiatives[c]) and ranked[c][0] <= kept:
                won.add(c)
                kept -= ranked[c][0]
                left -= ranked[c][0]
    for c in order:
        if c not in won and ranked[c][0] <= left:
            won.add(c)
            left -= ranked[c][0]
    return won


def _reserved(ini):
    return bool(not ini.formal or ini.marginalised_led)


def _fund(city, ini, amount):
    f, state, flows = city.now.funding, city.state[0], city.flows[0]
    state.pot -= amount
    ini.purse += amount
    ini.wins += 1
    flows.grants += 1
    flows.granted += amount
    state.granted += amount
    if _reserved(ini):
        flows.granted_reserved += amount
    ini.months_since_grant = 0.0
    ini.capacity += f.winner_learning * (1.0 - ini.capacity)
    ini.success = clip(ini.success + f.encouragement)
    ini.good += f.gratitude


def _lose(city, c, ini):
    f = city.now.funding
    ini.losses += 1
    ini.frustration = clip(ini.frustration + f.lost_heart)
    if city.chance.happens(f.give_up, Ask.CALL_HEART, c):
        ini.applies_from = city.month + f.give_up_months
