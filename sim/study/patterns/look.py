"""From the months of runs to one number for each run, and from numbers of several cases to what a fact is about."""

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ALIKE = (0.37, 0.61)  # any two numbers that shares may have
CLOSE = 1e-12  # what rounding may leave of 0
STEP = 1e-6  # of the larger of 1 and a mean, for slopes of a quantity

TAKES: Mapping[str, str] = {
    "mean": "mean over the window's months in which it is defined",
    "total": "sum over them",
    "sd": "standard deviation over them",
    "cv": "that, relative to the mean",
    "slope": "trend over them, a year",
    "last": "the last of them",
    "lowest": "the lowest of them",
    "highest": "the highest of them",
    "change": "mean over `window` minus mean over `before`",
    "ratio": "mean over `window` relative to mean over `before`",
    "recovery": "months from `event` until it is back at its mean over `before`; if never, until the window ends",
}
RELATIVE = ("cv", "ratio")
WITH_BEFORE = ("change", "ratio", "recovery")
SPREADS = ("sd", "cv", "slope")  # which one month does not have


@dataclass(frozen=True)
class Look:
    """How one number is made of a run: of which column, over which months (from 1, both ends in), and how."""

    column: str
    window: tuple[int, int]
    take: str
    before: tuple[int, int] | None = None
    event: int | None = None

    def of(self, months: Floats) -> float:
        """The number, of the (months,) of one run; NaN where undefined."""
        inside = _span(months, self.window)
        earlier = _span(months, self.before) if self.before else inside
        if not len(inside) or not len(earlier):
            return math.nan
        if self.take == "recovery":
            return self._recovery(months, float(earlier.mean()))
        if self.take == "slope":
            return self._slope(months)
        return _TAKE[self.take](inside, earlier)

    def _slope(self, months: Floats) -> float:
        at = np.arange(self.window[0], self.window[1] + 1)
        values = months[self.window[0] - 1 : self.window[1]]
        at, values = at[~np.isnan(values)], values[~np.isnan(values)]
        return 12 * float(np.polyfit(at, values, 1)[0]) if len(at) > 1 else math.nan

    def _recovery(self, months: Floats, level: float) -> float:
        event = self.event or self.window[0]
        away = months[event - 1 : self.window[1]] - level
        if math.isnan(away[0]) or away[0] == 0:
            return math.nan
        back = np.flatnonzero(away * np.sign(away[0]) <= 0)
        if not len(back):
            return float(self.window[1] - event)
        n = int(back[0])
        return n - 1 + float(away[n - 1] / (away[n - 1] - away[n]))


_TAKE: Mapping[str, Callable[[Floats, Floats], float]] = {
    "mean": lambda now, _: float(now.mean()),
    "total": lambda now, _: float(now.sum()),
    "sd": lambda now, _: float(now.std(ddof=1)) if len(now) > 1 else math.nan,
    "cv": lambda now, _: float(now.std(ddof=1) / now.mean()) if len(now) > 1 and now.mean() else math.nan,
    "last": lambda now, _: float(now[-1]),
    "lowest": lambda now, _: float(now.min()),
    "highest": lambda now, _: float(now.max()),
    "change": lambda now, before: float(now.mean() - before.mean()),
    "ratio": lambda now, before: float(now.mean() / before.mean()) if before.mean() else math.nan,
}


def _span(months: Floats, window: tuple[int, int]) -> Floats:
    values = months[window[0] - 1 : window[1]]
    return values[~np.isnan(values)]


@dataclass(frozen=True)
class Quantity:
    """A formula over named numbers, such as `token - none` or `(a - b) / (c - d)`.

    `linear`: it only adds and subtracts, and so is in the unit of its numbers.
    """

    text: str
    names: Sequence[str]
    linear: bool
    _run: Callable[[Mapping[str, Any]], Any] = field(repr=False, compare=False)

    @property
    def contrast(self) -> bool:
        """Whether it is 0 where all its numbers are alike, so that its size means how far they differ.

        What is undefined there, as (a - b) / (c - d), is none.
        """
        return all(abs(self.at(dict.fromkeys(self.names, value))) < CLOSE for value in ALIKE)

    def at(self, values: Mapping[str, float]) -> float:
        """Its value where every name has one value."""
        try:
            with np.errstate(all="ignore"):
                found = self._run({n: np.float64(v) for n, v in values.items()})
        except ZeroDivisionError:
            return math.nan
        return float(found)

    def samples(self, values: Mapping[str, Floats]) -> Floats:
        """One value for each seed, whose mean is the quantity of the means and whose spread tells how sure it is.

        values: name -> (seeds,), no NaN. A formula that only adds and subtracts is applied seed by seed. Any
        other is a ratio of means or the like: by the delta method a seed's value is the quantity at the means
        plus what the seed's deviations move it along its slopes there (Oehlert 1992, The American Statistician
        46, 27-29), so that one seed with a denominator near 0 does not decide all.
        """
        means = {name: float(some.mean()) for name, some in values.items()}
        middle = self.at(means)
        found = np.full(len(next(iter(values.values()))), middle)
        for name, some in values.items():
            step = STEP * max(1.0, abs(means[name]))
            slope = (self.at({**means, name: means[name] + step}) - self.at({**means, name: means[name] - step})) / (
                2 * step
            )
            found = found + slope * (some - means[name])
        return found


_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
GRAMMAR = "names, numbers, + - * / ( ) and log( )"


def quantity(text: str) -> Quantity:
    """The quantity that `text` writes down. Raises ValueError saying what is wrong."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text!r} is no formula; allowed: {GRAMMAR}") from error
    names: dict[str, None] = {}
    run, degree = _compiled(tree, names, text)
    if not names:
        raise ValueError(f"{text!r} names nothing that was run")
    return Quantity(text, tuple(names), degree <= 1, run)


def _compiled(node: ast.AST, names: dict[str, None], text: str) -> tuple[Callable[[Mapping[str, Any]], Any], int]:
    """What computes the node, and its degree in the names: 0 a number, 1 a sum, 2 anything else."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        number = float(node.value)  # type: ignore[arg-type]
        return (lambda _: number), 0
    if isinstance(node, ast.Name):
        name = node.id
        names[name] = None
        return (lambda values: values[name]), 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner, degree = _compiled(node.operand, names, text)
        return (lambda values: -inner(values)), degree
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, a = _compiled(node.left, names, text)
        right, b = _compiled(node.right, names, text)
        operator = _OPERATORS[type(node.op)]
        scaled = (isinstance(node.op, ast.Mult) and a * b == 0) or (isinstance(node.op, ast.Div) and b == 0)
        degree = max(a, b) if isinstance(node.op, ast.Add | ast.Sub) or scaled else 2
        return (lambda values: operator(left(values), right(values))), degree
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "log"
    if isinstance(node, ast.Call) and called and len(node.args) == 1 and not node.keywords:
        inside, degree = _compiled(node.args[0], names, text)
        return (lambda values: np.log(inside(values))), 2 if degree else 0
    part = ast.unparse(node) if isinstance(node, ast.expr) else text
    raise ValueError(f"{text!r}: {part!r} is not allowed; allowed: {GRAMMAR}")
