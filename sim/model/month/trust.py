"""Promises are settled, experiences sink in, word travels, routines grow (M1 to M3, M6, M16).

The only place where trust moves: other processes say what happened (`good`, `bad`, promises kept or
broken), and here it is learnt by one rule for people, initiatives and residents.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.model.columns import Stage, Vow, Word
from sim.model.kernels import BLOCK, TINY, add_up_both, clip01, compiled, over
from sim.model.params import assumed, booklet, data, paper, param, switch


@dataclass(frozen=True)
class Trust:
    """Parameters of `trust`."""

    institutional: float = param(
        0.45,
        "share",
        0,
        1,
        data("45% trust their local government (OECD 2023, E01)"),
        "mean trust in the city at the start, in a city of 200,000",
        plausible=(0.2, 0.7),
    )
    size_slope: float = param(
        0.02,
        "per log10",
        0,
        0.2,
        paper("Denters 2002, Hansen 2013: direction, modest; size assumed (M19)"),
        "how much less a city ten times as large is trusted at the start",
        plausible=(0, 0.05),
    )
    gap: float = param(
        0.15,
        "share",
        0,
        0.4,
        data("35% against 52% by financial worry, national government (OECD 2023, E04)"),
        "how much less the marginalised trust at the start",
    )
    spread: float = param(0.15, "sd", 0, 0.4, assumed("people differ"), "spread of trust between people at the start")
    gain: float = param(
        0.06,
        "share",
        0.0,
        1.0,
        assumed("M2"),
        "share of missing trust that a full good experience adds",
        plausible=(0.02, 0.15),
    )
    asymmetry: float = param(
        2.5,
        "ratio",
        0.2,
        10,
        paper("Slovic 1993; loss-aversion benchmark 2.25 (Tversky & Kahneman 1992, unchecked)"),
        "how much more a bad experience weighs than a good one; below 1 is the reverse",
        plausible=(1, 5),
    )
    confirmation: bool = switch(
        False, paper("Slovic 1993: distrust reinforces itself"), "whether trust and distrust confirm themselves"
    )
    forgetting: float = param(
        0.01,
        "per month",
        0,
        0.5,
        assumed("M2"),
        "share of the way back to one's own usual trust, a month",
        plausible=(0, 0.03),
    )
    empathy_weight: float = param(
        0.5,
        "share",
        0,
        1,
        booklet("democracy"),
        "weight of empathy against consistency (M1: eta)",
        plausible=(0.3, 0.7),
    )
    additive: bool = switch(
        False,
        assumed("the booklet says combination: without one of the two no trust; adding is the ablation"),
        "whether empathy and consistency add up instead of combining",
    )
    empathy_start: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("neither warm nor cold"),
        "empathy between people who have not met yet, from where contacts move it",
        plausible=(0.3, 0.7),
    )
    half_life: float = param(
        18.0,
        "months",
        1,
        240,
        assumed("M1; plausible 12 to 24"),
        "half-life of the memory of promises",
        plausible=(12, 24),
    )
    personalisation: float = param(
        0.6,
        "share",
        0,
        1,
        booklet("individuals"),
        "weight of the person against the institution, in a city of 200,000",
        plausible=(0.3, 0.8),
    )
    personalisation_slope: float = param(
        0.25, "per log10", 0, 0.5, booklet("city_size"), "how much smaller that weight is in a city ten times as large"
    )
    personalisation_least: float = param(
        0.3,
        "share",
        0,
        1,
        assumed("M3: 0.3 in a large city"),
        "what no city is so large as to bring the weight of the person below",
    )
    personalisation_most: float = param(
        0.8,
        "share",
        0,
        1,
        assumed("M3: 0.8 in a small city"),
        "what no town is so small as to raise the weight of the person above",
    )
    seepage: float = param(
        0.10,
        "share",
        0,
        1,
        paper("Kroeger 2012; Schilke & Cook 2013: direction; size assumed"),
        "how much of personal trust a meeting carries into the institution, fully institutionalised",
        plausible=(0, 0.5),
    )
    word: float = param(
        0.2,
        "share",
        0,
        1,
        assumed("a fifth of what active members live through reaches the people around"),
        "how much of an initiative's experience its people share",
        plausible=(0.05, 0.5),
    )
    talk: float = param(
        0.02,
        "per month",
        0,
        0.5,
        assumed("slow"),
        "how far what the neighbours went through carries over: their distance from their own usual trust",
        plausible=(0, 0.1),
    )
    fatigue_memory: float = param(
        0.97,
        "per month",
        0,
        1,
        assumed("M6: rho"),
        "share of old disappointments still felt a month later",
        plausible=(0.9, 0.99),
    )
    presence_memory: float = param(
        0.9,
        "per month",
        0,
        1,
        assumed("half a year"),
        "how long those who came still count as active when they ask others along",
        plausible=(0.8, 0.97),
    )
    institutions: float = param(
        0.15,
        "share",
        0,
        1,
        booklet("systems"),
        "how far collaboration is built into rules and routines at the start",
        plausible=(0, 0.5),
    )
    routine_growth: float = param(
        0.03,
        "per month",
        0,
        0.2,
        assumed("M16"),
        "growth of routines where all four supports are there",
        plausible=(0.01, 0.06),
    )
    routine_decay: float = param(
        0.005,
        "per month",
        0,
        0.1,
        assumed("a routine without support halves in a decade"),
        "decay of routines",
        plausible=(0.001, 0.02),
    )


WRITES = (
    "residents.trust",
    "residents.good",
    "residents.bad",
    "residents.efficacy",
    "residents.belief",
    "residents.fatigue",
    "residents.took_part",
    "residents.active",
    "initiatives.trust",
    "initiatives.good",
    "initiatives.bad",
    "ties",
    "promises",
    "state.institutionalisation",
    "flows",
)


def run(city: Any) -> None:
    """Settle promises, let experiences sink in, for pairs, initiatives and residents."""
    t, r = city.now.trust, city.residents
    _promises(city.month, city.officials, city.initiatives, city.ties, city.promises, city.flows)
    _pairs(t, city.state, city.officials, city.initiatives, city.ties)
    _initiatives(t, city.initiatives, city.good_news, city.bad_news)
    benefit = _benefit(city.now.works, city.served, city.initiatives)
    _count_served(benefit, r.belongs, r.marginalised, city.flows)
    over(len(r), city.threads, _show, r.trust, r.trust0, r.volunteers, city.seen)
    over(
        len(r),
        city.threads,
        _residents,
        t,
        city.starts,
        city.neighbours,
        city.good_news[:, np.newaxis] + city.now.works["goodwill"] * benefit,
        city.bad_news,
        r.belongs,
        r.marginalised,
        city.seen,
        r.trust,
        r.good,
        r.bad,
        r.efficacy,
        r.efficacy0,
        r.belief,
        r.fatigue,
        r.took_part,
        r.active,
    )
    _routines(t, city.now.contact, city.state, city.initiatives, city.projects)


@compiled
def learn(t, trust, good, bad):
    """M2: trust after good and bad experiences, each a sum of event signals >= 0.

    Bad ones weigh `asymmetry` times as much; with `confirmation`, those who trust learn more from
    good ones and those who distrust more from bad ones.
    """
    gain, loss = t.gain, t.gain * t.asymmetry
    if t.confirmation:
        gain *= 0.5 + trust
        loss *= 0.5 + (1.0 - trust)
    return clip01(trust + gain * (1.0 - trust) * good - loss * trust * bad)


@compiled
def _promises(month, officials, initiatives, ties, promises, flows):
    """What fell due is kept or broken, remembered in the tie, and felt."""
    flow = flows[0]
    for c in range(promises.shape[0]):
        for v in range(promises.shape[1]):
            promise = promises[c, v]
            if promise.word == Word.OPEN and v == Vow.REPLY and month > promise.due:
                promise.word = Word.BROKEN
            if promise.word != Word.KEPT and promise.word != Word.BROKEN:
                continue
            kept = promise.word == Word.KEPT
            flow.kept += kept
            flow.broken += not kept
            _feel(kept, promise, initiatives[c], ties[c])
            promise.word = Word.NONE
            promise.official = -1
            promise.serial = -1
            promise.due = -1
            promise.stake = 0.0


@compiled
def _feel(kept, promise, ini, ties):
    if kept:
        ini.good += 0.5 * promise.stake
    else:
        ini.bad += 0.5 * promise.stake
    for j in range(len(ties)):
        if ties[j].official == promise.official and ties[j].serial == promise.serial:
            if kept:
                ties[j].kept += 1.0
                ties[j].good += promise.stake
            else:
                ties[j].broken += 1.0
                ties[j].bad += promise.stake


@compiled
def _pairs(trust, state, officials, initiatives, ties):
    t, s = trust[0], state[0]
    fade = 0.5 ** (1.0 / t.half_life)
    for c in range(ties.shape[0]):
        ini = initiatives[c]
        for j in range(ties.shape[1]):
            tie = ties[c, j]
            if tie.official < 0:
                continue
            tie.trust = learn(t, tie.trust, tie.good, tie.bad)
            tie.trust += t.forgetting * (ini.trust - tie.trust)
            tie.kept *= fade
            tie.broken *= fade
            tie.good = 0.0
            tie.bad = 0.0
            if tie.quiet == 0 and tie.serial >= 0:
                ini.trust = clip01(ini.trust + t.seepage * s.institutionalisation * (tie.trust - ini.trust))


@compiled
def _initiatives(trust, initiatives, good_news, bad_news):
    """Initiatives learn; what they lived through becomes news among their people."""
    t = trust[0]
    for c in range(len(initiatives)):
        ini = initiatives[c]
        good_news[c] = t.word * ini.good
        bad_news[c] = t.word * ini.bad
        ini.trust = learn(t, ini.trust, ini.good, ini.bad)
        ini.trust += t.forgetting * (ini.trust0 - ini.trust)
        ini.good = 0.0
        ini.bad = 0.0


@compiled
def _benefit(works, served, initiatives):
    """What delivered projects bring to the people around: (niches, 2), last for the marginalised."""
    benefit = np.empty((len(served), 2))
    for c in range(len(served)):
        share = min(1.0, served[c])
        benefit[c, 0] = share
        benefit[c, 1] = share if initiatives[c].justice else share * works[0].access
    return benefit


@compiled
def _count_served(benefit, belongs, marginalised, flows):
    others, apart = 0.0, 0.0
    for i in range(len(belongs)):
        if belongs[i] >= 0:
            share = benefit[belongs[i], int(marginalised[i])]
            others += share * (not marginalised[i])
            apart += share * marginalised[i]
    flows[0].served_others += others
    flows[0].served_marginalised += apart


@compiled
def _show(first, last, trust, usual, volunteers, seen):
    """What neighbours see of each other: how far trust has moved from the usual, and how active one was."""
    for i in range(first, last):
        seen[i, 0] = trust[i] - usual[i]
        seen[i, 1] = volunteers[i]


@compiled
def _residents(
    first,
    last,
    trust,
    starts,
    neighbours,
    good_news,
    bad_news,
    belongs,
    marginalised,
    seen,
    now,
    good,
    bad,
    efficacy,
    efficacy0,
    belief,
    fatigue,
    took_part,
    active,
):
    """Residents learn; word of mouth carries what neighbours went through, not their temper.

    `seen` is as `_show` leaves it before anybody learns: at rest nothing spreads. To ask neighbours
    takes longest, so that they are asked once: `active` is for `volunteers`, later in the month.
    """
    heard = np.empty(BLOCK)
    for block in range(first, last, BLOCK):
        b = slice(block, min(block + BLOCK, last))
        around = starts[b.start : b.stop + 1]
        add_up_both(around, neighbours, seen, heard, active[b])
        _sink_in(
            trust[0],
            around,
            heard,
            good_news,
            bad_news,
            belongs[b],
            marginalised[b],
            seen[b, 0],
            now[b],
            good[b],
            bad[b],
            efficacy[b],
            efficacy0[b],
            belief[b],
            fatigue[b],
            took_part[b],
        )


@compiled
def _sink_in(
    t,
    starts,
    heard,
    good_news,
    bad_news,
    belongs,
    marginalised,
    moved,
    now,
    good,
    bad,
    efficacy,
    efficacy0,
    belief,
    fatigue,
    took_part,
):
    """A block of residents after what they lived through and `heard`, added up over their neighbours."""
    for i in range(len(now)):
        pleased, annoyed = good[i], bad[i]
        if belongs[i] >= 0:
            pleased += good_news[belongs[i], int(marginalised[i])]
            annoyed += bad_news[belongs[i]]
        level = learn(t, now[i], pleased, annoyed) - t.forgetting * moved[i]
        degree = starts[i + 1] - starts[i]
        if degree > 0:
            level += t.talk * (heard[i] / degree - moved[i])
        now[i] = clip01(level)
        good[i] = 0.0
        bad[i] = 0.0
        efficacy[i] += t.forgetting * (efficacy0[i] - efficacy[i])
        belief[i] += t.forgetting * (now[i] - belief[i])
        # Below a billionth it is forgotten; without this, tiny numbers would slow the machine.
        fatigue[i] = fatigue[i] * t.fatigue_memory if fatigue[i] > TINY else 0.0
        took_part[i] = took_part[i] * t.presence_memory if took_part[i] > TINY else 0.0


@compiled
def _routines(trust, contact, state, initiatives, projects):
    """M16: contact person, agreements, regular meetings and published duties build institutions."""
    t, k, s = trust[0], contact[0], state[0]
    alive, agreed = 0, 0
    for c in range(len(initiatives)):
        if Stage.INFORMAL <= initiatives[c].stage <= Stage.MATURE:
            alive += 1
            for p in range(projects.shape[1]):
                if projects[c, p].progress > 0 and projects[c, p].official >= 0:
                    agreed += 1
                    break
    agreements = agreed / alive if alive > 0 else 0.0
    supports = 0.5 * (0.5 * (k.contact_person + agreements) + 0.5 * (k.meetings + k.who_does_what))
    level = s.institutionalisation
    s.institutionalisation = clip01(level + t.routine_growth * supports * (1.0 - level) - t.routine_decay * level)
