"""The rule as a numpy user writes it."""

from typing import Any

import numpy as np

TINY = 1e-9


class Twin:
    """Columns and whole-array arithmetic."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        self.__dict__.update({name: np.array(column) for name, column in arrays.items()})
        self.p = numbers
        self.starts = self.starts.astype(np.int64)
        self.degree = np.maximum(np.diff(self.starts), 1)
        self.apart = self.marginalised.astype(np.int64)

    def around(self, values: Any) -> Any:
        """The sum of `values` over everybody's neighbours."""
        total = np.concatenate([[0.0], np.cumsum(values[self.neighbours])])
        return total[self.starts[1:]] - total[self.starts[:-1]]

    def step(self) -> None:
        """One month of the residents."""
        p, trust = self.p, self.trust
        moved = trust - self.trust0
        pleased = self.good + self.good_news[self.belongs, self.apart]
        annoyed = self.bad + self.bad_news[self.belongs]
        gain = p["trust_gain"] * ((0.5 + trust) if p["trust_confirmation"] else 1.0)
        loss = p["trust_gain"] * p["trust_asymmetry"] * ((1.5 - trust) if p["trust_confirmation"] else 1.0)
        level = np.clip(trust + gain * (1.0 - trust) * pleased - loss * trust * annoyed, 0.0, 1.0)
        level -= p["trust_forgetting"] * moved
        level += p["trust_talk"] * (self.around(moved) / self.degree - moved)
        trust = self.trust = np.clip(level, 0.0, 1.0)
        self.good, self.bad = np.zeros(len(trust)), np.zeros(len(trust))
        self.efficacy += p["trust_forgetting"] * (self.efficacy0 - self.efficacy)
        self.belief += p["trust_forgetting"] * (trust - self.belief)
        self.fatigue = np.where(self.fatigue > TINY, self.fatigue * p["trust_fatigue_memory"], 0.0)
        self.took_part = np.where(self.took_part > TINY, self.took_part * p["trust_presence_memory"], 0.0)
        self.leaning = (
            p["volunteers_base"]
            + p["volunteers_resources"] * (self.time + self.status + self.skill) / 3
            + p["volunteers_efficacy"] * self.efficacy
            + p["volunteers_trust"] * trust
            + self.drive
            - p["volunteers_fatigue"] * self.fatigue
            - p["volunteers_overwork"] * (1.5 - self.time)
        )
        asked = 1.0 - np.exp(-p["volunteers_invite"] * self.around(self.volunteers))
        self.volunteers = 1.0 / (1.0 + np.exp(-self.leaning - p["volunteers_asked"] * asked))

    def states(self) -> dict[str, Any]:
        """The columns, as they are now."""
        return self.__dict__
