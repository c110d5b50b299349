"""Those who just won a grant and those who just did not, and what became of them: a regression discontinuity.

Whoever stands just above the line differs from whoever stands just below it by little but luck, so
what differs later is due to the grant (Bol, de Vaan & van de Rijt 2018, PNAS 115, 4887-4890).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.chance import Ask, normal
from sim.model.city import City
from sim.model.month.funding import Award

Floats = npt.NDArray[np.float64]
NEAR = 0.05  # of a score: a third of the spread of judges' scores at the defaults
FOLLOWED = 96  # months, as in the source: eight years
AGAIN = 24  # months within which somebody applies again or not: the next two calls of a year
MEANINGS: Mapping[str, tuple[str, str]] = {
    "near_winners_later": ("EUR", "money in the next eight years of those just above the line of a call, each"),
    "near_losers_later": ("EUR", "money in the next eight years of those just below the line of a call, each"),
    "near_winners_again": ("share", "share of those just above the line who apply again within two years"),
    "near_losers_again": ("share", "share of those just below the line who apply again within two years"),
}


@dataclass
class _Call:
    month: int
    born: npt.NDArray[np.int64]  # which of its successive initiatives a niche held
    near: npt.NDArray[np.int64]  # 1 just won, -1 just lost, 0 neither
    applied: npt.NDArray[np.bool_]
    paid: Floats


class NearMiss:
    """Notes every call of one city; `series` gives what became of those near the line."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._calls: list[_Call] = []
        self._before = city.initiatives.copy()
        self._connected = np.zeros(len(city.initiatives))
        self._age = city.initiatives["age"].copy()
        self._born = np.zeros(len(self._age), np.int64)

    def after(self, process: str) -> None:
        """To be called after each process of a month."""
        city = self._city
        if process == "power":
            self._before = city.initiatives.copy()
            bound = (city.ties["official"] >= 0) & (city.ties["serial"] >= 0)
            self._connected = np.where(bound, city.ties["trust"], 0.0).max(axis=1)
        elif process == "funding" and (city.month - 1) % int(city.now.funding[0]["every"]) == 0:
            self._note()
        elif process == "volunteers":
            age = city.initiatives["age"]
            self._born += age < self._age  # a younger one has taken the niche
            self._age = age.copy()

    def _note(self) -> None:
        now, before = self._city.initiatives, self._before
        won, lost = now["wins"] > before["wins"], now["losses"] > before["losses"]
        paid = np.where(won, now["purse"] - before["purse"], 0.0)
        near = np.zeros(len(now), np.int64)
        if self._city.now.funding[0]["award"] == Award.SCORE and won.any() and lost.any():
            scores = self.scores(won)
            # The first for whom the money did not last; who asks for little may still win below it, and does not count.
            line = scores[lost].max()
            near[won & (scores > line) & (scores <= line + NEAR)] = 1
            near[lost & (scores >= line - NEAR)] = -1
        self._calls.append(_Call(self._city.month, self._born.copy(), near, won | lost, paid))

    def scores(self, won: npt.NDArray[np.bool_]) -> Floats:
        """(niches,) what the judges gave in the call just held, computed anew as `funding` computes it."""
        city, before, now = self._city, self._before, self._city.initiatives
        f = city.now.funding[0]
        # Guidance teaches before the award, the grant's own work after it.
        skill = np.where(won, (now["capacity"] - f["winner_learning"]) / (1.0 - f["winner_learning"]), now["capacity"])
        score = f["quality_weight"] * (0.5 * before["knowledge"] + 0.5 * skill)
        score = score + f["polish_weight"] * f["burden"] * skill + f["connections"] * self._connected
        score = score + f["prior_award"] * (before["wins"] > 0)
        noise = [normal(city.seed, Ask.CALL_NOISE, city.month, c) for c in range(len(now))]
        return np.asarray(score + f["noise"] * np.array(noise), np.float64)

    def series(self) -> dict[str, Floats]:
        """Measure -> (months,), NaN but for months with a call that can be followed long enough."""
        found = {name: np.full(self._city.month, np.nan) for name in MEANINGS}
        for i, call in enumerate(self._calls):
            if call.month + FOLLOWED > self._city.month:
                break
            later = [c for c in self._calls[i + 1 :] if c.month <= call.month + FOLLOWED]
            money, again = np.zeros(len(call.near)), np.zeros(len(call.near), bool)
            for other in later:
                same = other.born == call.born
                money += other.paid * same
                again |= other.applied & same & (other.month <= call.month + AGAIN)
            for who, sign in (("winners", 1), ("losers", -1)):
                if (call.near == sign).any():
                    found[f"near_{who}_later"][call.month - 1] = _mean(money[call.near == sign])
                    found[f"near_{who}_again"][call.month - 1] = _mean(again[call.near == sign])
        return found


def _mean(values: Any) -> float:
    return float(np.mean(values))
