"""Carry out what a ledger has pending: run, save, show how far it is, stop cleanly, export."""

import platform
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Task as ProgressTask
from rich.text import Text

from sim.study import export
from sim.study.document import to_json
from sim.study.ledger import Ledger
from sim.study.pool import Engine, Lost, each
from sim.study.run import KILLED
from sim.study.task import ABORTED, FAILED, PENDING, Finished, Task, measure

Answer = TypeVar("Answer")
SAVE, SAY = 0.2, 5.0  # seconds between savings, and between lines of progress
INTERRUPTED = 128  # and the signal's number, as shells have it
SHOWN = 20  # failures that are told as they happen


def go_on(book: Ledger, engine: Callable[[int], Engine], argv: Sequence[str]) -> int:
    """Do the pending and the aborted runs, and export; returns the exit code, over 128 if interrupted.

    `engine` gives where so many runs are done.
    """
    export.clean(book.folder)
    book.retry(ABORTED)
    todo = book.counts()[PENDING]
    note(f"{book.folder}: {sum(book.counts().values()) - todo} runs done already, {todo} to do")

    def work() -> int:
        if todo:
            run(book, book.pending(), todo, engine(todo))
        export.export(book)
        return code(book.counts())

    return stoppable(work, argv)


def stoppable(work: Callable[[], int], argv: Sequence[str]) -> int:
    """Do `work` that keeps what is done of it; returns its exit code, over 128 if interrupted.

    Says how to go on if it was interrupted or raises OSError.
    """
    try:
        with terminable() as sent:
            return work()
    except KeyboardInterrupt:
        note(f"stopped; what was done is kept. To go on: {shlex.join(argv)}")
        return INTERRUPTED + (sent[0] if sent else signal.SIGINT)
    except OSError:
        note(f"stopped; what was done is kept. Once the following is mended, go on: {shlex.join(argv)}")
        raise


def answered(work: Callable[[], tuple[Answer, int]], argv: Sequence[str], as_json: bool) -> tuple[Answer | None, int]:
    """What `work` found and its exit code, as by `stoppable`; None if it was stopped, which JSON is told too."""
    answers: list[Answer] = []

    def noted() -> int:
        answer, code = work()
        answers.append(answer)
        return code

    code = stoppable(noted, argv)
    if answers:
        return answers[0], code
    if as_json:
        print(to_json({"faults": ["stopped; what was done is kept"]}))
    return None, code


@contextmanager
def terminable() -> Iterator[list[int]]:
    """Treat a request to end, as of a scheduler, like Ctrl-C; gives the list of such signals."""
    sent: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield sent  # only the main thread is told of signals
        return

    def stop(number: int, _: Any) -> None:
        sent.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield sent
    finally:
        signal.signal(signal.SIGTERM, before)


class Book(Protocol):
    """What keeps runs; what was added is on the disk after `save`."""

    def add(self, finished: Finished) -> None:
        """Note what became of a run."""

    def save(self) -> None:
        """Put on the disk what was added."""


def run(book: Book, tasks: Iterable[Task], total: int, engine: Engine, what: str = "running cities") -> None:
    """Do `tasks`, of which there are `total`, and add each to the `book`, which is saved now and then.

    `what`: is being done, for whoever watches.
    """
    saved = time.monotonic()
    told = 0
    try:
        with progress(total, what) as (tell, advance), closing(each(measure, tasks, engine)) as results:
            for task, result in results:
                if isinstance(result, Lost):
                    result = Finished(task.run, ABORTED, 0.0, platform.node(), error=KILLED)
                book.add(result)
                if result.error:
                    told += 1
                    if told <= SHOWN:
                        tell(f"sim: run {task.run}, seed {task.seed}, {result.status}: {result.error}")
                    if told == SHOWN:
                        tell("sim: further failures are not told one by one")
                if time.monotonic() > saved + SAVE:
                    book.save()
                    saved = time.monotonic()
                advance()
    finally:
        book.save()


@contextmanager
def progress(
    total: int, what: str = "running cities"
) -> Iterator[tuple[Callable[[str], object], Callable[[], object]]]:
    """Show how far the runs are; gives a function that prints a line, and one that counts a run.

    A bar on a terminal, which goes when all are done; elsewhere a line every few seconds.
    """
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as shown:
            bar = shown.add_task(what, total=total)
            yield partial(shown.console.print, markup=False, highlight=False), lambda: shown.advance(bar)
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
            note(f"{what}: {done} of {total} runs, {rate:.3g} per second, {left} left")
            said = now

    yield lambda line: print(line, file=sys.stderr, flush=True), advance


class _Rate(ProgressColumn):
    """Runs per second."""

    def render(self, task: ProgressTask) -> Text:
        return Text(f"{task.speed:.3g}/s" if task.speed else "")


def end(book: Ledger, as_json: bool, exit_code: int | None = None) -> int:
    """Print how a sweep stands, for people only if it was not interrupted; returns the exit code."""
    said = answer(book)
    if as_json:
        print(to_json(said))
    elif exit_code is None or exit_code < INTERRUPTED:
        tell(said)
    return code(said["runs"]) if exit_code is None else exit_code


def code(runs: Mapping[str, int]) -> int:
    """The exit code of a sweep with so many `runs` of each status."""
    return 1 if runs[FAILED] or runs[ABORTED] else 0


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
