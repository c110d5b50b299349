"""What `sim compare` is asked for: cases, named by the choices that they make, and what holds for all of them."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig, nearest
from sim.model.settings import PARAMETERS, Settings
from sim.study import presets
from sim.study.compose import NAME, NAMED, Request, compose, whole
from sim.study.pool import cores

SEVERAL = ("scenario", "tip")  # choices of which a case can make more than one
OWN = ("outcome", "baseline", "seeds", "precision", "cap", "name", "workers")
ELSEWHERE = {
    "seed": "cases are compared over the seeds 1 to N; say how many with seeds=N",
    "threads": "many cities are run at once; say on how many processes with workers=N",
}
AUTO = "auto"
SEEDS, CAP, OUTCOME = 30, 400, "trust"
PRECISION = "how narrow intervals must be, in the outcome's unit, as in precision=0.01, a percentage point of a share"


@dataclass(frozen=True)
class Case:
    """One thing that is compared. `name`: as typed; `title`: in words; `choices`: group -> options."""

    name: str
    title: str
    choices: Mapping[str, Sequence[str]]
    settings: Settings


@dataclass(frozen=True)
class Order:
    """What is compared, and how surely.

    `base`: the baseline's index; `city`: in words; `seeds`: how many, None if until intervals of the
    `outcome` are narrower than `precision`, its unit's, with no more than `cap` seeds; `common`: the
    words that hold for every case.
    """

    cases: Sequence[Case]
    base: int
    months: int
    city: str
    common: Sequence[str]
    outcome: str
    seeds: int | None
    precision: float | None
    cap: int
    name: str
    workers: int

    @property
    def asked(self) -> list[str]:
        """What makes this comparison another: its cases and settings, not how closely they are looked at."""
        return ["compare", *sorted(case.name for case in self.cases), *sorted(self.common)]


def ordered(words: Sequence[str]) -> Order:
    """What `words` ask for; raises BadConfig with every fault at once. Writes nothing."""
    faults: list[str] = []
    own, common = _sorted_out(words, faults)
    typed = [w for w in words if "=" not in w]
    if "baseline" in own and own["baseline"] not in typed:
        typed.insert(0, own["baseline"])
    chosen = {word: _choices(word, common, faults) for word in typed}
    _twice(typed, chosen, faults)
    requests = {word: _composed(word, chosen[word], common, faults) for word in chosen}
    if not any(chosen.values()):
        _composed("", {}, common, faults)
    if len(typed) < 2:
        faults.append("sim compare: needs two cases, as in `sim compare no_engagement co_creation`")
    outcome = own.get("outcome", OUTCOME)
    if outcome not in OUTCOMES:
        faults.append(f"outcome: {outcome!r}: no such outcome{nearest(outcome, OUTCOMES)}; see `sim list outcomes`")
    seeds, precision, cap = _surely(own, faults)
    name = own.get("name", _name(typed, common))
    if "name" in own and not NAME.fullmatch(name):
        faults.append(f"name: {name!r} cannot name a folder; allowed: {NAMED}")
    workers = whole("workers", own["workers"], 1, faults) if "workers" in own else cores()
    done = {word: request for word, request in requests.items() if request}
    months = {request.months for request in done.values()}
    if len(months) > 1:
        faults.append("months: the cases differ; say for how long each city is followed with months=N")
    if faults:
        raise BadConfig(list(dict.fromkeys(faults)))
    cases = [Case(word, _title(chosen[word]), chosen[word], request.settings) for word, request in done.items()]
    base = typed.index(own.get("baseline", typed[0]))
    cities = {request.choices["city"] for request in done.values()}
    city = presets.title("city", cities.pop()) if len(cities) == 1 else "Several cities"
    return Order(cases, base, months.pop(), city, common, outcome, seeds, precision, cap, name, workers)


def _sorted_out(words: Sequence[str], faults: list[str]) -> tuple[dict[str, str], list[str]]:
    """The values of our own words, and the words that hold for every case."""
    own: dict[str, str] = {}
    common = []
    for word in words:
        key, is_pair, value = word.partition("=")
        if key in OWN and is_pair:
            if key in own:
                faults.append(f"{key}: given twice")
            elif not value:
                faults.append(f"{key}: empty")
            own[key] = value
        elif key in ELSEWHERE:
            faults.append(f"{key}: {ELSEWHERE[key]}")
        elif is_pair:
            common.append(word)
    return own, common


def _choices(word: str, common: Sequence[str], faults: list[str]) -> dict[str, list[str]]:
    """Group -> the options that `word` names, as `ghent+co_creation` does; empty if there is a fault."""
    groups = {group: options for group, options in presets.groups().items() if group != "study"}
    fixed = {c.split("=")[0] for c in common}
    found: dict[str, list[str]] = {}
    before = len(faults)
    for part in word.split("+"):
        said, _, option = part.rpartition(":")
        where = [group for group, options in groups.items() if option in options and said in ("", group)]
        if len(where) > 1:
            those = f"{', '.join(where[:-1])} and {where[-1]}"
            faults.append(f"{word}: {option!r} is a choice of {those}; write {where[0]}:{option}")
        elif not where:
            known = [o for options in groups.values() for o in options]
            faults.append(f"{word}: no scenario, tip or city is called {part!r}{nearest(option, known)}"
                          " (`sim list scenarios`, `sim list cities`)")  # fmt: skip
        else:
            found.setdefault(where[0], []).append(option)
    for group, options in found.items():
        if group in fixed:
            faults.append(f"{group}: said for all cases, and by {word}; say it in one place")
        if len(options) > 1 and group not in SEVERAL:
            faults.append(f"{word}: a case has one {group}, not {len(options)}")
        if len({*options}) < len(options):
            faults.append(f"{word}: names {max(options, key=options.count)!r} twice")
    return found if len(faults) == before else {}


def _twice(typed: Sequence[str], chosen: Mapping[str, Mapping[str, Sequence[str]]], faults: list[str]) -> None:
    first: dict[str, str] = {}
    for word in typed:
        # The order of scenarios matters, the later beating the earlier; that of groups does not.
        key = repr(sorted(chosen[word].items()))
        if chosen[word] and key in first:
            faults.append(f"{word}: the same case as {first[key]}; name it once")
        first.setdefault(key, word)


def _composed(
    word: str, chosen: Mapping[str, Sequence[str]], common: Sequence[str], faults: list[str]
) -> Request | None:
    """The request of one case, None if that is not to be had."""
    if word and not chosen:
        return None
    several = {group: ",".join(options) for group, options in chosen.items()}
    try:
        return compose([*(f"{group}=[{options}]" for group, options in several.items()), *common])
    except BadConfig as error:
        faults += error.faults
        return None


def _title(chosen: Mapping[str, Sequence[str]]) -> str:
    return " + ".join(presets.title(group, option) for group, options in chosen.items() for option in options)


def _surely(own: Mapping[str, str], faults: list[str]) -> tuple[int | None, float | None, int]:
    """Seeds, None if as many as it takes; precision; and how many at most."""
    cap = whole("cap", own["cap"], 2, faults) if "cap" in own else CAP
    if own.get("seeds") != AUTO:
        faults += [f"{key}: only seeds={AUTO} has one" for key in ("precision", "cap") if key in own]
        return whole("seeds", own["seeds"], 2, faults, also=f", or {AUTO}") if "seeds" in own else SEEDS, None, cap
    if "precision" not in own:
        faults.append(f"precision: seeds={AUTO} must know {PRECISION}")
        return None, None, cap
    try:
        precision = float(own["precision"])
    except ValueError:
        precision = 0.0
    if not 0 < precision < float("inf"):
        faults.append(f"precision: {own['precision']!r} is no number above 0; it says {PRECISION}")
    return None, precision, cap


def _name(typed: Sequence[str], common: Sequence[str]) -> str:
    """A name made of cases and settings, whatever their order, so that the same comparison finds its runs."""
    said = re.sub(r"[^A-Za-z0-9._+-]+", "_", "-".join(sorted({*typed}))).replace("+", "_")
    known = hashlib.sha256("\n".join([*sorted(typed), *sorted(common)]).encode()).hexdigest()[:6]
    return said if len(said) <= 80 and not common else f"{said[:80]}-{known}"


def at_what_cost(cases: Sequence[Case]) -> str:
    """How tips are made comparable, in words; empty where there are none."""
    budgets = {case.settings.tip.budget for case in cases}
    if not any(option != "none" for case in cases for option in case.choices.get("tip", ())):
        return ""
    if budgets == {PARAMETERS["tip.budget"].high}:
        return "at equal strength, whatever that costs"
    return f"at an equal budget of EUR {max(budgets):,.0f} a year" if len(budgets) == 1 else "at different budgets"
