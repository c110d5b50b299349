"""Chance again, by docs/odd.md 7.1: each draw from seed, question, month and the number of who it is about."""

from statistics import NormalDist

G = 0x9E3779B97F4A7C15
WHOLE = 2**64


def mix(z):
    """z with its 64 bits mixed."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WHOLE
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WHOLE
    return z ^ (z >> 31)


def key(seed, question, month):
    """What all draws of one question in one month of one seed share."""
    k = mix((seed + G) % WHOLE)
    k = mix(k ^ (question * G % WHOLE))
    return mix(k ^ (month * G % WHOLE))


def uniform(seed, question, month, who):
    """U[question, month, who]."""
    w = mix((key(seed, question, month) + who * G) % WHOLE)
    return ((w >> 12) + 0.5) * 2.0**-52


def normal(seed, question, month, who):
    """N[question, month, who]."""
    return NormalDist().inv_cdf(uniform(seed, question, month, who))


def happens(chance, seed, question, month, who):
    """Whether an event of that chance takes place."""
    return uniform(seed, question, month, who) < chance


def pair(a, b):
    """One number for two."""
    return ((a + 1) * 2**32 + b) % WHOLE
