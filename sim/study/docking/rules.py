"""D6: decision rules in a forum (after Choi & Robertson 2014), with the city's `settle` and `passes`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.model.allocation import Floats
from sim.model.columns import POINTS
from sim.model.kernels import compiled
from sim.model.month.forum import Forum, Rule, persuade, settle, support, talk, weigh
from sim.study.docking.base import (
    Claim,
    Docking,
    Finding,
    Row,
    above,
    apart,
    below,
    column,
    mean,
    option,
    share,
)  # fmt: skip

RULES: Mapping[str, Rule] = {
    "majority": Rule.MAJORITY,
    "two_thirds": Rule.TWO_THIRDS,
    "three_quarters": Rule.THREE_QUARTERS,
    "consensus": Rule.CONSENSUS,
    "consent": Rule.CONSENT,
}
EQUAL, STRONG = "equal", "strong"
SILENT, TALKING = "no talk", "talk"
LOWEST, MIDDLE, HIGHEST = "majority", "three_quarters", "consensus"
# Success without and with talk, acceptability, inequity, citizens less strong actor; of a reconstruction
# that is not the authors' program, 400 seeds each. Its highest threshold is unanimity.
REFERENCE: Mapping[tuple[str, int, str], Mapping[str, float]] = {
    (EQUAL, 8, LOWEST): {"silent": 1.00, "talking": 1.00, "accepts": 0.779, "inequity": 0.103},
    (EQUAL, 8, MIDDLE): {"silent": 0.965, "talking": 1.00, "accepts": 0.790, "inequity": 0.097},
    (EQUAL, 8, HIGHEST): {"silent": 0.065, "talking": 0.84, "accepts": 0.834, "inequity": 0.075},
    (STRONG, 8, LOWEST): {"silent": 1.00, "talking": 1.00, "accepts": 0.775, "inequity": 0.104, "behind": -0.126},
    (STRONG, 8, MIDDLE): {"silent": 0.993, "talking": 1.00, "accepts": 0.786, "inequity": 0.101, "behind": -0.105},
    (STRONG, 8, HIGHEST): {"silent": 0.065, "talking": 0.925, "accepts": 0.839, "inequity": 0.076, "behind": -0.099},
    (STRONG, 16, LOWEST): {"talking": 0.99, "behind": -0.32},
    (STRONG, 16, "two_thirds"): {"talking": 0.79, "behind": -0.25},
    (STRONG, 16, MIDDLE): {"talking": 0.43, "behind": -0.25},
    (STRONG, 16, HIGHEST): {"talking": 0.01, "behind": -0.27},
}
NEARLY = 0.95  # share of tables that agree whatever the rule
SOON = 2  # proposals that an impatient table hears


@dataclass(frozen=True)
class Options:
    """The set-up; defaults are those of the source."""

    tables: int = option(1000, "replications, each under all rules", 2, 100_000)
    contested: tuple[int, ...] = option((8, 16), "points of 16 on which people differ", 0, POINTS)
    rules: tuple[str, ...] = option(
        ("majority", "two_thirds", "three_quarters", "consensus"), "decision rules", among=tuple(RULES)
    )
    power: tuple[str, ...] = option((EQUAL, STRONG), "who weighs what", among=(EQUAL, STRONG))
    strong: float = option(0.4, "weight of the strong actor, of 1", 0, 1)
    people: int = option(12, "at the table", 2, 200)
    acceptance: float = option(0.7, "support at which somebody accepts", 0, 1)
    objection: float = option(0.4, "support below which somebody objects, under consent", 0, 1)
    rounds: int = option(40, "proposals at most", 1, 10_000)
    talks: int = option(0, "times that everybody speaks before the first proposal", 0, 100)
    pull: float = option(Forum.pull, "how far a listener moves, as in the city", 0, 1)
    confidence: float = option(1.0, "distance beyond which nobody listens; firm views are 1 apart", 0, 1)


def one(o: Options, seed: int, k: int) -> Row:
    """One set of people at every table: power x contested points x rule x with and without talk."""
    chance = np.random.default_rng((seed, k))
    shared, own = chance.integers(0, 2, POINTS), chance.integers(0, 2, (o.people, POINTS))
    found = {}
    for contested in o.contested:
        ideals = np.where(np.arange(POINTS) < contested, own, shared).astype(float)
        for power in o.power:
            # The weight of the first seat is (1 + imbalance (n - 1)) / n.
            imbalance = 0.0 if power == EQUAL else (o.strong * o.people - 1) / (o.people - 1)
            weights = weigh(o.people, imbalance)
            for rule in o.rules:
                for way in (SILENT, TALKING):
                    values = _sit(o, seed, k, ideals, weights, RULES[rule], way == TALKING)
                    found.update({_name(power, contested, rule, way, m): v for m, v in values.items()})
    return found


def _name(power: str, contested: int, rule: str, way: str, measure: str) -> str:
    return f"{power}, {contested} contested, {rule}, {way}: {measure}"


def _sit(o: Options, seed: int, k: int, ideals: Floats, weights: Floats, rule: Rule, talking: bool) -> Row:
    """One table. Seeds of rules agree, so that two rules hear the same proposers."""
    views, plan = ideals.copy(), np.zeros(POINTS, np.int64)
    pull = persuade(weights, o.pull, 1.0)
    reach = np.full(pull.shape, o.confidence)
    if talking:
        talk(views, pull, reach, o.talks)
    tabled = np.ones(POINTS, np.bool_)
    tried = settle(
        seed, k, views, weights, plan, tabled, rule, o.acceptance, o.objection, o.rounds, pull, reach, talking
    )
    if tried < 0:
        return {"success": 0.0, "tried": float(-tried)}
    found = {"success": 1.0, "tried": float(tried)}
    for when, these in (("", views), ("first ", ideals)):
        met = meets(these, plan)
        found[f"{when}accepts"] = float(met.mean())
        found[f"{when}inequity"] = float(met.std())
        found[f"{when}behind"] = float(met[1:].mean() - met[0])
    return found


@compiled
def meets(views: Any, plan: Any) -> Any:
    """(people,): how much of what each wants `plan` meets, as the table counts it."""
    found = np.empty(views.shape[0])
    for i in range(views.shape[0]):
        found[i] = support(views[i], plan)
    return found


def judge(o: Options, rows: Sequence[Row]) -> Finding:
    """The orderings that the source's abstract names and the reconstruction shows."""

    def get(power: str, contested: int, rule: str, way: str, measure: str) -> Floats:
        return column(rows, _name(power, contested, rule, way, measure))

    claims: list[Claim] = []
    asked = {LOWEST, MIDDLE, HIGHEST} <= {*o.rules}
    for power in o.power if asked else ():
        if 8 in o.contested:
            claims += _of_eight(power, get)
        if power == STRONG and 16 in o.contested:
            claims += _of_sixteen(get)
    tables: dict[str, list[Row]] = {}
    for power in o.power:
        for contested in o.contested:
            tables[f"{power} power, {contested} of {POINTS} points contested"] = [
                _row(get, power, contested, rule, way) for way in (SILENT, TALKING) for rule in o.rules
            ]
    return Finding(claims, tables, _notes(o, get))


def _row(get: Any, power: str, contested: int, rule: str, way: str) -> Row:
    """A rule's measures with half of their intervals, and their reference."""
    there = REFERENCE.get((power, contested, rule), {})
    success = share(get(power, contested, rule, way, "success"))
    row: Row = {
        "talk": way == TALKING,
        "rule": rule,
        "success": success.value,
        "low": success.low,
        "high": success.high,
        "reference success": there.get("talking" if way == TALKING else "silent"),
    }
    for measure in ("accepts", "inequity", *(("behind",) if power == STRONG else ())):
        row[measure] = mean(get(power, contested, rule, way, measure)).value
        if way == TALKING:
            row[f"reference {measure}"] = there.get(measure)
            row[f"{measure}, by first views"] = mean(get(power, contested, rule, way, f"first {measure}")).value
    row["proposals"] = mean(get(power, contested, rule, way, "tried")).value
    return row


def _said(power: str, contested: int, column_: str) -> str:
    """The reference of a measure for the three rules."""
    there = [REFERENCE[power, contested, rule].get(column_) for rule in (LOWEST, MIDDLE, HIGHEST)]
    return " / ".join("-" if value is None else f"{value:g}" for value in there)


def _of_eight(power: str, get: Any) -> list[Claim]:
    """The orderings where half of the points are contested."""

    def of(rule: str, way: str, measure: str) -> Floats:
        found: Floats = get(power, 8, rule, way, measure)
        return found

    def gain(rule: str) -> Floats:
        return of(rule, TALKING, "success") - of(rule, SILENT, "success")

    who = f"{power} power"
    silent, talking = _said(power, 8, "silent"), _said(power, 8, "talking")
    claims = [
        above(f"{who}, no talk: success falls from majority to 75%", silent,
              mean(of(LOWEST, SILENT, "success") - of(MIDDLE, SILENT, "success"))),
        above(f"{who}, no talk: success falls from 75% to consensus", silent,
              mean(of(MIDDLE, SILENT, "success") - of(HIGHEST, SILENT, "success"))),
        above(f"{who}, talk: success falls from majority to consensus", talking,
              mean(of(LOWEST, TALKING, "success") - of(HIGHEST, TALKING, "success"))),
        above(f"{who}: talk buys back success under consensus, more than under 75%", f"{silent}; {talking}",
              mean(gain(HIGHEST) - gain(MIDDLE))),
        above(f"{who}: talk buys back success under 75%, more than under majority", f"{silent}; {talking}",
              mean(gain(MIDDLE) - gain(LOWEST))),
    ]  # fmt: skip
    for way in (SILENT, TALKING):
        there = _said(power, 8, "accepts") if way == TALKING else "-"
        spread = _said(power, 8, "inequity") if way == TALKING else "-"
        claims += [
            above(f"{who}, {way}: acceptability rises from majority to 75%", there,
                  apart(of(MIDDLE, way, "accepts"), of(LOWEST, way, "accepts"))),
            above(f"{who}, {way}: acceptability rises from 75% to consensus", there,
                  apart(of(HIGHEST, way, "accepts"), of(MIDDLE, way, "accepts"))),
            below(f"{who}, {way}: inequity falls from majority to consensus", spread,
                  apart(of(HIGHEST, way, "inequity"), of(LOWEST, way, "inequity"))),
        ]  # fmt: skip
    if power == STRONG:
        behind = _said(power, 8, "behind")
        claims += [
            below(f"{who}, talk: under majority, outcomes are nearer to the strong actor than to citizens", behind,
                  mean(of(LOWEST, TALKING, "behind"))),
            above(f"{who}, talk: less so under consensus", behind,
                  apart(of(HIGHEST, TALKING, "behind"), of(LOWEST, TALKING, "behind"))),
        ]  # fmt: skip
    return claims


def _of_sixteen(get: Any) -> list[Claim]:
    """The orderings where everything is contested; there are references for a strong actor and talk only."""

    def of(rule: str, measure: str) -> Floats:
        found: Floats = get(STRONG, 16, rule, TALKING, measure)
        return found

    talking = _said(STRONG, 16, "talking")
    return [
        above("strong power, all contested, talk: success falls from majority to 75%", talking,
              mean(of(LOWEST, "success") - of(MIDDLE, "success"))),
        above("strong power, all contested, talk: success falls from 75% to consensus", talking,
              mean(of(MIDDLE, "success") - of(HIGHEST, "success"))),
        below("strong power, all contested, talk: under majority, outcomes are nearer to the strong actor",
              _said(STRONG, 16, "behind"), mean(of(LOWEST, "behind"))),
    ]  # fmt: skip


def _notes(o: Options, get: Any) -> list[str]:
    """What explains differences from the reference numbers, with the numbers that show it."""
    notes = []
    if EQUAL in o.power and 8 in o.contested and {"two_thirds", MIDDLE} <= {*o.rules} and o.people == 12:
        two, three = (share(get(EQUAL, 8, rule, SILENT, "success")).value for rule in ("two_thirds", MIDDLE))
        notes.append(
            "Of 12 equal people 9 are exactly three quarters. The city's rule asks for more than three"
            f" quarters (success {three:.3f} without talk); where 9 are enough, as under its two thirds, it is"
            f" {two:.3f}, and the reference's 0.965 is that."
        )
    if HIGHEST in o.rules:
        power, contested = max((p, c) for p in o.power for c in o.contested)
        tried = get(power, contested, HIGHEST, TALKING, "tried")
        now, first = (mean(get(power, contested, HIGHEST, TALKING, f"{w}accepts")).value for w in ("", "first "))
        soon = ", ".join(
            f"{rule.replace('_', ' ')} {(get(power, contested, rule, TALKING, 'tried') <= SOON).mean():.2f}"
            for rule in o.rules
        )
        # Where the table does not agree after all, nothing of this is so.
        agreed = get(power, contested, HIGHEST, TALKING, "success").mean() > NEARLY
    if HIGHEST in o.rules and agreed:
        notes.append(
            "Why success hardly falls with the threshold where the table talks: talk is stronger in the city than in"
            " the reconstruction. Here everybody hears each proposer, on every point, and moves on a scale; there"
            f" people copy points from one partner. With {contested} points contested and {power} power the city's"
            f" table reaches consensus after {tried.mean():.1f} proposals of {o.rounds}. The order is there in time:"
            f" within {SOON} proposals agree {soon}."
        )
        notes.append(
            f"By what people want in the end, that outcome under consensus meets {now:.3f} of their wishes, by what"
            f" they wanted at first {first:.3f}: agreement comes from moving people, not from finding a better plan."
            " By first wishes acceptability does not rise with the threshold (column 'by first views')."
        )
    if o.confidence == 1.0:
        notes.append(
            "Firm views are 1 apart. With the city's own bound of confidence (D6.confidence=0.25) nobody would hear an"
            " opponent, and talk would change nothing; in the city views are held with less conviction."
        )
    return notes


def draw(figure: Any, finding: Finding) -> None:
    """Success by rule, without and with talk, ours and reference: a panel for each table."""
    panels = figure.subplots(1, len(finding.tables), sharey=True, squeeze=False)[0]
    for axes, (name, table) in zip(panels, finding.tables.items(), strict=True):
        for colour, talking in (("C0", False), ("C1", True)):
            rows = [row for row in table if row["talk"] == talking]
            places = range(len(rows))
            label = TALKING if talking else SILENT
            axes.plot(places, [row["success"] for row in rows], "o-", color=colour, label=f"ours, {label}")
            axes.fill_between(
                places, [r["low"] for r in rows], [r["high"] for r in rows], color=colour, alpha=0.2, lw=0
            )
            there = [(p, r["reference success"]) for p, r in enumerate(rows) if r["reference success"] is not None]
            if there:
                axes.plot(*zip(*there, strict=True), "x", color=colour, ms=9, label=f"reference, {label}")
            axes.set_xticks(places, [row["rule"].replace("_", " ") for row in rows], rotation=40, ha="right")
            axes.tick_params(labelsize="small")
        axes.set_title(name.replace(", ", ",\n"), fontsize="small")
    panels[0].set_ylabel("share of tables that agree")
    panels[0].legend(frameon=False, fontsize="x-small")


DOCKING = Docking(
    id="D6",
    title="Decision rules in a forum",
    ours="`settle`, `passes`, `support`, `weigh`, `persuade` and `hear` of `sim/model/month/forum.py` (M8 to M10)",
    source="Choi & Robertson 2014, Journal of Public Administration Research and Theory 24(2): 495-524 (volume and"
    " pages from memory, unchecked)",
    setup="12 people with firm wishes on 16 yes-or-no points, of which 8 or all are contested; equal weights, or"
    " one actor with 0.40 of the weight; proposers are drawn by weight, a person accepts a plan that meets 0.70 of"
    " the wishes, and it passes if the weight of those who accept is above the quota; up to 40 proposals. With talk,"
    " everybody hears the last proposer before the next proposal. Measured by what people want in the end.",
    reference="of a reconstruction made for this project, 400 seeds; not the authors' program. Only orderings are"
    " judged: those that agree with the published abstract",
    options=Options,
    count=lambda o: int(o.tables),
    one=one,
    judge=judge,
    draw=draw,
)
