"""The state of the city: one declaration per state variable, and the tables that hold them.

Initiatives, officials, departments, ties, asks, projects and promises are rows of structured
arrays: compiled loops read `initiative.trust`. Residents are separate contiguous columns, because
loops over a million of them live from the processor's caches. Agents (`agents.py`) are views.
"""

from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

ISSUES = ("climate and energy", "food", "mobility and public space", "housing and social")
CONTACTS = 6  # officials that one initiative can keep up with at a time; see docs/decisions.md
TWO_THIRDS, THREE_QUARTERS = 2.0 / 3.0, 0.75  # quotas by definition (M9)
REFERENCE_GRANT = 10_000.0  # EUR; hours of paper are stated for a grant like this
REFERENCE_CITY = 200_000.0  # people; sizes are relative to a city like this (M19)
THOUSAND = 1000.0  # people, for which some prices are stated
NEVER = 1000.0  # months; longer than any memory here
RESOURCES = 3  # free time, money, civic skill (M5)
POINTS = 16  # yes-or-no points of a plan, as in Choi & Robertson (2014)
RUNNING = 3  # projects that one initiative can run at a time


class State(NamedTuple):
    """One state variable."""

    dtype: str
    unit: str
    low: float
    high: float
    doc: str


class Stage(IntEnum):
    """Life stage of an initiative (M15)."""

    IDEA = 0
    INFORMAL = 1
    FORMAL = 2
    MATURE = 3
    DORMANT = 4
    ENDED = 5


class Stance(IntEnum):
    """How an initiative stands to the city."""

    COOPERATE = 0
    CRITICAL_FRIEND = 1
    OPPOSE = 2


class Role(IntEnum):
    """What an official does."""

    DESK = 0
    CONTACT_PERSON = 1
    HEAD = 2
    POLITICIAN = 3


class Label(IntEnum):
    """What a first contact left behind."""

    NONE = 0
    GOOD = 1
    COMPLAINER = 2


class Case(IntEnum):
    """Where an ask stands."""

    NONE = 0
    WAITING = 1
    LATE_CHECK = 2
    GRANTED = 3


class Progress(IntEnum):
    """Where a project stands."""

    NONE = 0
    NEEDS_MONEY = 1
    RUNNING = 2


class Word(IntEnum):
    """Where a promise stands."""

    NONE = 0
    OPEN = 1
    KEPT = 2
    BROKEN = 3


class Vow(IntEnum):
    """The matters that promises are made about; an initiative holds at most one open each."""

    REPLY = 0
    FOLLOW_UP = 1
    HELP = 2  # and the slots after it: one for each running project


VOWS = int(Vow.HELP) + RUNNING

UNIT = ("f8", "share", 0.0, 1.0)
INF = float("inf")

RESIDENT = {
    "district": State("u2", "number", 0, 65535, "the part of the city they live in"),
    "status": State(*UNIT, "socio-economic rank within the city, 0 lowest to 1 highest"),
    "minority": State("b1", "yes/no", 0, 1, "belongs to an ethnic or other minority"),
    "marginalised": State("b1", "yes/no", 0, 1, "in a vulnerable position through low status or minority"),
    "other_language": State("b1", "yes/no", 0, 1, "does not easily read the city's language"),
    "time": State(*UNIT, "free time, as a share of what the freest have"),
    "skill": State(*UNIT, "civic skill: confidence with forms, meetings and letters"),
    "concern": State("u1", "issue", 0, len(ISSUES) - 1, "the issue that matters most to them"),
    "belongs": State("i4", "initiative", -1, 2**31 - 1, "the initiative closest to them, or -1"),
    "trust": State(*UNIT, "trust in the city as an institution"),
    "trust0": State(*UNIT, "the trust to which they return when nothing happens"),
    "good": State("f8", "events", 0.0, INF, "good experiences with the city this month"),
    "bad": State("f8", "events", 0.0, INF, "bad experiences with the city this month"),
    "drive": State("f8", "log-odds", -INF, INF, "standing inclination to take part"),
    "efficacy": State(*UNIT, "belief that they have a say"),
    "efficacy0": State(*UNIT, "the efficacy to which they return when nothing happens"),
    "belief": State(*UNIT, "share of a promised influence that they expect to be delivered"),
    "fatigue": State("f8", "sum of gaps", 0.0, INF, "disappointments that have not faded"),
    "took_part": State(*UNIT, "how recently they took part in a round, fading from 1"),
    "leaning": State("f8", "log-odds", -INF, INF, "readiness to take part, before any offer (M5)"),
    "volunteers": State(*UNIT, "chance that they volunteer this month"),
    "active": State("f8", "neighbours", 0.0, INF, "neighbours who volunteered last month, by their chances"),
    "accepts": State(*UNIT, "acceptance of the latest decision"),
}

INITIATIVE = {
    "stage": State("u1", "Stage", 0, len(Stage) - 1, "life stage"),
    "stance": State("u1", "Stance", 0, len(Stance) - 1, "cooperate, critical friend, or oppose"),
    "formal": State("b1", "yes/no", 0, 1, "has a legal form"),
    "justice": State("b1", "yes/no", 0, 1, "justice-oriented: works to reach those seldom heard"),
    "marginalised_led": State("b1", "yes/no", 0, 1, "led by people in vulnerable positions"),
    "issue": State("u1", "issue", 0, len(ISSUES) - 1, "the issue it works on"),
    "district": State("u2", "number", 0, 65535, "where it works"),
    "vision": State(*UNIT, "how far it wants the city to go"),
    "radicality": State(*UNIT, "how far from the usual its ideas are"),
    "capacity": State(*UNIT, "skill in running projects and writing applications"),
    "knowledge": State(*UNIT, "local knowledge"),
    "reach": State(*UNIT, "share of its surroundings that its networks reach"),
    "autonomy": State(*UNIT, "independence of its goals from the city's"),
    "age": State("f8", "months", 0.0, INF, "time since founding"),
    "members": State("f8", "people", 0.0, INF, "people who gave time lately"),
    "hours": State("f8", "hours", 0.0, INF, "volunteer time this month for projects and the city"),
    "hours_left": State("f8", "hours", 0.0, INF, "of those, not yet used"),
    "strain": State(*UNIT, "tiredness of its core members"),
    "purse": State("f8", "EUR", 0.0, INF, "its money"),
    "trust": State(*UNIT, "its trust in the city as an institution"),
    "trust0": State(*UNIT, "the trust to which it returns when nothing happens"),
    "good": State("f8", "events", 0.0, INF, "good experiences with the city this month"),
    "bad": State("f8", "events", 0.0, INF, "bad experiences with the city this month"),
    "awareness": State(*UNIT, "how well it knows what binds the city's hands"),
    "frustration": State(*UNIT, "fading memory of refusals, lost applications and projects that came to nothing"),
    "success": State(*UNIT, "fading memory of grants, consents and delivered projects"),
    "wins": State("i4", "count", 0, 2**31 - 1, "grants won"),
    "losses": State("i4", "count", 0, 2**31 - 1, "grants applied for and not won"),
    "applies_from": State("i4", "month", 0, 2**31 - 1, "month until which it stays away from calls, having lost heart"),
    "delivered": State("i4", "count", 0, 2**31 - 1, "projects delivered"),
    "idea": State("i4", "count", 0, 2**31 - 1, "place in its line of projects of an idea it holds; 0: no idea"),
    "months_since_grant": State("f8", "months", 0.0, INF, "since money last came"),
    "founded_with": State("b1", "yes/no", 0, 1, "was there when the simulation began"),
}

OFFICIAL = {
    "department": State("u1", "department", 0, 255, "where they work"),
    "role": State("u1", "Role", 0, len(Role) - 1, "desk, contact person, head, or politician"),
    "serial": State("i4", "count", 0, 2**31 - 1, "how many people have held this post before"),
    "vacant": State("i4", "months", 0, 120, "months until the post is filled; 0 if it is"),
    "openness": State(*UNIT, "readiness to work with initiatives"),
    "reject": State("f8", "log-odds", 0.0, 5.0, "leaning to look for reasons to refuse"),
    "champion": State("b1", "yes/no", 0, 1, "open to change and willing to push for it"),
    "hours": State("f8", "hours", 0.0, INF, "hours for initiatives this month"),
    "hours_left": State("f8", "hours", 0.0, INF, "of those, not yet used"),
    "queue": State("i4", "cases", 0, 2**31 - 1, "asks that wait on the desk"),
    "strain": State(*UNIT, "exhaustion"),
    "load": State("f8", "share", 0.0, INF, "hours asked of them this month over the hours they have"),
    "leaving": State("b1", "yes/no", 0, 1, "goes this month, by election"),
    "tenure": State("f8", "months", 0.0, INF, "time in this post"),
    "represents": State(*UNIT, "likeness to the residents served"),
}

DEPARTMENT = {
    "issue": State("i4", "issue", -1, len(ISSUES) - 1, "its subject, or -1 for permits, law, finance"),
    "first": State("i4", "official", 0, 2**31 - 1, "its first post"),
    "posts": State("i4", "count", 0, 2**31 - 1, "its posts"),
    "priority": State(*UNIT, "weight of its subject in the council's programme"),
}

TIE = {
    "official": State("i4", "official", -1, 2**31 - 1, "the post at the other end, or -1"),
    "serial": State("i4", "count", -1, 2**31 - 1, "whom of the post's holders it binds; -1: the files of one who left"),
    "empathy": State(*UNIT, "E of M1: mean quality of recent contacts"),
    "kept": State("f8", "count", 0.0, INF, "promises kept, fading"),
    "broken": State("f8", "count", 0.0, INF, "promises broken, fading"),
    "trust": State(*UNIT, "trust between these two people"),
    "good": State("f8", "events", 0.0, INF, "good experiences this month"),
    "bad": State("f8", "events", 0.0, INF, "bad experiences this month"),
    "label": State("u1", "Label", 0, len(Label) - 1, "what the first contact left behind"),
    "label_months": State("i4", "months", 0, 120, "for how long the label still holds"),
    "quiet": State("i4", "months", 0, 2**31 - 1, "months since they last met"),
}

ASK = {
    "case": State("u1", "Case", 0, len(Case) - 1, "where it stands"),
    "official": State("i4", "official", -1, 2**31 - 1, "on whose desk"),
    "departments": State("i4", "count", 0, 255, "departments that must consent"),
    "asked": State("i4", "month", -1, 2**31 - 1, "when it was made"),
    "ready": State("i4", "month", -1, 2**31 - 1, "before when procedure allows no decision"),
    "late": State("b1", "yes/no", 0, 1, "the other departments look only after the work began"),
    "small": State("b1", "yes/no", 0, 1, "a small first step"),
    "permit": State("b1", "yes/no", 0, 1, "needs a permit for city land"),
    "space": State("b1", "yes/no", 0, 1, "needs a room of the city's"),
    "money": State("b1", "yes/no", 0, 1, "needs money"),
    "prepared": State("b1", "yes/no", 0, 1, "came well prepared"),
    "value": State("b1", "yes/no", 0, 1, "opened by showing value, not with a demand"),
    "worked": State("f8", "hours", 0.0, INF, "staff hours put into deciding it"),
    "spent": State("f8", "hours", 0.0, INF, "volunteer hours put into it before it was secure"),
    "generation": State("i4", "count", 0, 2**31 - 1, "place in its line of projects; 0: no line"),
}

PROJECT = {
    "progress": State("u1", "Progress", 0, len(Progress) - 1, "where it stands"),
    "official": State("i4", "official", -1, 2**31 - 1, "partner in the city, or -1 if alone"),
    "serial": State("i4", "count", -1, 2**31 - 1, "whom of the post's holders"),
    "cost": State("f8", "EUR", 0.0, INF, "money it needs"),
    "paid": State("f8", "EUR", 0.0, INF, "money it has spent"),
    "effort": State("f8", "hours", 0.0, INF, "volunteer hours it needs"),
    "done": State("f8", "hours", 0.0, INF, "volunteer hours it has had"),
    "help": State("f8", "hours", 0.0, INF, "staff hours promised to it"),
    "helped": State("f8", "hours", 0.0, INF, "staff hours it has had"),
    "due": State("i4", "month", -1, 2**31 - 1, "planned date of delivery"),
    "start": State("i4", "month", -1, 2**31 - 1, "when it began"),
    "small": State("b1", "yes/no", 0, 1, "a small first step"),
    "space": State("b1", "yes/no", 0, 1, "uses a room of the city's"),
    "generation": State("i4", "count", 0, 2**31 - 1, "projects in the line it grew from"),
}

PROMISE = {
    "word": State("u1", "Word", 0, len(Word) - 1, "open, kept or broken"),
    "official": State("i4", "official", -1, 2**31 - 1, "who gave it; -1: no promise"),
    "serial": State("i4", "count", -1, 2**31 - 1, "whom of the post's holders"),
    "due": State("i4", "month", -1, 2**31 - 1, "when it falls due"),
    "stake": State(*UNIT, "how much hangs on it"),
}

CITY = {
    "personalisation": State(*UNIT, "weight of the person against the institution (M3, M19)"),
    "people": State("f8", "people", 0.0, INF, "people for whom one simulated resident stands"),
    "will": State(*UNIT, "political will for working with initiatives"),
    "institutionalisation": State(*UNIT, "collaboration built into rules and routines (M16)"),
    "national_money": State("f8", "factor", 0.0, INF, "money from above, relative to a usual year"),
    "months_to_election": State("i4", "months", 0, 1200, "time left of the council's term"),
    "elections": State("i4", "count", 0, 2**31 - 1, "elections so far"),
    "changes": State("i4", "count", 0, 2**31 - 1, "changes of government so far"),
    "pot": State("f8", "EUR", 0.0, INF, "grant money of this year not yet given"),
    "granted": State("f8", "EUR", 0.0, INF, "grant money given so far"),
    "budgeted": State("f8", "EUR", 0.0, INF, "grant money set aside so far"),
    "lapsed": State("f8", "EUR", 0.0, INF, "grant money unspent at a year's end so far"),
    "top_up": State("f8", "EUR", 0.0, INF, "grant money on top of the usual, saved up for the next call"),
    "raised": State("f8", "EUR", 0.0, INF, "own money that initiatives raised so far"),
    "spent": State("f8", "EUR", 0.0, INF, "money spent by initiatives so far"),
    "round_promised": State(*UNIT, "influence promised in the latest round"),
    "round_delivered": State(*UNIT, "influence delivered in the latest round"),
    "rounds": State("i4", "count", 0, 2**31 - 1, "participation rounds so far"),
    "next_round": State("i4", "month", 0, 2**31 - 1, "month in which people expect the next round; 0: in none"),
}

COUNT = ("f8", "count", 0.0, INF)
HOURS = ("f8", "hours", 0.0, INF)
EUROS = ("f8", "EUR", 0.0, INF)

FLOW = {  # what happened this month; emptied when the next one begins
    "contacts": State(*COUNT, "meetings of an initiative and an official"),
    "first_contacts": State(*COUNT, "first meetings"),
    "wrong_doors": State(*COUNT, "searches that ended at the wrong department"),
    "unheard": State(*COUNT, "times that nobody had time for an initiative"),
    "asks": State(*COUNT, "asks made"),
    "decided": State(*COUNT, "asks answered by the desk"),
    "replied_in_time": State(*COUNT, "asks answered by the promised date"),
    "delay": State("f8", "months", 0.0, INF, "months from ask to answer, added up"),
    "agreed": State(*COUNT, "asks granted"),
    "refused_early": State(*COUNT, "asks refused before work began"),
    "refused_late": State(*COUNT, "asks refused after work began"),
    "refused_outside": State(*COUNT, "asks refused because another level decides"),
    "blamed": State(*COUNT, "of these, refusals for which the city was blamed"),
    "withdrawn": State(*COUNT, "asks given up"),
    "hours_lost": State(*HOURS, "volunteer work lost to late refusals"),
    "promised": State(*COUNT, "promises made to initiatives"),
    "kept": State(*COUNT, "promises kept"),
    "broken": State(*COUNT, "promises broken"),
    "released": State(*COUNT, "promises that ended with their matter"),
    "departures": State(*COUNT, "officials who left"),
    "ties_cut": State(*COUNT, "relations cut by a departure"),
    "trust_before": State("f8", "share", 0.0, INF, "trust in those who left, added up"),
    "trust_after": State("f8", "share", 0.0, INF, "trust in their successors at the start, added up"),
    "faced_election": State(*COUNT, "joint projects that ran into an election"),
    "survived_election": State(*COUNT, "of these, projects that went on"),
    "stopped": State(*COUNT, "of these, projects that were stopped"),
    "rounds": State(*COUNT, "participation rounds held"),
    "cancelled": State(*COUNT, "rounds cancelled for want of staff"),
    "tables": State(*COUNT, "tables that decided"),
    "settled": State(*COUNT, "tables that found an agreement"),
    "vetoed": State(*COUNT, "agreements vetoed"),
    "round_promised": State("f8", "share", 0.0, INF, "influence promised"),
    "round_delivered": State("f8", "share", 0.0, INF, "influence delivered"),
    "attended": State(*COUNT, "simulated residents who came to a round"),
    "attended_marginalised": State(*COUNT, "of these, marginalised ones"),
    "applications": State(*COUNT, "grant applications"),
    "barred": State(*COUNT, "initiatives barred for want of a legal form"),
    "grants": State(*COUNT, "grants given"),
    "budgeted": State(*EUROS, "grant money set aside"),
    "granted": State(*EUROS, "grant money given"),
    "granted_reserved": State(*EUROS, "of this, to informal and marginalised-led initiatives"),
    "raised": State(*EUROS, "own money raised by initiatives"),
    "spent": State(*EUROS, "money spent by initiatives"),
    "euros_forum": State(*EUROS, "money spent on rounds"),
    "started_joint": State(*COUNT, "joint projects begun"),
    "started_alone": State(*COUNT, "projects begun alone"),
    "delivered": State(*COUNT, "projects delivered"),
    "joint": State(*COUNT, "joint projects delivered"),
    "late": State(*COUNT, "projects delivered late"),
    "failed": State(*COUNT, "projects failed"),
    "starved": State(*COUNT, "projects given up for want of money"),
    "orphaned": State(*COUNT, "projects ended with their initiative"),
    "lineage": State(*COUNT, "joint projects delivered that grew from an earlier one"),
    "value": State("f8", "small projects", 0.0, INF, "value delivered, in perfect small projects"),
    "joint_value": State("f8", "small projects", 0.0, INF, "value delivered together"),
    "gain": State("f8", "small projects", -INF, INF, "joint value beyond the better of the two alone"),
    "win_win": State(*COUNT, "joint projects worth more than either side's best alone"),
    "served_marginalised": State(*COUNT, "marginalised simulated residents served by joint projects, by how far"),
    "served_others": State(*COUNT, "other simulated residents served by joint projects, by how far"),
    "staff_contact": State(*HOURS, "staff time in contacts"),
    "staff_cases": State(*HOURS, "staff time on asks"),
    "staff_forum": State(*HOURS, "staff time for rounds"),
    "staff_paper": State(*HOURS, "staff time on applications"),
    "staff_help": State(*HOURS, "staff help to projects"),
    "staff_tips": State(*HOURS, "staff time that tips take from desks"),
    "hired": State(*HOURS, "staff time for tips of people hired for it"),
    "hired_within": State(*HOURS, "staff time hired for what tips ask of other work, whether it is used or not"),
    "tip_share": State("f8", "share", 0.0, INF, "how much of each tip is followed, added up over tips"),
    "tips_followed": State(*COUNT, "tips that have begun"),
    "tip_within": State(*HOURS, "staff time that tips ask of other work, as planned"),
    "volunteer_tips": State(*HOURS, "volunteer time that tips take"),
    "tip_euros": State(*EUROS, "money spent on tips, besides grants"),
    "tip_grants": State(*EUROS, "grant money that tips put on top of the usual"),
    "tip_unspent": State(*EUROS, "money set aside for tips that they could not use"),
    "reached": State(*COUNT, "initiatives that a tip reaches"),
    "reachable": State(*COUNT, "of so many active ones"),
    "reached_diverse": State(*COUNT, "informal and marginalised-led initiatives that a tip reaches"),
    "reachable_diverse": State(*COUNT, "of so many active ones"),
    "staff_left": State(*HOURS, "staff time of this month, used by those who then left"),
    "staff_mandates": State(*HOURS, "staff time eaten by duties from above"),
    "volunteer_given": State(*HOURS, "volunteer time for projects and the city"),
    "volunteer_contact": State(*HOURS, "volunteer time in contacts"),
    "volunteer_paper": State(*HOURS, "volunteer time on applications"),
    "volunteer_delivery": State(*HOURS, "volunteer time on projects"),
    "volunteer_forum": State(*HOURS, "volunteer time at rounds"),
    "resident_hours": State(*HOURS, "residents' time at rounds"),
    "joined": State("f8", "people", 0.0, INF, "people who joined an initiative"),
    "left": State("f8", "people", 0.0, INF, "people who left one"),
    "founded": State(*COUNT, "initiatives founded"),
    "ended": State(*COUNT, "initiatives ended"),
}


@cache
def aligned(fields: tuple[tuple[str, str], ...]) -> np.dtype[Any]:
    """The structured dtype of (name, kind) after (name, kind): one object for all that are alike.

    At each call of a compiled loop Numba asks what it is given, and dtypes that are only equal it compares field by
    field: that took a third of a small city's time.
    """
    return np.dtype(list(fields), align=True)


def table(states: Mapping[str, State], *shape: int) -> Array:
    """An empty table: zeros, and -1 where a variable's lowest value is -1 (nobody, nothing)."""
    rows = np.zeros(shape, aligned(tuple((name, state.dtype) for name, state in states.items())))
    for name, state in states.items():
        if state.low == -1:
            rows[name] = -1
    return rows


class Residents:
    """The residents' columns: contiguous arrays of one length, by the names of `RESIDENT`."""

    def __init__(self, n: int) -> None:
        for name, state in RESIDENT.items():
            setattr(self, name, np.full(n, -1 if state.low == -1 else 0, dtype=state.dtype))

    def __len__(self) -> int:
        return len(self.trust)

    district: Array
    status: Array
    minority: Array
    marginalised: Array
    other_language: Array
    time: Array
    skill: Array
    concern: Array
    belongs: Array
    trust: Array
    trust0: Array
    efficacy: Array
    belief: Array
    fatigue: Array
    took_part: Array
    volunteers: Array
    active: Array
    accepts: Array
