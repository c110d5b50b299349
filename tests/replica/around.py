"""What replicas of what lies around the month are tried on: cities at their beginning, and months that are measured."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.model.city import City
from sim.model.columns import Array
from sim.model.laws import TABLES
from sim.model.outcomes import OUTCOMES
from sim.model.outcomes import of_run as of_run_of_the_model
from sim.model.settings import PARAMETERS, TIPS
from sim.study import lawful
from sim.study.lawful import Drawn
from tests.replica.begin import begin
from tests.replica.outcomes import of_run, outcomes
from tests.replica.stage import ABSOLUTE, RELATIVE, SEED, difference, differences, likely

NETWORK = ("neighbours", "starts")
LARGE = 10  # every so many-th city has as many residents as one of which nothing is said
SIZES = {"city.population", "city.residents_per_agent", *lawful.SMALL}
# Settings of other groups that part 5 names.
NAMED = {
    "outside": {"political_will", "national_money"},
    "trust": {"personalisation", "personalisation_slope", "personalisation_least", "personalisation_most",
              "institutions", "institutional", "size_slope", "gap", "spread"},
    "turnover": {"openness", "openness_spread", "reject", "champions"},
}  # fmt: skip
TAIL = 1e-11  # traits: far out, from N = 4.2, quantiles differ in the twelfth digit (docs/odd.md, 7.1)
# Sizes that fall between two whole numbers, where halves go to the even one; and more residents than people.
EDGES: list[Mapping[str, Any]] = [
    {"population": 2500, "district_size": 1000, "residents_per_initiative": 1000.0, "spare_niches": 0.3},
    {"population": 2030, "residents_per_agent": 20.0, "district_size": 500, "residents_per_initiative": 580.0},
    {"population": 62500, "residents_per_agent": 625.0, "posts": 20.0, "posts_elasticity": 1.0, "departments": 4},
    {"population": 500, "residents_per_initiative": 50000.0, "degree": 2, "departments": 30, "posts": 2.0},
]
SPREAD = "acceptance_inequity"  # compared by its square: the root of next to nothing keeps half of the digits
MONTHS = (11, 12, 25, 40)  # around the first volatility, and around the months that are left out


def of_beginnings(number: int) -> Drawn:
    """A random city, with half of what a beginning depends on drawn besides."""
    one = lawful.drawn(SEED, number)
    rng = np.random.default_rng([SEED, number, len(NAMED)])
    nested = {group: dict(values) for group, values in one.plain.items()}
    for name in PARAMETERS:
        group, key = name.split(".")
        asked = key in NAMED.get(group, ()) or group in ("city", "volunteers")
        if asked and name not in SIZES and rng.random() < 0.5:
            nested.setdefault(group, {})[key] = likely(rng, name)
    if number % LARGE == 0:
        del nested["city"]["residents_per_agent"]
        nested["city"] |= {"population": int(rng.integers(3000, 600_000)), "residents_per_initiative": 5000.0}
        nested["city"] |= {"district_size": 15_000, "posts": 20.0}
    return Drawn(nested, one.seed, one.pushes)


def begun_otherwise(one: Drawn, spoilt: Mapping[str, Any] | None = None) -> list[str]:
    """Where a city before its first month differs from the replica's.

    spoilt: setting -> what the replica takes it for instead.
    """
    city = one.city()
    settings = city.settings
    for name, value in (spoilt or {}).items():
        group, key = name.split(".")
        settings = replace(settings, **{group: replace(getattr(settings, group), **{key: value})})
    copy = begin(settings, one.seed)
    sizes = [name for name in (*TABLES, *NETWORK) if getattr(city, name).shape != getattr(copy, name).shape]
    if sizes or len(city.residents) != len(copy.residents.trust):
        return [f"of another size: {sizes or 'residents'}"]
    found = differences(city, copy, TAIL)
    for name in NETWORK:
        found += difference(name, getattr(city, name), getattr(copy, name))
    for table, states in (("born", TABLES["initiatives"]), ("totals", TABLES["flows"])):
        for name in states:
            found += difference(f"{table}.{name}", getattr(city, table)[name], getattr(copy, table)[name])
    return found


def of_months(number: int, months: int) -> Drawn:
    """A random city; every other one with as much going on as there is where people are willing."""
    one = lawful.drawn(SEED, number, months)
    if number % 2 == 0:
        return one
    rng = np.random.default_rng([SEED, number, months])
    nested: dict[str, dict[str, Any]] = {tip: {"strength": float(rng.random())} for tip in TIPS if rng.random() < 0.7}
    nested["tip"] = {"hired": float(rng.random()), "budget": float(rng.choice([3e4, 1e9]))}
    nested["city"] = {"population": 60_000, "residents_per_agent": 400.0, "residents_per_initiative": 2000.0}
    nested["city"]["marginalised"] = float(rng.choice([0.0, 0.4]))
    nested["outside"] = {"first_election": int(rng.integers(5, 12)), "term": 12}
    nested["works"] = {"spawn": 1.0, "small_months": 3, "small_effort": 20.0}
    nested["contact"] = {"rate": 1.0, "ask_rate": 1.0}
    nested["forum"] = {"every": int(rng.integers(0, 7))}
    nested["volunteers"] = {"forming": 0.1}
    return Drawn(nested, one.seed, one.pushes)


def measured_otherwise(one: Drawn, months: int, spoilt: str | None = None) -> list[str]:
    """Where outcomes of the months of a city, or its one value of them, differ from the replica's.

    spoilt: a flow of which the replica takes half.
    """
    city = one.city()
    mine: dict[str, list[float]] = {name: [] for name in OUTCOMES}
    values: list[float] = []
    for _ in range(months):
        city.step()
        seen = _seen(city)
        if spoilt:
            seen.flows[spoilt] *= 0.5
        values.append(float(seen.flows.value[0]))
        row = outcomes(seen, values)
        for name, column in mine.items():
            column.append(float(row.get(name, np.nan)))
    series = city.outcomes()
    found = [said for name in OUTCOMES for said in _unlike(name, series[name], np.array(mine[name]))]
    ones = [of_run(series[name].tolist(), outcome.total) for name, outcome in OUTCOMES.items()]
    return found + _unlike("one value", np.array(of_run_of_the_model(series)), np.array(ones))


def _seen(city: City) -> Any:
    seen = {name: getattr(city, name).view(np.recarray) for name in TABLES if name != "flows"}
    seen |= {"born": city.born.view(np.recarray), "flows": city.flows.copy().view(np.recarray)}
    return SimpleNamespace(residents=city.residents, **seen)


def _unlike(name: str, model: Array, replica: Array) -> list[str]:
    if name == SPREAD:
        model, replica = model**2, replica**2
    wrong = ~np.isclose(replica, model, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
    return [f"{name}: {np.flatnonzero(wrong)}"] if wrong.any() else []
