"""Projects begun, helped, delivered and celebrated, by hand (M22, and what makes joint work worth more)."""

import pytest
from scipy.stats import binomtest

from sim.model.columns import Case, Progress, Vow, Word
from sim.model.month import works

ALPHA = 1e-4  # of failing by chance
PARTNER = 1
WORK = {"alone": 0.0, "spend": 0.0, "fundraising": 0.0, "failure": 0.0, "celebrate": 0.0, "spawn": 0.0, "push": 0.0}
WORK |= {"small_effort": 120.0, "large_effort": 480.0, "small_months": 4, "large_months": 12, "pace": 1.5}
WORK |= {"small_cost": 3000.0, "help_hours": 2.0, "help_kept": 0.5, "room_saves": 0.2}


def city_of(plain, **settings):
    return plain({"works": {**WORK, **settings}, "contact": {"acknowledge": 0.5}}, month=10)


def running(city, c=0, **values):
    """A small joint project of initiative `c` with all but its last 40 hours done."""
    project = city.projects[c, 0]
    project["progress"], project["official"], project["serial"], project["small"] = Progress.RUNNING, PARTNER, 0, True
    project["effort"], project["done"], project["start"], project["due"] = 120.0, 80.0, 7, 11
    project["help"], project["helped"] = 8.0, 6.0
    for name, value in values.items():
        project[name] = value
    city.promises[c, Vow.HELP]["word"] = Word.OPEN
    return project


def test_a_granted_ask_becomes_a_project_with_a_promise_of_help(plain):
    """4 months at 2 hours, 10 to 13: 8 hours of help; 30 hours of work are in it already, and this month 45 more
    (1.5 x 120 / 4), with 2 hours of help.
    """
    city = city_of(plain)
    ask = city.asks[0]
    ask["case"], ask["official"], ask["small"], ask["spent"] = Case.GRANTED, PARTNER, True, 30.0
    works.run(city)
    project, promise = city.projects[0, 0], city.promises[0, Vow.HELP]
    assert (project["help"], project["due"], project["done"], project["helped"]) == (8, 13, 75, 2)
    assert (promise["word"], promise["official"], promise["stake"]) == (Word.OPEN, PARTNER, 1)
    assert ask["case"] == Case.NONE
    assert city.initiatives["hours_left"][0] == 55
    assert (city.flows[0]["started_joint"], city.flows[0]["staff_help"]) == (1, 2)


@pytest.mark.parametrize(("room", "cost"), [(False, 3000.0), (True, 2400.0)])
def test_a_room_saves_a_fifth_and_work_waits_for_all_of_the_money(plain, room, cost):
    """What it costs is spent when it begins; a euro short, and it waits."""
    city = city_of(plain)
    for c, purse in ((0, cost), (1, cost - 1)):
        ask = city.asks[c]
        ask["case"], ask["official"], ask["small"], ask["money"], ask["space"] = Case.GRANTED, PARTNER, True, True, room
        city.initiatives["purse"][c] = purse
    works.run(city)
    assert list(city.projects["progress"][:2, 0]) == [Progress.RUNNING, Progress.NEEDS_MONEY]
    assert list(city.initiatives["purse"][:2]) == pytest.approx([0, cost - 1])
    assert city.flows[0]["spent"] == pytest.approx(cost)
    assert city.projects["done"][1, 0] == 0


def test_money_pays_for_one_project_only(plain):
    """3,000 in the purse, two projects of 3,000 each: one begins."""
    city = city_of(plain, patience=60)
    for p in (0, 1):
        project = city.projects[0, p]
        project["progress"], project["official"], project["small"] = Progress.NEEDS_MONEY, -1, True
        project["cost"], project["effort"], project["start"] = 3000.0, 120.0, 10
    city.initiatives["purse"][0] = 3000.0
    works.run(city)
    assert sorted(city.projects["progress"][0, :2]) == [Progress.NEEDS_MONEY, Progress.RUNNING]


@pytest.mark.parametrize(("since", "progress"), [(5, Progress.NEEDS_MONEY), (4, Progress.NONE)])
def test_a_project_waits_for_money_as_long_as_its_patience(plain, since, progress):
    """Waiting since month 4 with a patience of 6: given up in month 10; nobody's word is broken."""
    city = city_of(plain, patience=6, failing_hurt=0.2)
    project = running(city, progress=Progress.NEEDS_MONEY, cost=3000.0, start=since)
    works.run(city)
    given_up = progress == Progress.NONE
    assert project["progress"] == progress
    assert city.promises[0, Vow.HELP]["word"] == (Word.NONE if given_up else Word.OPEN)
    assert city.initiatives["frustration"][0] == pytest.approx(0.2 if given_up else 0.0)


def test_what_a_joint_project_is_worth(plain):
    """Knowledge 0.8, skill 0.4, radicality 0.5, novelty 0.2: own (0.4 + 0.2) x 1.1 = 0.66.

    Compromise takes 0.5 x 0.5 of what novelty adds: 0.6 x (1 + 0.1 x 0.75) = 0.645. Helped 6 + 2 of 8
    hours: 0.645 x (1 + 0.5 x 1 x 0.8) = 0.903. The city alone: 0.7. Gain 0.203.
    """
    city = city_of(plain, novelty=0.2, synergy=0.5, city_alone=0.7, compromise=0.5)
    ini = city.initiatives
    ini["knowledge"], ini["capacity"], ini["radicality"], ini["reach"] = 0.8, 0.4, 0.5, 0.3
    running(city)
    works.run(city)
    flow = city.flows[0]
    assert flow["joint_value"] == flow["value"] == pytest.approx(0.903)
    assert flow["gain"] == pytest.approx(0.203)
    assert (flow["joint"], flow["delivered"], flow["late"], flow["win_win"]) == (1, 1, 0, 1)
    assert city.served[0] == pytest.approx(0.3)


def test_a_project_alone_is_worth_what_the_initiative_can(plain):
    """(0.5 x 0.8 + 0.5 x 0.4) x 1 = 0.6; nobody's trust is touched."""
    city = city_of(plain)
    city.initiatives["knowledge"], city.initiatives["capacity"] = 0.8, 0.4
    running(city, official=-1)
    city.promises[0, Vow.HELP]["word"] = Word.NONE
    works.run(city)
    assert city.flows[0]["value"] == pytest.approx(0.6)
    assert (city.flows[0]["joint"], city.initiatives["good"][0], city.served[0]) == (0, 0, 0)


@pytest.mark.parametrize(("helped", "word"), [(2.0, Word.KEPT), (1.9, Word.BROKEN)])
def test_help_is_a_promise_kept_from_half_on(plain, helped, word):
    """2 hours come this month: 4 of 8 keep it, 3.9 break it."""
    city = city_of(plain)
    running(city, helped=helped)
    works.run(city)
    assert city.promises[0, Vow.HELP]["word"] == word


@pytest.mark.parametrize(("month", "late"), [(11, 0), (12, 1)])
def test_delivered_after_the_planned_date_is_late(plain, month, late):
    city = city_of(plain)
    city.month = month
    running(city, due=11)
    works.run(city)
    assert city.flows[0]["late"] == late


def test_what_a_delivered_project_leaves(plain, meet):
    """Skill 0.5 + 0.1 x 0.5 = 0.55; success 0.25. Joy 0.4 x 0.5 (acknowledged by half) = 0.2 for the
    initiative and the pair; empathy 0.5 + 0.1 x 0.5 = 0.55; openness 0.5 + 0.2 x 0.5 x 0.5 = 0.55.
    """
    city = city_of(plain, learning=0.1, encouragement=0.25, joy=0.4, bonding=0.1, push=0.2)
    city.initiatives["radicality"] = 0.5
    tie, stranger = meet(city, 0, PARTNER, trust=0.5), meet(city, 0, 2, slot=1, trust=0.5)
    running(city)
    works.run(city)
    assert city.initiatives["capacity"][0] == pytest.approx(0.55)
    assert city.initiatives["success"][0] == pytest.approx(0.25)
    assert (city.initiatives["good"][0], tie["good"]) == (pytest.approx(0.2), pytest.approx(0.2))
    assert tie["empathy"] == pytest.approx(0.55)
    assert (stranger["good"], stranger["empathy"]) == (0, 0.5)
    assert city.officials["openness"][PARTNER] == pytest.approx(0.55)


def test_a_celebration_adds_joy_and_takes_strain_away(plain, meet):
    """0.4 x 0.5 + 0.3 = 0.5 of joy; strain 0.6 - 0.1 and 0.4 - 0.1 on the two sides, nobody else's."""
    city = city_of(plain, celebrate=1.0, celebration=0.3, joy=0.4, relief=0.1)
    city.initiatives["strain"], city.officials["strain"] = 0.6, 0.4
    tie = meet(city, 0, PARTNER, trust=0.5)
    running(city)
    works.run(city)
    assert (city.initiatives["good"][0], tie["good"]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert list(city.initiatives["strain"][:2]) == pytest.approx([0.5, 0.6])
    assert list(city.officials["strain"][:2]) == pytest.approx([0.4, 0.3])


@pytest.mark.parametrize(("generation", "idea"), [(0, 2), (1, 2), (4, 5)])
def test_projects_spawn_projects(plain, generation, idea):
    """The first of a line has number 0 or 1, so the next is the second; after the fourth comes the fifth."""
    city = city_of(plain, spawn=1.0)
    running(city, generation=generation)
    works.run(city)
    assert city.initiatives["idea"][0] == idea
    assert city.flows[0]["lineage"] == (1 if generation > 1 else 0)


def test_failures_without_skill(plain):
    """0.2 x (1 - 0.5) = 0.1 of 500; the promise is released."""
    city = plain({"works": {**WORK, "failure": 0.2}}, month=10, initiatives=500)
    for c in range(500):
        running(city, c, done=0.0)
    works.run(city)
    failed = int(city.flows[0]["failed"])
    assert binomtest(failed, 500, 0.1).pvalue > ALPHA
    assert city.flows[0]["released"] == failed


def test_the_hours_of_an_initiative_are_its_speed(plain):
    """10 hours left of 45 that the plan would take at its fastest."""
    city = city_of(plain)
    city.initiatives["hours_left"] = 10.0
    project = running(city, done=0.0)
    works.run(city)
    assert (project["done"], city.initiatives["hours_left"][0], city.flows[0]["volunteer_delivery"]) == (10, 0, 10)


def test_own_money_is_raised_by_the_hour(plain):
    """100 hours at EUR 2."""
    city = city_of(plain, fundraising=2.0)
    works.run(city)
    assert city.initiatives["purse"] == pytest.approx(200.0)
    assert city.state[0]["raised"] == pytest.approx(800.0)
