"""The model against replicas written from docs/odd.md alone (docs/replica.md): process by process, on random cities."""

import pytest

from tests.replica.contact import contact
from tests.replica.forum import forum
from tests.replica.funding import funding
from tests.replica.outside import outside
from tests.replica.power import power
from tests.replica.stage import Trial, copied, follow, levers_apart
from tests.replica.tip import tip
from tests.replica.trust import trust
from tests.replica.turnover import turnover
from tests.replica.volunteers import volunteers
from tests.replica.works import works

# (the process again, a setting of it and what the replica takes it for to be caught)
REPLICAS = [
    (outside, {"staff_hours": 7.0}),
    (tip, {"hired": 0.37}),
    (turnover, {"handover": 0.37}),
    (contact, {"recency": 0.37}),
    (forum, {"publicity": 0.37}),
    (power, {"case_hours": 37.0}),
    (funding, {"pot": 0.037}),
    (works, {"fundraising": 0.37}),
    (trust, {"asymmetry": 3.7}),
    (volunteers, {"leave": 0.037}),
]
QUICK, SLOW = range(10), range(200)
each = pytest.mark.parametrize(("replica", "spoilt"), REPLICAS, ids=lambda value: getattr(value, "__name__", ""))


def different(replica, cities, months=4, spoilt=None):
    return [said for n in cities for said in follow(Trial(replica.__name__, n, months), replica, spoilt)]


@each
def test_what_the_description_says_is_what_the_model_does(replica, spoilt):
    assert different(replica, QUICK) == []


@each
def test_a_replica_with_one_setting_taken_otherwise_is_caught(replica, spoilt):
    assert any(different(replica, [n], 2, spoilt) for n in QUICK)


def test_a_lever_that_stands_elsewhere_is_caught():
    city = Trial("tip", 0, 4).city()
    city.run(4)
    copy = copied(city)
    assert levers_apart(city, copy) == []
    copy.now.forum.climb += 1e-9
    copy.pushed["meetings"][2] += 1e-9
    assert [said.split(":")[0] for said in levers_apart(city, copy)] == ["now.forum.climb", "pushed.meetings"]


@pytest.mark.slow
@each
def test_in_many_cities_for_a_year(replica, spoilt):
    assert different(replica, SLOW, 12) == []
