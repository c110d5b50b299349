"""Know and show your value: open with what you bring, not with a demand (T2a-T2c, Q5)."""

from dataclasses import dataclass

from sim.model.levers import Per, Tip, advice, price
from sim.model.params import assumed

LEFT_OUT = (
    "that what an initiative can do (T2a) grows by knowing it: skill and knowledge are states, not pushed",
    "demands that are right and must be made: a critical voice loses nothing here by showing value",
)


@dataclass(frozen=True)
class ShowYourValue(Tip):
    """Know and show your value (for initiatives)."""

    value: float = advice("T2b", "show_value", "contact.show_value", "open by showing value instead of with a demand")
    value_euros: float = price(
        "value",
        "euros",
        Per.INITIATIVE,
        8,
        0,
        200,
        assumed("a trainer for a day a year, EUR 1,200, shared by twelve initiatives"),
        "coaching",
        plausible=(3, 30),
    )
    value_volunteers: float = price(
        "value",
        "volunteers",
        Per.INITIATIVE,
        1.0,
        0,
        20,
        assumed("two people for half a day a year, and a few hours on a portrait of the initiative"),
        "time to find the words",
        plausible=(0.3, 3),
    )
    multiplier: float = advice(
        "T2c", "multiplier", "contact.multiplier", "make visible how many people its networks reach"
    )
    multiplier_volunteers: float = price(
        "multiplier",
        "volunteers",
        Per.INITIATIVE,
        0.5,
        0,
        10,
        assumed("counting and writing down, an evening every few months"),
        "time to document networks",
        plausible=(0.2, 1.5),
    )
    networks: float = advice(
        "Q5", "networks", "forum.networks", "find people for the city's rounds through initiatives' networks"
    )
    networks_volunteers: float = price(
        "networks",
        "volunteers",
        Per.INITIATIVE,
        0.3,
        0,
        10,
        assumed("four hours of calls and messages for a round a year"),
        "time to invite people",
        plausible=(0.1, 1),
    )
