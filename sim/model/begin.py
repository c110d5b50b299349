"""How a city begins: its people, their neighbours, its offices and initiatives (M18, M19).

Every trait of resident or niche number i is a function of the seed, the settings and i alone, and a
resident's neighbours are chosen among those with smaller numbers; one more simulated resident changes
nobody else.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.model import columns
from sim.model.chance import Ask, happens, normal, pair, uniform
from sim.model.columns import ISSUES, Array, Residents, Role, Stage, Stance, table
from sim.model.kernels import clip01, compiled
from sim.model.month.turnover import character
from sim.model.params import assumed, booklet, data, paper, param

SIMULATED = 5000  # residents simulated unless `residents_per_agent` says otherwise
FEWEST = 50  # residents simulated at least
PER = 100_000.0  # people, for whom posts are stated


@dataclass(frozen=True)
class Place:
    """Parameters of `city`: what kind of place it is."""

    population: int = param(
        237460,
        "people",
        500,
        20_000_000,
        data("Freiburg (GeoNames, E41)"),
        "inhabitants",
        plausible=(30_000, 1_250_000),  # from the smallest to the largest city of the booklet
    )
    residents_per_agent: float = param(
        0.0,
        "people",
        0,
        100_000,
        assumed("0: so many that about 5,000 are simulated"),
        "people for whom one simulated resident stands; 0 chooses for about 5,000",
        plausible=(0, 0),  # how finely a city is simulated is no doubt about the city
    )
    district_size: int = param(
        15000, "people", 500, 1_000_000, assumed("a quarter with its own centre"), "people in a district"
    )
    degree: int = param(
        8,
        "people",
        2,
        64,
        paper("mean degree of M18", "unchecked"),
        "people whom a resident talks with, on average; even, for friendships have two ends",
        step=2,
    )
    homophily: float = param(
        0.7,
        "share",
        0,
        1,
        assumed("M18"),
        "share of contacts within one's own group and district",
        plausible=(0.5, 0.9),
    )
    minority: float = param(
        0.2, "share", 0, 1, assumed("a mid-sized European city"), "share of residents who belong to a minority"
    )
    marginalised: float = param(
        0.3, "share", 0, 0.8, assumed("the lowest third, more among minorities"), "share in a vulnerable position"
    )
    other_language: float = param(
        0.1, "share", 0, 1, assumed("half of a minority of a fifth"), "share who do not easily read the city's language"
    )
    marginalised_slope: float = param(
        0.7,
        "share",
        0,
        1,
        assumed("0.3 of the mean at the top, 1.7 at the bottom; who worries about money trusts less (E04)"),
        "how much likelier than on average somebody of the lowest status is in a vulnerable position",
    )
    minority_vulnerable: float = param(
        0.5,
        "ratio",
        0,
        4,
        assumed("about half as likely again as others"),
        "how much likelier than others a minority is in a vulnerable position, in multiples of the mean",
    )
    minority_language: float = param(
        3.0,
        "ratio",
        0,
        10,
        assumed("most of those who do not read the language belong to a minority"),
        "how much likelier than others a minority does not easily read the language, in multiples of the mean",
    )
    time: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("the middle of the scale"),
        "mean free time of residents who are not vulnerable",
        plausible=(0.3, 0.7),
    )
    time_spread: float = param(
        0.2,
        "sd",
        0,
        0.5,
        assumed("from those who care for children to those who are retired"),
        "spread of residents' free time",
    )
    time_gap: float = param(
        0.1,
        "share",
        0,
        0.5,
        booklet("inequality"),
        "how much less free time those in vulnerable positions have",
    )
    skill: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("the middle of the scale"),
        "civic skill of somebody of middle status",
        plausible=(0.3, 0.7),
    )
    skill_slope: float = param(
        0.5,
        "share",
        0,
        1,
        paper("civic skills grow with education and work: Verba, Schlozman & Brady 1995", "unchecked"),
        "how much more civic skill the highest status brings than the lowest",
    )
    skill_spread: float = param(
        0.15,
        "sd",
        0,
        0.5,
        assumed("people differ; as much as trust does"),
        "spread of civic skill among people of one status",
    )
    residents_per_initiative: float = param(
        2500.0,
        "people",
        100,
        50000,
        assumed("1,500 to 5,000: no census exists (E30)"),
        "people per initiative at the start",
        plausible=(1500, 5000),
    )
    local: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("half look in their own district first"),
        "share of residents who stand near an initiative of their own district",
    )
    spare_niches: float = param(
        0.5,
        "share",
        0,
        4,
        assumed("room for half as many again"),
        "niches in which an initiative may form, relative to those filled",
    )
    informal: float = param(
        0.25,
        "share",
        0,
        1,
        data("nearly a quarter have no legal form (E29)"),
        "share of initiatives without legal form",
    )
    justice: float = param(0.3, "share", 0, 1, booklet("bridging"), "share of justice-oriented initiatives")
    marginalised_led: float = param(
        0.15, "share", 0, 1, booklet("inequality"), "share of initiatives led by people in vulnerable positions"
    )
    age_median: float = param(
        72.0,
        "months",
        6,
        240,
        data("median 6 years, quartiles 4 and 14 (TESS, E28)"),
        "median age of initiatives at the start",
    )
    age_spread: float = param(
        0.9, "log-sd", 0, 2, data("quartiles 4 and 14 years (TESS, E28)", "computed"), "spread of those ages"
    )
    radicality: float = param(0.4, "share", 0, 1, booklet("win_win"), "mean radicality of initiatives")
    radicality_spread: float = param(
        0.2,
        "sd",
        0,
        0.5,
        assumed("from neighbours with a garden to activists"),
        "spread of initiatives' radicality at the start",
    )
    vision: float = param(0.7, "share", 0, 1, booklet("visions"), "how far initiatives want the city to go, on average")
    vision_spread: float = param(
        0.15,
        "sd",
        0,
        0.5,
        assumed("initiatives differ; as much as trust does"),
        "spread of initiatives' visions at the start",
    )
    capacity: float = param(0.45, "share", 0, 1, booklet("simple_funding"), "mean project skill of initiatives")
    capacity_gap: float = param(
        0.15,
        "share",
        0,
        0.5,
        booklet("inequality"),
        "how much less project skill initiatives led by people in vulnerable positions have",
    )
    capacity_spread: float = param(
        0.15,
        "sd",
        0,
        0.5,
        assumed("initiatives differ; as much as trust does"),
        "spread of initiatives' project skill at the start",
    )
    knowledge: float = param(0.7, "share", 0, 1, booklet("win_win"), "mean local knowledge of initiatives")
    knowledge_spread: float = param(
        0.15,
        "sd",
        0,
        0.5,
        assumed("initiatives differ; as much as trust does"),
        "spread of initiatives' local knowledge at the start",
    )
    reach: float = param(
        0.2, "share", 0, 1, booklet("bridging"), "mean share of their surroundings that initiatives reach"
    )
    reach_spread: float = param(
        0.1,
        "sd",
        0,
        0.5,
        assumed("a small mean leaves little room"),
        "spread of initiatives' reach at the start",
    )
    autonomy: float = param(0.5, "share", 0, 1, booklet("freiburg"), "mean independence of initiatives' goals")
    autonomy_spread: float = param(
        0.2,
        "sd",
        0,
        0.5,
        assumed("from neighbours with a garden to activists"),
        "spread of initiatives' independence at the start",
    )
    awareness: float = param(
        0.3, "share", 0, 1, booklet("awareness"), "how well initiatives know the city's limits at the start"
    )
    awareness_spread: float = param(
        0.1,
        "sd",
        0,
        0.5,
        assumed("a small mean leaves little room"),
        "spread of initiatives' knowledge of the city's limits at the start",
    )
    ties: float = param(
        0.5, "share", 0, 1, assumed("half know somebody"), "share of initiatives that know an official at the start"
    )
    posts: float = param(
        60.0,
        "per 100,000",
        2,
        1000,
        assumed("staff who deal with initiatives, in a city of 100,000"),
        "officials who deal with initiatives",
        plausible=(20, 120),
    )
    posts_elasticity: float = param(
        1.15,
        "exponent",
        0.8,
        1.5,
        data("topic staff 1.32 (SE 0.08) in 23 Dutch municipalities; M19 1.0 to 1.3 (E08)", "computed"),
        "how posts grow with population",
        plausible=(1.0, 1.32),
    )
    departments: int = param(
        6,
        "count",
        4,
        30,
        assumed("four subjects, and permits, law and finance"),
        "departments that deal with initiatives",
    )
    priority: float = param(
        0.5, "share", 0, 1, booklet("visions"), "mean weight of an issue in the council's programme"
    )
    representation: float = param(
        0.4, "share", 0, 1, booklet("inequality"), "how much officials are like the residents they serve"
    )
    representation_spread: float = param(
        0.15,
        "sd",
        0,
        0.5,
        assumed("people differ; as much as trust does"),
        "spread of that between officials",
    )
    tenure: float = param(
        60.0,
        "months",
        1,
        480,
        assumed("five years"),
        "mean time for which officials have held their posts at the start",
    )
    staff_strain: float = param(
        0.2,
        "share",
        0,
        1,
        assumed("not yet tired"),
        "exhaustion of officials at the start",
    )


def counts(place: Place) -> tuple[int, int, int, int, float]:
    """(residents simulated, districts, niches, posts, people per simulated resident)."""
    people = place.residents_per_agent or max(1.0, place.population / SIMULATED)
    residents = max(FEWEST, round(place.population / people))
    districts = max(1, round(place.population / place.district_size))
    initiatives = max(2, round(place.population / place.residents_per_initiative))
    niches = math.ceil(initiatives * (1.0 + place.spare_niches))
    exact = place.posts * (place.population / PER) ** place.posts_elasticity
    return residents, districts, niches, max(place.departments, round(exact)), people


def begin(city: Any) -> None:
    """Fill `city` with its tables, before the first month."""
    place: Place = city.settings.city
    residents, districts, niches, posts, people = counts(place)
    city.state = table(columns.CITY, 1)
    city.flows = table(columns.FLOW, 1)
    city.residents = Residents(residents)
    city.initiatives = table(columns.INITIATIVE, niches)
    city.departments = table(columns.DEPARTMENT, place.departments)
    city.officials = table(columns.OFFICIAL, posts)
    city.ties = table(columns.TIE, niches, columns.CONTACTS)
    city.asks = table(columns.ASK, niches)
    city.projects = table(columns.PROJECT, niches, columns.RUNNING)
    city.promises = table(columns.PROMISE, niches, columns.VOWS)
    city.pool, city.served = np.zeros(niches), np.zeros(niches)
    city.seen = np.zeros((len(city.residents), 2))
    city.good_news, city.bad_news = np.zeros(niches), np.zeros(niches)
    now, seed, r = city.now, city.seed, city.residents

    usual = city.settings.trust.institutional - city.settings.trust.size_slope * _tens(city)
    _state(city, people)
    _offices(seed, now.city, now.turnover, city.departments, city.officials)
    filled = round(niches / (1.0 + place.spare_niches))
    _initiatives(
        seed,
        now.city,
        now.trust,
        usual,
        city.settings.volunteers.usual_strain,
        districts,
        filled,
        city.initiatives,
        city.departments,
        city.officials,
        city.ties,
    )
    _residents(
        seed,
        now.city,
        now.trust,
        usual,
        now.volunteers,
        districts,
        r.district,
        r.status,
        r.minority,
        r.marginalised,
        r.other_language,
        r.time,
        r.skill,
        r.concern,
        r.trust,
        r.trust0,
        r.drive,
        r.efficacy,
        r.efficacy0,
        r.belief,
    )
    _belong(
        seed,
        now.city,
        city.initiatives["issue"].copy(),
        city.initiatives["district"].copy(),
        r.district,
        r.concern,
        r.belongs,
    )
    city.starts, city.neighbours = network(seed, place, districts, r.district, r.marginalised)
    before = city.settings.volunteers.before
    r.volunteers[:] = before
    r.active[:] = before * np.diff(city.starts)
    city.born = city.initiatives.copy()


def _tens(city: Any) -> float:
    """How often the city is ten times as large as the one for which numbers are stated."""
    return math.log10(city.settings.city.population / columns.REFERENCE_CITY)


def _state(city: Any, people: float) -> None:
    s, settings = city.state[0], city.settings
    weight = settings.trust.personalisation - settings.trust.personalisation_slope * _tens(city)
    lowest = min(settings.trust.personalisation_least, settings.trust.personalisation)
    highest = max(settings.trust.personalisation_most, settings.trust.personalisation)
    s["personalisation"] = min(highest, max(lowest, weight)) if settings.trust.personalisation_slope else weight
    s["people"] = people
    s["will"] = settings.outside.political_will
    s["institutionalisation"] = settings.trust.institutions
    s["national_money"] = settings.outside.national_money
    s["months_to_election"] = settings.outside.first_election


@compiled
def _offices(seed, place, turnover, departments, officials):
    """Each department has a run of posts: its head, its contact person, its politicians' office, then desks."""
    n, posts = len(departments), len(officials)
    first = 0
    for d in range(n):
        departments[d].issue = d if d < len(ISSUES) else -1
        departments[d].first = first
        departments[d].posts = posts // n + (1 if d < posts % n else 0)
        departments[d].priority = place[0].priority
        for k in range(first, first + departments[d].posts):
            official = officials[k]
            official.department = d
            official.role = Role.DESK
            if k == first:
                official.role = Role.HEAD
            elif k == first + 1:
                official.role = Role.CONTACT_PERSON
            elif k == first + 2:
                official.role = Role.POLITICIAN
            character(seed, 0, k, turnover[0], official)
            official.tenure = -math.log(uniform(seed, Ask.BEGIN_TENURE, 0, k)) * place[0].tenure
            official.strain = place[0].staff_strain
            spread = place[0].representation_spread * normal(seed, Ask.BEGIN_REPRESENTS, 0, k)
            official.represents = clip01(place[0].representation + spread)
        first += departments[d].posts


@compiled
def _trait(seed, ask, who, mean, spread):
    return clip01(mean + spread * normal(seed, ask, 0, who))


@compiled
def _initiatives(
    seed, place, trust, usual_trust, usual_strain, districts, filled, initiatives, departments, officials, ties
):
    """Traits of every niche; the first `filled` of them hold an initiative from the start."""
    p, t = place[0], trust[0]
    for c in range(len(initiatives)):
        ini = initiatives[c]
        ini.issue = int(uniform(seed, Ask.BEGIN_INITIATIVE, 0, c) * len(ISSUES))
        ini.district = int(uniform(seed, Ask.BEGIN_INITIATIVE, 0, pair(c, 1)) * districts)
        ini.justice = happens(p.justice, seed, Ask.BEGIN_JUSTICE, 0, c)
        ini.marginalised_led = happens(p.marginalised_led, seed, Ask.BEGIN_JUSTICE, 0, pair(c, 1))
        ini.radicality = _trait(seed, Ask.BEGIN_RADICAL, c, p.radicality, p.radicality_spread)
        ini.vision = _trait(seed, Ask.BEGIN_RADICAL, pair(c, 1), p.vision, p.vision_spread)
        less = p.capacity_gap if ini.marginalised_led else 0.0
        ini.capacity = _trait(seed, Ask.BEGIN_CAPACITY, c, p.capacity - less, p.capacity_spread)
        ini.knowledge = _trait(seed, Ask.BEGIN_KNOWLEDGE, c, p.knowledge, p.knowledge_spread)
        ini.reach = _trait(seed, Ask.BEGIN_KNOWLEDGE, pair(c, 1), p.reach, p.reach_spread)
        ini.autonomy = _trait(seed, Ask.BEGIN_AUTONOMY, c, p.autonomy, p.autonomy_spread)
        ini.awareness = _trait(seed, Ask.BEGIN_AUTONOMY, pair(c, 1), p.awareness, p.awareness_spread)
        ini.trust = _trait(
            seed, Ask.BEGIN_TRUST, pair(c, 1), usual_trust - (t.gap if ini.marginalised_led else 0.0), t.spread
        )
        ini.trust0 = ini.trust
        ini.strain = usual_strain
        ini.months_since_grant = columns.NEVER
        ini.stage = Stage.ENDED
        if c < filled:
            ini.founded_with = True
            ini.formal = not happens(p.informal, seed, Ask.BEGIN_FORMAL, 0, c)
            ini.stage = Stage.FORMAL if ini.formal else Stage.INFORMAL
            ini.age = p.age_median * math.exp(p.age_spread * normal(seed, Ask.BEGIN_AGE, 0, c))
            friend = uniform(seed, Ask.BEGIN_AUTONOMY, 0, pair(c, 2)) < ini.autonomy
            ini.stance = Stance.CRITICAL_FRIEND if friend else Stance.COOPERATE
            if happens(p.ties, seed, Ask.BEGIN_TIE, 0, c):
                _first_tie(seed, c, t, ini, departments, officials, ties[c, 0])


@compiled
def _first_tie(seed, c, t, ini, departments, officials, tie):
    d = ini.issue
    o = departments[d].first + int(uniform(seed, Ask.BEGIN_TIE, 0, pair(c, 1)) * departments[d].posts)
    tie.official = o
    tie.serial = officials[o].serial
    tie.trust = ini.trust
    tie.empathy = t.empathy_start


@compiled
def _residents(
    seed,
    place,
    trust,
    usual_trust,
    volunteers,
    districts,
    district,
    status,
    minority,
    marginalised,
    other_language,
    time,
    skill,
    concern,
    level,
    usual,
    drive,
    efficacy,
    efficacy0,
    belief,
):
    p, t, v = place[0], trust[0], volunteers[0]
    for i in range(len(level)):
        district[i] = int(uniform(seed, Ask.BEGIN_RESIDENT, 0, i) * districts)
        minority[i] = happens(p.minority, seed, Ask.BEGIN_MINORITY, 0, i)
        status[i] = uniform(seed, Ask.BEGIN_STATUS, 0, i)
        apart = minority[i] - p.minority
        # Each factor averages to 1, so that the city's share holds where no chance is held at 0 or 1.
        odds = p.marginalised * (1.0 + p.marginalised_slope * (1.0 - 2.0 * status[i]))
        odds *= 1.0 + p.minority_vulnerable * apart
        marginalised[i] = happens(clip01(odds), seed, Ask.BEGIN_MARGINALISED, 0, i)
        foreign = p.other_language * (1.0 + p.minority_language * apart)
        other_language[i] = happens(clip01(foreign), seed, Ask.BEGIN_LANGUAGE, 0, i)
        time[i] = _trait(seed, Ask.BEGIN_TIME, i, p.time - (p.time_gap if marginalised[i] else 0.0), p.time_spread)
        skill[i] = _trait(seed, Ask.BEGIN_SKILL, i, p.skill + p.skill_slope * (status[i] - 0.5), p.skill_spread)
        concern[i] = int(uniform(seed, Ask.BEGIN_CONCERN, 0, i) * len(ISSUES))
        gap = t.gap * ((1.0 if marginalised[i] else 0.0) - p.marginalised)
        level[i] = _trait(seed, Ask.BEGIN_TRUST, i * 2, usual_trust - gap, t.spread)
        usual[i] = level[i]
        belief[i] = level[i]
        efficacy[i] = _trait(seed, Ask.BEGIN_EFFICACY, i, v.efficacy_start - gap, v.efficacy_spread)
        efficacy0[i] = efficacy[i]
        drive[i] = v.drive * normal(seed, Ask.BEGIN_DRIVE, 0, i)


@compiled
def _belong(seed, place, issues, places, district, concern, belongs):
    """Each resident stands near one niche: of the own concern, in the own district or anywhere in the city."""
    niches = len(issues)
    for i in range(len(belongs)):
        start = int(uniform(seed, Ask.BEGIN_MEMBERSHIP, 0, i) * niches)
        fallback = -1
        near = happens(place[0].local, seed, Ask.BEGIN_LOCAL, 0, i)
        for step in range(niches):
            c = (start + step) % niches
            if issues[c] == concern[i]:
                if not near or places[c] == district[i]:
                    belongs[i] = c
                    break
                if fallback < 0:
                    fallback = c
        if belongs[i] < 0:
            belongs[i] = fallback


def network(seed: int, place: Place, districts: int, district: Array, marginalised: Array) -> tuple[Array, Array]:
    """Who talks with whom, as compressed rows: starts (n + 1,) and neighbours, both ways.

    Blocks by district and vulnerability with homophily (M18), grown one resident at a time, so that
    those with small numbers have more friends than those with large ones: each resident picks
    degree / 2 of those with smaller numbers, within the own block with chance `homophily`.
    """
    group = district.astype(np.int64) * 2 + marginalised
    picks = _pick(seed, place.degree // 2, place.homophily, group, 2 * districts)
    starts, neighbours = _rows(picks)
    return starts, neighbours


@compiled
def _pick(seed, links, homophily, group, groups):
    n = len(group)
    picks = np.full((n, links), -1, np.int64)
    sizes = np.zeros(groups, np.int64)
    for i in range(n):
        sizes[group[i]] += 1
    first = np.zeros(groups + 1, np.int64)
    for g in range(groups):
        first[g + 1] = first[g] + sizes[g]
    listed = np.empty(n, np.int64)
    seen = np.zeros(groups, np.int64)
    for i in range(n):
        g = group[i]
        for k in range(links):
            u = uniform(seed, Ask.BEGIN_NEIGHBOUR, 0, pair(i, k))
            if seen[g] > 0 and happens(homophily, seed, Ask.BEGIN_DEGREE, 0, pair(i, k)):
                picks[i, k] = listed[first[g] + int(u * seen[g])]
            elif i > 0:
                picks[i, k] = int(u * i)
        listed[first[g] + seen[g]] = i
        seen[g] += 1
    return picks


@compiled
def _rows(picks):
    n, links = picks.shape
    starts = np.zeros(n + 1, np.uint32)
    for i in range(n):
        for k in range(links):
            if picks[i, k] >= 0:
                starts[i + 1] += 1
                starts[picks[i, k] + 1] += 1
    for i in range(n):
        starts[i + 1] += starts[i]
    neighbours = np.empty(starts[n], np.uint32)
    filled = starts[:-1].copy()
    for i in range(n):
        for k in range(links):
            j = picks[i, k]
            if j >= 0:
                neighbours[filled[i]] = j
                filled[i] += 1
                neighbours[filled[j]] = i
                filled[j] += 1
    return starts, neighbours
