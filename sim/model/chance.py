"""Random numbers that belong to (seed, question, month, who).

Every draw is a pure function of those four: never of who else is present, of which tips are on,
or of how many threads run. Two scenarios with the same seed therefore share every shock that they
can share (common random numbers). The generator is SplitMix64 used as a counter-based hash
(Steele, Lea & Flood 2014, doi 10.1145/2660193.2660195).
"""

import math
from enum import IntEnum, auto

import numpy as np

from sim.model.kernels import compiled


class Ask(IntEnum):
    """The questions that chance answers; no two processes share one."""

    BEGIN_RESIDENT = auto()
    BEGIN_STATUS = auto()
    BEGIN_MINORITY = auto()
    BEGIN_MARGINALISED = auto()
    BEGIN_LANGUAGE = auto()
    BEGIN_TIME = auto()
    BEGIN_SKILL = auto()
    BEGIN_CONCERN = auto()
    BEGIN_TRUST = auto()
    BEGIN_EFFICACY = auto()
    BEGIN_DRIVE = auto()
    BEGIN_DEGREE = auto()
    BEGIN_NEIGHBOUR = auto()
    BEGIN_MEMBERSHIP = auto()
    BEGIN_LOCAL = auto()
    BEGIN_TENURE = auto()
    BEGIN_REPRESENTS = auto()
    BEGIN_INITIATIVE = auto()
    BEGIN_AGE = auto()
    BEGIN_RADICAL = auto()
    BEGIN_JUSTICE = auto()
    BEGIN_FORMAL = auto()
    BEGIN_CAPACITY = auto()
    BEGIN_KNOWLEDGE = auto()
    BEGIN_AUTONOMY = auto()
    BEGIN_TIE = auto()
    ELECTION_WILL = auto()
    ELECTION_CHANGE = auto()
    ELECTION_CHAMPION = auto()
    ELECTION_PROGRAMME = auto()
    ELECTION_PRIORITY = auto()
    NATIONAL_MONEY = auto()
    DEPARTURE = auto()
    SUCCESSOR_OPENNESS = auto()
    SUCCESSOR_REJECT = auto()
    SUCCESSOR_CHAMPION = auto()
    MEMORY = auto()
    CASE_MEMORY = auto()
    CONTACT_SEEK = auto()
    CONTACT_DOOR = auto()
    CONTACT_WHOM = auto()
    CONTACT_INSIDER = auto()
    CONTACT_OTHER = auto()
    CONTACT_DEPARTMENT = auto()
    CONTACT_AGAIN = auto()
    CONTACT_TONE = auto()
    CONTACT_PREPARED = auto()
    CONTACT_LABEL = auto()
    CONTACT_MEETING = auto()
    CONTACT_FOLLOW_UP = auto()
    CONTACT_IDEA = auto()
    ASK_MAKE = auto()
    ASK_SIZE = auto()
    ASK_PERMIT = auto()
    ASK_SPACE = auto()
    ASK_MONEY = auto()
    ASK_DEPARTMENTS = auto()
    FORUM_ATTEND = auto()
    FORUM_CONSENT = auto()
    FORUM_RUNG = auto()
    FORUM_SEAT = auto()
    FORUM_DELEGATE = auto()
    FORUM_CONTESTED = auto()
    FORUM_CITY = auto()
    FORUM_VIEW = auto()
    FORUM_VIEW_CITY = auto()
    FORUM_VIEW_DELEGATE = auto()
    FORUM_PROPOSER = auto()
    FORUM_VETO = auto()
    FORUM_FEEDBACK = auto()
    FORUM_AGENDA = auto()
    CASE_DELAY = auto()
    CASE_COMPETENCE = auto()
    CASE_ACCEPT = auto()
    CASE_LATE = auto()
    CASE_EARLY_CHECK = auto()
    CASE_LATE_CHECK = auto()
    CASE_BLAME = auto()
    CASE_EXPLAIN = auto()
    CALL_ELIGIBLE = auto()
    CALL_NOISE = auto()
    CALL_LOTTERY = auto()
    CALL_NEED = auto()
    CALL_VOTE = auto()
    CALL_HEART = auto()
    WORKS_FAIL = auto()
    WORKS_ALONE = auto()
    WORKS_CELEBRATE = auto()
    WORKS_SPAWN = auto()
    FOUND = auto()
    FOUND_TRAIT = auto()
    FORMALISE = auto()
    ENDING = auto()
    SLEEP = auto()
    STANCE = auto()
    STANCE_OPPOSE = auto()
    STANCE_FRIEND = auto()
    TIP_REACH = auto()


@compiled
def _mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def uniform(seed, ask, month, who):
    """A number in (0, 1), the same for the same four arguments, whatever else happens.

    seed: any integer >= 0; ask: an `Ask`; month: >= 0; who: the agent's permanent number (or a
    number made of two by `pair`). Never exactly 0 or 1, so that a chance of 0 never happens, a
    chance of 1 always does, and quantiles are finite.
    """
    golden = np.uint64(0x9E3779B97F4A7C15)
    key = _mix(np.uint64(seed) + golden)
    key = _mix(key ^ (np.uint64(ask) * golden))
    key = _mix(key ^ (np.uint64(month) * golden))
    word = _mix(key + np.uint64(who) * golden)
    return (float(word >> np.uint64(12)) + 0.5) * 2.220446049250313e-16


@compiled
def happens(chance, seed, ask, month, who):
    """Whether an event of probability `chance` in [0, 1] takes place."""
    return uniform(seed, ask, month, who) < chance


@compiled
def pair(a, b):
    """One number for two, 0 <= b < 2^32, that no single number below 2^32 equals."""
    return (a + 1) * 4294967296 + b


@compiled
def quantile(u):
    """Standard normal quantile of `u` in (0, 1), absolute error below 1e-8.

    Acklam's rational form with one Halley step on erfc.
    """
    if u < 0.02425 or u > 0.97575:
        q = math.sqrt(-2.0 * math.log(u if u < 0.5 else 1.0 - u))
        x = (
            (
                (((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q - 2.549732539343734)
                * q
                + 4.374664141464968
            )
            * q
            + 2.938163982698783
        ) / (
            (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q + 3.754408661907416) * q
            + 1.0
        )
        if u > 0.5:
            x = -x
    else:
        q = u - 0.5
        r = q * q
        x = (
            q
            * (
                (
                    (
                        ((-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02) * r
                        + 1.383577518672690e02
                    )
                    * r
                    - 3.066479806614716e01
                )
                * r
                + 2.506628277459239
            )
            / (
                (
                    (
                        ((-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02) * r
                        + 6.680131188771972e01
                    )
                    * r
                    - 1.328068155288572e01
                )
                * r
                + 1.0
            )
        )
    error = 0.5 * math.erfc(-x / 1.4142135623730951) - u
    step = error * 2.5066282746310002 * math.exp(0.5 * x * x)
    return x - step / (1.0 + 0.5 * x * step)


@compiled
def normal(seed, ask, month, who):
    """A standard normal number by inverse CDF: one uniform per draw."""
    return quantile(uniform(seed, ask, month, who))
