"""What our pages say that the model shows, as data: in words, and what must then be so.

To add a sentence, add it to `SENTENCES`: its id, its words, and the differences that must all be above 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.model.settings import TIPS
from sim.study import presets
from sim.study.portfolios import NOTHING, SINGLE, Portfolio

BENEFITS = "benefits"
"""The mean of the per cent changes of the four benefits against no tip, as `sim` ranks tips."""
SCENARIOS = ("no_engagement", "tokenism", "consultation", "co_creation")
MIX = Portfolio(
    {"come_prepared": 3, "show_your_value": 2, "make_it_personal": 2, "transparency_consistency_accessibility": 1}
)
"""What `sim advise` found best over its futures, and README names."""
NONE, ADVISED = NOTHING.name, "the mix"
PORTFOLIOS = {NONE: NOTHING, **{p.name: p for p in SINGLE}, ADVISED: MIX}
CASES = (*SCENARIOS, *PORTFOLIOS)
"""All that sentences speak of: ways of engaging, and tips at the same yearly budget as no tip."""


class Term(NamedTuple):
    """An outcome in a case, which counts `times`."""

    times: int
    case: str
    outcome: str


Difference = tuple[Term, ...]
"""Terms whose sum must be above 0."""


def more(case: str, than: str, outcome: str) -> Difference:
    """The first has more of the outcome than the second."""
    return (Term(1, case, outcome), Term(-1, than, outcome))


def loses_less(outcome: str, than: str, case: str, base: str) -> Difference:
    """From `base` to `case` the first outcome falls by less than the second, or rises by more."""
    return (*more(case, base, outcome), *more(base, case, than))


@dataclass(frozen=True)
class Sentence:
    """What is said, and the differences that must all be above 0; `ties`: 0 is enough."""

    id: str
    says: str
    differences: Sequence[Difference]
    ties: bool = False


def _single() -> list[Sentence]:
    """Each tip alone, in the order of the model."""
    return [
        Sentence(
            f"H{i}", f"Of the tips, '{presets.title('tip', name)}' does better than none.", [more(name, NONE, BENEFITS)]
        )
        for i, name in enumerate(TIPS, 1)
    ]


_OFF, _TOKEN, _CONSULT, _GENUINE = SCENARIOS
_GROUPS = ("trust_marginalised", "participation_marginalised", "trust_others", "participation_others")
SENTENCES = (
    Sentence("T1", "A token round is worse than none, for trust and volunteering, of the marginalised and of others.",
             [more(_OFF, _TOKEN, outcome) for outcome in _GROUPS]),
    Sentence("T2", "A token round leaves less trust among the marginalised than no round.",
             [more(_OFF, _TOKEN, "trust_marginalised")]),
    Sentence("T3", "A token round leaves less trust among others than no round.", [more(_OFF, _TOKEN, "trust_others")]),
    Sentence("T4", "After token rounds fewer of the marginalised volunteer than without rounds.",
             [more(_OFF, _TOKEN, "participation_marginalised")]),
    Sentence("T5", "After token rounds fewer of the others volunteer than without rounds.",
             [more(_OFF, _TOKEN, "participation_others")]),
    Sentence("T6", "With token rounds joint projects are worth less than without rounds.",
             [more(_OFF, _TOKEN, "joint_value")]),
    Sentence("T7", "By token rounds the marginalised lose fewer points of trust than others.",
             [loses_less("trust_marginalised", "trust_others", _TOKEN, _OFF)]),
    Sentence("T8", "By token rounds the marginalised lose fewer points of volunteering than others.",
             [loses_less("participation_marginalised", "participation_others", _TOKEN, _OFF)]),
    Sentence("C1", "Consulting in good faith leaves less trust than not asking.", [more(_OFF, _CONSULT, "trust")]),
    Sentence("C2", "Consulting in good faith leaves fewer volunteers than not asking.",
             [more(_OFF, _CONSULT, "participation")]),
    Sentence("G1", "Co-creation leaves more trust than no rounds, among the marginalised and among others.",
             [more(_GENUINE, _OFF, "trust_marginalised"), more(_GENUINE, _OFF, "trust_others")]),
    Sentence("G2", "With co-creation more of the marginalised volunteer than without rounds.",
             [more(_GENUINE, _OFF, "participation_marginalised")]),
    Sentence("G3", "With co-creation more of the others volunteer than without rounds.",
             [more(_GENUINE, _OFF, "participation_others")]),
    Sentence("G4", "With co-creation joint projects are worth more than without rounds.",
             [more(_GENUINE, _OFF, "joint_value")]),
    Sentence("G5", "Co-creation is better than token rounds: trust, volunteering, of the marginalised and of others.",
             [more(_GENUINE, _TOKEN, outcome) for outcome in _GROUPS]),
    *_single(),
    Sentence("R1", "Of the tips, coming prepared does best at equal budget.",
             [more("come_prepared", tip, BENEFITS) for tip in TIPS if tip != "come_prepared"]),
    Sentence("R2", "At equal budget coming prepared does better than simple funding.",
             [more("come_prepared", "simple_funding", BENEFITS)]),
    Sentence("R3", "No tip lowers the value of joint projects.",
             [more(tip, NONE, "joint_value") for tip in TIPS], ties=True),
    Sentence("M1", "The advised mix does better than no tip.", [more(ADVISED, NONE, BENEFITS)]),
    Sentence("M2", "The advised mix does better than every single tip.",
             [more(ADVISED, tip, BENEFITS) for tip in TIPS]),
)  # fmt: skip
