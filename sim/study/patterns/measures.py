"""What an experiment can look at in a month: every outcome, flow and state, and groups of people.

Outcomes are the model's own. The others are read from a city as it stands after a month, and change
nothing in it: a fact may be about anybody, and the model should not carry a column for each.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.city import City
from sim.model.columns import CITY, FLOW, Case, Label, Progress, Stage, Stance
from sim.model.outcomes import OUTCOMES
from sim.study.patterns.near import MEANINGS as NEAR
from sim.study.patterns.near import NearMiss

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
ENDINGS = "initiative_endings"
LATELY = 24.0  # months; as long as a grant usually protects an initiative (volunteers.shield_months)
YOUNG = 60.0  # months; what SF22 has as the median age of initiatives
MOST_ACTIVE = 0.31  # of adults, who give most of the hours in the survey of TSRC WP 62 (E11)


@dataclass(frozen=True)
class Measure:
    """Something that has a value each month; `total`: a flow, added up over a window unless one says otherwise."""

    name: str
    unit: str
    doc: str
    total: bool = False


RESIDENTS: Mapping[str, tuple[str, str]] = {
    "trust": ("share", "mean trust in the city"),
    "participation": ("share", "share who volunteer in a month"),
    "have_a_say": ("share", "mean belief to have a say"),
    "disappointment": ("sum of gaps", "mean of disappointments that have not faded"),
    "accepting": ("share", "mean acceptance of the latest decision"),
    "attendance": ("share", "share who came to the round of this month"),
}
INITIATIVES: Mapping[str, tuple[str, str]] = {
    "active_initiatives": ("count", "active initiatives"),
    "initiative_trust": ("share", "mean trust of active initiatives in the city"),
    "opposing": ("share", "share of active initiatives that oppose the city"),
    "volunteer_strain": ("share", "mean tiredness of core members"),
    "initiative_members": ("people", "people who give time, by active initiative"),
    "initiative_skill": ("share", "mean skill in running projects and writing applications"),
    "initiative_purse": ("EUR", "money that an active initiative has"),
    "grants_won": ("count", "grants that an active initiative has won so far"),
    "projects_delivered": ("count", "projects that an active initiative has delivered so far"),
    "applications_made": ("count", "grants that an active initiative has applied for so far"),
    "initiative_age": ("years", "mean age of active initiatives"),
    "initiative_ties": ("count", "officials in office whom an active initiative knows"),
    "initiative_tie_trust": ("share", "mean trust between initiatives and these"),
    "initiative_frustration": ("share", "mean memory of refusals, lost applications and projects that came to nothing"),
    "asking": ("share", "share of active initiatives whose ask waits for an answer"),
    ENDINGS: ("share", "share of the initiatives, active or dormant, of a month before that have ended since"),
    "initiative_joint": ("count", "joint projects that an active initiative has under way"),
}
RESIDENT_GROUPS: Mapping[str, str] = {
    "marginalised": "in a vulnerable position",
    "others": "not in a vulnerable position",
    "minority": "of a minority",
    "other_language": "not at home in the city's language",
    "poorest_fifth": "lowest fifth by socio-economic rank",
    "richest_fifth": "highest fifth by socio-economic rank",
}
INITIATIVE_GROUPS: Mapping[str, str] = {
    "formal": "with a legal form",
    "informal": "without legal form",
    "justice": "justice-oriented",
    "marginalised_led": "led by people in vulnerable positions",
    "others_led": "led by others",
    "known": "known to an official in office",
    "unknown": "known to none",
    "one_tie": "known to one official in office",
    "several_ties": "known to two or more",
    "labelled": "held for complainers by an official in office, since a first contact that went badly",
    "funded": "which won a grant within two years",
    "unfunded": "which won none within two years",
    "young": "younger than five years",
    "old": "of five years or more",
    "small": "with fewer members than the median of active ones",
    "large": "with as many or more",
}
SPECIAL: Mapping[str, tuple[str, str]] = {
    "hours_top_31": ("share", "share of all volunteered hours that the most active 31% of residents give"),
    "initiative_age_q25": ("years", "age below which a quarter of the active initiatives are"),
    "initiative_age_q50": ("years", "median age of the active initiatives"),
    "initiative_age_q75": ("years", "age above which a quarter of the active initiatives are"),
    "joint_running": ("count", "joint projects under way"),
    "ties": ("count", "relations between initiatives and officials in office"),
    "staff_openness": ("share", "mean openness of officials"),
    "agreement_accepted": ("share", "residents' mean acceptance of what a table agreed this month"),
    "agreement_inequity": ("sd", "spread of it between residents"),
    "grants_gini": ("ratio", "Gini coefficient of grants won so far by active initiatives"),
}


def _all() -> dict[str, Measure]:
    found = {o.name: Measure(o.name, o.unit, o.doc, o.total) for o in OUTCOMES.values()}
    found |= {
        name: Measure(name, *said) for name, said in {**INITIATIVES, **SPECIAL, **NEAR}.items() if name not in found
    }
    found |= {f"flow.{n}": Measure(f"flow.{n}", s.unit, s.doc, True) for n, s in FLOW.items()}
    found |= {f"state.{n}": Measure(f"state.{n}", s.unit, s.doc) for n, s in CITY.items()}
    for names, groups in ((RESIDENTS, RESIDENT_GROUPS), (INITIATIVES, INITIATIVE_GROUPS)):
        for name, (unit, doc) in names.items():
            for group, who in groups.items():
                key = column(name, group)
                found[key] = Measure(key, unit, f"{doc}: {who}")
    return found


def column(outcome: str, group: str = "") -> str:
    """The name of an outcome of a group."""
    return f"{outcome}[{group}]" if group else outcome


def groups_of(outcome: str) -> Sequence[str]:
    """The groups for which `outcome` can be had; none for most."""
    if outcome in RESIDENTS:
        return tuple(RESIDENT_GROUPS)
    return tuple(INITIATIVE_GROUPS) if outcome in INITIATIVES else ()


MEASURES = _all()


@functools.cache
def version() -> str:
    """The hash of how things are measured, by which runs are named besides the model's."""
    files = sorted(Path(__file__).parent.glob("[mn]e*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


class Watch:
    """Follows one city and notes `wanted` measures each month."""

    def __init__(self, city: City, wanted: Sequence[str]) -> None:
        self._city = city
        self._wanted = [n for n in wanted if n not in OUTCOMES]
        self._outcomes = [n for n in wanted if n in OUTCOMES]
        self._months: list[list[float]] = []
        self._came: Bools | None = None
        self._residents = _resident_groups(city)
        self._near = NearMiss(city) if any(n in NEAR for n in wanted) else None
        self._lived: dict[str, Bools] = {}
        self._ages: Floats = np.empty(0)
        self._note_living()
        city.after = self._after

    def _after(self, city: City, process: str) -> None:
        if process == "forum":
            # The mark of having come fades before the month is over.
            self._came = np.asarray(city.residents.took_part >= 1.0) if city.flows[0]["rounds"] > 0 else None
        if self._near:
            self._near.after(process)

    def month(self) -> None:
        """Note the month that has just passed."""
        if self._wanted:
            self._months.append([self._value(name) for name in self._wanted])
            self._note_living()

    def _note_living(self) -> None:
        """Remember who is there, of each group whose endings are wanted; most end after having been dormant."""
        groups = [n.rstrip("]").partition("[")[2] for n in self._wanted if n.startswith(ENDINGS)]
        city = self._city
        there = (city.initiatives["stage"] != Stage.IDEA) & (city.initiatives["stage"] != Stage.ENDED)
        self._lived = {group: there & (_INITIATIVE_GROUPS[group](city) if group else True) for group in groups}
        self._ages = city.initiatives["age"].copy() if groups else self._ages

    def _endings(self, group: str) -> float:
        """A place whose initiative is younger than a month before has a new one, founded where one had ended."""
        ini = self._city.initiatives
        return _mean(((ini["stage"] == Stage.ENDED) | (ini["age"] < self._ages))[self._lived[group]])

    def series(self) -> dict[str, Floats]:
        """Measure -> (months,) of float64, NaN where undefined."""
        city = self._city
        found = {name: np.array(city.rows[name][: city.month]) for name in self._outcomes}
        columns: Any = np.array(self._months).T if self._months else []
        found |= {name: np.array(values) for name, values in zip(self._wanted, columns, strict=True)}
        if self._near:
            found |= {name: values for name, values in self._near.series().items() if name in found}
        return found

    def _value(self, name: str) -> float:
        city = self._city
        if name.startswith("flow."):
            return float(city.flows[0][name[5:]])
        if name.startswith("state."):
            return float(city.state[0][name[6:]])
        outcome, _, group = name.rstrip("]").partition("[")
        if outcome in RESIDENTS:
            return self._of_residents(outcome, self._residents[group])
        if outcome == ENDINGS:
            return self._endings(group)
        if outcome in INITIATIVES:
            return _of_initiatives(city, outcome, group)
        return _SPECIAL[name](city) if name in _SPECIAL else float("nan")

    def _of_residents(self, outcome: str, who: Bools) -> float:
        city, r = self._city, self._city.residents
        if outcome == "attendance":
            return _mean(self._came[who]) if self._came is not None else float("nan")
        if outcome == "accepting" and not city.state[0]["rounds"]:
            return float("nan")
        values = {
            "trust": r.trust,
            "participation": r.volunteers,
            "have_a_say": r.efficacy,
            "disappointment": r.fatigue,
            "accepting": r.accepts,
        }
        return _mean(values[outcome][who])


def _resident_groups(city: City) -> dict[str, Bools]:
    r = city.residents
    low, high = np.quantile(r.status, (0.2, 0.8))
    return {
        "marginalised": r.marginalised.astype(bool),
        "others": ~r.marginalised.astype(bool),
        "minority": r.minority.astype(bool),
        "other_language": r.other_language.astype(bool),
        "poorest_fifth": r.status <= low,
        "richest_fifth": r.status >= high,
    }


def _active(city: City) -> Bools:
    stage = city.initiatives["stage"]
    return np.asarray((stage >= Stage.INFORMAL) & (stage <= Stage.MATURE))


def _of_initiatives(city: City, outcome: str, group: str) -> float:
    who = _active(city)
    if group:
        who &= _INITIATIVE_GROUPS[group](city)
    if outcome == "active_initiatives":
        return float(np.count_nonzero(who))
    if outcome == "initiative_tie_trust":
        return _mean(city.ties["trust"][_in_office(city) & who[:, None]])
    return _mean(_INITIATIVES[outcome](city)[who])


def _in_office(city: City) -> Bools:
    """(initiatives, ties) whether the tie is to somebody in office; what is no more is freed at once."""
    return np.asarray((city.ties["official"] >= 0) & (city.ties["serial"] >= 0))


def _small(city: City) -> Bools:
    members = city.initiatives["members"]
    return np.asarray(members < np.median(members[_active(city)])) if _active(city).any() else members < 0


def _labelled(city: City) -> Bools:
    ties = city.ties
    holds = (ties["label"] == Label.COMPLAINER) & (ties["label_months"] > 0)
    return np.asarray((holds & _in_office(city)).any(axis=1))


def _ties(city: City) -> npt.NDArray[np.intp]:
    return np.asarray(_in_office(city).sum(axis=1))


_INITIATIVE_GROUPS: Mapping[str, Callable[[City], Bools]] = {
    "formal": lambda city: city.initiatives["formal"],
    "informal": lambda city: ~city.initiatives["formal"],
    "justice": lambda city: city.initiatives["justice"],
    "marginalised_led": lambda city: city.initiatives["marginalised_led"],
    "others_led": lambda city: ~city.initiatives["marginalised_led"],
    "known": lambda city: _ties(city) > 0,
    "unknown": lambda city: _ties(city) == 0,
    "one_tie": lambda city: _ties(city) == 1,
    "several_ties": lambda city: _ties(city) > 1,
    "labelled": _labelled,
    "funded": lambda city: city.initiatives["months_since_grant"] <= LATELY,
    "unfunded": lambda city: city.initiatives["months_since_grant"] > LATELY,
    "young": lambda city: city.initiatives["age"] < YOUNG,
    "old": lambda city: city.initiatives["age"] >= YOUNG,
    "small": _small,
    "large": lambda city: ~_small(city),
}
_INITIATIVES: Mapping[str, Callable[[City], Any]] = {
    "initiative_trust": lambda city: city.initiatives["trust"],
    "opposing": lambda city: city.initiatives["stance"] == Stance.OPPOSE,
    "volunteer_strain": lambda city: city.initiatives["strain"],
    "initiative_members": lambda city: city.initiatives["members"],
    "initiative_skill": lambda city: city.initiatives["capacity"],
    "initiative_purse": lambda city: city.initiatives["purse"],
    "grants_won": lambda city: city.initiatives["wins"],
    "projects_delivered": lambda city: city.initiatives["delivered"],
    "applications_made": lambda city: city.initiatives["wins"] + city.initiatives["losses"],
    "initiative_age": lambda city: city.initiatives["age"] / 12,
    "initiative_ties": _ties,
    "initiative_frustration": lambda city: city.initiatives["frustration"],
    "asking": lambda city: city.asks["case"] == Case.WAITING,
    "initiative_joint": lambda city: _joint(city).sum(axis=1),
}


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _hours_top(city: City) -> float:
    hours = np.sort(city.residents.volunteers * city.residents.time)[::-1]  # who has more time gives more
    return float(hours[: round(MOST_ACTIVE * len(hours))].sum() / hours.sum())


def _age(share: float) -> Callable[[City], float]:
    def of(city: City) -> float:
        ages = city.initiatives["age"][_active(city)]
        return float(np.quantile(ages, share)) / 12 if len(ages) else float("nan")

    return of


def _joint(city: City) -> Bools:
    """(initiatives, places) whether a joint project is under way."""
    p = city.projects
    return np.asarray((p["progress"] != Progress.NONE) & (p["official"] >= 0))


def _openness(city: City) -> float:
    return _mean(city.officials["openness"][city.officials["vacant"] == 0])


def _agreed(take: Callable[[Floats], Any]) -> Callable[[City], float]:
    def of(city: City) -> float:
        return float(take(city.residents.accepts)) if city.flows[0]["settled"] > 0 else float("nan")

    return of


def gini(values: Floats) -> float:
    """Gini coefficient of numbers >= 0; NaN if they are all 0."""
    ranked = np.sort(np.asarray(values, float))
    n, whole = len(ranked), ranked.sum()
    if not whole:
        return float("nan")
    return float(2 * np.sum(np.arange(1, n + 1) * ranked) / (n * whole) - (n + 1) / n)


_SPECIAL: Mapping[str, Callable[[City], float]] = {
    "hours_top_31": _hours_top,
    "initiative_age_q25": _age(0.25),
    "initiative_age_q50": _age(0.5),
    "initiative_age_q75": _age(0.75),
    "joint_running": lambda city: float(np.count_nonzero(_joint(city))),
    "ties": lambda city: float(np.count_nonzero(_in_office(city))),
    "staff_openness": _openness,
    "agreement_accepted": _agreed(np.mean),
    "agreement_inequity": _agreed(np.std),
    "grants_gini": lambda city: gini(city.initiatives["wins"][_active(city)]),
}
