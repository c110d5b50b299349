"""Power again, by docs/odd.md 7.7: asks wait on desks, are granted or refused."""

import math

from sim.model.chance import Ask
from sim.model.columns import Case, Label, Stance, Vow, Word
from tests.replica.stage import ACTIVE, clip, pair


def power(city):
    """One month."""
    for c, ask in enumerate(city.asks):
        if ask.case == Case.WAITING and ask.asked < 0:
            _register(city, c)
    _load(city)
    dealt_with = (Case.WAITING, Case.LATE_CHECK)
    order = sorted((int(ask.asked), c) for c, ask in enumerate(city.asks) if ask.case in dealt_with)
    for _, c in order:
        if city.asks[c].case == Case.WAITING:
            _examine(city, c)
        else:
            _late_check(city, c)
    _pressure(city)


def _register(city, c):
    ask, w, m = city.asks[c], city.now.power, city.month
    touched = w.departments * (1.0 if ask.small else w.large_departments)
    extra = math.floor(touched + city.chance.uniform(Ask.ASK_DEPARTMENTS, c))
    ask.departments = 1 + extra + int(ask.permit)
    days = w.procedure * (1.0 + w.digital_saves * (0.5 - w.digital))
    days *= math.exp(w.procedure_spread * city.chance.normal(Ask.CASE_DELAY, c))
    ask.asked = m
    ask.ready = m + math.floor(days * (w.small_procedure if ask.small else w.large_procedure))
    ask.late = city.chance.happens(w.silo, Ask.CASE_LATE, c)
    promise = city.promises[c, Vow.REPLY]
    if promise.word == Word.NONE:
        promise.word, promise.official = Word.OPEN, ask.official
        promise.serial = city.officials[ask.official].serial
        promise.due, promise.stake = m + w.reply_months, w.reply_stake
        city.flows[0].promised += 1


def _needed(city, ask):
    w = city.now.power
    hours = w.case_hours * (1.0 if ask.small else 2.0) * (1.0 - w.prepared_saves if ask.prepared else 1.0)
    return hours + w.coordination_hours * (ask.departments - 1)


def _load(city):
    queues = [0] * len(city.officials)
    loads = [1.0 - o.hours_left / o.hours if o.hours > 0.0 else 0.0 for o in city.officials]
    for ask in city.asks:
        if ask.case == Case.WAITING:
            queues[ask.official] += 1
            hours = city.officials[ask.official].hours
            if hours > 0.0:
                loads[ask.official] += max(0.0, _needed(city, ask) - ask.worked) / hours
    city.officials.queue, city.officials.load = queues, loads


def _examine(city, c):
    ask, ini, w, m = city.asks[c], city.initiatives[c], city.now.power, city.month
    needed = _needed(city, ask)
    _work_on(city, ask, max(0.0, needed - ask.worked))
    if m - ask.asked > w.reply_months:
        ini.bad += w.delay_penalty
    if m >= ask.ready and ask.worked >= needed and city.officials[ask.official].vacant == 0:
        _decide(city, c)
    elif m - ask.asked >= w.patience:
        ask.case, ask.official = Case.NONE, -1
        ini.frustration = clip(ini.frustration + w.patience_lost)
        city.flows[0].withdrawn += 1


def _work_on(city, ask, left):
    """The desk works on the case, and colleagues on part of what it leaves."""
    posts, desk = len(city.officials), int(ask.official)
    worked = _give(city.officials[desk], left)
    sought = city.now.power.colleagues * (left - worked)
    for step in range(1, posts):
        given = _give(city.officials[(desk + step) % posts], sought)
        sought -= given
        worked += given
    ask.worked += worked
    city.flows[0].staff_cases += worked


def _give(official, hours):
    given = min(official.hours_left, hours)
    official.hours_left -= given
    return given


def _decide(city, c):
    ask, ini, flows, w = city.asks[c], city.initiatives[c], city.flows[0], city.now.power
    waited = city.month - ask.asked
    promise = city.promises[c, Vow.REPLY]
    if promise.word == Word.OPEN:
        promise.word = Word.BROKEN if city.month > promise.due else Word.KEPT
    flows.decided += 1
    flows.delay += waited
    if waited <= w.reply_months:
        flows.replied_in_time += 1
    if not city.chance.happens(city.now.outside.competence, Ask.CASE_COMPETENCE, c):
        flows.refused_outside += 1
        chance = (1.0 - ini.awareness) * (1.0 - city.pushed[c].perspective)
        blames = city.chance.happens(chance, Ask.CASE_BLAME, c)
        flows.blamed += blames
        _refuse(city, c, w.refusal if blames else 0.0)
        return
    yes = city.chance.happens(1.0 / (1.0 + math.exp(-_odds(city, c))), Ask.CASE_ACCEPT, c)
    if yes and ask.late and ask.departments > 1:
        ask.case, ask.ready = Case.LATE_CHECK, city.month + w.late_months
    elif yes and _others_consent(city, c, Ask.CASE_EARLY_CHECK):
        _grant(city, c)
    else:
        flows.refused_early += 1
        _refuse(city, c, w.refusal)


def _odds(city, c):
    ask, ini, w, pushed, state = city.asks[c], city.initiatives[c], city.now.power, city.pushed[c], city.state[0]
    official, tie = city.officials[ask.official], _tie(city, c)
    person = ini.trust if tie is None else tie.trust
    trust = state.personalisation * person + (1.0 - state.personalisation) * ini.trust
    odds = w.accept + w.will_weight * (2.0 * state.will - 1.0) + w.trust_weight * (2.0 * trust - 1.0)
    odds += w.fit_weight * (2.0 * _fit(city, c) - 1.0)
    odds += w.prepared_weight * ask.prepared + w.value_weight * ask.value
    odds += w.reach_weight * pushed.multiplier * ini.reach + w.contribution_weight * pushed.contribution
    if official.champion:
        odds += w.champion_weight * (1.0 + pushed.backing)
    if ask.small:
        odds += w.small_weight + (w.quick_win if state.months_to_election <= 12 else 0.0)
    labelled = tie is not None and tie.label == Label.COMPLAINER and tie.label_months > 0
    odds -= 2.0 * w.imbalance * official.reject * (2.0 if labelled else 1.0)
    odds -= w.risk * ini.radicality * (1.0 - official.openness)
    return odds - w.hostility_weight * city.now.outside.hostility


def _fit(city, c):
    ini, pushed, w = city.initiatives[c], city.pushed[c], city.now.power
    priority = next(d.priority for d in city.departments if d.issue == ini.issue)
    fit = 0.5 * priority + 0.5 * (1.0 - abs(ini.vision - w.vision))
    return fit + clip(pushed.framework + pushed.perspective) * (1.0 - fit)


def _tie(city, c):
    """The tie to the person on whose desk the ask lies, if there is one."""
    post = city.asks[c].official
    for tie in city.ties[c]:
        if tie.official == post and tie.serial == city.officials[post].serial:
            return tie
    return None


def _others_consent(city, c, question):
    ask, w, routines = city.asks[c], city.now.power, city.state[0].institutionalisation
    for d in range(ask.departments - 1):
        q = w.consent
        if d == 0 and ask.permit:
            q = clip(q + (1.0 - q) * (2.0 * w.permit_openness - 1.0))
        if not city.chance.happens(q + routines * (1.0 - q), question, pair(c, d)):
            return False
    return True


def _grant(city, c):
    ini, w, tie = city.initiatives[c], city.now.power, _tie(city, c)
    city.asks[c].case = Case.GRANTED
    ini.good += 0.5 * w.grant
    ini.success = clip(ini.success + w.encouragement)
    if tie is not None:
        tie.good += w.grant
    city.flows[0].agreed += 1


def _refuse(city, c, hurt):
    ask, ini, tie, w = city.asks[c], city.initiatives[c], _tie(city, c), city.now.power
    if city.chance.happens(city.pushed[c].explain, Ask.CASE_EXPLAIN, c):
        hurt *= 0.5
        ini.awareness += w.explained * (1.0 - ini.awareness)
    ini.bad += hurt
    ini.frustration = clip(ini.frustration + 0.5 * hurt)
    if tie is not None:
        tie.bad += 0.5 * hurt
    city.flows[0].hours_lost += ask.spent
    ask.case, ask.official = Case.NONE, -1


def _late_check(city, c):
    ask, ini, w, flows = city.asks[c], city.initiatives[c], city.now.power, city.flows[0]
    hours = w.early_start * ini.hours_left
    ini.hours_left -= hours
    ask.spent += hours
    flows.volunteer_delivery += hours
    if city.month < ask.ready:
        return
    if _others_consent(city, c, Ask.CASE_LATE_CHECK):
        _grant(city, c)
        return
    tie = _tie(city, c)
    if tie is not None:
        tie.broken += 1.0
        tie.bad += 0.5 * w.late_veto
    flows.promised += 1
    flows.broken += 1
    flows.refused_late += 1
    _refuse(city, c, w.late_veto)


def _pressure(city):
    for department in city.departments:
        working = [i for i in city.initiatives if i.issue == department.issue and i.stage in ACTIVE]
        if department.issue >= 0 and working:
            opposing = sum(1 for i in working if i.stance == Stance.OPPOSE) / len(working)
            department.priority += city.now.power.pressure * opposing * (1.0 - department.priority)
