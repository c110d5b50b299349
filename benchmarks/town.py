"""A town to be timed: the residents of a city after a year, and the numbers of the rule that moves them.

The rule is what the resident parts of `sim/model/month/trust.py` and `volunteers.py` do in a month:

1. moved = trust - trust0; heard = the mean of moved over one's neighbours
2. pleased and annoyed: the resident's own experiences, and the news of the initiative closest to them
3. trust learns from both (M2), goes back towards trust0, and a little to where the neighbours moved
4. efficacy and belief go back a little, fatigue and the memory of having taken part fade
5. leaning (M5) from means, efficacy, trust, drive, fatigue; asked by neighbours who were active last
   month; the chance to volunteer is the logistic of both

Everybody moves at once: neighbours are read as they were before the month.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

TRAITS = ("status", "time", "skill", "drive", "marginalised", "belongs", "trust0", "efficacy0")
STATES = ("trust", "efficacy", "belief", "fatigue", "took_part", "volunteers", "leaning", "good", "bad")
TRUST = ("gain", "asymmetry", "confirmation", "forgetting", "talk", "fatigue_memory", "presence_memory")
VOLUNTEERS = ("base", "resources", "efficacy", "trust", "asked", "invite", "fatigue", "overwork")


def city_of(residents: int, **city: Any) -> Any:
    """A city in which every simulated resident is one person, 500 initiatives and 1,000 posts."""
    from sim.model.city import City
    from sim.model.settings import Settings

    return City(Settings.build({"city": size(residents, **city)}), seed=1)


def size(residents: int, initiatives: int = 500, posts: int = 1000, **more: Any) -> dict[str, Any]:
    """Settings of `city` for so many residents, initiatives and posts; a population has its limits."""
    population = min(max(residents, initiatives * 100, posts * 100), 20_000_000)
    return {
        "population": population,
        "residents_per_agent": population / residents,
        "residents_per_initiative": population / initiatives,
        "posts": posts / (population / 1e5),
        "posts_elasticity": 1.0,
        **more,
    }


def make(residents: int, file: Path) -> None:
    """Write the town of that many residents to `file`, for programs that do not know our model."""
    city = city_of(residents)
    city.run(13)
    r, rng = city.residents, np.random.default_rng(1)
    n, niches = len(r), len(city.initiatives)
    arrays = {name: getattr(r, name) for name in (*TRAITS, *STATES)}
    arrays |= {"good": 0.1 * rng.random(n), "bad": 0.1 * rng.random(n), "belongs": np.maximum(r.belongs, 0)}
    arrays |= {"good_news": 0.05 * rng.random((niches, 2)), "bad_news": 0.05 * rng.random(niches)}
    now = city.now
    numbers = {f"trust_{k}": now.trust[0][k].item() for k in TRUST}
    numbers |= {f"volunteers_{k}": now.volunteers[0][k].item() for k in VOLUNTEERS}
    np.savez(file, starts=city.starts, neighbours=city.neighbours, numbers=json.dumps(numbers), **arrays)


def read(file: Path) -> tuple[dict[str, Any], dict[str, float]]:
    """The arrays and the numbers of a town."""
    with np.load(file) as held:
        arrays = {name: held[name] for name in held.files if name != "numbers"}
        return arrays, json.loads(str(held["numbers"]))
