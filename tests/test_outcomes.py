"""What is recorded of a month is what the city is like at its end, and what flowed in it."""

import math

import numpy as np
import pytest

from sim.model.city import City
from sim.model.columns import Case, Stage
from sim.model.settings import Settings

TOWN = {"population": 60_000, "residents_per_agent": 600, "residents_per_initiative": 2000}
MONTHS = 20


@pytest.fixture(scope="module")
def told():
    """Month by month, what is recorded and what is counted here."""
    city = City(Settings.build({"city": TOWN, "forum": {"every": 4}, "contact": {"meetings": 0.5}}), 3)
    stocks, flows = [], []
    for _ in range(MONTHS):
        city.step()
        stocks.append(counted(city))
        flows.append({name: float(city.flows[name][0]) for name in city.flows.dtype.names})
    return city, stocks, flows


def mean(values):
    return float(np.mean(values)) if len(values) else math.nan


def counted(city):
    r, ini = city.residents, city.initiatives
    active = ini[(ini["stage"] >= Stage.INFORMAL) & (ini["stage"] <= Stage.MATURE)]
    known = city.ties[(city.ties["official"] >= 0) & (city.ties["serial"] >= 0)]
    return {
        "trust": mean(r.trust),
        "trust_marginalised": mean(r.trust[r.marginalised]),
        "trust_others": mean(r.trust[~r.marginalised]),
        "participation": mean(r.volunteers),
        "participation_marginalised": mean(r.volunteers[r.marginalised]),
        "have_a_say": mean(r.efficacy),
        "disappointment": mean(r.fatigue),
        "initiative_trust": mean(active["trust"]),
        "initiative_trust_informal": mean(active["trust"][~active["formal"]]),
        "active_initiatives": len(active),
        "volunteer_strain": mean(active["strain"]),
        "tie_trust": mean(known["trust"]),
        "waiting": int((city.asks["case"] == Case.WAITING).sum()),
        "staff_strain": mean(city.officials["strain"][city.officials["vacant"] == 0]),
        "institutions": float(city.state["institutionalisation"][0]),
    }


def test_stocks_are_those_at_the_end_of_the_month(told):
    city, stocks, _ = told
    for month, stock in enumerate(stocks):
        for name, value in stock.items():
            assert city.rows[name][month] == pytest.approx(value, nan_ok=True), f"{name} in month {month + 1}"


FLOWS = {
    "joint_projects": ["joint"],
    "joint_value": ["joint_value"],
    "all_value": ["value"],
    "hours_lost": ["hours_lost"],
    "late_vetoes": ["refused_late"],
    "follow_on_projects": ["lineage"],
    "resident_hours": ["resident_hours"],
    "staff_hours": ["staff_contact", "staff_cases", "staff_forum", "staff_paper", "staff_help"],
    "volunteer_hours": ["volunteer_contact", "volunteer_paper", "volunteer_delivery", "volunteer_forum"],
    "euros": ["granted", "euros_forum"],
}


def test_flows_are_those_of_the_month(told):
    city, _, flows = told
    for month, flow in enumerate(flows):
        for name, parts in FLOWS.items():
            assert city.rows[name][month] == pytest.approx(sum(flow[p] for p in parts)), f"{name} in month {month + 1}"


def test_what_is_recorded_adds_up_to_what_flowed_since_the_beginning(told):
    city, _, _ = told
    for name, parts in FLOWS.items():
        assert city.rows[name][:MONTHS].sum() == pytest.approx(sum(city.totals[p][0] for p in parts)), name


def test_something_happened(told):
    city, _, _ = told
    assert all(city.rows[name][:MONTHS].sum() > 0 for name in ("joint_projects", "staff_hours", "euros", "waiting"))


def test_the_whole_lies_between_its_groups(told):
    city, _, _ = told
    for whole, groups in (
        ("trust", ("trust_others", "trust_marginalised")),
        ("participation", ("participation_others", "participation_marginalised")),
        ("initiative_trust", ("initiative_trust_formal", "initiative_trust_informal")),
    ):
        parts = np.array([city.rows[name][:MONTHS] for name in groups])
        value, defined = city.rows[whole][:MONTHS], ~np.isnan(parts).any(axis=0)
        assert defined.any()
        assert (parts.min(axis=0)[defined] < value[defined]).all(), whole
        assert (value[defined] < parts.max(axis=0)[defined]).all(), whole


def test_survival_is_of_all_that_were_there_at_the_start():
    """Followed niche by niche: who has ended once, or is suddenly young, is not of the start any more."""
    dying = {f"hazard_{age}_{kind}": 0.5 for age in ("new", "old") for kind in ("formal", "informal")}
    city = City(Settings.build({"volunteers": {**dying, "forming": 0.2}}), seed=3)
    there = city.initiatives["stage"] != Stage.ENDED
    start, age, founded, expected = there.sum(), city.initiatives["age"].copy(), 0, []
    for _ in range(24):
        city.step()
        founded += int(city.flows["founded"][0])
        there &= (city.initiatives["stage"] != Stage.ENDED) & (city.initiatives["age"] > age)
        age = city.initiatives["age"].copy()
        expected.append(there.sum() / start)
    assert founded > 10
    assert 0 < expected[-1] < 0.5
    assert city.outcomes()["survival"].tolist() == expected
