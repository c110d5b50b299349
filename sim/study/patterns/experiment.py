"""An experiment as a file writes it down; every fault in a file is found at once.

The form is described in docs/evidence/README.md.
"""

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from sim.model.params import BadConfig, nearest
from sim.model.settings import Settings
from sim.study import presets
from sim.study.catalogue import MONTHS
from sim.study.compose import compose
from sim.study.patterns.look import RELATIVE, SPREADS, TAKES, WITH_BEFORE, Look, Quantity, quantity
from sim.study.patterns.measures import MEASURES, column, groups_of

FOLDER = presets.CONFIGS / "pattern"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,39}")
CERTAINTY: Mapping[str, str] = {
    "opened": "stands in a source that was opened",
    "code": "read in the authors' own program",
    "computed": "computed for this project from raw data",
    "memory": "from memory of the literature, not checked",
    "mixed": "partly from memory of the literature, not checked",
}
UNCHECKED = ("memory", "mixed")
KINDS: Mapping[str, str] = {
    "emergent": "no rule of the model states it",
    "partly": "rules state parts of it",
    "verification": "held by construction: a rule states it",
    "calibration": "numbers were set by it, or by data of the same kind",
    "guard": "nothing should happen, and the model must be able to say so",
}
TOP = ("id", "title", "claim", "source", "certainty", "unchecked", "kind", "choices", "common", "cities", "months",
       "seeds", "most", "cases", "expect", "untestable", "diagnosis")  # fmt: skip
LOOKS = ("outcome", "group", "window", "take", "before", "event")
PART = ("says", "quantity", "order", "values", *LOOKS, "want", "smallest", "expected", "why")
WANTS: Mapping[str, tuple[str, ...]] = {
    "between": ("low", "high"),
    "at_least": ("value", "margin"),
    "at_most": ("value", "margin"),
    "near": ("value", "within"),
}
WANTED = (
    "more, less, {between: {low, high}}, {at_least: {value, margin}}, {at_most: {value, margin}},"
    " or {near: {value, within}}"
)
TEXTS = {"outcome": "the name of one, see `sim list outcomes`", "unchecked": "what of it was not checked"}
OWN = {"seed": "seeds", "months": "months", "name": "id"}
CITY, START, SEEDS, MOST, LONG = "mid_city", 24, 50, 400, 144
MOST_SEEDS = 100_000


@dataclass(frozen=True)
class Want:
    """What a quantity should be: between `low` and `high`.

    `fails_below`, `fails_above`: what must be shown for the opposite; `expected`: the size for which power is
    stated, the smallest effect of interest of a direction, the middle of a band; `form`: as a file has it.
    """

    low: float
    high: float
    fails_below: float
    fails_above: float
    expected: float
    form: str


@dataclass(frozen=True)
class Value:
    """A number of one case."""

    case: str
    look: Look


@dataclass(frozen=True)
class Part:
    """One statement of a fact: `quantity` of `values` is as `want` says. `unit`: of the quantity."""

    says: str
    quantity: Quantity
    values: Mapping[str, Value]
    want: Want
    why: str
    unit: str
    outcome: str


@dataclass(frozen=True)
class Case:
    """Settings to live under: month from which on -> settings, the first from month 1."""

    name: str
    phases: tuple[tuple[int, Settings], ...]


@dataclass(frozen=True)
class Experiment:
    """A fact and how it is tried.

    `cases`: city -> name -> case; nothing of it where `untestable` says why. `written`: the entries of the file.
    """

    id: str
    title: str
    claim: str
    source: str
    certainty: str
    unchecked: str
    kind: str
    choices: Sequence[str]
    months: int
    seeds: int
    most: int
    cases: Mapping[str, Mapping[str, Case]]
    parts: Sequence[Part]
    untestable: str
    diagnosis: str
    file: Path
    written: Mapping[str, Any]

    def columns(self, case: str) -> list[str]:
        """The measures that are needed of a case."""
        looks = (v.look for part in self.parts for v in part.values.values() if v.case == case)
        return sorted({look.column for look in looks})


def known() -> list[Path]:
    """The files of the facts that come with the project, by name."""
    return sorted(FOLDER.glob("*.yaml"))


def read(files: Iterable[Path]) -> list[Experiment]:
    """The experiments in `files`. Raises BadConfig with every fault of every file."""
    faults: list[str] = []
    found: dict[str, Experiment] = {}
    for file in files:
        own: list[str] = []
        experiment = _read(file, own)
        faults += [f"{_shown(file)}: {fault}" for fault in dict.fromkeys(own)]
        if experiment and experiment.id in found:
            faults.append(f"{_shown(file)}: id: {experiment.id!r} is also that of {_shown(found[experiment.id].file)}")
        elif experiment:
            found[experiment.id] = experiment
    if faults:
        raise BadConfig(faults)
    return list(found.values())


def _shown(file: Path) -> str:
    return presets.shown(file) if file.parent == FOLDER else str(file)


class _Once(yaml.SafeLoader):
    """Reads YAML, and refuses a mapping that says something twice, which YAML would let pass."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for n, key in enumerate(keys):
            if key.value in (k.value for k in keys[:n]):
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is said twice", key.start_mark)
        return super().construct_mapping(node, deep)


def _load(file: Path, faults: list[str]) -> dict[str, Any]:
    try:
        with file.open(encoding="utf-8") as text:
            values = yaml.load(text, _Once)
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        faults.append(f"not valid YAML{where}: {error.problem}")
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        faults.append(f"cannot be read: {getattr(error, 'strerror', None) or error}")
    else:
        if isinstance(values, dict):
            return values
        what = "is empty" if values is None else f"holds {type(values).__name__}"
        faults.append(f"{what}, not an experiment: id, claim, cases, expect, ...")
    return {}


def _read(file: Path, faults: list[str]) -> Experiment | None:
    values = _load(file, faults)
    if faults:
        return None
    top = _Node(values, "", faults)
    top.only(TOP)
    name = top.text("id", required=True)
    if name and not NAME.fullmatch(name):
        faults.append(f"id: {name!r}; allowed: a letter, then up to 39 letters, digits, '-' and '_'")
    certainty = top.one_of("certainty", CERTAINTY)
    untestable = top.text("untestable")
    months = top.whole("months", LONG, 2, int(MONTHS.high))
    seeds = top.whole("seeds", SEEDS, 2, MOST_SEEDS)
    most = top.whole("most", max(MOST, seeds), seeds, MOST_SEEDS)
    title, claim, source = (top.text(key, required=True) for key in ("title", "claim", "source"))
    unchecked = top.text("unchecked", required=certainty in UNCHECKED)
    kind, choices, diagnosis = top.one_of("kind", KINDS), top.texts("choices"), top.text("diagnosis")
    cases: dict[str, dict[str, Case]] = {}
    parts: list[Part] = []
    if untestable:
        faults += [f"{key}: not with `untestable`" for key in ("cases", "expect") if key in values]
    else:
        names = _case_names(top)
        cases = _cases(top, months, faults)
        parts = _parts(top, names, months)
        used = {value.case for part in parts for value in part.values.values()}
        if not faults:
            faults += [f"cases.{name}: no statement looks at it" for name in names if name not in used]
    if faults:
        return None
    return Experiment(name, title, claim, source, certainty, unchecked, kind, choices, months, seeds, most, cases,
                      parts, untestable, diagnosis, file, values)  # fmt: skip


class _Node:
    """A mapping in a file, with its path, whose values are checked as they are read."""

    def __init__(self, values: Mapping[Any, Any], path: str, faults: list[str]) -> None:
        self.values, self.path, self.faults = values, path, faults

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, text: str) -> None:
        self.faults.append(f"{self.at(key)}: {text}")

    def only(self, allowed: Sequence[str]) -> None:
        for key in self.values:
            if key not in allowed:
                self.fault(str(key), f"no such entry{nearest(str(key), allowed)}; allowed: {', '.join(allowed)}")

    def text(self, key: str, required: bool = False) -> str:
        value = self.values.get(key)
        if value is None:
            if required:
                self.fault(key, f"missing; allowed: {TEXTS.get(key, 'a sentence')}")
            return ""
        if not isinstance(value, str | int | float) or isinstance(value, bool) or not str(value).strip():
            self.fault(key, f"{value!r}; allowed: text")
            return ""
        return " ".join(str(value).split())

    def texts(self, key: str) -> list[str]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.fault(key, f"{value!r}; allowed: a list of texts")
            return []
        return [" ".join(one.split()) for one in value]

    def one_of(self, key: str, allowed: Iterable[str], default: str = "") -> str:
        value = self.values.get(key, default)
        known = list(allowed)
        if value in known:
            return str(value)
        said = repr(value) if value != "" else "missing"
        self.fault(
            key, f"{said}{nearest(str(value), known) if value != '' else ''}; allowed: one of {', '.join(known)}"
        )
        return ""

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        value = self.values.get(key, default)
        if type(value) is int and low <= value <= high:
            return value
        self.fault(key, f"{value!r}; allowed: a whole number from {low} to {high}")
        return default

    def number(self, key: str, default: float = math.nan, above: float = -math.inf) -> float:
        value = self.values.get(key, default)
        if key in self.values and type(value) in (int, float) and math.isfinite(value) and value > above:
            return float(value)
        if key in self.values or math.isnan(default):
            said = repr(value) if key in self.values else "missing"
            self.fault(key, f"{said}; allowed: a number{f' above {above:g}' if math.isfinite(above) else ''}")
        return default

    def months(self, key: str, last: int) -> tuple[int, int] | None:
        value = self.values.get(key)
        if value is None:
            return None
        whole = isinstance(value, list) and len(value) == 2 and all(type(v) is int for v in value)
        if whole and 1 <= value[0] <= value[1] <= last:
            return value[0], value[1]
        self.fault(key, f"{value!r}; allowed: [first, last] month, from 1 to {last}, the number of months")
        return None

    def inner(self, key: str) -> "_Node | None":
        value = self.values.get(key)
        if isinstance(value, dict):
            return _Node(value, self.at(key), self.faults)
        self.fault(key, f"{'missing' if value is None else repr(value)}; allowed: entries by name")
        return None


# --- cases ---


def _case_names(top: _Node) -> list[str]:
    cases = top.values.get("cases")
    return [str(name) for name in cases] if isinstance(cases, dict) else []


def _cases(top: _Node, months: int, faults: list[str]) -> dict[str, dict[str, Case]]:
    """City -> name -> case; adds to `faults`."""
    node = top.inner("cases")
    common = _words(top.values.get("common", []), "common", faults)
    said = top.values.get("cities")
    cities = [CITY] if said is None else said
    options = presets.groups()["city"]
    if not isinstance(cities, list) or not cities:
        faults.append(f"cities: {cities!r}; allowed: a list of some of {', '.join(options)}")
        cities = []
    for city in cities:
        if city not in options:
            faults.append(f"cities: {city!r}: no such city{nearest(str(city), options)}; allowed: {', '.join(options)}")
    if node is None:
        return {}
    if not node.values:
        faults.append("cases: empty; allowed: at least one case by name")
    steps = {str(name): _steps(str(name), value, months, faults) for name, value in node.values.items()}
    everywhere = [*common, *(w for step in steps.values() for _, words in step for w in words)]
    if said is not None and any(word.startswith("city=") for word in everywhere):
        faults.append("cities: said here and by city=; say it in one place")
    found: dict[str, dict[str, Case]] = {}
    wrong: list[tuple[str, list[str]]] = []
    for city in (str(one) for one in cities if one in options):
        found[city] = {name: _case(name, city, common, step, wrong) for name, step in steps.items()}
    faults += _blamed(wrong, common, [*found])
    return found


def _blamed(wrong: Sequence[tuple[str, list[str]]], common: Sequence[str], cities: Sequence[str]) -> list[str]:
    """Faults with their places: once under `common` what its words do by themselves, wherever they stand."""
    own: list[str] = []
    for city in cities if wrong else ():
        try:
            composed(tuple(_held(city, common).values()))
        except BadConfig as error:
            own += error.faults
    shared = [fault for fault in dict.fromkeys(own) if all(fault in faults for _, faults in wrong)]
    return [
        *(f"common: {fault}" for fault in shared),
        *(f"{path}: {fault}" for path, faults in wrong for fault in faults if fault not in shared),
    ]


def _held(city: str, common: Sequence[str]) -> dict[str, str]:
    """Key -> the word that holds before any of a case's own."""
    return {word.partition("=")[0]: word for word in (f"city={city}", *common)}


def _topped(held: Mapping[str, str], words: Sequence[str]) -> dict[str, str]:
    """`held` with later `words` on top: they beat words of the same key, a choice also what its own file sets."""
    new = {word.partition("=")[0]: word for word in words}
    beaten = {setting for word in words for setting in _of_choice(word)}
    return {key: word for key, word in held.items() if key not in beaten} | new


@cache
def _of_choice(word: str) -> frozenset[str]:
    """The dotted settings that the files of a choice such as scenario=tokenism have; none of any other word."""
    group, _, options = word.partition("=")
    known = presets.groups().get(group, [])
    found = set()
    for option in (o.strip() for o in options.strip("[]").split(",")):
        with suppress(ValueError):  # a file that cannot be read is told where the case is composed
            values = presets.load(presets.file_of(group, option)) if option in known else {}
            found |= {f"{inner}.{key}" for inner, some in values.items() if isinstance(some, dict) for key in some}
    return frozenset(found)


def _words(value: Any, path: str, faults: list[str]) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        faults.append(f"{path}: {value!r}; allowed: a list of words such as scenario=tokenism or forum.every=6")
        return []
    for word in value:
        key, is_pair, _ = word.partition("=")
        if not is_pair:
            faults.append(f"{path}: {word!r}: not of the form key=value")
        elif key in OWN:
            faults.append(f"{path}: {word!r}: not among the words; it is said once, by `{OWN[key]}`")
    keys = [word.partition("=")[0] for word in value]
    faults += [f"{path}: {key}: said twice in one list" for key in dict.fromkeys(keys) if keys.count(key) > 1]
    return [word for word in value if "=" in word and word.partition("=")[0] not in OWN]


def _steps(name: str, value: Any, months: int, faults: list[str]) -> list[tuple[int, list[str]]]:
    """Month from which on -> its words, the first from month 1."""
    path = f"cases.{name}"
    if not IDENTIFIER.fullmatch(name):
        faults.append(f"{path}: {name!r} cannot name a case; allowed: a small letter, then small letters, digits, '_'")
    if not isinstance(value, dict):
        return [(1, _words(value, path, faults))]
    steps = []
    for month, words in value.items():
        if type(month) is not int or not 1 <= month <= months:
            faults.append(f"{path}: {month!r}: not a month; allowed: words, or words by the month, 1 to {months},"
                          " from which on they hold")  # fmt: skip
        else:
            steps.append((month, _words(words, f"{path}.{month}", faults)))
    steps.sort(key=lambda step: step[0])
    return steps if steps and steps[0][0] == 1 else [(1, []), *steps]


def _case(
    name: str,
    city: str,
    common: Sequence[str],
    steps: Sequence[tuple[int, list[str]]],
    wrong: list[tuple[str, list[str]]],
) -> Case:
    """The case with its settings, later words beating earlier ones; `wrong`: place and its faults."""
    held = _held(city, common)
    phases: list[tuple[int, Settings]] = []
    for month, words in steps:
        held = _topped(held, words)
        path = f"cases.{name}" + (f".{month}" if len(steps) > 1 else "")
        try:
            settings = composed(tuple(held.values()))
        except BadConfig as error:
            wrong.append((path, error.faults))
            continue
        if phases and settings.city != phases[0][1].city:
            wrong.append((path, ["city: the place is made at the beginning and cannot change on the way"]))
        phases.append((month, settings))
    return Case(name, tuple(phases))


@lru_cache(maxsize=4096)
def composed(words: tuple[str, ...]) -> Settings:
    """The settings that `words` ask for; raises BadConfig."""
    return compose(words).settings


# --- what is expected ---


def _parts(top: _Node, cases: Sequence[str], months: int) -> list[Part]:
    said = top.values.get("expect")
    if not isinstance(said, list) or not said:
        top.fault("expect", f"{'missing' if said is None else repr(said)}; allowed: a list of statements")
        return []
    parts: list[Part] = []
    for n, one in enumerate(said, 1):
        path = f"expect.{n}"
        if isinstance(one, dict):
            parts += _part(_Node(one, path, top.faults), cases, months)
        else:
            top.faults.append(f"{path}: {one!r}; allowed: a statement with {', '.join(PART)}")
    return parts


def _part(node: _Node, cases: Sequence[str], months: int) -> list[Part]:
    """The part, or as many as an order has gaps."""
    before = len(node.faults)
    node.only(PART)
    says, why = node.text("says", required=True), node.text("why")
    formulas = _formulas(node)
    values = _values(node, cases, months, [name for q in formulas for name in q.names])
    want = _want(node)
    if len(node.faults) > before or want is None:
        return []
    found = []
    for q in formulas:
        own = {name: values[name] for name in q.names}
        found.append(
            Part(says, q, own, want, why, _unit(q, own), ", ".join(sorted({v.look.column for v in own.values()})))
        )
    return found


def _formulas(node: _Node) -> list[Quantity]:
    if ("quantity" in node.values) == ("order" in node.values):
        node.fault("quantity", "say either what is looked at, as in `token - none`, or an `order`, highest first")
        return []
    texts = [node.text("quantity")]
    if "order" in node.values:
        names = node.texts("order")
        if len(names) < 2:
            node.fault("order", f"{node.values['order']!r}; allowed: a list of at least two names, highest first")
        if node.values.get("want", "more") != "more":
            node.fault("want", "an order says it already: each is more than the next")
        texts = [f"{a} - {b}" for a, b in itertools.pairwise(names)]
    found = []
    for text in texts:
        try:
            found.append(quantity(text))
        except ValueError as error:
            node.fault("order" if "order" in node.values else "quantity", str(error))
    return found


def _values(node: _Node, cases: Sequence[str], months: int, names: Sequence[str]) -> dict[str, Value]:
    """Name -> number; without `values` each name is a case."""
    shared = _Node({k: v for k, v in node.values.items() if k in LOOKS}, node.path, node.faults)
    if "values" not in node.values:
        for name in dict.fromkeys(names):
            if name not in cases:
                allowed = f"; allowed: {', '.join(cases)}" if cases else ", as there are none"
                node.fault("quantity", f"{name!r}: no such case{nearest(name, cases)}{allowed}")
        look = _look(shared, months)
        return {name: Value(name, look) for name in names} if look else {}
    inner = node.inner("values")
    if inner is None:
        return {}
    found = {}
    for name in inner.values:
        one = inner.inner(str(name))
        if one is None:
            continue
        if not IDENTIFIER.fullmatch(str(name)):
            inner.fault(
                str(name), f"{name!r} cannot name a value; allowed: a small letter, then small letters, digits, '_'"
            )
        one.only(("case", *LOOKS))
        case = one.one_of("case", cases)
        both = _Node({**shared.values, **{k: v for k, v in one.values.items() if k != "case"}}, one.path, node.faults)
        look = _look(both, months)
        if look:
            found[str(name)] = Value(case, look)
    for name in dict.fromkeys(names):
        if name not in inner.values:
            known = [str(n) for n in inner.values]
            node.fault("quantity", f"{name!r}: no such value{nearest(name, known)}; allowed: {', '.join(known)}")
    return found


def _look(node: _Node, months: int) -> Look | None:
    before = len(node.faults)
    outcome, group = node.text("outcome", required=True), node.text("group")
    allowed = groups_of(outcome)
    if group and outcome in MEASURES and group not in allowed:
        which = ", ".join(allowed) if allowed else f"none, as {outcome} is not counted by group"
        node.fault("group", f"{group!r}: no such group{nearest(group, allowed)}; allowed: {which}")
    elif outcome and column(outcome, group) not in MEASURES:
        node.fault("outcome", f"{outcome!r}: no such outcome{nearest(outcome, MEASURES)};"
                              " see `sim list outcomes` and docs/evidence/README.md")  # fmt: skip
    usual = "total" if outcome in MEASURES and MEASURES[outcome].total else "mean"
    take = node.one_of("take", TAKES, usual)
    first = START + 1 if months > START else 1
    window = node.months("window", months) or (first, months)
    earlier = node.months("before", months)
    if take in WITH_BEFORE and "before" not in node.values:
        node.fault("before", f"missing; allowed: [first, last] month, for `take: {take}`")
    if take in SPREADS and window[0] == window[1]:
        node.fault("window", f"{[*window]}: one month has no `{take}`; allowed: two months or more")
    if take not in WITH_BEFORE and "before" in node.values:
        node.fault("before", f"nothing to compare with in `take: {take}`; allowed with {', '.join(WITH_BEFORE)}")
    event = None
    if take == "recovery":
        event = node.whole("event", window[0], 1, window[1])
    elif "event" in node.values:
        node.fault("event", f"has no place in `take: {take}`; allowed with recovery")
    return Look(column(outcome, group), window, take, earlier, event) if len(node.faults) == before else None


def _unit(q: Quantity, values: Mapping[str, Value]) -> str:
    units = {_unit_of(v.look) for v in values.values()}
    return units.pop() if q.linear and len(units) == 1 else "ratio"


def _unit_of(look: Look) -> str:
    if look.take in RELATIVE:
        return "ratio"
    return "months" if look.take == "recovery" else MEASURES[look.column].unit


def _want(node: _Node) -> Want | None:
    said = node.values.get("want", "more" if "order" in node.values else None)
    if said in ("more", "less"):
        size = node.number("smallest", above=0)
        if not node.text("why"):
            node.fault("why", "missing; allowed: why `smallest` is the smallest effect of interest")
        if "expected" in node.values:
            node.fault("expected", "a direction has `smallest` instead")
        if said == "more":
            return Want(0, math.inf, size, math.inf, size, "more")
        return Want(-math.inf, 0, -math.inf, -size, -size, "less")
    form = str(next(iter(said))) if isinstance(said, dict) and len(said) == 1 else ""
    if form not in WANTS:
        hint = nearest(said, ["more", "less"]) if isinstance(said, str) else nearest(form, WANTS)
        node.fault("want", f"{'missing' if said is None else repr(said)}{hint}; allowed: {WANTED}")
        return None
    if "smallest" in node.values:
        node.fault("smallest", "only a direction, more or less, has one")
    inner = _Node(node.values["want"], node.at("want"), node.faults).inner(form)
    if inner is None:
        return None
    inner.only(WANTS[form])
    a, b = (inner.number(key, above=0 if key in ("margin", "within") else -math.inf) for key in WANTS[form])
    if form == "at_least":
        want = Want(a - b, math.inf, a, math.inf, a, form)
    elif form == "at_most":
        want = Want(-math.inf, a + b, -math.inf, a, a, form)
    else:
        low, high = (a, b) if form == "between" else (a - b, a + b)
        if low >= high:
            inner.fault("low", f"{low:g} is not below high, {high:g}")
        middle = node.number("expected", (low + high) / 2)
        if "expected" in node.values and not low < middle < high:
            node.fault("expected", f"{middle:g} lies outside what is wanted, {low:g} to {high:g}")
        want = Want(low, high, low, high, middle, form)
    return want
