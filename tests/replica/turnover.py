"""Turnover again, by docs/odd.md 7.4: officials leave, posts stay empty, successors begin."""

import math

from sim.model.chance import Ask
from sim.model.columns import Case, Word
from tests.replica.stage import clip, pair


def turnover(city):
    """One month."""
    t = city.now.turnover
    remembered = clip(t.memory * (t.handover + city.state[0].institutionalisation))
    hazard = 1.0 - (1.0 - t.annual_rate) ** (1.0 / 12.0)
    for k, official in enumerate(city.officials):
        if official.vacant > 0:
            official.vacant -= 1
            if official.vacant == 0:
                _arrives(city, k, official)
            continue
        official.tenure += 1
        official.strain = clip(official.strain + t.load_strain * (min(official.load, 2.0) - 1.0))
        chance = min(1.0, hazard * math.exp(t.strain_effect * official.strain))
        if official.leaving or city.chance.happens(chance, Ask.DEPARTURE, k):
            _leaves(city, k, official, remembered)


def _leaves(city, k, official, remembered):
    city.flows[0].departures += 1
    for c in range(len(city.initiatives)):
        _cut(city, c, k, official)
        _promises(city, c, k, official, remembered)
        _case(city, c, k, remembered)
    official.serial += 1
    official.leaving = False
    city.flows[0].staff_left += official.hours - official.hours_left
    official.hours = official.hours_left = official.load = official.strain = official.tenure = 0.0
    official.queue = 0
    official.vacant = city.now.turnover.vacancy
    if official.vacant == 0:
        _arrives(city, k, official)


def _cut(city, c, k, official):
    for tie in city.ties[c]:
        if tie.official == k:
            city.flows[0].ties_cut += tie.serial == official.serial
            tie.serial = -1


def _promises(city, c, k, official, remembered):
    for slot, promise in enumerate(city.promises[c]):
        if promise.word == Word.OPEN and promise.official == k:
            if city.chance.happens(remembered, Ask.MEMORY, pair(c, slot)):
                promise.serial = official.serial + 1
            else:
                promise.word = Word.BROKEN


def _case(city, c, k, remembered):
    ask = city.asks[c]
    if ask.case != Case.WAITING or ask.official != k or ask.asked < 0:
        return
    if not city.chance.happens(remembered, Ask.CASE_MEMORY, c):
        ask.ready = max(ask.ready, city.month) + (ask.ready - ask.asked)


def _arrives(city, k, official):
    t, start, flows = city.now.turnover, city.now.trust.empathy_start, city.flows[0]
    official.openness = clip(t.openness + t.openness_spread * city.chance.normal(Ask.SUCCESSOR_OPENNESS, k))
    official.reject = 2.0 * t.reject * city.chance.uniform(Ask.SUCCESSOR_REJECT, k)
    official.champion = city.chance.happens(t.champions, Ask.SUCCESSOR_CHAMPION, k)
    for c, ini in enumerate(city.initiatives):
        for tie in city.ties[c]:
            if tie.official != k:
                continue
            flows.trust_before += tie.trust
            tie.trust = ini.trust + t.handover * (tie.trust - ini.trust)
            flows.trust_after += tie.trust
            tie.empathy = start + t.handover * (tie.empathy - start)
            tie.kept *= t.handover
            tie.broken *= t.handover
            tie.label_months = 0
            tie.serial = official.serial
