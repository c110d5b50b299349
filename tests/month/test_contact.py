"""Meetings, wrong doors and first impressions, by hand (M1, M11, M22)."""

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.model.columns import Case, Label, Role, Stance, Vow, Word
from sim.model.month import contact

ALPHA = 1e-4  # of failing by chance
NO_LEVERS = {"preparation": 0.0, "show_value": 0.0, "insider_search": 0.0, "other_departments": 0.0}
MEETING = {"rate": 0.0, "meetings": 1.0, "hours": 2.0, "joint_idea": 0.0, "push": 0.0, "learning": 0.0}
MEETING |= {"personal": 1.0, "acknowledge": 1.0, "host_distance": 0.0, "recency": 0.25}
SEARCH = {"rate": 1.0, "meetings": 0.0, "ask_rate": 0.0, "joint_idea": 0.0, **NO_LEVERS}


def test_trust_goes_towards_empathy_combined_with_consistency(plain, meet):
    """Quality 0.9 x 0.8 x (1 - 0.2 x 0.5) = 0.648; empathy 0.5 + 0.25 x 0.148 = 0.537.

    Consistency (3 + 1) / (3 + 1 + 2) = 0.666667. W = sqrt(0.537 x 0.666667) = sqrt(0.358) = 0.598331,
    a good event of (0.598331 - 0.4) / (1 - 0.4) = 0.330552: that share of what is missing.
    """
    place = {"personal": 0.9, "acknowledge": 0.8, "neutral_place": 0.5, "host_distance": 0.2}
    city = plain({"contact": {**MEETING, **place}, "trust": {"empathy_weight": 0.5, "additive": False}})
    tie = meet(city, 0, 1, trust=0.4, kept=3.0, broken=1.0, quiet=7)
    contact.run(city)
    assert tie["empathy"] == pytest.approx(0.537)
    assert (tie["good"], tie["bad"]) == (pytest.approx(0.330552, abs=1e-6), 0.0)
    assert (tie["trust"], tie["quiet"]) == (0.4, 0)


def test_added_instead_of_combined(plain, meet):
    """0.3 x 0.625 + 0.7 x 0.75 = 0.7125, where E = 0.5 + 0.25 x 0.5 = 0.625 and C = (2 + 1) / (2 + 2).

    (0.7125 - 0.5) / 0.5 = 0.425.
    """
    city = plain({"contact": MEETING, "trust": {"empathy_weight": 0.3, "additive": True}})
    tie = meet(city, 0, 1, trust=0.5, kept=2.0)
    contact.run(city)
    assert tie["good"] == pytest.approx(0.425)


@pytest.mark.parametrize(("additive", "bad"), [(False, 1.0), (True, 0.5)])
def test_without_empathy_consistency_alone_makes_no_trust(plain, meet, additive, bad):
    """E = 0, C = 1/2: combined they are worth nothing, added they are worth 0.25; trust was 0.5: all or half of it."""
    city = plain({"contact": {**MEETING, "personal": 0.0}, "trust": {"empathy_weight": 0.5, "additive": additive}})
    tie = meet(city, 0, 1, trust=0.5)
    tie["empathy"] = 0.0
    contact.run(city)
    assert (tie["good"], tie["bad"]) == (0.0, pytest.approx(bad))


def test_what_a_meeting_costs_and_teaches(plain, meet):
    """2 hours on both sides; awareness 0.2 + 0.05 x 0.8 = 0.24; openness 0.5 + 0.1 x 0.6 x 0.5 = 0.53."""
    city = plain({"contact": {**MEETING, "learning": 0.05, "push": 0.1}})
    meet(city, 0, 1, trust=0.5)
    city.initiatives["awareness"][0], city.initiatives["radicality"][0] = 0.2, 0.6
    contact.run(city)
    assert (city.initiatives["hours_left"][0], city.officials["hours_left"][1]) == (98.0, 998.0)
    assert city.initiatives["awareness"][0] == pytest.approx(0.24)
    assert city.officials["openness"][1] == pytest.approx(0.53)
    flow = city.flows[0]
    assert (flow["contacts"], flow["staff_contact"], flow["volunteer_contact"]) == (1, 2, 2)


def test_a_complainer_is_met_half_as_well_and_moves_nobody(plain, meet):
    """Quality 1 x 0.5: empathy 0.5 + 0.25 x 0 = 0.5 instead of 0.625; the official stays as open as before."""
    city = plain({"contact": {**MEETING, "push": 0.1}})
    city.initiatives["radicality"] = 1.0
    friend = meet(city, 0, 1, trust=0.5)
    other = meet(city, 1, 2, trust=0.5, label=Label.COMPLAINER, label_months=3)
    contact.run(city)
    assert (friend["empathy"], other["empathy"]) == (pytest.approx(0.625), pytest.approx(0.5))
    assert other["label_months"] == 2
    assert list(city.officials["openness"][1:3]) == [pytest.approx(0.55), 0.5]


@pytest.mark.parametrize("leads_astray", [{}, {"who_does_what": 1.0}, {"contact_person": 1.0}])
def test_a_wrong_door_costs_hours_and_ends_the_search(plain, leads_astray):
    """Certain without help, impossible with published duties or a contact person."""
    city = plain({"contact": {**SEARCH, "wrong_door": 1.0, "wrong_door_hours": 4.0, **leads_astray}})
    contact.run(city)
    astray = not leads_astray
    assert city.flows[0]["wrong_doors"] == (4 if astray else 0)
    assert city.flows[0]["first_contacts"] == (0 if astray else 4)
    assert city.initiatives["hours_left"][0] == (96.0 if astray else 98.0)


def test_a_liaison_brings_newcomers_to_the_contact_person_of_the_right_department(plain):
    city = plain({"contact": {**SEARCH, "contact_person": 1.0}})
    city.initiatives["issue"] = [0, 1, 2, 3]
    contact.run(city)
    found = city.officials[city.ties["official"][:, 0]]
    assert (found["role"] == Role.CONTACT_PERSON).all()
    assert list(found["department"]) == [0, 1, 2, 3]


def test_who_looks_for_insiders_finds_the_most_open(plain):
    city = plain({"contact": {**SEARCH, "wrong_door": 0.0, "insider_search": 1.0}})
    city.initiatives["issue"] = 2
    city.officials["openness"][8] = 0.9  # the third post of the third department
    contact.run(city)
    assert (city.ties["official"][:, 0] == 8).all()


# log-odds 0.75 - 0.25 + 2 x (0.75 - 0.5) - (0.2 + 0.8 - 0.5) = 0.5 for who is prepared, -0.25 else:
# e^-0.5 = 0.606531, 1 / 1.606531 = 0.622459; e^0.25 = 1.284025, 1 / 2.284025 = 0.437823.
@pytest.mark.parametrize(("prepared", "chance"), [(1.0, 0.622459), (0.0, 0.437823)])
def test_first_impressions(plain, prepared, chance):
    """Of 500 first contacts, the good ones; of the others, 0.4 leave the label of a complainer.

    The meeting itself is worth sqrt(0.5 x 0.5) = 0.5, as much as there is trust, so that a good one is an
    experience of 0.3 and one without a label is none. With a complainer it is half as good: empathy 0.5 + 0.25 x
    (0.25 - 0.5) = 0.4375, sqrt(0.4375 x 0.5) = 0.467707, bad by (0.5 - 0.467707) / 0.5 = 0.064586 beside the 0.3.
    """
    impression = {"first_impression": -0.25, "impression_prepared": 0.75, "impression_openness": 2.0}
    rest = {"wrong_door": 0.0, "complainer": 0.4, "label_months": 9, "first_mark": 0.3, "push": 0.0}
    usual = {"personal": 0.5, "acknowledge": 1.0, "host_distance": 0.0, "recency": 0.25}
    city = plain({"contact": {**SEARCH, **impression, **rest, **usual, "preparation": prepared}}, initiatives=500)
    city.officials["openness"], city.officials["reject"] = 0.75, 0.2
    city.initiatives["radicality"] = 0.8
    contact.run(city)
    ties = city.ties[:, 0]
    good, bad = ties["label"] == Label.GOOD, ties["label"] == Label.COMPLAINER
    assert city.flows[0]["first_contacts"] == 500
    assert binomtest(int(good.sum()), 500, chance).pvalue > ALPHA
    assert binomtest(int(bad.sum()), int(500 - good.sum()), 0.4).pvalue > ALPHA
    assert (ties["label_months"] == 9).all()
    assert ties["trust"] == pytest.approx(0.5)
    assert ties["good"] == pytest.approx(np.where(good, 0.3, 0.0))
    assert ties["bad"] == pytest.approx(np.where(bad, 0.364586, 0.0), abs=1e-6)


def test_in_a_large_city_hall_the_same_person_is_hard_to_find_again(plain, meet):
    """18 officials where 4.5 are familiar: (4.5 / 18)^0.5 = one half of 500 meet the one whom they know;
    the others, a stranger in the department of their issue, and nobody goes astray.
    """
    settings = {**SEARCH, "familiar": 4.5, "anonymity": 0.5, "wrong_door": 1.0, "push": 0.0}
    city = plain({"contact": settings}, initiatives=500)
    city.initiatives["issue"] = 2
    ties = [meet(city, c, 7, trust=0.5, quiet=2) for c in range(500)]
    contact.run(city)
    again = sum(int(tie["quiet"] == 0) for tie in ties)
    assert binomtest(again, 500, 0.5).pvalue > ALPHA
    assert (city.flows[0]["first_contacts"], city.flows[0]["wrong_doors"]) == (500 - again, 0)
    strangers = city.ties["official"][:, 1]
    assert set(strangers[strangers >= 0]) == {6, 8}


def test_nobody_has_time(plain, meet):
    """A known official with less than half of the hours for a meeting: none, and a bad experience of 0.2."""
    city = plain({"contact": {**SEARCH, "unheard": 0.2, "hours": 2.0}})
    tie = meet(city, 0, 1, trust=0.5, quiet=3)
    city.officials["hours_left"][1] = 0.9
    city.initiatives["stance"][1:] = Stance.OPPOSE
    contact.run(city)
    assert city.initiatives["bad"][0] == pytest.approx(0.2)
    assert (city.flows[0]["unheard"], city.flows[0]["contacts"], tie["quiet"]) == (1, 0, 4)


def test_who_opposes_keeps_away(plain, meet):
    city = plain({"contact": {**SEARCH, "meetings": 1.0}})
    meet(city, 0, 1, trust=0.9)
    city.initiatives["stance"] = Stance.OPPOSE
    contact.run(city)
    assert city.flows[0]["contacts"] == 0


@pytest.mark.parametrize(
    ("change", "word"),
    [({}, Word.KEPT), ({"serial": 1}, Word.BROKEN), ({"hours_left": 0.5}, Word.BROKEN), ({"vacant": 2}, Word.BROKEN)],
)
def test_a_follow_up_needs_the_same_person_with_an_hour_to_give(plain, change, word):
    city = plain({"contact": {**MEETING, "meetings": 0.0, "follow_up": 1.0}})
    promise = city.promises[0, Vow.FOLLOW_UP]
    promise["word"], promise["official"], promise["serial"], promise["due"] = Word.OPEN, 1, 0, 1
    for name, value in change.items():
        city.officials[1][name] = value
    contact.run(city)
    assert promise["word"] == word
    assert city.flows[0]["staff_contact"] == (1 if word == Word.KEPT else 0)


def test_a_regular_meeting_promises_a_follow_up_for_the_next_month(plain, meet):
    city = plain({"contact": {**MEETING, "follow_up_stake": 0.4}}, month=6)
    meet(city, 0, 1, trust=0.5)
    contact.run(city)
    promise = city.promises[0, Vow.FOLLOW_UP]
    assert (promise["word"], promise["official"], promise["due"]) == (Word.OPEN, 1, 7)
    assert promise["stake"] == pytest.approx(0.4)


@pytest.mark.parametrize("idea", [0, 3])
def test_a_joint_idea_becomes_an_ask_at_the_next_contact(plain, meet, idea):
    """Without an idea and at an ask rate of 0 there is none."""
    city = plain({"contact": SEARCH})
    meet(city, 0, 1, trust=0.5)
    city.initiatives["stance"][1:] = Stance.OPPOSE
    city.initiatives["idea"][0] = idea
    contact.run(city)
    assert city.asks[0]["case"] == (Case.WAITING if idea else Case.NONE)
    assert city.flows[0]["asks"] == (1 if idea else 0)
    assert city.initiatives["idea"][0] == 0
    if idea:
        assert (city.asks[0]["official"], city.asks[0]["generation"]) == (1, 3)
