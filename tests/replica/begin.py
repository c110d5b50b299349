"""How a city begins again, by docs/odd.md part 5; draws by 7.1 again, first volunteers by 7.11 again."""

import math
from types import SimpleNamespace

import numpy as np

from sim.model.chance import Ask
from sim.model.columns import CONTACTS, NEVER, REFERENCE_CITY, RESIDENT, RUNNING, VOWS, Role, Stage, Stance, table
from sim.model.laws import TABLES
from tests.replica import draws
from tests.replica.draws import pair
from tests.replica.stage import clip
from tests.replica.volunteers import volunteered

SIMULATED = 5000


def begin(settings, seed):
    """A city before its first month."""
    place = settings.city
    people = place.residents_per_agent or max(1.0, place.population / SIMULATED)
    wanted = max(2, round(place.population / place.residents_per_initiative))
    niches = math.ceil(wanted * (1.0 + place.spare_niches))
    posts = max(place.departments, round(place.posts * (place.population / 100_000.0) ** place.posts_elasticity))
    city = SimpleNamespace(settings=settings, chance=Beginning(seed), people=people)
    city.districts = max(1, round(place.population / place.district_size))
    city.filled = round(niches / (1.0 + place.spare_niches))
    _empty(city, niches, posts)
    _city(city)
    _offices(city)
    for c, ini in enumerate(city.initiatives):
        _niche(city, c, ini)
    city.born = city.initiatives.copy()
    city.issues, city.places = city.born.issue.tolist(), city.born.district.tolist()
    _residents(city, max(50, round(place.population / people)))
    _friends(city)
    _first_volunteers(city)
    return city


class Beginning:
    """Draws of month 0."""

    def __init__(self, seed):
        self.seed = seed

    def uniform(self, ask, who):
        """U[ask, who]."""
        return draws.uniform(self.seed, int(ask), 0, who)

    def normal(self, ask, who):
        """N[ask, who]."""
        return draws.normal(self.seed, int(ask), 0, who)

    def happens(self, chance, ask, who):
        """Whether an event of that chance takes place."""
        return self.uniform(ask, who) < chance

    def trait(self, ask, who, mean, sd):
        """A share around a mean."""
        return clip(mean + sd * self.normal(ask, who))


def _empty(city, niches, posts):
    shapes = {
        "initiatives": (niches,),
        "ties": (niches, CONTACTS),
        "asks": (niches,),
        "projects": (niches, RUNNING),
        "promises": (niches, VOWS),
        "officials": (posts,),
        "departments": (city.settings.city.departments,),
        "state": (1,),
        "flows": (1,),
    }
    for name, shape in shapes.items():
        setattr(city, name, table(TABLES[name], *shape).view(np.recarray))
    city.pool, city.served = np.zeros(niches), np.zeros(niches)


def _tens(city):
    return math.log10(city.settings.city.population / REFERENCE_CITY)


def _usual_trust(city):
    return city.settings.trust.institutional - city.settings.trust.size_slope * _tens(city)


def _city(city):
    s, state = city.settings, city.state[0]
    usual = s.trust.personalisation
    w = usual - s.trust.personalisation_slope * _tens(city)
    if s.trust.personalisation_slope != 0.0:
        w = min(max(w, min(s.trust.personalisation_least, usual)), max(s.trust.personalisation_most, usual))
    state.personalisation, state.people, state.will = w, city.people, s.outside.political_will
    state.institutionalisation, state.national_money = s.trust.institutions, s.outside.national_money
    state.months_to_election = s.outside.first_election


def _offices(city):
    many, posts, k = len(city.departments), len(city.officials), 0
    for d, department in enumerate(city.departments):
        department.issue = d if d < 4 else -1
        department.first, department.posts = k, posts // many + (d < posts % many)
        department.priority = city.settings.city.priority
        for place in range(department.posts):
            _post(city, k, d, {0: Role.HEAD, 1: Role.CONTACT_PERSON, 2: Role.POLITICIAN}.get(place, Role.DESK))
            k += 1


def _post(city, k, department, role):
    p, t, chance, official = city.settings.city, city.settings.turnover, city.chance, city.officials[k]
    official.department, official.role = department, role
    official.openness = chance.trait(Ask.SUCCESSOR_OPENNESS, k, t.openness, t.openness_spread)
    official.reject = 2.0 * t.reject * chance.uniform(Ask.SUCCESSOR_REJECT, k)
    official.champion = chance.happens(t.champions, Ask.SUCCESSOR_CHAMPION, k)
    official.tenure = -p.tenure * math.log(chance.uniform(Ask.BEGIN_TENURE, k))
    official.strain = p.staff_strain
    official.represents = chance.trait(Ask.BEGIN_REPRESENTS, k, p.representation, p.representation_spread)


def _niche(city, c, ini):
    p, t, chance, second = city.settings.city, city.settings.trust, city.chance, pair(c, 1)
    ini.issue = math.floor(4 * chance.uniform(Ask.BEGIN_INITIATIVE, c))
    ini.district = math.floor(city.districts * chance.uniform(Ask.BEGIN_INITIATIVE, second))
    ini.justice = chance.happens(p.justice, Ask.BEGIN_JUSTICE, c)
    led = ini.marginalised_led = chance.happens(p.marginalised_led, Ask.BEGIN_JUSTICE, second)
    ini.radicality = chance.trait(Ask.BEGIN_RADICAL, c, p.radicality, p.radicality_spread)
    ini.vision = chance.trait(Ask.BEGIN_RADICAL, second, p.vision, p.vision_spread)
    ini.capacity = chance.trait(Ask.BEGIN_CAPACITY, c, p.capacity - (p.capacity_gap if led else 0.0), p.capacity_spread)
    ini.knowledge = chance.trait(Ask.BEGIN_KNOWLEDGE, c, p.knowledge, p.knowledge_spread)
    ini.reach = chance.trait(Ask.BEGIN_KNOWLEDGE, second, p.reach, p.reach_spread)
    ini.autonomy = chance.trait(Ask.BEGIN_AUTONOMY, c, p.autonomy, p.autonomy_spread)
    ini.awareness = chance.trait(Ask.BEGIN_AUTONOMY, second, p.awareness, p.awareness_spread)
    ini.trust = chance.trait(Ask.BEGIN_TRUST, second, _usual_trust(city) - (t.gap if led else 0.0), t.spread)
    ini.trust0, ini.strain = ini.trust, city.settings.volunteers.usual_strain
    ini.months_since_grant, ini.stage = NEVER, Stage.ENDED
    if c < city.filled:
        _of_the_start(city, c, ini)


def _of_the_start(city, c, ini):
    p, chance = city.settings.city, city.chance
    ini.founded_with = True
    ini.formal = not chance.happens(p.informal, Ask.BEGIN_FORMAL, c)
    ini.stage = Stage.FORMAL if ini.formal else Stage.INFORMAL
    ini.age = p.age_median * math.exp(p.age_spread * chance.normal(Ask.BEGIN_AGE, c))
    critical = chance.uniform(Ask.BEGIN_AUTONOMY, pair(c, 2)) < ini.autonomy
    ini.stance = Stance.CRITICAL_FRIEND if critical else Stance.COOPERATE
    if chance.happens(p.ties, Ask.BEGIN_TIE, c):
        department, tie = city.departments[ini.issue], city.ties[c, 0]
        tie.official = department.first + math.floor(department.posts * chance.uniform(Ask.BEGIN_TIE, pair(c, 1)))
        tie.serial, tie.trust, tie.empathy = (
            city.officials[tie.official].serial,
            ini.trust,
            city.settings.trust.empathy_start,
        )


def _residents(city, n):
    city.residents = SimpleNamespace(
        **{name: np.full(n, -1 if state.low == -1 else 0, state.dtype) for name, state in RESIDENT.items()}
    )
    for i in range(n):
        for name, value in _resident(city, i).items():
            getattr(city.residents, name)[i] = value


def _resident(city, i):
    p, t, v, chance = city.settings.city, city.settings.trust, city.settings.volunteers, city.chance
    minority, status = chance.happens(p.minority, Ask.BEGIN_MINORITY, i), chance.uniform(Ask.BEGIN_STATUS, i)
    more = minority - p.minority
    odds = p.marginalised * (1.0 + p.marginalised_slope * (1.0 - 2.0 * status)) * (1.0 + p.minority_vulnerable * more)
    marginalised = chance.happens(clip(odds), Ask.BEGIN_MARGINALISED, i)
    foreign = clip(p.other_language * (1.0 + p.minority_language * more))
    less = t.gap * (marginalised - p.marginalised)
    trust = chance.trait(Ask.BEGIN_TRUST, 2 * i, _usual_trust(city) - less, t.spread)
    efficacy = chance.trait(Ask.BEGIN_EFFICACY, i, v.efficacy_start - less, v.efficacy_spread)
    district = math.floor(city.districts * chance.uniform(Ask.BEGIN_RESIDENT, i))
    concern = math.floor(4 * chance.uniform(Ask.BEGIN_CONCERN, i))
    return {
        "district": district,
        "minority": minority,
        "status": status,
        "marginalised": marginalised,
        "other_language": chance.happens(foreign, Ask.BEGIN_LANGUAGE, i),
        "time": chance.trait(Ask.BEGIN_TIME, i, p.time - p.time_gap * marginalised, p.time_spread),
        "skill": chance.trait(Ask.BEGIN_SKILL, i, p.skill + p.skill_slope * (status - 0.5), p.skill_spread),
        "concern": concern,
        "trust": trust,
        "trust0": trust,
        "belief": trust,
        "efficacy": efficacy,
        "efficacy0": efficacy,
        "drive": v.drive * chance.normal(Ask.BEGIN_DRIVE, i),
        "belongs": _near(city, i, district, concern),
    }


def _near(city, i, district, concern):
    niches = len(city.initiatives)
    start = math.floor(niches * city.chance.uniform(Ask.BEGIN_MEMBERSHIP, i))
    round_once = [(start + step) % niches for step in range(niches)]
    own = [c for c in round_once if city.issues[c] == concern]
    if city.chance.happens(city.settings.city.local, Ask.BEGIN_LOCAL, i):
        own = [c for c in own if city.places[c] == district] or own
    return own[0] if own else -1


def _friends(city):
    r, p, chance = city.residents, city.settings.city, city.chance
    blocks: dict[tuple[int, bool], list[int]] = {}
    friends: list[list[int]] = [[] for _ in r.trust]
    for i in range(len(friends)):
        block = blocks.setdefault((int(r.district[i]), bool(r.marginalised[i])), [])
        for k in range(p.degree // 2 if i > 0 else 0):
            u = chance.uniform(Ask.BEGIN_NEIGHBOUR, pair(i, k))
            alike = block and chance.happens(p.homophily, Ask.BEGIN_DEGREE, pair(i, k))
            friend = block[math.floor(u * len(block))] if alike else math.floor(u * i)
            friends[i].append(friend)
            friends[friend].append(i)
        block.append(i)
    city.neighbours = np.array([j for those in friends for j in those], int)
    city.starts = np.cumsum([0, *(len(those) for those in friends)])
    r.active[:] = [city.settings.volunteers.before * len(those) for those in friends]


def _first_volunteers(city):
    v, ini = city.settings.volunteers, city.initiatives
    city.now = SimpleNamespace(volunteers=v)
    volunteered(city)
    ini.members = np.where(ini.stage == Stage.ENDED, 0.0, city.pool)
    ini.hours = ini.hours_left = ini.members * v.hours * (1.0 - v.upkeep)
    city.totals = city.flows.copy()
    city.totals[0].joined = sum(ini.members)
