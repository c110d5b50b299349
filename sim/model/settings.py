"""All settings of one city: a group per process, built and checked as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sim.model import levers
from sim.model.begin import FEWEST, Place
from sim.model.month.contact import Contact
from sim.model.month.forum import Forum
from sim.model.month.funding import Funding
from sim.model.month.outside import Outside
from sim.model.month.power import Power
from sim.model.month.tip import Means, Offer
from sim.model.month.trust import Trust
from sim.model.month.turnover import Turnover
from sim.model.month.volunteers import Volunteers
from sim.model.month.works import Works
from sim.model.params import BadConfig, Param, build, nearest, params_of, plain
from sim.model.tips.come_prepared import ComePrepared
from sim.model.tips.make_it_personal import MakeItPersonal
from sim.model.tips.reduce_power_differences import ReducePowerDifferences
from sim.model.tips.show_your_value import ShowYourValue
from sim.model.tips.simple_funding import SimpleFunding
from sim.model.tips.start_small import StartSmall
from sim.model.tips.sympathetic_insiders import SympatheticInsiders
from sim.model.tips.transparency_consistency_accessibility import TransparencyConsistencyAccessibility


@dataclass(frozen=True)
class Settings:
    """Everything that a city needs besides its seed. `Settings.build` checks plain values."""

    city: Place = field(default_factory=Place)
    outside: Outside = field(default_factory=Outside)
    turnover: Turnover = field(default_factory=Turnover)
    contact: Contact = field(default_factory=Contact)
    forum: Forum = field(default_factory=Forum)
    power: Power = field(default_factory=Power)
    funding: Funding = field(default_factory=Funding)
    works: Works = field(default_factory=Works)
    trust: Trust = field(default_factory=Trust)
    volunteers: Volunteers = field(default_factory=Volunteers)
    tip: Means = field(default_factory=Means)
    come_prepared: ComePrepared = field(default_factory=ComePrepared)
    show_your_value: ShowYourValue = field(default_factory=ShowYourValue)
    sympathetic_insiders: SympatheticInsiders = field(default_factory=SympatheticInsiders)
    simple_funding: SimpleFunding = field(default_factory=SimpleFunding)
    transparency_consistency_accessibility: TransparencyConsistencyAccessibility = field(
        default_factory=TransparencyConsistencyAccessibility
    )
    reduce_power_differences: ReducePowerDifferences = field(default_factory=ReducePowerDifferences)
    make_it_personal: MakeItPersonal = field(default_factory=MakeItPersonal)
    start_small: StartSmall = field(default_factory=StartSmall)

    @staticmethod
    def build(values: Mapping[str, Any]) -> "Settings":
        """Settings from plain nested values; what is not named keeps its default.

        Raises BadConfig with every fault at once.
        """
        groups: dict[str, Any] = {f.name: f.default_factory for f in fields(Settings)}
        faults: list[str] = []
        built: dict[str, Any] = {}
        for name, group_values in values.items():
            if name not in groups:
                faults.append(f"{name}: no such group of settings{nearest(name, groups)}")
                continue
            built[name], found = build(groups[name], name, group_values)
            faults += found
        if not faults:
            settings = Settings(**built)
            faults = contradictions(settings)
            if not faults:
                return settings
        raise BadConfig(faults)

    def plain(self) -> dict[str, dict[str, Any]]:
        """Group -> setting -> plain JSON value."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}


def offers(settings: Settings) -> tuple[Offer, ...]:
    """The tips that are followed, as the city takes them; each has its number whichever others there are."""
    tips = ((number, getattr(settings, name)) for number, name in enumerate(TIPS))
    return tuple(levers.offer(number, tip) for number, tip in tips if tip.strength > 0.0)


def contradictions(settings: Settings) -> list[str]:
    """Settings that are each allowed but cannot hold together."""
    city, outside = settings.city, settings.outside
    faults = []
    if outside.first_election > outside.term:
        faults.append(
            f"outside.first_election: {outside.first_election} months lies after the end of the"
            f" council's term; allowed: 1 to outside.term, here {outside.term}"
        )
    if city.residents_per_agent and city.population / city.residents_per_agent < FEWEST:
        faults.append(
            f"city.residents_per_agent: {city.residents_per_agent:g} leaves fewer than {FEWEST} of"
            f" {city.population} residents to simulate; allowed: at most {city.population / FEWEST:g}"
        )
    return faults


TIPS: dict[str, type[levers.Tip]] = {
    f.name: f.default_factory  # type: ignore[misc]
    for f in fields(Settings)
    if isinstance(f.default_factory, type) and issubclass(f.default_factory, levers.Tip)
}
PARAMETERS: dict[str, Param] = {
    name: meta for f in fields(Settings) for name, meta in params_of(f.default_factory, f.name).items()
}
