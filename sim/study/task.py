"""One run of a sweep, as a worker does it: a city followed, its outcomes packed small.

Workers import this and the model, and nothing slow besides.
"""

import platform
import time
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sim.model.outcomes import OUTCOMES, of_run
from sim.model.settings import Settings
from sim.study.document import to_json
from sim.study.program import model_here
from sim.study.run import Job, Series, attempt

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
# As Mesa 4 names them: a run failed if the model did, and was aborted if its worker died each time.
PENDING, SUCCEEDED, FAILED, ABORTED = STATUSES = ("pending", "succeeded", "failed", "aborted")


class OtherModel(OSError):
    """A worker has another version of the model than the sweep."""


@dataclass(frozen=True)
class Task:
    """A run that is to be done, of the `model` with that hash."""

    run: str
    settings: Settings
    seed: int
    months: int
    model: str


@dataclass(frozen=True)
class Finished:
    """What became of a run; `series` holds `packed` outcomes, `summary` a value for each as JSON."""

    run: str
    status: str
    seconds: float
    host: str
    summary: str | None = None
    series: bytes | None = None
    error: str | None = None


def measure(task: Task) -> Finished:
    """Run one task; gives its outcomes packed, and a value for each. Raises OtherModel."""
    if task.model != model_here():
        raise OtherModel("the model has changed since this sweep began, and results of two versions are never mixed")
    start = time.perf_counter()
    done = attempt(Job(task.run, task.settings, task.seed, task.months))
    host = platform.node()
    if done.outcomes is None:
        return Finished(task.run, FAILED, time.perf_counter() - start, host, error=done.error)
    summary = to_json(of_run(done.outcomes))
    series = packed(matrix(done.outcomes))
    return Finished(task.run, SUCCEEDED, time.perf_counter() - start, host, summary, series)


def matrix(outcomes: Series) -> Matrix:
    """Outcomes x months, in the order of `OUTCOMES`."""
    return np.array([outcomes[name] for name in OUTCOMES])


def packed(series: Matrix) -> bytes:
    """Outcomes x months as compressed float64."""
    return bytes(pa.compress(np.ascontiguousarray(series, "<f8").tobytes(), codec="zstd", asbytes=True))


def unpacked(series: bytes, months: int) -> Matrix:
    """The outcomes x months that were `packed`."""
    size = len(OUTCOMES) * months * 8
    raw = pa.decompress(series, decompressed_size=size, codec="zstd", asbytes=True)
    return np.frombuffer(raw, "<f8").reshape(len(OUTCOMES), months)
