"""The compiler's doorstep: the only place that knows Numba.

A process marks its loops with `@compiled`. Numba itself (half a second of import) is loaded by
`load`, when the first city is built, so that looking up a parameter stays instant.
"""

import math
import sys
from collections.abc import Callable
from typing import Any

# Not "reassoc": it turns neighbour sums into slow vector gathers and changes them with the
# vector width, so that the bits would depend on the machine.
# Below this a quantity counts as nothing: sums of shares, hours and fading memories.
TINY = 1e-9

FASTMATH = {"contract", "nsz"}

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
    from numba import njit

    modules = {id(w.function.__globals__): w.function.__globals__ for w in _waiting}
    ready = {id(w): njit(w.function, cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH) for w in _waiting}
    for names in modules.values():
        for name, value in list(names.items()):
            if id(value) in ready and isinstance(value, Waiting):
                names[name] = ready[id(value)]
    _waiting.clear()


@compiled
def logistic(x):
    """1 / (1 + e^-x)."""
    return 1.0 / (1.0 + math.exp(-x))


@compiled
def clip01(x):
    """`x` held within [0, 1]."""
    return min(1.0, max(0.0, x))
