"""The model's own loops."""

from typing import Any

import numpy as np

from sim.model import kernels
from sim.model.month import trust, volunteers

kernels.load()


class Twin:
    """The residents' part of `trust` and `volunteers`, on so many threads."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float], threads: str = "1") -> None:
        from sim.model.levers import Levers
        from sim.model.settings import Settings

        now = Levers(Settings(), 0).now
        for name, value in numbers.items():
            group, key = name.split("_", 1)
            getattr(now, group)[key] = value
        self.now, self.a, self.threads = now, dict(arrays), int(threads)
        self.active, self.seen = np.empty(len(arrays["trust"])), np.empty((len(arrays["trust"]), 2))

    def step(self) -> None:
        """One month of the residents."""
        a, n = self.a, len(self.a["trust"])
        kernels.over(n, self.threads, trust._show, a["trust"], a["trust0"], a["volunteers"], self.seen)
        kernels.over(
            n, self.threads, trust._residents, self.now.trust, a["starts"], a["neighbours"], a["good_news"],
            a["bad_news"], a["belongs"], a["marginalised"], self.seen, a["trust"], a["good"], a["bad"], a["efficacy"],
            a["efficacy0"], a["belief"], a["fatigue"], a["took_part"], self.active,
        )  # fmt: skip
        kernels.over(
            n, self.threads, volunteers._residents, self.now.volunteers, self.active, a["status"], a["time"],
            a["skill"], a["drive"], a["efficacy"], a["trust"], a["fatigue"], a["leaning"], a["volunteers"],
        )  # fmt: skip

    def states(self) -> dict[str, Any]:
        """The columns, as they are now."""
        return self.a
