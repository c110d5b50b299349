"""A city's state for the replica: copies of its tables, its settings, and its chance."""

from types import SimpleNamespace

import numpy as np

from sim.model.chance import normal, pair, uniform
from sim.model.columns import RESIDENT

TABLES = ("initiatives", "officials", "departments", "ties", "asks", "projects", "promises", "state", "flows")


class Chance:
    """Draws of one month of one seed."""

    def __init__(self, seed, month):
        self.seed, self.month = seed, month

    def uniform(self, ask, who):
        return float(uniform(self.seed, int(ask), self.month, int(who)))

    def normal(self, ask, who):
        return float(normal(self.seed, int(ask), self.month, int(who)))

    def happens(self, chance, ask, who):
        return self.uniform(ask, who) < chance


def copy_of(city):
    """Everything that a process may read or change, apart from the city itself."""
    scene = SimpleNamespace(**{name: getattr(city, name).copy().view(np.recarray) for name in TABLES})
    scene.residents = SimpleNamespace(**{name: getattr(city.residents, name).copy() for name in RESIDENT})
    scene.served, scene.pool, scene.born = city.served.copy(), city.pool.copy(), city.born.copy().view(np.recarray)
    scene.starts, scene.neighbours = city.starts, city.neighbours
    scene.now = SimpleNamespace(**{k: v.copy().view(np.recarray)[0] for k, v in vars(city.now).items()})
    scene.pushed = city.pushed.copy().view(np.recarray)
    scene.settings, scene.seed, scene.month = city.settings, city.seed, city.month
    scene.chance = Chance(city.seed, city.month)
    return scene


def clip(x):
    return max(0.0, min(1.0, x))


__all__ = ["Chance", "clip", "copy_of", "pair"]
