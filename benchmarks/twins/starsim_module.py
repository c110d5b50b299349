"""The rule in Starsim: a module whose states are arrays (of 32 bits) over agents."""

from typing import Any

import numpy as np
import starsim as ss
from twins import scipy_sparse

STATES = ("trust", "efficacy", "belief", "fatigue", "took_part", "volunteers", "leaning", "good", "bad")
TRAITS = ("status", "time", "skill", "drive", "trust0", "efficacy0")


class Residents(ss.Module):
    """The numpy rule, with neighbours as a sparse matrix, on Starsim's states."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        super().__init__()
        self.rule = scipy_sparse.Twin(arrays, numbers)
        self.rule.matrix = self.rule.matrix.astype(np.float32)
        self.define_states(*[ss.FloatArr(name, default=0.0) for name in (*STATES, *TRAITS)])

    def step(self) -> None:
        """One month of the residents."""
        for name in (*STATES, *TRAITS):
            setattr(self.rule, name, getattr(self, name).values)
        self.rule.step()
        for name in STATES:
            getattr(self, name)[:] = getattr(self.rule, name)


class Twin:
    """A Starsim simulation of residents only."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        self.module = Residents(arrays, numbers)
        n = len(arrays["trust"])
        self.sim = ss.Sim(n_agents=n, modules=[self.module], start=0, stop=10, dt=1, verbose=0, copy_inputs=False)
        self.sim.init()
        for name in (*STATES, *TRAITS):
            getattr(self.module, name)[:] = arrays[name].astype(np.float32)

    def step(self) -> None:
        """One month of the residents."""
        self.module.step()

    def states(self) -> dict[str, Any]:
        """The states, as they are now."""
        return {name: getattr(self.module, name).values for name in STATES}
