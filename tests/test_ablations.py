"""Each mechanism can be switched off, and does what its source says when it is on.

A row names a mechanism, the settings that switch it off or nearly so, those that switch it fully on,
the outcome that it exists for and the sign of the difference. Off and on share `SEEDS` seeds, and with
them every shock; a row holds if the mean difference has its sign at a one-sided p < 0.001 (paired t,
critical value 3.6). Were nothing to have any effect, the whole table would show a false one in about
one of a dozen sets of seeds. Settings are extreme so that no true effect is missed, and levels mean
nothing here. Many a row is what an equation says (verification); none is a finding about cities.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.model.city import City
from sim.model.outcomes import OUTCOMES
from sim.model.settings import Settings

SEEDS, MONTHS = 20, 60
TOWN = {"city.population": 150_000, "city.residents_per_agent": 150.0}

TOKEN = {"forum.every": 6, "forum.adoption": 0.0}
OFTEN = {"forum.every": 3}
# The best of contacts, so that trust in persons runs ahead of trust in the institution.
WARM = {"contact.personal": 1.0, "contact.acknowledge": 1.0, "contact.follow_up": 1.0, "contact.neutral_place": 1.0}
WARM |= {"contact.meetings": 0.5, "turnover.annual_rate": 0.0}
# An election a year that always changes the government.
UPHEAVAL = {"outside.term": 12, "outside.first_election": 6, "outside.change_of_government": 1.0}
# Half of the money gone, but many projects under way.
LEAN_YEARS = {**UPHEAVAL, "outside.national_money": 0.5, "outside.staff_hours": 20.0, "outside.competence": 1.0}
LEAN_YEARS |= {"outside.programme_loss": 0.6, "power.accept": 3.0}
# A lean town: few desks with little time.
LEAN = {"city.posts": 20.0, "outside.staff_hours": 4.0}
VILLAGE = {"city.population": 20_000, "city.residents_per_agent": 20.0, "city.residents_per_initiative": 4000.0}
METROPOLIS = {**VILLAGE, "city.population": 2_000_000, "city.residents_per_agent": 2000.0}
# More initiatives, each with as many posts as usual, which all trust alike at first: less chance in a village's mean.
LIVELY = {"city.residents_per_initiative": 1000.0, "city.posts": 150.0, "trust.spread": 0.0, "trust.size_slope": 0.0}
# Many who apply at every call, and too little money.
MANY = {"funding.every": 6, "funding.burden": 0.1, "funding.support": 1.0, "funding.threshold": 0.0}
MANY |= {"funding.pot": 0.5, "outside.informal_bar": 0.0}


@dataclass(frozen=True)
class Row:
    mechanism: str
    off: dict[str, Any]
    on: dict[str, Any]
    outcome: str | Callable[[City], float]
    sign: int
    source: str
    under: dict[str, Any] = field(default_factory=dict)
    seeds: int = SEEDS

    def __str__(self) -> str:
        name = self.outcome if isinstance(self.outcome, str) else self.outcome.__name__
        return f"{self.mechanism}-{'+'.join(self.on)}-{name}"


def trust_gap(city: City) -> float:
    """How much less the marginalised trust, at the end."""
    r = city.residents
    return float(r.trust[~r.marginalised].mean() - r.trust[r.marginalised].mean())


def harm_gap(city: City) -> float:
    """How much more trust the marginalised have lost than the others, as a share of what they had."""
    r = city.residents
    lost = 1.0 - r.trust / r.trust0.clip(0.05)
    return float(lost[r.marginalised].mean() - lost[~r.marginalised].mean())


def weight_of_the_person(city: City) -> float:
    """Share of a person, rather than of the institution, in trust."""
    return float(city.state[0]["personalisation"])


def staff_per_initiative(city: City) -> float:
    """Posts per initiative of the start."""
    return len(city.officials) / float(city.initiatives["founded_with"].sum() or 1)


def grants_per_head(city: City) -> float:
    """EUR set aside per inhabitant."""
    return float(city.totals["budgeted"][0]) / city.settings.city.population


def repeat_winners(city: City) -> float:
    """Spread of grants over initiatives, relative to their mean."""
    wins = city.initiatives["wins"][city.initiatives["age"] > MONTHS]
    return float(wins.std() / wins.mean())


def toggle(
    mechanism: str,
    name: str,
    off: Any,
    on: Any,
    outcome: str | Callable[[City], float],
    sign: int,
    source: str,
    under: dict[str, Any] | None = None,
) -> Row:
    """A row in which one setting makes the difference."""
    return Row(mechanism, {name: off}, {name: on}, outcome, sign, source, under or {})


# A table: off and on, the outcome and its sign, the source; and what else holds in both.
# fmt: off
ROWS = [
    toggle("M1", "trust.additive", True, False, "tie_trust", -1, "booklet: a combination; without one, no trust",
           {"contact.follow_up": 0.0, "contact.meetings": 0.5}),
    toggle("M1", "contact.personal", 0.2, 1.0, "tie_trust", 1, "booklet: empathy", {"contact.meetings": 0.5}),
    toggle("M1", "contact.follow_up", 0.0, 1.0, "tie_trust", 1, "booklet: consistency", {"contact.meetings": 0.5}),
    toggle("M2", "trust.asymmetry", 1.0, 5.0, "trust", -1, "Slovic 1993", TOKEN),
    toggle("M2", "trust.asymmetry", 1.0, 5.0, "initiative_trust", -1, "Slovic 1993"),
    toggle("M2", "trust.confirmation", False, True, trust_gap, 1, "Slovic 1993: distrust reinforces itself", TOKEN),
    toggle("M2", "trust.forgetting", 0.0, 0.1, "trust", 1, "what happened fades", TOKEN),
    toggle("M3", "trust.seepage", 0.0, 1.0, "initiative_trust", 1, "Schilke & Cook 2013",
           {**WARM, "trust.institutions": 0.5}),
    toggle("M3", "trust.personalisation", 0.0, 1.0, "asks_granted", 1, "Zaheer et al. 1998: it is the person",
           {**WARM, "trust.personalisation_slope": 0.0, "trust.institutional": 0.1, "trust.seepage": 0.0,
            "trust.forgetting": 0.0, "trust.gain": 0.2, "trust.asymmetry": 1.0, "power.trust_weight": 3.0,
            "contact.rate": 1.0, "outside.staff_hours": 20.0, "outside.competence": 1.0}),
    toggle("M4", "turnover.annual_rate", 0.0, 0.4, "tie_trust", -1, "booklet: resilience"),
    toggle("M4", "turnover.annual_rate", 0.0, 0.4, "promises_kept", -1, "booklet: resilience"),
    toggle("M4", "turnover.handover", 0.0, 0.9, "tie_trust", 1, "booklet: resilience", {"turnover.annual_rate": 0.4}),
    toggle("M4", "turnover.handover", 0.0, 0.9, "promises_kept", 1, "booklet: resilience",
           {"turnover.annual_rate": 0.4}),
    # With means of one half on average: the same readiness without and with resources.
    Row("M5", {"volunteers.resources": 0.0, "volunteers.base": -3.6},
        {"volunteers.resources": 6.4, "volunteers.base": -6.8}, "representation_ratio", -1, "Verba et al. 1995"),
    toggle("M5", "volunteers.efficacy", 0.0, 5.0, "representation_ratio", -1, "Sjoberg et al. 2017"),
    toggle("M5", "volunteers.asked", 0.0, 3.0, "participation", 1, "Verba et al. 1995: being asked"),
    toggle("M5", "forum.influence_weight", 0.0, 5.0, "attendance", 1, "who expects a say comes"),
    toggle("M6", "forum.disappointment", 0.0, 1.5, "trust", -1, "Folger 1977", TOKEN),
    toggle("M6", "forum.marginalised_hurt", 0.0, 1.0, harm_gap, 1, "booklet: tokenism", TOKEN),
    toggle("M6", "forum.every", 0, 6, "trust", -1, "van Dijk & Lefevere 2023: ignored < none",
           {"forum.adoption": 0.0, "forum.promise_consult": 0.8}),
    toggle("M6", "forum.every", 0, 6, "participation", -1, "van Dijk & Lefevere 2023: ignored < none",
           {"forum.adoption": 0.0, "forum.promise_consult": 0.8}),
    toggle("M6", "forum.every", 0, 6, "trust", 1, "van Dijk & Lefevere 2023: adopted > none",
           {"forum.rung": "citizen_control", "power.imbalance": 0.0}),
    toggle("M6", "volunteers.fatigue", 0.0, 5.0, "participation", -1, "disappointments add up", TOKEN),
    toggle("M7", "forum.outcome_weight", 0.0, 3.0, "acceptance_inequity", 1, "Esaiasson et al. 2019"),
    toggle("M7", "forum.procedure_weight", 0.0, 1.2, "accepting", 1, "Lind & Tyler 1988", TOKEN),
    # The best procedure for nothing, and the worst that gives people all they want.
    Row("M7", {"forum.adoption": 0.0, "forum.rule": "consent", "contact.neutral_place": 1.0, "power.imbalance": 0.0},
        {"forum.adoption": 1.0, "forum.rule": "majority", "forum.feedback": 0.0}, "accepting", 1,
        "Esaiasson et al. 2019: outcome beats procedure",
        {"forum.rung": "citizen_control", "forum.feedback": 1.0, "contact.neutral_place": 0.0,
         "forum.contested": 1.0, "forum.dissent": 0.0, "forum.minority_gap": 0.0}),
    toggle("M8", "forum.deliberation", False, True, "settled", 1, "Deffuant et al. 2000",
           {**OFTEN, "forum.confidence": 0.6}),
    toggle("M8", "forum.confidence", 0.0, 0.6, "settled", 1, "Deffuant et al. 2000", OFTEN),
    toggle("M8", "forum.facilitation", 0.0, 1.0, "settled", 1, "facilitation widens what is heard",
           {**OFTEN, "forum.ease": 0.3}),
    toggle("M9", "forum.rule", "consensus", "consent", "settled", 1, "consent is quicker than consensus", OFTEN),
    toggle("M9", "forum.rule", "consensus", "majority", "settled", 1, "a majority is found sooner", OFTEN),
    toggle("M9", "forum.rule", "majority", "consent", "accepting", 1, "consent is more acceptable", OFTEN),
    toggle("M9", "forum.rule", "majority", "consensus", "staff_forum", 1, "unanimity takes longer", OFTEN),
    toggle("M9", "forum.rule", "unilateral", "majority", "delivered_influence", 1, "who decides, gets",
           {**OFTEN, "forum.rung": "citizen_control"}),
    toggle("M10", "power.imbalance", 0.0, 0.9, "delivered_influence", -1, "booklet: power",
           {**OFTEN, "forum.rung": "co_create"}),
    toggle("M10", "power.imbalance", 0.0, 0.9, "asks_granted", -1, "booklet: power"),
    toggle("M10", "power.veto", 0.0, 1.0, "delivered_influence", -1, "booklet: power",
           {**OFTEN, "power.imbalance": 0.9, "outside.political_will": 0.0}),
    toggle("M10", "contact.neutral_place", 0.0, 1.0, "delivered_influence", 1, "booklet: neutral places",
           {**OFTEN, "power.imbalance": 0.9, "power.neutral_relief": 1.0, "forum.rung": "co_create"}),
    toggle("M11", "outside.staff_hours", 4.0, 20.0, "response_delay", -1, "booklet: modes of work"),
    toggle("M11", "outside.staff_hours", 4.0, 20.0, "response_rate", 1, "booklet: modes of work"),
    toggle("M11", "contact.preparation", 0.0, 1.0, "asks_granted", 1, "booklet: come prepared"),
    toggle("M11", "turnover.reject", 0.0, 2.0, "asks_granted", -1, "booklet: why can I reject this"),
    toggle("M11", "outside.political_will", 0.0, 1.0, "asks_granted", 1, "booklet: political will"),
    toggle("M12", "power.departments", 0.0, 4.0, "asks_granted", -1, "Tsebelis 2002"),
    toggle("M12", "power.silo", 0.0, 1.0, "late_vetoes", 1, "booklet: silos", {"power.departments": 3.0}),
    toggle("M12", "power.silo", 0.0, 1.0, "tie_trust", -1, "booklet: silos", {"power.departments": 3.0}),
    toggle("M13", "outside.change_of_government", 0.0, 1.0, "election_survival", -1, "de Azevedo et al. 2022",
           {"outside.term": 12, "outside.first_election": 6, "outside.programme_loss": 1.0}),
    toggle("M13", "outside.programme_loss", 0.0, 1.0, "joint_projects", -1, "de Azevedo et al. 2022", UPHEAVAL),
    toggle("M13", "outside.slack", 0.0, 1.0, "election_survival", -1, "Bezerra & Junqueira 2022", LEAN_YEARS),
    toggle("M13", "outside.champion_loss", 0.0, 1.0, "departures", 1, "champions go with their mandate",
           {**UPHEAVAL, "turnover.champions": 1.0}),
    toggle("M14", "funding.burden", 0.1, 0.9, "applications", -1, "Herd & Moynihan 2018"),
    toggle("M14", "funding.support", 0.0, 1.0, "applications", 1, "booklet: guidance", {"funding.burden": 0.8}),
    toggle("M14", "funding.earmark", 0.0, 0.5, "diverse_money", 1, "booklet: diverse initiatives",
           {"funding.pot": 0.2}),
    toggle("M14", "funding.prior_award", 0.0, 0.5, repeat_winners, 1, "Bol et al. 2018: Matthew effect", MANY),
    toggle("M14", "funding.award", "score", "lottery", repeat_winners, -1, "a lottery forgets", MANY),
    toggle("M14", "outside.informal_bar", 0.0, 1.0, "diverse_money", -1, "booklet: informal initiatives"),
    toggle("M15", "volunteers.hazard_new_informal", 0.08, 1.0, "survival", -1, "Stinchcombe 1965: newness",
           {"city.age_median": 6.0, "city.informal": 1.0}),
    toggle("M15", "volunteers.funded_shield", 0.0, 3.0, "survival", 1, "Hager et al. 2004",
           {"volunteers.hazard_old_formal": 0.3, "volunteers.hazard_new_formal": 0.3,
            "volunteers.hazard_new_informal": 0.3, "volunteers.hazard_old_informal": 0.3}),
    toggle("M15", "volunteers.members_shield", 0.0, 3.0, "survival", 1, "who has many people lives on",
           {"volunteers.share": 0.3, "volunteers.hazard_old_formal": 0.3, "volunteers.hazard_new_formal": 0.3}),
    toggle("M15", "volunteers.strain_hazard", 0.0, 4.0, "survival", -1, "burn-out ends initiatives",
           {"volunteers.usual_strain": 0.0}),
    toggle("M16", "trust.routine_growth", 0.0, 0.2, "institutions", 1, "booklet: systems that last"),
    toggle("M16", "contact.contact_person", 0.0, 1.0, "institutions", 1, "booklet: a contact person"),
    toggle("M16", "outside.routine_loss", 0.0, 1.0, "institutions", -1, "a new government drops routines",
           {**UPHEAVAL, "trust.institutions": 0.5}),
    toggle("M16", "trust.institutions", 0.0, 1.0, "asks_granted", 1, "coordination (M12)",
           {"power.departments": 3.0, "trust.routine_growth": 0.0, "trust.routine_decay": 0.0}),
    toggle("M16", "trust.institutions", 0.0, 1.0, "promises_kept", 1, "agreements are remembered (M4)",
           {"turnover.annual_rate": 0.4, "trust.routine_decay": 0.0}),
    toggle("M16", "trust.institutions", 0.0, 1.0, "election_survival", 1, "programmes outlive elections (M13)",
           {**UPHEAVAL, "outside.programme_loss": 1.0, "outside.routine_loss": 0.0, "trust.routine_decay": 0.0}),
    toggle("M17", "volunteers.load_strain", 0.0, 0.5, "volunteer_strain", 1, "job demands and resources"),
    toggle("M17", "volunteers.frustration_strain", 0.0, 0.3, "volunteer_strain", 1, "booklet: overwork"),
    toggle("M17", "volunteers.recovery", 0.0, 0.5, "volunteer_strain", -1, "rest and success restore"),
    toggle("M17", "volunteers.strain_effect", 0.0, 4.0, "left", 1, "ICLEI: unpaid work is the road to burn-out",
           {"volunteers.load_strain": 0.5}),
    toggle("M17", "turnover.load_strain", 0.0, 0.3, "staff_strain", 1, "job demands and resources", LEAN),
    toggle("M17", "turnover.strain_effect", 0.0, 3.0, "departures", 1, "the exhausted leave",
           {**LEAN, "turnover.load_strain": 0.3}),
    toggle("M18", "city.homophily", 0.0, 1.0, "representation_ratio", -1, "who is like me asks me",
           {"volunteers.asked": 3.0}),
    toggle("M18", "forum.bridge", 0.0, 3.0, "attendance_ratio", 1, "booklet: bridges",
           {**OFTEN, "city.justice": 1.0, "city.reach": 1.0}),
    toggle("M18", "forum.languages", 0.0, 1.0, "attendance_ratio", 1, "booklet: languages",
           {**OFTEN, "city.minority": 0.4, "city.other_language": 0.33, "city.residents_per_agent": 25.0}),
    Row("M19", VILLAGE, METROPOLIS, weight_of_the_person, -1, "booklet: small cities are personal"),
    Row("M19", VILLAGE, METROPOLIS, staff_per_initiative, 1, "topic staff grows faster than population (E08)"),
    Row("M19", VILLAGE, METROPOLIS, grants_per_head, 1, "grant money grows faster than population"),
    Row("M19", {**VILLAGE, **LIVELY}, {**METROPOLIS, **LIVELY}, "tie_trust", -1, "booklet: small cities are personal",
        seeds=200),  # thin staff in a village answers late, which takes back most of what persons gain
    toggle("M19", "contact.anonymity", 0.0, 1.0, "tie_trust", -1, "who meets strangers makes no ties",
           {**METROPOLIS, **LIVELY}),
    toggle("M19", "trust.size_slope", 0.0, 0.05, "trust", -1, "Denters 2002: less trust in large places", METROPOLIS),
    toggle("M20", "outside.competence", 0.2, 1.0, "asks_granted", 1, "booklet: competence of the city"),
    toggle("M20", "city.awareness", 0.0, 1.0, "initiative_trust", 1, "booklet: who knows does not blame",
           {"outside.competence": 0.2}),
    toggle("M20", "outside.national_money", 0.5, 2.0, "joint_projects", 1, "booklet: money from above"),
    toggle("M20", "outside.mandates", 0.0, 0.5, "response_delay", 1, "booklet: duties pushed down"),
    toggle("M20", "outside.hostility", 0.0, 1.0, "joint_projects", -1, "booklet: hostile governments"),
    toggle("M22", "works.celebrate", 0.0, 1.0, "volunteer_strain", -1, "booklet: celebrate"),
    toggle("M22", "works.celebrate", 0.0, 1.0, "tie_trust", 1, "booklet: celebrate"),
    toggle("M22", "contact.acknowledge", 0.0, 1.0, "tie_trust", 1, "booklet: acknowledge"),
]
# fmt: on

# Rows that fail, and why. Strict: when one begins to hold, its test says so, and it moves to the table.
FAILING = [
    (
        toggle("M6", "forum.every", 0, 6, "representation_ratio", -1, "booklet: it hurts the marginalised most", TOKEN),
        "who trusts less expects less and so is disappointed less; only trust, not fatigue, knows marginalised_hurt",
    ),
]


def run(seed: int, *settings: dict[str, Any]) -> City:
    """A small town after `MONTHS` months; later settings win."""
    nested: dict[str, dict[str, Any]] = {}
    for flat in (TOWN, *settings):
        for name, value in flat.items():
            group, key = name.split(".")
            nested.setdefault(group, {})[key] = value
    city = City(Settings.build(nested), seed)
    city.run(MONTHS)
    return city


def read(city: City, outcome: str | Callable[[City], float]) -> float:
    """Mean over months of an outcome where it is defined, sum of a flow, or what a function says."""
    if not isinstance(outcome, str):
        return outcome(city)
    if outcome in OUTCOMES:
        values = city.outcomes()[outcome]
        assert np.isfinite(values).any(), f"{outcome} is never defined"
        return float(values[np.isfinite(values)].mean())
    return float(city.totals[outcome][0])


def paired(row: Row) -> tuple[np.ndarray, np.ndarray]:
    """(seeds,) of the outcome off and on."""
    seeds = range(1, row.seeds + 1)
    off = [read(run(seed, row.under, row.off), row.outcome) for seed in seeds]
    on = [read(run(seed, row.under, row.on), row.outcome) for seed in seeds]
    return np.array(off), np.array(on)


CASES = [
    *ROWS,
    *(
        pytest.param(row, marks=pytest.mark.xfail(raises=AssertionError, reason=why), id=str(row))
        for row, why in FAILING
    ),
]


@pytest.mark.parametrize("row", CASES, ids=str)
def test_a_mechanism_does_what_its_source_says(row: Row) -> None:
    off, on = paired(row)
    gain = row.sign * (on - off)
    error = gain.std(ddof=1) / row.seeds**0.5
    assert gain.mean() > stats.t.ppf(0.999, row.seeds - 1) * error, (
        f"{row.mechanism} ({row.source}): {row.outcome} {off.mean():.4g} -> {on.mean():.4g},"
        f" t = {row.sign * gain.mean() / error if error else 0:.2f}, expected sign {row.sign:+d}"
    )
    assert gain.mean() > 0


def test_every_mechanism_of_one_city_has_a_row() -> None:
    """M21 is about cities that learn from each other."""
    assert {row.mechanism for row in ROWS} == {f"M{n}" for n in range(1, 23)} - {"M21"}
