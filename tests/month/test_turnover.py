"""Departures and successors, by hand (M4, M17)."""

import math

import pytest
from scipy.stats import binomtest

from sim.model.columns import Case, Vow, Word
from sim.model.month import outside, turnover

ALPHA = 1e-4  # of failing by chance
NOBODY_ELSE = {"annual_rate": 0.0, "load_strain": 0.0, "vacancy": 0}
OFFICES = {"posts": 1000.0}  # per 100,000 people, of whom there are as many


def leave(city, *posts):
    for o in posts:
        city.officials[o]["leaving"] = True
    turnover.run(city)


def test_a_successor_starts_from_the_institution_plus_what_was_handed_over(plain, meet):
    """T + H (tau - T) = 0.4 + 0.25 x (0.8 - 0.4) = 0.5; empathy 0.5 + 0.25 x (0.9 - 0.5) = 0.6;
    a quarter of what was kept and broken is remembered.
    """
    city = plain({"turnover": {**NOBODY_ELSE, "handover": 0.25}})
    city.initiatives["trust"][0] = 0.4
    tie = meet(city, 0, 5, trust=0.8, empathy=0.9, kept=4.0, broken=2.0)
    leave(city, 5)
    assert tie["trust"] == pytest.approx(0.5)
    assert tie["empathy"] == pytest.approx(0.6)
    assert (tie["kept"], tie["broken"]) == (pytest.approx(1.0), pytest.approx(0.5))
    assert tie["serial"] == city.officials[5]["serial"] == 1
    flow = city.flows[0]
    assert (flow["trust_before"], flow["trust_after"]) == (pytest.approx(0.8), pytest.approx(0.5))
    assert (flow["departures"], flow["ties_cut"]) == (1, 1)


@pytest.mark.parametrize("handover", [0.0, 0.4, 0.9])
def test_nothing_is_lost_where_trust_is_in_the_institution(plain, meet, handover):
    """Loss (1 - H) (tau - T) is 0 for tau = T, whatever the handover."""
    city = plain({"turnover": {**NOBODY_ELSE, "handover": handover}})
    city.initiatives["trust"][0] = 0.7
    tie = meet(city, 0, 5, trust=0.7)
    leave(city, 5)
    assert tie["trust"] == pytest.approx(0.7)


def test_without_handover_the_successor_is_a_stranger(plain, meet):
    city = plain({"turnover": {**NOBODY_ELSE, "handover": 0.0}})
    city.initiatives["trust"][0] = 0.3
    tie = meet(city, 0, 5, trust=0.9, kept=7.0)
    leave(city, 5)
    assert (tie["trust"], tie["kept"]) == (pytest.approx(0.3), 0.0)


def test_a_post_stays_empty_for_the_months_of_its_vacancy(plain, meet):
    """Gone in month 1 with a vacancy of 2 months: empty in months 1 and 2, filled in month 3."""
    city = plain({"turnover": {**NOBODY_ELSE, "vacancy": 2}})
    tie = meet(city, 0, 5)
    leave(city, 5)
    assert (city.officials[5]["vacant"], city.officials[5]["hours_left"], tie["serial"]) == (2, 0, -1)
    for month, vacant, serial in ((2, 1, -1), (3, 0, 1)):
        city.month = month
        turnover.run(city)
        assert (city.officials[5]["vacant"], tie["serial"]) == (vacant, serial)
    assert city.flows[0]["departures"] == 1


@pytest.mark.parametrize(("strain", "chance"), [(0.0, 0.174596), (0.8, 0.260467)])
def test_the_annual_rate_as_a_monthly_hazard_and_what_strain_adds(plain, strain, chance):
    """1 - 0.1^(1/12) = 1 - e^(-2.302585 / 12) = 0.174596; times e^(0.5 x 0.8) = 1.491825: 0.260467."""
    settings = {"turnover": {"annual_rate": 0.9, "strain_effect": 0.5, "load_strain": 0.0}, "city": OFFICES}
    city = plain(settings)
    city.officials["strain"] = strain
    turnover.run(city)
    assert binomtest(int(city.flows[0]["departures"]), 1000, chance).pvalue > ALPHA


def test_nobody_leaves_at_a_rate_of_nought(plain):
    city = plain({"turnover": {"annual_rate": 0.0, "strain_effect": 3.0}, "city": OFFICES})
    city.officials["strain"] = 1.0
    turnover.run(city)
    assert city.flows[0]["departures"] == 0


@pytest.mark.parametrize(("load", "after"), [(0.0, 0.3), (1.0, 0.4), (1.5, 0.45), (2.0, 0.5), (9.0, 0.5)])
def test_load_exhausts_and_slack_restores(plain, load, after):
    """0.4 + 0.1 x (load - 1), where more than twice the hours counts as twice."""
    city = plain({"turnover": {**NOBODY_ELSE, "load_strain": 0.1}})
    city.officials["strain"], city.officials["load"] = 0.4, load
    turnover.run(city)
    assert city.officials["strain"][0] == pytest.approx(after)


def test_agreements_are_remembered_with_chance_handover_plus_institutions(plain):
    """0.2 + 0.3 = 0.5 of 500 promises of one who leaves pass to the successor; the others are broken."""
    city = plain({"turnover": {**NOBODY_ELSE, "handover": 0.2, "memory": 1.0}}, initiatives=500)
    city.state[0]["institutionalisation"] = 0.3
    promises = city.promises[:, Vow.HELP]
    promises["word"], promises["official"], promises["serial"] = Word.OPEN, 5, 0
    leave(city, 5)
    kept = promises["word"] == Word.OPEN
    assert binomtest(int(kept.sum()), 500, 0.5).pvalue > ALPHA
    assert (promises["word"][~kept] == Word.BROKEN).all()
    assert (promises["serial"][kept] == 1).all()


def test_promises_and_cases_of_those_who_stay_are_untouched(plain):
    city = plain({"turnover": {**NOBODY_ELSE, "handover": 0.0}})
    promise, ask = city.promises[0, Vow.REPLY], city.asks[0]
    promise["word"], promise["official"] = Word.OPEN, 6
    ask["case"], ask["official"], ask["asked"], ask["ready"] = Case.WAITING, 6, 0, 4
    leave(city, 5)
    assert (promise["word"], ask["ready"]) == (Word.OPEN, 4)


@pytest.mark.parametrize(("handover", "ready"), [(0.0, 14), (0.9, 10)])
def test_a_forgotten_case_begins_anew(plain, handover, ready):
    """Asked in month 6 for month 10, forgotten in month 8: another 4 months after month 10.

    With handover 0.9 and institutions 0.1 nothing is forgotten.
    """
    city = plain({"turnover": {**NOBODY_ELSE, "handover": handover}}, month=8)
    city.state[0]["institutionalisation"] = 0.1 if handover else 0.0
    ask = city.asks[0]
    ask["case"], ask["official"], ask["asked"], ask["ready"] = Case.WAITING, 5, 6, 10
    leave(city, 5)
    assert ask["ready"] == ready


def test_openness_leaning_to_refuse_and_champions_of_those_who_come(plain):
    """Means of 1,000 newcomers, within 4 standard errors: openness 0.6 (sd 0.1: 0.0032), leaning
    uniform on 0 to 1.4 with mean 0.7 (sd 0.404: 0.0128), champions 0.25.
    """
    newcomers = {"openness": 0.6, "openness_spread": 0.1, "reject": 0.7, "champions": 0.25}
    city = plain({"turnover": {**NOBODY_ELSE, **newcomers}, "city": OFFICES})
    leave(city, *range(1000))
    assert city.officials["openness"].mean() == pytest.approx(0.6, abs=4 * 0.0032)
    assert city.officials["reject"].mean() == pytest.approx(0.7, abs=4 * 0.0128)
    assert 0 <= city.officials["reject"].min() < city.officials["reject"].max() <= 1.4
    assert binomtest(int(city.officials["champion"].sum()), 1000, 0.25).pvalue > ALPHA
    assert math.isclose(city.flows[0]["departures"], 1000)


def test_an_election_during_a_vacancy_does_not_cost_the_newcomer_the_seat(plain):
    sure = {"champion_loss": 1.0, "change_of_government": 0.0, "first_election": 1}
    city = plain({"turnover": {**NOBODY_ELSE, "vacancy": 1}, "outside": sure})
    city.officials[2]["champion"], city.officials[2]["vacant"] = True, 1
    city.state[0]["months_to_election"] = 1
    outside.run(city)
    for month in (2, 3):
        city.month = month
        turnover.run(city)
    assert city.flows[0]["departures"] == 0
