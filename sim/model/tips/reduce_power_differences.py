"""Try reducing power differences: neutral places, a higher rung, no majority vote, consent (T6a-T6e).

Imbalance never goes away (T6a): the levers ease it, none ends it.
"""

from dataclasses import dataclass

from sim.model.levers import Per, Tip, advice, price
from sim.model.params import assumed

LEFT_OUT = (
    "who gives up power, and whether they fight it",
    "chairing, seating, who writes the minutes",
)


@dataclass(frozen=True)
class ReducePowerDifferences(Tip):
    """Try reducing power differences (for local governments)."""

    neutral_place: float = advice("T6a T6b", "neutral_place", "contact.neutral_place", "meet where nobody is host")
    neutral_place_euros: float = price(
        "neutral_place",
        "euros",
        Per.INITIATIVE,
        12,
        0,
        200,
        assumed("a room in a café or a parish hall at EUR 30 for each contact, one every two to three months"),
        "rooms",
        plausible=(4, 40),
    )
    climb: float = advice("T6c", "ladder", "forum.climb", "go one rung up the ladder, towards co-creation")
    climb_staff: float = price(
        "climb",
        "staff",
        Per.ROUND,
        24,
        0,
        400,
        assumed("as long again as an ordinary round takes to prepare"),
        "preparing and following up together",
        plausible=(8, 80),
    )
    climb_euros: float = price(
        "climb",
        "euros",
        Per.ROUND,
        1500,
        0,
        40_000,
        assumed("as much again as an ordinary round costs"),
        "rooms and catering for further meetings",
        plausible=(500, 5000),
    )
    no_majority: float = advice("T6d", "consent", "forum.no_majority", "put majority voting aside")
    consent: float = advice("T6e", "consent", "forum.consent_rule", "decide by consent, as sociocracy does")
    consent_euros: float = price(
        "consent",
        "euros",
        Per.ROUND,
        900,
        0,
        20_000,
        assumed("a facilitator who knows the method, for a day"),
        "facilitation",
        plausible=(400, 2000),
    )
