"""Each law complains about a city that breaks it, and no other law does without reason."""

import numpy as np
import pytest

from sim.model import columns, laws
from sim.model.city import City
from sim.model.columns import Case, Progress, Stage, Word
from sim.model.settings import Settings


@pytest.fixture
def city():
    settings = {
        "city": {"population": 20_000, "residents_per_agent": 200},
        "tip": {"budget": 5000.0},
        "make_it_personal": {"strength": 1.0},
    }
    city = City(Settings.build(settings), 3)
    city.run(30)
    # As at the beginning of a month: its flows and its hours are still all there.
    city.flows[:] = 0
    city.officials["hours_left"] = city.officials["hours"]
    assert [law(city) for law in laws.LAWS] == [None] * len(laws.LAWS)
    return city


def first(mask):
    return int(np.flatnonzero(mask)[0])


def alive(city):
    return first((city.initiatives["stage"] >= Stage.INFORMAL) & (city.initiatives["stage"] <= Stage.MATURE))


def set_nan(city):
    city.residents.trust[0] = np.nan


def set_above_one(city):
    city.initiatives["trust"][alive(city)] = 1.001


def set_negative_delay(city):
    city.flows["delay"] = -1


def add_hours(city):
    city.officials["hours_left"][0] = city.officials["hours"][0] + 1


def lose_staff_hours(city):
    city.officials["hours"][0] += 1


def lose_volunteer_hours(city):
    city.initiatives["hours"][alive(city)] += 1


def find_grant_money(city):
    city.state["pot"] += 1


def find_purse_money(city):
    city.initiatives["purse"][alive(city)] += 1


def lose_an_ask(city):
    city.flows["asks"] = 1


def forget_a_promise(city):
    city.flows["promised"] = 1


def invent_a_member(city):
    city.initiatives["members"][alive(city)] += 1


def invent_a_project(city):
    city.projects["progress"][first(city.projects["progress"][:, 0] == Progress.NONE), 0] = Progress.RUNNING


def keep_a_tie_to_one_who_left(city):
    ties = city.ties
    held = np.argwhere((ties["official"] >= 0) & (ties["serial"] >= 0))[0]
    city.officials["serial"][ties["official"][tuple(held)]] += 1


def know_a_post_twice(city):
    c = first((city.ties["official"] >= 0).any(axis=1))
    city.ties[c, 1] = city.ties[c, 0]


def keep_a_tie_after_the_end(city):
    ended = first(city.initiatives["stage"] == Stage.ENDED)
    city.ties["official"][ended, 0] = 0
    city.ties["serial"][ended, 0] = city.officials["serial"][0]


def keep_money_after_the_end(city):
    ended = first(city.initiatives["stage"] == Stage.ENDED)
    city.initiatives["purse"][ended] = 5
    city.totals["raised"] += 5
    city.state["raised"] += 5


def keep_business_after_the_end(city):
    city.promises["word"][first(city.initiatives["stage"] == Stage.ENDED), 0] = Word.OPEN
    city.flows["promised"] = 1


def deliver_above_the_ceiling(city):
    city.state["round_delivered"] = 0.16  # consulting delivers 0.15 at most


def ask_from_the_future(city):
    waiting = first(city.asks["case"] == Case.WAITING)
    city.asks["asked"][waiting] = city.month + 1


def book_more_than_was_set_aside(city):
    city.flows["tip_euros"] = 5000.0 / 12.0 + 0.01


def spend_what_is_not_set_aside(city):
    city.flows["tip_euros"], city.flows["tip_unspent"] = 5000.0 / 12.0 + 1.0, -1.0


def lose_a_resident(city):
    city.residents.trust = city.residents.trust[:-1]


BREAKS = [
    (set_nan, laws.everything_in_range),
    (set_above_one, laws.everything_in_range),
    (set_negative_delay, laws.everything_in_range),
    (add_hours, laws.hours_are_spent_once),
    (lose_staff_hours, laws.hours_are_spent_once),
    (lose_volunteer_hours, laws.hours_are_spent_once),
    (find_grant_money, laws.money_is_conserved),
    (find_purse_money, laws.money_is_conserved),
    (lose_an_ask, laws.asks_are_conserved),
    (forget_a_promise, laws.promises_are_conserved),
    (invent_a_member, laws.people_are_conserved),
    (invent_a_project, laws.projects_are_conserved),
    (keep_a_tie_to_one_who_left, laws.ties_join_the_living),
    (know_a_post_twice, laws.ties_join_the_living),
    (keep_a_tie_after_the_end, laws.ties_join_the_living),
    (keep_money_after_the_end, laws.ended_is_empty),
    (keep_business_after_the_end, laws.ended_is_empty),
    (deliver_above_the_ceiling, laws.influence_has_a_ceiling),
    (ask_from_the_future, laws.waiting_is_never_negative),
    (book_more_than_was_set_aside, laws.tips_cost_what_was_set_aside),
    (spend_what_is_not_set_aside, laws.tips_cost_what_was_set_aside),
    (lose_a_resident, laws.ids_are_stable),
]


@pytest.mark.parametrize(("break_it", "law"), BREAKS, ids=[b.__name__ for b, _ in BREAKS])
def test_a_broken_city_breaks_its_law(city, break_it, law):
    break_it(city)
    complaint = law(city)
    assert complaint
    with pytest.raises(laws.BrokenLaw, match=law.__name__):
        laws.check(city, "a test")


def test_every_law_is_seen_to_fail():
    assert {law for _, law in BREAKS} == set(laws.LAWS)


def columns_that_can_leave():
    return [
        (table, name)
        for table, states in {"residents": columns.RESIDENT, **laws.TABLES}.items()
        for name, state in states.items()
        if state.dtype == "f8" or (state.dtype != "b1" and state.high < np.iinfo(state.dtype).max)
    ]


@pytest.mark.parametrize("last", [False, True])
def test_every_column_of_every_table_is_watched(city, last):
    """One number of it, the first or the last, is set to none, or where all are numbers, to one beyond its end."""
    watched = columns_that_can_leave()
    assert len(watched) > 150
    for table, name in watched:
        rows = getattr(city, table)
        values = (getattr(rows, name) if table == "residents" else rows[name]).reshape(-1)
        if not np.shares_memory(values, getattr(rows, name) if table == "residents" else rows):
            values = rows.reshape(-1)[name]
        state = {"residents": columns.RESIDENT, **laws.TABLES}[table][name]
        before = values[-1 if last else 0]
        values[-1 if last else 0] = np.nan if state.dtype == "f8" else state.high + 1
        assert (laws.everything_in_range(city) or "").startswith(f"{table}.{name} leaves"), (table, name)
        values[-1 if last else 0] = before
    assert laws.everything_in_range(city) is None
