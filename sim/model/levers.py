"""What a tip may push, and how pushes combine: the narrow waist between tips and processes.

A lever is a parameter in [0, 1] declared with `lever=`. Pushes move it by a share of what is missing
(or, where it `lowers`, of what is there). Several pushes combine as independent chances would, so
their order does not matter; a push of strength 0 leaves every bit as it was. A lever of an
initiative is felt by each as far as it is reached; what the city as a whole makes of it is the
mean over active initiatives.

`Tip`, `advice` and `price` are how a tip's file says what it pushes and what it takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np

from sim.model.columns import Array
from sim.model.month.contact import Contact
from sim.model.month.forum import Forum
from sim.model.month.funding import Funding
from sim.model.month.power import Power
from sim.model.month.tip import Buys as Buys
from sim.model.month.tip import Offer, Piece, Price
from sim.model.month.tip import Per as Per
from sim.model.month.tip import Whom as Whom
from sim.model.month.turnover import Turnover
from sim.model.month.works import Works
from sim.model.params import BadConfig, Param, Source, assumed, booklet, choice, nearest, param, params_of, record

_PUSHABLE = {"turnover": Turnover, "contact": Contact, "forum": Forum, "power": Power, "funding": Funding,
             "works": Works}  # fmt: skip
LEVERS: dict[str, Param] = {
    name: p for group, owner in _PUSHABLE.items() for name, p in params_of(owner, group).items() if p.lever
}
_OWN = {name: name.split(".")[1] for name, p in LEVERS.items() if p.lever == "initiative"}
PUSHED = np.dtype([(column, "f8") for column in _OWN.values()])


@dataclass(frozen=True)
class Push:
    """A push on one lever, for everybody, of a strength in [0, 1], from month `start` on."""

    lever: str
    strength: float
    start: int = 1

    def __post_init__(self) -> None:
        faults = []
        if self.lever not in LEVERS:
            faults.append(f"{self.lever}: no such lever{nearest(self.lever, LEVERS)}")
        if not 0.0 <= self.strength <= 1.0:
            faults.append(f"{self.lever}: strength {self.strength} is out of range; allowed: 0 to 1")
        if faults:
            raise BadConfig(faults)


def moved(lever: str, value: Any, gain: Any) -> Any:
    """`value` of a lever after a gain in [0, 1], or an array of gains; exactly `value` for a gain of 0."""
    return value - gain * value if LEVERS[lever].lowers else value + gain * (1.0 - value)


class Levers:
    """The levers of one city. `now`: every process's parameters, one-row records; `pushed`: (niches,) of `PUSHED`.

    Both are what processes read, and change in place when pushes do.
    """

    def __init__(self, settings: Any, niches: int) -> None:
        self.now = SimpleNamespace(**{f.name: record(getattr(settings, f.name)) for f in fields(settings)})
        self._rest = {name: float(self._row(name)[0]) for name in LEVERS}
        self.pushed = np.empty(niches, PUSHED)
        for name, column in _OWN.items():
            self.pushed[column] = self._rest[name]
        self._gains: Mapping[str, Any] = {}
        self._active: Array = np.ones(niches, bool)

    def _row(self, lever: str) -> Array:
        group, name = lever.split(".")
        row: Array = getattr(self.now, group)[name]
        return row

    def own(self, lever: str) -> bool:
        """Whether each initiative feels the lever for itself."""
        return lever in _OWN

    def span(self, lever: str) -> float:
        """How far a lever can be pushed from where it stands."""
        return self._rest[lever] if LEVERS[lever].lowers else 1.0 - self._rest[lever]

    def under(self, settings: Any) -> "Levers":
        """The levers of the same city under other settings, pushed as these are until they are pushed anew.

        `outside` opens a month before `tip` pushes, and reads what last month's pushes have left.
        """
        other = Levers(settings, len(self.pushed))
        other.feel(self._gains, self._active)
        return other

    def feel(self, gains: Mapping[str, Any], active: Array) -> None:
        """Let the levers stand where `gains` push them, and all others where they stood.

        gains: lever -> share of what is missing that is made up, one number or, where initiatives feel it
        for themselves, (niches,); active: (niches,), the initiatives of which the city makes a
        mean, or of all niches if none is active.
        """
        for lever in self._gains.keys() - gains.keys():
            self._set(lever, 0.0, active)
        for lever, gain in gains.items():
            self._set(lever, gain, active)
        self._gains, self._active = gains, active

    def _set(self, lever: str, gain: Any, active: Array) -> None:
        mean = gain
        if isinstance(gain, np.ndarray):
            felt = gain[active] if active.any() else gain
            mean = felt.sum() / len(felt)
        self._row(lever)[0] = moved(lever, self._rest[lever], mean)
        if lever in _OWN:
            self.pushed[_OWN[lever]] = moved(lever, self._rest[lever], gain)


# --- how a tip is declared ---


@dataclass(frozen=True)
class Tip:
    """What every tip has; its pieces of advice and their prices are declared beside these."""

    strength: float = param(
        0.0,
        "share",
        0,
        1,
        assumed("a city follows no tip unless it is said"),
        "how much of the tip is followed at most; 0: not at all",
        plausible=(0, 0),
    )
    weight: float = param(
        1.0,
        "parts",
        0,
        1000,
        assumed("each tip the same"),
        "its part of tip.budget, relative to the weights of the other tips that are followed; 0: the tip is not",
        plausible=(1, 1),
    )
    start: int = param(1, "month", 1, 1200, assumed("at once"), "month in which it begins", plausible=(1, 1))
    reach: float = param(
        0.8,
        "share",
        0,
        1,
        assumed("most initiatives hear of an offer, some never do"),
        "share of the initiatives it is for that it gets to, by lot",
        plausible=(0.4, 1),
    )
    whom: Whom = choice(Whom.ALL, assumed("open to every initiative"), "which initiatives it is for")
    effect: float = param(
        0.5,
        "share",
        0,
        1,
        assumed("the booklet gives directions, never sizes: half of what is missing"),
        "share of what is missing in its levers that the tip makes up if followed in full",
        plausible=(0.2, 0.8),
    )


@dataclass(frozen=True)
class Advised:
    """What a parameter of a tip says besides: which levers its advice pushes, or what it costs."""

    rows: tuple[str, ...] = ()
    levers: tuple[str, ...] = ()
    only: Whom = Whom.ALL
    buys: Buys = Buys.NOTHING
    price_of: str = ""
    what: str = ""
    per: Per = Per.CITY


def advice(rows: str, key: str, levers: str, doc: str, *, only: Whom = Whom.ALL, buys: Buys = Buys.NOTHING) -> Any:
    """Declare a piece of advice: a share of it in [0, 1] that is followed when its tip is.

    rows: the claims of the booklet that it stands for; key: the passage; levers: what it pushes; only:
    whom it is for, if not for everybody whom the tip reaches; buys: what its lever makes, and it pays.
    Raises KeyError if a lever or a passage is not known.
    """
    pushes = tuple(levers.split())
    for lever in pushes:
        LEVERS[lever]
    declared = param(1.0, "share", 0, 1, booklet(key), doc, plausible=(1, 1))
    said = Advised(tuple(rows.split()), pushes, only, buys)
    return _with(declared, said)


def price(
    of: str,
    what: Literal["euros", "staff", "volunteers"],
    per: Per,
    default: float,
    low: float,
    high: float,
    source: Source,
    doc: str,
    *,
    plausible: tuple[float, float] | None = None,
) -> Any:
    """Declare what the advice named `of` takes if followed in full: euros, or hours of staff or volunteers.

    Staff hours `Per.MOVE` are work that a process books itself; a budget counts them, as planned.
    """
    unit = f"{'EUR' if what == 'euros' else what.removesuffix('s') + ' hours'}/{UNITS[per]}"
    declared = param(float(default), unit, low, high, source, doc, plausible=plausible)
    return _with(declared, Advised(price_of=of, what=what, per=per))


UNITS = {
    Per.CITY: "month",
    Per.THOUSAND: "month per 1,000 residents",
    Per.INITIATIVE: "month per initiative",
    Per.ROUND: "round",
    Per.MOVE: "month per initiative, for the lever's whole range",
}


def _with(declared: Any, said: Advised) -> Any:
    return field(default=declared.default, metadata={**declared.metadata, "advised": said})


def offer(number: int, tip: Tip) -> Offer:
    """A tip as the city takes it; `number` tells it from the others."""
    said: dict[str, Advised] = {f.name: f.metadata["advised"] for f in fields(tip) if "advised" in f.metadata}
    pieces = tuple(
        Piece(
            a.levers,
            getattr(tip, name),
            tuple(Price(p.what, getattr(tip, cost), p.per) for cost, p in said.items() if p.price_of == name),
            a.only,
            a.buys,
        )
        for name, a in said.items()
        if a.levers and getattr(tip, name) > 0.0
    )
    return Offer(number, tip.strength, tip.weight, tip.start, tip.reach, tip.whom, tip.effect, pieces)
