"""Volunteers again, by docs/odd.md 7.11: who takes part; initiatives are born, grow, turn and end."""

import math

from sim.model.chance import Ask
from sim.model.columns import NEVER, Case, Progress, Stage, Stance, Word
from tests.replica.stage import ACTIVE, clip


def logistic(x):
    """1 / (1 + e^-x)."""
    return 1.0 / (1.0 + math.exp(-x))


def volunteers(city):
    """One month."""
    volunteered(city)
    for c, ini in enumerate(city.initiatives):
        if ini.stage == Stage.ENDED:
            _founded(city, c, ini)
            continue
        _tires(city, ini)
        _people(city, c, ini)
        _grows(city, c, ini)
        if city.chance.happens(min(1.0, _hazard(city, ini)), Ask.ENDING, c):
            _ends(city, c, ini)
        elif city.chance.happens(city.now.volunteers.reconsider, Ask.STANCE, c):
            ini.stance = _stance(city, c, ini)


def volunteered(city):
    """Chances of residents to volunteer, and what niches can draw on."""
    r, v = city.residents, city.now.volunteers
    city.pool[:] = 0.0
    for i in range(len(r.trust)):
        means = (r.time[i] + r.status[i] + r.skill[i]) / 3.0
        r.leaning[i] = (
            v.base + v.resources * means + v.efficacy * r.efficacy[i] + v.trust * r.trust[i] + r.drive[i]
            - v.fatigue * r.fatigue[i] - v.overwork * (1.5 - r.time[i])
        )  # fmt: skip
        r.volunteers[i] = logistic(r.leaning[i] + v.asked * (1.0 - math.exp(-v.invite * r.active[i])))
        if r.belongs[i] >= 0:
            city.pool[r.belongs[i]] += r.volunteers[i] * v.share * city.state[0].people * 2.0 * r.time[i]


def _founded(city, c, ini):
    v, born = city.now.volunteers, city.born[c]
    if not city.chance.happens(v.forming, Ask.FOUND, c):
        return
    ini.stage, ini.stance, ini.formal, ini.age = Stage.IDEA, Stance.COOPERATE, False, 0.0
    ini.members = 0.5 * city.pool[c]
    ini.capacity, ini.awareness = 0.5 * born.capacity, 0.5 * born.awareness
    ini.knowledge, ini.trust, ini.trust0, ini.vision = born.knowledge, born.trust, born.trust0, born.vision
    ini.radicality = clip(born.radicality + v.niche_noise * city.chance.normal(Ask.FOUND_TRAIT, c))
    ini.strain = v.fresh_strain
    ini.frustration = ini.success = ini.good = ini.bad = 0.0
    ini.wins = ini.losses = ini.applies_from = ini.delivered = ini.idea = 0
    ini.months_since_grant, ini.founded_with = NEVER, False
    city.flows[0].founded += 1
    city.flows[0].joined += ini.members


def _tires(city, ini):
    v = city.now.volunteers
    used = 1.0 - ini.hours_left / ini.hours if ini.hours > 0.0 else 0.0
    load = v.upkeep + (1.0 - v.upkeep) * used
    s = ini.strain + v.load_strain * load + v.frustration_strain * ini.frustration
    ini.strain = clip(s - v.recovery * (1.0 + ini.success) * s)
    ini.success *= v.memory
    ini.frustration *= v.memory


def _people(city, c, ini):
    v, flows = city.now.volunteers, city.flows[0]
    joined = v.join * city.pool[c]
    left = ini.members * min(1.0, v.leave * math.exp(v.strain_effect * (ini.strain - v.usual_strain)))
    ini.members += joined - left
    flows.joined += joined
    flows.left += left
    ini.age += 1
    ini.months_since_grant += 1
    ini.hours = ini.members * v.hours * (1.0 - v.upkeep) if ini.stage in ACTIVE else 0.0
    ini.hours_left = ini.hours
    flows.volunteer_given += ini.hours


def _grows(city, c, ini):
    v, chance = city.now.volunteers, city.chance
    if ini.stage == Stage.IDEA and ini.members >= v.core:
        ini.stage = Stage.INFORMAL
    elif ini.stage == Stage.INFORMAL and chance.happens(2.0 * v.formalise * ini.capacity, Ask.FORMALISE, c):
        ini.stage, ini.formal = Stage.FORMAL, True
    elif ini.stage == Stage.FORMAL and ini.age > v.mature_age and ini.delivered >= 2 and ini.capacity > v.mature_skill:
        ini.stage = Stage.MATURE
    elif ini.stage == Stage.DORMANT:
        if ini.members >= 0.5 * v.core and chance.happens(v.wake, Ask.SLEEP, c):
            ini.stage = Stage.FORMAL if ini.formal else Stage.INFORMAL
    elif ini.stage != Stage.IDEA and ini.members < 0.5 * v.core:
        ini.stage = Stage.DORMANT


def _hazard(city, ini):
    v = city.now.volunteers
    old, new = (
        (v.hazard_old_formal, v.hazard_new_formal) if ini.formal else (v.hazard_old_informal, v.hazard_new_informal)
    )
    hazard = (old + (new - old) * math.exp(-ini.age / v.newness)) / 12.0
    hazard *= math.exp(
        -v.funded_shield * (ini.months_since_grant <= v.shield_months)
        - v.members_shield * math.log2(max(0.5, ini.members / v.core))
        + v.strain_hazard * (ini.strain - v.usual_strain)
    )
    return 2.0 * hazard if ini.stage == Stage.DORMANT else hazard


def _ends(city, c, ini):
    flows, state, ask = city.flows[0], city.state[0], city.asks[c]
    for tie in city.ties[c]:
        tie.official = tie.serial = -1
    if ask.case in (Case.WAITING, Case.LATE_CHECK):
        flows.withdrawn += 1
    ask.case, ask.official = Case.NONE, -1
    for project in city.projects[c]:
        flows.orphaned += project.progress != Progress.NONE
        project.progress = Progress.NONE
    for promise in city.promises[c]:
        flows.released += promise.word != Word.NONE
        promise.word = Word.NONE
    flows.spent += ini.purse
    state.spent += ini.purse
    flows.left += ini.members
    flows.ended += 1
    ini.purse = ini.members = ini.hours = ini.hours_left = 0.0
    ini.stage = Stage.ENDED


def _stance(city, c, ini):
    v, power = city.now.volunteers, city.now.power
    odds = (
        v.cooperative
        + v.stance_trust * (ini.trust - 0.5)
        - 2.0 * v.stance_power * power.imbalance * abs(ini.vision - power.vision)
        - v.stance_hostility * city.now.outside.hostility
    )
    if not city.chance.happens(logistic(odds), Ask.STANCE_OPPOSE, c):
        return Stance.OPPOSE
    if city.chance.uniform(Ask.STANCE_FRIEND, c) < ini.autonomy:
        return Stance.CRITICAL_FRIEND
    return Stance.COOPERATE
