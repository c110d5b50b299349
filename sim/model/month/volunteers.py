"""People take part or not, join, tire and leave; initiatives are born, grow, turn and end (M5, M15, M17, M18)."""

import math
from dataclasses import dataclass
from typing import Any

from sim.model.chance import Ask, happens, normal, uniform
from sim.model.columns import NEVER, RESOURCES, Case, Progress, Stage, Stance, Word
from sim.model.kernels import clip01, compiled, exp, logistic, over
from sim.model.params import assumed, booklet, data, paper, param

# Under the hazards of M15 and of non-profits in the United States (2.8% a year, E32) initiatives grow two to three
# times as old as those of the survey; the survey is of initiatives like these, and is followed. A constant hazard
# fits it better than a strong liability of newness (M15), so the four are alike until somebody sets them apart; a
# usual initiative lives under less, as members protect.
_AGES = data(
    "quartiles of age 4, 6 and 14 years (TESS, E28); set so that a city after ten years is near them", "computed"
)


@dataclass(frozen=True)
class Volunteers:
    """Parameters of `volunteers`."""

    base: float = param(
        -6.3,
        "log-odds",
        -10,
        4,
        data("22% volunteer in a month in England (E10); set so that a new city shows it", "computed"),
        "standing readiness to take part",
        plausible=(-7, -5),
    )
    drive: float = param(
        2.7,
        "sd",
        0,
        4,
        data("31% of adults give 87% of hours (E11); set so that a new city shows it", "computed"),
        "spread of the inclination to take part that has nothing to do with means",
        plausible=(1.8, 3.3),
    )
    resources: float = param(
        5.0,
        "log-odds",
        0,
        10,
        data("26% of those with a degree volunteer, 11% of those with little schooling (E12)", "unchecked"),
        "weight of free time, money and civic skill (M5); set so that a new city shows about that ratio between fifths",
    )
    efficacy: float = param(
        1.5,
        "log-odds",
        0,
        5,
        paper("Sjoberg, Mellon & Peixoto 2017: a success raises coming back by 54 to 57% (E14)", "computed"),
        "weight of the belief to have a say (M5)",
    )
    trust: float = param(
        1.0, "log-odds", 0, 4, assumed("M5 leaves the weight open"), "weight of trust in the city (M5)"
    )
    asked: float = param(
        1.0,
        "log-odds",
        0,
        3,
        paper("Verba, Schlozman & Brady 1995: being asked multiplies the odds by 2 to 4", "unchecked"),
        "weight of being asked by neighbours who are active (M5)",
    )
    invite: float = param(
        0.3,
        "invitations",
        0,
        2,
        assumed("one in three of the active asks a friend along"),
        "invitations by each active neighbour",
    )
    fatigue: float = param(
        1.0, "log-odds", 0, 5, assumed("M6 leaves the weight open"), "weight of old disappointments (M6)"
    )
    overwork: float = param(
        0.0,
        "log-odds",
        0,
        3,
        booklet("overwork"),
        "how much overwork and individualism hold everybody back, most those without time",
    )
    efficacy_start: float = param(
        0.30,
        "share",
        0,
        1,
        data("30% feel that they have a say (OECD 2023, E02)"),
        "mean belief to have a say at the start",
    )
    efficacy_spread: float = param(
        0.15, "sd", 0, 0.4, assumed("people differ; as much as trust does"), "spread of that belief between people"
    )
    before: float = param(
        0.22,
        "share",
        0,
        1,
        data("22% volunteer in a month in England (E10)"),
        "share of everybody's neighbours who volunteered in the month before the first",
    )
    hours: float = param(8.0, "hours/month", 1, 40, assumed("two hours a week"), "time that a volunteer gives")
    upkeep: float = param(
        0.6,
        "share",
        0,
        0.95,
        assumed("the garden has to be watered"),
        "share of that time that running the initiative takes; the rest goes to projects and to the city",
    )
    share: float = param(
        0.03,
        "share",
        0.001,
        0.5,
        assumed("the rest goes to sport, church, school"),
        "share of volunteers who give it to initiatives of this kind",
        plausible=(0.01, 0.08),
    )
    core: float = param(5.0, "people", 1, 30, assumed("a handful"), "people that an initiative needs to be active")
    join: float = param(
        0.033,
        "per month",
        0,
        0.5,
        assumed("as many as leave, so that members follow who is ready to join"),
        "share of those ready for an initiative who join it in a month, while as many leave at usual strain",
        plausible=(0.02, 0.05),
    )
    leave: float = param(
        0.033,
        "per month",
        0,
        0.5,
        data("about one in three disengages within a year (E13)"),
        "hazard of leaving at usual strain",
        plausible=(0.02, 0.05),
    )
    strain_effect: float = param(
        1.5, "log-hazard", 0, 4, assumed("M17"), "how much strain adds to the hazard of leaving"
    )
    usual_strain: float = param(
        0.3,
        "share",
        0,
        1,
        assumed("neither fresh nor worn out"),
        "strain at which people leave at the usual rate, and with which a city's initiatives begin",
    )
    load_strain: float = param(
        0.04, "per month", 0, 0.5, assumed("M17: k1"), "strain added by a month in which every hour is used"
    )
    frustration_strain: float = param(
        0.05, "per month", 0, 0.3, assumed("M17: k2"), "strain added by a month of full frustration"
    )
    recovery: float = param(
        0.10, "per month", 0, 0.5, assumed("M17: k3"), "share of strain that rest and success take away in a month"
    )
    memory: float = param(
        0.9, "per month", 0, 1, assumed("a year"), "share of success and frustration still felt a month later"
    )
    forming: float = param(
        0.042,
        "per month",
        0,
        0.2,
        assumed("as many begin as end in a usual city"),
        "chance that a group forms where none is",
    )
    formalise: float = param(
        0.02,
        "per month",
        0,
        0.3,
        data("nearly a quarter of initiatives have no legal form (E29)", "computed"),
        "chance that an able informal initiative takes a legal form",
    )
    hazard_new_informal: float = param(0.20, "per year", 0, 1, _AGES, "hazard of ending of a new informal initiative")
    hazard_old_informal: float = param(0.20, "per year", 0, 1, _AGES, "hazard of ending of an old informal initiative")
    hazard_new_formal: float = param(0.20, "per year", 0, 1, _AGES, "hazard of ending of a new formal initiative")
    hazard_old_formal: float = param(
        0.20,
        "per year",
        0,
        1,
        _AGES,
        "hazard of ending of an old formal initiative",
    )
    newness: float = param(
        24.0,
        "months",
        1,
        120,
        paper("Stinchcombe 1965; Hager et al. 2004", "unchecked"),
        "time in which the liability of newness fades",
    )
    funded_shield: float = param(
        0.5,
        "log-hazard",
        0,
        3,
        paper("Hager et al. 2004: public funding removes the liability; size assumed", "unchecked"),
        "protection by a grant in the last two years",
    )
    members_shield: float = param(
        0.3, "log-hazard", 0, 3, assumed("M15: g2"), "protection by each doubling of members beyond the core"
    )
    strain_hazard: float = param(1.0, "log-hazard", 0, 4, assumed("M15: g3"), "danger from strain")
    mature_age: float = param(
        36.0,
        "months",
        0,
        240,
        assumed("three years"),
        "age from which a formal initiative with delivered projects may be mature",
    )
    mature_skill: float = param(
        0.6, "share", 0, 1, assumed("above the usual"), "project skill from which it may be mature"
    )
    shield_months: float = param(24.0, "months", 0, 120, assumed("two calls"), "months for which a grant protects")
    fresh_strain: float = param(0.2, "share", 0, 1, assumed("not yet tired"), "strain of a new initiative")
    niche_noise: float = param(
        0.1,
        "sd",
        0,
        0.5,
        assumed("no two founders are alike"),
        "how much a new initiative's radicality differs from that of the one before",
    )
    wake: float = param(
        0.08, "per month", 0, 1, assumed("a year's sleep"), "chance that a dormant initiative with people wakes"
    )
    reconsider: float = param(
        0.1,
        "per month",
        0,
        1,
        assumed("about once a year"),
        "chance that an initiative thinks about how it stands to the city",
    )
    cooperative: float = param(2.6, "log-odds", -3, 5, booklet("outside"), "standing inclination to work with the city")
    stance_trust: float = param(4.0, "log-odds", 0, 10, booklet("democracy"), "weight of trust in that choice")
    stance_hostility: float = param(
        3.0, "log-odds", 0, 10, booklet("authoritarian"), "weight of a hostile national government in that choice"
    )
    stance_power: float = param(
        2.0, "log-odds", 0, 10, booklet("power"), "weight of uneven power with distant visions in that choice"
    )


WRITES = (
    "residents.leaning",
    "residents.volunteers",
    "initiatives",
    "asks",
    "projects",
    "promises",
    "ties",
    "state.spent",
    "flows",
)


def run(city: Any) -> None:
    """Residents' readiness, the initiatives' people and hours, their strain, life and stance."""
    give(city)
    _month(
        city.seed,
        city.month,
        city.now.volunteers,
        city.now.power,
        city.now.outside,
        city.state,
        city.pool,
        city.born,
        city.initiatives,
        city.ties,
        city.asks,
        city.projects,
        city.promises,
        city.flows,
    )


def give(city: Any) -> None:
    """Who would give time this month, and how many people each initiative can draw on (`city.pool`)."""
    v, r = city.now.volunteers, city.residents
    over(
        len(r),
        city.threads,
        _residents,
        v,
        r.active,
        r.status,
        r.time,
        r.skill,
        r.drive,
        r.efficacy,
        r.trust,
        r.fatigue,
        r.leaning,
        r.volunteers,
    )
    _draw_on(v, city.state, r.belongs, r.time, r.volunteers, city.pool)


@compiled
def _residents(first, last, volunteers, active, status, time, skill, drive, efficacy, trust, fatigue, leaning, now):
    """M5: resources, efficacy, trust, fatigue and being asked by neighbours who were active last month."""
    b = slice(first, last)
    _take_part(
        volunteers[0],
        active[b],
        status[b],
        time[b],
        skill[b],
        drive[b],
        efficacy[b],
        trust[b],
        fatigue[b],
        leaning[b],
        now[b],
    )


@compiled
def _take_part(v, active, status, time, skill, drive, efficacy, trust, fatigue, leaning, now):
    """Residents in a row; counted from 0 without a branch, so that the compiler takes several at a time."""
    for i in range(len(now)):
        means = (time[i] + status[i] + skill[i]) / RESOURCES
        lean = (
            v.base
            + v.resources * means
            + v.efficacy * efficacy[i]
            + v.trust * trust[i]
            + drive[i]
            - v.fatigue * fatigue[i]
            - v.overwork * (1.0 + 0.5 - time[i])
        )
        leaning[i] = lean
        now[i] = logistic(lean + v.asked * (1.0 - exp(-v.invite * active[i])))


@compiled
def _draw_on(volunteers, state, belongs, time, now, pool):
    """Counted in people of average free time: who has more gives more."""
    share, people = volunteers[0].share, state[0].people
    pool[:] = 0.0
    for i in range(len(now)):
        if belongs[i] >= 0:
            pool[belongs[i]] += now[i] * share * people * 2.0 * time[i]


@compiled
def _month(
    seed, month, volunteers, power, outside, state, pool, born, initiatives, ties, asks, projects, promises, flows
):
    v, flow = volunteers[0], flows[0]
    for c in range(len(initiatives)):
        ini = initiatives[c]
        if ini.stage == Stage.ENDED:
            if happens(v.forming, seed, Ask.FOUND, month, c):
                _found(seed, month, c, v, pool[c], born[c], ini, flow)
            continue
        _tire(v, ini)
        _people(v, pool[c], ini, flow)
        _grow(seed, month, c, v, ini, flow)
        if _ends(seed, month, c, v, ini):
            _end(ini, ties[c], asks[c], projects[c], promises[c], state[0], flow)
        elif happens(v.reconsider, seed, Ask.STANCE, month, c):
            _stand(seed, month, c, v, power[0], outside[0], ini)


@compiled
def _tire(v, ini):
    """M17: load and frustration against rest, recognition and success."""
    used = 1.0 - ini.hours_left / ini.hours if ini.hours > 0.0 else 0.0
    load = v.upkeep + (1.0 - v.upkeep) * used
    strain = ini.strain + v.load_strain * load + v.frustration_strain * ini.frustration
    strain -= v.recovery * (1.0 + ini.success) * strain
    ini.strain = clip01(strain)
    ini.success *= v.memory
    ini.frustration *= v.memory


@compiled
def _people(v, pool, ini, flow):
    """Members come from the people around and leave by strain; hours follow members."""
    joined = v.join * pool
    left = ini.members * min(1.0, v.leave * math.exp(v.strain_effect * (ini.strain - v.usual_strain)))
    ini.members += joined - left
    flow.joined += joined
    flow.left += left
    ini.age += 1.0
    ini.months_since_grant += 1.0
    ini.hours = ini.members * v.hours * (1.0 - v.upkeep) if Stage.INFORMAL <= ini.stage <= Stage.MATURE else 0.0
    ini.hours_left = ini.hours
    flow.volunteer_given += ini.hours


@compiled
def _grow(seed, month, c, v, ini, flow):
    """M15: idea, informal, formal, mature; sleep and waking."""
    enough = ini.members >= v.core
    if ini.stage == Stage.IDEA and enough:
        ini.stage = Stage.INFORMAL
    elif ini.stage == Stage.INFORMAL and happens(v.formalise * 2.0 * ini.capacity, seed, Ask.FORMALISE, month, c):
        ini.stage = Stage.FORMAL
        ini.formal = True
    elif ini.stage == Stage.FORMAL and ini.age > v.mature_age and ini.delivered >= 2 and ini.capacity > v.mature_skill:
        ini.stage = Stage.MATURE
    elif ini.stage == Stage.DORMANT:
        if ini.members >= 0.5 * v.core and happens(v.wake, seed, Ask.SLEEP, month, c):
            ini.stage = Stage.FORMAL if ini.formal else Stage.INFORMAL
    elif ini.stage != Stage.IDEA and ini.members < 0.5 * v.core:
        ini.stage = Stage.DORMANT


@compiled
def _ends(seed, month, c, v, ini):
    """M15: liability of newness, shields and strain."""
    late = v.hazard_old_formal if ini.formal else v.hazard_old_informal
    new = v.hazard_new_formal if ini.formal else v.hazard_new_informal
    hazard = (late + (new - late) * math.exp(-ini.age / v.newness)) / 12.0
    funded = 1.0 if ini.months_since_grant <= v.shield_months else 0.0
    size = math.log2(max(0.5, ini.members / v.core))
    hazard *= math.exp(
        -v.funded_shield * funded - v.members_shield * size + v.strain_hazard * (ini.strain - v.usual_strain)
    )
    if ini.stage == Stage.DORMANT:
        hazard *= 2.0
    return happens(min(1.0, hazard), seed, Ask.ENDING, month, c)


@compiled
def _end(ini, ties, asks, projects, promises, s, flow):
    """An initiative ends: its relations, ask and projects go with it, its money is written off."""
    for j in range(len(ties)):
        ties[j].official = -1
        ties[j].serial = -1
    flow.withdrawn += asks.case == Case.WAITING or asks.case == Case.LATE_CHECK
    asks.case = Case.NONE
    asks.official = -1
    for p in range(len(projects)):
        flow.orphaned += projects[p].progress != Progress.NONE
        projects[p].progress = Progress.NONE
    for n in range(len(promises)):
        flow.released += promises[n].word != Word.NONE
        promises[n].word = Word.NONE
    s.spent += ini.purse
    flow.spent += ini.purse
    flow.left += ini.members
    flow.ended += 1
    ini.purse = 0.0
    ini.members = 0.0
    ini.hours = 0.0
    ini.hours_left = 0.0
    ini.stage = Stage.ENDED


@compiled
def _found(seed, month, c, v, pool, born, ini, flow):
    """A new initiative takes the empty niche, with the traits of that niche."""
    ini.stage = Stage.IDEA
    ini.stance = Stance.COOPERATE
    ini.formal = False
    ini.age = 0.0
    ini.members = 0.5 * pool
    ini.capacity = 0.5 * born.capacity
    ini.knowledge = born.knowledge
    ini.vision = born.vision
    ini.radicality = clip01(born.radicality + v.niche_noise * normal(seed, Ask.FOUND_TRAIT, month, c))
    ini.trust = born.trust
    ini.trust0 = born.trust
    ini.awareness = 0.5 * born.awareness
    ini.strain = v.fresh_strain
    ini.frustration = 0.0
    ini.success = 0.0
    ini.good = 0.0
    ini.bad = 0.0
    ini.wins = 0
    ini.losses = 0
    ini.applies_from = 0
    ini.delivered = 0
    ini.idea = 0
    ini.months_since_grant = NEVER
    ini.founded_with = False
    flow.founded += 1
    flow.joined += ini.members


@compiled
def _stand(seed, month, c, v, power, outside, ini):
    """Work with the city, work with it and say what is wrong, or oppose it (B37, F7, F8).

    Money plays no part: who is funded stays free to criticise.
    """
    distance = abs(ini.vision - power.vision)
    odds = v.cooperative + v.stance_trust * (ini.trust - 0.5) - v.stance_power * 2.0 * power.imbalance * distance
    odds -= v.stance_hostility * outside.hostility
    if not happens(logistic(odds), seed, Ask.STANCE_OPPOSE, month, c):
        ini.stance = Stance.OPPOSE
    elif uniform(seed, Ask.STANCE_FRIEND, month, c) < ini.autonomy:
        ini.stance = Stance.CRITICAL_FRIEND
    else:
        ini.stance = Stance.COOPERATE
