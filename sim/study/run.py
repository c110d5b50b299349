"""Run cities: one here, or many on several processes with the same bits."""

import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.model.settings import Settings
from sim.study.pool import Local, Lost, each
from sim.study.profile import Profile

Series = dict[str, np.ndarray[Any, np.dtype[np.float64]]]
KILLED = "its worker process was killed each time, perhaps for want of memory"


@dataclass(frozen=True)
class Job:
    """One city to follow: a scenario's name and settings, a seed, and for how many months."""

    scenario: str
    settings: Settings
    seed: int
    months: int


@dataclass(frozen=True)
class Done:
    """What became of a job: its outcomes, or in one line why it has none."""

    job: Job
    outcomes: Series | None
    error: str = ""


def run_city(settings: Settings, seed: int, months: int, threads: int = 1, profile: Profile | None = None) -> Series:
    """Outcome -> its value in each month, float64 of shape (months,); NaN where undefined."""
    from sim.model.city import City

    city = City(settings, seed=seed, threads=threads)
    if profile is None:
        city.run(months)
    else:
        profile.run(city, months)
    return dict(city.outcomes())


def attempt(job: Job, **how: Any) -> Done:
    """Run one job; a failure becomes its `error`, with the place where it happened.

    how: what else `run_city` takes; it makes no difference to the outcomes.
    """
    try:
        return Done(job, run_city(job.settings, job.seed, job.months, **how))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        return Done(job, None, f"{type(error).__name__}: {error} ({where})")


def run_all(jobs: Iterable[Job], processes: int) -> Iterator[Done]:
    """Run `jobs`, and give each as soon as it is done, in any order.

    The results do not depend on `processes`. If this process is interrupted or killed, its
    workers end at once.
    """
    if processes == 1:
        yield from map(attempt, jobs)
        return
    for job, done in each(attempt, jobs, Local(processes)):
        yield Done(job, None, KILLED) if isinstance(done, Lost) else done
