"""Asks wait on desks, are worked on as hours allow, granted or refused, early or late (M10 to M12)."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.model.chance import Ask, happens, normal, pair, uniform
from sim.model.columns import Case, Label, Stage, Stance, Vow, Word
from sim.model.kernels import clip01, compiled, logistic
from sim.model.params import assumed, booklet, param


@dataclass(frozen=True)
class Power:
    """Parameters of `power`."""

    imbalance: float = param(
        0.5,
        "share",
        0,
        1,
        booklet("power"),
        "power imbalance: 0 all weigh the same, 1 the city decides alone (M10)",
        plausible=(0.1, 0.9),
    )
    veto: float = param(
        0.3,
        "chance",
        0,
        1,
        booklet("power"),
        "chance of a municipal veto after a forum, without political will and at full imbalance",
    )
    neutral_relief: float = param(
        0.2, "share", 0, 1, booklet("neutral_place"), "share of the imbalance that a neutral place takes away"
    )
    vision: float = param(0.4, "share", 0, 1, booklet("visions"), "how far the city itself wants to go")
    accept: float = param(
        0.6,
        "log-odds",
        -3,
        3,
        assumed("with the other terms about half of asks pass the first desk"),
        "standing readiness to grant",
    )
    will_weight: float = param(1.0, "log-odds", 0, 3, assumed("M11 leaves the weight open"), "weight of political will")
    trust_weight: float = param(
        1.0, "log-odds", 0, 3, assumed("M11 leaves the weight open"), "weight of trust in the initiative"
    )
    fit_weight: float = param(
        1.0, "log-odds", 0, 3, assumed("M11 leaves the weight open"), "weight of the fit with the city's goals"
    )
    prepared_weight: float = param(
        0.75, "log-odds", 0, 2, booklet("come_prepared"), "weight of being well prepared; 0.5 to 1 in M11"
    )
    value_weight: float = param(
        0.5, "log-odds", 0, 2, booklet("show_value"), "weight of showing value; 0.5 to 1 in M11"
    )
    reach_weight: float = param(1.0, "log-odds", 0, 3, booklet("multiplier"), "weight of networks made visible")
    contribution_weight: float = param(
        0.5,
        "log-odds",
        0,
        2,
        booklet("contribution"),
        "weight of showing what it adds to the city's goals; as M11's others",
    )
    champion_weight: float = param(0.5, "log-odds", 0, 2, booklet("insiders"), "weight of a champion on the desk")
    backing: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("insiders"),
        "how far impulses from initiatives strengthen champions inside",
        lever="initiative",
    )
    small_weight: float = param(
        0.4, "log-odds", 0, 2, booklet("start_small"), "weight of asking for a small first step"
    )
    quick_win: float = param(
        0.5, "log-odds", 0, 2, booklet("motives"), "bonus of small visible projects in the year before an election"
    )
    risk: float = param(
        1.0,
        "log-odds",
        0,
        3,
        assumed("novelty raises value and the risk of refusal (B12)"),
        "weight of radicality against",
    )
    hostility_weight: float = param(
        3.0, "log-odds", 0, 6, booklet("authoritarian"), "weight of national hostility against"
    )
    framework: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("start_small"),
        "share of asks for which framework and outputs are settled first: bridges that share of the gap in goals",
        lever="initiative",
    )
    case_hours: float = param(
        10.0,
        "hours",
        1,
        80,
        assumed("a day and a half to examine a small ask"),
        "staff time to examine a small ask; a large one takes twice that",
    )
    prepared_saves: float = param(
        0.3, "share", 0, 0.9, booklet("come_prepared"), "share of that time that good preparation saves"
    )
    coordination_hours: float = param(
        3.0, "hours", 0, 40, assumed("half a day per further department"), "staff time for each further department"
    )
    procedure: float = param(2.0, "months", 0, 24, booklet("modes"), "median length of procedure before a decision")
    procedure_spread: float = param(0.5, "log-sd", 0, 1.5, assumed("delays are skewed (M11)"), "spread of that length")
    digital: float = param(
        0.5, "share", 0, 1, booklet("bureaucracy"), "digitalisation: shortens procedures and paperwork"
    )
    reply_months: int = param(
        3, "months", 1, 24, assumed("usual time limit for an answer"), "time within which a reply is promised"
    )
    delay_penalty: float = param(
        0.05,
        "events",
        0,
        0.5,
        assumed("M1: minus a penalty for delay"),
        "bad experience of each month of waiting beyond the promise",
        plausible=(0, 0.2),
    )
    colleagues: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("half of what an absent or busy desk leaves"),
        "share of undone work on an ask that colleagues take over in a month",
    )
    patience: int = param(
        18, "months", 2, 60, assumed("a year and a half"), "months after which an unanswered ask is withdrawn"
    )
    patience_lost: float = param(
        0.25, "share", 0, 1, assumed("as half a broken promise"), "frustration of an ask that was never answered"
    )
    reply_stake: float = param(
        0.3, "share", 0, 1, assumed("less than a third of a project's help"), "how much hangs on a reply"
    )
    small_procedure: float = param(
        0.75, "factor", 0.1, 1, assumed("three quarters"), "length of procedure for a small ask"
    )
    large_procedure: float = param(
        1.25, "factor", 1, 5, assumed("five quarters"), "length of procedure for a large ask"
    )
    large_departments: float = param(
        1.5, "factor", 1, 5, assumed("half as many again"), "further departments that a large ask touches"
    )
    digital_saves: float = param(
        0.5,
        "share",
        0,
        0.9,
        assumed("half"),
        "how much longer procedures and paper take without digitalisation than with it, relative to half of it",
    )
    departments: float = param(
        1.0, "count", 0, 8, booklet("silos"), "further departments that a project touches, on average", plausible=(0, 3)
    )
    consent: float = param(
        0.8,
        "chance",
        0,
        1,
        assumed("M12: p = 0.8 for n = 5 gives one in three"),
        "chance that one further department consents",
        plausible=(0.6, 0.95),
    )
    permit_openness: float = param(
        0.5, "share", 0, 1, booklet("visions"), "openness of the departments that give permits for streets and land"
    )
    silo: float = param(
        0.4,
        "chance",
        0,
        1,
        booklet("silos"),
        "chance that other departments look only after the initiative has begun",
        plausible=(0.1, 0.8),
    )
    late_months: int = param(
        2, "months", 1, 12, assumed("just before it was meant to happen"), "time until the late check"
    )
    late_veto: float = param(
        1.0, "events", 0, 1, assumed("M12: a broken-promise event of full size"), "bad experience of a late veto"
    )
    refusal: float = param(
        0.3, "events", 0, 1, assumed("a third of a broken promise"), "bad experience of an early refusal"
    )
    grant: float = param(
        1.0,
        "events",
        0,
        1,
        assumed("a full good event for the person who said yes (M2), half of one for the institution"),
        "good experience of a consent",
    )
    encouragement: float = param(
        0.25, "share", 0, 1, assumed("four in a row make a full success"), "memory of success that a consent leaves"
    )
    explained: float = param(
        0.1,
        "share",
        0,
        1,
        assumed("two contacts' worth"),
        "share of what an initiative does not know of the city's limits that honest reasons teach",
    )
    early_start: float = param(
        0.3,
        "share",
        0,
        1,
        assumed("a third of its hours"),
        "share of its hours that an initiative puts into what was promised, before the last check",
    )
    pressure: float = param(
        0.01,
        "per month",
        0,
        0.2,
        booklet("outside"),
        "how fast opposition lifts its issue on the city's agenda, if all oppose",
    )
    explain: float = param(
        0.4,
        "chance",
        0,
        1,
        booklet("transparency"),
        "chance that a refusal comes with honest reasons: halves the hurt and teaches",
        lever="initiative",
    )


WRITES = (
    "asks",
    "officials.hours_left",
    "officials.queue",
    "officials.load",
    "initiatives.good",
    "initiatives.bad",
    "initiatives.awareness",
    "initiatives.success",
    "initiatives.frustration",
    "initiatives.hours_left",
    "ties.good",
    "ties.bad",
    "ties.broken",
    "promises",
    "departments.priority",
    "flows",
)


def run(city: Any) -> None:
    """Register new asks, work on the oldest first, decide what is ripe."""
    _month(
        city.seed,
        city.month,
        city.now.power,
        city.now.outside,
        city.state,
        city.pushed,
        city.departments,
        city.officials,
        city.initiatives,
        city.ties,
        city.asks,
        city.promises,
        city.flows,
    )


@compiled
def _month(
    seed, month, power, outside, state, pushed, departments, officials, initiatives, ties, asks, promises, flows
):
    w, flow = power[0], flows[0]
    for n in range(len(asks)):
        if asks[n].case == Case.WAITING and asks[n].asked < 0:
            _register(seed, month, n, w, asks[n], promises[n, Vow.REPLY], officials, flow)
    _measure_load(w, asks, officials)
    asked = np.empty(len(asks))
    for n in range(len(asks)):
        asked[n] = asks[n].asked
    # What was asked in the same month keeps the order of the initiatives, whatever the sorting algorithm.
    for c in np.argsort(asked, kind="mergesort"):
        ask = asks[c]
        if ask.case == Case.WAITING:
            _work(w, ask, officials, flow)
            needed = _hours_needed(w, ask)
            if month - ask.asked > w.reply_months:
                initiatives[c].bad += w.delay_penalty
            if month >= ask.ready and ask.worked >= needed and officials[ask.official].vacant == 0:
                _decide(
                    seed,
                    month,
                    c,
                    w,
                    outside[0],
                    state[0],
                    pushed[c],
                    departments,
                    officials,
                    initiatives[c],
                    ties[c],
                    ask,
                    promises[c, Vow.REPLY],
                    flow,
                )
            elif month - ask.asked >= w.patience:
                ask.case = Case.NONE
                ask.official = -1
                initiatives[c].frustration = clip01(initiatives[c].frustration + w.patience_lost)
                flow.withdrawn += 1
        elif ask.case == Case.LATE_CHECK:
            _begin_early(w, initiatives[c], ask, flow)
            if month >= ask.ready:
                _late_check(seed, month, c, w, state[0], pushed[c], officials, initiatives[c], ties[c], ask, flow)
    _pressure(w, departments, initiatives)


@compiled
def _register(seed, month, c, w, ask, promise, officials, flow):
    extra = int(
        w.departments * (1.0 if ask.small else w.large_departments) + uniform(seed, Ask.ASK_DEPARTMENTS, month, c)
    )
    ask.departments = 1 + extra + (1 if ask.permit else 0)
    delay = (
        w.procedure
        * (1.0 + w.digital_saves * (0.5 - w.digital))
        * math.exp(w.procedure_spread * normal(seed, Ask.CASE_DELAY, month, c))
    )
    ask.asked = month
    ask.ready = month + int(delay * (w.small_procedure if ask.small else w.large_procedure))
    ask.late = happens(w.silo, seed, Ask.CASE_LATE, month, c)
    if promise.word == Word.NONE:
        promise.word = Word.OPEN
        promise.official = ask.official
        promise.serial = officials[ask.official].serial
        promise.due = month + w.reply_months
        promise.stake = w.reply_stake
        flow.promised += 1


@compiled
def _hours_needed(w, ask):
    hours = w.case_hours * (1.0 if ask.small else 2.0)
    if ask.prepared:
        hours *= 1.0 - w.prepared_saves
    return hours + w.coordination_hours * (ask.departments - 1)


@compiled
def _measure_load(w, asks, officials):
    """Queue and load of every desk: work that waits, over the hours of a month."""
    for k in range(len(officials)):
        officials[k].queue = 0
        officials[k].load = 0.0
        if officials[k].hours > 0.0:
            officials[k].load = 1.0 - officials[k].hours_left / officials[k].hours
    for c in range(len(asks)):
        ask = asks[c]
        if ask.case == Case.WAITING:
            official = officials[ask.official]
            official.queue += 1
            if official.hours > 0.0:
                official.load += max(0.0, _hours_needed(w, ask) - ask.worked) / official.hours


@compiled
def _work(w, ask, officials, flow):
    """The desk works on it; where it has no time, colleagues help out in part, the nearest first."""
    left = max(0.0, _hours_needed(w, ask) - ask.worked)
    hours = min(officials[ask.official].hours_left, left)
    officials[ask.official].hours_left -= hours
    helping = w.colleagues * (left - hours)
    for step in range(1, len(officials)):
        if helping <= 0.0:
            break
        k = (ask.official + step) % len(officials)
        part = min(officials[k].hours_left, helping)
        officials[k].hours_left -= part
        helping -= part
        hours += part
    ask.worked += hours
    flow.staff_cases += hours


@compiled
def _tie_with(ties, o, officials):
    for j in range(len(ties)):
        if ties[j].official == o and ties[j].serial == officials[o].serial:
            return j
    return -1


@compiled
def _fit(w, ini, priority, pushed):
    fit = 0.5 * priority + 0.5 * (1.0 - abs(ini.vision - w.vision))
    fit += clip01(pushed.framework + pushed.perspective) * (1.0 - fit)
    return fit


@compiled
def _consent_odds(w, outside, state, pushed, official, priority, ini, ties, j, ask):
    """M11: log-odds that the desk says yes."""
    personal = ties[j].trust if j >= 0 else ini.trust
    trust = state.personalisation * personal + (1.0 - state.personalisation) * ini.trust
    odds = w.accept + w.will_weight * (2.0 * state.will - 1.0) + w.trust_weight * (2.0 * trust - 1.0)
    odds += w.fit_weight * (2.0 * _fit(w, ini, priority, pushed) - 1.0)
    odds += (
        w.prepared_weight * ask.prepared + w.value_weight * ask.value + w.reach_weight * pushed.multiplier * ini.reach
    )
    odds += w.contribution_weight * pushed.contribution
    if official.champion:
        odds += w.champion_weight * (1.0 + pushed.backing)
    if ask.small:
        odds += w.small_weight
        if state.months_to_election <= 12:
            odds += w.quick_win
    complainer = j >= 0 and ties[j].label == Label.COMPLAINER and ties[j].label_months > 0
    prior = official.reject * (2.0 if complainer else 1.0)
    # M11 states d0 for an even split of power; it fades as power is shared.
    odds -= 2.0 * w.imbalance * prior + w.risk * ini.radicality * (1.0 - official.openness)
    return odds - w.hostility_weight * outside.hostility


@compiled
def _others_consent(seed, month, c, w, state, ask, question):
    """Every further department must agree (M12); coordination grows with institutions (M16)."""
    for d in range(ask.departments - 1):
        own = w.consent
        if ask.permit and d == 0:
            own = clip01(w.consent + (1.0 - w.consent) * (2.0 * w.permit_openness - 1.0))
        agrees = own + state.institutionalisation * (1.0 - own)
        if not happens(agrees, seed, question, month, pair(c, d)):
            return False
    return True


@compiled
def _decide(seed, month, c, w, outside, state, pushed, departments, officials, ini, ties, ask, promise, flow):
    official = officials[ask.official]
    j = _tie_with(ties, ask.official, officials)
    if promise.word == Word.OPEN:
        promise.word = Word.KEPT if month <= promise.due else Word.BROKEN
    flow.decided += 1
    flow.delay += month - ask.asked
    flow.replied_in_time += month - ask.asked <= w.reply_months
    if not happens(outside.competence, seed, Ask.CASE_COMPETENCE, month, c):
        _refuse_outside(seed, month, c, w, pushed, ini, ties, j, ask, flow)
        return
    priority = departments[ini.issue].priority  # the first departments are those of the issues
    odds = _consent_odds(w, outside, state, pushed, official, priority, ini, ties, j, ask)
    yes = happens(logistic(odds), seed, Ask.CASE_ACCEPT, month, c)
    if yes and ask.late and ask.departments > 1:
        ask.case = Case.LATE_CHECK
        ask.ready = month + w.late_months
    elif yes and _others_consent(seed, month, c, w, state, ask, Ask.CASE_EARLY_CHECK):
        _grant(w, ini, ties, j, ask, flow)
    else:
        _refuse(seed, month, c, w, pushed, w.refusal, ini, ties, j, ask, flow)
        flow.refused_early += 1


@compiled
def _grant(w, ini, ties, j, ask, flow):
    ask.case = Case.GRANTED
    ini.good += 0.5 * w.grant
    ini.success = clip01(ini.success + w.encouragement)
    if j >= 0:
        ties[j].good += w.grant
    flow.agreed += 1


@compiled
def _refuse(seed, month, c, w, pushed, hurt, ini, ties, j, ask, flow):
    if happens(pushed.explain, seed, Ask.CASE_EXPLAIN, month, c):
        hurt *= 0.5
        ini.awareness += w.explained * (1.0 - ini.awareness)
    ini.bad += hurt
    ini.frustration = clip01(ini.frustration + 0.5 * hurt)
    if j >= 0:
        ties[j].bad += 0.5 * hurt
    flow.hours_lost += ask.spent
    ask.case = Case.NONE
    ask.official = -1


@compiled
def _refuse_outside(seed, month, c, w, pushed, ini, ties, j, ask, flow):
    """The city may not decide this; who neither knows that nor takes the city's view blames it (M20)."""
    blames = happens((1.0 - ini.awareness) * (1.0 - pushed.perspective), seed, Ask.CASE_BLAME, month, c)
    _refuse(seed, month, c, w, pushed, w.refusal if blames else 0.0, ini, ties, j, ask, flow)
    flow.refused_outside += 1
    flow.blamed += blames


@compiled
def _begin_early(w, ini, ask, flow):
    """Believing the word given, the initiative starts to work."""
    hours = w.early_start * ini.hours_left
    ini.hours_left -= hours
    ask.spent += hours
    flow.volunteer_delivery += hours


@compiled
def _late_check(seed, month, c, w, state, pushed, officials, ini, ties, ask, flow):
    j = _tie_with(ties, ask.official, officials)
    if _others_consent(seed, month, c, w, state, ask, Ask.CASE_LATE_CHECK):
        _grant(w, ini, ties, j, ask, flow)
        return
    if j >= 0:
        ties[j].broken += 1.0
        ties[j].bad += 0.5 * w.late_veto
    flow.promised += 1
    flow.broken += 1
    flow.refused_late += 1
    _refuse(seed, month, c, w, pushed, w.late_veto, ini, ties, j, ask, flow)


@compiled
def _pressure(w, departments, initiatives):
    """Opposition from outside keeps its issue on the agenda (B37)."""
    for d in range(len(departments)):
        if departments[d].issue < 0:
            continue
        alive, opposed = 0, 0
        for c in range(len(initiatives)):
            ini = initiatives[c]
            if ini.issue == departments[d].issue and Stage.INFORMAL <= ini.stage <= Stage.MATURE:
                alive += 1
                opposed += ini.stance == Stance.OPPOSE
        if alive > 0:
            share = opposed / alive
            departments[d].priority += w.pressure * share * (1.0 - departments[d].priority)
