"""Initiatives look for someone in the city, meet, are met well or badly, and follow up (M1, M11, M22).

The first contact leaves a label; every contact moves empathy, teaches the initiative what binds the
city's hands, and now and then gives birth to a joint idea. Whoever has met may put in an ask.
"""

from dataclasses import dataclass
from typing import Any

from sim.model.chance import Ask, happens, pair, uniform
from sim.model.columns import Case, Label, Progress, Role, Stage, Stance, Vow, Word
from sim.model.kernels import clip01, compiled, logistic
from sim.model.params import assumed, booklet, param


@dataclass(frozen=True)
class Contact:
    """Parameters of `contact`."""

    rate: float = param(
        0.4,
        "per month",
        0,
        1,
        assumed("a contact every two to three months"),
        "chance that an initiative looks for contact in a month",
    )
    hours: float = param(
        2.0, "hours", 0.5, 8, assumed("a meeting with its preparation"), "time for one contact, each side"
    )
    meetings: float = param(
        0.1,
        "per month",
        0,
        1,
        booklet("transparency"),
        "chance that an initiative has a regular meeting this month with the official it trusts most",
        lever="initiative",
    )
    follow_up: float = param(
        0.6,
        "chance",
        0,
        1,
        booklet("transparency"),
        "chance that what was agreed in a regular meeting is done",
        lever="initiative",
    )
    wrong_door: float = param(
        0.4, "chance", 0, 1, booklet("who_does_what"), "chance that who knows nobody goes to the wrong department"
    )
    wrong_door_hours: float = param(
        4.0, "hours", 0, 20, assumed("two more rounds of calls"), "volunteer time lost at a wrong door"
    )
    who_does_what: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("who_does_what"),
        "how fully duties are published: wrong doors fall by this share",
        lever="city",
    )
    contact_person: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("contact_person"),
        "share of first contacts that a liaison receives: no wrong door",
        lever="initiative",
    )
    preparation: float = param(
        0.3,
        "chance",
        0,
        1,
        booklet("come_prepared"),
        "chance that an initiative comes well prepared",
        lever="initiative",
    )
    perspective: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("come_prepared"),
        "share of the distance to the city's priorities that an initiative bridges by taking its view",
        lever="initiative",
    )
    contribution: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("contribution"),
        "how clearly an initiative shows what it can add to the city's goals",
        lever="initiative",
    )
    show_value: float = param(
        0.3,
        "chance",
        0,
        1,
        booklet("show_value"),
        "chance that an initiative opens by showing its value, not with a demand",
        lever="initiative",
    )
    multiplier: float = param(
        0.2,
        "share",
        0,
        1,
        booklet("multiplier"),
        "how much of its networks' reach an initiative makes visible",
        lever="initiative",
    )
    insider_search: float = param(
        0.1,
        "chance",
        0,
        1,
        booklet("insiders"),
        "chance that who looks for somebody new looks for an open person, not just for a desk",
        lever="initiative",
    )
    seen: int = param(
        3,
        "people",
        1,
        100,
        assumed("as many as one gets to know before one chooses"),
        "people who look for an insider compare",
    )
    other_departments: float = param(
        0.1,
        "chance",
        0,
        1,
        booklet("resilience"),
        "chance that a known initiative widens its contacts to another department",
        lever="initiative",
    )
    familiar: float = param(
        100.0,
        "people",
        1,
        10000,
        assumed("up to about this many, people know each other"),
        "officials up to which an initiative always meets the same person again",
    )
    anonymity: float = param(
        0.4,
        "exponent",
        0,
        1,
        assumed("M19"),
        "how fast that chance falls with the number of officials",
        plausible=(0.3, 0.5),
    )
    personal: float = param(
        0.8,
        "share",
        0,
        1,
        booklet("personal"),
        "how personal contacts are: people with a shared passion, not roles",
        lever="initiative",
    )
    acknowledge: float = param(
        0.8, "share", 0, 1, booklet("celebrate"), "how far efforts are acknowledged", lever="initiative"
    )
    neutral_place: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("neutral_place"),
        "share of meetings held in neutral, informal or third places",
        lever="city",
    )
    host_distance: float = param(
        0.15,
        "share",
        0,
        0.5,
        assumed("a guest speaks less freely"),
        "loss of empathy when meeting on the city's ground",
    )
    recency: float = param(
        0.25,
        "weight",
        0.05,
        1,
        assumed("about the last four contacts count (M1)"),
        "weight of the latest contact in empathy",
    )
    learning: float = param(
        0.05,
        "per contact",
        0,
        0.5,
        booklet("face_to_face"),
        "share of what an initiative does not know of the city's limits that one contact teaches",
    )
    dialogue: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("dialogue"),
        "extra time that both sides take for a contact, relative to its usual length",
        lever="initiative",
    )
    joint_idea: float = param(
        0.02, "per hour", 0, 0.2, booklet("personal"), "chance per hour of dialogue that a joint idea is born"
    )
    impression_prepared: float = param(
        0.75, "log-odds", 0, 2, booklet("come_prepared"), "weight of good preparation in a first impression"
    )
    impression_value: float = param(
        0.5, "log-odds", 0, 2, booklet("show_value"), "weight of showing value in a first impression"
    )
    impression_openness: float = param(
        2.0,
        "log-odds",
        0,
        5,
        assumed("an open official sees the good"),
        "weight of the official's openness in a first impression",
    )
    first_mark: float = param(
        1.0,
        "events",
        0,
        5,
        booklet("first_contact"),
        "how much of an experience a first contact is, good or bad: 1 is as much as a whole promise, kept or broken",
        plausible=(0.5, 2),
    )
    first_impression: float = param(
        0.0, "log-odds", -3, 3, booklet("first_contact"), "standing chance of a good first contact"
    )
    label_months: int = param(12, "months", 0, 60, booklet("first_contact"), "how long the first label holds")
    complainer: float = param(
        0.5,
        "chance",
        0,
        1,
        booklet("first_contact"),
        "chance that a first contact gone badly leaves the label of a complainer",
    )
    push: float = param(
        0.02, "per contact", 0, 0.2, booklet("win_win"), "how much contact with a radical initiative opens an official"
    )
    unheard: float = param(
        0.2, "events", 0, 1, assumed("a fifth of a broken promise"), "bad experience of finding no one with time"
    )
    ask_rate: float = param(
        0.35, "chance", 0, 1, assumed("one ask in three contacts"), "chance that a contact leads to an ask"
    )
    follow_up_stake: float = param(
        0.3, "share", 0, 1, assumed("less than a third of a project's help"), "how much hangs on a follow-up"
    )
    small_asks: float = param(
        0.5, "chance", 0, 1, assumed("as often as not"), "chance that an ask is for a small project"
    )
    first_steps: float = param(
        0.0,
        "chance",
        0,
        1,
        booklet("stepwise"),
        "chance that who has delivered nothing yet asks for a small first step, whatever the usual choice",
        lever="initiative",
    )
    land: float = param(
        0.5,
        "chance",
        0,
        1,
        assumed("half of all projects use public ground (B08)"),
        "chance that a project needs a permit for city land",
    )
    rooms: float = param(0.3, "chance", 0, 1, assumed("a third need a room"), "chance that a project needs a room")
    costly: float = param(0.6, "chance", 0, 1, assumed("a bit more than half"), "chance that a project needs money")


WRITES = (
    "ties",
    "asks",
    "initiatives.awareness",
    "initiatives.idea",
    "initiatives.hours_left",
    "initiatives.bad",
    "officials.hours_left",
    "officials.openness",
    "promises",
    "flows",
)


def run(city: Any) -> None:
    """What was agreed last month is followed up or not; then meetings, searches and asks."""
    _month(
        city.seed,
        city.month,
        city.now.contact,
        city.now.trust,
        city.state,
        city.pushed,
        city.departments,
        city.officials,
        city.initiatives,
        city.ties,
        city.asks,
        city.projects,
        city.promises,
        city.flows,
    )


@compiled
def _month(
    seed,
    month,
    contact,
    trust,
    state,
    pushed,
    departments,
    officials,
    initiatives,
    ties,
    asks,
    projects,
    promises,
    flows,
):
    k = contact[0]
    for c in range(len(initiatives)):
        ini = initiatives[c]
        for j in range(ties.shape[1]):
            ties[c, j].quiet += 1
            ties[c, j].label_months = max(0, ties[c, j].label_months - 1)
        _follow_up(seed, month, c, pushed[c], officials, promises, flows[0])
        if ini.stage < Stage.INFORMAL or ini.stage > Stage.MATURE or ini.stance == Stance.OPPOSE:
            continue
        best = _best_tie(trust[0], state[0], ini, ties[c], officials)
        hours = k.hours * (1.0 + pushed[c].dialogue)
        if best >= 0 and happens(pushed[c].meetings, seed, Ask.CONTACT_MEETING, month, c):
            _regular_meeting(
                month, c, best, seed, k, hours, trust[0], pushed[c], ini, ties[c, best], officials, promises, flows[0]
            )
        if ini.hours_left >= hours and happens(k.rate, seed, Ask.CONTACT_SEEK, month, c):
            _seek(
                seed,
                month,
                c,
                k,
                hours,
                trust[0],
                state[0],
                pushed[c],
                departments,
                officials,
                ini,
                ties,
                asks,
                projects,
                flows[0],
            )


@compiled
def _follow_up(seed, month, c, pushed, officials, promises, flow):
    promise = promises[c, Vow.FOLLOW_UP]
    if promise.word == Word.OPEN and promise.due <= month:
        official = officials[promise.official]
        there = official.vacant == 0 and official.serial == promise.serial and official.hours_left >= 1.0
        if there and happens(pushed.follow_up, seed, Ask.CONTACT_FOLLOW_UP, month, c):
            official.hours_left -= 1.0
            flow.staff_contact += 1.0
            promise.word = Word.KEPT
        else:
            promise.word = Word.BROKEN


@compiled
def _regular_meeting(month, c, j, seed, k, hours, trust, pushed, ini, tie, officials, promises, flow):
    official = officials[tie.official]
    if official.hours_left < hours + 1.0 or ini.hours_left < hours:
        return
    _meet(seed, month, c, j, k, hours, trust, pushed, ini, official, tie, flow)
    promise = promises[c, Vow.FOLLOW_UP]
    if promise.word == Word.NONE:
        promise.word = Word.OPEN
        promise.official = tie.official
        promise.serial = tie.serial
        promise.due = month + 1
        promise.stake = k.follow_up_stake
        flow.promised += 1


@compiled
def _meet(seed, month, c, j, k, hours, trust, pushed, ini, official, tie, flow):
    """One contact: E of M1 moves, and trust goes towards what it deserves (an event of M2)."""
    place = 1.0 - k.host_distance * (1.0 - k.neutral_place)
    given = min(official.hours_left, hours)
    quality = pushed.personal * pushed.acknowledge * place * given / hours
    if ini.marginalised_led:  # they seldom meet somebody like themselves (B68)
        quality *= 0.5 + 0.5 * official.represents
    if tie.label == Label.COMPLAINER and tie.label_months > 0:
        quality *= 0.5
    tie.empathy = clip01(tie.empathy + k.recency * (quality - tie.empathy))
    kept = (tie.kept + 1.0) / (tie.kept + tie.broken + 2.0)
    if trust.additive:
        worth = trust.empathy_weight * tie.empathy + (1.0 - trust.empathy_weight) * kept
    else:
        worth = tie.empathy**trust.empathy_weight * kept ** (1.0 - trust.empathy_weight)
    # In shares of the trust that is missing or there, so that trust goes towards what it deserves.
    if worth > tie.trust:
        tie.good += (worth - tie.trust) / (1.0 - tie.trust)
    elif tie.trust > 0.0:
        tie.bad += (tie.trust - worth) / tie.trust
    tie.quiet = 0
    official.hours_left -= given
    ini.hours_left -= hours
    flow.staff_contact += given
    flow.volunteer_contact += hours
    flow.contacts += 1
    ini.awareness += k.learning * (1.0 - ini.awareness)
    if tie.label != Label.COMPLAINER or tie.label_months == 0:
        official.openness = clip01(official.openness + k.push * ini.radicality * (1.0 - official.openness))
    if happens(clip01(k.joint_idea * hours * pushed.personal), seed, Ask.CONTACT_IDEA, month, pair(c, j)):
        ini.idea = max(ini.idea, 1)


@compiled
def _seek(seed, month, c, k, hours, trust, state, pushed, departments, officials, ini, ties, asks, projects, flow):
    prepared = happens(pushed.preparation, seed, Ask.CONTACT_PREPARED, month, c)
    value = happens(pushed.show_value, seed, Ask.CONTACT_TONE, month, c)
    best = _best_tie(trust, state, ini, ties[c], officials)
    known = best >= 0
    widens = known and happens(pushed.other_departments, seed, Ask.CONTACT_OTHER, month, c)
    # In a large city hall it is harder to get hold of the same person again (M19).
    again = min(1.0, (k.familiar / len(officials)) ** k.anonymity)
    if not known or widens or not happens(again, seed, Ask.CONTACT_AGAIN, month, c):
        o = _find_desk(seed, month, c, k, pushed, known, widens, departments, officials, ini, ties[c], flow)
        if o < 0 and not known:
            return
        if o >= 0:
            best = _new_tie(seed, month, c, o, k, trust, prepared, value, ini, officials[o], ties[c], flow)
    tie = ties[c, best]
    official = officials[tie.official]
    if official.hours_left < 0.5 * hours:
        ini.bad += k.unheard
        flow.unheard += 1
        return
    if ini.hours_left >= hours:
        _meet(seed, month, c, best, k, hours, trust, pushed, ini, official, tie, flow)
        _maybe_ask(seed, month, c, k, pushed, prepared, value, ini, tie.official, asks[c], projects[c], flow)


@compiled
def _best_tie(trust, state, ini, ties, officials):
    best, level = -1, 0.0
    for j in range(len(ties)):
        tie = ties[j]
        if tie.official >= 0 and tie.serial == officials[tie.official].serial and officials[tie.official].vacant == 0:
            effective = state.personalisation * tie.trust + (1.0 - state.personalisation) * ini.trust
            if effective > level:
                best, level = j, effective
    return best


@compiled
def _find_desk(seed, month, c, k, pushed, known, widens, departments, officials, ini, ties, flow):
    """An official who is not known yet, or -1 after a wrong door or where there is none.

    Newcomers look for the department of their issue and may go astray; who wants to widen contacts
    goes to any department.
    """
    liaison = happens(pushed.contact_person, seed, Ask.CONTACT_WHOM, month, c)
    astray = k.wrong_door * (1.0 - k.who_does_what)
    if not known and not liaison and happens(astray, seed, Ask.CONTACT_DOOR, month, c):
        lost = min(ini.hours_left, k.wrong_door_hours)
        ini.hours_left -= lost
        flow.volunteer_contact += lost
        flow.wrong_doors += 1
        return -1
    d = ini.issue  # the first departments are those of the issues
    if widens:
        d = int(uniform(seed, Ask.CONTACT_DEPARTMENT, month, c) * len(departments))
    first, posts = departments[d].first, departments[d].posts
    insider = happens(pushed.insider_search, seed, Ask.CONTACT_INSIDER, month, c)
    start = int(uniform(seed, Ask.CONTACT_WHOM, month, pair(c, 1)) * posts)
    found, openness, seen = -1, -1.0, 0
    for step in range(posts):
        o = first + (start + step) % posts
        if officials[o].vacant > 0 or _knows(ties, o) or (insider and seen == k.seen):
            continue
        seen += 1
        if liaison and officials[o].role == Role.CONTACT_PERSON:
            return o
        if found < 0 or (insider and officials[o].openness > openness):
            found, openness = o, officials[o].openness
    return found


@compiled
def _knows(ties, o):
    for j in range(len(ties)):
        if ties[j].official == o:
            return True
    return False


@compiled
def _new_tie(seed, month, c, o, k, trust, prepared, value, ini, official, ties, flow):
    """A first contact takes the place of the quietest relation and leaves its label."""
    slot = 0
    for j in range(len(ties)):
        if ties[j].official < 0:
            slot = j
            break
        if ties[j].quiet > ties[slot].quiet:
            slot = j
    tie = ties[slot]
    tie.official = o
    tie.serial = official.serial
    tie.trust = ini.trust
    tie.empathy = trust.empathy_start
    tie.kept = 0.0
    tie.broken = 0.0
    tie.good = 0.0
    tie.bad = 0.0
    tie.quiet = 0
    tie.label = Label.NONE
    tie.label_months = k.label_months
    impression = k.first_impression + k.impression_prepared * prepared + k.impression_value * value
    impression += k.impression_openness * (official.openness - 0.5)
    impression -= official.reject + ini.radicality - 0.5
    if happens(logistic(impression), seed, Ask.CONTACT_LABEL, month, c):
        tie.label = Label.GOOD
        tie.good = k.first_mark
    elif happens(k.complainer, seed, Ask.CONTACT_LABEL, month, pair(c, 1)):
        tie.label = Label.COMPLAINER
        tie.bad = k.first_mark
    flow.first_contacts += 1
    return slot


@compiled
def _maybe_ask(seed, month, c, k, pushed, prepared, value, ini, o, ask, projects, flow):
    free = False
    for p in range(len(projects)):
        free = free or projects[p].progress == Progress.NONE
    if ask.case != Case.NONE or not free:
        return
    if not (ini.idea > 0 or happens(k.ask_rate, seed, Ask.ASK_MAKE, month, c)):
        return
    ask.case = Case.WAITING
    ask.official = o
    ask.asked = -1
    ask.prepared = prepared
    ask.value = value
    ask.generation = ini.idea
    ask.small = happens(k.small_asks, seed, Ask.ASK_SIZE, month, c)
    if ini.delivered == 0 and happens(pushed.first_steps, seed, Ask.ASK_SIZE, month, pair(c, 1)):
        ask.small = True
    ask.permit = happens(k.land, seed, Ask.ASK_PERMIT, month, c)
    ask.space = happens(k.rooms, seed, Ask.ASK_SPACE, month, c)
    ask.money = happens(k.costly, seed, Ask.ASK_MONEY, month, c)
    ask.worked = 0.0
    ask.spent = 0.0
    ini.idea = 0
    flow.asks += 1
