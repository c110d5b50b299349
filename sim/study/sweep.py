"""`sim sweep`: many runs from one line, which no interruption loses."""

import hashlib
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.override_parser.types import ChoiceSweep

from sim.model.params import BadConfig
from sim.study import store
from sim.study.carry_out import go_on, measure
from sim.study.compose import NAME, NAMED, Typed, layered, parsed
from sim.study.design import ask, whole
from sim.study.document import to_json
from sim.study.ledger import Ledger, Task, locked
from sim.study.plan import Plan, make, on_top, typed_values
from sim.study.pool import cores

OWN = ("seeds", "name", "design", "points", "vary", "workers", "shard", "limit", "design_seed")
SEEDS, LIMIT = 10, 100_000
PILOT = 8  # runs that are timed for an estimate
BYTES = 2.1  # on the disk for a byte of packed results: the ledger, and the tables


@dataclass(frozen=True)
class Order:
    """What `sim sweep` was asked to do, apart from the plan itself."""

    name: str
    seeds: int
    workers: int
    share: tuple[int, int]
    limit: int

    @property
    def study(self) -> str:
        """The folder's name: the study's, or that of its shard."""
        i, n = self.share
        return self.name if n == 1 else f"{self.name}.shard-{i}-of-{n}"


def sweep(words: Sequence[str], argv: Sequence[str], as_json: bool, dry: bool) -> int:
    """Plan, run what is missing, export; returns the exit code. Raises BadConfig before any run."""
    order, plan = plan_of(words)
    if dry:
        return _dry(order, plan, as_json)
    folder = store.RESULTS / order.study
    check(order.study)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder), closing(Ledger(folder, write=True)) as book:
        if book.planned():
            _same(book, order, plan)
        else:
            book.freeze(plan, _study(order, plan, argv), order.share)
        return go_on(book, order.workers, argv, as_json)


def plan_of(words: Sequence[str]) -> tuple[Order, Plan]:
    """What `words` ask for; raises BadConfig with every fault. Writes nothing."""
    faults: list[str] = []
    typed = parsed(words, faults)
    how = {t.key: _option(t) for t in typed if t.key in OWN}
    fixed = [t for t in typed if t.key not in OWN and not t.several]
    several = [t for t in typed if t.key not in OWN and t.several]
    for t in [*fixed, *several]:
        if t.key == "seed":
            faults.append("seed: a sweep runs the seeds 1 to N; say how many with seeds=N")
    if any(t.key == "months" for t in several):
        faults.append("months: several values, but a sweep follows all its cities for one length of time")
    order = _order(typed, how, faults)
    asked = ask([t for t in several if t.key not in ("seed", "months")], [t.key for t in fixed], how, faults)
    total = asked.count * order.seeds
    if total > order.limit:
        faults.append(f"limit: {asked.count:,} points with {order.seeds} seeds are {total:,} runs; allowed:"
                      f" at most {order.limit:,}, or as many as limit= says")  # fmt: skip
    if faults:
        layers = layered([t for t in fixed if t.key != "seed"], faults)
        values = {f"{group}.{name}": v for group, some in layers.values.items() for name, v in some.items()}
        raise BadConfig([*faults, *map(layers.located, typed_values(values)[1])])
    return order, make(fixed, asked, order.seeds, faults)


def _option(typed: Typed) -> Any:
    """The value of one of the sweep's own words; `vary=a,b` is a list."""
    if typed.several is None:
        return typed.value
    value = typed.several.value()
    return list(value.list) if isinstance(value, ChoiceSweep) else typed.text


def _order(typed: Sequence[Typed], how: Mapping[str, Any], faults: list[str]) -> Order:
    asked = sorted(t.text for t in typed if t.key not in ("name", "workers", "shard", "limit"))
    name = str(how.get("name") or "sweep-" + hashlib.sha256("\n".join(asked).encode()).hexdigest()[:6])
    if not NAME.fullmatch(name):
        faults.append(f"name: {name!r} cannot name a folder; allowed: {NAMED}")
    share = (1, 1)
    if "shard" in how:
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", str(how["shard"]))
        i, n = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 0 <= i <= n or n == 0:
            faults.append(f"shard: {how['shard']!r} is no share; allowed: 1/N to N/N")
        share = (i or n, n)  # arrays that count from 0 have the last share as 0
    return Order(
        name,
        whole("seeds", how.get("seeds", SEEDS), 1, faults),
        whole("workers", how.get("workers", cores()), 1, faults),
        share,
        whole("limit", how.get("limit", LIMIT), 1, faults),
    )


def check(name: str) -> None:
    """Raise BadConfig if the folder cannot be written, or holds something else than a sweep."""
    folder = store.RESULTS / name
    store.check_writable(next(f for f in (folder, store.RESULTS, Path()) if f.exists()))
    if folder.exists() and any(folder.iterdir()) and not any(folder.glob("ledger.*")):
        raise BadConfig([f"name: {folder} exists and holds no sweep; choose another name"])


def _study(order: Order, plan: Plan, argv: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": 1,
        "name": order.name,
        "shard": list(order.share) if order.share[1] > 1 else None,
        "argv": list(argv),
        "command": shlex.join(argv),
        "plan": plan.digest(),
        "points": len(plan.points),
        "seeds": plan.seeds,
        "months": plan.months,
        **store.program(),
        "planned": store.now(),
    }


def _same(book: Ledger, order: Order, plan: Plan) -> None:
    """Raise BadConfig unless the ledger holds this very plan, of this very program."""
    if book.study()["plan"] != plan.digest():
        raise BadConfig([
            f"name: {book.folder} holds another sweep ({book.study()['command']});"
            " repeat that one to go on with it, or choose another name with name="
        ])  # fmt: skip
    unchanged(book, order.study)


def _dry(order: Order, plan: Plan, as_json: bool) -> int:
    """Tell what a sweep would take, from a few timed runs."""
    ids = {point.digest for point in plan.points}
    runs = math.ceil(len(ids) * plan.seeds / order.share[1])
    chosen = np.linspace(0, len(plan.points) - 1, min(PILOT, len(plan.points))).astype(int)
    some = [plan.points[i] for i in chosen]
    tasks = [Task("", on_top(plan.bases[p.base].settings, p.changes), 1, plan.months) for p in some]
    measure(tasks[0])  # the first compiles
    done = [measure(task) for task in tasks]
    each_bytes = np.mean([len(d.series or b"") + len(d.summary or "") for d in done])
    seconds = float(np.mean([d.seconds for d in done])) * runs / order.workers
    size = round(BYTES * float(each_bytes) * runs)
    answer = {
        "study": order.study,
        "points": len(plan.points),
        "seeds": plan.seeds,
        "months": plan.months,
        "runs": runs,
        "varying": plan.varying,
        "workers": order.workers,
        "seconds": seconds,
        "bytes": size,
    }
    if as_json:
        print(to_json(answer))
    else:
        print(
            f"{runs:,} runs ({len(plan.points):,} points, {plan.seeds} seeds, {plan.months} months) would take"
            f" about {timedelta(seconds=math.ceil(seconds))} on {order.workers} workers and"
            f" {size / 1e6:,.0f} MB in {store.RESULTS / order.study}; nothing was run or written"
        )
    return 0


def unchanged(book: Ledger, name: str) -> None:
    """Raise BadConfig if the program is not the one that began the sweep."""
    if book.study()["source"] != store.source_hash():
        raise BadConfig([
            f"{name}: the program or its configs have changed since this sweep began, and results of two versions"
            " are never mixed; go back to that version, or choose another name with name="
        ])  # fmt: skip
