"""D9: groups that grow slowly (Weber 2006), with the city's `learn` as the way in which people expect."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.model.kernels import clip01, compiled
from sim.model.month.trust import Trust, learn
from sim.model.params import BadConfig, record
from sim.study.docking.base import Docking, Finding, Row, above, column, mean, option

EFFORTS = 7  # efforts are 1 to 7
SLOW, FAST, LARGE, UNINFORMED = "slow", "fast", "large", "uninformed"
WAYS = {
    SLOW: "from 2, one by one, who know what happened",
    FAST: "from 2, many at a time, who know what happened",
    LARGE: "all from the start",
    UNINFORMED: "from 2, one by one, who know nothing",
}


@dataclass(frozen=True)
class Options:
    """The set-up."""

    groups: int = option(1000, "replications, each growing in all ways", 2, 100_000)
    people: int = option(12, "in the end", 2, 1000)
    start: int = option(2, "at first, where a group grows", 1, 1000)
    rounds: int = option(36, "months", 2, 10_000)
    wait: int = option(3, "months between entries", 1, 10_000)
    many: int = option(5, "who enter together, where growth is fast", 1, 1000)
    trust: float = option(Trust.institutional, "mean of what people expect at first, as in the city", 0, 1)
    spread: float = option(Trust.spread, "its standard deviation", 0, 1)
    gain: float = option(Trust.gain, "how fast people learn from good months", 0, 1)
    asymmetry: float = option(Trust.asymmetry, "how much faster from bad ones", 0.2, 10)
    slips: float = option(0.0, "standard deviation of errors, in shares of the highest effort", 0, 1)


@compiled
def play(trust: Any, beliefs: Any, slips: Any, here: Any, informed: Any) -> Any:
    """The least effort of each month, 1 to `EFFORTS`: (months,).

    trust: parameters, one row; beliefs: (people,) in [0, 1], what each expects of the least effort, changed
    in place; slips: (months, people); here: (months,), how many have entered; informed: whether those who
    have not entered watch.
    """
    months, people = slips.shape
    least = np.empty(months)
    for m in range(months):
        lowest = np.inf
        for i in range(here[m]):
            # The best reply to an expected least effort is that effort, whatever effort costs, as long as
            # a higher least effort is worth more than it.
            lowest = min(lowest, np.floor((EFFORTS - 1) * clip01(beliefs[i] + slips[m, i]) + 0.5))
        least[m] = lowest + 1.0
        worth = lowest / (EFFORTS - 1)
        for i in range(people if informed else here[m]):
            # In shares of the trust that is missing or there, as a contact is felt in the city.
            good = (worth - beliefs[i]) / (1.0 - beliefs[i]) if worth > beliefs[i] else 0.0
            bad = (beliefs[i] - worth) / beliefs[i] if worth < beliefs[i] else 0.0
            beliefs[i] = learn(trust[0], beliefs[i], good, bad)
    return least


def one(o: Options, seed: int, k: int) -> Row:
    """The same people, with the same first expectations and slips, in each way of growing."""
    chance = np.random.default_rng((seed, k))
    beliefs = np.clip(chance.normal(o.trust, o.spread, o.people), 0, 1)
    slips = chance.normal(0, 1, (o.rounds, o.people)) * o.slips
    trust = record(Trust(gain=o.gain, asymmetry=o.asymmetry))
    found = {}
    for way in WAYS:
        least = play(trust, beliefs.copy(), slips, _entered(o, way), way != UNINFORMED)
        found[f"{way}: first"], found[f"{way}: last"] = float(least[0]), float(least[-1])
    return found


def _entered(o: Options, way: str) -> Any:
    """(months,): how many have entered."""
    if way == LARGE:
        return np.full(o.rounds, o.people)
    step = o.many if way == FAST else 1
    return np.minimum(o.people, min(o.start, o.people) + step * (np.arange(o.rounds) // o.wait))


def judge(o: Options, rows: Sequence[Row]) -> Finding:
    """Slow and informed above fast above large; and informed above uninformed."""
    last = {way: column(rows, f"{way}: last") for way in WAYS}
    order = "slow growth > fast growth > large from the start"
    claims = [
        above("the least effort in the end is higher after slow than after fast growth", order,
              mean(last[SLOW] - last[FAST])),
        above("and higher after fast growth than in a group that was large from the start", order,
              mean(last[FAST] - last[LARGE])),
        above("slow growth helps if those who enter know what happened, and less if not",
              "informed > uninformed", mean(last[SLOW] - last[UNINFORMED])),
    ]  # fmt: skip
    table = []
    for way, words in WAYS.items():
        first, final = mean(column(rows, f"{way}: first")), mean(last[way])
        table.append({"group": words, "least effort at first": first.value, "in the end": final.value,
                      "low": final.low, "high": final.high, "replications": final.n})  # fmt: skip
    notes = [
        "Only the order is judged. The city's rule of learning goes towards what was lived through and knows no way"
        f" up from there, so groups of {o.start} stay near where they began; in the laboratory small groups mostly"
        " climb to the highest effort (from memory, unchecked).",
        "It takes people who do not err. With random errors (D9.slips=0.05) the least effort ends near 1 in every way"
        " of growing, as each slip lowers what all expect and nothing raises it again. The order of slow, fast and"
        " large then shrinks to a tenth of an effort, and to know what happened does harm: the third criterion fails.",
    ]
    return Finding(claims, {"least effort, 1 to 7": table}, notes)


def draw(figure: Any, finding: Finding) -> None:
    """The least effort in the end, by way of growing."""
    axes = figure.subplots()
    [table] = finding.tables.values()
    values = [row["in the end"] for row in table]
    error = [[v - row["low"] for v, row in zip(values, table, strict=True)],
             [row["high"] - v for v, row in zip(values, table, strict=True)]]  # fmt: skip
    axes.barh([row["group"] for row in table], values, xerr=error, color="C0")
    axes.plot([row["least effort at first"] for row in table], range(len(table)), "|", color="k", ms=14)
    axes.invert_yaxis()
    axes.set(xlabel="least effort in the last month (mark: in the first)", xlim=(1, None))


def count(o: Options) -> int:
    """As many groups as are asked for. Raises BadConfig where none can grow, or none is grown in the end."""
    faults = []
    if o.start >= o.people:
        faults.append(f"D9.start: {o.start} of {o.people} people leave nobody to enter")
    elif o.start + (o.rounds - 1) // o.wait < o.people:
        faults.append(f"D9.rounds: in {o.rounds} months, one every {o.wait}, not all {o.people} enter")
    if faults:
        raise BadConfig(faults)
    return int(o.groups)


DOCKING = Docking(
    id="D9",
    title="Growing groups",
    ours="`learn` of `sim/model/month/trust.py` with the city's numbers (M2)",
    source="Weber 2006, American Economic Review 96(1): 114-126, and Ranehill, Schneider & Weber 2014, CESifo"
    " Working Paper 4719 (abstracts read)",
    setup="12 people choose an effort of 1 to 7 each month; what all get is decided by the least effort, and more"
    " effort costs. Each expects a least effort, at first as people in the city trust, gives as much, and learns from"
    " the least effort of the month. A group has all 12 from the start, or grows from 2 by one every 3 months (slow)"
    " or by five (fast); those who enter have watched the months before, or not. 36 months.",
    reference="an order, no numbers: large groups coordinate badly, groups grown slowly by people who know what"
    " happened do better, and slow growth is better than fast",
    options=Options,
    count=count,
    one=one,
    judge=judge,
    draw=draw,
)
