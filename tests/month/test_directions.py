"""Each process once more, as a sentence that anybody would grant: who wins, who loses, what adds up.

Worked examples say how much; these say which way, so that an example worked wrongly does not stand alone.
"""

import numpy as np
import pytest

from sim.model import laws
from sim.model.columns import Case, Progress, Role, Stage, Vow, Word
from sim.model.month import contact, forum, funding, outside, power, tip, trust, turnover, volunteers, works
from sim.model.month.forum import Rule, passes

FIRM = np.array([[1.0, 1.0], [0.0, 0.0]])  # two people who want opposite things
OFFICES = {"city": {"posts": 1000.0}}


def test_consistency_is_half_forgotten_after_its_half_life(plain, meet):
    city = plain({"trust": {"half_life": 6}})
    tie = meet(city, 0, 0, trust=0.5, kept=8.0)
    for _ in range(6):
        trust.run(city)
    assert tie["kept"] == pytest.approx(4.0)


def test_what_was_lived_through_once_is_felt_once(plain):
    city = plain({"trust": {"forgetting": 0.0}})
    city.initiatives["good"][0] = 1.0
    trust.run(city)
    after = float(city.initiatives["trust"][0])
    trust.run(city)
    assert 0.5 < after == city.initiatives["trust"][0]


def test_a_project_that_is_not_just_serves_the_marginalised_less(plain):
    city = plain({"works": {"access": 0.5}})
    city.served[0] = 1.0
    city.residents.belongs[:10] = 0
    city.residents.marginalised[:5] = True
    trust.run(city)
    assert city.residents.trust[7] > city.residents.trust[2] > 0.5
    assert city.flows[0]["served_others"] == 2 * city.flows[0]["served_marginalised"] == 5


def test_who_comes_to_know_one_good_event_trusts_the_city_more_afterwards(plain, meet):
    """Half-way between one event and two in one month lies what a double count would give."""
    city = plain({"trust": {"forgetting": 0.0, "gain": 0.1, "confirmation": False}})
    once, twice = meet(city, 0, 0, trust=0.5, good=1.0), meet(city, 1, 1, trust=0.5, good=2.0)
    trust.run(city)
    assert twice["trust"] - 0.5 == pytest.approx(2 * (once["trust"] - 0.5))
    assert once["trust"] == pytest.approx(0.55)


def test_whoever_leaves_is_known_to_nobody(plain, meet):
    city = plain({"turnover": {"annual_rate": 0.0, "vacancy": 3}})
    ties = [meet(city, c, 5) for c in range(3)]
    city.officials["leaving"][5] = True
    turnover.run(city)
    assert city.officials["vacant"][5] > 0
    assert all(tie["serial"] < 0 for tie in ties)


def test_at_a_rate_of_a_half_about_half_of_the_staff_is_new_after_a_year(plain):
    city = plain({**OFFICES, "turnover": {"annual_rate": 0.5, "vacancy": 0, "load_strain": 0.0}})
    before = city.officials["serial"].copy()
    for month in range(1, 13):
        city.month = month
        turnover.run(city)
    assert 0.4 < (city.officials["serial"] > before).mean() < 0.6


def test_another_person_is_another_person(plain):
    city = plain({**OFFICES, "turnover": {"annual_rate": 0.0, "vacancy": 0, "openness_spread": 0.2}})
    city.officials["leaving"] = True
    turnover.run(city)
    assert len(np.unique(city.officials["openness"])) > len(city.officials) / 2


@pytest.mark.parametrize(("institutions", "word"), [(1.0, Word.OPEN), (0.0, Word.BROKEN)])
def test_full_institutions_remember_every_promise_and_none_forget_all(plain, institutions, word):
    city = plain({"turnover": {"annual_rate": 0.0, "vacancy": 0, "memory": 1.0, "handover": 0.0}})
    city.state["institutionalisation"] = institutions
    city.promises["word"][:, Vow.HELP], city.promises["official"][:, Vow.HELP] = Word.OPEN, 5
    city.officials["leaving"][5] = True
    turnover.run(city)
    assert (city.promises["word"][:, Vow.HELP] == word).all()


def test_a_stranger_does_not_follow_up(plain, meet):
    """Four meetings, and before the next month all four officials have gone and others come."""
    city = plain({"contact": {"meetings": 1.0, "rate": 0.0, "follow_up": 1.0}})
    for c in range(4):
        meet(city, c, c, trust=0.5)
    contact.run(city)
    assert (city.promises["word"][:, Vow.FOLLOW_UP] == Word.OPEN).all()
    city.month = 2
    city.officials["serial"] += 1
    contact.run(city)
    assert (city.promises["word"][:, Vow.FOLLOW_UP] == Word.BROKEN).all()


def test_half_of_two_is_no_majority():
    half = np.array([0.5, 0.5])
    assert not passes(FIRM, half, np.array([1, 1]), Rule.MAJORITY, 0.5, 0.5)
    assert passes(FIRM, np.array([0.51, 0.49]), np.array([1, 1]), Rule.MAJORITY, 0.5, 0.5)


def test_calls_twice_a_year_share_out_as_much_as_one(plain):
    set_aside = []
    for every in (6, 12):
        city = plain({"funding": {"every": every}})
        for month in range(1, 25):
            city.month = month
            funding.run(city)
        set_aside.append(float(city.state["budgeted"][0]))
    assert set_aside[0] == pytest.approx(set_aside[1])
    assert set_aside[0] > 0


CALL = {"every": 12, "award": "score", "noise": 0.0, "threshold": 0.0, "burden": 0.1, "stigma": 0.0, "earmark": 0.0}


@pytest.fixture
def called(plain):
    """A call to which all four apply, and whose money is enough for one or two."""

    def hold(**settings):
        city = plain({"funding": {**CALL, "pot": 0.15, "connections": 0.0, "prior_award": 0.0, **settings}})
        city.initiatives["capacity"] = city.initiatives["knowledge"] = [0.6, 0.9, 0.5, 0.7]
        city.initiatives["hours"] = city.initiatives["hours_left"] = 500.0
        funding.run(city)
        return city

    return hold


def test_the_best_application_is_funded_if_any_is(called):
    city = called()
    purse = city.initiatives["purse"]
    assert city.flows[0]["applications"] == 4
    assert purse[1] > 0
    assert purse[2] == 0


def test_what_is_given_is_what_they_hold_and_what_the_pot_lacks(called):
    city = called()
    s = city.state[0]
    assert 0 < city.initiatives["purse"].sum() == s["granted"] == city.flows[0]["granted"]
    assert s["budgeted"] == pytest.approx(s["pot"] + s["granted"])


def test_who_applies_has_less_time_left(called):
    city = called()
    assert (city.initiatives["hours_left"] < 500.0).all()
    assert 2000 - city.initiatives["hours_left"].sum() == pytest.approx(city.flows[0]["volunteer_paper"])


def test_what_nobody_was_given_lapses_with_the_next_call(plain):
    city = plain({"funding": {"every": 1}})
    city.initiatives["stage"] = Stage.DORMANT
    for month in (1, 2, 3):
        city.month = month
        funding.run(city)
    s = city.state[0]
    assert s["lapsed"] == pytest.approx(s["budgeted"] - s["pot"])
    assert s["lapsed"] == pytest.approx(2 * s["pot"])


YES = {"accept": 3.0, "will_weight": 3.0, "trust_weight": 3.0, "risk": 0.0, "silo": 0.0, "colleagues": 0.0}


@pytest.fixture
def asking(plain, meet):
    """Asks of all initiatives at desk 4, some a month older than others; a desk with so many hours.

    mood: will and trust, which decide where all are weighed like this.
    """

    def wait(hours, n=4, mood=1.0, **settings):
        city = plain({"power": {**YES, **settings}, "outside": {"competence": 1.0}}, initiatives=n, month=60)
        city.state["will"] = city.initiatives["trust"] = mood
        city.asks["case"], city.asks["official"], city.asks["small"] = Case.WAITING, 4, True
        city.asks["departments"] = 1
        city.asks["asked"] = 58 - np.arange(n) % 6
        city.asks["ready"] = 59
        city.officials["hours_left"][4] = hours
        return city

    return wait


def test_who_waited_longest_is_served_first(asking):
    city = asking(10.0, case_hours=10.0)
    power.run(city)
    assert city.asks["case"].tolist() == [Case.WAITING] * 3 + [Case.GRANTED]


def test_a_refusal_is_no_grant(asking):
    city = asking(1000.0, mood=0.0, accept=-3.0)
    power.run(city)
    assert (city.asks["case"] == Case.NONE).all()
    assert (city.flows[0]["agreed"], city.flows[0]["refused_early"]) == (0, 4)


def test_the_more_power_the_city_has_the_more_it_refuses(asking):
    agreed = []
    for imbalance in (0.0, 1.0):
        city = asking(1e6, n=300, mood=0.5, accept=0.0, imbalance=imbalance)
        city.officials["reject"][4] = 1.0
        power.run(city)
        agreed.append(city.flows[0]["agreed"])
    assert agreed[0] > agreed[1] + 30


def test_one_department_more_is_one_that_may_say_no(asking):
    city = asking(1e6, consent=0.0)
    city.asks["departments"] = [1, 2, 1, 2]
    power.run(city)
    assert (city.asks["case"] == Case.GRANTED).tolist() == [True, False, True, False]


def test_in_a_city_of_silos_the_others_are_asked_later(asking):
    city = asking(1e6, consent=0.0)
    city.asks["departments"], city.asks["late"] = 2, [True, False, True, False]
    power.run(city)
    assert (city.asks["case"] == Case.LATE_CHECK).tolist() == [True, False, True, False]


def project(city, c, official=-1, done=119.0, **values):
    row = city.projects[c, 0]
    row["progress"], row["official"], row["small"], row["effort"], row["done"] = (
        Progress.RUNNING,
        official,
        1,
        120,
        done,
    )
    row["start"], row["due"], row["help"], row["serial"] = 1, 5, 8.0, 0
    for name, value in values.items():
        row[name] = value


IDLE = {"alone": 0.0, "spend": 0.0, "failure": 0.0, "fundraising": 0.0, "spawn": 0.0, "celebrate": 0.0}


def test_who_reaches_more_people_serves_more(plain):
    city = plain({"works": IDLE}, month=5)
    city.initiatives["reach"] = [0.2, 0.4, 0.0, 0.0]
    for c in range(3):
        project(city, c, official=1, helped=8.0)
    works.run(city)
    assert city.served.tolist() == pytest.approx([0.2, 0.4, 0.0, 0.0])


def test_a_month_late_is_late(plain):
    city = plain({"works": IDLE}, month=6)
    for c, due in enumerate((5, 6, 7)):
        project(city, c, due=due)
    works.run(city)
    assert (city.flows[0]["delivered"], city.flows[0]["late"]) == (3, 1)


def test_a_partner_who_does_nothing_adds_nothing(plain):
    city = plain({"works": {**IDLE, "compromise": 0.0}}, month=5)
    city.officials["hours_left"] = 0.0
    project(city, 0, official=1)
    project(city, 1)
    works.run(city)
    assert city.flows[0]["joint_value"] == pytest.approx(city.flows[0]["value"] / 2)


def test_what_costs_money_waits_for_it_and_then_spends_it(plain):
    city = plain({"works": {**IDLE, "small_cost": 3000.0}}, month=5)
    city.asks["case"], city.asks["official"], city.asks["small"], city.asks["money"] = Case.GRANTED, 1, True, True
    city.initiatives["purse"] = [0.0, 2000.0, 4000.0, 8000.0]
    works.run(city)
    assert (city.projects["progress"][:, 0] == Progress.RUNNING).tolist() == [False, False, True, True]
    assert city.initiatives["purse"].sum() == 14_000 - city.flows[0]["spent"] == 8000


def test_money_from_above_is_the_same_from_january_to_december(plain):
    city = plain({"outside": {"national_shock": 0.3}})
    money = []
    for month in range(1, 37):
        city.month = month
        outside.run(city)
        money.append(float(city.state["national_money"][0]))
    years = np.array(money).reshape(3, 12)
    assert (years == years[:, :1]).all()
    assert len({*years[:, 0]}) == 3


def test_a_champion_who_loses_the_election_is_gone(plain):
    city = plain({"outside": {"champion_loss": 1.0}, "turnover": {"annual_rate": 0.0, "vacancy": 4}})
    city.officials["champion"] = True
    city.state["months_to_election"] = 1
    outside.run(city)
    turnover.run(city)
    gone = city.officials["vacant"] > 0
    assert gone.any()
    assert (gone == (city.officials["role"] == Role.POLITICIAN)).all()


def test_where_will_is_all_memory_only_elections_move_it(plain):
    wills = []
    for seed in range(1, 9):
        city = plain({"outside": {"will_memory": 1.0, "will_shock": 0.2}}, seed=seed)
        city.state["months_to_election"] = 1
        outside.run(city)
        wills.append(float(city.state["will"][0]))
    assert np.std(wills) > 0.05


def test_where_all_hours_are_for_duties_none_are_left(plain):
    city = plain({"outside": {"mandates": 0.9, "staff_hours": 10.0, "national_shock": 0.0}})
    outside.run(city)
    hours = city.officials["hours"].sum()
    assert hours == pytest.approx(18.0)
    assert city.flows[0]["staff_mandates"] == pytest.approx(9 * hours)


DEADLY = {"hazard_new_formal": 0.0, "hazard_old_formal": 0.0, "hazard_new_informal": 0.9, "hazard_old_informal": 0.9}


def test_only_those_end_whom_a_hazard_threatens(plain):
    city = plain({"volunteers": {**DEADLY, "forming": 0.0, "formalise": 0.0}}, initiatives=200)
    city.initiatives["formal"][::2], city.initiatives["age"] = False, 1000.0
    for month in range(1, 13):
        city.month = month
        city.initiatives["members"], city.initiatives["strain"] = 20.0, 0.3
        city.initiatives["stage"][1::2] = Stage.FORMAL
        volunteers.run(city)
    ended = city.initiatives["stage"] == Stage.ENDED
    assert 0.2 < ended[::2].mean() < 0.8
    assert not ended[1::2].any()


def test_what_ends_leaves_nothing_behind(plain):
    city = plain({"volunteers": {**DEADLY, "hazard_old_formal": 0.9, "forming": 0.0}}, initiatives=200)
    city.initiatives["purse"], city.initiatives["age"] = 500.0, 1000.0
    for _ in range(3):
        city.month += 1
        volunteers.run(city)
    ended = city.initiatives["stage"] == Stage.ENDED
    assert ended.any()
    assert not city.initiatives["purse"][ended].any()
    assert city.state["spent"][0] == pytest.approx(500.0 * ended.sum())


def test_rest_heals(plain):
    city = plain({"volunteers": {"load_strain": 0.0, "frustration_strain": 0.0}})
    city.initiatives["strain"] = 0.8
    volunteers.run(city)
    assert (city.initiatives["strain"] < 0.8).all()


def test_a_tip_begins_in_its_month(plain):
    city = plain({"start_small": {"strength": 1.0, "start": 3, "reach": 1.0}})
    began = []
    for month in range(1, 5):
        city.month = month
        city.flows[:] = 0
        tip.run(city)
        began.append(bool(city.flows[0]["tip_share"] > 0))
    assert began == [False, False, True, True]


def test_a_tip_reaches_its_share_of_initiatives(plain):
    city = plain({"start_small": {"strength": 1.0, "reach": 0.3}}, initiatives=500)
    tip.run(city)
    assert 0.2 < city.flows[0]["reached"] / city.flows[0]["reachable"] < 0.4


def test_time_for_a_tip_is_time_that_somebody_had(plain):
    city = plain({"start_small": {"strength": 1.0, "reach": 1.0}, "tip": {"hired": 0.5}})
    tip.run(city)
    used = city.officials["hours"].sum() - city.officials["hours_left"].sum()
    assert 0 < used == pytest.approx(city.flows[0]["staff_tips"])
    used = city.initiatives["hours"].sum() - city.initiatives["hours_left"].sum()
    assert 0 < used == pytest.approx(city.flows[0]["volunteer_tips"])


def test_a_token_round_hurts_the_marginalised_most_and_those_who_stayed_at_home_least(plain):
    city = plain({"forum": {"every": 1, "adoption": 0.0, "marginalised_hurt": 0.5, "publicity": 0.2}})
    city.residents.leaning[:50], city.residents.leaning[50:] = 50, -50
    city.residents.marginalised[::2] = True
    forum.run(city)
    bad = city.residents.bad
    assert bad[0] > bad[1] > 0
    assert bad[1] > bad[50] > bad[51] > 0


def test_the_laws_hold_in_a_month_of_endings(plain):
    city = plain({"volunteers": {**DEADLY, "hazard_old_formal": 0.9, "forming": 0.0}}, initiatives=200)
    city.initiatives["purse"], city.state["raised"] = 500.0, 500.0 * len(city.initiatives)
    city.initiatives["age"] = 1000.0
    assert laws.money_is_conserved(city) is None
    volunteers.run(city)
    assert city.flows[0]["ended"] > 0
    assert laws.money_is_conserved(city) is None
    assert laws.ended_is_empty(city) is None


def test_elections_move_the_will_as_much_as_they_are_said_to(plain):
    """40 draws of a normal of 0.05: their spread lies within 0.05 +- 4 x 0.05 / sqrt(80)."""
    wills = []
    for seed in range(1, 41):
        city = plain({"outside": {"will_memory": 0.5, "will_shock": 0.05}}, seed=seed)
        city.state["months_to_election"] = 1
        outside.run(city)
        wills.append(float(city.state["will"][0]))
    assert abs(np.std(wills, ddof=1) - 0.05) < 0.0224


def test_the_more_a_partner_helps_the_more_it_is_worth(plain):
    city = plain({"works": IDLE}, month=5)
    city.officials["hours_left"] = 0.0
    worth = []
    for c, helped in enumerate((0.0, 4.0, 8.0)):
        project(city, c, official=1, helped=helped)
        before = float(city.flows[0]["joint_value"])
        works.run(city)
        worth.append(float(city.flows[0]["joint_value"]) - before)
    assert worth[0] < worth[1] < worth[2]


def test_who_comes_prepared_is_not_for_that_who_shows_value(plain):
    """Two questions, 200 answers and more: a correlation of 0 lies within 5 / sqrt(200)."""
    search = {"rate": 1.0, "ask_rate": 1.0, "wrong_door": 0.0, "preparation": 0.5, "show_value": 0.5, "meetings": 0.0}
    city = plain({"contact": search}, initiatives=400)
    contact.run(city)
    asks = city.asks[city.asks["case"] == Case.WAITING]
    assert len(asks) > 200
    assert abs(np.corrcoef(asks["prepared"], asks["value"])[0, 1]) < 0.35
