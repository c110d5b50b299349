"""Who takes part, joins, tires, founds, ends and opposes, by hand (M5, M15, M17)."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.model.columns import Case, Progress, Stage, Stance, Vow, Word
from sim.model.month import trust, volunteers

ALPHA = 1e-4  # of failing by chance
STILL = {"forming": 0.0, "formalise": 0.0, "wake": 0.0, "reconsider": 0.0, "join": 0.0, "leave": 0.0, "upkeep": 0.0}
STILL |= {"load_strain": 0.0, "frustration_strain": 0.0, "recovery": 0.0}
STILL |= dict.fromkeys(("hazard_new_informal", "hazard_old_informal", "hazard_new_formal", "hazard_old_formal"), 0.0)
PART = {"base": -3.0, "resources": 3.0, "efficacy": 1.0, "trust": 1.0, "asked": 1.0, "fatigue": 1.0, "overwork": 0.0}
MORTAL = {"newness": 24.0, "funded_shield": 0.0, "members_shield": 0.0, "strain_hazard": 0.0}


# --- M5 ---


# -3 + 3 x 0.5 + 0.5 + 0.5 = -0.5 for the average: 1 / (1 + e^0.5) = 1 / 2.648721 = 0.377541.
@pytest.mark.parametrize(
    ("change", "chance"),
    [
        ({}, 0.377541),
        ({"status": 1.0}, 0.5),  # means 2/3: + 0.5
        ({"efficacy": 1.0}, 0.5),
        ({"trust": 0.0}, 0.268941),  # - 1: 1 / (1 + e)
        ({"drive": 0.5}, 0.5),
        ({"fatigue": 0.5}, 0.268941),
    ],
)
def test_readiness_to_take_part(plain, change, chance):
    city = plain({"volunteers": {**STILL, **PART}})
    for name, value in change.items():
        getattr(city.residents, name)[3] = value
    volunteers.run(city)
    assert city.residents.volunteers[3] == pytest.approx(chance, abs=1e-6)
    assert city.residents.volunteers[4] == pytest.approx(0.377541, abs=1e-6)


def test_overwork_keeps_most_those_without_time(plain):
    """-0.5 - 1 x (1.5 - time): time 0.5 loses 1, time 0 loses 1.5 and 0.5 of means."""
    city = plain({"volunteers": {**STILL, **PART, "overwork": 1.0}})
    city.residents.time[1] = 0.0
    volunteers.run(city)
    assert list(city.residents.leaning[:2]) == pytest.approx([-1.5, -2.5])


def test_active_neighbours_ask_with_diminishing_effect(plain, talk):
    """Two neighbours at 0.5 with ln 2 invitations: 1 - e^-ln 2 = 0.5, -0.5 + 1 x 0.5 = 0: one half.

    Four: 1 - 1/4 = 0.75, 1 / (1 + e^-0.25) = 0.562177. What they did last month counts.
    """
    city = plain({"volunteers": {**STILL, **PART, "invite": math.log(2)}})
    talk(city, [[5, 6], [5, 6, 7, 8]])
    city.residents.volunteers[5:9] = 0.5
    trust.run(city)  # in which neighbours are asked, and nobody has anything to learn
    volunteers.run(city)
    assert list(city.residents.volunteers[:2]) == pytest.approx([0.5, 0.562177], abs=1e-6)
    assert city.residents.volunteers[5] == pytest.approx(0.377541, abs=1e-6)


def test_what_an_initiative_can_draw_on(plain):
    """Two residents who stand for 1,000 each, 0.377541 of whom volunteer, a tenth of these here; free time
    0.5 counts once, 0.25 by half (and lowers the means by 1/12, the log-odds to -0.75: 0.320821).
    """
    city = plain({"volunteers": {**STILL, **PART, "share": 0.1}})
    city.residents.belongs[:2] = 2
    city.residents.time[1] = 0.25
    volunteers.run(city)
    assert city.pool[2] == pytest.approx(37.7541 + 0.5 * 32.0821, abs=1e-3)
    assert city.pool[0] == 0


# --- M17 ---


def test_strain_of_load_and_frustration_against_rest_and_success(plain):
    """Half of the hours used: 0.4 + 0.1 x 0.5 + 0.05 x 0.2 = 0.46; minus 0.1 x (1 + 0.5) of it: 0.391."""
    city = plain({"volunteers": {**STILL, "load_strain": 0.1, "frustration_strain": 0.05, "recovery": 0.1}})
    ini = city.initiatives
    ini["strain"], ini["hours_left"], ini["frustration"], ini["success"] = 0.4, 50.0, 0.2, 0.5
    volunteers.run(city)
    assert ini["strain"] == pytest.approx(0.391)


def test_running_the_initiative_is_load_too(plain):
    """0.6 for upkeep, half of the other 0.4: 0.4 + 0.1 x 0.8 = 0.48."""
    city = plain({"volunteers": {**STILL, "load_strain": 0.1, "upkeep": 0.6}})
    city.initiatives["strain"], city.initiatives["hours_left"] = 0.4, 50.0
    volunteers.run(city)
    assert city.initiatives["strain"] == pytest.approx(0.48)
    assert city.initiatives["hours"] == pytest.approx(20 * city.settings.volunteers.hours * 0.4)


def test_success_and_frustration_fade(plain):
    city = plain({"volunteers": {**STILL, "memory": 0.9}})
    city.initiatives["success"], city.initiatives["frustration"] = 0.5, 0.2
    volunteers.run(city)
    assert city.initiatives["success"][0] == pytest.approx(0.45)
    assert city.initiatives["frustration"][0] == pytest.approx(0.18)


@pytest.mark.parametrize(("strain", "left"), [(0.3, 1.0), (0.5, 1.349859), (0.1, 0.740818)])
def test_people_leave_by_strain(plain, strain, left):
    """0.05 of 20 at the usual strain, times e^(1.5 x 0.2) = 1.349859 beyond and below it."""
    city = plain({"volunteers": {**STILL, "leave": 0.05, "strain_effect": 1.5, "usual_strain": 0.3, "hours": 8.0}})
    city.initiatives["strain"] = strain
    volunteers.run(city)
    assert city.initiatives["members"][0] == pytest.approx(20 - left, abs=1e-5)
    assert city.flows[0]["left"] == pytest.approx(4 * left, abs=1e-4)
    assert city.initiatives["hours"][0] == pytest.approx(8 * (20 - left), abs=1e-4)


def test_people_join_from_those_around(plain):
    """A twentieth of the pool joins, however many leave: 0.05 x 37.7541 = 1.887705, and nobody leaves."""
    city = plain({"volunteers": {**STILL, **PART, "share": 0.1, "join": 0.05}})
    city.residents.belongs[0] = 1
    volunteers.run(city)
    assert list(city.initiatives["members"][:2]) == pytest.approx([20.0, 20.0 + 1.887705])


# --- M15 ---


# In a year: old 0.24 (informal) or 0.12 (formal); new 0.84 or 0.60. At 24 months the liability of newness has
# fallen to e^-1 = 0.367879: 0.24 + 0.6 x 0.367879 = 0.460728 and 0.12 + 0.48 x 0.367879 = 0.296582. A twelfth
# of it in a month.
@pytest.mark.parametrize(
    ("formal", "age", "chance"),
    [(False, 23, 0.038394), (True, 23, 0.024715), (False, 1e6, 0.02), (True, 1e6, 0.01)],
)
def test_the_liability_of_newness(plain, formal, age, chance):
    """Deaths among 1,000 in each of 6 months; everybody is alive again in between."""
    rates = {"hazard_new_informal": 0.84, "hazard_old_informal": 0.24}
    rates |= {"hazard_new_formal": 0.60, "hazard_old_formal": 0.12}
    city = plain({"volunteers": {**STILL, **MORTAL, **rates}}, initiatives=1000)
    assert binomtest(deaths(city, 6, age=age, formal=formal), 6000, chance).pvalue > ALPHA


def deaths(city, months, **state):
    for month in range(1, months + 1):
        city.month = month
        city.initiatives["stage"], city.initiatives["members"] = Stage.FORMAL, 20.0
        for name, value in state.items():
            city.initiatives[name] = value
        volunteers.run(city)
    return int(city.flows[0]["ended"])


# Yearly hazard 0.6, a month 0.05; times e^-0.5 = 0.606531; a doubling beyond a core of 10 members, e^-0.5
# again; strain 0.2 beyond the usual, e^(2 x 0.2) = 1.491825.
@pytest.mark.parametrize(
    ("settings", "state", "chance"),
    [
        ({}, {}, 0.05),
        ({"funded_shield": 0.5}, {"months_since_grant": 5.0}, 0.030327),
        ({"funded_shield": 0.5}, {"months_since_grant": 30.0}, 0.05),
        ({"members_shield": 0.5}, {}, 0.030327),
        ({"strain_hazard": 2.0}, {"strain": 0.5}, 0.074591),
    ],
)
def test_what_shields_and_what_endangers(plain, settings, state, chance):
    rates = {"hazard_new_formal": 0.6, "hazard_old_formal": 0.6, "core": 10.0, "usual_strain": 0.3, "shield_months": 24}
    city = plain({"volunteers": {**STILL, **MORTAL, **rates, **settings}}, initiatives=1000)
    assert binomtest(deaths(city, 6, **{"strain": 0.3, **state}), 6000, chance).pvalue > ALPHA


def test_an_end_ends_everything(plain, meet):
    city = plain(
        {
            "volunteers": {
                **STILL,
                **MORTAL,
                "hazard_new_formal": 1.0,
                "hazard_old_formal": 1.0,
                "strain_hazard": 4.0,
                "usual_strain": 0.0,
            }
        }
    )
    city.initiatives["strain"], city.initiatives["purse"] = 1.0, 500.0  # 1/12 x e^4 > 1
    meet(city, 0, 1, trust=0.9)
    city.asks["case"], city.projects["progress"][:, 1] = Case.WAITING, Progress.RUNNING
    city.promises["word"][:, Vow.HELP] = Word.OPEN
    volunteers.run(city)
    assert (city.initiatives["stage"] == Stage.ENDED).all()
    assert (city.ties["official"] == -1).all()
    flow = city.flows[0]
    assert (flow["ended"], flow["withdrawn"], flow["orphaned"], flow["released"]) == (4, 4, 4, 4)
    assert (flow["spent"], flow["left"]) == (2000, 80)


def test_a_new_initiative_begins_small_and_unskilled(plain):
    """One of five niches; half of the people around (2 x 37.7541), of the niche's skill 0.6 and awareness 0.4."""
    values = {**STILL, **PART, "forming": 0.2, "share": 0.1, "fresh_strain": 0.2}
    city = plain({"volunteers": values}, initiatives=100)
    city.initiatives["stage"] = Stage.ENDED
    city.initiatives["members"] = 0.0
    city.born["capacity"], city.born["awareness"], city.born["trust"] = 0.6, 0.4, 0.7
    city.residents.belongs = np.repeat(np.arange(50), 2).astype(np.int32)
    volunteers.run(city)
    founded = np.flatnonzero(city.initiatives["stage"] != Stage.ENDED)
    assert binomtest(len(founded), 100, 0.2).pvalue > ALPHA
    ini = city.initiatives[founded[0]]
    assert (ini["stage"], ini["formal"], ini["age"], ini["wins"]) == (Stage.IDEA, False, 0, 0)
    assert ini["members"] == pytest.approx(37.7541, abs=1e-3)
    assert (ini["capacity"], ini["awareness"]) == (pytest.approx(0.3), pytest.approx(0.2))
    assert (ini["trust"], ini["strain"]) == (pytest.approx(0.7), pytest.approx(0.2))


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        (Stage.IDEA, {"members": 5.0}, Stage.INFORMAL),
        (Stage.IDEA, {"members": 4.9}, Stage.IDEA),
        (Stage.INFORMAL, {"members": 5.0}, Stage.FORMAL),
        (Stage.FORMAL, {"members": 2.4}, Stage.DORMANT),
        (Stage.FORMAL, {"members": 2.6}, Stage.FORMAL),
        (Stage.DORMANT, {"members": 2.6}, Stage.INFORMAL),
        (Stage.DORMANT, {"members": 5.0, "formal": True}, Stage.FORMAL),
        (Stage.DORMANT, {"members": 2.4}, Stage.DORMANT),
        (Stage.FORMAL, {"age": 60.0, "delivered": 2, "capacity": 0.7}, Stage.MATURE),
        (Stage.FORMAL, {"age": 60.0, "delivered": 1, "capacity": 0.7}, Stage.FORMAL),
    ],
)
def test_stages_of_a_life(plain, before, values, after):
    """A core of 5; every able informal one takes a legal form and every sleeper with people wakes."""
    certain = {"core": 5.0, "formalise": 0.3, "wake": 1.0, "mature_age": 36.0, "mature_skill": 0.6}
    city = plain({"volunteers": {**STILL, **certain}}, initiatives=2)
    ini = city.initiatives
    ini["stage"], ini["formal"] = before, before >= Stage.FORMAL and before != Stage.DORMANT
    for name, value in values.items():
        ini[name] = value
    if before == Stage.INFORMAL:
        ini["capacity"] = 1.0
        for month in range(1, 13):  # 0.6 a month: all but 2 in 100,000 within a year
            city.month = month
            volunteers.run(city)
    else:
        volunteers.run(city)
    assert (ini["stage"] == after).all()


# --- stance ---


# 2 + 4 x (0.75 - 0.5) - 2 x 2 x 0.5 x |0.9 - 0.4| = 2: 1 / (1 + e^-2) = 0.880797 go on with the city.
#   even power: 3, 0.952574       hostility 0.5 x 4: 0, 0.5       trust 0.25: 0, 0.5
@pytest.mark.parametrize(
    ("imbalance", "hostility", "trust", "cooperate"),
    [(0.5, 0.0, 0.75, 0.880797), (0.0, 0.0, 0.75, 0.952574), (0.5, 0.5, 0.75, 0.5), (0.5, 0.0, 0.25, 0.5)],
)
def test_who_turns_against_the_city(plain, imbalance, hostility, trust, cooperate):
    """Of 900 that think about it; autonomy 0.3 of those who go on are critical friends."""
    choice = {"reconsider": 1.0, "cooperative": 2.0, "stance_trust": 4.0, "stance_power": 2.0, "stance_hostility": 4.0}
    city = plain(
        {
            "volunteers": {**STILL, **choice},
            "power": {"imbalance": imbalance, "vision": 0.4},
            "outside": {"hostility": hostility},
        },
        initiatives=900,
    )
    city.initiatives["vision"], city.initiatives["trust"], city.initiatives["autonomy"] = 0.9, trust, 0.3
    volunteers.run(city)
    stances = np.bincount(city.initiatives["stance"], minlength=3)
    with_city = int(stances[Stance.COOPERATE] + stances[Stance.CRITICAL_FRIEND])
    assert binomtest(with_city, 900, cooperate).pvalue > ALPHA
    assert binomtest(int(stances[Stance.CRITICAL_FRIEND]), with_city, 0.3).pvalue > ALPHA
