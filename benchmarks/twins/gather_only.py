"""A floor: only ask the neighbours, twice a month, and compute nothing."""

from typing import Any

import numpy as np
from numba import njit

from sim.model import kernels

kernels.load()
add_up, BLOCK = kernels.add_up, kernels.BLOCK


@njit(error_model="numpy")
def ask(starts, neighbours, values):
    """Everybody adds up what the neighbours have."""
    sums = np.empty(BLOCK)
    for block in range(0, len(values), BLOCK):
        add_up(starts[block : min(block + BLOCK, len(values)) + 1], neighbours, values, 0.0, sums)


class Twin:
    """Both processes ask once a month."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        self.a = arrays

    def step(self) -> None:
        """One month."""
        for name in ("trust", "volunteers"):
            ask(self.a["starts"], self.a["neighbours"], self.a[name])

    def states(self) -> dict[str, Any]:
        """Nothing moves."""
        return self.a
