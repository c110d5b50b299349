"""A participation round: who is asked, who comes, what is settled, what comes of it (M5 to M10).

The city announces a round on one issue at a rung of the participation ladder. Residents hear of it
and come or not; some of them, delegates of initiatives and an official sit at the table, deliberate
and settle a plan of `POINTS` yes-or-no points under a decision rule and an imbalance of power.
Delivered influence is how far the city's own plan moved towards what was voiced. Nothing here knows
tokenism: whether a round hurts follows from what was promised, believed and delivered.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from sim.model.chance import Ask, happens, uniform
from sim.model.columns import POINTS, THREE_QUARTERS, TWO_THIRDS, Array, Label, Stage, Stance
from sim.model.kernels import BLOCK, TINY, add_up, clip01, compiled, logistic
from sim.model.params import assumed, booklet, choice, paper, param, switch


class Rung(IntEnum):
    """Rung of the participation ladder (Arnstein 1969)."""

    INFORM = 0
    CONSULT = 1
    INVOLVE = 2
    CO_CREATE = 3
    DELEGATED = 4
    CITIZEN_CONTROL = 5


class Rule(IntEnum):
    """How a table decides (M9)."""

    UNILATERAL = 0
    MAJORITY = 1
    TWO_THIRDS = 2
    THREE_QUARTERS = 3
    CONSENSUS = 4
    CONSENT = 5


_LADDER = assumed("values proposed for Arnstein's ladder (M6); order from Arnstein 1969")


@dataclass(frozen=True)
class Forum:
    """Parameters of `forum`."""

    every: int = param(
        12,
        "months",
        0,
        120,
        assumed("one round a year"),
        "months between rounds; 0: no rounds at all",
        plausible=(3, 24),
    )
    rung: Rung = choice(Rung.CONSULT, booklet("ladder"), "rung of the participation ladder")
    climb: float = param(
        0.0, "chance", 0, 1, booklet("ladder"), "chance that a round is held one rung higher than usual", lever="city"
    )
    rule: Rule = choice(Rule.MAJORITY, booklet("consent"), "decision rule at the table")
    consent_rule: float = param(
        0.0, "chance", 0, 1, booklet("consent"), "chance that a round is decided by consent instead", lever="city"
    )
    no_majority: float = param(
        0.0,
        "chance",
        0,
        1,
        booklet("consent"),
        "chance that a round that a majority would decide goes on until everybody accepts",
        lever="city",
    )
    adoption: float = param(
        1.0,
        "share",
        0,
        1,
        booklet("tokenism"),
        "share of what the rung allows and the table settled that the city carries out",
    )
    promise_inform: float = param(0.05, "share", 0, 1, _LADDER, "influence promised when informing")
    promise_consult: float = param(0.35, "share", 0, 1, _LADDER, "influence promised when consulting")
    promise_involve: float = param(0.45, "share", 0, 1, _LADDER, "influence promised when involving")
    promise_co_create: float = param(0.65, "share", 0, 1, _LADDER, "influence promised in co-creation")
    promise_delegated: float = param(0.80, "share", 0, 1, _LADDER, "influence promised with delegated power")
    promise_citizen_control: float = param(0.95, "share", 0, 1, _LADDER, "influence promised under citizen control")
    ceiling_inform: float = param(0.0, "share", 0, 1, _LADDER, "most influence that informing can deliver")
    ceiling_consult: float = param(0.15, "share", 0, 1, _LADDER, "most influence that consulting can deliver")
    ceiling_involve: float = param(0.30, "share", 0, 1, _LADDER, "most influence that involving can deliver")
    ceiling_co_create: float = param(0.60, "share", 0, 1, _LADDER, "most influence that co-creation can deliver")
    ceiling_delegated: float = param(0.80, "share", 0, 1, _LADDER, "most influence that delegated power can deliver")
    ceiling_citizen_control: float = param(
        0.95, "share", 0, 1, _LADDER, "most influence that citizen control can deliver"
    )
    appeal: float = param(
        -2.6,
        "log-odds",
        -8,
        4,
        assumed("a round draws a few in a hundred, as town meetings and district budgets do (E16, E34)"),
        "readiness to come to a round, beyond readiness to take part at all",
    )
    asked_weight: float = param(
        1.0,
        "log-odds",
        0,
        2,
        paper("Verba, Schlozman & Brady 1995: being asked multiplies the odds by 2 to 4", "unchecked"),
        "weight of being asked (M5)",
    )
    influence_weight: float = param(
        2.0, "log-odds", 0, 5, assumed("M5 leaves the weight open"), "weight of expected influence"
    )
    cost_weight: float = param(
        2.0, "log-odds", 0, 5, assumed("M5 leaves the weight open"), "weight of what coming costs"
    )
    notice: float = param(
        0.3,
        "invitations",
        0,
        3,
        assumed("posters and letters count a third of a personal invitation"),
        "invitations that the city's announcement is worth",
    )
    invite: float = param(
        0.3,
        "invitations",
        0,
        2,
        assumed("one in three of those who come asks a friend along"),
        "invitations by each neighbour who took part lately",
    )
    bridge: float = param(
        1.0,
        "invitations",
        0,
        3,
        booklet("bridging"),
        "invitations by a justice-oriented initiative to the marginalised in its reach",
    )
    networks: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("networks"),
        "how far the city finds participants through the networks of initiatives",
        lever="city",
    )
    word: float = param(
        0.5,
        "invitations",
        0,
        3,
        assumed("half of what a justice-oriented initiative does for the marginalised"),
        "invitations by an initiative to those in its reach, where the city finds people through networks",
    )
    search: float = param(
        0.3, "share", 0, 1, assumed("a day of three"), "share of the staff time for a round that finding people takes"
    )
    hours: float = param(3.0, "hours", 0.5, 12, assumed("an evening"), "time that a round takes a resident")
    strangeness: float = param(
        0.3,
        "share",
        0,
        1,
        booklet("inequality"),
        "how much not seeing themselves represented keeps the marginalised away",
    )
    time_poverty: float = param(0.5, "share", 0, 1, booklet("overwork"), "how much lack of free time keeps people away")
    jargon: float = param(0.5, "share", 0, 1, booklet("bureaucracy"), "how much official language keeps people away")
    bureaucracy: float = param(
        0.2,
        "share",
        0,
        1,
        booklet("bureaucracy"),
        "how much forms and rules keep people away who are not used to them, where nothing is digital",
    )
    plain_words: float = param(
        0.1, "share", 0, 1, booklet("languages"), "share of the jargon replaced by common words", lever="city"
    )
    languages: float = param(
        0.1, "share", 0, 1, booklet("languages"), "share of other-language residents reached in theirs", lever="city"
    )
    seats_residents: int = param(
        10,
        "seats",
        0,
        60,
        assumed("a table at which all can speak"),
        "residents at the table, by lot among those who came",
    )
    seats_initiatives: int = param(
        5, "seats", 0, 30, assumed("a table at which all can speak"), "initiatives at the table at most"
    )
    contested: float = param(
        0.5,
        "share",
        0,
        1,
        booklet("visions"),
        "share of points on which city and community differ (D6: 8 of 16)",
        plausible=(0.25, 0.75),
    )
    minority_gap: float = param(
        0.3,
        "share",
        0,
        1,
        assumed("M8 with D1: two groups with their own views"),
        "share of points on which marginalised residents want something else than the rest",
    )
    dissent: float = param(
        0.15,
        "share",
        0,
        0.5,
        assumed("people differ within their group"),
        "chance that a person differs from the group on a point",
    )
    deliberation: bool = switch(True, booklet("consent"), "whether the table talks before it decides")
    talks: int = param(
        2, "rounds", 0, 20, assumed("everybody speaks twice"), "times that everybody speaks before deciding"
    )
    pull: float = param(
        0.3,
        "share",
        0,
        1,
        paper("Deffuant et al. 2000, range 0.1 to 0.5"),
        "how far a listener moves towards a speaker (M8)",
        plausible=(0.1, 0.5),
    )
    confidence: float = param(
        0.25,
        "distance",
        0,
        1,
        paper("Deffuant et al. 2000, range 0.1 to 0.5"),
        "distance beyond which a listener does not listen (M8)",
        plausible=(0.1, 0.5),
    )
    ease: float = param(
        0.1,
        "distance",
        0,
        0.3,
        assumed("M8"),
        "how much facilitation or a good first contact widens that distance; jargon or a bad one narrows it",
    )
    facilitation: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("transparency"),
        "how well a table is facilitated: widens that distance",
        lever="city",
    )
    respect: float = param(
        0.7,
        "share",
        0,
        1,
        assumed("P6: position moves with respect"),
        "respect across the line between city and community",
    )
    acceptance: float = param(
        0.7,
        "share",
        0,
        1,
        assumed("D6 reconstruction"),
        "support at which a participant accepts a proposal",
        plausible=(0.6, 0.8),
    )
    objection: float = param(
        0.4,
        "share",
        0,
        1,
        assumed("well below acceptance (M9)"),
        "support below which a participant objects under consent",
        plausible=(0.3, 0.5),
    )
    rounds: int = param(
        10, "rounds", 1, 60, assumed("patience of a table; D6 uses 40"), "proposals a table tries at most"
    )
    round_hours: float = param(
        0.5, "hours", 0, 4, assumed("half an hour a proposal"), "time that each proposal and each amendment takes"
    )
    staff_hours: float = param(
        24.0,
        "hours",
        0,
        400,
        assumed("three days to prepare and follow up"),
        "staff time for a round besides its length",
    )
    euros: float = param(1500.0, "EUR", 0, 1e5, assumed("a room, printing, catering"), "money that a round costs")
    feedback: float = param(
        0.4,
        "chance",
        0,
        1,
        booklet("transparency"),
        "chance that people are told what became of it, and why",
        lever="city",
    )
    publicity: float = param(
        0.25,
        "share",
        0,
        1,
        assumed("news of a round reaches those who stayed away weakened"),
        "how strongly those who did not come experience the round",
        plausible=(0.05, 0.5),
    )
    voice_value: float = param(0.10, "events", 0, 1, assumed("M6: v"), "good of being heard", plausible=(0.05, 0.2))
    adopt_value: float = param(
        0.5, "events", 0, 2, assumed("M6: g"), "good of seeing the own proposal adopted in full", plausible=(0.25, 1)
    )
    disappointment: float = param(
        0.8,
        "events",
        0,
        3,
        assumed("M6: kappa"),
        "hurt of expecting full influence and getting none",
        plausible=(0.3, 1.5),
    )
    marginalised_hurt: float = param(
        0.5, "share", 0, 1, booklet("tokenism"), "how much more it hurts the marginalised (M6: m)"
    )
    belief_learning: float = param(
        0.2,
        "share",
        0,
        1,
        assumed("about the last five rounds count"),
        "weight of the latest round in what is believed of promises, if all was promised",
    )
    efficacy_learning: float = param(
        0.3,
        "share",
        0,
        1,
        paper("Sjoberg, Mellon & Peixoto 2017: a success raises coming back by 54 to 57% (E14)"),
        "weight of the latest round in the belief to have a say of those who came",
    )
    outcome_weight: float = param(
        3.0,
        "log-odds",
        0,
        8,
        paper("Esaiasson et al. 2019: outcome counts 2 to 3 times the procedure"),
        "weight of the outcome in accepting a decision (M7)",
    )
    procedure_weight: float = param(
        1.2, "log-odds", 0, 4, paper("Esaiasson et al. 2019"), "weight of the procedure in accepting a decision (M7)"
    )
    buffer: float = param(
        -0.5,
        "log-odds",
        -2,
        0,
        paper("Lind & Tyler 1988", "unchecked"),
        "how much a fair procedure softens a bad outcome (M7)",
    )
    accept_base: float = param(
        -2.0,
        "log-odds",
        -5,
        2,
        assumed("half accept a decision half to their liking"),
        "standing readiness to accept a decision (M7)",
    )


WRITES = (
    "residents.took_part",
    "residents.good",
    "residents.bad",
    "residents.fatigue",
    "residents.belief",
    "residents.efficacy",
    "residents.accepts",
    "initiatives.good",
    "initiatives.bad",
    "initiatives.hours_left",
    "officials.hours_left",
    "state.rounds",
    "state.round_promised",
    "state.round_delivered",
    "state.next_round",
    "flows",
)


def run(city: Any) -> None:
    """Hold a round if one is due; a round that people expected and that is not held disappoints them."""
    every = int(city.now.forum[0]["every"])
    if every and city.month % every == 0:
        _hold(city)
    if city.state[0]["next_round"] == city.month:
        r = city.residents
        _miss(city.now.forum, city.state, r.marginalised, r.took_part, r.bad, r.fatigue, r.belief)


def _hold(city: Any) -> None:
    f = city.now.forum
    promised, ceilings = ladder(f)
    r = city.residents
    _round(
        city.seed,
        city.month,
        f,
        city.now.power,
        city.now.contact,
        promised,
        ceilings,
        city.state,
        city.departments,
        city.officials,
        city.initiatives,
        city.ties,
        city.flows,
        city.starts,
        city.neighbours,
        r.belongs,
        r.marginalised,
        r.other_language,
        r.time,
        r.skill,
        r.trust,
        r.leaning,
        r.took_part,
        r.good,
        r.bad,
        r.fatigue,
        r.belief,
        r.efficacy,
        r.accepts,
    )


def ladder(forum: Array) -> tuple[Array, Array]:
    """Promised influence and its ceiling by rung: two arrays of length 6, shares."""
    rungs = [r.name.lower() for r in Rung]
    promised = np.array([forum[0]["promise_" + r] for r in rungs])
    return promised, np.array([forum[0]["ceiling_" + r] for r in rungs])


# --- the table: also used, as it is, to reproduce published models ---


@compiled
def hear(views, speaker, pull, reach):
    """Everybody listens to `speaker` and moves towards what lies within reach (M8).

    views: (people, points) in [0, 1], changed in place; pull, reach: (people,), share and distance.
    """
    for j in range(views.shape[0]):
        if j == speaker:
            continue
        for b in range(views.shape[1]):
            gap = views[speaker, b] - views[j, b]
            if abs(gap) <= reach[j]:
                views[j, b] = clip01(views[j, b] + pull[j] * gap)


@compiled
def talk(views, pull, reach, times):
    """Everybody speaks `times` times, in the order of the seats, and the others listen (M8).

    views: (people, points) in [0, 1], changed in place; pull: (people, people), how far listener j moves
    towards speaker i at [i, j]; reach: the same for how far j listens to i, below 0 for not at all.
    """
    for _ in range(times):
        for i in range(views.shape[0]):
            hear(views, i, pull[i], reach[i])


@compiled
def persuade(weights, pull, respect):
    """How far listener j moves towards speaker i at [i, j]: (people, people), shares (M8, M10).

    `pull` for a speaker of mean weight, in proportion to the weight; across the line between the first
    seat and the others times `respect`.
    """
    people = len(weights)
    pulls = np.empty((people, people))
    for i in range(people):
        for j in range(people):
            across = respect if (i == 0) != (j == 0) else 1.0
            pulls[i, j] = min(1.0, pull * weights[i] * people * across)
    return pulls


@compiled
def weigh(people, imbalance):
    """Weights that sum to 1; the first seat has (1 + imbalance (n - 1)) / n of them (M10)."""
    weights = np.empty(people)
    first = (1.0 + imbalance * (people - 1)) / people
    for i in range(people):
        weights[i] = first if i == 0 else (1.0 - first) / (people - 1)
    return weights


@compiled
def support(view, plan):
    """Share of a person's concerns that `plan` meets, each point weighted by conviction.

    view: (points,) in [0, 1], 0.5 is indifference; plan: (points,) of 0 and 1. With firm views
    (0 or 1) this is 1 - Hamming distance / points.
    """
    met, concerns = 0.0, 0.0
    for b in range(len(plan)):
        conviction = abs(2.0 * view[b] - 1.0)
        concerns += conviction
        if (view[b] >= 0.5) == (plan[b] == 1):
            met += conviction
    return met / concerns if concerns > 0.0 else 1.0


@compiled
def passes(views, weights, plan, rule, acceptance, objection):
    """Whether the table takes `plan` under `rule` (M9)."""
    if rule == Rule.UNILATERAL:
        return True
    weight, accepting, objecting = 0.0, 0, 0
    for i in range(views.shape[0]):
        s = support(views[i], plan)
        if s >= acceptance:
            weight += weights[i]
            accepting += 1
        if s < objection:
            objecting += 1
    if rule == Rule.CONSENT:
        return objecting == 0
    if rule == Rule.CONSENSUS:
        return accepting == views.shape[0]
    quota = 0.5
    if rule == Rule.TWO_THIRDS:
        quota = TWO_THIRDS
    elif rule == Rule.THREE_QUARTERS:
        quota = THREE_QUARTERS
    # Exactly the quota is not more than the quota, however the weights were rounded.
    return weight > quota + TINY


@compiled
def amend(views, plan, objection, tabled):
    """Move `plan` by one tabled point towards the strongest objector; False if nobody objects."""
    worst, level = -1, objection
    for i in range(views.shape[0]):
        s = support(views[i], plan)
        if s < level:
            worst, level = i, s
    if worst < 0:
        return False
    point, conviction = -1, 0.0
    for b in range(len(plan)):
        firm = abs(2.0 * views[worst, b] - 1.0)
        if tabled[b] and (views[worst, b] >= 0.5) != (plan[b] == 1) and firm > conviction:
            point, conviction = b, firm
    if point < 0:
        return False
    plan[point] = 1 - plan[point]
    return True


@compiled
def settle(seed, month, views, weights, plan, tabled, rule, acceptance, objection, rounds, pull, reach, talking):
    """Try up to `rounds` proposals; `plan` holds the city's plan at first, the settled one at the end.

    views: (people, points) in [0, 1], changed where `talking`; weights: (people,); plan: (points,)
    of 0 and 1; tabled: (points,) of bool, other points stay as they are; pull: (people, people),
    how far listener j moves towards speaker i at [i, j]; reach: the same for how far j listens to i. Returns the
    number of proposals and amendments tried, negative if no agreement was found (then `plan` is unchanged).
    """
    tried = 0
    draft = plan.copy()
    for r in range(rounds):
        tried += 1
        proposer = _draw(weights, uniform(seed, Ask.FORUM_PROPOSER, month, r))
        if rule == Rule.UNILATERAL:
            proposer = 0
        if talking and r > 0:
            hear(views, proposer, pull[proposer], reach[proposer])
        for b in range(len(plan)):
            if tabled[b]:
                draft[b] = 1 if views[proposer, b] >= 0.5 else 0
        if rule == Rule.CONSENT:
            for _ in range(len(plan)):
                if not amend(views, draft, objection, tabled):
                    break
                tried += 1
        if passes(views, weights, draft, rule, acceptance, objection):
            _become(plan, draft)
            return tried
    return -tried


@compiled
def _become(plan, other):
    # A loop, because Numba takes two seconds to compile the assignment of an array.
    for b in range(len(plan)):
        plan[b] = other[b]


@compiled
def _draw(weights, u):
    total = 0.0
    for i in range(len(weights)):
        total += weights[i]
        if u < total:
            return i
    return len(weights) - 1


# --- the round ---


@compiled
def _round(
    seed,
    month,
    forum,
    power,
    contact,
    promised,
    ceilings,
    state,
    departments,
    officials,
    initiatives,
    ties,
    flows,
    starts,
    neighbours,
    belongs,
    marginalised,
    other_language,
    time,
    skill,
    trust,
    leaning,
    took_part,
    good,
    bad,
    fatigue,
    belief,
    efficacy,
    accepts,
):
    f, s, flow = forum[0], state[0], flows[0]
    d = _department(seed, month, departments)
    if not _host(f, officials, flow):
        flow.cancelled += 1
        return
    rung = min(int(f.rung) + (1 if happens(f.climb, seed, Ask.FORUM_RUNG, month, 0) else 0), len(promised) - 1)
    rule = _rule(seed, month, f)
    announced, ceiling = promised[rung], ceilings[rung]
    neutral = contact[0].neutral_place
    imbalance = power[0].imbalance * (1.0 - ceiling) * (1.0 - power[0].neutral_relief * neutral)

    came = np.zeros(len(trust), np.bool_)
    seats = _gather(
        seed,
        month,
        f,
        s,
        announced,
        power[0].digital,
        officials,
        initiatives,
        starts,
        neighbours,
        belongs,
        marginalised,
        other_language,
        time,
        skill,
        leaning,
        took_part,
        belief,
        came,
        flow,
    )
    delegates = _delegates(seed, month, f, departments[d].issue, initiatives)
    flow.volunteer_forum += f.hours * len(delegates)
    views = _views(seed, month, f, officials[departments[d].first], initiatives, delegates, seats, marginalised)
    plan = np.empty(POINTS, np.int64)
    for b in range(POINTS):
        plan[b] = _wish(seed, month, f, b, False, False)
    delivered = 0.0
    if ceiling > 0.0 and views.shape[0] > 1:
        delivered, tried = _sit(
            seed, month, f, power[0], s, rule, imbalance, ceiling, _marks(ties, delegates), views, plan, flow
        )
        _charge(tried * f.round_hours, officials, flow)
        flow.resident_hours += tried * f.round_hours * len(seats)
        for p in range(len(delegates)):
            hours = min(initiatives[delegates[p]].hours_left, tried * f.round_hours)
            initiatives[delegates[p]].hours_left -= hours
            flow.volunteer_forum += hours
    tell = happens(f.feedback, seed, Ask.FORUM_FEEDBACK, month, 0)
    fairness = _fairness(f, rule, imbalance, neutral, tell)
    _tell_initiatives(f, announced, delivered, tell, ceiling > 0.0, initiatives, delegates)
    _experience(
        seed,
        month,
        f,
        announced,
        delivered,
        fairness,
        tell,
        ceiling > 0.0,
        plan,
        came,
        marginalised,
        took_part,
        good,
        bad,
        fatigue,
        belief,
        efficacy,
        accepts,
    )
    s.rounds += 1
    s.round_promised = announced
    s.round_delivered = delivered
    s.next_round = month + f.every
    flow.rounds += 1
    flow.round_promised += announced
    flow.round_delivered += delivered
    flow.euros_forum += f.euros


@compiled
def _miss(forum, state, marginalised, took_part, bad, fatigue, belief):
    """The abrupt stop (M6, the fourth route to frustration): what a round promises stays undelivered.

    Nobody is asked, so all hear of it as those who stay away from a round do; who came to the rounds before
    misses it the more, as long as that is remembered.
    """
    f, s = forum[0], state[0]
    for i in range(len(belief)):
        exposure = max(f.publicity, took_part[i])
        gap = s.round_promised * belief[i]
        bad[i] += exposure * f.disappointment * gap * (1.0 + f.marginalised_hurt * marginalised[i])
        fatigue[i] += exposure * gap
        belief[i] -= exposure * f.belief_learning * s.round_promised * belief[i]
    s.next_round = 0


@compiled
def _rule(seed, month, f):
    aside = f.rule == Rule.MAJORITY and happens(f.no_majority, seed, Ask.FORUM_CONSENT, month, 1)
    rule = Rule.CONSENSUS if aside else f.rule
    return Rule.CONSENT if happens(f.consent_rule, seed, Ask.FORUM_CONSENT, month, 0) else rule


@compiled
def _department(seed, month, departments):
    """The subject of a round: what the council's programme puts first, with some chance."""
    best, level = 0, -1.0
    for d in range(len(departments)):
        if departments[d].issue >= 0:
            wish = departments[d].priority + uniform(seed, Ask.FORUM_AGENDA, month, POINTS + d)
            if wish > level:
                best, level = d, wish
    return best


@compiled
def _host(f, officials, flow):
    """Staff hours for a round come from all desks of the city; False if there are not half enough."""
    needed = f.staff_hours * (1.0 - f.search * f.networks) + f.hours
    free = 0.0
    for k in range(len(officials)):
        free += officials[k].hours_left
    if free < 0.5 * needed:
        return False
    _charge(needed, officials, flow)
    return True


@compiled
def _charge(hours, officials, flow):
    """Take `hours`, or what there is, evenly from all desks."""
    free = 0.0
    for k in range(len(officials)):
        free += officials[k].hours_left
    share = min(1.0, hours / free) if free > 0.0 else 0.0
    for k in range(len(officials)):
        flow.staff_forum += share * officials[k].hours_left
        officials[k].hours_left *= 1.0 - share


@compiled
def _likeness(officials):
    """How much the officials in office are like the residents, on average."""
    present, like = 0.0, 0.0
    for k in range(len(officials)):
        if officials[k].vacant == 0:
            present += 1.0
            like += officials[k].represents
    return like / present if present > 0.0 else 0.0


@compiled
def _gather(
    seed,
    month,
    f,
    s,
    announced,
    digital,
    officials,
    initiatives,
    starts,
    neighbours,
    belongs,
    marginalised,
    other_language,
    time,
    skill,
    leaning,
    took_part,
    belief,
    came,
    flow,
):
    """Who comes (M5). Marks `came`; returns the residents who sit at the table."""
    strange = f.strangeness * (1.0 - _likeness(officials))
    invites = f.invite * took_part
    invited = np.empty(BLOCK)
    for block in range(0, len(came), BLOCK):
        end = min(block + BLOCK, len(came))
        add_up(starts[block : end + 1], neighbours, invites, f.notice, invited)
        for i in range(block, end):
            invitations = invited[i - block] + _bridged(f, belongs[i], marginalised[i], initiatives)
            asked = 1.0 - np.exp(-invitations)
            cost = (
                f.time_poverty * (1.0 - time[i])
                + f.jargon * (1.0 - f.plain_words) * (1.0 - skill[i])
                + f.bureaucracy * (1.0 - digital) * (1.0 - skill[i])
                + (1.0 - f.languages) * other_language[i]
                + strange * marginalised[i]
            )
            odds = (
                f.appeal
                + leaning[i]
                + f.asked_weight * asked
                + f.influence_weight * announced * belief[i]
                - f.cost_weight * cost
            )
            came[i] = happens(logistic(odds), seed, Ask.FORUM_ATTEND, month, i)
    return _seats(seed, month, f, s, came, marginalised, flow)


@compiled
def _bridged(f, c, marginalised, initiatives):
    """Invitations by the initiative to which a resident stands closest."""
    if c < 0:
        return 0.0
    ini = initiatives[c]
    if not Stage.INFORMAL <= ini.stage <= Stage.MATURE or ini.stance == Stance.OPPOSE:
        return 0.0
    invitations = f.bridge if ini.justice and marginalised else 0.5 * f.invite
    return (invitations + f.networks * f.word) * ini.reach


@compiled
def _seats(seed, month, f, s, came, marginalised, flow):
    """Count who came; returns the residents who sit at the table, by lot."""
    seats = np.empty(f.seats_residents, np.int64)
    lots = np.empty(f.seats_residents)
    taken = 0
    for i in range(len(came)):
        if not came[i]:
            continue
        flow.attended += 1
        flow.attended_marginalised += marginalised[i]
        flow.resident_hours += f.hours * s.people
        lot = uniform(seed, Ask.FORUM_SEAT, month, i)
        if taken < len(seats):
            taken += 1
        elif taken == 0 or lot >= lots[taken - 1]:
            continue
        p = taken - 1
        while p > 0 and lot < lots[p - 1]:
            seats[p], lots[p] = seats[p - 1], lots[p - 1]
            p -= 1
        seats[p], lots[p] = i, lot
    return seats[:taken]


@compiled
def _marks(ties, delegates):
    """How the city hall labels each delegate since the first contact: -1 complainer, 1 good, 0 neither."""
    marks = np.zeros(len(delegates))
    for p in range(len(delegates)):
        for j in range(ties.shape[1]):
            tie = ties[delegates[p], j]
            if tie.official >= 0 and tie.label_months > 0:
                if tie.label == Label.COMPLAINER:
                    marks[p] = -1.0
                    break
                if tie.label == Label.GOOD:
                    marks[p] = 1.0
    return marks


@compiled
def _delegates(seed, month, f, issue, initiatives):
    """Initiatives of the issue that cooperate and have an evening to give, in an order by lot."""
    chosen = np.full(f.seats_initiatives, -1)
    count = 0
    start = int(uniform(seed, Ask.FORUM_DELEGATE, month, 0) * len(initiatives))
    for step in range(len(initiatives)):
        c = (start + step) % len(initiatives)
        ini = initiatives[c]
        if count == len(chosen):
            break
        willing = (
            Stage.INFORMAL <= ini.stage <= Stage.MATURE and ini.stance != Stance.OPPOSE and ini.hours_left >= f.hours
        )
        if willing and ini.issue == issue:
            ini.hours_left -= f.hours
            chosen[count] = c
            count += 1
    return chosen[:count]


@compiled
def _wish(seed, month, f, b, community, marginalised):
    """What a group wants on point `b`: 0 or 1. `community` False: the city's own."""
    wish = uniform(seed, Ask.FORUM_CITY, month, b) < 0.5
    if community:
        wish = wish != happens(f.contested, seed, Ask.FORUM_CONTESTED, month, b)
        if marginalised:
            wish = wish != happens(f.minority_gap, seed, Ask.FORUM_CONTESTED, month, POINTS + b)
    return 1 if wish else 0


@compiled
def _view(seed, month, f, b, question, who, wish, firmness):
    """A person's view on point `b` in [0, 1]: the group's wish, now and then another, with conviction."""
    if happens(f.dissent, seed, question, month, who * (2 * POINTS) + b):
        wish = 1 - wish
    conviction = firmness * uniform(seed, question, month, who * (2 * POINTS) + POINTS + b)
    return 0.5 + (0.5 if wish == 1 else -0.5) * conviction


@compiled
def _views(seed, month, f, official, initiatives, delegates, seats, marginalised):
    """The table: the city's seat first, then initiatives, then residents."""
    views = np.empty((1 + len(delegates) + len(seats), POINTS))
    for b in range(POINTS):
        wish = _wish(seed, month, f, b, False, False)
        views[0, b] = _view(seed, month, f, b, Ask.FORUM_VIEW_CITY, 0, wish, 1.0 - 0.5 * official.openness)
        for p in range(len(delegates)):
            ini = initiatives[delegates[p]]
            wish = _wish(seed, month, f, b, True, ini.justice or ini.marginalised_led)
            views[1 + p, b] = _view(
                seed, month, f, b, Ask.FORUM_VIEW_DELEGATE, delegates[p], wish, 0.5 + 0.5 * ini.radicality
            )
        for p in range(len(seats)):
            wish = _wish(seed, month, f, b, True, marginalised[seats[p]])
            views[1 + len(delegates) + p, b] = _view(seed, month, f, b, Ask.FORUM_VIEW, seats[p], wish, 1.0)
    return views


@compiled
def _sit(seed, month, f, power, s, rule, imbalance, ceiling, marks, views, plan, flow):
    """Deliberate and settle; the city carries out what the rung allows.

    Returns delivered influence, and the number of proposals and amendments tried.
    """
    people = views.shape[0]
    voiced = np.empty(POINTS, np.int64)
    tabled = np.empty(POINTS, np.bool_)
    for b in range(POINTS):
        voiced[b] = 1 if np.mean(views[1:, b]) >= 0.5 else 0
        tabled[b] = voiced[b] == plan[b] or not happens(imbalance, seed, Ask.FORUM_AGENDA, month, b)
    weights = weigh(people, imbalance)
    base = clip01(f.confidence + f.ease * (f.facilitation - f.jargon * (1.0 - f.plain_words)))
    reach = np.full((people, people), base)
    for p in range(len(marks)):  # the label of a first contact sits at the table too
        reach[1 + p, 0] = clip01(base + f.ease * marks[p])
    pull = persuade(weights, f.pull, f.respect)
    if f.deliberation:
        talk(views, pull, reach, f.talks)
    own = plan.copy()
    tried = settle(
        seed,
        month,
        views,
        weights,
        plan,
        tabled,
        rule,
        f.acceptance,
        f.objection,
        f.rounds,
        pull,
        reach,
        f.deliberation,
    )
    flow.tables += 1
    flow.settled += tried > 0
    if tried > 0 and happens(power.veto * (1.0 - s.will) * imbalance, seed, Ask.FORUM_VETO, month, 0):
        _become(plan, own)
        flow.vetoed += 1
    return _carry_out(f, ceiling, voiced, own, plan), abs(tried)


@compiled
def _carry_out(f, ceiling, voiced, own, plan):
    """Delivered influence, at most `ceiling`; `plan` becomes what is really done."""
    differ, moved = 0, 0
    for b in range(POINTS):
        differ += voiced[b] != own[b]
        moved += voiced[b] != own[b] and plan[b] == voiced[b]
    share = moved / differ if differ > 0 else 1.0
    delivered = min(ceiling, f.adoption * share)
    keep = int(delivered * differ + 0.5)
    for b in range(POINTS):
        # What the table changed against the voice is not carried out either.
        if plan[b] != own[b] and (plan[b] != voiced[b] or keep == 0):
            plan[b] = own[b]
        elif plan[b] != own[b]:
            keep -= 1
    return delivered


@compiled
def _fairness(f, rule, imbalance, neutral, tell):
    """Perceived fairness of the procedure in [0, 1]: rule, weight, place, and an answer (M7)."""
    inclusive = 0.0
    if rule == Rule.CONSENSUS or rule == Rule.CONSENT:
        inclusive = 1.0
    elif rule != Rule.UNILATERAL:
        inclusive = 0.5
    return 0.5 * (0.5 * (inclusive + 1.0 - imbalance) + 0.5 * (neutral + (1.0 if tell else 0.0)))


@compiled
def _tell_initiatives(f, announced, delivered, tell, asked, initiatives, delegates):
    for p in range(len(delegates)):
        ini = initiatives[delegates[p]]
        if asked:
            ini.good += f.voice_value * (1.0 if tell else 0.5) + f.adopt_value * delivered
        ini.bad += f.disappointment * max(0.0, announced * ini.trust - delivered)


@compiled
def _experience(
    seed,
    month,
    f,
    announced,
    delivered,
    fairness,
    tell,
    asked,
    plan,
    came,
    marginalised,
    took_part,
    good,
    bad,
    fatigue,
    belief,
    efficacy,
    accepts,
):
    """What the round does to everybody: M6 as two events, M7, and what is learnt of promises.

    Who came feels it in full; the others by hearsay. The more was promised, the more is learnt of
    what promises are worth. Where nobody was asked, nobody was heard.
    """
    voice = f.voice_value * (1.0 if tell else 0.5) if asked else 0.0
    kept = min(1.0, delivered / announced) if announced > 0.0 else 1.0
    met = np.empty((2, POINTS), np.bool_)  # the wishes of either group, last of the marginalised
    for b in range(POINTS):
        met[0, b] = _wish(seed, month, f, b, True, False) == plan[b]
        met[1, b] = _wish(seed, month, f, b, True, True) == plan[b]
    for i in range(len(came)):
        exposure = 1.0 if came[i] else f.publicity
        gap = max(0.0, announced * belief[i] - delivered)
        hurt = 1.0 + f.marginalised_hurt * marginalised[i]
        good[i] += exposure * (voice + f.adopt_value * delivered)
        bad[i] += exposure * f.disappointment * gap * hurt
        fatigue[i] += exposure * gap
        belief[i] += exposure * f.belief_learning * announced * (kept - belief[i])
        agreed = 0
        for b in range(POINTS):
            differs = happens(f.dissent, seed, Ask.FORUM_VIEW, month, i * (2 * POINTS) + b)
            agreed += met[int(marginalised[i]), b] != differs
        favour = agreed / POINTS
        accepts[i] = logistic(
            f.accept_base + f.outcome_weight * favour + f.procedure_weight * fairness + f.buffer * favour * fairness
        )
        if came[i]:
            took_part[i] = 1.0
            # From own experience alone, as in the source: a success brings people back.
            if asked:
                efficacy[i] += f.efficacy_learning * (accepts[i] * kept - efficacy[i])
