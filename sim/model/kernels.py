"""The compiler's doorstep: the only place that knows Numba.

A process marks its loops with `@compiled`. Numba itself (half a second of import) is loaded by
`load`, when the first city is built, so that looking up a parameter stays instant.
"""

import hashlib
import os
import sys
import warnings
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import numpy as np

# Below this a quantity counts as nothing: sums of shares, hours and fading memories.
TINY = 1e-9

# So many residents ask their neighbours first and compute then: waiting for memory and computing
# do not hold each other up, and what was heard is still in the fastest cache.
BLOCK = 512
SHARES = 4  # parts of the rows per thread, because some rows have more neighbours than others
PART = 16 * BLOCK  # rows at least in a part: to wake a thread takes as long as some thousand residents

_waiting: list["Waiting"] = []


class Waiting:
    """A loop that is compiled when the first city is built."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        _waiting.append(self)

    def __call__(self, *args: Any) -> Any:
        """Call it compiled."""
        load()
        return getattr(sys.modules[self.function.__module__], self.__name__)(*args)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark `function` to be compiled; its callers, compiled or not, call it as it stands."""
    return Waiting(function)


def load() -> None:
    """Hand every waiting loop to the compiler (which compiles each at its first call)."""
    if not _waiting:
        return
    from numba import config, njit

    folder = _cache(getattr(config, "CACHE_DIR", ""))
    if folder is None:
        warnings.warn("compiled code cannot be kept, so that every start takes half a minute longer", stacklevel=2)
    setattr(config, "CACHE_DIR", folder or "")  # noqa: B010 - Numba makes its settings at run time
    # No fastmath: it would let the bits depend on what the processor can do at once.
    # No wrapper for C, which nobody calls: it would take a tenth of the time to compile.
    how: dict[str, Any] = {"cache": bool(folder), "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
    compile_ = njit(**how)
    modules = {id(w.function.__globals__): w.function.__globals__ for w in _waiting}
    ready = {id(w): compile_(w.function) for w in _waiting}
    for names in modules.values():
        for name, value in list(names.items()):
            if id(value) in ready and isinstance(value, Waiting):
                names[name] = ready[id(value)]
    _waiting.clear()


def over(rows: int, threads: int, loop: Callable[..., None], *args: Any) -> None:
    """Let `loop(first, last, *args)` see to all `rows`, several parts of them at a time.

    The loop writes into its own rows alone and reads from others what it does not write; so every
    row comes out the same, however many threads there are.
    """
    parts = min(threads * SHARES, rows // PART) if threads > 1 else 1
    if parts < 2:
        loop(0, rows, *args)
        return
    ends = [rows * part // parts for part in range(parts + 1)]
    left = [*pairwise(ends)][::-1]  # the first residents, who know most others, are seen to first

    def take() -> None:
        while left:
            try:
                first, last = left.pop()
            except IndexError:  # another thread was quicker
                return
            loop(first, last, *args)

    ended: SimpleQueue[BaseException | None] = SimpleQueue()
    for _ in range(threads - 1):
        _helpers(threads - 1).put((take, ended))
    try:
        take()
    finally:  # nobody may still write when this one goes on, be it with an error
        faults = [ended.get() for _ in range(threads - 1)]
    for fault in filter(None, faults):
        raise fault


@cache
def _helpers(count: int) -> "SimpleQueue[tuple[Callable[[], None], SimpleQueue[BaseException | None]]]":
    """So many threads that wait for work; Python's own pools take ten times as long to wake one."""
    work: SimpleQueue[tuple[Callable[[], None], SimpleQueue[BaseException | None]]] = SimpleQueue()

    def serve() -> None:
        while True:
            take, ended = work.get()
            try:
                take()
            except BaseException as fault:
                ended.put(fault)
            else:
                ended.put(None)

    for _ in range(count):
        Thread(target=serve, daemon=True).start()
    return work


if hasattr(os, "register_at_fork"):  # threads do not live on in a forked process
    os.register_at_fork(after_in_child=_helpers.cache_clear)


def _cache(wish: str) -> str | None:
    """A folder for compiled code that belongs to this very text of the model, or None.

    Numba looks only at the file that a loop stands in and would keep it when a loop that it calls,
    in another file, has changed.
    """
    here = Path(__file__).parent
    text = b"".join(file.read_bytes() for file in sorted(here.rglob("*.py")))
    name = hashlib.blake2b(text, digest_size=6).hexdigest()
    for place in ([Path(wish)] if wish else []) + [here / "__pycache__", Path.home() / ".cache" / "partnering-up"]:
        try:
            (place / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place / name, os.W_OK):
            return str(place / name)
    return None


@compiled
def exp(x):
    """e^x to within two units of the last place, for `x` held within [-700, 700].

    e^x = 2^k e^r with |r| <= ln(2) / 2, and e^r by its Taylor series. There is nothing here but sums and
    products without a branch: the compiler sees to several residents at a time, and every machine
    comes to the same bits, which a mathematical library does not promise.
    """
    x = min(700.0, max(-700.0, x))
    shifted = x * 1.4426950408889634 + 6755399441055744.0  # 1.5 * 2^52, so that its last bits are k, rounded
    k = shifted - 6755399441055744.0
    # ln(2) in two parts, the first so short that k times it is exact.
    r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    p = (((1 / 479001600 * r + 1 / 39916800) * r + 1 / 3628800) * r + 1 / 362880) * r + 1 / 40320
    p = (((p * r + 1 / 5040) * r + 1 / 720) * r + 1 / 120) * r + 1 / 24
    p = (((p * r + 1 / 6) * r + 0.5) * r + 1.0) * r + 1.0
    exponent = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52)
    return p * exponent.view(np.float64)


@compiled
def logistic(x):
    """1 / (1 + e^-x)."""
    return 1.0 / (1.0 + exp(-x))


@compiled
def clip01(x):
    """`x` held within [0, 1]."""
    return min(1.0, max(0.0, x))


@compiled
def add_up(starts, neighbours, values, base, sums):
    """`base` and the `values` of all neighbours, added up in their order, for residents in a row.

    starts: (n + 1,), where the neighbours of each of them begin; sums: at least (n,), is filled.
    """
    for k in range(len(starts) - 1):
        total = base
        for e in range(starts[k], starts[k + 1]):
            total += values[neighbours[e]]
        sums[k] = total


@compiled
def add_up_both(starts, neighbours, seen, first, second):
    """The same for two values of each neighbour, which lie side by side and are fetched at once.

    starts: (n + 1,); seen: (everybody, 2); first, second: at least (n,), are filled.
    """
    for k in range(len(starts) - 1):
        one, other = 0.0, 0.0
        for e in range(starts[k], starts[k + 1]):
            j = neighbours[e]
            one += seen[j, 0]
            other += seen[j, 1]
        first[k], second[k] = one, other
