"""Officials leave, posts stay empty, successors begin with what was handed over (M4, M17)."""

import math
from dataclasses import dataclass
from typing import Any

from sim.model.chance import Ask, happens, normal, pair, uniform
from sim.model.columns import Case, Word
from sim.model.kernels import clip01, compiled
from sim.model.params import assumed, booklet, data, param


@dataclass(frozen=True)
class Turnover:
    """Parameters of `turnover`."""

    annual_rate: float = param(
        0.10,
        "per year",
        0,
        0.9,
        data("4.5 to 14% in municipalities of England, Switzerland and Germany (E06)", "opened"),
        "share of officials who leave in a year, unstrained",
        plausible=(0.04, 0.2),
    )
    strain_effect: float = param(
        0.5, "log-hazard", 0, 3, assumed("M17"), "how much exhaustion adds to the hazard of leaving", plausible=(0, 1)
    )
    handover: float = param(
        0.1,
        "share",
        0,
        0.9,
        booklet("resilience"),
        "share of a personal relation that is passed on: joint introductions, files",
        lever="city",
    )
    vacancy: int = param(
        3,
        "months",
        0,
        24,
        assumed("time to advertise and fill a post"),
        "months for which a post stays empty, after the one in which somebody left",
        plausible=(0, 9),
    )
    openness: float = param(0.5, "share", 0, 1, booklet("insiders"), "mean openness of officials", plausible=(0.3, 0.7))
    openness_spread: float = param(0.2, "sd", 0, 0.5, booklet("insiders"), "spread of openness")
    champions: float = param(
        0.15,
        "share",
        0,
        1,
        booklet("insiders"),
        "share of officials who are ready to push for change",
        plausible=(0.05, 0.3),
    )
    reject: float = param(
        0.5, "log-odds", 0, 2, booklet("reject"), "leaning of officials to look for reasons to refuse (M11 d0)"
    )
    load_strain: float = param(
        0.05,
        "per month",
        0,
        0.3,
        assumed("job demands and resources: months, not weeks (M17)"),
        "how fast too many cases exhaust an official, and too few let them recover",
    )
    memory: float = param(
        1.0,
        "factor",
        0,
        1,
        assumed("M4: agreements are remembered with chance handover plus institutionalisation"),
        "share of that chance that holds",
        plausible=(0.5, 1),
    )


WRITES = ("officials", "ties", "asks.ready", "promises", "flows")


def run(city: Any) -> None:
    """Strain moves, some leave, some posts are filled."""
    _month(
        city.seed,
        city.month,
        city.now.turnover,
        city.now.trust,
        city.state,
        city.officials,
        city.initiatives,
        city.ties,
        city.asks,
        city.promises,
        city.flows,
    )


@compiled
def character(seed, month, k, t, official):
    """Who comes to post `k`: openness, leaning to refuse, champion or not."""
    spread = t.openness_spread * normal(seed, Ask.SUCCESSOR_OPENNESS, month, k)
    official.openness = clip01(t.openness + spread)
    official.reject = 2.0 * t.reject * uniform(seed, Ask.SUCCESSOR_REJECT, month, k)
    official.champion = happens(t.champions, seed, Ask.SUCCESSOR_CHAMPION, month, k)


@compiled
def _month(seed, month, turnover, trust, state, officials, initiatives, ties, asks, promises, flows):
    t = turnover[0]
    remembered = clip01(t.memory * (t.handover + state[0].institutionalisation))
    hazard = 1.0 - (1.0 - t.annual_rate) ** (1.0 / 12.0)
    for k in range(len(officials)):
        official = officials[k]
        if official.vacant > 0:
            official.vacant -= 1
            if official.vacant == 0:
                _arrive(seed, month, k, t, trust[0].empathy_start, official, initiatives, ties, flows[0])
            continue
        official.tenure += 1.0
        official.strain = clip01(official.strain + t.load_strain * (min(official.load, 2.0) - 1.0))
        chance = min(1.0, hazard * math.exp(t.strain_effect * official.strain))
        if official.leaving or happens(chance, seed, Ask.DEPARTURE, month, k):
            _leave(seed, month, k, remembered, official, ties, asks, promises, flows[0])
            official.vacant = t.vacancy
            if t.vacancy == 0:
                _arrive(seed, month, k, t, trust[0].empathy_start, official, initiatives, ties, flows[0])


@compiled
def _leave(seed, month, k, remembered, official, ties, asks, promises, flow):
    flow.departures += 1
    for c in range(ties.shape[0]):
        for j in range(ties.shape[1]):
            if ties[c, j].official == k:
                flow.ties_cut += ties[c, j].serial == official.serial
                ties[c, j].serial = -1
        for v in range(promises.shape[1]):
            promise = promises[c, v]
            if promise.word == Word.OPEN and promise.official == k:
                if happens(remembered, seed, Ask.MEMORY, month, pair(c, v)):
                    promise.serial = official.serial + 1
                else:
                    promise.word = Word.BROKEN
        ask = asks[c]
        waits = ask.case == Case.WAITING and ask.official == k and ask.asked >= 0
        if waits and not happens(remembered, seed, Ask.CASE_MEMORY, month, c):
            ask.ready = max(ask.ready, month) + (ask.ready - ask.asked)
    official.serial += 1
    official.leaving = False
    flow.staff_left += official.hours - official.hours_left
    official.hours = 0.0
    official.hours_left = 0.0
    official.queue = 0
    official.load = 0.0
    official.strain = 0.0
    official.tenure = 0.0


@compiled
def _arrive(seed, month, k, t, empathy_start, official, initiatives, ties, flow):
    """The successor starts from trust in the institution plus what was handed over."""
    character(seed, month, k, t, official)
    for c in range(ties.shape[0]):
        for j in range(ties.shape[1]):
            tie = ties[c, j]
            if tie.official == k:
                institution = initiatives[c].trust
                flow.trust_before += tie.trust
                tie.trust = institution + t.handover * (tie.trust - institution)
                flow.trust_after += tie.trust
                tie.empathy = empathy_start + t.handover * (tie.empathy - empathy_start)
                tie.kept *= t.handover
                tie.broken *= t.handover
                tie.label_months = 0
                tie.serial = official.serial
