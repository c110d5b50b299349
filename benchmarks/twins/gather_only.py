"""A floor: only ask the neighbours, twice a month, and compute nothing."""

from typing import Any

import numpy as np

from sim.model.kernels import BLOCK, add_up, load

load()


class Twin:
    """Adds up what neighbours have, in the blocks of the model's loops."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        from numba import njit

        add = add_up if hasattr(add_up, "py_func") else __import__("sim.model.kernels", fromlist=["add_up"]).add_up

        @njit(error_model="numpy")
        def all_blocks(starts, neighbours, values):
            sums = np.empty(BLOCK)
            for block in range(0, len(values), BLOCK):
                add(starts[block : min(block + BLOCK, len(values)) + 1], neighbours, values, 0.0, sums)

        self.a, self.ask = arrays, all_blocks

    def step(self) -> None:
        """Both processes ask once."""
        for name in ("trust", "volunteers"):
            self.ask(self.a["starts"], self.a["neighbours"], self.a[name])

    def states(self) -> dict[str, Any]:
        """Nothing moves."""
        return self.a
