"""Asks on desks: granted, refused, late, outside competence, by hand (M10 to M12, M20)."""

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.model.columns import Case, Label, Stance, Vow, Word
from sim.model.month import power

ALPHA = 1e-4  # of failing by chance
DESK = 1  # the contact person of the first department

# A desk that says yes but for one in 10^5: 3 + 3 x (2 - 1) + 3 x (1.2 - 1) + 3 x ... > 12 log-odds.
SURE = {"accept": 3.0, "will_weight": 3.0, "trust_weight": 3.0, "fit_weight": 3.0, "framework": 1.0, "risk": 0.0}
NEVER = {"accept": -3.0, "will_weight": 3.0, "trust_weight": 3.0, "risk": 0.0, "fit_weight": 0.0}
PLAIN = {"explain": 0.0, "colleagues": 0.0, "delay_penalty": 0.0, "late_veto": 1.0, "refusal": 0.3, "grant": 0.4}
INSIDE = {"competence": 1.0, "hostility": 0.0}


def waiting(plain, meet, *, n=4, month=6, desk=None, outside=None, ask=None, trust=1.0, **settings):
    """A city with `n` asks that are ripe this month, each of an initiative that knows the desk."""
    values = {"power": {**PLAIN, **settings}, "outside": {**INSIDE, **(outside or {})}}
    city = plain(values, initiatives=max(2, n), month=month)
    city.state[0]["will"], city.state[0]["personalisation"] = 1.0, 1.0
    city.officials["hours"] = city.officials["hours_left"] = 1e9
    for name, value in (desk or {}).items():
        city.officials[name] = value
    for c in range(n):
        meet(city, c, DESK, trust=trust)
    asks = city.asks[:n]
    asks["case"], asks["official"], asks["departments"], asks["small"] = Case.WAITING, DESK, 1, True
    asks["asked"], asks["ready"] = month - 2, month
    for name, value in (ask or {}).items():
        asks[name] = value
    city.flows[0]["asks"] = n
    return city


# --- M11 ---


# accept 0.6; will 0.7: 1 x 0.4; trust 0.6 x 0.8 + 0.4 x 0.5 = 0.68: 1 x 0.36; fit 0.5 x 0.5 + 0.5 x 0.7 =
# 0.6: 1 x 0.2; risk 1 x 0.6 x (1 - 0.5) = -0.3; leaning to refuse 2 x 0.5 x 0.5 = -0.5. Sum 0.76:
# e^-0.76 = 0.467666, 1 / 1.467666 = 0.681354.
#   prepared + 0.75 = 1.51: 1 / 1.220910 = 0.819061    showing value + 0.5 = 1.26: 1 / 1.283654 = 0.779027
#   a champion + 0.5: the same                         even power + 0.5: the same
#   a complainer - 0.5 = 0.26: 1 / 1.771052 = 0.564636 hostile 0.5 x 3 = 1.5 - : -0.74: 1 / 3.095936 = 0.323004
@pytest.mark.parametrize(
    ("change", "chance"),
    [
        ({}, 0.681354),
        ({"ask": {"prepared": True}}, 0.819061),
        ({"ask": {"value": True}}, 0.779027),
        ({"desk": {"champion": True}}, 0.779027),
        ({"imbalance": 0.0}, 0.779027),
        ({"tie": {"label": Label.COMPLAINER, "label_months": 5}}, 0.564636),
        ({"outside": {"hostility": 0.5}}, 0.323004),
    ],
)
def test_what_makes_a_desk_say_yes(plain, meet, change, chance):
    """The log-odds above the test, of 900 asks; an ask is small without bonus, far from an election."""
    weights = {"accept": 0.6, "will_weight": 1.0, "trust_weight": 1.0, "fit_weight": 1.0, "risk": 1.0}
    weights |= {"prepared_weight": 0.75, "value_weight": 0.5, "champion_weight": 0.5, "small_weight": 0.0}
    weights |= {"hostility_weight": 3.0, "imbalance": 0.5, "vision": 0.2, "quick_win": 0.0}
    change = dict(change)
    tie = change.pop("tie", {})
    city = waiting(plain, meet, n=900, trust=0.8, **{**weights, **change})
    city.state[0]["will"], city.state[0]["personalisation"] = 0.7, 0.6
    city.officials["reject"] = 0.5
    city.initiatives["vision"], city.initiatives["radicality"] = 0.5, 0.6
    for name, value in tie.items():
        city.ties[name] = value
    power.run(city)
    assert city.flows[0]["decided"] == 900
    assert binomtest(int(city.flows[0]["agreed"]), 900, chance).pvalue > ALPHA


def test_a_quick_win_before_an_election(plain, meet):
    """A small ask with 0.4 + 0.5 against an otherwise even chance: 1 / (1 + e^-0.9) = 0.710950; 0.4 alone,
    with 13 months to go, gives 0.598688.
    """
    even = {"accept": 0.0, "will_weight": 0.0, "trust_weight": 0.0, "fit_weight": 0.0, "risk": 0.0, "imbalance": 0.0}
    for months, chance in ((12, 0.710950), (13, 0.598688)):
        city = waiting(plain, meet, n=900, small_weight=0.4, quick_win=0.5, **even)
        city.state[0]["months_to_election"] = months
        power.run(city)
        assert binomtest(int(city.flows[0]["agreed"]), 900, chance).pvalue > ALPHA


def test_a_grant_is_a_good_event_for_the_pair_and_half_of_one_for_the_institution(plain, meet):
    city = waiting(plain, meet, n=1, **SURE, encouragement=0.25)
    power.run(city)
    assert city.asks[0]["case"] == Case.GRANTED
    assert city.ties[0, 0]["good"] == pytest.approx(0.4)
    assert city.initiatives["good"][0] == pytest.approx(0.2)
    assert city.initiatives["success"][0] == pytest.approx(0.25)


@pytest.mark.parametrize(("explain", "hurt", "awareness"), [(0.0, 0.3, 0.2), (1.0, 0.15, 0.28)])
def test_a_refusal_hurts_and_honest_reasons_halve_that_and_teach(plain, meet, explain, hurt, awareness):
    """0.3, half of it towards the person; explained 0.15, and 0.2 + 0.1 x 0.8 = 0.28 is known of the limits."""
    city = waiting(plain, meet, n=1, trust=0.0, **{**NEVER, "explain": explain, "explained": 0.1})
    city.state[0]["will"] = 0.0
    city.initiatives["awareness"] = 0.2
    power.run(city)
    assert city.flows[0]["refused_early"] == 1
    assert city.initiatives["bad"][0] == pytest.approx(hurt)
    assert city.ties[0, 0]["bad"] == pytest.approx(hurt / 2)
    assert city.initiatives["frustration"][0] == pytest.approx(hurt / 2)
    assert city.initiatives["awareness"][0] == pytest.approx(awareness)


def test_work_takes_the_hours_there_are_and_the_oldest_comes_first(plain, meet):
    """A small ask with two further departments: 10 + 2 x 3 = 16 hours; the desk has 20.

    The one asked first gets 16 and is decided; the other gets 4 and waits.
    """
    city = waiting(plain, meet, n=2, case_hours=10, coordination_hours=3, ask={"departments": 3}, consent=1.0, **SURE)
    city.officials["hours_left"][DESK] = 20.0
    city.asks["asked"] = [3, 2]
    power.run(city)
    assert list(city.asks["case"]) == [Case.WAITING, Case.GRANTED]
    assert list(city.asks["worked"]) == pytest.approx([4.0, 16.0])
    flow = city.flows[0]
    assert (flow["decided"], flow["delay"], flow["staff_cases"]) == (1, 4, pytest.approx(20.0))


@pytest.mark.parametrize(
    ("ask", "hours"), [({}, 10.0), ({"prepared": True}, 7.0), ({"small": False}, 20.0), ({"departments": 4}, 19.0)]
)
def test_hours_that_an_ask_needs(plain, meet, ask, hours):
    """10; three tenths less if well prepared; twice for a large one; 3 for each further department."""
    settings = {"case_hours": 10, "prepared_saves": 0.3, "coordination_hours": 3}
    city = waiting(plain, meet, n=1, ask=ask, **settings, **SURE)
    power.run(city)
    assert city.flows[0]["staff_cases"] == pytest.approx(hours)


def test_colleagues_do_part_of_what_the_desk_cannot(plain, meet):
    """10 hours needed, 4 there: of the missing 6, colleagues do half: 3."""
    city = waiting(plain, meet, n=1, case_hours=10, **{**SURE, "colleagues": 0.5})
    city.officials["hours_left"][DESK] = 4.0
    power.run(city)
    assert city.asks[0]["worked"] == pytest.approx(7.0)
    assert city.officials["hours_left"][:3].sum() == pytest.approx(2e9 - 3)


def test_an_answer_keeps_the_promise_of_one_and_waiting_beyond_it_hurts(plain, meet):
    """Promised in 3 months: asked 2 months ago, in time; asked 4 months ago, late: broken, and with a bad 0.05."""
    city = waiting(plain, meet, n=2, reply_months=3, **{**SURE, "delay_penalty": 0.05})
    city.asks["asked"] = [4, 2]
    city.promises[:, Vow.REPLY]["word"] = Word.OPEN
    city.promises[:, Vow.REPLY]["due"] = [7, 5]
    power.run(city)
    assert city.promises[:, Vow.REPLY]["word"].tolist() == [Word.KEPT, Word.BROKEN]
    assert (city.flows[0]["replied_in_time"], city.flows[0]["delay"]) == (1, 6)
    assert list(city.initiatives["bad"]) == pytest.approx([0.0, 0.05])


def test_who_waits_too_long_gives_up(plain, meet):
    city = waiting(plain, meet, n=1, ask={"asked": 0, "ready": 99}, patience=6, patience_lost=0.25)
    power.run(city)
    assert (city.asks[0]["case"], city.flows[0]["withdrawn"]) == (Case.NONE, 1)
    assert city.initiatives["frustration"][0] == pytest.approx(0.25)


def test_a_new_ask_is_registered_with_a_reply_date_and_a_procedure(plain, meet):
    """Median 4 months x 1.5 for a large ask at average digitalisation: ripe in month 6 + 6."""
    city = waiting(
        plain,
        meet,
        n=1,
        ask={"asked": -1, "small": False, "permit": True},
        procedure=4.0,
        procedure_spread=0.0,
        digital=0.5,
        large_procedure=1.5,
        reply_months=3,
        silo=0.0,
        departments=2.0,
        large_departments=1.5,
    )
    power.run(city)
    assert (city.asks[0]["asked"], city.asks[0]["ready"]) == (6, 12)
    assert city.asks[0]["departments"] == 1 + 3 + 1  # 2 x 1.5 further ones, and the permit's
    assert (city.promises[0, Vow.REPLY]["word"], city.promises[0, Vow.REPLY]["due"]) == (Word.OPEN, 9)


# --- M12 ---


def consents(plain, meet, further, *, institutions=0.0, seed_months=3, **settings):
    """How many of 3 x 500 asks pass the desk (surely) and `further` departments."""
    passed = 0
    for month in range(6, 6 + seed_months):
        ask = {"departments": 1 + further, "late": False}
        city = waiting(plain, meet, n=500, month=month, ask=ask, **{**SURE, "imbalance": 0.0, **settings})
        city.state[0]["institutionalisation"] = institutions
        power.run(city)
        assert city.flows[0]["decided"] == 500
        passed += int(city.flows[0]["agreed"])
    return passed


@pytest.mark.parametrize(
    ("further", "institutions", "chance"), [(1, 0.0, 0.8), (4, 0.0, 0.4096), (4, 0.5, 0.6561), (4, 1.0, 1.0)]
)
def test_all_departments_must_consent(plain, meet, further, institutions, chance):
    """0.8^4 = 0.4096; coordination lifts each to 0.8 + 0.5 x 0.2 = 0.9, and 0.9^4 = 0.6561."""
    passed = consents(plain, meet, further, institutions=institutions, consent=0.8)
    # The desk refuses about one in 10^5, which 1,500 asks cannot tell from none.
    assert binomtest(passed, 1500, min(chance, 0.9999)).pvalue > ALPHA


@pytest.mark.parametrize(("openness", "chance"), [(0.5, 0.6), (1.0, 1.0), (0.25, 0.4)])
def test_the_department_that_gives_permits_has_its_own_openness(plain, meet, openness, chance):
    """0.6 + 0.4 x (2 x openness - 1): 0.6, 1.0, 0.4."""
    passed = 0
    for month in (6, 7):
        ask = {"departments": 2, "permit": True}
        city = waiting(plain, meet, n=500, month=month, ask=ask, consent=0.6, permit_openness=openness, **SURE)
        power.run(city)
        passed += int(city.flows[0]["agreed"])
    assert binomtest(passed, 1000, min(chance, 0.9999)).pvalue > ALPHA


def test_in_silos_the_others_look_only_after_the_work_has_begun(plain, meet):
    """Yes from the desk; two months in which a quarter of the hours goes into it: 25 of 100."""
    ask = {"departments": 2, "late": True}
    city = waiting(plain, meet, n=1, ask=ask, consent=0.0, late_months=2, early_start=0.25, **SURE)
    power.run(city)
    assert (city.asks[0]["case"], city.asks[0]["ready"]) == (Case.LATE_CHECK, 8)
    assert (city.flows[0]["decided"], city.flows[0]["agreed"], city.flows[0]["refused_early"]) == (1, 0, 0)
    city.month = 7
    power.run(city)
    assert city.asks[0]["spent"] == pytest.approx(25.0)
    assert city.asks[0]["case"] == Case.LATE_CHECK


def test_a_late_veto_is_a_broken_promise(plain, meet):
    """The full event for the initiative; in the tie one more broken promise, and 0.5 + 0.5 of bad."""
    ask = {"case": Case.LATE_CHECK, "departments": 2, "spent": 30.0}
    city = waiting(plain, meet, n=1, ask=ask, consent=0.0, early_start=0.1, **SURE)
    power.run(city)
    tie, flow = city.ties[0, 0], city.flows[0]
    assert city.asks[0]["case"] == Case.NONE
    assert city.initiatives["bad"][0] == pytest.approx(1.0)
    assert (tie["broken"], tie["bad"]) == (1.0, pytest.approx(1.0))
    assert (flow["refused_late"], flow["promised"], flow["broken"]) == (1, 1, 1)
    assert flow["hours_lost"] == pytest.approx(40.0)  # 30, and a tenth of this month's 100


# --- M20 ---


def test_outside_its_competence_the_city_can_only_refuse(plain, meet):
    city = waiting(plain, meet, n=300, outside={"competence": 0.3}, **SURE, imbalance=0.0)
    power.run(city)
    flow = city.flows[0]
    assert flow["agreed"] + flow["refused_outside"] == 300
    assert binomtest(int(flow["agreed"]), 300, 0.3).pvalue > ALPHA


@pytest.mark.parametrize("awareness", [0.0, 0.3, 1.0])
def test_who_does_not_know_that_blames_the_city(plain, meet, awareness):
    """1 - awareness of 600 feel a refusal of 0.3; who knows better feels nothing."""
    city = waiting(plain, meet, n=600, outside={"competence": 0.0}, **SURE)
    city.initiatives["awareness"] = awareness
    power.run(city)
    blamed = city.initiatives["bad"] > 0
    assert city.initiatives["bad"][blamed] == pytest.approx(0.3)
    assert blamed.sum() == city.flows[0]["blamed"]
    if awareness in (0.0, 1.0):
        assert blamed.mean() == 1.0 - awareness
    else:
        assert binomtest(int(blamed.sum()), 600, 0.7).pvalue > ALPHA


# --- opposition ---


def test_opposition_lifts_its_issue_on_the_agenda(plain):
    """Half of the initiatives of the first issue oppose: 0.4 + 0.1 x 0.5 x 0.6 = 0.43."""
    city = plain({"power": {"pressure": 0.1}}, initiatives=4)
    city.departments["priority"] = 0.4
    city.initiatives["issue"] = [0, 0, 1, 2]
    city.initiatives["stance"] = [Stance.OPPOSE, Stance.COOPERATE, Stance.CRITICAL_FRIEND, Stance.COOPERATE]
    power.run(city)
    assert np.asarray(city.departments["priority"]) == pytest.approx([0.43, 0.4, 0.4, 0.4, 0.4, 0.4])
