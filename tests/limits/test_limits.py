"""Where theory has a formula, the model follows it over many months: expected values are the formulas.

What is drawn is tested exactly (binomial, two-sided); each such test fails by chance in one of 10,000
sets of seeds. What is not drawn agrees to rounding.
"""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.model.columns import POINTS, Case, Stage, Stance
from sim.model.month import contact, forum, funding, power, trust, turnover, volunteers
from sim.model.month.forum import Rule

ALPHA = 1e-4
MONTHS = (1, 7, 40)
QUIET = {"forgetting": 0.0, "talk": 0.0, "word": 0.0}
RESTED = {"recovery": 0.0, "load_strain": 0.0, "frustration_strain": 0.0, "formalise": 0.0, "reconsider": 0.0,
          "forming": 0.0}  # fmt: skip
NO_SHIELD = {"funded_shield": 0.0, "members_shield": 0.0, "strain_hazard": 0.0}


def repeat(process, city, months, prepare=None):
    for month in range(1, months + 1):
        city.month = month
        if prepare is not None:
            prepare(city)
        process.run(city)


# --- trust ---


@pytest.mark.parametrize("months", MONTHS)
@pytest.mark.parametrize(("start", "gain"), [(0.0, 0.06), (0.45, 0.02), (0.45, 0.3)])
def test_trust_under_kept_promises(plain, start, gain, months):
    """1 - (1 - t0) (1 - g)^n: a full good experience a month takes the share g of what is missing."""
    city = plain({"trust": {**QUIET, "gain": gain}, "works": {"goodwill": 0.0}})
    city.residents.trust[:] = start

    def kept(city):
        city.residents.good[:] = 1.0

    repeat(trust, city, months, kept)
    assert city.residents.trust == pytest.approx(np.full(100, 1 - (1 - start) * (1 - gain) ** months), abs=1e-12)


@pytest.mark.parametrize("months", MONTHS)
@pytest.mark.parametrize("asymmetry", [0.5, 1.0, 2.5])
def test_trust_under_broken_promises(plain, asymmetry, months):
    """t0 (1 - g L)^n: a full bad experience a month takes the share g L of what is there."""
    city = plain({"trust": {**QUIET, "gain": 0.06, "asymmetry": asymmetry}, "works": {"goodwill": 0.0}})

    def broken(city):
        city.residents.bad[:] = 1.0

    repeat(trust, city, months, broken)
    assert city.residents.trust == pytest.approx(np.full(100, 0.5 * (1 - 0.06 * asymmetry) ** months), abs=1e-12)


@pytest.mark.parametrize("months", MONTHS)
def test_what_nobody_renews_is_forgotten_exponentially(plain, months):
    """t0 + (t - t0) (1 - f)^n."""
    city = plain({"trust": {**QUIET, "forgetting": 0.03}, "works": {"goodwill": 0.0}})
    city.residents.trust[:] = 0.9
    repeat(trust, city, months)
    assert city.residents.trust == pytest.approx(np.full(100, 0.5 + 0.4 * 0.97**months), abs=1e-12)


@pytest.mark.parametrize("months", MONTHS)
def test_disappointments_add_up_to_a_geometric_sum(plain, months):
    """A gap g a month, remembered with rho: g rho (1 - rho^n) / (1 - rho)."""
    city = plain({"trust": {**QUIET, "fatigue_memory": 0.9}})

    def disappointed(city):
        city.residents.fatigue += 0.2

    repeat(trust, city, months, disappointed)
    expected = 0.2 * 0.9 * (1 - 0.9**months) / (1 - 0.9)
    assert city.residents.fatigue == pytest.approx(np.full(100, expected), abs=1e-12)


@pytest.mark.parametrize("months", MONTHS)
def test_routines_go_to_growth_over_growth_and_decay(plain, months):
    """I' = a (1 - I) - d I with three of four supports, a = 0.03 x 3/4, goes to a / (a + d) with rate 1 - a - d."""
    supports = {"contact_person": 1.0, "meetings": 1.0, "who_does_what": 1.0}
    city = plain({"contact": supports, "trust": {**QUIET, "routine_growth": 0.03, "routine_decay": 0.005}})
    repeat(trust, city, months)
    a, d = 0.03 * 0.75, 0.005
    expected = a / (a + d) * (1 - (1 - a - d) ** months)
    assert city.state[0]["institutionalisation"] == pytest.approx(expected, abs=1e-12)


# --- people come and go ---


@pytest.mark.parametrize(("rate", "years"), [(0.1, 1), (0.1, 4), (0.4, 2)])
def test_ties_survive_geometrically(plain, meet, rate, years):
    """Of 1,000 pairs, each with an official of its own, (1 - r)^years still have the same after so many years."""
    usual = {"annual_rate": rate, "strain_effect": 0.0, "load_strain": 0.0, "vacancy": 0}
    city = plain({"city": {"posts": 1000.0}, "turnover": usual}, initiatives=1000)
    for c in range(1000):
        meet(city, c, c)
    first = city.officials["serial"].copy()
    repeat(turnover, city, 12 * years)
    same = int((city.officials["serial"][:1000] == first[:1000]).sum())
    assert binomtest(same, 1000, (1 - rate) ** years).pvalue > ALPHA


@pytest.mark.parametrize("chance", [0.05, 0.5])
def test_meetings_are_binomial(plain, meet, chance):
    """50 initiatives, each with somebody who has time, 60 months: so many independent chances of p."""
    settings = {"rate": 0.0, "meetings": chance, "hours": 2.0, "joint_idea": 0.0}
    city = plain({"contact": settings, "city": {"posts": 100.0}}, initiatives=50)
    for c in range(50):
        meet(city, c, c, trust=0.5)

    def rested(city):
        city.officials["hours_left"], city.initiatives["hours_left"] = 1000.0, 100.0

    repeat(contact, city, 60, rested)
    assert binomtest(int(city.flows[0]["contacts"]), 50 * 60, chance).pvalue > ALPHA


@pytest.mark.parametrize("months", MONTHS)
def test_members_leave_exponentially(plain, months):
    """Nobody joins and strain is as usual: (1 - q)^n of the members are left."""
    values = {**RESTED, **NO_SHIELD, "leave": 0.033, "usual_strain": 0.0, "hazard_old_formal": 0.0}
    values |= {"hazard_new_formal": 0.0}
    city = plain({"volunteers": values})
    repeat(volunteers, city, months)
    assert city.initiatives["members"] == pytest.approx(20 * 0.967**months, rel=1e-12)


def test_under_a_constant_hazard_ages_are_exponential(plain):
    """Of 1,000 initiatives under a hazard of h a year (1 - h / 12)^n live after n months; half of them after 41."""
    values = {**RESTED, **NO_SHIELD, "hazard_new_formal": 0.2, "hazard_old_formal": 0.2, "leave": 0.0}
    city = plain({"volunteers": values}, initiatives=1000)
    alive = []
    for month in range(1, 61):
        city.month = month
        volunteers.run(city)
        alive.append(int((city.initiatives["stage"] != Stage.ENDED).sum()))
    for months in (12, 41, 60):
        assert binomtest(alive[months - 1], 1000, (1 - 0.2 / 12) ** months).pvalue > ALPHA


# --- decisions ---


def test_with_even_power_all_weigh_alike_and_with_all_power_one_decides():
    """At imbalance 0 each seat weighs 1/n; at 1 the first weighs everything, and a majority is what it wants."""
    rng = np.random.default_rng(3)
    for people in range(2, 12):
        assert forum.weigh(people, 0.0) == pytest.approx(np.full(people, 1 / people), abs=1e-15)
        assert forum.weigh(people, 1.0) == pytest.approx(np.eye(people)[0], abs=1e-15)
        views = rng.random((people, POINTS)).round()  # firm: 0 or 1
        plan = np.zeros(POINTS, np.int64)
        still, deaf = np.zeros((people, people)), np.full((people, people), -1.0)
        forum.settle(1, 1, views, forum.weigh(people, 1.0), plan, np.ones(POINTS, np.bool_), Rule.MAJORITY, 0.7, 0.4,
                     5, still, deaf, False)  # fmt: skip
        assert list(plan) == list(views[0])


@pytest.mark.parametrize("imbalance", [0.0, 1.0])
def test_a_majority_passes_what_more_than_half_of_the_weight_accepts(imbalance):
    """Firm views: acceptance is 1 - Hamming distance / points, as counted here."""
    rng = np.random.default_rng(4)
    passed = 0
    for _ in range(300):
        people = int(rng.integers(2, 12))
        plan = rng.integers(0, 2, POINTS)
        views = np.abs(plan - (rng.random((people, POINTS)) < rng.uniform(0, 0.6, (people, 1)))).astype(float)
        accepts = (views == plan).mean(axis=1) >= 0.7
        expected = accepts.mean() > 0.5 if imbalance == 0.0 else accepts[0]
        found = forum.passes(views, forum.weigh(people, imbalance), plan, Rule.MAJORITY, 0.7, 0.4)
        assert found == expected
        passed += found
    assert 50 < passed < 250


@pytest.mark.parametrize("departments", [1, 2, 3, 5])
def test_every_further_department_takes_its_share(plain, meet, departments):
    """Tsebelis' product: of 900 asks that the first desk grants, p^(n - 1) pass the other n - 1 departments."""
    sure = {"accept": 3.0, "will_weight": 3.0, "trust_weight": 3.0, "fit_weight": 3.0, "framework": 1.0, "risk": 0.0}
    values = {**sure, "consent": 0.8, "silo": 0.0, "delay_penalty": 0.0, "colleagues": 0.0}
    town = {"power": values, "outside": {"competence": 1.0, "hostility": 0.0}}
    city = plain(town, initiatives=900, month=6)
    city.state[0]["will"], city.state[0]["personalisation"] = 1.0, 1.0
    city.officials["hours"] = city.officials["hours_left"] = 1e9
    for c in range(900):
        meet(city, c, 1, trust=1.0)
    asks = city.asks
    asks["case"], asks["official"], asks["departments"], asks["small"] = Case.WAITING, 1, departments, True
    asks["asked"], asks["ready"] = 4, 6
    city.flows[0]["asks"] = 900
    power.run(city)
    assert city.flows[0]["decided"] == 900
    granted, chance = int(city.flows[0]["agreed"]), 0.8 ** (departments - 1)
    assert granted == 900 if departments == 1 else binomtest(granted, 900, chance).pvalue > ALPHA


@pytest.mark.parametrize(("pot", "grant"), [(1.0, 7000.0), (0.3, 10_000.0), (2.0, 3000.0)])
def test_a_purse_is_empty_after_so_many_grants(plain, pot, grant):
    """100,000 people at `pot` EUR each: the whole number of full grants in it is given, and no more."""
    call = {"pot": pot, "grant": grant, "size_elasticity": 1.0, "least_need": 1.0, "burden": 0.0, "threshold": 0.0}
    city = plain({"funding": {**call, "stigma": 0.0, "earmark": 0.0, "support": 0.0}}, initiatives=100)
    funding.run(city)
    assert city.flows[0]["applications"] == 100
    assert city.flows[0]["grants"] == min(100, math.floor(pot * 100_000 / grant))


# --- many people ---


def attendance(plain, people, seed, leaning):
    settings = {"every": 12, "notice": 0.0, "influence_weight": 0.0, "cost_weight": 0.0, "staff_hours": 0.0}
    town = {"city": {"residents_per_agent": 100_000 / people}, "forum": {**settings, "appeal": 0.0}}
    city = plain(town, month=12, seed=seed)
    city.initiatives["stance"] = Stance.OPPOSE
    city.residents.leaning[:] = leaning
    forum.run(city)
    return city.flows[0]["attended"] / people


@pytest.mark.parametrize(("leaning", "share"), [(50.0, 1.0), (-50.0, 0.0)])
def test_with_everybody_or_nobody_engaged_all_or_none_come(plain, leaning, share):
    assert attendance(plain, 400, 1, leaning) == share


def test_the_error_of_sampling_falls_as_one_over_the_root(plain):
    """People who are alike come with chance 1 / (1 + e): over 120 seeds the share of those who come spreads by
    sqrt(p (1 - p) / n) around it; the slope of its logarithm against that of n is -0.5, give or take 0.1.
    """
    sizes, p = (64, 256, 1024, 4096), 1 / (1 + math.e)
    shares = {n: np.array([attendance(plain, n, seed, -1.0) for seed in range(1, 121)]) for n in sizes}
    for n, found in shares.items():
        z = (found.mean() - p) / math.sqrt(p * (1 - p) / n / 120)
        assert abs(z) < 4.0  # of one in 16,000
        assert found.std(ddof=1) == pytest.approx(math.sqrt(p * (1 - p) / n), rel=0.3)  # 4.6 standard errors
    slope = np.polyfit(np.log(sizes), np.log([shares[n].std(ddof=1) for n in sizes]), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)
