"""Contact again, by docs/odd.md 7.5: initiatives look for someone, meet, are met well or badly, and ask."""

import math

from sim.model.chance import Ask
from sim.model.columns import Case, Label, Progress, Role, Stance, Vow, Word
from tests.replica.stage import ACTIVE, clip, pair


def contact(city):
    """One month."""
    for c, ini in enumerate(city.initiatives):
        for tie in city.ties[c]:
            tie.quiet += 1
            tie.label_months = max(0, tie.label_months - 1)
        _follow_up(city, c)
        if ini.stage in ACTIVE and ini.stance != Stance.OPPOSE:
            hours = city.now.contact.hours * (1.0 + city.pushed[c].dialogue)
            _regular_meeting(city, c, ini, hours)
            _search(city, c, ini, hours)


def _follow_up(city, c):
    promise = city.promises[c, Vow.FOLLOW_UP]
    if promise.word != Word.OPEN or promise.due > city.month:
        return
    official = city.officials[promise.official]
    able = official.vacant == 0 and official.serial == promise.serial and official.hours_left >= 1.0
    if able and city.chance.happens(city.pushed[c].follow_up, Ask.CONTACT_FOLLOW_UP, c):
        promise.word = Word.KEPT
        official.hours_left -= 1.0
        city.flows[0].staff_contact += 1.0
    else:
        promise.word = Word.BROKEN


def _best_tie(city, c, ini):
    """Its slot, or None."""
    w, best, most = city.state[0].personalisation, None, 0.0
    for j, tie in enumerate(city.ties[c]):
        if tie.official < 0:
            continue
        official = city.officials[tie.official]
        worth = w * tie.trust + (1.0 - w) * ini.trust
        if official.vacant == 0 and official.serial == tie.serial and worth > most:
            best, most = j, worth
    return best


def _regular_meeting(city, c, ini, hours):
    j = _best_tie(city, c, ini)
    if j is None or not city.chance.happens(city.pushed[c].meetings, Ask.CONTACT_MEETING, c):
        return
    tie = city.ties[c, j]
    if city.officials[tie.official].hours_left < hours + 1.0 or ini.hours_left < hours:
        return
    _meet(city, c, ini, j, hours)
    promise = city.promises[c, Vow.FOLLOW_UP]
    if promise.word == Word.NONE:
        promise.word, promise.official, promise.serial = Word.OPEN, tie.official, tie.serial
        promise.due, promise.stake = city.month + 1, city.now.contact.follow_up_stake
        city.flows[0].promised += 1


def _search(city, c, ini, hours):
    k, pushed, chance = city.now.contact, city.pushed[c], city.chance
    if ini.hours_left < hours or not chance.happens(k.rate, Ask.CONTACT_SEEK, c):
        return
    prepared = chance.happens(pushed.preparation, Ask.CONTACT_PREPARED, c)
    value = chance.happens(pushed.show_value, Ask.CONTACT_TONE, c)
    j = _best_tie(city, c, ini)
    known = j is not None
    widens = known and chance.happens(pushed.other_departments, Ask.CONTACT_OTHER, c)
    again = min(1.0, (k.familiar / len(city.officials)) ** k.anonymity)
    if not known or widens or not chance.happens(again, Ask.CONTACT_AGAIN, c):
        found = _look(city, c, ini, known, widens)
        if found is not None:
            j = _first_contact(city, c, ini, found, prepared, value)
        elif not known:
            return
    official = city.ties[c, j].official
    if city.officials[official].hours_left < 0.5 * hours:
        ini.bad += k.unheard
        city.flows[0].unheard += 1
    elif ini.hours_left >= hours:
        _meet(city, c, ini, j, hours)
        _ask(city, c, ini, official, prepared, value)


def _look(city, c, ini, known, widens):
    """The post of somebody new, or None."""
    k, pushed, chance = city.now.contact, city.pushed[c], city.chance
    liaison = chance.happens(pushed.contact_person, Ask.CONTACT_WHOM, c)
    if not known and not liaison and chance.happens(k.wrong_door * (1.0 - k.who_does_what), Ask.CONTACT_DOOR, c):
        lost = min(ini.hours_left, k.wrong_door_hours)
        ini.hours_left -= lost
        city.flows[0].volunteer_contact += lost
        city.flows[0].wrong_doors += 1
        return None
    d = math.floor(len(city.departments) * chance.uniform(Ask.CONTACT_DEPARTMENT, c)) if widens else ini.issue
    met = _met(city, c, city.departments[d])
    insider = chance.happens(pushed.insider_search, Ask.CONTACT_INSIDER, c)
    if insider:
        met = met[: k.seen]
    if liaison:
        for post in met:
            if city.officials[post].role == Role.CONTACT_PERSON:
                return post
    if insider:
        return max(met, key=lambda post: city.officials[post].openness, default=None)  # the first of equals
    return met[0] if met else None


def _met(city, c, department):
    """Posts of the department in which it might find somebody new, on its way round."""
    knows = {tie.official for tie in city.ties[c]}
    offset = math.floor(department.posts * city.chance.uniform(Ask.CONTACT_WHOM, pair(c, 1)))
    round_once = [department.first + (offset + step) % department.posts for step in range(department.posts)]
    return [post for post in round_once if city.officials[post].vacant == 0 and post not in knows]


def _first_contact(city, c, ini, post, prepared, value):
    """The slot of the new tie."""
    k, official, ties = city.now.contact, city.officials[post], city.ties[c]
    empty = [j for j in range(len(ties)) if ties[j].official < 0]
    j = empty[0] if empty else max(range(len(ties)), key=lambda slot: ties[slot].quiet)
    tie = ties[j]
    tie.official, tie.serial, tie.trust, tie.empathy = post, official.serial, ini.trust, city.now.trust.empathy_start
    tie.kept = tie.broken = tie.good = tie.bad = 0.0
    tie.quiet, tie.label, tie.label_months = 0, Label.NONE, k.label_months
    odds = (
        k.first_impression
        + k.impression_prepared * prepared
        + k.impression_value * value
        + k.impression_openness * (official.openness - 0.5)
        - official.reject
        - (ini.radicality - 0.5)
    )
    if city.chance.happens(1.0 / (1.0 + math.exp(-odds)), Ask.CONTACT_LABEL, c):
        tie.label = Label.GOOD
        tie.good = k.first_mark
    elif city.chance.happens(k.complainer, Ask.CONTACT_LABEL, pair(c, 1)):
        tie.label = Label.COMPLAINER
        tie.bad = k.first_mark
    city.flows[0].first_contacts += 1
    return j


def _meet(city, c, ini, j, hours):
    k, pushed, tie, flows = city.now.contact, city.pushed[c], city.ties[c, j], city.flows[0]
    official = city.officials[tie.official]
    given = min(official.hours_left, hours)
    quality = pushed.personal * pushed.acknowledge * (1.0 - k.host_distance * (1.0 - k.neutral_place)) * given / hours
    if ini.marginalised_led:
        quality *= 0.5 + 0.5 * official.represents
    if tie.label == Label.COMPLAINER and tie.label_months > 0:
        quality *= 0.5
    tie.empathy = clip(tie.empathy + k.recency * (quality - tie.empathy))
    worth = _worth(city, tie)
    if worth > tie.trust:
        tie.good += (worth - tie.trust) / (1.0 - tie.trust)
    elif tie.trust > 0.0:
        tie.bad += (tie.trust - worth) / tie.trust
    tie.quiet = 0
    official.hours_left -= given
    flows.staff_contact += given
    ini.hours_left -= hours
    flows.volunteer_contact += hours
    flows.contacts += 1
    ini.awareness += k.learning * (1.0 - ini.awareness)
    if not (tie.label == Label.COMPLAINER and tie.label_months > 0):
        official.openness = clip(official.openness + k.push * ini.radicality * (1.0 - official.openness))
    if city.chance.happens(clip(k.joint_idea * hours * pushed.personal), Ask.CONTACT_IDEA, pair(c, j)):
        ini.idea = max(ini.idea, 1)


def _worth(city, tie):
    """What somebody met like this deserves to be trusted."""
    t = city.now.trust
    e, consistency = t.empathy_weight, (tie.kept + 1.0) / (tie.kept + tie.broken + 2.0)
    if t.additive:
        return e * tie.empathy + (1.0 - e) * consistency
    return tie.empathy**e * consistency ** (1.0 - e)


def _ask(city, c, ini, official, prepared, value):
    k, ask, chance = city.now.contact, city.asks[c], city.chance
    if ask.case != Case.NONE or all(project.progress != Progress.NONE for project in city.projects[c]):
        return
    if not (ini.idea > 0 or chance.happens(k.ask_rate, Ask.ASK_MAKE, c)):
        return
    ask.case, ask.official, ask.asked = Case.WAITING, official, -1
    ask.prepared, ask.value, ask.generation = prepared, value, ini.idea
    first_step = ini.delivered == 0 and chance.happens(city.pushed[c].first_steps, Ask.ASK_SIZE, pair(c, 1))
    ask.small = chance.happens(k.small_asks, Ask.ASK_SIZE, c) or first_step
    ask.permit = chance.happens(k.land, Ask.ASK_PERMIT, c)
    ask.space = chance.happens(k.rooms, Ask.ASK_SPACE, c)
    ask.money = chance.happens(k.costly, Ask.ASK_MONEY, c)
    ask.worked = ask.spent = 0.0
    ini.idea = 0
    city.flows[0].asks += 1
