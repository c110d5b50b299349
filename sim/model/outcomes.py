"""What is measured each month: the four benefits of the booklet, tokenism, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.model.columns import Array, Case, Stage, Stance
from sim.model.kernels import compiled

INF = float("inf")
NAN = float("nan")
WINDOW = 24  # months over which the volatility of output is taken
WARM_UP = 24  # months before those that a run's one value is made of, if there are later ones


@dataclass(frozen=True)
class Outcome:
    """One monthly measure. `total`: a flow, added up over a period; otherwise averaged.

    A month in which it is undefined (no round, no reply) holds NaN and is left out of averages.
    """

    name: str
    benefit: str
    unit: str
    low: float
    high: float
    booklet: str
    doc: str
    total: bool = False


_SHARE, _COUNT = ("share", 0.0, 1.0), ("count", 0.0, INF)
_VALUE, _HOURS, _EUROS = ("small projects", 0.0, INF), ("hours", 0.0, INF), ("EUR", 0.0, INF)
_TABLE = (
    Outcome("joint_projects", "win-win", *_COUNT, "win_win", "joint projects delivered", total=True),
    Outcome(
        "joint_value",
        "win-win",
        *_VALUE,
        "win_win",
        "value of joint projects; 1 is a small project of full quality",
        total=True,
    ),
    Outcome(
        "gain_over_alone",
        "win-win",
        "small projects",
        -INF,
        INF,
        "win_win",
        "value of joint projects beyond the better of what either side could do alone",
        total=True,
    ),
    Outcome(
        "win_win_share",
        "win-win",
        *_SHARE,
        "win_win",
        "share of joint projects worth more than either side's best alone",
    ),
    Outcome("all_value", "win-win", *_VALUE, "win_win", "value of all projects, joint or alone", total=True),
    Outcome(
        "late_projects", "win-win", *_SHARE, "modes", "share of delivered projects that came after their planned date"
    ),
    Outcome("asks_granted", "win-win", *_SHARE, "reject", "share of answered asks that were granted"),
    Outcome("late_vetoes", "win-win", *_COUNT, "silos", "asks refused after work had begun", total=True),
    Outcome("hours_lost", "win-win", *_HOURS, "silos", "volunteer work lost to late vetoes", total=True),
    Outcome("trust", "democracy", *_SHARE, "genuine", "mean trust of residents in the city"),
    Outcome(
        "have_a_say", "democracy", *_SHARE, "democracy", "mean belief of residents that they have a say; 1 is certainty"
    ),
    Outcome("participation", "democracy", *_SHARE, "democracy", "share of residents who volunteer in a month"),
    Outcome("attendance", "democracy", *_SHARE, "democracy", "share of residents who came to the round of this month"),
    Outcome("response_rate", "democracy", *_SHARE, "transparency", "share of answers that came by the promised date"),
    Outcome("response_delay", "democracy", "months", 0.0, INF, "modes", "mean time from ask to answer"),
    Outcome("accepting", "democracy", *_SHARE, "democracy", "mean acceptance of the latest decision"),
    Outcome(
        "acceptance_inequity", "democracy", "sd", 0.0, 0.5, "consent", "spread of that acceptance between residents"
    ),
    Outcome("promises_kept", "democracy", *_SHARE, "democracy", "share of promises to initiatives that were kept"),
    Outcome("initiative_trust", "democracy", *_SHARE, "democracy", "mean trust of initiatives in the city"),
    Outcome(
        "tie_trust", "democracy", *_SHARE, "personal", "mean trust between initiatives and the officials they know"
    ),
    Outcome("opposing", "democracy", *_SHARE, "outside", "share of active initiatives that oppose the city"),
    Outcome(
        "initiative_trust_formal",
        "democracy",
        *_SHARE,
        "democracy",
        "mean trust of initiatives with a legal form in the city",
    ),
    Outcome("trust_others", "democracy", *_SHARE, "genuine", "mean trust of residents who are not marginalised"),
    Outcome(
        "participation_others",
        "democracy",
        *_SHARE,
        "democracy",
        "share of residents who are not marginalised who volunteer in a month",
    ),
    Outcome("trust_marginalised", "reach", *_SHARE, "reach", "mean trust of marginalised residents in the city"),
    Outcome(
        "participation_marginalised",
        "reach",
        *_SHARE,
        "reach",
        "share of marginalised residents who volunteer in a month",
    ),
    Outcome(
        "representation_ratio",
        "reach",
        "ratio",
        0.0,
        INF,
        "reach",
        "participation of marginalised residents relative to the others; 1 is equal",
    ),
    Outcome(
        "attendance_ratio",
        "reach",
        "ratio",
        0.0,
        INF,
        "reach",
        "share of marginalised residents who came to the round of this month, relative to the others; 1 is equal",
    ),
    Outcome(
        "acceptance_gap",
        "reach",
        "share",
        -1.0,
        1.0,
        "reach",
        "acceptance by marginalised residents minus that by the others",
    ),
    Outcome(
        "benefit_ratio",
        "reach",
        "ratio",
        0.0,
        INF,
        "reach",
        "how far joint projects serve a marginalised resident, relative to another; 1 is equal",
    ),
    Outcome(
        "diverse_money",
        "reach",
        *_SHARE,
        "diverse",
        "share of grant money to informal and marginalised-led initiatives",
    ),
    Outcome(
        "initiative_trust_informal",
        "reach",
        *_SHARE,
        "informal_bar",
        "mean trust of initiatives without legal form in the city",
    ),
    Outcome("tip_reached", "reach", *_SHARE, "diverse", "share of active initiatives that a tip gets to"),
    Outcome(
        "tip_reached_diverse",
        "reach",
        *_SHARE,
        "diverse",
        "share of informal and marginalised-led initiatives that a tip gets to",
    ),
    Outcome("active_initiatives", "continuity", *_COUNT, "continuity", "active initiatives"),
    Outcome("active_informal", "continuity", *_COUNT, "informal_skills", "active initiatives without legal form"),
    Outcome("active_formal", "continuity", *_COUNT, "continuity", "active initiatives with a legal form"),
    Outcome("mature", "continuity", *_SHARE, "win_win", "share of active initiatives that are formal, able and proven"),
    Outcome("survival", "continuity", *_SHARE, "continuity", "share of the initiatives of the start that still exist"),
    Outcome(
        "output_volatility",
        "continuity",
        "ratio",
        0.0,
        INF,
        "continuity",
        f"spread of the value delivered per month, relative to its mean, over the last {WINDOW} months",
    ),
    Outcome(
        "election_survival",
        "continuity",
        *_SHARE,
        "elections",
        "share of joint projects that go on after this month's election",
    ),
    Outcome(
        "handover_kept",
        "continuity",
        "ratio",
        0.0,
        INF,
        "resilience",
        "trust in new officials relative to that in those before",
    ),
    Outcome("institutions", "continuity", *_SHARE, "systems", "collaboration built into rules and routines"),
    Outcome(
        "follow_on_projects",
        "continuity",
        *_COUNT,
        "freiburg",
        "joint projects delivered that grew from earlier ones",
        total=True,
    ),
    Outcome("promised_influence", "tokenism", *_SHARE, "tokenism", "influence promised in this month's round"),
    Outcome("delivered_influence", "tokenism", *_SHARE, "tokenism", "influence delivered in this month's round"),
    Outcome("tokenism_gap", "tokenism", "share", -1.0, 1.0, "tokenism", "promised minus delivered influence"),
    Outcome(
        "disappointment",
        "tokenism",
        "sum of gaps",
        0.0,
        INF,
        "tokenism",
        "mean of residents' disappointments that have not faded",
    ),
    Outcome(
        "staff_hours",
        "cost",
        *_HOURS,
        "modes",
        "staff time for initiatives, rounds and tips; of people hired for tips also what is not used",
        total=True,
    ),
    Outcome(
        "volunteer_hours",
        "cost",
        *_HOURS,
        "overwork",
        "volunteer time spent on projects and with the city, beyond running the initiatives",
        total=True,
    ),
    Outcome("resident_hours", "cost", *_HOURS, "overwork", "residents' time at rounds", total=True),
    Outcome("euros", "cost", *_EUROS, "money", "grants and money spent on rounds and on tips", total=True),
    Outcome(
        "tip_euros",
        "cost",
        *_EUROS,
        "simple_funding",
        "money that tips took, grants on top of the usual included",
        total=True,
    ),
    Outcome(
        "tip_staff_hours",
        "cost",
        *_HOURS,
        "personal",
        "staff time that tips took, from desks and from people hired for it",
        total=True,
    ),
    Outcome(
        "tip_within",
        "cost",
        *_HOURS,
        "personal",
        "staff time that tips asked of other work, such as meetings, as planned",
        total=True,
    ),
    Outcome(
        "tip_strength",
        "cost",
        *_SHARE,
        "simple_funding",
        "how much of its tips the city follows, as its budget and its staff allow",
    ),
    Outcome("tip_volunteer_hours", "cost", *_HOURS, "overwork", "volunteer time that tips took", total=True),
    Outcome("tip_unspent", "cost", *_EUROS, "money", "money set aside for tips that they could not use", total=True),
    Outcome("staff_strain", "cost", *_SHARE, "modes", "mean exhaustion of officials"),
    Outcome("volunteer_strain", "cost", *_SHARE, "overwork", "mean tiredness of initiatives' core members"),
    Outcome("waiting", "cost", *_COUNT, "modes", "asks that wait for an answer"),
)
OUTCOMES = {outcome.name: outcome for outcome in _TABLE}
ROW = np.dtype([(name, "f8") for name in OUTCOMES])


def measure(city: Any, rows: Array, at: int) -> None:
    """Fill `rows[at]` (dtype `ROW`) with this month's outcomes; `rows[:at]` are the months before."""
    r = city.residents
    _measure(
        city.flows,
        city.state,
        city.officials,
        city.initiatives,
        city.born,
        city.ties,
        city.asks,
        r.marginalised,
        r.trust,
        r.efficacy,
        r.volunteers,
        r.fatigue,
        r.accepts,
        rows,
        at,
    )


@compiled
def _ratio(a, b):
    return a / b if b > 0.0 else NAN


@compiled
def _measure(
    flows,
    state,
    officials,
    initiatives,
    born,
    ties,
    asks,
    marginalised,
    trust,
    efficacy,
    volunteers,
    fatigue,
    accepts,
    rows,
    at,
):
    f, o = flows[0], rows[at]
    _residents(f, state[0], marginalised, trust, efficacy, volunteers, fatigue, accepts, o)
    _initiatives(officials, initiatives, born, ties, asks, o)
    o.joint_projects = f.joint
    o.joint_value = f.joint_value
    o.gain_over_alone = f.gain
    o.win_win_share = _ratio(f.win_win, f.joint)
    o.all_value = f.value
    answered = f.agreed + f.refused_early + f.refused_late + f.refused_outside
    o.asks_granted = _ratio(f.agreed, answered)
    o.late_projects = _ratio(f.late, f.delivered)
    o.late_vetoes = f.refused_late
    o.hours_lost = f.hours_lost
    o.response_rate = _ratio(f.replied_in_time, f.decided)
    o.response_delay = _ratio(f.delay, f.decided)
    o.promises_kept = _ratio(f.kept, f.kept + f.broken)
    o.diverse_money = _ratio(f.granted_reserved, f.granted)
    o.election_survival = _ratio(f.survived_election, f.faced_election)
    o.handover_kept = _ratio(f.trust_after, f.trust_before)
    o.institutions = state[0].institutionalisation
    o.follow_on_projects = f.lineage
    o.promised_influence = _ratio(f.round_promised, f.rounds)
    o.delivered_influence = _ratio(f.round_delivered, f.rounds)
    o.tokenism_gap = o.promised_influence - o.delivered_influence
    o.tip_staff_hours = f.staff_tips + f.hired
    o.staff_hours = f.staff_contact + f.staff_cases + f.staff_forum + f.staff_paper + f.staff_help + o.tip_staff_hours
    o.staff_hours += f.hired_within * _idle(officials)
    o.tip_strength = _ratio(f.tip_share, f.tips_followed)
    o.volunteer_hours = (
        f.volunteer_contact + f.volunteer_paper + f.volunteer_delivery + f.volunteer_forum + f.volunteer_tips
    )
    o.resident_hours = f.resident_hours
    o.euros = f.granted + f.euros_forum + f.tip_euros
    o.tip_euros = f.tip_euros + f.tip_grants
    o.tip_within = f.tip_within
    o.tip_volunteer_hours = f.volunteer_tips
    o.tip_unspent = f.tip_unspent
    o.tip_reached = _ratio(f.reached, f.reachable)
    o.tip_reached_diverse = _ratio(f.reached_diverse, f.reachable_diverse)
    first = max(0, at + 1 - WINDOW)
    value = rows["all_value"][first : at + 1]
    o.output_volatility = _ratio(value.std(), value.mean()) if at + 1 - first >= 12 else NAN


@compiled
def _idle(officials):
    """The share of the month's staff hours that nobody asked for."""
    hours, left = 0.0, 0.0
    for k in range(len(officials)):
        hours += officials[k].hours
        left += officials[k].hours_left
    return left / hours if hours > 0.0 else 0.0


@compiled
def _residents(f, s, marginalised, trust, efficacy, volunteers, fatigue, accepts, o):
    n = len(trust)
    people = np.zeros(2)
    trusting, active, accepting = np.zeros(2), np.zeros(2), np.zeros(2)
    say, tired, square = 0.0, 0.0, 0.0
    for i in range(n):
        g = 1 if marginalised[i] else 0
        people[g] += 1.0
        trusting[g] += trust[i]
        active[g] += volunteers[i]
        accepting[g] += accepts[i]
        square += accepts[i] * accepts[i]
        say += efficacy[i]
        tired += fatigue[i]
    o.trust = trusting.sum() / n
    o.have_a_say = say / n
    o.participation = active.sum() / n
    o.disappointment = tired / n
    o.trust_others = _ratio(trusting[0], people[0])
    o.participation_others = _ratio(active[0], people[0])
    o.trust_marginalised = _ratio(trusting[1], people[1])
    o.participation_marginalised = _ratio(active[1], people[1])
    o.representation_ratio = _ratio(o.participation_marginalised, _ratio(active[0], people[0]))
    o.benefit_ratio = _ratio(_ratio(f.served_marginalised, people[1]), _ratio(f.served_others, people[0]))
    o.accepting, o.acceptance_inequity, o.acceptance_gap = NAN, NAN, NAN
    if s.rounds > 0:
        mean = accepting.sum() / n
        o.accepting = mean
        o.acceptance_inequity = np.sqrt(max(0.0, square / n - mean * mean))
        o.acceptance_gap = _ratio(accepting[1], people[1]) - _ratio(accepting[0], people[0])
    o.attendance, o.attendance_ratio = NAN, NAN
    if f.rounds > 0.0:
        o.attendance = f.attended / n
        others = _ratio(f.attended - f.attended_marginalised, people[0])
        o.attendance_ratio = _ratio(_ratio(f.attended_marginalised, people[1]), others)


@compiled
def _initiatives(officials, initiatives, born, ties, asks, o):
    active, trusting, opposed, strain, first, alive = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    known, known_trust, waiting, mature = 0.0, 0.0, 0.0, 0.0
    formal, trusting_formal = 0.0, 0.0
    for c in range(len(initiatives)):
        ini = initiatives[c]
        if Stage.INFORMAL <= ini.stage <= Stage.MATURE:
            active += 1.0
            trusting += ini.trust
            formal += ini.formal
            trusting_formal += ini.trust if ini.formal else 0.0
            opposed += ini.stance == Stance.OPPOSE
            mature += ini.stage == Stage.MATURE
            strain += ini.strain
        first += born[c].founded_with
        alive += ini.founded_with and ini.stage != Stage.ENDED
        waiting += asks[c].case == Case.WAITING
        for j in range(ties.shape[1]):
            if ties[c, j].official >= 0 and ties[c, j].serial >= 0:
                known += 1.0
                known_trust += ties[c, j].trust
    o.active_initiatives = active
    o.active_formal, o.active_informal = formal, active - formal
    o.initiative_trust_formal = _ratio(trusting_formal, formal)
    o.initiative_trust_informal = _ratio(trusting - trusting_formal, active - formal)
    o.initiative_trust = _ratio(trusting, active)
    o.opposing = _ratio(opposed, active)
    o.volunteer_strain = _ratio(strain, active)
    o.survival = _ratio(alive, first)
    o.mature = _ratio(mature, active)
    o.tie_trust = _ratio(known_trust, known)
    o.waiting = waiting
    posts, worn = 0.0, 0.0
    for k in range(len(officials)):
        if officials[k].vacant == 0:
            posts += 1.0
            worn += officials[k].strain
    o.staff_strain = _ratio(worn, posts)


def over(months: Array, outcome: Outcome) -> float:
    """An outcome over several months: the sum of a flow, else the mean; undefined months left out."""
    defined = months[~np.isnan(months)]
    if not len(defined):
        return NAN
    return float(defined.sum() if outcome.total else defined.mean())


def of_run(series: Mapping[str, Array]) -> list[float]:
    """One value for each of `OUTCOMES`, over the months after `WARM_UP`, or all if there are no later ones."""
    months = len(next(iter(series.values())))
    later = slice(WARM_UP if months > WARM_UP else 0, None)
    return [over(series[name][later], outcome) for name, outcome in OUTCOMES.items()]
