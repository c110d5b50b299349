"""Come prepared: initiatives learn how the city works before they knock (T1a-T1d, Q4).

Good preparation shows in the first impression, and so in the label that it leaves.
"""

from dataclasses import dataclass

from sim.model.levers import Per, Tip, advice, price
from sim.model.params import assumed

LEFT_OUT = (
    "how well-spoken, well-dressed or well-off those seem who come, which shapes first impressions too",
    "that some desks like the prepared because they ask for less",
)


@dataclass(frozen=True)
class ComePrepared(Tip):
    """Come prepared (for initiatives)."""

    prepare: float = advice(
        "T1a T1b Q4", "come_prepared", "contact.preparation", "learn how the city is organised and who decides what"
    )
    prepare_euros: float = price(
        "prepare",
        "euros",
        Per.INITIATIVE,
        12,
        0,
        200,
        assumed("a trainer for a day a year, EUR 1,200, shared by eight initiatives"),
        "workshops",
        plausible=(4, 40),
    )
    prepare_volunteers: float = price(
        "prepare",
        "volunteers",
        Per.INITIATIVE,
        1.5,
        0,
        20,
        assumed("two people for a day a year, and half an hour before a contact"),
        "time to learn and prepare",
        plausible=(0.5, 4),
    )
    perspective: float = advice(
        "T1c", "come_prepared", "contact.perspective", "take the view of those who work there: power, tasks, priorities"
    )
    perspective_staff: float = price(
        "perspective",
        "staff",
        Per.INITIATIVE,
        0.1,
        0,
        5,
        assumed("an open evening of three officials twice a year, for a dozen initiatives"),
        "officials who explain what they do",
        plausible=(0.03, 0.3),
    )
    perspective_volunteers: float = price(
        "perspective",
        "volunteers",
        Per.INITIATIVE,
        0.5,
        0,
        10,
        assumed("two people for an evening twice a year"),
        "time to listen",
        plausible=(0.2, 1.5),
    )
    contribute: float = advice(
        "T1d", "contribution", "contact.contribution", "show what it adds to the city's own goals"
    )
    contribute_volunteers: float = price(
        "contribute",
        "volunteers",
        Per.INITIATIVE,
        0.5,
        0,
        10,
        assumed("half a day a month shared by an initiative's eight to ten people"),
        "time to get organised",
        plausible=(0.2, 1.5),
    )
