"""`sim sweep`: many runs from one line, which no interruption loses."""

import hashlib
import math
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep

from sim.model.outcomes import OUTCOMES
from sim.model.params import BadConfig, nearest
from sim.study import presets, store
from sim.study.carry_out import end, go_on, note, terminable
from sim.study.compose import NAME, NAMED, Typed, choices, layered, parsed, whole
from sim.study.design import ask
from sim.study.document import to_json
from sim.study.ledger import VERSION, Ledger, locked
from sim.study.plan import Plan, make, typed_values
from sim.study.pool import Engine, Local, cores
from sim.study.program import program

WHAT = ("seeds", "design", "points", "vary", "design_seed")  # to run; with the settings, they are the plan
HOW = ("name", "workers", "engine", "scheduler", "shard", "limit")
OWN = (*WHAT, *HOW)
ENGINES = ("local", "dask")
LISTED, SHOWN = 10_000, 3  # listed values that are looked at for further faults, and such faults of a name
SHARD = r".*\.shard-\d+-of-\d+"
ONCE = {
    "seed": "a sweep runs the seeds 1 to N; say how many with seeds=N",
    "months": "several values, but a sweep follows all its cities for one length of time",
    "study": "several, but a sweep is one study",
    "threads": "each city has one; say how many are run at once with workers=N",
}
NEVER = ("seed", "threads")  # not once either
SEEDS, LIMIT = 10, 100_000


@dataclass(frozen=True)
class Order:
    """What `sim sweep` was asked to do, apart from the plan itself."""

    name: str
    seeds: int
    workers: int
    where: str
    scheduler: str
    share: tuple[int, int]
    limit: int
    asked: list[str]

    @property
    def study(self) -> str:
        """The folder's name: the study's, or that of its shard."""
        i, n = self.share
        return self.name if n == 1 else f"{self.name}.shard-{i}-of-{n}"

    def engine(self, runs: int) -> Engine:
        """Where so many runs are done; raises BadConfig if that is out of reach."""
        workers = min(self.workers, runs)
        if self.where == "local":
            return Local(workers)
        from sim.study.cluster import Dask

        return Dask(self.scheduler, workers)


def sweep(words: Sequence[str], argv: Sequence[str], as_json: bool, dry: bool) -> int:
    """Plan, run what is missing, export; returns the exit code. Raises BadConfig before any run."""
    with terminable():
        order, plan = plan_of(words)
        tell_kept(plan)
        if dry:
            return _dry(order, plan, as_json)
    with begun(order, plan, argv) as book:
        return end(book, as_json, go_on(book, order.engine, argv))


def tell_kept(plan: Plan) -> None:
    """Say which settings of a choice the sample leaves as they are."""
    for choice, settings in plan.design["keeps"].items():
        own = ", ".join(settings)
        note(f"{choice} keeps what makes it what it is: {own}; name a setting in vary= to vary it too")


@contextmanager
def begun(order: Order, plan: Plan, argv: Sequence[str]) -> Iterator[Ledger]:
    """The ledger of a sweep, with its plan frozen, now or before; raises BadConfig if it is another's."""
    folder = store.RESULTS / order.study
    check(order.study)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder), closing(Ledger(folder, write=True)) as book:
        if not book.planned():
            book.freeze(plan, _study(order, plan, argv), order.share)
        elif _more_seeds(book, order, plan):
            book.extend(plan, _study(order, plan, argv))
        yield book


def plan_of(words: Sequence[str]) -> tuple[Order, Plan]:
    """What `words` ask for; raises BadConfig with every fault. Writes nothing."""
    faults: list[str] = []
    groups = presets.groups()
    typed = parsed(words, faults, groups)
    typed += parsed(_of_study(typed), faults, groups)
    how = {t.key: _option(t) for t in typed if t.key in OWN}
    times = Counter(t.key for t in typed)
    fixed = [t for t in typed if t.key not in OWN and not t.several and times[t.key] == 1]
    several = [t for t in typed if t.key not in OWN and (t.several or times[t.key] > 1)]
    faults += [f"{t.key}: {ONCE[t.key]}" for t in fixed if t.key in NEVER]
    faults += [f"{t.key}: {ONCE[t.key]}" for t in several if t.key in ONCE]
    order = _order(typed, how, faults)
    kept = layered([t for t in fixed if t.key not in NEVER], []).by_files(apart={t.key for t in several})
    asked = ask([t for t in several if t.key not in ONCE], fixed, how, faults, kept)
    total = asked.count * order.seeds
    if total > order.limit:
        faults.append(f"limit: {asked.count:,} points with {order.seeds} seeds are {total:,} runs; allowed:"
                      f" at most {order.limit:,}, or as many as limit= says")  # fmt: skip
    if faults:
        faults += _listed(asked.levels)
        layers = layered([t for t in fixed if t.key not in NEVER], faults)
        values = {f"{group}.{name}": v for group, some in layers.values.items() for name, v in some.items()}
        raise BadConfig([*faults, *map(layers.located, typed_values(values)[1])])
    return order, make(fixed, asked, order.seeds, faults)


def _listed(levels: Mapping[str, Sequence[Any]]) -> list[str]:
    """The faults of what is listed, a few of each name, where the plan is not made for other faults."""
    found: list[str] = []
    groups = presets.groups()
    for name, values in levels.items():
        own: list[str] = []
        for value in values[:LISTED]:
            if name in groups:
                choices([Typed(name, value, f"{name}={value}")], own)
            else:
                own += typed_values({name: value})[1]
        found += list(dict.fromkeys(own))[:SHOWN]
    return found


def _of_study(typed: Sequence[Typed]) -> list[str]:
    """The words that a chosen study adds: its `hydra.sweeper.params`, where the line does not say otherwise."""
    said = {t.key for t in typed}
    words = []
    for name in (str(t.value) for t in typed if t.key == "study" and not t.several):
        if name not in presets.groups().get("study", []):
            continue  # told with all other choices that there are not
        try:
            params = presets.params(presets.file_of("study", name))
        except ValueError as error:
            raise BadConfig([str(error)]) from error
        words += [f"{key}={value}" for key, value in params.items() if key not in said]
    return words


def _option(typed: Typed) -> Any:
    """The value of one of the sweep's own words; `vary=a,b` is a list."""
    if typed.key == "name":
        return typed.said
    if typed.several is None:
        return typed.value
    value = typed.several.value()
    return list(value.list) if isinstance(value, ChoiceSweep) else typed.text


def _order(typed: Sequence[Typed], how: Mapping[str, Any], faults: list[str]) -> Order:
    asked = sorted(t.text for t in typed if t.key not in HOW)
    name = str(how["name"]) if "name" in how else "sweep-" + hashlib.sha256("\n".join(asked).encode()).hexdigest()[:6]
    if re.fullmatch(SHARD, name):
        faults.append(f"name: {name!r} is what a share of a sweep is called; choose another name")
    elif not NAME.fullmatch(name):
        faults.append(f"name: {name!r} cannot name a folder; allowed: {NAMED}")
    share = (1, 1)
    if "shard" in how:
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", str(how["shard"]))
        i, n = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 0 <= i <= n or n == 0:
            faults.append(f"shard: {how['shard']!r} is no share; allowed: 1/N to N/N")
        share = (i or n, n)  # arrays that count from 0 have the last share as 0
    engine = how.get("engine", ENGINES[0])
    if engine not in ENGINES:
        faults.append(f"engine: {engine!r}{nearest(str(engine), ENGINES)}; allowed: one of {', '.join(ENGINES)}")
    if "scheduler" in how and engine != "dask":
        faults.append("scheduler: only engine=dask has one")
    if {"scheduler", "workers"} <= {*how}:
        faults.append("workers: a scheduler has its own; start there as many as are wanted")
    return Order(
        name,
        whole("seeds", how.get("seeds", SEEDS), 1, faults),
        whole("workers", how.get("workers", cores()), 1, faults),
        str(engine),
        str(how.get("scheduler", "")),
        share,
        whole("limit", how.get("limit", LIMIT), 1, faults, instead=LIMIT),
        asked,
    )


def check(name: str) -> None:
    """Raise BadConfig if the folder cannot be written, or holds something else than a sweep."""
    folder = store.RESULTS / name
    store.check_writable(next(f for f in (folder, store.RESULTS, Path()) if f.exists()))
    if folder.exists() and any(folder.iterdir()) and not any(folder.glob("ledger.*")):
        raise BadConfig([f"name: {folder} exists and holds no sweep; choose another name"])


def _study(order: Order, plan: Plan, argv: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": VERSION,
        "name": order.name,
        "asked": order.asked,
        "shard": list(order.share) if order.share[1] > 1 else None,
        "argv": list(argv),
        "command": shlex.join(argv),
        "plan": plan.digest(),
        "points": len(plan.points),
        "seeds": plan.seeds,
        "months": plan.months,
        "design": plan.design,
        "named": plan.named,
        "recorded": list(OUTCOMES),
        **program(),
        "planned": store.now(),
    }


def _more_seeds(book: Ledger, order: Order, plan: Plan) -> bool:
    """Whether the ledger holds this plan, of this very model, with fewer seeds.

    Raises BadConfig unless it holds this plan with these seeds, or with fewer and is no share.
    """
    unchanged(book, order.study)
    study = book.study()
    if study["plan"] == plan.digest():
        more = bool(plan.seeds > study["seeds"])
        if plan.seeds < study["seeds"] or (more and order.share[1] > 1):
            alone = " of every share" if order.share[1] > 1 else " or more"
            raise BadConfig(
                [f"seeds: {book.folder} has {study['seeds']}; repeat it with seeds={study['seeds']}{alone}"]
            )
        return more
    why = f"holds another sweep ({study['command']}); repeat that one to go on with it"
    if study["asked"] == order.asked:
        why = "was begun with other configs or ranges, and results of both are never mixed; go back to those"
    raise BadConfig([f"name: {book.folder} {why}, or choose another name with name="])


def _dry(order: Order, plan: Plan, as_json: bool) -> int:
    """Tell what a sweep would take, from a few seconds of it."""
    from sim.study.estimate import estimate

    answer = {"study": order.study, "varying": plan.varying, **estimate(plan, order.share[1], order.engine)}
    if as_json:
        print(to_json(answer))
    else:
        print(
            f"{answer['runs']:,} runs ({len(plan.points):,} points, {plan.seeds} seeds, {plan.months} months) would"
            f" take about {timedelta(seconds=math.ceil(answer['seconds']))} on {answer['workers']} workers and"
            f" {answer['bytes'] / 1e6:,.0f} MB in {store.RESULTS / order.study}; nothing was saved"
        )
    return 0


def unchanged(book: Ledger, name: str) -> None:
    """Raise BadConfig if the model is not the one that began the sweep; tell if what it stands on is another."""
    before, now = book.study(), program()
    if before.get("model") != now["model"]:
        raise BadConfig([
            f"{name}: the model has changed since this sweep began, and results of two versions"
            " are never mixed; go back to that version, or choose another name with name="
        ])  # fmt: skip
    versions = {"python": (before["python"], now["python"])}
    versions |= {name: (old, now["packages"].get(name)) for name, old in before["packages"].items()}
    other = [f"{package} {old}, now {new}" for package, (old, new) in versions.items() if old != new]
    if other:
        note(f"begun with {'; '.join(other)}: the last bits of results may differ")
