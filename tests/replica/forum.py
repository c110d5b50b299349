"""The forum again, by docs/odd.md 7.6: who comes to a round, and what it does to them. The table is in `table.py`."""

import math
from types import SimpleNamespace

from sim.model.chance import Ask
from sim.model.columns import POINTS, Stance
from tests.replica.stage import ACTIVE
from tests.replica.table import CONSENSUS, CONSENT, MAJORITY, UNILATERAL, settle

LADDER = ("inform", "consult", "involve", "co_create", "delegated", "citizen_control")


def forum(city):
    """One month."""
    f, state = city.now.forum, city.state[0]
    if f.every > 0 and city.month % f.every == 0:
        _hold(city)
    if state.next_round == city.month:
        _miss(city)


def _hold(city):
    f, state, flows = city.now.forum, city.state[0], city.flows[0]
    topic = _topic(city)
    needed = f.staff_hours * (1.0 - f.search * f.networks) + f.hours
    if sum(official.hours_left for official in city.officials) < 0.5 * needed:
        flows.cancelled += 1
        return
    flows.staff_forum += take_staff(city, needed)
    terms = _terms(city)
    came = _attend(city, terms)
    seated = sorted(came, key=lambda i: city.chance.uniform(Ask.FORUM_SEAT, i))[: f.seats_residents]
    delegates = _delegates(city, topic.issue)
    wishes = _wishes(city)
    result = settle(city, topic, terms, wishes, delegates, seated)
    _spend_time(city, result.tried * f.round_hours, delegates, len(seated))
    _affect(city, terms, wishes, result, set(came), delegates)
    state.rounds += 1
    flows.rounds += 1
    state.round_promised, state.round_delivered = terms.announced, result.delivered
    flows.round_promised += terms.announced
    flows.round_delivered += result.delivered
    flows.euros_forum += f.euros
    state.next_round = city.month + f.every


def _topic(city):
    heat = {
        d: department.priority + city.chance.uniform(Ask.FORUM_AGENDA, POINTS + d)
        for d, department in enumerate(city.departments)
        if department.issue >= 0
    }
    return city.departments[max(heat, key=heat.get)]


def take_staff(city, hours):
    """Take hours of all officials in proportion to what they have left; as far as there is."""
    there = sum(official.hours_left for official in city.officials)
    if there <= 0.0:
        return 0.0
    share = min(1.0, hours / there)
    for official in city.officials:
        official.hours_left -= share * official.hours_left
    return share * there


def _terms(city):
    f, power, chance = city.now.forum, city.now.power, city.chance
    rung = min(5, f.rung + 1) if chance.happens(f.climb, Ask.FORUM_RUNG, 0) else f.rung
    rule = f.rule
    if rule == MAJORITY and chance.happens(f.no_majority, Ask.FORUM_CONSENT, 1):
        rule = CONSENSUS
    if chance.happens(f.consent_rule, Ask.FORUM_CONSENT, 0):
        rule = CONSENT
    ceiling = getattr(f, f"ceiling_{LADDER[rung]}")
    phi = power.imbalance * (1.0 - ceiling) * (1.0 - power.neutral_relief * city.now.contact.neutral_place)
    return SimpleNamespace(rule=rule, announced=getattr(f, f"promise_{LADDER[rung]}"), ceiling=ceiling, phi=phi)


def _attend(city, terms):
    """Who comes."""
    f, r, flows = city.now.forum, city.residents, city.flows[0]
    present = [official.represents for official in city.officials if official.vacant == 0]
    strange = f.strangeness * (1.0 - (sum(present) / len(present) if present else 0.0))
    came = []
    for i in range(len(r.trust)):
        odds = f.appeal + r.leaning[i] + f.asked_weight * (1.0 - math.exp(-_invitations(city, i)))
        odds += f.influence_weight * terms.announced * r.belief[i] - f.cost_weight * _cost(city, i, strange)
        if city.chance.happens(1.0 / (1.0 + math.exp(-odds)), Ask.FORUM_ATTEND, i):
            came.append(i)
            flows.attended += 1
            flows.attended_marginalised += bool(r.marginalised[i])
            flows.resident_hours += f.hours * city.state[0].people
    return came


def _invitations(city, i):
    f, r = city.now.forum, city.residents
    invitations = f.notice
    for friend in city.neighbours[city.starts[i] : city.starts[i + 1]]:
        invitations += f.invite * r.took_part[friend]
    if r.belongs[i] >= 0:
        ini = city.initiatives[r.belongs[i]]
        if ini.stage in ACTIVE and ini.stance != Stance.OPPOSE:
            bridge = f.bridge if ini.justice and r.marginalised[i] else 0.5 * f.invite
            invitations += (bridge + f.networks * f.word) * ini.reach
    return invitations


def _cost(city, i, strange):
    f, r = city.now.forum, city.residents
    unskilled = 1.0 - r.skill[i]
    cost = f.time_poverty * (1.0 - r.time[i]) + f.jargon * (1.0 - f.plain_words) * unskilled
    cost += f.bureaucracy * (1.0 - city.now.power.digital) * unskilled
    return cost + (1.0 - f.languages) * bool(r.other_language[i]) + strange * bool(r.marginalised[i])


def _delegates(city, issue):
    """The niches that send somebody, in order of their seats."""
    f, niches, sent = city.now.forum, len(city.initiatives), []
    start = math.floor(niches * city.chance.uniform(Ask.FORUM_DELEGATE, 0))
    for step in range(niches):
        c = (start + step) % niches
        ini = city.initiatives[c]
        willing = ini.stage in ACTIVE and ini.stance != Stance.OPPOSE and ini.issue == issue
        if len(sent) < f.seats_initiatives and willing and ini.hours_left >= f.hours:
            ini.hours_left -= f.hours
            city.flows[0].volunteer_forum += f.hours
            sent.append(c)
    return sent


def _wishes(city):
    """Group -> its wish on each point."""
    f, chance = city.now.forum, city.chance
    own = [chance.uniform(Ask.FORUM_CITY, b) < 0.5 for b in range(POINTS)]
    community = [own[b] ^ chance.happens(f.contested, Ask.FORUM_CONTESTED, b) for b in range(POINTS)]
    marginalised = [
        community[b] ^ chance.happens(f.minority_gap, Ask.FORUM_CONTESTED, POINTS + b) for b in range(POINTS)
    ]
    return SimpleNamespace(city=own, community=community, marginalised=marginalised)


def _spend_time(city, hours, delegates, seated):
    flows = city.flows[0]
    flows.staff_forum += take_staff(city, hours)
    flows.resident_hours += hours * seated
    for c in delegates:
        ini = city.initiatives[c]
        given = min(ini.hours_left, hours)
        ini.hours_left -= given
        flows.volunteer_forum += given


def _affect(city, terms, wishes, result, came, delegates):
    """What the round does to delegates and residents."""
    f, delivered = city.now.forum, result.delivered
    tell = city.chance.happens(f.feedback, Ask.FORUM_FEEDBACK, 0)
    inclusive = 1.0 if terms.rule in (CONSENSUS, CONSENT) else 0.0 if terms.rule == UNILATERAL else 0.5
    fairness = 0.25 * (inclusive + 1.0 - terms.phi) + 0.25 * (city.now.contact.neutral_place + tell)
    asked = bool(terms.ceiling > 0.0)
    heard = f.voice_value * (1.0 if tell else 0.5) if asked else 0.0
    good = heard + f.adopt_value * delivered
    for c in delegates:
        ini = city.initiatives[c]
        if asked:
            ini.good += good
        ini.bad += f.disappointment * max(0.0, terms.announced * ini.trust - delivered)
    kept = min(1.0, delivered / terms.announced) if terms.announced > 0.0 else 1.0
    for i in range(len(city.residents.trust)):
        exposure = 1.0 if i in came else f.publicity
        city.residents.good[i] += exposure * good
        _hurt(city, i, exposure, terms.announced, delivered, kept)
        accepts = _acceptance(city, i, wishes, result.plan, fairness)
        city.residents.accepts[i] = accepts
        if i in came:
            city.residents.took_part[i] = 1.0
            if asked:
                efficacy = city.residents.efficacy[i]
                city.residents.efficacy[i] = efficacy + f.efficacy_learning * (accepts * kept - efficacy)


def _hurt(city, i, exposure, announced, delivered, kept):
    """The gap between what was believed and what was delivered, and what it teaches."""
    f, r = city.now.forum, city.residents
    gap = max(0.0, announced * r.belief[i] - delivered)
    hurt = f.disappointment * gap * (1.0 + f.marginalised_hurt * bool(r.marginalised[i]))
    r.bad[i] += exposure * hurt
    r.fatigue[i] += exposure * gap
    r.belief[i] += exposure * f.belief_learning * announced * (kept - r.belief[i])


def _acceptance(city, i, wishes, plan, fairness):
    f = city.now.forum
    group = wishes.marginalised if city.residents.marginalised[i] else wishes.community
    agreed = 0
    for b in range(POINTS):
        wish = group[b] ^ city.chance.happens(f.dissent, Ask.FORUM_VIEW, 2 * POINTS * i + b)
        agreed += wish == plan[b]
    favour = agreed / POINTS
    odds = f.accept_base + f.outcome_weight * favour + f.procedure_weight * fairness + f.buffer * favour * fairness
    return 1.0 / (1.0 + math.exp(-odds))


def _miss(city):
    """A round that people expected and that is not held."""
    promised = city.state[0].round_promised
    for i in range(len(city.residents.trust)):
        exposure = max(city.now.forum.publicity, city.residents.took_part[i])
        _hurt(city, i, exposure, promised, 0.0, 0.0)
    city.state[0].next_round = 0
