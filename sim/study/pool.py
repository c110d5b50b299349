"""Do many things on several processes, here or on a cluster, and lose none when a process is killed.

An engine gives an executor of `concurrent.futures`; all that makes a sweep hard to break is here, once
for every engine.
"""

import contextlib
import functools
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection, util
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Generic, Protocol, TypeVar

ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
SECONDS, MOST = 0.5, 256  # how long a worker is busy with one chunk, and how many jobs it then has
WINDOW = 4  # chunks per worker that are handed out at a time
STRIKES = 3  # how often a worker may be killed over a job
TEMPORARY = "partnering-up-run-"  # then the process whose folder it is
PATIENCE = 5.0  # seconds without a result after which the engine is asked whether it still works

J = TypeVar("J")
R = TypeVar("R")


class Lost:
    """In the place of a result: the worker was killed each time that this job was tried alone."""


@dataclass
class _Chunk(Generic[J]):
    jobs: list[J]
    strikes: int = 0


class _Todo(Generic[J]):
    """What is left to do: new jobs; chunks to try again; suspects, which are tried alone."""

    def __init__(self, jobs: Iterable[J]) -> None:
        self._new = iter(jobs)
        self._again: deque[_Chunk[J]] = deque()
        self._suspects: deque[_Chunk[J]] = deque()
        self._size = 1.0

    def take(self, waiting: int, window: int) -> _Chunk[J] | None:
        """The next chunk, if there is one to be added to those `waiting`, of which there are `window` at most."""
        if self._suspects:
            return None if waiting else self._suspects.popleft()
        if waiting >= window:
            return None
        if self._again:
            return self._again.popleft()
        jobs = list(islice(self._new, int(self._size)))
        return _Chunk(jobs) if jobs else None

    def done(self, chunk: _Chunk[J], seconds: float) -> None:
        """Learn from a chunk how many jobs the next ones should have."""
        fitting = SECONDS * len(chunk.jobs) / max(seconds, 1e-6)
        self._size = min(max((self._size + fitting) / 2, 1.0), MOST)

    def killed(self, chunk: _Chunk[J]) -> list[J]:
        """Put back what was in hand when a worker was killed; gives the jobs that are given up."""
        chunk.strikes += 1
        if chunk.strikes < STRIKES:
            self._again.append(chunk)
        elif chunk.strikes == STRIKES:
            self._suspects.extend(_Chunk([job], STRIKES) for job in chunk.jobs)
        elif chunk.strikes < 2 * STRIKES:
            self._suspects.appendleft(chunk)
        else:
            return chunk.jobs
        return []


class Engine(Protocol):
    """Where work is done."""

    lost: tuple[type[BaseException], ...]
    """What a future raises whose worker was killed."""

    @property
    def processes(self) -> int:
        """How many workers there are, by now."""

    def start(self) -> Executor:
        """An executor that answers; called again after work was lost. Raises OSError if there is none."""

    def check(self) -> None:
        """Raise OSError if no more results will come."""

    def stop(self, at_once: bool) -> None:
        """End all workers, `at_once` or after what they do now."""


def each(work: Callable[[J], R], jobs: Iterable[J], engine: Engine) -> Generator[tuple[J, R | Lost], None, None]:
    """Do `work` for each of `jobs`, and give each as soon as it is done, in any order.

    `work` is a module's function; what it raises is raised here, and ends everything. If a worker is
    killed, what it had in hand is done again; a job over which that happens again and again is tried
    alone, and in the end is `Lost`. If this process is interrupted or killed, its workers end at once.
    Raises OSError if workers end as soon as they start, or are out of reach.
    """
    todo = _Todo(jobs)
    waiting: dict[Future[tuple[float, list[R]]], _Chunk[J]] = {}
    at_once = True
    try:
        pool = engine.start()
        broken = False
        while True:
            if broken and not waiting:
                pool, broken = engine.start(), False
            while not broken and (chunk := todo.take(len(waiting), WINDOW * engine.processes)):
                waiting[_submit(pool, engine.lost, work, chunk.jobs)] = chunk
            if not waiting:
                break
            done = wait(waiting, PATIENCE, return_when=FIRST_COMPLETED).done
            if not done:
                engine.check()
            for future in done:
                chunk = waiting.pop(future)
                try:
                    seconds, results = future.result()
                except engine.lost:
                    broken = True
                    yield from ((job, Lost()) for job in todo.killed(chunk))
                else:
                    todo.done(chunk, seconds)
                    yield from zip(chunk.jobs, results, strict=True)
        at_once = False
    finally:
        engine.stop(at_once)


class Local:
    """Processes of this computer."""

    lost: tuple[type[BaseException], ...] = (BrokenProcessPool,)

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._workers: set[BaseProcess] = set()

    @property
    def processes(self) -> int:
        """As many as were asked for."""
        return self._processes

    def start(self) -> Executor:
        """A pool of which all workers answer."""
        for _ in range(STRIKES):
            if self._pool:
                self._pool.shutdown()
            warm_up()
            context = multiprocessing.get_context(_method())
            others = {*multiprocessing.active_children()}  # of who called us, and none of our affair
            self._pool = ProcessPoolExecutor(self.processes, mp_context=context, initializer=_begin_worker)
            with contextlib.suppress(BrokenProcessPool), _hidden_main():
                try:
                    # Each keeps a worker busy until all of them are there.
                    asleep = [self._pool.submit(time.sleep, 0.01 * self.processes) for _ in range(self.processes)]
                    for one in asleep:
                        one.result()
                finally:
                    self._workers = {*multiprocessing.active_children()} - others
                return self._pool
        raise OSError("worker processes end as soon as they start, perhaps for want of memory")

    def check(self) -> None:
        """A pool of this computer tells by itself when it breaks."""

    def stop(self, at_once: bool) -> None:
        """End the workers."""
        if self._pool:
            self._pool.shutdown(wait=not at_once, cancel_futures=at_once)
        if at_once:
            for worker in self._workers:
                worker.terminate()


class Ready:
    """Processes of this computer that stay from one `each` to the next, until `close`.

    To start them takes a second, which many small batches would pay each time.
    """

    lost = Local.lost

    def __init__(self, processes: int) -> None:
        self._local = Local(processes)
        self._pool: Executor | None = None
        self._left = False

    @property
    def processes(self) -> int:
        """As many as were asked for."""
        return self._local.processes

    def start(self) -> Executor:
        """The pool that the last `each` left; a new one for the first, and after work was lost."""
        if self._pool is None or not self._left:
            self._pool = self._local.start()
        self._left = False
        return self._pool

    def check(self) -> None:
        """A pool of this computer tells by itself when it breaks."""

    def stop(self, at_once: bool) -> None:
        """Leave the workers to the next `each`, unless all is to end `at_once`."""
        self._left = not at_once
        if at_once:
            self._local.stop(at_once)

    def close(self) -> None:
        """End the workers."""
        self._left = False
        self._local.stop(at_once=False)


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    """Keep workers that start from reading the user's script again, where it may ask for this very sweep."""
    main = sys.modules["__main__"]
    file, spec = getattr(main, "__file__", None), main.__spec__
    main.__file__, main.__spec__ = None, None
    try:
        yield
    finally:
        main.__file__, main.__spec__ = file, spec


@functools.cache
def temporaries() -> Path:
    """A folder for what is there only while this process is; what dead ones left is removed."""
    place = Path(tempfile.gettempdir())
    for old in place.glob(f"{TEMPORARY}*"):
        made = re.fullmatch(rf"{TEMPORARY}(\d+)-\w+", old.name, re.ASCII)
        if made and not _lives(int(made[1])):
            shutil.rmtree(old, ignore_errors=True)
    own = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{os.getpid()}-"))
    # After Python's own, which wants to find what it removes.
    util.Finalize(None, shutil.rmtree, (own,), {"ignore_errors": True}, exitpriority=-200)
    before, tempfile.tempdir = tempfile.tempdir, str(own)
    try:
        util.get_temp_dir()  # of which Python makes one for all its processes, where it is first asked for
    finally:
        tempfile.tempdir = before
    return own


def _lives(process: int) -> bool:
    if os.name == "nt":
        return True  # to ask there is to end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def cores() -> int:
    """How many processors this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def warm_up() -> None:
    """Start the process from which workers are forked, so that it imports while we do other work.

    It loads the model and its compiled loops once; each worker begins with a copy.
    """
    os.environ.update(ONE_THREAD)
    temporaries()
    context = multiprocessing.get_context(_method())
    if _method() == "forkserver":
        from multiprocessing import forkserver

        context.set_forkserver_preload(["sim.study.warm"])
        forkserver.ensure_running()


def _method() -> str:
    # Not fork: this process may hold threads, whose locks a forked copy would never see released.
    return "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


def _submit(
    pool: Executor, lost: tuple[type[BaseException], ...], work: Callable[[J], R], jobs: list[J]
) -> Future[tuple[float, list[R]]]:
    try:
        return pool.submit(_do, work, jobs)
    except lost as error:
        told: Future[tuple[float, list[R]]] = Future()
        told.set_exception(error)
        return told


def _do(work: Callable[[J], R], jobs: list[J]) -> tuple[float, list[R]]:
    start = time.perf_counter()
    results = [work(job) for job in jobs]
    return time.perf_counter() - start, results


def _begin_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
