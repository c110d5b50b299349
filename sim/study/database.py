"""One SQLite file that survives whatever is killed: what a ledger and kept runs have in common.

Only one process writes, the one that holds a lock; rows are there as a whole or not at all.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from sim.model.params import BadConfig


@contextlib.contextmanager
def holding(lock: Path, wait: bool) -> Iterator[bool]:
    """Hold the file `lock`, which the operating system gives back whenever this process ends.

    Gives whether it is held: if another process holds it, True after it was waited for, else False.
    """
    with lock.open("a") as file:
        yield _lock(file, wait)


def _lock(file: IO[str], wait: bool) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            how = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK  # type: ignore[attr-defined,unused-ignore]
            msvcrt.locking(file.fileno(), how, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except PermissionError:  # how Windows says that it is taken
        return False
    return True


class Database:
    """An open SQLite file. Its methods raise OSError where the disk fails or the file is damaged."""

    def __init__(self, file: Path, write: bool) -> None:
        self._file = file
        with self._told():
            if write:
                self._sql = sqlite3.connect(self._file, isolation_level=None)
                try:
                    self._sql.execute("pragma journal_mode = wal")
                    self._sql.execute("pragma synchronous = full")
                except sqlite3.Error:
                    self._sql.close()
                    raise
            else:
                # What nobody writes can be read without a trace, and where nothing can be written.
                alone = "" if self._file.with_name(f"{self._file.name}-wal").exists() else "&immutable=1"
                address = f"{self._file.resolve().as_uri()}?mode=ro{alone}"
                self._sql = sqlite3.connect(address, uri=True, isolation_level=None)

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    def rows(self, query: str, *values: Any) -> Iterator[Any]:
        """The rows that `query` finds."""
        with self._told():
            yield from self._sql.execute(query, values)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            broken = "not a database" in str(error) or "malformed" in str(error)
            hint = "; it was damaged, or is something else: move it away, or choose another name" if broken else ""
            raise OSError(f"{self._file}: {error}{hint}") from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._sql.execute("begin immediate")
            try:
                yield
                self._sql.execute("commit")
            except BaseException:
                if self._sql.in_transaction:
                    self._sql.execute("rollback")
                raise


class Held(Database):
    """A file that this process alone writes until it is closed; its folder is made if it is not there.

    busy: what is said if another process has it; statements: done first, such as to make tables. Raises
    BadConfig if another process has it, and OSError where the disk fails.
    """

    def __init__(self, folder: Path, file: str, lock: str, busy: str, statements: Sequence[str]) -> None:
        with contextlib.ExitStack() as closing:
            folder.mkdir(parents=True, exist_ok=True)
            if not closing.enter_context(holding(folder / lock, wait=False)):
                raise BadConfig([busy])
            super().__init__(folder / file, write=True)
            closing.callback(super().close)
            with self._transaction():
                for statement in statements:
                    self._sql.execute(statement)
            self._closing = closing.pop_all()

    def close(self) -> None:
        """Close the file and give back the lock."""
        self._closing.close()
