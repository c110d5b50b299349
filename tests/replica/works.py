"""Works again, by docs/odd.md 7.9: projects begun, worked on, delivered or given up."""

from sim.model.chance import Ask
from sim.model.columns import NEVER, RUNNING, Case, Progress, Stance, Vow, Word
from tests.replica.stage import ACTIVE, clip, pair

TINY = 1e-9


def works(city):
    """One month."""
    city.served[:] = 0.0
    for c, ini in enumerate(city.initiatives):
        if ini.stage not in ACTIVE:
            continue
        raised = city.now.works.fundraising * ini.hours
        ini.purse += raised
        city.state[0].raised += raised
        city.flows[0].raised += raised
        _begin(city, c, ini)
        for p in range(RUNNING):
            _see_to(city, c, p)


def _begin(city, c, ini):
    ask, w = city.asks[c], city.now.works
    if ask.case == Case.GRANTED:
        for p in range(RUNNING):
            if city.projects[c, p].progress == Progress.NONE and city.promises[c, Vow.HELP + p].word == Word.NONE:
                _begin_joint(city, c, p)
                return
    elif ask.case == Case.NONE and all(project.progress == Progress.NONE for project in city.projects[c]):
        rich = bool(ini.purse >= w.small_cost)
        if city.chance.happens(w.spend if rich else w.alone, Ask.WORKS_ALONE, c):
            _plan(city, c, 0, small=bool(ini.purse < w.large_cost), money=rich, space=False, generation=0)
            project = city.projects[c, 0]
            project.official, project.serial, project.done, project.help = -1, -1, 0.0, 0.0
            city.flows[0].started_alone += 1


def _begin_joint(city, c, p):
    ask, w, project = city.asks[c], city.now.works, city.projects[c, p]
    _plan(city, c, p, small=ask.small, money=ask.money, space=ask.space, generation=ask.generation)
    project.official, project.serial = ask.official, city.officials[ask.official].serial
    project.done = min(ask.spent, 0.5 * project.effort)
    project.help = w.help_hours * _planned(w, project)
    promise = city.promises[c, Vow.HELP + p]
    promise.word, promise.official, promise.serial = Word.OPEN, project.official, project.serial
    promise.due, promise.stake = city.month + int(NEVER), 1.0
    city.flows[0].promised += 1
    city.flows[0].started_joint += 1
    ask.case, ask.official = Case.NONE, -1


def _plan(city, c, p, *, small, money, space, generation):
    w, project = city.now.works, city.projects[c, p]
    project.progress = Progress.NEEDS_MONEY if money else Progress.RUNNING
    project.small, project.space, project.generation = small, space, generation
    cost = (w.small_cost if small else w.large_cost) if money else 0.0
    project.cost = cost * (1.0 - w.room_saves) if space else cost
    project.paid = project.helped = 0.0
    project.effort = w.small_effort if small else w.large_effort
    project.start, project.due = city.month, city.month + _planned(w, project) - 1


def _planned(w, project):
    return w.small_months if project.small else w.large_months


def _see_to(city, c, p):
    project, ini, flows = city.projects[c, p], city.initiatives[c], city.flows[0]
    if project.progress == Progress.NEEDS_MONEY:
        if ini.purse >= project.cost:
            ini.purse -= project.cost
            project.paid = project.cost
            flows.spent += project.cost
            city.state[0].spent += project.cost
            project.progress = Progress.RUNNING
            project.due += city.month - project.start
            project.start = city.month
        elif city.month - project.start >= city.now.works.patience:
            _give_up(city, c, p)
            flows.starved += 1
    if project.progress == Progress.RUNNING:
        _work(city, c, p)


def _give_up(city, c, p):
    city.projects[c, p].progress = Progress.NONE
    promise, ini = city.promises[c, Vow.HELP + p], city.initiatives[c]
    if promise.word == Word.OPEN:
        promise.word = Word.NONE
        city.flows[0].released += 1
    ini.frustration = clip(ini.frustration + city.now.works.failing_hurt)


def _work(city, c, p):
    project, ini, flows, w = city.projects[c, p], city.initiatives[c], city.flows[0], city.now.works
    hours = min(ini.hours_left, w.pace * project.effort / _planned(w, project), project.effort - project.done)
    ini.hours_left -= hours
    project.done += hours
    flows.volunteer_delivery += hours
    if project.official >= 0:
        official = city.officials[project.official]
        help_now = min(w.help_hours, official.hours_left)
        official.hours_left -= help_now
        project.helped += help_now
        flows.staff_help += help_now
    if project.done >= project.effort - TINY:
        _deliver(city, c, p)
    elif city.chance.happens(w.failure * (1.0 - ini.capacity), Ask.WORKS_FAIL, pair(c, p)):
        _give_up(city, c, p)
        flows.failed += 1


def _deliver(city, c, p):
    project, ini, flows, w = city.projects[c, p], city.initiatives[c], city.flows[0], city.now.works
    size = project.effort / w.small_effort
    own = size * (ini.knowledge + ini.capacity) / 2.0 * (1.0 + w.novelty * ini.radicality)
    ini.delivered += 1
    flows.delivered += 1
    ini.capacity += w.learning * (1.0 - ini.capacity)
    ini.success = clip(ini.success + w.encouragement)
    if city.month > project.due:
        flows.late += 1
    flows.value += own
    project.progress = Progress.NONE
    if project.official >= 0:
        flows.joint += 1
        _account(city, c, p, size, own)
        _rejoice(city, c, p)


def _account(city, c, p, size, own):
    """What a joint project is worth, and to whom."""
    project, ini, flows, w = city.projects[c, p], city.initiatives[c], city.flows[0], city.now.works
    ran = city.month - project.start + 1
    could = min(project.help, w.help_hours * ran)
    eta = min(1.0, project.helped / could) if could > 0.0 else 1.0
    promise = city.promises[c, Vow.HELP + p]
    if promise.word == Word.OPEN:
        promise.word = Word.KEPT if eta >= w.help_kept else Word.BROKEN
    e = w.novelty * ini.radicality
    edge = (1.0 + e * (1.0 - w.compromise * city.now.power.imbalance)) / (1.0 + e)
    joint = own * edge * (1.0 + w.synergy * eta * ini.knowledge)
    flows.value += joint - own
    flows.joint_value += joint
    flows.gain += joint - max(own, size * w.city_alone)
    if joint > own and joint > size * w.city_alone:
        flows.win_win += 1
    if project.generation > 1:
        flows.lineage += 1
    city.served[c] += size * eta * ini.reach


def _rejoice(city, c, p):
    """What a joint project does to those who did it."""
    project, ini, w, pushed = city.projects[c, p], city.initiatives[c], city.now.works, city.pushed[c]
    official = city.officials[project.official]
    joy = w.joy * pushed.acknowledge
    if city.chance.happens(pushed.celebrate, Ask.WORKS_CELEBRATE, pair(c, p)):
        joy += w.celebration
        ini.strain = clip(ini.strain - w.relief)
        official.strain = clip(official.strain - w.relief)
    ini.good += joy
    if ini.stance == Stance.COOPERATE:
        ini.vision += w.narrative * (1.0 - ini.autonomy) * (city.now.power.vision - ini.vision)
    official.openness = clip(official.openness + w.push * ini.radicality * (1.0 - official.openness))
    for tie in city.ties[c]:
        if tie.official == project.official and tie.serial == official.serial:
            tie.good += joy
            tie.empathy = clip(tie.empathy + w.bonding * (1.0 - tie.empathy))
    if city.chance.happens(pushed.spawn, Ask.WORKS_SPAWN, pair(c, p)):
        ini.idea = max(ini.idea, project.generation + 1 if project.generation > 0 else 2)
