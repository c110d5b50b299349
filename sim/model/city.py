"""The city: holds its parts, steps month by month, remembers what was measured."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from sim.model import kernels
from sim.model.agents import ColumnModel
from sim.model.begin import begin, counts
from sim.model.columns import Array, Stage
from sim.model.levers import Levers, Push
from sim.model.month import MONTH
from sim.model.month.volunteers import give
from sim.model.outcomes import OUTCOMES, ROW, measure
from sim.model.settings import Settings, offers


class City(ColumnModel):
    """A city of initiatives, officials and residents; `run` lets months pass.

    settings: see `Settings.build`; seed: integer from 0 to 2^63 - 1, all chance derives from it (ValueError else);
    pushes: pushes on levers besides those of tips, see `levers`; threads: how many work on the residents, with the same
    bits whatever their number.
    """

    def __init__(self, settings: Settings, seed: int = 1, pushes: Iterable[Push] = (), threads: int = 1) -> None:
        if not 0 <= seed < 2**63:
            raise ValueError(f"seed: {seed}; allowed: a whole number from 0 to {2**63 - 1}")
        super().__init__(seed)
        kernels.load()
        self.settings = settings
        self.seed = seed
        self.threads = threads
        self.pushes = tuple(pushes)
        self.month = 0
        self.after: Callable[[City, str], None] | None = None  # called after every process
        self.offers = offers(settings)
        self.levers = Levers(settings, counts(settings.city)[2])
        self.now, self.pushed = self.levers.now, self.levers.pushed
        begin(self)
        give(self)
        people = self.pool * (self.initiatives["stage"] != Stage.ENDED)
        self.initiatives["members"] = people
        self.initiatives["hours"] = self.initiatives["hours_left"] = (
            people * settings.volunteers.hours * (1 - settings.volunteers.upkeep)
        )
        self.totals = self.flows.copy()
        self.totals["joined"] = people.sum()
        self.rows: Array = np.empty(0, ROW)

    def step(self) -> None:
        """One month."""
        self.month += 1
        self.flows.view(np.float64)[:] = 0.0  # every flow is a float
        for process in MONTH:
            process.run(self)
            if self.after is not None:
                self.after(self, process.__name__.rsplit(".", 1)[-1])
        if len(self.rows) < self.month:
            self.rows = np.concatenate([self.rows, np.full(max(120, len(self.rows)), np.nan).astype(ROW)])
        measure(self, self.rows, self.month - 1)
        self.totals.view(np.float64)[:] += self.flows.view(np.float64)

    def run(self, months: int) -> None:
        """Let `months` more months pass."""
        for _ in range(months):
            self.step()

    def turn(self, settings: Settings) -> None:
        """Go on under other `settings` from the next month on.

        What a city begins with (its people, their first trust, the first election) stays as it was made.
        Raises ValueError if the place itself, `settings.city`, is another.
        """
        if settings.city != self.settings.city:
            raise ValueError("city: the place is made at the beginning and cannot change on the way")
        self.settings, self.offers = settings, offers(settings)
        self.levers = self.levers.under(settings)
        self.now, self.pushed = self.levers.now, self.levers.pushed

    def outcomes(self) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
        """Outcome -> its months so far, (month,) of float64; NaN where undefined."""
        return {name: self.rows[name][: self.month].copy() for name in OUTCOMES}
