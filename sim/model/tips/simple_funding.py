"""Provide simple funding with added support: a little money, little paper, guidance, open to all (T4a, T4e-T4g).

What `money` takes goes into the pot of grants, to the cent.
"""

from dataclasses import dataclass

from sim.model.levers import Buys, Per, Tip, Whom, advice, price
from sim.model.params import assumed

LEFT_OUT = (
    "several years of money in one grant, and money for running costs instead of projects",
    "the funders' guide that the booklet points to (T4h)",
    "money misspent because less is checked",
)


@dataclass(frozen=True)
class SimpleFunding(Tip):
    """Provide simple funding with added support (for local governments)."""

    money: float = advice(
        "T4a", "simple_funding", "funding.top_up", "put a little money on top of what there is", buys=Buys.GRANTS
    )
    form: float = advice("T4a", "simple_funding", "funding.burden", "ask for less paper")
    form_staff: float = price(
        "form",
        "staff",
        Per.CITY,
        4,
        0,
        200,
        assumed("a week a year to rewrite forms and train judges"),
        "work on the forms",
        plausible=(1, 12),
    )
    guide: float = advice("T4a", "simple_funding", "funding.support", "guide those who apply")
    guide_staff: float = price(
        "guide",
        "staff",
        Per.MOVE,
        0.4,
        0,
        20,
        assumed("12 hours for each application, of which there are about 0.4 a year for each initiative"),
        "guidance, as far as initiatives apply",
        plausible=(0.2, 0.8),
    )
    diverse: float = advice(
        "T4e", "diverse", "funding.connections funding.prior_award", "judge without regard to connections and names"
    )
    diverse_staff: float = price(
        "diverse",
        "staff",
        Per.CITY,
        2,
        0,
        100,
        assumed("a jury of three for a day a year"),
        "independent judges",
        plausible=(0.5, 8),
    )
    earmark: float = advice(
        "T4e T4f", "diverse", "funding.earmark", "keep a part for informal and marginalised-led initiatives"
    )
    reach_out: float = advice(
        "T4g",
        "informal_skills",
        "funding.support",
        "guide those who lack skills in running projects, further than others",
        only=Whom.DIVERSE,
    )
    reach_out_staff: float = price(
        "reach_out",
        "staff",
        Per.INITIATIVE,
        0.25,
        0,
        10,
        assumed("three hours a year with each of them, whether they apply or not"),
        "visits",
        plausible=(0.1, 1),
    )
