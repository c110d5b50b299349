"""What a sweep would take: a few seconds of it are run and saved elsewhere, and the rest is a sum."""

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sim.study import export
from sim.study.ledger import Ledger
from sim.study.plan import Plan
from sim.study.pool import Engine, Lost, each, temporaries
from sim.study.program import program
from sim.study.task import measure

POINTS = 200  # at most, spread over the plan
PILOT = 5.0  # seconds


def estimate(plan: Plan, shards: int, engine_for: Callable[[int], Engine]) -> dict[str, Any]:
    """How many runs, workers, seconds and bytes on the disk `plan`, in so many shards, would take each."""
    runs = math.ceil(len({point.digest for point in plan.points}) * plan.seeds / shards)
    engine = engine_for(runs)
    with TemporaryDirectory(dir=temporaries()) as folder, closing(Ledger(Path(folder), write=True)) as book:
        chosen = np.unique(np.linspace(0, len(plan.points) - 1, POINTS).astype(int))
        few = replace(plan, points=[plan.points[i] for i in chosen])
        book.freeze(few, {**program(), "months": plan.months, "seeds": plan.seeds, "command": ""}, (1, 1))
        book.settle()
        planned = _size(folder)
        begun, per_second, done = _pilot(book, engine, runs)
        started = time.monotonic()
        export.export(book)
        exporting = (time.monotonic() - started) / done
        book.settle()
        size = (_size(folder) - planned) / done * runs + planned / len(few.points) * len(plan.points) / shards
    return {
        "points": len(plan.points),
        "seeds": plan.seeds,
        "months": plan.months,
        "runs": runs,
        "workers": engine.processes,
        "seconds": begun + runs / per_second + runs * exporting,
        "bytes": round(size),
    }


def _size(folder: str) -> int:
    return sum(file.stat().st_size for file in Path(folder).iterdir())


def _pilot(book: Ledger, engine: Engine, runs: int) -> tuple[float, float, int]:
    """Run for a few seconds; gives the seconds until the first run was done, runs per second, and runs."""
    tasks = [*book.pending()]
    np.random.default_rng(0).shuffle(tasks)
    started = time.monotonic()
    arrivals: list[float] = []
    with closing(each(measure, islice(tasks, runs), engine)) as results:
        for _, result in results:
            if not isinstance(result, Lost):
                book.add(result)
            arrivals.append(time.monotonic() - started)
            if arrivals[-1] > arrivals[0] + PILOT:
                break
    book.save()
    lasted = arrivals[-1] - arrivals[0]
    return arrivals[0], (len(arrivals) - 1) / lasted if len(arrivals) > 1 else 1 / arrivals[0], len(arrivals)
