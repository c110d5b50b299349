"""Elections, money from above, duties handed down: what the city cannot choose (M13, M20)."""

import math
from dataclasses import dataclass
from typing import Any

from sim.model.chance import Ask, happens, normal, pair, uniform
from sim.model.columns import THOUSAND, Progress, Role, Vow, Word
from sim.model.kernels import clip01, compiled
from sim.model.params import assumed, booklet, data, paper, param


@dataclass(frozen=True)
class Outside:
    """Parameters of `outside`."""

    term: int = param(
        60,
        "months",
        6,
        120,
        data("council terms of 4 to 6 years (E09)", "opened"),
        "length of the council's term",
        plausible=(48, 72),
    )
    first_election: int = param(
        30,
        "months",
        1,
        120,
        assumed("half a term: the start is at no special moment"),
        "months from the start to the first election, within the term",
        plausible=(1, 48),  # within the shortest plausible term
    )
    political_will: float = param(
        0.5,
        "share",
        0,
        1,
        booklet("lack"),
        "political will to work with initiatives around which elections scatter",
        plausible=(0.2, 0.8),
    )
    will_memory: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("an election half renews the council (M13)"),
        "share of the old will that outlives an election",
        plausible=(0.3, 0.7),
    )
    will_shock: float = param(
        0.2, "sd", 0, 0.5, assumed("M13"), "spread of political will at elections", plausible=(0.1, 0.3)
    )
    champion_loss: float = param(
        0.4,
        "chance",
        0,
        1,
        assumed("M13; plausible range 0.2 to 0.6"),
        "chance that a politician who champions initiatives goes at an election",
        plausible=(0.2, 0.6),
    )
    change_of_government: float = param(
        0.4,
        "chance",
        0,
        1,
        assumed("between no change and a change every second time"),
        "chance that an election changes the government",
        plausible=(0.2, 0.6),
    )
    routine_loss: float = param(
        0.3,
        "share",
        0,
        1,
        assumed("M16"),
        "share of unconsolidated routines lost at a change of government",
        plausible=(0.1, 0.5),
    )
    programme_loss: float = param(
        0.25,
        "chance",
        0,
        1,
        paper("de Azevedo et al. 2022; Bezerra & Junqueira 2022: direction only; size assumed"),
        "chance that a running project is stopped at a change of government, without institutions",
        plausible=(0.1, 0.5),
    )
    slack: float = param(
        0.5,
        "share",
        0,
        1,
        paper("Bezerra & Junqueira 2022: falling slack raises discontinuation; size assumed"),
        "how much more often programmes are stopped if all the money were gone",
    )
    national_money: float = param(
        1.0,
        "factor",
        0.1,
        2,
        booklet("money"),
        "money and staff from above, relative to a usual year",
        plausible=(0.5, 1.5),
    )
    national_shock: float = param(
        0.1, "sd", 0, 0.5, assumed("a tenth up or down from year to year"), "yearly spread of money from above"
    )
    mandates: float = param(
        0.2,
        "share",
        0,
        0.9,
        booklet("mandates"),
        "share of staff hours eaten by duties pushed down from other levels",
        plausible=(0.1, 0.5),
    )
    staff_hours: float = param(
        5.0,
        "hours/month",
        0,
        160,
        assumed("about a thirtieth of a full post"),
        "hours that an official can give to initiatives",
        plausible=(2, 20),
    )
    liaison_hours: float = param(
        0.6,
        "hours/month per 1,000 residents",
        0,
        20,
        data("one office for 219,000 people, as in Oberhausen (E41); taken to be one full post", "computed"),
        "hours that contact persons have beyond those of a desk, where they receive every initiative",
        plausible=(0.2, 1.5),
    )
    competence: float = param(
        0.7,
        "share",
        0,
        1,
        booklet("competence"),
        "share of asks that the city has the power to grant",
        plausible=(0.5, 0.9),
    )
    informal_bar: float = param(
        0.3,
        "chance",
        0,
        1,
        booklet("informal_bar"),
        "chance that rules bar an initiative without legal form from a call",
        plausible=(0, 0.6),
    )
    hostility: float = param(
        0.0,
        "share",
        0,
        1,
        booklet("authoritarian"),
        "how closely a national government watches and punishes cooperation",
        plausible=(0, 0.5),
    )


WRITES = (
    "state.national_money",
    "state.months_to_election",
    "state.elections",
    "state.changes",
    "state.will",
    "state.institutionalisation",
    "departments.priority",
    "officials.hours",
    "officials.hours_left",
    "officials.leaving",
    "projects",
    "promises.word",
    "flows",
)


def run(city: Any) -> None:
    """Hours of the month, money of the year, and an election when the term is over."""
    _month(
        city.seed,
        city.month,
        city.now.outside,
        city.now.contact,
        city.settings.city.population,
        city.state,
        city.departments,
        city.officials,
        city.initiatives,
        city.projects,
        city.promises,
        city.flows,
    )


@compiled
def _month(
    seed, month, outside, contact, population, state, departments, officials, initiatives, projects, promises, flows
):
    o, s = outside[0], state[0]
    if month % 12 == 1:
        shock = o.national_shock * normal(seed, Ask.NATIONAL_MONEY, month, 0)
        s.national_money = o.national_money * math.exp(shock - 0.5 * o.national_shock**2)
    liaison = _liaison(o, contact[0], population, officials)
    for k in range(len(officials)):
        present = officials[k].vacant == 0
        hours = o.staff_hours * s.national_money * (1.0 - o.mandates) if present else 0.0
        if present and officials[k].role == Role.CONTACT_PERSON:
            hours += liaison
        officials[k].hours = hours
        officials[k].hours_left = hours
        flows[0].staff_mandates += o.staff_hours * s.national_money * o.mandates if present else 0.0
    s.months_to_election -= 1
    if s.months_to_election <= 0:
        s.months_to_election = o.term
        _election(seed, month, o, s, departments, officials, initiatives, projects, promises, flows[0])


@compiled
def _liaison(o, contact, population, officials):
    """The further hours of each contact person in office: an office that receives initiatives has the time for it."""
    persons = 0
    for k in range(len(officials)):
        persons += officials[k].vacant == 0 and officials[k].role == Role.CONTACT_PERSON
    return o.liaison_hours * population / THOUSAND * contact.contact_person / persons if persons > 0 else 0.0


@compiled
def _election(seed, month, o, s, departments, officials, initiatives, projects, promises, flow):
    s.elections += 1
    shock = o.will_shock * normal(seed, Ask.ELECTION_WILL, month, 0)
    s.will = clip01(o.will_memory * s.will + (1.0 - o.will_memory) * o.political_will + shock)
    for k in range(len(officials)):
        official = officials[k]
        if official.role == Role.POLITICIAN and official.champion and official.vacant == 0:
            official.leaving = happens(o.champion_loss, seed, Ask.ELECTION_CHAMPION, month, k)
    changed = happens(o.change_of_government, seed, Ask.ELECTION_CHANGE, month, 0)
    scarcity = 1.0 + o.slack * (1.0 - s.national_money)
    risk = clip01(o.programme_loss * (1.0 - s.institutionalisation) * scarcity)
    for c in range(projects.shape[0]):
        for p in range(projects.shape[1]):
            project = projects[c, p]
            if project.progress == Progress.NONE or project.official < 0:
                continue
            flow.faced_election += 1
            if changed and happens(risk, seed, Ask.ELECTION_PROGRAMME, month, pair(c, p)):
                project.progress = Progress.NONE
                flow.stopped += 1
                if promises[c, Vow.HELP + p].word == Word.OPEN:
                    promises[c, Vow.HELP + p].word = Word.BROKEN
            else:
                flow.survived_election += 1
    if changed:
        s.changes += 1
        s.institutionalisation *= 1.0 - o.routine_loss * (1.0 - s.institutionalisation)
        for d in range(len(departments)):
            wish = uniform(seed, Ask.ELECTION_PRIORITY, month, d)
            departments[d].priority = 0.5 * departments[d].priority + 0.5 * wish
