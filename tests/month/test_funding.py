"""Calls for grants, by hand (M14, M19)."""

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.model.columns import Progress
from sim.model.month import funding

ALPHA = 1e-4  # of failing by chance
# One EUR a head for 100,000 people, whatever the size; no judge errs and everybody needs the money.
CALL = {"every": 12, "pot": 1.0, "size_elasticity": 1.0, "grant": 10_000.0, "noise": 0.0, "threshold": 0.0}
CALL |= {"least_need": 1.0, "support": 0.0, "stigma": 0.0, "award": "score", "earmark": 0.0, "burden": 0.2}
CALL |= {"burden_hours": 50.0, "least_skill": 0.1, "hour_value": 20.0, "prior_wins": 1.0, "prior_calls": 3.0}
CALL |= {"quality_weight": 1.0, "polish_weight": 0.0, "connections": 0.0, "prior_award": 0.0}


def called(plain, *, n=4, prepare=None, outside=None, month=1, **settings):
    """A city after a call. With burden 0.2 and skill 0.5 an application takes 0.2 x 50 / 0.5 = 20 hours."""
    city = plain({"funding": {**CALL, **settings}, "outside": outside or {}}, initiatives=n, month=month)
    if prepare is not None:
        prepare(city)
    funding.run(city)
    return city


def skills(*levels):
    """Quality is half knowledge, half skill: set both."""

    def prepare(city):
        city.initiatives["knowledge"] = city.initiatives["capacity"] = levels

    return prepare


# --- allocate ---


def test_greedy_goes_on_past_what_does_not_fit():
    """Budget 7: the third (3) leaves 4, the first (5) does not fit, the second (4) does."""
    order, costs = np.array([2, 0, 1]), np.array([5.0, 4.0, 3.0])
    assert list(funding.allocate(order, costs, 7.0, True)) == [False, True, True]
    assert list(funding.allocate(order, costs, 7.0, False)) == [False, False, True]


def test_what_fits_exactly_is_funded_and_what_is_not_listed_is_not():
    assert list(funding.allocate(np.array([1]), np.array([1.0, 4.0]), 4.0, True)) == [False, True]
    assert list(funding.allocate(np.array([1]), np.array([1.0, 4.0]), 3.99, True)) == [False, False]


# --- the pot ---


@pytest.mark.parametrize(("elasticity", "every", "pot"), [(1.0, 12, 100_000), (1.0, 6, 50_000), (1.1, 12, 93_303.3)])
def test_the_pot(plain, elasticity, every, pot):
    """EUR 1 for 100,000 people; half for half a year; half the reference size to the power 0.1 is 0.933033."""
    city = called(plain, size_elasticity=elasticity, every=every)
    assert city.flows[0]["budgeted"] == pytest.approx(pot, rel=1e-6)


def test_money_from_above_fills_the_pot_and_what_was_left_lapses(plain):
    def prepare(city):
        city.state[0]["national_money"], city.state[0]["pot"] = 0.5, 700.0

    city = called(plain, prepare=prepare)
    assert (city.flows[0]["budgeted"], city.state[0]["lapsed"]) == (pytest.approx(50_000), pytest.approx(700))
    assert city.state[0]["pot"] == pytest.approx(50_000 - 40_000)


@pytest.mark.parametrize(("month", "held"), [(1, True), (2, False), (12, False), (13, True)])
def test_calls_come_once_a_period(plain, month, held):
    assert (called(plain, month=month).flows[0]["applications"] > 0) == held


# --- who applies ---


@pytest.mark.parametrize(
    ("burden", "record", "applies"),
    [
        # 20 h per 0.2 of burden at EUR 20 an hour: 0.6 costs 1,200, 0.8 costs 1,600; chance 1/3 of 4,500 is 1,500.
        (0.6, (0, 0), True),
        (0.8, (0, 0), False),
        # Two lost calls: chance 1/5 of 4,500 is 900.
        (0.4, (0, 2), True),
        (0.6, (0, 2), False),
        # Two won: chance 3/5 of 4,500 is 2,700.
        (0.8, (2, 0), True),
    ],
)
def test_who_applies_weighs_the_chance_of_a_grant_against_paper(plain, burden, record, applies):
    def prepare(city):
        city.initiatives["wins"], city.initiatives["losses"] = record

    # The same paper for any grant: 20 hours per 10,000 are 9 for 4,500.
    city = called(plain, burden=burden, grant=4500.0, burden_hours=50.0 * 10 / 4.5, prepare=prepare)
    assert city.flows[0]["applications"] == (4 if applies else 0)


@pytest.mark.parametrize(("stigma", "applies"), [(1199.0, True), (1201.0, False)])
def test_pride_of_those_refused_before(plain, stigma, applies):
    """Two refusals, no win: 2 / 3 of the stigma. Chance 1/5 of 10,000 = 2,000; paper 60 h = 1,200;
    800 are left for pride, so a stigma of 1,200 decides.
    """
    city = called(plain, burden=0.6, stigma=stigma, prepare=lambda c: c.initiatives["losses"].fill(2))
    assert city.flows[0]["applications"] == (4 if applies else 0)


def test_paper_takes_longer_without_skill_and_less_time_with_guidance(plain):
    """10 hours at full skill: 20 at 0.5, 40 at 0.25; a quarter of it is taken over: 15 and 30."""
    for support, hours in ((0.0, (20, 40)), (0.25, (15, 30))):
        city = called(plain, n=2, support=support, coaching=0.0, prepare=skills(0.5, 0.25))
        assert list(100 - city.initiatives["hours_left"]) == pytest.approx(hours)
        assert city.flows[0]["volunteer_paper"] == pytest.approx(sum(hours))


def test_what_guidance_teaches(plain):
    """Half guidance at 0.4 teaches 0.2 of the missing 0.5: 0.6. Staff: 6 x 0.6 + 12 x 0.5 = 9.6 hours each."""
    teaching = {"support": 0.5, "coaching": 0.4, "winner_learning": 0.0}
    city = called(plain, n=2, **teaching, staff_hours=6.0, support_hours=12.0)
    assert city.initiatives["capacity"] == pytest.approx(0.6)
    assert city.flows[0]["staff_paper"] == pytest.approx(19.2)


def test_rules_bar_who_has_no_legal_form(plain):
    """0.3 of the 250 informal ones, none of the 250 formal ones."""

    def prepare(city):
        city.initiatives["formal"][::2] = False

    city = called(plain, n=500, outside={"informal_bar": 0.3}, prepare=prepare)
    barred = int(city.flows[0]["barred"])
    assert binomtest(barred, 250, 0.3).pvalue > ALPHA
    assert city.flows[0]["applications"] == 500 - barred


def test_nobody_applies_for_what_is_in_the_purse(plain):
    city = called(plain, prepare=lambda c: c.initiatives["purse"].fill(10_000.0))
    assert city.flows[0]["applications"] == 0


def test_whose_project_waits_asks_for_what_is_missing(plain):
    """3,000 needed, 1,000 in the purse: 2,000."""

    def prepare(city):
        city.projects["progress"][0, 0], city.projects["cost"][0, 0] = Progress.NEEDS_MONEY, 3000.0
        city.initiatives["purse"][0] = 1000.0

    city = called(plain, prepare=prepare)
    assert list(city.initiatives["purse"]) == pytest.approx([3000, 10_000, 10_000, 10_000])


@pytest.mark.parametrize(("pot", "purses"), [(0.058, [0, 5800, 0, 0]), (0.0, [0, 0, 0, 0])])
def test_nobody_asks_for_more_than_there_is(plain, pot, purses):
    """5,800 in the pot, less than the largest grant: the best of four gets all of it; of nothing nobody asks."""
    city = called(plain, pot=pot, prepare=skills(0.5, 0.9, 0.7, 0.6))
    assert list(city.initiatives["purse"]) == pytest.approx(purses)
    assert city.state[0]["pot"] == pytest.approx(0.0)
    assert city.flows[0]["applications"] == (4 if pot else 0)
    assert city.initiatives["losses"].sum() == (3 if pot else 0)


# --- who wins ---


def test_the_best_win_until_the_money_is_gone(plain):
    """Two grants in the pot; qualities 0.5, 0.9, 0.7, 0.3."""
    city = called(plain, pot=0.25, prepare=skills(0.5, 0.9, 0.7, 0.3), gratitude=0.1, encouragement=0.25)
    ini = city.initiatives
    assert list(ini["wins"]) == [0, 1, 1, 0]
    assert list(ini["losses"]) == [1, 0, 0, 1]
    assert list(ini["purse"]) == [0, 10_000, 10_000, 0]
    assert list(ini["good"]) == pytest.approx([0, 0.1, 0.1, 0])
    assert list(ini["success"]) == pytest.approx([0, 0.25, 0.25, 0])
    assert list(ini["months_since_grant"]) == [1000, 0, 0, 1000]
    assert city.state[0]["pot"] == pytest.approx(5000)
    assert city.state[0]["granted"] == 20_000


def test_the_work_of_a_grant_teaches_and_a_refusal_frustrates(plain):
    """0.9 + 0.2 x 0.1 = 0.92; the loser stays at 0.5 with a frustration of 0.15."""
    city = called(plain, n=2, pot=0.1, prepare=skills(0.9, 0.5), winner_learning=0.2, lost_heart=0.15)
    assert list(city.initiatives["capacity"]) == pytest.approx([0.92, 0.5])
    assert list(city.initiatives["frustration"]) == pytest.approx([0, 0.15])


def test_a_refusal_may_make_an_initiative_give_up_for_a_while(plain):
    """Money for one of two: the other gives up for sure, and stays away from the calls of 12 months, not of 13."""
    city = called(plain, n=2, pot=1.2, prepare=skills(0.9, 0.5), give_up=1.0, give_up_months=12, every=1)
    assert list(city.initiatives["applies_from"]) == [0, 13]
    for month, applications in ((12, 1), (13, 2)):
        city.month, city.flows[:] = month, 0
        city.initiatives["purse"], city.initiatives["hours_left"] = 0.0, 100.0
        funding.run(city)
        assert city.flows[0]["applications"] == applications


@pytest.mark.parametrize(
    ("weights", "winner"),
    [
        ({}, 0),  # quality alone: 0.6 against 0.55, 0.5, 0.5
        ({"connections": 0.2}, 2),  # 0.6, 0.55, 0.5 + 0.2 x 0.8 = 0.66, 0.5
        ({"prior_award": 0.2}, 3),  # 0.6, 0.55, 0.5, 0.5 + 0.2 = 0.7
        ({"polish_weight": 1.0}, 1),  # + burden 0.2 x skill: 0.6 + 0.06, 0.55 + 0.2 x 0.8 = 0.71, 0.6, 0.6
    ],
)
def test_what_scores(plain, meet, weights, winner):
    """One grant. The first knows most, the second writes best, the third knows an official, the fourth won before."""

    def prepare(city):
        city.initiatives["knowledge"] = [0.9, 0.3, 0.5, 0.5]
        city.initiatives["capacity"] = [0.3, 0.8, 0.5, 0.5]
        meet(city, 2, 1, trust=0.8)
        meet(city, 3, 1, trust=0.9)["serial"] = -1  # of one who left, only the files are known
        city.initiatives["wins"][3] = 1

    city = called(plain, pot=0.1, prepare=prepare, **weights)
    assert list(np.flatnonzero(city.initiatives["purse"])) == [winner]


def test_below_the_threshold_nothing_is_funded(plain):
    city = called(plain, threshold=0.55, prepare=skills(0.5, 0.9, 0.7, 0.3))
    assert list(city.initiatives["wins"]) == [0, 1, 1, 0]


def test_an_earmark_is_given_first_and_its_holders_may_also_win_the_rest(plain):
    """Two grants, half of the pot earmarked: the better of the two entitled, then the best of all others."""

    def prepare(city):
        skills(0.5, 0.9, 0.7, 0.3)(city)
        city.initiatives["formal"][0] = False
        city.initiatives["marginalised_led"][3] = True

    city = called(plain, pot=0.2, earmark=0.5, prepare=prepare, outside={"informal_bar": 0.0})
    assert list(city.initiatives["wins"]) == [1, 1, 0, 0]
    assert city.flows[0]["granted_reserved"] == 10_000


def test_a_lottery_is_blind_to_quality(plain):
    """One grant a call for the better or the worse of two, 300 calls: half each."""
    city = plain({"funding": {**CALL, "every": 1, "pot": 1.2, "award": "lottery"}}, initiatives=2)
    won = 0
    for month in range(1, 301):
        city.month = month
        city.initiatives["knowledge"] = city.initiatives["capacity"] = [0.9, 0.3]
        city.initiatives["hours_left"], city.initiatives["purse"], city.initiatives["losses"] = 100.0, 0.0, 0
        city.initiatives["applies_from"] = 0
        funding.run(city)
        won += city.initiatives["purse"][0] > 0
    assert city.flows[0]["grants"] == 300
    assert binomtest(won, 300, 0.5).pvalue > ALPHA


def test_a_vote_goes_to_who_has_people_and_reach(plain):
    """20 people who reach nobody, 10 x (1 + 3 x 0.5) = 25, 12 x (1 + 3 x 0.2) = 19.2, 5: the second wins."""

    def prepare(city):
        city.initiatives["members"], city.initiatives["reach"] = [20, 10, 12, 5], [0, 0.5, 0.2, 0]

    city = called(plain, pot=0.1, award="vote", vote_reach=3.0, vote_noise=0.0, prepare=prepare)
    assert list(city.initiatives["wins"]) == [0, 1, 0, 0]


def test_an_initiative_of_nobody_with_full_guidance(plain):
    """No paper is left, so nobody writes at night: strain stays as it was, even for no members with no hours."""

    def prepare(city):
        city.initiatives["members"] = city.initiatives["hours_left"] = 0.0
        city.initiatives["strain"] = 0.4

    assert called(plain, support=1.0, prepare=prepare).initiatives["strain"] == pytest.approx(0.4)


def test_paper_beyond_the_free_hours_is_written_at_night(plain):
    """20 hours of paper, 5 free: 15 of the 20 x 8 = 160 hours that all members give, 0.09375 of a month's
    load; 0.4 + 0.1 x 0.09375 = 0.409375. More than is left of upkeep, half of 160, cannot be written.
    """

    def prepare(city):
        city.initiatives["hours_left"], city.initiatives["strain"] = 5.0, 0.4

    load = {"hours": 8.0, "upkeep": 0.5, "load_strain": 0.1}
    for burden, strain in ((0.2, 0.409375), (0.86, 0.4)):
        city = plain({"funding": {**CALL, "burden": burden}, "volunteers": load})
        prepare(city)
        funding.run(city)
        assert city.initiatives["strain"] == pytest.approx(strain)
        assert city.flows[0]["volunteer_paper"] == (20 if burden == 0.2 else 0)
