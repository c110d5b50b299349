"""Make it personal: a contact person, time for dialogue, thanks and celebrations (T7a-T7f)."""

from dataclasses import dataclass

from sim.model.levers import Buys, Per, Tip, advice, price
from sim.model.params import assumed

LEFT_OUT = (
    "favouritism towards those whom one likes",
    "what happens to a relation that was all about one person when the contact person herself leaves, beyond handover",
)


@dataclass(frozen=True)
class MakeItPersonal(Tip):
    """Make it personal (for local governments)."""

    passion: float = advice("T7a T7d", "personal", "contact.personal", "meet as people with a shared passion")
    passion_staff: float = price(
        "passion",
        "staff",
        Per.INITIATIVE,
        0.2,
        0,
        10,
        assumed("an hour or so every few months for what is not on the agenda"),
        "time for each other",
        plausible=(0.05, 0.6),
    )
    contact_person: float = advice(
        "T7b",
        "contact_person",
        "contact.contact_person turnover.handover",
        "appoint an accessible contact person",
        buys=Buys.LIAISON,
    )
    dialogue: float = advice("T7c", "dialogue", "contact.dialogue", "take time for dialogue")
    dialogue_staff: float = price(
        "dialogue",
        "staff",
        Per.MOVE,
        0.8,
        0,
        20,
        assumed("contacts last twice as long: two hours more, one contact every two to three months"),
        "longer contacts",
        plausible=(0.4, 1.6),
    )
    acknowledge: float = advice("T7e", "celebrate", "contact.acknowledge", "acknowledge each other's efforts")
    acknowledge_staff: float = price(
        "acknowledge",
        "staff",
        Per.INITIATIVE,
        0.05,
        0,
        5,
        assumed("a letter or a visit a year"),
        "thanks",
        plausible=(0.02, 0.2),
    )
    celebrate: float = advice("T7f", "celebrate", "works.celebrate", "celebrate wins together")
    celebrate_euros: float = price(
        "celebrate",
        "euros",
        Per.INITIATIVE,
        4,
        0,
        200,
        assumed("EUR 300 for a celebration, of which there is one in six years for each initiative"),
        "celebrations",
        plausible=(1, 15),
    )
