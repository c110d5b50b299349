"""Transparency, consistency and accessibility matter, by hand."""

import pytest

from sim.model.columns import Case, Vow, Word
from sim.model.month import contact, power

NAME = "transparency_consistency_accessibility"
PRICES = {"meet_staff": 3.0, "follow_up_staff": 0.1, "reflect_staff": 0.15, "reflect_euros": 900.0,
          "who_does_what_staff": 6.0, "who_does_what_euros": 60.0, "languages_euros": 1800.0,
          "plain_words_staff": 5.0}  # fmt: skip
REST = {"contact": {"meetings": 0.1, "follow_up": 0.6, "who_does_what": 0.0}, "power": {"explain": 0.4}}
REST |= {"forum": {"feedback": 0.4, "facilitation": 0.0, "languages": 0.1, "plain_words": 0.1}}
OWN = ("contact.meetings", "contact.follow_up", "power.explain")
CITY = ("contact.who_does_what", "forum.feedback", "forum.facilitation", "forum.languages", "forum.plain_words")


@pytest.mark.parametrize(
    ("budget", "share", "own", "whole"),
    [
        (1e9, 1.0, (0.55, 0.8, 0.7), (0.5, 0.7, 0.5, 0.55, 0.55)),
        (5886, 0.5, (0.325, 0.7, 0.55), (0.25, 0.55, 0.25, 0.325, 0.325)),
    ],
)
def test_what_it_takes_and_where_the_levers_stand(follow, took, stand, budget, share, own, whole):
    """A round a year: (900 + 1,800) / 12 = EUR 225, and 60 for the page: 285. Staff: 4 x (0.1 + 0.15) + 6 + 5 = 12
    hours; meetings move by 0.5 x 0.9, for four at 3 hours: 5.4 within contacts. 285 + 40 x 17.4 = 981 a month; half
    of it for EUR 5,886 a year.
    """
    city = follow(NAME, PRICES, REST, budget=budget)
    assert took(city) == pytest.approx([share * x for x in (285, 12, 5.4, 0, 981)])
    levels, each = stand(city, *OWN)
    assert levels == pytest.approx(own)
    assert each == [pytest.approx([level] * 4) for level in own]
    assert stand(city, *CITY)[0] == pytest.approx(whole)


def test_half_of_the_hours_come_from_desks_and_half_of_the_meetings_are_hired(follow):
    """12 hours: 6 from desks. 5.4 hours of meetings: desks get 2.7 hours more to hold them. 18,000 + 2.7 - 6."""
    city = follow(NAME, PRICES, REST)
    assert (city.flows[0]["staff_tips"], city.flows[0]["hired"]) == (pytest.approx(6), pytest.approx(6))
    assert city.officials["hours"].sum() == pytest.approx(18_002.7)
    assert city.officials["hours_left"].sum() == pytest.approx(17_996.7)


@pytest.mark.parametrize(("every", "euros"), [(3, 960.0), (0, 60.0)])
def test_rounds_are_paid_as_often_as_they_are_held(follow, took, every, euros):
    """2,700 for each of four a year is 900 a month, and the page 60; nothing for rounds where there are none."""
    assert took(follow(NAME, PRICES, {**REST, "forum": {"every": every}}))[0] == pytest.approx(euros)


@pytest.mark.parametrize(("strength", "astray"), [(1.0, 0), (0.0, 4)])
def test_nobody_goes_astray_where_it_is_published_who_does_what(follow, strength, astray):
    search = {
        "contact": {"rate": 1.0, "meetings": 0.0, "wrong_door": 1.0, "insider_search": 0.0, "contact_person": 0.0}
    }
    city = follow(NAME, {**PRICES, "strength": strength, "effect": 1.0}, search)
    contact.run(city)
    assert city.flows[0]["wrong_doors"] == astray


@pytest.mark.parametrize(("strength", "meetings", "word"), [(1.0, 1, Word.KEPT), (0.0, 0, Word.BROKEN)])
def test_who_meets_and_follows_up_keeps_its_word(follow, meet, strength, meetings, word):
    """With effect 1 every initiative is met and what was agreed is done; without, neither."""

    def prepare(city):
        meet(city, 0, 1, trust=0.5)
        promise = city.promises[0, Vow.FOLLOW_UP]
        promise["word"], promise["official"], promise["serial"], promise["due"] = Word.OPEN, 1, 0, 1

    rest = {"contact": {"rate": 0.0, "meetings": 0.0, "follow_up": 0.0}}
    city = follow(NAME, {**PRICES, "strength": strength, "effect": 1.0}, rest, prepare=prepare)
    contact.run(city)
    assert city.flows[0]["contacts"] == meetings
    assert city.promises[0, Vow.FOLLOW_UP]["word"] == word


@pytest.mark.parametrize(("strength", "hurt"), [(1.0, 0.15), (0.0, 0.3)])
def test_honest_reasons_halve_the_hurt_of_a_refusal(follow, strength, hurt):
    """A refusal of 0.3, for want of competence where nobody knows of it; explained, 0.15."""

    def prepare(city):
        asks = city.asks
        asks["case"], asks["official"], asks["departments"], asks["small"] = Case.WAITING, 1, 1, True
        asks["asked"], asks["ready"] = 4, 6

    town = {"outside": {"competence": 0.0}, "power": {"explain": 0.0, "refusal": 0.3}, "contact": {"perspective": 0.0}}
    city = follow(NAME, {**PRICES, "strength": strength, "effect": 1.0}, town, month=6, prepare=prepare)
    power.run(city)
    assert city.initiatives["bad"] == pytest.approx([hurt] * 4)
