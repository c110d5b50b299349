"""Portfolios: how a yearly budget is split between tips, and the search for a good one.

A portfolio gives each tip 0 to `PARTS` parts of the budget, a step that a council can tell from the next.
The search is Optuna's Tree-structured Parzen Estimator (Bergstra et al. 2011, Watanabe 2023): it learns
from noisy scores of few portfolios where good ones lie. Every portfolio meets the same futures with the
same seeds, so that scores differ by what is split, and the same search asks the same again.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.model.settings import TIPS, Settings
from sim.study import presets

PARTS = 3
BATCH = 5  # portfolios that are scored at a time, so that no process waits for another
FREE = 1e9  # EUR; the budget of a city without limit, which is also that of one without tips


@dataclass(frozen=True)
class Portfolio:
    """Parts of the budget by tip, those that get any; none of them is business as usual."""

    parts: Mapping[str, int]

    @staticmethod
    def of(parts: Mapping[str, int]) -> "Portfolio":
        """The portfolio of these parts in their smallest whole numbers: 2 to 2 is 1 to 1."""
        some = {tip: parts[tip] for tip in TIPS if parts.get(tip)}
        common = math.gcd(*some.values()) if some else 1
        return Portfolio({tip: n // common for tip, n in some.items()})

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def name(self) -> str:
        """As in tables: `start_small:2+come_prepared:1`; alone, a tip's name."""
        if len(self.parts) < 2:
            return next(iter(self.parts), "none")
        return "+".join(f"{tip}:{n}" for tip, n in self._largest())

    @property
    def title(self) -> str:
        """In words, with shares: `67% start small, 33% come prepared`."""
        if not self.parts:
            return "No tip"
        if len(self.parts) == 1:
            return presets.title("tip", next(iter(self.parts)))
        whole = sum(self.parts.values())
        return ", ".join(f"{n / whole:.0%} {presets.title('tip', tip)}" for tip, n in self._largest())

    def _largest(self) -> list[tuple[str, int]]:
        return sorted(self.parts.items(), key=lambda item: -item[1])

    def followed(self, settings: Settings, budget: float) -> Settings:
        """`settings` of a city that follows these tips, and no others, at `budget` EUR a year."""
        tips = {
            tip: replace(
                getattr(settings, tip), strength=float(tip in self.parts), weight=float(self.parts.get(tip, 1))
            )
            for tip in TIPS
        }
        return replace(settings, tip=replace(settings.tip, budget=budget if self.parts else FREE), **tips)


NOTHING = Portfolio({})
SINGLE = [Portfolio({tip: 1}) for tip in TIPS]
EVEN = Portfolio(dict.fromkeys(TIPS, 1))


def search(
    score: Callable[[Sequence[Portfolio]], Sequence[float]], trials: int, seed: int
) -> list[tuple[Portfolio, float]]:
    """Score `trials` portfolios, the best last of all learnt; gives each once with its score, best first.

    score: of portfolios, higher is better, NaN for one that cannot be told. The single tips and the even
    mix of all come first, whatever the number of trials.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(
        multivariate=True, constant_liar=True, n_startup_trials=2 * len(TIPS), seed=seed
    )
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for first in (*SINGLE, EVEN):
        study.enqueue_trial({tip: first.parts.get(tip, 0) for tip in TIPS})
    known: dict[Portfolio, float] = {}
    done = 0
    while done < max(trials, len(SINGLE) + 1):
        size = min(BATCH, max(trials, len(SINGLE) + 1) - done)
        asked = [study.ask() for _ in range(size)]
        some = [Portfolio.of({tip: t.suggest_int(tip, 0, PARTS) for tip in TIPS}) for t in asked]
        new = [p for p in dict.fromkeys(some) if p not in known]
        known.update(zip(new, score(new), strict=True))
        for trial, portfolio in zip(asked, some, strict=True):
            value = known[portfolio]
            if np.isnan(value):
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, value)
        done += size
    return sorted(((p, v) for p, v in known.items() if not np.isnan(v)), key=lambda item: -item[1])
