"""Start small, settle the framework first, keep doors open (Q6)."""

from dataclasses import dataclass

from sim.model.levers import Per, Tip, advice, price
from sim.model.params import assumed

LEFT_OUT = (
    "large problems that small projects leave untouched, beyond what is delivered",
    "frameworks that bind an initiative to what the city wants",
)


@dataclass(frozen=True)
class StartSmall(Tip):
    """Start small (a voice in the booklet, for both sides)."""

    framework: float = advice(
        "Q6", "framework", "power.framework", "listen, say what you want, settle framework and outputs first"
    )
    framework_staff: float = price(
        "framework",
        "staff",
        Per.INITIATIVE,
        0.3,
        0,
        10,
        assumed("three hours for an ask, of which each initiative makes about one a year"),
        "talks before a project",
        plausible=(0.1, 0.8),
    )
    framework_volunteers: float = price(
        "framework",
        "volunteers",
        Per.INITIATIVE,
        0.3,
        0,
        10,
        assumed("as long as it takes the city"),
        "talks before a project",
        plausible=(0.1, 0.8),
    )
    small: float = advice("Q6", "start_small", "contact.first_steps", "begin with a small project")
    doors: float = advice("Q6", "start_small", "works.spawn", "keep doors open for what may grow from it")
    doors_staff: float = price(
        "doors",
        "staff",
        Per.INITIATIVE,
        0.1,
        0,
        10,
        assumed("an hour after each project, and now and then a call"),
        "staying in touch",
        plausible=(0.03, 0.4),
    )
