"""A sweep's exported tables as arrays: policy by future by seed.

A policy is what one chooses among (a scenario, a tip); a future is what one does not know (a row of
the sample, or a setting of the grid). Every policy meets the same futures with the same seeds.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig, nearest
from sim.model.settings import PARAMETERS
from sim.study import presets, store
from sim.study.export import column
from sim.study.ledger import FILE

Floats = npt.NDArray[np.float64]
SAMPLED = ("lhs", "sobol")
MOST = 20  # settings of a grid that are compared one by one


@dataclass(frozen=True)
class Experiment:
    """What a sweep found.

    `policies`: a row per policy, its choices as plain values; `futures`: a row per future, its
    settings as numbers in their own units; `values`: outcome -> (policies, futures, seeds), NaN where
    a run is missing or the outcome is undefined in it; `design`, `about`: from provenance.json.
    """

    name: str
    about: Mapping[str, Any]
    design: Mapping[str, Any]
    policies: pd.DataFrame
    futures: pd.DataFrame
    seeds: npt.NDArray[np.int64]
    values: Mapping[str, Floats]
    done: int

    @property
    def kind(self) -> str:
        """The design: grid, lhs, sobol, morris, oat or file."""
        return str(self.design["kind"])

    @property
    def sampled(self) -> bool:
        """Whether the futures are a sample of a range, which stands for the futures not drawn."""
        return self.kind in SAMPLED and len(self.futures) > 1

    def independent(self) -> "Experiment":
        """This study with those futures only that were drawn each by itself.

        Of a Sobol' sample these are the first and the last row of each block; the others mix these two.
        """
        if self.kind != "sobol":
            return self
        block = len(self.design["factors"]) + 2
        own = np.isin(np.arange(len(self.futures)) % block, (0, block - 1))
        values = {outcome: some[:, own] for outcome, some in self.values.items()}
        return replace(self, futures=self.futures[own].reset_index(drop=True), values=values)

    def alternatives(self) -> "Experiment":
        """This study with the settings of a grid or a table as policies, where no choice was listed."""
        if len(self.policies) > 1 or self.kind not in ("grid", "file") or len(self.futures) > MOST:
            return self
        values = {outcome: some.transpose(1, 0, 2) for outcome, some in self.values.items()}
        return replace(self, policies=self.futures, futures=pd.DataFrame(index=[0]), values=values)

    @property
    def missing(self) -> int:
        """Runs that were planned and are not in the tables."""
        return max(int(self.about["points"]) * int(self.about["seeds"]) - self.done, 0)

    @cached_property
    def titles(self) -> list[str]:
        """Each policy in words."""
        rows = self.policies.to_dict("records")
        return [", ".join(title(n, v) for n, v in row.items()) or "all runs" for row in rows]

    @cached_property
    def names(self) -> list[str]:
        """Each policy as it is typed."""
        rows = self.policies.to_dict("records")
        return [", ".join(plain(v) for v in row.values()) or "all" for row in rows]


def load(name: str, wanted: Sequence[str]) -> Experiment:
    """Read the runs of `results/NAME`, of the outcomes `wanted`. Raises BadConfig if there are none."""
    folder = store.RESULTS / name
    about = _about(name)
    design = about["design"]
    try:
        runs = pd.read_parquet(folder / "runs.parquet")
    except (OSError, ValueError) as error:
        raise BadConfig([f"{name}: {folder / 'runs.parquet'} cannot be read ({error}); `sim export {name}`"]) from error
    gone = [o for o in wanted if o not in runs]
    if gone:
        raise BadConfig([
            f"{name}: its tables are of a version of the model that differs in {', '.join(gone)};"
            " analyse them with that version, or run it anew with name="
        ])  # fmt: skip
    if not len(runs):
        raise BadConfig([f"{name}: not one run has succeeded; see `sim status {name}`"])
    points = _points(runs, design)
    policies, policy = _numbered(points, [c for c in points.columns if c.startswith(CHOICE)])
    futures, future = _futures(points, int(design["rows"]))
    if len(policies) * len(futures) < 2:
        raise BadConfig([f"{name}: nothing varies in it; list values, as in scenario=tokenism,co_creation"])
    seeds, seed = np.unique(runs["seed"].to_numpy(), return_inverse=True)
    at = points.index.get_indexer(runs["point"])
    where = (policy[at], future[at], seed)
    values = {}
    for outcome in wanted:
        values[outcome] = np.full((len(policies), len(futures), len(seeds)), np.nan)
        values[outcome][where] = runs[outcome].to_numpy()
    policies.columns = [c.removeprefix(CHOICE) for c in policies.columns]
    return Experiment(name, about, design, policies, futures.astype(float), seeds, values, len(runs))


CHOICE, ROW = "choice:", "row"


def _about(name: str) -> dict[str, Any]:
    file = store.RESULTS / name / "provenance.json"
    if not file.is_file() or not file.with_name("runs.parquet").is_file():
        if file.with_name(FILE).is_file():
            raise BadConfig([f"{name}: a sweep without its tables; write them with `sim export {name}`"])
        known = sorted(f.parent.name for f in store.RESULTS.glob("*/runs.parquet") if f.parent != file.parent)
        raise BadConfig([f"{name}: no exported sweep of that name in {store.RESULTS}{nearest(name, known)}"])
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
        missing = [key for key in ("points", "seeds", "design") if key not in about]
    except (OSError, ValueError, TypeError) as error:
        raise BadConfig([f"{name}: {file} cannot be read: {error}"]) from error
    if missing:
        raise BadConfig(
            [f"{name}: {file} says nothing of {', '.join(missing)}; write it anew with `sim export {name}`"]
        )
    return dict(about)


def _points(runs: pd.DataFrame, design: Mapping[str, Any]) -> pd.DataFrame:
    """A row per point: its choices (columns `choice:NAME`), its settings, and the row of its sample.

    In a grid, and in a file, points with equal settings are one future; in a sample each row is one.
    """
    levels = design["levels"]
    first = runs.drop_duplicates("point").set_index("point").sort_index()
    combination, row = np.divmod(first.index.to_numpy() - 1, max(int(design["rows"]), 1))
    crossed = [dict(zip(levels, some, strict=True)) for some in product(*levels.values())]
    points: dict[str, Any] = {}
    for name, listed in levels.items():
        own = np.array([crossed[c][name] if _number(listed) else plain(crossed[c][name]) for c in combination])
        chosen = design["kind"] != "grid" or not _number(listed)
        if len(listed) > 1:
            points[f"{CHOICE}{name}" if chosen else name] = own
    inside = [c for c in first.columns if c not in {column(n) for n in levels} | {"run", "seed"} | set(OUTCOMES)]
    for name in inside:
        if first[name].nunique() > 1:
            number = pd.api.types.is_numeric_dtype(first[name]) and not pd.api.types.is_bool_dtype(first[name])
            points[name if number else f"{CHOICE}{name}"] = first[name] if number else first[name].map(plain)
    if design["kind"] not in ("grid", "file"):
        points[ROW] = row
    return pd.DataFrame(points, index=first.index)


def _numbered(points: pd.DataFrame, by: list[str]) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """The different values of some columns, in the order of the plan, and which each point has."""
    if not by:
        return pd.DataFrame(index=[0]), np.zeros(len(points), np.intp)
    number = points.groupby(by, sort=False, dropna=False).ngroup().to_numpy()
    return points[by].drop_duplicates().reset_index(drop=True), number


def _futures(points: pd.DataFrame, rows: int) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """The settings of each future, and which one each point has; NaN where all its runs are missing.

    A policy may keep a value of its own: what was drawn is read where the setting varies most.
    """
    factors = [c for c in points.columns if not c.startswith(CHOICE) and c != ROW]
    if ROW not in points:
        return _numbered(points, factors)
    by = [c for c in points.columns if c.startswith(CHOICE)]
    policies = [some for _, some in points.groupby(by, sort=False, dropna=False)] if by else [points]
    drawn = {f: max(policies, key=lambda some: some[f].nunique()).set_index(ROW)[f] for f in factors}
    futures = pd.DataFrame(drawn, columns=factors).reindex(range(rows))
    return futures, points[ROW].to_numpy(np.intp)


def _number(listed: Sequence[Any]) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in listed)


def plain(value: Any) -> str:
    """A level as it is typed: `true`, `0.2`, `[a,b]`."""
    if isinstance(value, list | tuple):
        return f"[{','.join(map(plain, value))}]"
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def title(name: str, value: Any) -> str:
    """A level in words."""
    group = name.removesuffix(".choice")
    if group in PARAMETERS:
        short = group.split(".")[1]
        alone = sum(p.endswith(f".{short}") for p in PARAMETERS) == 1
        return f"{short if alone else group}={plain(value)}"
    options = presets.groups().get(group, [])
    parts = plain(value).strip("[]").split(",")
    try:
        return " + ".join(presets.title(group, p) if p in options else p.replace("_", " ") for p in parts)
    except ValueError:  # a file of configs/ was broken since
        return plain(value)
