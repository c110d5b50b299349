"""Carry out what a ledger has pending: run, save, show how far it is, stop cleanly, export."""

import platform
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Task as ProgressTask
from rich.text import Text

from sim.model.outcomes import OUTCOMES
from sim.study import export
from sim.study.document import to_json
from sim.study.ledger import FAILED, PENDING, SUCCEEDED, Finished, Ledger, Matrix, Task, packed
from sim.study.one_run import over
from sim.study.pool import Lost, each
from sim.study.run import KILLED, Job, Series, attempt

SAVE, SAY = 0.2, 5.0  # seconds between savings, and between lines of progress
SHOWN = 20  # failures that are told as they happen


def go_on(book: Ledger, workers: int, argv: Sequence[str], as_json: bool) -> int:
    """Do the pending runs, and export if none is left; returns the exit code."""
    export.clean(book.folder)
    counts = book.counts()
    note(f"{book.folder}: {counts[SUCCEEDED] + counts[FAILED]} runs done already, {counts[PENDING]} to do")
    try:
        with _terminable() as sent:
            _run(book, counts[PENDING], workers)
            export.export(book)
    except KeyboardInterrupt:
        book.save()
        note(f"stopped; what was done is kept. To go on: {shlex.join(argv)}")
        if as_json:
            print(to_json(answer(book)))
        return 128 + (sent[0] if sent else signal.SIGINT)
    except OSError:
        note(f"stopped; what was done is kept. Once the following is mended, go on: {shlex.join(argv)}")
        raise
    return end(book, as_json)


@contextmanager
def _terminable() -> Iterator[list[int]]:
    """Treat a request to end, as of a scheduler, like Ctrl-C; gives the list of such signals."""
    sent: list[int] = []

    def stop(number: int, _: Any) -> None:
        sent.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield sent
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(book: Ledger, total: int, workers: int) -> None:
    if not total:
        return
    saved = time.monotonic()
    told = 0
    with _progress(total) as (tell, advance), closing(each(measure, book.pending(), workers)) as results:
        for task, result in results:
            finished = _lost(task) if isinstance(result, Lost) else result
            book.add(finished)
            if finished.error:
                told += 1
                if told <= SHOWN:
                    tell(f"sim: run {task.run}, seed {task.seed}, failed: {finished.error}")
                if told == SHOWN:
                    tell("sim: further failures are not told; see `sim status`")
            if time.monotonic() > saved + SAVE:
                book.save()
                saved = time.monotonic()
            advance()
    book.save()


def measure(task: Task) -> Finished:
    """Run one task; gives its outcomes packed, and a value for each."""
    start = time.perf_counter()
    done = attempt(Job(task.run, task.settings, task.seed, task.months))
    host = platform.node()
    if done.outcomes is None:
        return Finished(task.run, FAILED, time.perf_counter() - start, host, error=done.error)
    later = slice(export.WARM_UP if task.months > export.WARM_UP else 0, None)
    summary = to_json([over(done.outcomes[name][later], o) for name, o in OUTCOMES.items()])
    series = packed(matrix(done.outcomes))
    return Finished(task.run, SUCCEEDED, time.perf_counter() - start, host, summary, series)


def _lost(task: Task) -> Finished:
    return Finished(task.run, FAILED, 0.0, platform.node(), error=KILLED)


def matrix(outcomes: Series) -> Matrix:
    """Outcomes x months, in the order of `OUTCOMES`."""
    return np.array([outcomes[name] for name in OUTCOMES])


@contextmanager
def _progress(total: int) -> Iterator[tuple[Callable[[str], object], Callable[[], object]]]:
    """Show how far the runs are; gives a function that prints a line, and one that counts a run.

    A bar on a terminal, elsewhere a line every few seconds.
    """
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("running cities", total=total)
            yield progress.console.print, lambda: progress.advance(bar)
        return
    started = said = 0.0
    done = 0

    def advance() -> None:
        nonlocal started, said, done
        done += 1
        now = time.monotonic()
        if done == 1:
            started = said = now  # what comes before is compiling, and says nothing of the rate
        if now > said + SAY:
            rate = (done - 1) / (now - started)
            left = timedelta(seconds=round((total - done) / rate))
            note(f"{done} of {total} runs, {rate:.3g} per second, {left} left")
            said = now

    yield lambda line: print(line, file=sys.stderr, flush=True), advance


class _Rate(ProgressColumn):
    """Runs per second."""

    def render(self, task: ProgressTask) -> Text:
        return Text(f"{task.speed:.3g}/s" if task.speed else "")


def end(book: Ledger, as_json: bool) -> int:
    """Print how a sweep stands; returns the exit code."""
    said = answer(book)
    if as_json:
        print(to_json(said))
    else:
        tell(said)
    return 1 if said["runs"][FAILED] else 0


def answer(book: Ledger) -> dict[str, Any]:
    """How a sweep stands."""
    study = book.study()
    files = [str(book.folder / name) for name in export.FILES if (book.folder / name).exists()]
    return {
        "study": book.folder.name,
        "folder": str(book.folder),
        "points": study["points"],
        "seeds": study["seeds"],
        "months": study["months"],
        "runs": book.counts(),
        "files": files,
    }


def tell(answer: Mapping[str, Any]) -> None:
    """Print `answer` for people."""
    counts = ", ".join(f"{n:,} {status}" for status, n in answer["runs"].items() if n)
    print(f"{answer['study']}: {answer['points']:,} points, {answer['seeds']} seeds; runs: {counts}")
    if answer["files"]:
        print(f"Saved: {', '.join(answer['files'])}")


def note(text: str) -> None:
    """Tell something that is no result."""
    print(f"sim: {text}", file=sys.stderr, flush=True)
