"""The points of a sweep: which settings and choices each has, before they are checked.

What is listed on the command line (`scenario=a,b`) is crossed with the rows of the design: one empty
row for a grid, a sample of the ranges for lhs, sobol and morris, steps along each range for oat, the
lines of a file. So every scenario meets the same sample.
"""

import csv
import math
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.override_parser.types import Glob, IntervalSweep, Override, QuotedString, RangeSweep
from scipy.stats import qmc

from sim.model.params import Param, nearest
from sim.model.settings import PARAMETERS, TIPS
from sim.study import presets
from sim.study.compose import Typed, whole

Values = dict[str, Any]
"""Dotted setting or group of choices -> its value."""
NUMERIC = {name: p for name, p in PARAMETERS.items() if p.kind in ("number", "whole number")}
SAMPLES = ("lhs", "sobol", "morris")
DESIGNS = ("grid", *SAMPLES, "oat", "file")
GRID_OF_MORRIS = 4  # levels of each factor, as Morris (1991) and Campolongo et al. (2007) used
LISTED = 1_000_000  # values in one range
STEPS = 5  # of each factor where one is changed at a time, if nothing is said
Range = tuple[float, float]
Unit = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Asked:
    """A design as asked for: what varies, and how its rows are made.

    `levels` are crossed with each other and with the `rows`, of which there are `length`; `sample` and
    `seed` are what was said under points and design_seed. `loose` are settings that vary as part of a group only,
    which a choice with a value of its own keeps.
    """

    kind: str
    levels: dict[str, list[Any]]
    ranges: dict[str, Range]
    rows: Callable[[], list[Values]]
    length: int
    sample: int | None = None
    seed: int = 0
    loose: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        """How many points there are."""
        return self.length * prod(map(len, self.levels.values()))

    def points(self) -> list[Values]:
        """Every level with every row, the last level changing first after the rows."""
        rows = self.rows()
        crossed = [dict(zip(self.levels, some, strict=True)) for some in product(*self.levels.values())]
        return [{**levels, **row} for levels in crossed for row in rows]

    def about(self) -> dict[str, Any]:
        """The design as the analysis of its runs needs it."""
        return {
            "kind": self.kind,
            "points": self.sample,
            "seed": self.seed,
            "factors": {name: list(span) for name, span in self.ranges.items()},
            "levels": self.levels,
            "rows": self.length,
        }


def ask(
    several: Sequence[Typed],
    fixed: Sequence[Typed],
    how: Mapping[str, Any],
    faults: list[str],
    kept: Collection[str] = (),
) -> Asked:
    """The design that the command line describes; adds to `faults`.

    `several` are the overrides with more than one value, `fixed` those with one, `how` what is said under
    design, points, vary and design_seed; `kept` the settings that vary only if they are named themselves.
    """
    taken = {t.key for t in fixed}
    levels: dict[str, list[Any]] = {}
    ranges: dict[str, Range] = {}
    for typed in several:
        value = typed.several.value() if typed.several else None
        if isinstance(value, IntervalSweep):
            ranges[typed.key] = (float(value.start or 0), float(value.end or 0))
        else:
            found = _levels(typed.key, typed.several, faults) if typed.several else [typed.value]
            levels.setdefault(typed.key, []).extend(found)
    design = how.get("design", "grid")
    if design not in DESIGNS:
        faults.append(f"design: {design!r}{nearest(str(design), DESIGNS)}; allowed: one of {', '.join(DESIGNS)}")
        return Asked("grid", levels, {}, lambda: [{}], 1)  # what has a meaning there is not known
    if design in (*SAMPLES, "oat"):
        named = {*ranges, *_named(how.get("vary"))}
        _vary(how.get("vary"), {*levels, *taken}, {*kept} - named, _idle([*fixed, *several]), ranges, faults)
        _check(design, ranges, faults)
        made = (_one_at_a_time if design == "oat" else _sample)(design, how, levels, ranges, faults)
        return replace(made, loose=frozenset(ranges) - named)
    for name in [*ranges, *(k for k in ("vary", "design_seed") if k in how)]:
        kind = "interval()" if name in ranges else name
        faults.append(f"{name}: {kind} has no meaning in design={design}; it needs design=lhs, sobol, morris or oat")
    if design == "file":
        rows = _file(how.get("points"), {*levels, *taken}, faults)
        return Asked(design, levels, {}, lambda: rows, len(rows))
    if "points" in how:
        faults.append("points: a grid has as many points as its values make; allowed with every other design")
    return Asked(design, levels, {}, lambda: [{}], 1)


def _levels(name: str, override: Override, faults: list[str]) -> list[Any]:
    """The values listed for one setting or group."""
    value = override.value()
    if isinstance(value, Glob):
        options = presets.groups().get(name)
        if options is None:
            faults.append(f"{name}: glob() chooses among the options of a group: {', '.join(presets.groups())}")
            return []
        include = [o for o in options if any(fnmatch(o, str(p)) for p in value.include)]
        found = [o for o in include if not any(fnmatch(o, str(p)) for p in value.exclude)]
        if not found:
            faults.append(f"{name}: glob() finds nothing; allowed: one of {', '.join(options)}")
        return found
    if isinstance(value, RangeSweep) and not _is_range(value):
        said = "allowed: range(first, end, step) of numbers, whose step is not 0"
        faults.append(f"{name}: {override.input_line} is no range; {said}")
        return []
    if isinstance(value, RangeSweep) and _length(value) > LISTED:
        faults.append(f"{name}: {override.input_line} holds {_length(value):,.0f} values; allowed: at most {LISTED:,}")
        return []
    if getattr(value, "shuffle", False):
        faults.append(f"{name}: shuffle() would make another plan each time; the order of runs has no effect")
        return []
    found = [_plain(v) for v in override.sweep_iterator()]
    if not found:
        faults.append(f"{name}: {override.input_line} holds no value")
    return found


def _is_range(value: RangeSweep) -> bool:
    step = float(value.step)
    return step != 0 and all(math.isfinite(n) for n in (float(value.start or 0), float(value.stop or 0), step))


def _length(value: RangeSweep) -> float:
    return (float(value.stop or 0) - float(value.start or 0)) / float(value.step)


def _plain(value: Any) -> Any:
    if isinstance(value, QuotedString):
        return value.text
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _idle(typed: Sequence[Typed]) -> set[str]:
    """The groups of settings that matter to nothing, because the line names no tip that would read them."""
    named = {tip for tip in TIPS for t in typed if tip in t.text or t.text.startswith("tip=glob")}
    return {*TIPS} - named | (set() if named else {"tip"})


def _named(vary: Any) -> list[Any]:
    """What `vary` names, each once; without it, all."""
    return ["all"] if vary is None else list(dict.fromkeys(vary if isinstance(vary, list) else [vary]))


def _vary(
    named: Any, taken: set[str], kept: set[str], idle: set[str], ranges: dict[str, Range], faults: list[str]
) -> None:
    """Add to `ranges` the plausible range of each setting that `vary` names, alone or by its group.

    Without `vary` and without an interval on the line, of every number. What the line sets (`taken`), and what
    its choices set (`kept`), stays; of `idle` groups nothing varies unless they are named.
    """
    if named is None and ranges:
        return
    given = _named(named)
    for wanted in given:
        if wanted in taken and wanted in PARAMETERS:
            faults.append(f"vary: {wanted} is set on the command line too")
        elif wanted not in NUMERIC and wanted in PARAMETERS:
            faults.append(f"vary: {wanted} is a {PARAMETERS[wanted].kind}, and only numbers have a range")
        elif not any(_within(p, wanted) for p in NUMERIC.values()):
            groups = sorted({name.split(".")[0] for name in NUMERIC})
            faults.append(
                f"vary: there is no {wanted!r}{nearest(str(wanted), ['all', 'assumed', *groups, *NUMERIC])};"
                f" allowed: all, assumed, a number's name, or one of {', '.join(groups)}"
            )
    for name, p in NUMERIC.items():
        drawn = name not in {*taken, *kept, *ranges} and p.plausible[0] < p.plausible[1]
        wide = ("all", "assumed") if name.split(".")[0] in idle else ()
        if drawn and any(_within(p, wanted) for wanted in given if wanted not in wide):
            ranges[name] = (float(p.plausible[0]), float(p.plausible[1]))


def _within(p: Param, wanted: Any) -> bool:
    if wanted == "assumed":
        return p.source.sure == "assumed"
    return wanted in ("all", p.name) or p.name.startswith(f"{wanted}.")


def _check(design: str, ranges: Mapping[str, Range], faults: list[str]) -> None:
    for name, (low, high) in ranges.items():
        p = NUMERIC.get(name)
        if p is None:
            what = f"a {PARAMETERS[name].kind}" if name in PARAMETERS else "no setting"
            hint = "" if name in PARAMETERS else nearest(name, NUMERIC)
            faults.append(f"{name}: {what}, and only numbers have an interval{hint}")
        elif not low < high or low < p.low or high > p.high:
            reason = "is empty" if not low < high else "is out of range"
            faults.append(f"{name}: interval({low:g},{high:g}) {reason}; allowed: within {p.allowed()}")
        elif p.kind == "whole number" and np.ceil(low / p.step) > np.floor(high / p.step):
            faults.append(f"{name}: interval({low:g},{high:g}) holds no value; allowed: within {p.allowed()}")
    if not ranges:
        faults.append(f"design={design}: nothing varies; name settings or groups with vary=")


def _sample(
    design: str, how: Mapping[str, Any], levels: dict[str, list[Any]], ranges: dict[str, Range], faults: list[str]
) -> Asked:
    points = whole("points", how.get("points"), 1, faults)
    seed = whole("design_seed", how.get("design_seed", 0), 0, faults)
    # Morris walks along each factor once from each point; Sobol' takes each from a second sample.
    length = points * (1 + {"lhs": 0, "morris": len(ranges), "sobol": len(ranges) + 1}[design])
    return Asked(design, levels, ranges, lambda: _drawn(design, ranges, points, seed), length, points, seed)


def _drawn(design: str, ranges: Mapping[str, Range], points: int, seed: int) -> list[Values]:
    unit = unit_sample(design, points, len(ranges), seed)
    columns = [scaled(NUMERIC[name], span, unit[:, i]) for i, (name, span) in enumerate(ranges.items())]
    return [dict(zip(ranges, row, strict=True)) for row in zip(*columns, strict=True)]


def unit_sample(kind: str, points: int, dimensions: int, seed: int) -> Unit:
    """The rows of a sample in the unit cube, shape (rows, dimensions).

    `kind` lhs: `points` rows. sobol: the scheme of Saltelli et al. (2010) for first-order and total
    indices, `points` * (`dimensions` + 2) rows. morris: `points` trajectories of `dimensions` + 1 rows.
    """
    if kind == "lhs":
        return np.asarray(qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(points))
    problem = {"num_vars": dimensions, "names": [*map(str, range(dimensions))], "bounds": [[0, 1]] * dimensions}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SALib's advice on `points` is the guide's to give
        if kind == "morris":
            from SALib.sample import morris

            return np.asarray(morris.sample(problem, points, num_levels=GRID_OF_MORRIS, seed=seed))
        from SALib.sample import sobol

        return np.asarray(sobol.sample(problem, points, calc_second_order=False, scramble=True, seed=seed))


def _one_at_a_time(
    design: str, how: Mapping[str, Any], levels: dict[str, list[Any]], ranges: dict[str, Range], faults: list[str]
) -> Asked:
    """The base, and each factor in turn at `points` steps along its range."""
    steps = whole("points", how.get("points", STEPS), 2, faults)
    if "design_seed" in how:
        faults.append("design_seed: nothing is drawn in design=oat")
    known = {name: span for name, span in ranges.items() if name in NUMERIC}
    rows: list[Values] = [{}]
    for name, span in known.items():
        rows += [{name: value} for value in dict.fromkeys(scaled(NUMERIC[name], span, np.linspace(0, 1, steps)))]
    return Asked(design, levels, ranges, lambda: rows, len(rows), steps)


def scaled(p: Param, span: Range, unit: Unit) -> list[Any]:
    """What `unit`, within [0, 1], is within a span of a setting: whole numbers and steps kept."""
    low, high = span
    if p.kind == "number":
        return list(np.clip(low + unit * (high - low), low, high).tolist())
    first, last = int(np.ceil(low / p.step)), int(np.floor(high / p.step))
    whole = np.clip(first + np.floor(unit * (last - first + 1)).astype(np.int64), first, last)
    return list((whole * p.step).tolist())


def _file(given: Any, taken: set[str], faults: list[str]) -> list[Values]:
    """The rows of a CSV file whose head names settings and groups."""
    if not isinstance(given, str) or not given:
        faults.append("points: design=file needs points=FILE.csv, a table whose head names settings")
        return []
    try:
        with Path(given).open(encoding="utf-8-sig", newline="") as text:
            head, *lines = [line for line in csv.reader(text) if any(cell.strip() for cell in line)] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        faults.append(f"points: {given} cannot be read: {error}")
        return []
    head = [name.strip() for name in head]
    known = [*PARAMETERS, *presets.defaults()]
    wrong = [f"{name or 'a column without a name'}: no such setting{nearest(name, known)}" for name in head
             if name not in known]  # fmt: skip
    wrong += [f"{name}: given twice" for name in sorted({n for n in head if head.count(n) > 1 or n in taken})]
    wrong += [f"row {i}: {len(line)} values for {len(head)} columns" for i, line in enumerate(lines, 1)
              if len(line) != len(head)]  # fmt: skip
    if not lines:
        wrong.append("holds no rows")
    faults += [f"{given}: {fault}" for fault in wrong]
    return [] if wrong else [{name: _cell(name, cell) for name, cell in zip(head, line, strict=True)} for line in lines]


def _cell(name: str, text: str) -> Any:
    """A cell's value as the setting's kind; what is of no such kind stays text, to be refused later."""
    text = text.strip()
    kind = PARAMETERS[name].kind if name in PARAMETERS else "choice"
    if kind == "switch":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind != "choice":
        for read in (int, float):
            try:
                return read(text)
            except ValueError:
                continue
    if name in presets.groups() and text.startswith("["):
        return [part.strip() for part in text.strip("[]").split(",")]
    return text
