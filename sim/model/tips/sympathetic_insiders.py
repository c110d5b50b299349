"""Work with sympathetic insiders: find who is open, back them, go step by step, then widen (T3a-T3e)."""

from dataclasses import dataclass

from sim.model.levers import Per, Tip, advice, price
from sim.model.params import assumed

LEFT_OUT = (
    "what it costs insiders to be seen as allies of initiatives",
    "initiatives that tell each other who is open",
)


@dataclass(frozen=True)
class SympatheticInsiders(Tip):
    """Work with sympathetic insiders (for initiatives)."""

    back: float = advice("T3a", "insiders", "power.backing", "back those inside who push for change")
    back_volunteers: float = price(
        "back",
        "volunteers",
        Per.INITIATIVE,
        0.5,
        0,
        10,
        assumed("letters, council sessions: six hours a year"),
        "time to give impulses from outside",
        plausible=(0.2, 2),
    )
    find: float = advice("T3b", "insiders", "contact.insider_search", "find the open person, not the first desk")
    find_euros: float = price(
        "find",
        "euros",
        Per.INITIATIVE,
        5,
        0,
        200,
        assumed("two evenings a year where officials and initiatives meet, EUR 30 for each initiative"),
        "evenings to meet",
        plausible=(2, 20),
    )
    find_volunteers: float = price(
        "find",
        "volunteers",
        Per.INITIATIVE,
        1.0,
        0,
        10,
        assumed("two people for two evenings a year, and asking around"),
        "time to ask around",
        plausible=(0.3, 3),
    )
    stepwise: float = advice("T3c", "stepwise", "contact.first_steps", "not ask for too much at once")
    widen: float = advice("T3d T3e", "resilience", "contact.other_departments", "get known in further departments too")
    widen_volunteers: float = price(
        "widen",
        "volunteers",
        Per.INITIATIVE,
        0.5,
        0,
        10,
        assumed("preparing for another department, an evening every few months"),
        "time to prepare",
        plausible=(0.2, 2),
    )
