"""Outside again, by docs/odd.md 7.2: money from above, hours, elections."""

import math

from sim.model.chance import Ask
from sim.model.columns import THOUSAND, Progress, Role, Vow, Word
from tests.replica.stage import clip, pair


def outside(city):
    """One month."""
    o, state = city.now.outside, city.state[0]
    if (city.month - 1) % 12 == 0:
        s = o.national_shock * city.chance.normal(Ask.NATIONAL_MONEY, 0)
        state.national_money = o.national_money * math.exp(s - o.national_shock**2 / 2.0)
    _hours(city)
    state.months_to_election -= 1
    if state.months_to_election <= 0:
        state.months_to_election = o.term
        _election(city)


def _hours(city):
    o, money = city.now.outside, city.state[0].national_money
    present = [official for official in city.officials if official.vacant == 0]
    liaisons = [official for official in present if official.role == Role.CONTACT_PERSON]
    extra = o.liaison_hours * city.settings.city.population / THOUSAND * city.now.contact.contact_person
    for official in city.officials:
        official.hours = 0.0
        if official.vacant == 0:
            official.hours = o.staff_hours * money * (1.0 - o.mandates)
            city.flows[0].staff_mandates += o.staff_hours * money * o.mandates
            if official.role == Role.CONTACT_PERSON:
                official.hours += extra / len(liaisons)
        official.hours_left = official.hours


def _election(city):
    o, state, chance = city.now.outside, city.state[0], city.chance
    state.elections += 1
    state.will = clip(
        o.will_memory * state.will
        + (1.0 - o.will_memory) * o.political_will
        + o.will_shock * chance.normal(Ask.ELECTION_WILL, 0)
    )
    for k, official in enumerate(city.officials):
        goes = official.vacant == 0 and official.role == Role.POLITICIAN and official.champion
        if goes and chance.happens(o.champion_loss, Ask.ELECTION_CHAMPION, k):
            official.leaving = True
    changed = chance.happens(o.change_of_government, Ask.ELECTION_CHANGE, 0)
    _programmes(city, changed)
    if changed:
        state.changes += 1
        routines = state.institutionalisation
        state.institutionalisation = routines * (1.0 - o.routine_loss * (1.0 - routines))
        for d, department in enumerate(city.departments):
            department.priority = 0.5 * department.priority + 0.5 * chance.uniform(Ask.ELECTION_PRIORITY, d)


def _programmes(city, changed):
    o, state, flows = city.now.outside, city.state[0], city.flows[0]
    risk = clip(o.programme_loss * (1.0 - state.institutionalisation) * (1.0 + o.slack * (1.0 - state.national_money)))
    for c in range(len(city.initiatives)):
        for slot, project in enumerate(city.projects[c]):
            if project.progress == Progress.NONE or project.official < 0:
                continue
            flows.faced_election += 1
            if not (changed and city.chance.happens(risk, Ask.ELECTION_PROGRAMME, pair(c, slot))):
                flows.survived_election += 1
                continue
            flows.stopped += 1
            project.progress = Progress.NONE
            promise = city.promises[c, Vow.HELP + slot]
            if promise.word == Word.OPEN:
                promise.word = Word.BROKEN
