"""Six cities as the model lives them, frozen: what is computed today must be what was computed yesterday.

A frozen city says nothing about the world, and a drift is no fault by itself: it is a change of results that somebody
has to want. `python -m tests.drift "reason"` freezes them anew and writes the reason into the changelog.
"""

import hashlib
import json
import platform
from pathlib import Path
from typing import Any

import numpy as np

from sim.model.city import City
from sim.model.outcomes import OUTCOMES
from sim.study.compose import compose

FOLDER = Path(__file__).parent / "months"
HEADER = "From the model itself, not from the world: what it computed when this file was written. See tests/drift."
MONTHS = 48
# Three cities of the booklet and the three sizes; among them an election, every tip, and what the default leaves out.
CITIES: dict[str, tuple[str, ...]] = {
    "ghent": ("city=ghent", "scenario=co_creation", "tip=[make_it_personal,come_prepared]", "outside.first_election=9"),
    "cascais": ("city=cascais", "scenario=late_veto", "tip=[simple_funding,sympathetic_insiders]"),
    "oberhausen": ("city=oberhausen", "scenario=tokenism", "tip=[transparency_consistency_accessibility]"),
    "small_town": ("city=small_town", "scenario=staff_churn", "tip=[start_small,show_your_value]", "tip.budget=20000"),
    "mid_city": ("city=mid_city", "scenario=business_as_usual", "turnover.handover=0.5", "funding.award=vote"),
    "big_city": ("city=big_city", "scenario=consultation", "tip=[reduce_power_differences]", "outside=hard_times"),
}
KEPT = ("trust", "participation", "joint_value", "asks_granted", "tie_trust", "staff_hours")
Frozen = dict[str, Any]


def short(data: bytes) -> str:
    """A name for bytes."""
    return hashlib.blake2b(data, digest_size=6).hexdigest()


def lived(name: str) -> Frozen:
    """What is kept of a city: a hash for each month, and for each outcome, and some outcomes as they are."""
    request = compose([*CITIES[name], f"months={MONTHS}"])
    city = City(request.settings, request.seed)
    city.run(MONTHS)
    return kept(city.outcomes())


def kept(outcomes: dict[str, np.ndarray[Any, np.dtype[np.float64]]]) -> Frozen:
    """The same of any outcomes."""
    whole = np.stack([outcomes[o] for o in outcomes], axis=1)
    whole = np.where(np.isnan(whole), np.nan, whole)  # one NaN, whoever computed it
    return {
        "months": [short(row.tobytes()) for row in whole],
        "outcomes": {o: short(np.ascontiguousarray(whole[:, i]).tobytes()) for i, o in enumerate(outcomes)},
        "values": {o: [float(v).hex() for v in outcomes[o]] for o in KEPT},
    }


def drift(old: Frozen, new: Frozen) -> str:
    """Where `new` leaves `old`, in words; nothing if it does not."""
    words = []
    month = next((m for m, pair in enumerate(zip(old["months"], new["months"], strict=True), 1) if len({*pair}) > 1), 0)
    if month:
        words.append(f"first in month {month}")
    names = [o for o in {**old["outcomes"], **new["outcomes"]} if old["outcomes"].get(o) != new["outcomes"].get(o)]
    if names:
        words.append("in " + ", ".join(names))
    for o in KEPT:
        for m, (a, b) in enumerate(zip(old["values"][o], new["values"][o], strict=True), 1):
            if a != b:
                words.append(f"{o} in month {m} was {float.fromhex(a)!r} and is {float.fromhex(b)!r}")
                break
    return "; ".join(words)


def file_of(name: str) -> Path:
    """Where a city is kept."""
    return FOLDER / f"{name}.json"


def read(name: str) -> Frozen:
    """A city as it was frozen."""
    frozen: Frozen = json.loads(file_of(name).read_text(encoding="utf-8"))
    return frozen


def freeze(name: str, found: Frozen) -> None:
    """Keep what was found, with what it was found on."""
    made = {"header": HEADER, "command": ["sim", "run", *CITIES[name], f"months={MONTHS}"], "on": machine()}
    file_of(name).write_text(json.dumps({**made, **found}, indent=1) + "\n", encoding="utf-8")


def machine() -> str:
    """What the last bits may depend on besides the model."""
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}"


assert {*KEPT} <= {*OUTCOMES}, "an outcome to be kept is none"
