"""Make it personal, by hand."""

import pytest

from sim.model.columns import Role
from sim.model.month import contact, outside

NAME = "make_it_personal"
PRICES = {"passion_staff": 0.2, "dialogue_staff": 0.8, "acknowledge_staff": 0.05, "celebrate_euros": 4.0}
REST = {"contact": {"personal": 0.8, "contact_person": 0.0, "dialogue": 0.0, "acknowledge": 0.8}}
REST |= {"turnover": {"handover": 0.1}, "works": {"celebrate": 0.2}}
OWN = ("contact.personal", "contact.contact_person", "contact.dialogue", "contact.acknowledge", "works.celebrate")


@pytest.mark.parametrize(
    ("budget", "share", "own", "handover"),
    [(1e9, 1.0, (0.9, 0.5, 0.5, 0.9, 0.6), 0.55), (7920, 0.5, (0.85, 0.25, 0.25, 0.85, 0.4), 0.325)],
)
def test_what_it_takes_and_where_the_levers_stand(follow, took, stand, budget, share, own, handover):
    """4 x 4 = EUR 16; 4 x (0.2 + 0.05) = 1 hour. Within other work: half as long again for four at 0.8 is 1.6 hours,
    and an office that receives half of those who come, of 0.6 hours for each of 100 thousand people, 30.
    16 + 40 x 32.6 = EUR 1,320 a month; half of it for 7,920 a year.
    """
    city = follow(NAME, PRICES, REST, budget=budget)
    assert took(city) == pytest.approx([share * x for x in (16, 1, 31.6, 0, 1320)])
    whole, each = stand(city, *OWN)
    assert whole == pytest.approx(own)
    assert each == [pytest.approx([level] * 4) for level in own]
    assert stand(city, "turnover.handover")[0] == [pytest.approx(handover)]


def test_an_office_for_some_is_paid_for_them_and_hands_over_what_it_knows_of_them(follow, took, stand):
    """For three formal ones of four: 22.5 of 30 hours, and three quarters of the way: 0.1 + 0.375 x 0.9 = 0.4375."""
    city = follow(NAME, {**PRICES, "whom": "formal"}, REST, informal=[0])
    assert took(city) == pytest.approx((12, 0.75, 1.2 + 22.5, 0, 12 + 40 * 24.45))
    assert stand(city, "turnover.handover")[0] == [pytest.approx(0.4375)]
    assert stand(city, "contact.contact_person")[1] == [pytest.approx([0, 0.5, 0.5, 0.5])]


def test_contact_persons_have_the_hours_of_the_office_and_desks_give_up_what_is_not_hired(follow):
    """Six contact persons share 30 hours: 5 each on top of 10 x 0.5 = 5 of a desk. Of 31.6 hours 15.8 are hired:
    desks give up 30 - 15.8 = 14.2 in all, and half an hour for the rest of the tip.
    """
    desk = {"outside": {"staff_hours": 10.0, "mandates": 0.5, "national_shock": 0.0, "national_money": 1.0}}
    city = follow(NAME, PRICES, {**REST, **desk})
    assert city.officials["hours"].sum() == pytest.approx(18_000 - 14.2)
    assert city.officials["hours_left"].sum() == pytest.approx(18_000 - 14.7)
    outside.run(city)
    received = city.officials["role"] == Role.CONTACT_PERSON
    assert received.sum() == 6
    assert city.officials["hours"][received] == pytest.approx([10.0] * 6)
    assert city.officials["hours"][~received] == pytest.approx([5.0] * 12)


def test_dialogue_makes_a_contact_longer_for_both(follow, meet):
    """Two hours and half as long again: three, on either side; desks had 1,000 less a thousandth or so for the tip."""

    def prepare(city):
        meet(city, 0, 1, trust=0.5)

    values = {**PRICES, "passion": 0.0, "acknowledge": 0.0, "contact_person": 0.0, "celebrate": 0.0}
    town = {"contact": {"rate": 0.0, "meetings": 1.0, "hours": 2.0, "dialogue": 0.0}}
    city = follow(NAME, values, town, prepare=prepare)
    contact.run(city)
    assert (city.flows[0]["staff_contact"], city.flows[0]["volunteer_contact"]) == (pytest.approx(3), pytest.approx(3))
    assert city.initiatives["hours_left"][0] == pytest.approx(97)


@pytest.mark.parametrize(("strength", "quality"), [(1.0, 0.81), (0.0, 0.64)])
def test_a_personal_and_acknowledged_contact_goes_better(follow, meet, strength, quality):
    """0.8 x 0.8 = 0.64, and 0.9 x 0.9 = 0.81; the latest contact counts in full."""

    def prepare(city):
        meet(city, 0, 1, trust=0.5)

    manners = {"rate": 0.0, "meetings": 1.0, "recency": 1.0, "host_distance": 0.0, "personal": 0.8, "acknowledge": 0.8}
    city = follow(NAME, {**PRICES, "strength": strength}, {"contact": manners}, prepare=prepare)
    contact.run(city)
    assert city.ties[0, 0]["empathy"] == pytest.approx(quality)
