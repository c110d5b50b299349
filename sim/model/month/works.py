"""Joint projects: begun, worked on, helped or not, delivered, late or given up (B03 to B18, M22).

Staff help makes a joint project worth more where local knowledge meets it, a room saves money, and
compromise with a stronger partner costs ideas; the promise to help is kept or broken.
"""

from dataclasses import dataclass
from typing import Any

from sim.model.chance import Ask, happens, pair
from sim.model.columns import NEVER, Case, Progress, Stage, Stance, Vow, Word
from sim.model.kernels import TINY, clip01, compiled
from sim.model.params import assumed, booklet, data, param


@dataclass(frozen=True)
class Works:
    """Parameters of `works`."""

    small_effort: float = param(
        120.0, "hours", 10, 1000, assumed("three weeks of full work"), "volunteer time of a small project"
    )
    large_effort: float = param(
        480.0, "hours", 40, 4000, assumed("four times a small one"), "volunteer time of a large project"
    )
    small_cost: float = param(
        3000.0,
        "EUR",
        100,
        20000,
        data("largest AdaptCascais grant, 2021 (E26)"),
        "money for a small project that needs any",
    )
    large_cost: float = param(
        10600.0,
        "EUR",
        500,
        100000,
        data("median of the projects that Amsterdam's district budgets funded (E20)", "computed"),
        "money for a large project that needs any",
    )
    small_months: int = param(4, "months", 1, 24, assumed("a season"), "planned length of a small project")
    large_months: int = param(12, "months", 2, 60, assumed("a year"), "planned length of a large project")
    pace: float = param(
        1.5, "factor", 1, 4, assumed("a group can speed up by half"), "fastest pace of work, relative to the plan"
    )
    room_saves: float = param(
        0.2, "share", 0, 0.9, booklet("win_win"), "share of the cost that a room of the city's saves"
    )
    fundraising: float = param(
        0.25,
        "EUR/hour",
        0,
        20,
        assumed("what is left of collections and fees after running costs"),
        "own money raised per volunteer hour",
    )
    patience: int = param(
        12, "months", 1, 60, assumed("one call's length"), "months for which a project waits for money"
    )
    help_hours: float = param(
        2.0, "hours/month", 0, 40, assumed("a meeting a month"), "staff help promised to a joint project"
    )
    help_kept: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("half of it still counts as help"),
        "share of promised help above which the promise is kept",
    )
    synergy: float = param(
        0.5, "share", 0, 2, booklet("win_win"), "extra value when both sides bring what the other lacks"
    )
    novelty: float = param(0.3, "share", 0, 1, booklet("win_win"), "extra value of radical ideas")
    city_alone: float = param(
        0.4,
        "share",
        0,
        1,
        assumed("a city without local knowledge does half as well as a knowing one"),
        "quality of what the city would do alone",
    )
    failure: float = param(
        0.02,
        "per month",
        0,
        0.2,
        assumed("a fifth of year-long projects of groups without skill fail"),
        "chance that a project of a group without skill fails",
    )
    alone: float = param(
        0.05,
        "per month",
        0,
        0.5,
        assumed("a small step of one's own every other year"),
        "chance that an idle initiative starts a small project on its own",
    )
    spend: float = param(
        0.3,
        "per month",
        0,
        1,
        assumed("money does not lie idle for more than a season"),
        "chance that an idle initiative with money starts a project of its own",
    )
    compromise: float = param(
        0.5,
        "share",
        0,
        1,
        booklet("power"),
        "share of the value of new ideas that is lost to a partner with all the power",
    )
    narrative: float = param(
        0.05,
        "share",
        0,
        0.5,
        assumed("M22"),
        "how far a joint project draws the vision of an initiative without autonomy to the city's",
    )
    spawn: float = param(
        0.25,
        "chance",
        0,
        1,
        booklet("freiburg"),
        "chance that a delivered joint project gives birth to another",
        lever="initiative",
    )
    celebrate: float = param(
        0.2, "chance", 0, 1, booklet("celebrate"), "chance that a success is celebrated together", lever="initiative"
    )
    joy: float = param(
        1.0,
        "events",
        0,
        1,
        assumed("a full good event (M2)"),
        "good experience of a delivered joint project for both sides",
    )
    celebration: float = param(
        0.5, "events", 0, 1, assumed("half as much again"), "further good experience when it is celebrated"
    )
    goodwill: float = param(
        0.3, "events", 0, 1, booklet("genuine"), "good experience of a resident whom a delivered joint project serves"
    )
    access: float = param(
        0.7,
        "share",
        0,
        1,
        booklet("inequality"),
        "share of its service that reaches the marginalised, if an initiative is not justice-oriented",
    )
    failing_hurt: float = param(
        0.2,
        "events",
        0,
        1,
        assumed("a fifth of a broken promise"),
        "bad experience of a project that ends without result",
    )
    learning: float = param(
        0.05,
        "share",
        0,
        0.5,
        assumed("half of what is missing in a dozen projects"),
        "share of missing skill that a delivered project teaches",
    )
    encouragement: float = param(
        0.25,
        "share",
        0,
        1,
        assumed("four in a row make a full success"),
        "memory of success that a delivered project leaves",
    )
    relief: float = param(0.1, "share", 0, 0.5, assumed("M22"), "strain that a celebration takes away, on both sides")
    bonding: float = param(
        0.1, "share", 0, 0.5, booklet("celebrate"), "share of missing empathy that a delivered joint project brings"
    )
    push: float = param(
        0.02,
        "per project",
        0,
        0.2,
        booklet("win_win"),
        "how much a delivered joint project opens the partner to radical ideas",
    )


WRITES = (
    "asks.case",
    "asks.official",
    "projects",
    "promises",
    "initiatives",
    "officials.hours_left",
    "officials.openness",
    "officials.strain",
    "ties.good",
    "ties.empathy",
    "state.raised",
    "state.spent",
    "served",
    "flows",
)


def run(city: Any) -> None:
    """Begin what was granted, work on what runs, deliver what is done."""
    city.served[:] = 0.0
    _month(
        city.seed,
        city.month,
        city.now.works,
        city.pushed,
        city.now.power,
        city.state,
        city.officials,
        city.initiatives,
        city.ties,
        city.asks,
        city.projects,
        city.promises,
        city.served,
        city.flows,
    )


@compiled
def _month(
    seed, month, works, pushed, power, state, officials, initiatives, ties, asks, projects, promises, served, flows
):
    w, s, flow = works[0], state[0], flows[0]
    for c in range(len(initiatives)):
        ini = initiatives[c]
        if not Stage.INFORMAL <= ini.stage <= Stage.MATURE:
            continue
        raised = w.fundraising * ini.hours
        ini.purse += raised
        s.raised += raised
        flow.raised += raised
        if asks[c].case == Case.GRANTED:
            _begin_joint(month, c, w, officials, asks[c], projects[c], promises[c], flow)
        elif _idle(projects[c]) and asks[c].case == Case.NONE:
            _maybe_alone(seed, month, c, w, ini, projects[c, 0], flow)
        for p in range(projects.shape[1]):
            project = projects[c, p]
            if project.progress == Progress.NEEDS_MONEY:
                _wait_for_money(month, w, s, ini, project, promises[c, Vow.HELP + p], flow)
            if project.progress == Progress.RUNNING:
                _work(
                    seed,
                    month,
                    c,
                    p,
                    w,
                    pushed[c],
                    power[0],
                    officials,
                    ini,
                    ties[c],
                    project,
                    promises[c, Vow.HELP + p],
                    served,
                    flow,
                )


@compiled
def _idle(projects):
    for p in range(len(projects)):
        if projects[p].progress != Progress.NONE:
            return False
    return True


@compiled
def _planned(w, small):
    """Months that are planned for a project."""
    return w.small_months if small else w.large_months


@compiled
def _begin(month, w, project, small, money, space, generation):
    project.progress = Progress.NEEDS_MONEY if money else Progress.RUNNING
    project.small = small
    project.space = space
    project.cost = (w.small_cost if small else w.large_cost) if money else 0.0
    if space:
        project.cost *= 1.0 - w.room_saves
    project.effort = w.small_effort if small else w.large_effort
    project.paid = 0.0
    project.done = 0.0
    project.help = 0.0
    project.helped = 0.0
    project.start = month
    project.due = month + _planned(w, small) - 1  # the first month counts
    project.official = -1
    project.serial = -1
    project.generation = generation


@compiled
def _maybe_alone(seed, month, c, w, ini, project, flow):
    """An idle initiative spends what is in its purse on a project of its own, or does a little without."""
    rich = ini.purse >= w.small_cost
    if happens(w.spend if rich else w.alone, seed, Ask.WORKS_ALONE, month, c):
        _begin(month, w, project, ini.purse < w.large_cost, rich, False, 0)
        flow.started_alone += 1


@compiled
def _begin_joint(month, c, w, officials, ask, projects, promises, flow):
    for p in range(len(projects)):
        if projects[p].progress != Progress.NONE:
            continue
        project, promise = projects[p], promises[Vow.HELP + p]
        if promise.word != Word.NONE:
            continue
        _begin(month, w, project, ask.small, ask.money, ask.space, ask.generation)
        project.done = min(ask.spent, 0.5 * project.effort)
        project.official = ask.official
        project.serial = officials[ask.official].serial
        project.help = w.help_hours * _planned(w, ask.small)
        promise.word = Word.OPEN
        promise.official = ask.official
        promise.serial = project.serial
        promise.due = month + int(NEVER)  # settled at the project's end
        promise.stake = 1.0
        flow.promised += 1
        flow.started_joint += 1
        ask.case = Case.NONE
        ask.official = -1
        return


@compiled
def _wait_for_money(month, w, s, ini, project, promise, flow):
    """Material is bought when the work begins, so that no euro counts for two projects."""
    if ini.purse >= project.cost:
        ini.purse -= project.cost
        project.paid = project.cost
        s.spent += project.cost
        flow.spent += project.cost
        project.progress = Progress.RUNNING
        project.due += month - project.start
        project.start = month
    elif month - project.start >= w.patience:
        project.progress = Progress.NONE
        # Nobody's word was broken: the money was never promised.
        if promise.word == Word.OPEN:
            promise.word = Word.NONE
            flow.released += 1
        ini.frustration = clip01(ini.frustration + w.failing_hurt)
        flow.starved += 1


@compiled
def _work(seed, month, c, p, w, pushed, power, officials, ini, ties, project, promise, served, flow):
    pace = w.pace * project.effort / _planned(w, project.small)
    hours = min(ini.hours_left, pace, project.effort - project.done)
    ini.hours_left -= hours
    project.done += hours
    flow.volunteer_delivery += hours
    if project.official >= 0:
        _help(w, officials[project.official], project, flow)
    if project.done >= project.effort - TINY:
        _deliver(seed, month, c, p, w, pushed, power, officials, ini, ties, project, promise, served, flow)
    elif happens(w.failure * (1.0 - ini.capacity), seed, Ask.WORKS_FAIL, month, pair(c, p)):
        project.progress = Progress.NONE
        if promise.word == Word.OPEN:
            promise.word = Word.NONE
            flow.released += 1
        ini.frustration = clip01(ini.frustration + w.failing_hurt)
        flow.failed += 1


@compiled
def _help(w, official, project, flow):
    """Staff help while the partner is still there and has time; a successor goes on with it."""
    hours = min(w.help_hours, official.hours_left)
    official.hours_left -= hours
    project.helped += hours
    flow.staff_help += hours


@compiled
def _deliver(seed, month, c, p, w, pushed, power, officials, ini, ties, project, promise, served, flow):
    project.progress = Progress.NONE
    size = project.effort / w.small_effort
    own = size * (0.5 * ini.knowledge + 0.5 * ini.capacity) * (1.0 + w.novelty * ini.radicality)
    ini.delivered += 1
    ini.capacity += w.learning * (1.0 - ini.capacity)
    ini.success = clip01(ini.success + w.encouragement)
    flow.delivered += 1
    flow.late += month > project.due
    flow.value += own
    if project.official < 0:
        return
    # Whoever is done early has not missed the help that was still to come.
    help = min(project.help, w.help_hours * (month - project.start + 1))
    helped = min(1.0, project.helped / help) if help > 0.0 else 1.0
    if promise.word == Word.OPEN:
        promise.word = Word.KEPT if helped >= w.help_kept else Word.BROKEN
    # Roles complement each other most where knowledge meets help (B06, B10).
    # ... and compromise with a stronger partner takes the edge off new ideas.
    edge = w.novelty * ini.radicality
    blunted = (1.0 + edge * (1.0 - w.compromise * power.imbalance)) / (1.0 + edge)
    joint = own * blunted * (1.0 + w.synergy * helped * ini.knowledge)
    city = size * w.city_alone
    flow.value += joint - own
    flow.joint += 1
    flow.joint_value += joint
    flow.gain += joint - max(own, city)
    flow.win_win += joint > own and joint > city
    flow.lineage += project.generation > 1
    served[c] += size * helped * ini.reach
    _share_joy(seed, month, c, p, w, pushed, power, officials[project.official], ini, ties, project)
    if happens(pushed.spawn, seed, Ask.WORKS_SPAWN, month, pair(c, p)):
        ini.idea = max(ini.idea, project.generation + 2 if project.generation == 0 else project.generation + 1)


@compiled
def _share_joy(seed, month, c, p, w, pushed, power, official, ini, ties, project):
    """Credit to both sides: acknowledged, and now and then celebrated (M22)."""
    joy = w.joy * pushed.acknowledge
    if happens(pushed.celebrate, seed, Ask.WORKS_CELEBRATE, month, pair(c, p)):
        joy += w.celebration
        ini.strain = clip01(ini.strain - w.relief)
        official.strain = clip01(official.strain - w.relief)
    ini.good += joy
    if ini.stance == Stance.COOPERATE:  # a critical friend keeps its own (F7, F8)
        ini.vision += w.narrative * (1.0 - ini.autonomy) * (power.vision - ini.vision)
    official.openness = clip01(official.openness + w.push * ini.radicality * (1.0 - official.openness))
    for j in range(len(ties)):
        if ties[j].official == project.official and ties[j].serial == official.serial:
            ties[j].good += joy
            ties[j].empathy = clip01(ties[j].empathy + w.bonding * (1.0 - ties[j].empathy))
