"""The rule in AMBER: a vectorised step over columns of its table of agents."""

from typing import Any

import ambr
from twins import numpy_columns

STATES = ("trust", "efficacy", "belief", "fatigue", "took_part", "volunteers", "leaning", "good", "bad")


class Twin(ambr.Model):
    """An AMBER model of residents only; columns are read as arrays and set as a whole."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        super().__init__({"show_progress": False, "steps": 1_000_000, "seed": 1})
        self.rule = numpy_columns.Twin(arrays, numbers)
        n = len(arrays["trust"])
        self.columns = [name for name, column in arrays.items() if len(column) == n and name != "good_news"]
        self.add_agents(n, **{name: arrays[name] for name in self.columns})
        self.cpu(mode="vectorized")

    def step_vectorized(self) -> None:
        """The numpy rule on this month's columns."""
        for name, column in zip(self.columns, self.agents.array(*self.columns), strict=True):
            # What the rule changes in place must be a copy: AMBER's arrays are for reading.
            setattr(self.rule, name, column.copy() if name in ("efficacy", "belief") else column)
        self.rule.step()
        self.agents.set(**{name: getattr(self.rule, name) for name in STATES})

    def step(self) -> None:
        """One month of the residents."""
        self.step_vectorized()

    def states(self) -> dict[str, Any]:
        """Columns of the table."""
        return dict(zip(STATES, self.agents.array(*STATES), strict=True))
