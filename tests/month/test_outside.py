"""Elections and money from above, by hand (M13, M16, M20)."""

import pytest
from scipy.stats import binomtest

from sim.model.columns import Progress, Role, Vow, Word
from sim.model.month import outside

# A statistical test fails by chance in fewer than one of 10,000 seeds.
ALPHA = 1e-4


def voting(**values):
    """Settings of a city in which nothing about an election is left to chance unless said."""
    sure = {"national_shock": 0.0, "will_shock": 0.0, "change_of_government": 1.0, "champion_loss": 0.0}
    return {"outside": {**sure, "slack": 0.0, "programme_loss": 0.0, **values}}


def election(city):
    city.state[0]["months_to_election"] = 1
    outside.run(city)


def test_hours_of_the_month_are_what_money_and_mandates_leave(plain):
    """Half the money: 10 h x 0.5 = 5 h, of which a fifth is eaten by duties: 4 h are left, 1 h is gone.

    18 posts, one of them empty: 17 h go to duties from above.
    """
    city = plain({"outside": {"staff_hours": 10, "mandates": 0.2, "national_money": 0.5, "national_shock": 0}})
    city.officials["vacant"][3] = 2
    outside.run(city)
    assert len(city.officials) == 18
    assert city.officials["hours_left"][0] == pytest.approx(4.0)
    assert city.officials["hours"][3] == city.officials["hours_left"][3] == 0
    assert city.flows[0]["staff_mandates"] == pytest.approx(17.0)


def test_money_from_above_changes_once_a_year(plain):
    settings = {"outside": {"national_money": 0.5, "national_shock": 0, "mandates": 0, "staff_hours": 10}}
    january, february = plain(settings, month=13), plain(settings, month=14)
    for city in (january, february):
        outside.run(city)
    assert january.officials["hours"][0] == pytest.approx(5.0)
    assert february.officials["hours"][0] == pytest.approx(10.0)


def test_will_after_an_election_lies_between_the_old_will_and_the_mean(plain):
    """0.25 x 0.8 + 0.75 x 0.4 = 0.5, and a new term of 48 months begins."""
    city = plain(voting(term=48, will_memory=0.25, political_will=0.4))
    city.state[0]["will"] = 0.8
    election(city)
    assert city.state[0]["will"] == pytest.approx(0.5)
    assert city.state[0]["months_to_election"] == 48
    assert city.state[0]["elections"] == 1


def test_nothing_changes_before_the_term_is_over(plain):
    city = plain(voting(champion_loss=1.0, routine_loss=1.0))
    city.officials["champion"] = True
    city.state[0]["institutionalisation"], city.state[0]["months_to_election"] = 0.4, 2
    outside.run(city)
    assert (city.state[0]["months_to_election"], city.state[0]["elections"]) == (1, 0)
    assert city.state[0]["institutionalisation"] == 0.4
    assert not city.officials["leaving"].any()


@pytest.mark.parametrize(("before", "after"), [(0.4, 0.28), (1.0, 1.0), (0.0, 0.0)])
def test_a_change_of_government_takes_routines_that_are_not_consolidated(plain, before, after):
    """I x (1 - 0.5 (1 - I)): 0.4 x (1 - 0.3) = 0.28; what is complete stays (M16)."""
    city = plain(voting(routine_loss=0.5))
    city.state[0]["institutionalisation"] = before
    election(city)
    assert city.state[0]["institutionalisation"] == pytest.approx(after)
    assert city.state[0]["changes"] == 1


def test_without_a_change_of_government_routines_and_priorities_stay(plain):
    city = plain(voting(change_of_government=0.0, routine_loss=0.5, programme_loss=1.0))
    city.state[0]["institutionalisation"] = 0.4
    city.projects[0, 0]["progress"], city.projects[0, 0]["official"] = Progress.RUNNING, 0
    election(city)
    assert city.state[0]["institutionalisation"] == 0.4
    assert (city.departments["priority"] == 0.5).all()
    assert city.projects[0, 0]["progress"] == Progress.RUNNING


def test_priorities_move_half_way_to_the_new_programme(plain):
    """Half of 0 and half of a wish in (0, 1) lies below a half; half of 1, above."""
    city = plain(voting())
    city.departments["priority"][:3], city.departments["priority"][3:] = 0.0, 1.0
    election(city)
    assert (city.departments["priority"][:3] < 0.5).all()
    assert (city.departments["priority"][3:] > 0.5).all()
    assert len(set(city.departments["priority"])) == 6


def test_only_politicians_who_are_champions_lose_their_seat(plain):
    city = plain(voting(champion_loss=1.0))
    city.officials["champion"][::2] = True
    election(city)
    gone = city.officials["leaving"]
    assert gone.any()
    assert (gone == ((city.officials["role"] == Role.POLITICIAN) & city.officials["champion"])).all()


def test_running_joint_projects_are_stopped_and_their_promise_is_broken(plain):
    """One project with the city, one alone: certain loss stops the first and leaves the second."""
    city = plain(voting(programme_loss=1.0))
    for p, partner in ((0, 2), (1, -1)):
        city.projects[0, p]["progress"], city.projects[0, p]["official"] = Progress.RUNNING, partner
    city.promises[0, Vow.HELP]["word"] = Word.OPEN
    election(city)
    assert list(city.projects[0]["progress"][:2]) == [Progress.NONE, Progress.RUNNING]
    assert city.promises[0, Vow.HELP]["word"] == Word.BROKEN
    flow = city.flows[0]
    assert (flow["faced_election"], flow["stopped"], flow["survived_election"]) == (1, 1, 0)


@pytest.mark.parametrize(("institutions", "chance"), [(0.0, 0.4), (0.5, 0.2), (1.0, 0.0)])
def test_institutions_protect_programmes(plain, institutions, chance):
    """Risk 0.4 x (1 - I) for each of 300 x 3 projects."""
    city = plain(voting(programme_loss=0.4), initiatives=300)
    city.state[0]["institutionalisation"] = institutions
    city.projects["progress"], city.projects["official"] = Progress.RUNNING, 0
    election(city)
    stopped = int(city.flows[0]["stopped"])
    assert stopped + city.flows[0]["survived_election"] == 900
    assert binomtest(stopped, 900, chance).pvalue > ALPHA if chance else stopped == 0


def test_falling_slack_stops_more_programmes(plain):
    """Bezerra & Junqueira 2022: with half the money gone and full weight, 0.4 x (1 + 1 x 0.5) = 0.6."""
    city = plain(voting(programme_loss=0.4, slack=1.0), initiatives=300, month=2)
    city.state[0]["national_money"] = 0.5
    city.projects["progress"], city.projects["official"] = Progress.RUNNING, 0
    election(city)
    assert binomtest(int(city.flows[0]["stopped"]), 900, 0.6).pvalue > ALPHA
