"""Transparency, consistency and accessibility matter: meet, follow up, say who does what, be understood (T5a-T5e)."""

from dataclasses import dataclass

from sim.model.levers import Per, Tip, advice, price
from sim.model.params import assumed

LEFT_OUT = (
    "promises that a city learns to give less lightly",
    "opponents who use what is published",
)


@dataclass(frozen=True)
class TransparencyConsistencyAccessibility(Tip):
    """Transparency, consistency and accessibility matter (for local governments)."""

    meet: float = advice("T5a T5b", "transparency", "contact.meetings", "meet each initiative regularly")
    meet_staff: float = price(
        "meet",
        "staff",
        Per.MOVE,
        3,
        0,
        40,
        assumed("two hours a meeting and one for what was agreed, if all met each month"),
        "meetings",
        plausible=(2, 4),
    )
    follow_up: float = advice("T5b", "transparency", "contact.follow_up", "do what was agreed in a meeting")
    follow_up_staff: float = price(
        "follow_up",
        "staff",
        Per.INITIATIVE,
        0.1,
        0,
        10,
        assumed("a list that is kept and looked at"),
        "keeping track",
        plausible=(0.03, 0.3),
    )
    reflect: float = advice(
        "T5b",
        "transparency",
        "power.explain forum.feedback forum.facilitation",
        "say honestly what became of it and why, and leave moments to reflect",
    )
    reflect_staff: float = price(
        "reflect",
        "staff",
        Per.INITIATIVE,
        0.15,
        0,
        10,
        assumed("an hour for each answer, and a letter to those who came"),
        "reasons in writing",
        plausible=(0.05, 0.5),
    )
    reflect_euros: float = price(
        "reflect",
        "euros",
        Per.ROUND,
        900,
        0,
        20_000,
        assumed("a facilitator for a day"),
        "facilitation of a round",
        plausible=(400, 2000),
    )
    who_does_what: float = advice("T5c", "who_does_what", "contact.who_does_what", "publish who does what")
    who_does_what_staff: float = price(
        "who_does_what",
        "staff",
        Per.CITY,
        6,
        0,
        200,
        assumed("a page that is kept up to date, a day and a half a month for everybody together"),
        "keeping the page",
        plausible=(2, 16),
    )
    who_does_what_euros: float = price(
        "who_does_what",
        "euros",
        Per.CITY,
        60,
        0,
        2000,
        assumed("a website's share of hosting and design"),
        "the page",
        plausible=(20, 200),
    )
    languages: float = advice("T5d", "languages", "forum.languages", "offer several languages")
    languages_euros: float = price(
        "languages",
        "euros",
        Per.ROUND,
        1800,
        0,
        40_000,
        assumed("translation of an invitation into four languages, two interpreters for an evening"),
        "translation and interpreters for a round",
        plausible=(800, 4000),
    )
    plain_words: float = advice("T5e", "languages", "forum.plain_words", "write in common words")
    plain_words_staff: float = price(
        "plain_words",
        "staff",
        Per.CITY,
        5,
        0,
        200,
        assumed("rewriting what initiatives and residents get, most of a day a month"),
        "rewriting",
        plausible=(2, 15),
    )
