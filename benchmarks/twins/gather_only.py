"""A floor: only ask the neighbours, once for both that they show, and compute nothing."""

from typing import Any

import numpy as np
from numba import njit

from sim.model import kernels

kernels.load()
add_up_both, BLOCK = kernels.add_up_both, kernels.BLOCK


@njit(error_model="numpy")
def ask(starts, neighbours, seen):
    """Everybody adds up what the neighbours show."""
    first, second = np.empty(BLOCK), np.empty(BLOCK)
    for block in range(0, len(seen), BLOCK):
        add_up_both(starts[block : min(block + BLOCK, len(seen)) + 1], neighbours, seen, first, second)


class Twin:
    """Neighbours are asked once a month."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        self.a, self.seen = arrays, np.column_stack([arrays["trust"], arrays["volunteers"]])

    def step(self) -> None:
        """One month."""
        ask(self.a["starts"], self.a["neighbours"], self.seen)

    def states(self) -> dict[str, Any]:
        """Nothing moves."""
        return self.a
