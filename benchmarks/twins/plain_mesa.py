"""The rule as Mesa's tutorial teaches: one object per resident, `shuffle_do`."""

import math
from typing import Any

import mesa


class Resident(mesa.Agent):
    """A resident with a list of friends."""

    def __init__(self, model: mesa.Model, values: dict[str, Any]) -> None:
        super().__init__(model)
        self.__dict__.update(values)
        self.friends: list[Resident] = []

    def remember(self) -> None:
        """What the others will see this month."""
        self.moved = self.trust - self.trust0
        self.before = self.volunteers

    def step(self) -> None:
        """Learn, then volunteer or not."""
        p, trust = self.model.p, self.trust
        pleased = self.good + self.model.good_news[self.belongs][self.marginalised]
        annoyed = self.bad + self.model.bad_news[self.belongs]
        gain, loss = p["trust_gain"], p["trust_gain"] * p["trust_asymmetry"]
        if p["trust_confirmation"]:
            gain *= 0.5 + trust
            loss *= 0.5 + (1.0 - trust)
        level = min(1.0, max(0.0, trust + gain * (1.0 - trust) * pleased - loss * trust * annoyed))
        heard, active = 0.0, 0.0
        for friend in self.friends:
            heard += friend.moved
            active += friend.before
        level -= p["trust_forgetting"] * self.moved
        if self.friends:
            level += p["trust_talk"] * (heard / len(self.friends) - self.moved)
        trust = self.trust = min(1.0, max(0.0, level))
        self.good = self.bad = 0.0
        self.efficacy += p["trust_forgetting"] * (self.efficacy0 - self.efficacy)
        self.belief += p["trust_forgetting"] * (trust - self.belief)
        self.fatigue = self.fatigue * p["trust_fatigue_memory"] if self.fatigue > 1e-9 else 0.0
        self.took_part = self.took_part * p["trust_presence_memory"] if self.took_part > 1e-9 else 0.0
        self.leaning = (
            p["volunteers_base"]
            + p["volunteers_resources"] * ((self.time + self.status + self.skill) / 3)
            + p["volunteers_efficacy"] * self.efficacy
            + p["volunteers_trust"] * trust
            + self.drive
            - p["volunteers_fatigue"] * self.fatigue
            - p["volunteers_overwork"] * (1.5 - self.time)
        )
        asked = p["volunteers_asked"] * (1.0 - math.exp(-p["volunteers_invite"] * active))
        self.volunteers = 1.0 / (1.0 + math.exp(-(self.leaning + asked)))


class Twin(mesa.Model):
    """A Mesa model of residents only."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        super().__init__(rng=1)
        self.p = numbers
        self.good_news, self.bad_news = arrays["good_news"].tolist(), arrays["bad_news"].tolist()
        per_person = {
            name: column.tolist()
            for name, column in arrays.items()
            if name not in ("starts", "neighbours", "good_news", "bad_news")
        }
        people = [
            Resident(self, dict(zip(per_person, row, strict=True))) for row in zip(*per_person.values(), strict=True)
        ]
        starts, neighbours = arrays["starts"].tolist(), arrays["neighbours"].tolist()
        for i, person in enumerate(people):
            person.friends = [people[j] for j in neighbours[starts[i] : starts[i + 1]]]
        self.people = people

    def step(self) -> None:
        """One month of the residents."""
        self.agents.do("remember")
        self.agents.shuffle_do("step")

    def states(self) -> dict[str, Any]:
        """Columns, read from the agents."""
        names = ("trust", "efficacy", "belief", "fatigue", "took_part", "volunteers", "leaning", "good", "bad")
        return {name: [getattr(person, name) for person in self.people] for name in names}
