"""A comparison of cases for people: what each table shows, in sentences and in columns that fit a terminal."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from sim.model.outcomes import OUTCOMES, WARM_UP
from sim.study import verdict_pictures
from sim.study.discovery import direction
from sim.study.goals import HEADLINE
from sim.study.pages import Finding, label
from sim.study.pictures import capital
from sim.study.report import by, listed
from sim.study.verdict import ALPHA, LOSS, NO_GAIN, RATIO, SAVES, STAKES, UNDEFINED, Compared
from sim.study.words import between, level, number, p_value, percent, places_of_margin, signed, with_margin

ACROSS = 4  # cases side by side, so that a table fits a hundred columns
AHEAD = {1: "does better", -1: "does better", 0: "is higher"}
BETTER = {1: "More of it is better.", -1: "Less of it is better.", 0: "Neither more nor less is better as such."}
NO_PRICE = {
    NO_GAIN: "no gain could be shown",
    UNDEFINED: "its gain is not defined",
    LOSS: "what it changes is a loss",
    SAVES: "gains",
}
TAKEN = {
    "tip_strength": "followed",
    "cost": "cost, EUR",
    "tip_euros": "euros",
    "tip_staff_hours": "staff hours",
    "tip_within": "hours within",
    "tip_volunteer_hours": "volunteer hours",
    "tip_unspent": "EUR left",
    "tip_reached": "reach",
}
Tables = Mapping[str, pd.DataFrame]
Rows = list[list[str]]


def parts(c: Compared, tables: Tables) -> list[Finding]:
    """The comparison, part by part; what there is nothing to say of is left out."""
    every = (_chosen, _pairs, _others, _cost, _groups, ranked, _best, _tips)
    return [part for make in every for part in make(c, tables)]


def period(months: int) -> str:
    """The months of which a run's values are made, in words."""
    return f"months {WARM_UP + 1} to {months}" if months > WARM_UP else f"months 1 to {months}"


def _chosen(c: Compared, tables: Tables) -> list[Finding]:
    found = tables["differences"]
    own = found[found["outcome"] == c.outcome]
    unit, base = OUTCOMES[c.outcome].unit, c.titles[c.base]
    rows, sentences = [], []
    for row in own.to_dict("records"):
        margin = (row["high"] - row["low"]) / 2
        rows.append([
            _title(c, row["case"]),
            level(row["mean"], unit),
            with_margin(row["difference"], margin, unit),
            between(row["low_bca"], row["high_bca"], unit),
            str(row["pairs"]),
            p_value(row["p_holm"]),
        ])  # fmt: skip
    for _, row in own.iterrows():
        sentences.append(f"{_title(c, row['case'])}: {_difference(row, unit)}.")
    note = (
        f"Level: mean of the case over {period(c.months)}; {base} has {_level(c, c.outcome, c.base)}."
        f" {BETTER[direction(c.outcome)]} Difference: to {base}, ± half of the 95% interval (Student's t), of shares in"
        " percentage points; bootstrap: the same interval without assuming a normal distribution (BCa). p: chance of"
        f" such a difference if there were none, corrected for all {len(found)} differences of this comparison (Holm)."
    )
    return [
        Finding(
            f"{capital(label(c.outcome))}, against {base}",
            note,
            sentences,
            ["", "level", "difference", "bootstrap", "pairs", "p"],
            rows,
            {"comparison": found},
            {"forest": lambda file: verdict_pictures.forest(c, found, file)},
        )
    ]


def _difference(row: "pd.Series[float]", unit: str) -> str:
    what = label(str(row["outcome"]))
    if math.isnan(row["low"]):
        return f"nothing can be said of {what}, for want of runs in which it is defined"
    if row["p_holm"] < ALPHA and not row["low"] <= 0 <= row["high"]:
        return f"{what} {by(row, unit)}"
    points = " percentage points" if unit == "share" else ""
    after = "" if row["low"] <= 0 <= row["high"] else " after correction for all comparisons"
    return f"no difference in {what} could be shown{after} ({between(row['low'], row['high'], unit)}{points})"


def _pairs(c: Compared, tables: Tables) -> list[Finding]:
    found = tables["beats"].set_index(["case", "other"])
    ahead = AHEAD[direction(c.outcome)]
    blocks = []
    for some in _blocks(range(len(c.names))):
        rows = [
            [c.titles[i], *("" if i == j else _share(found.loc[(c.names[i], c.names[j])]) for j in some)]
            for i in range(len(c.names))
        ]
        blocks.append(([f"{ahead} than →", *(c.titles[j] for j in some)], rows))
    seeds = c.values.shape[1]
    return _joined(
        f"How often each {ahead} in {label(c.outcome)}",
        f"Share of the {seeds} seeds in which the case on the left {ahead} than the one above, with its 95%"
        " interval (Wilson); ties count half. Both meet the same chances.",
        [_winner(c, tables["beats"])],
        blocks,
        {"beats": tables["beats"]},
    )


def _winner(c: Compared, found: pd.DataFrame) -> str:
    ahead = AHEAD[direction(c.outcome)]
    worst = found.groupby("case", sort=False)["beats"].min()
    if worst.isna().all():
        return f"Which case {ahead} than the others cannot be said, for want of runs."
    name, share = str(worst.idxmax()), float(worst.max())
    if share <= 0.5:
        return f"No case {ahead} in {label(c.outcome)} than each of the others in more than half of the seeds."
    if share == 1:
        return f"{_title(c, name)} {ahead} in {label(c.outcome)} than any other case in every seed."
    each = f"each other case, one at a time, in at least {percent(share)} of the seeds"
    return f"{_title(c, name)} {ahead} in {label(c.outcome)} than {each}."


def _share(row: "pd.Series[float]") -> str:
    return f"{percent(row['beats'])} ({100 * row['low']:.0f}-{100 * row['high']:.0f})" if row["seeds"] else "-"


def _others(c: Compared, tables: Tables) -> list[Finding]:
    outcomes = [o for o in c.shown if o != c.outcome and o not in {s.outcome for s in STAKES}]
    return _joined(
        "What else changes",
        f"Differences to {c.titles[c.base]} ± half of the 95% interval, of shares in percentage points; flows are sums"
        f" over {period(c.months)}. In brackets: could not be shown (p above {ALPHA:.2g} after correction).",
        [],
        _matrix(c, tables["differences"], {o: label(o) for o in outcomes}),
        {},
    )


def _groups(c: Compared, tables: Tables) -> list[Finding]:
    found = tables["groups"]
    if found.empty:
        return []
    known = [s for s in STAKES if s.outcome in set(found["outcome"])]
    return _joined(
        "Who gains and who loses",
        f"Differences to {c.titles[c.base]} ± half of the 95% interval, of shares in percentage points; staff hours"
        f" over {period(c.months)}. In brackets: could not be shown.",
        [_fate(c, name, found[found["case"] == name]) for name in (c.names[i] for i in c.others)],
        _matrix(c, tables["differences"], {s.outcome: f"{s.group}: {s.measure}" for s in known}),
        {"groups": found},
        {"groups": lambda file: verdict_pictures.stakes(c, tables["differences"], file)},
    )


def _fate(c: Compared, name: str, found: pd.DataFrame) -> str:
    rows = found.set_index("outcome")
    said: dict[str, list[str]] = {}
    for stake in STAKES:
        if stake.outcome in rows.index and rows.loc[stake.outcome, "verdict"] != "unclear":
            words = stake.more if rows.loc[stake.outcome, "difference"] > 0 else stake.less
            said.setdefault(stake.group, []).append(words)
    changes = [f"{group} {listed(words)}" for group, words in said.items()]
    return f"{_title(c, name)}: {'; '.join(changes) or 'no change could be shown for any group'}."


def _cost(c: Compared, tables: Tables) -> list[Finding]:
    unit = OUTCOMES[c.outcome].unit
    per = "percentage point" if unit == "share" else "additional one" if unit == "count" else unit
    flow = " a year" if OUTCOMES[c.outcome].total else ""
    rows, sentences = [], []
    for row in tables["cost_per_gain"].to_dict("records"):
        title, price = _title(c, row["case"]), _ratio(row)
        rows.append([title, _margin(row, "cost", "EUR"), _margin(row, "gain", ""), price or row["says"]])
        sentences.append(f"{title} {_paid(row, price, per)}.")
    better = "lower" if direction(c.outcome) < 0 else "higher"
    note = (
        f"Extra cost: to the city, a year, against {c.titles[c.base]}: euros, and staff hours at EUR"
        f" {c.hour_rate:g}. Gain: how much {better}{flow},"
        f" in {'percentage points' if unit == 'share' else 'its own unit'}. Both ± half of their 95% intervals. EUR for"
        f" each {per}: extra cost divided by gain, with its 95% interval by the bootstrap over seeds. Where the gain's"
        " interval, uncorrected, includes zero there is no gain to divide by."
    )
    head = ["", "extra cost, EUR a year", "gain", f"EUR for each {per}"]
    data = {"cost_per_gain": tables["cost_per_gain"]}
    return [Finding(f"What a gain in {label(c.outcome)} costs", note, sentences, head, rows, data)]


def _paid(row: Mapping[str, Any], price: str, per: str) -> str:
    amount = number(abs(row["cost"]), "EUR", 0)
    paid = f"costs the city EUR {amount} more a year" if row["cost"] > 0 else f"saves the city EUR {amount} a year"
    if row["cost_low"] <= 0 <= row["cost_high"]:
        paid = "costs the city neither clearly more nor less"
    if price:
        return f"{paid}: EUR {price} for each {per}"
    return f"{paid}, and {NO_PRICE[row['says']]}"


def _ratio(row: Mapping[str, Any]) -> str:
    """The price of a gain and its interval, no finer than that; empty where there is none."""
    if row["says"] != RATIO:
        return ""
    digits = places_of_margin(row["ratio"], (row["ratio_high"] - row["ratio_low"]) / 2, "EUR")
    value, low, high = (number(row[key], "EUR", digits) for key in ("ratio", "ratio_low", "ratio_high"))
    return f"{value} ({low} to {high})"


def _margin(row: Mapping[str, Any], name: str, unit: str) -> str:
    return with_margin(row[name], (row[f"{name}_high"] - row[f"{name}_low"]) / 2, unit)


def ranked(c: Compared, tables: Tables) -> list[Finding]:
    """The cases in the order in which they reach the four benefits alike."""
    found = tables["ranking"]
    if found["gain"].isna().all():
        return []
    rows = [
        [_title(c, row["case"]), signed(row["gain"]), f"{signed(row['low'])} to {signed(row['high'])}",
         p_value(row["p_holm"]), *(signed(row[benefit]) for benefit in HEADLINE)]
        for row in found.to_dict("records")
    ]  # fmt: skip
    better = [_title(c, row["case"]) for _, row in found.iterrows() if row["p_holm"] < ALPHA and row["gain"] > 0]
    worse = [_title(c, row["case"]) for _, row in found.iterrows() if row["p_holm"] < ALPHA and row["gain"] < 0]
    told = f"On the mean of four per cent changes, better than {c.titles[c.base]}: {listed(better)}." if better else ""
    told = told or f"No case could be shown to do better than {c.titles[c.base]} on the mean of four per cent changes."
    sentences = [told, *([f"Worse: {listed(worse)}."] if worse else []), *_mostly(found)]
    note = (
        f"Per cent changes against {c.titles[c.base]}: gain is the mean of those in"
        f" {listed([f'{b} ({label(o)})' for b, o in HEADLINE.items()])}, with its 95% interval over seeds and p after"
        " Holm's correction. Other weights, other orders; and with other numbers for what is assumed: see sim advise."
    )
    head = ["", "gain, %", "95% interval", "p", *HEADLINE]
    return [Finding("The mean of the four benefits", note, sentences, head, rows, {"ranking": found})]


def _mostly(found: pd.DataFrame) -> list[str]:
    """Which benefit moves most, and so decides the order."""
    size = found[[*HEADLINE]].abs().mean()
    if not size.sum() > 0:
        return []
    first = str(size.idxmax())
    part = percent(size[first] / size.sum())
    return [f"{part} of the movement is in {first} ({label(HEADLINE[first])}), which so decides the order."]


def _best(c: Compared, tables: Tables) -> list[Finding]:
    found = tables["pareto"]
    if found.empty:
        return []
    benefits = {b: o for b, o in HEADLINE.items() if o in found}
    rows, unbeaten, beaten = [], [], []
    for row in found.to_dict("records"):
        title, best = _title(c, row["case"]), percent(row["best"])
        levels = (level(row[o], OUTCOMES[o].unit) for o in benefits.values())
        rows.append([title, *levels, number(row["cost"], "EUR", 0), best])
        if row["beaten_by"]:
            better = _title(c, row["beaten_by"])
            beaten.append(f"{title} is beaten by {better}, which is at least as good in everything.")
        else:
            unbeaten.append(f"{title} ({best})")
    sentences = [
        f"Unbeaten, because no other case is at least as good in all four benefits and in cost: {listed(unbeaten)}; in"
        " brackets, in how many resamples of the seeds.",
        *beaten,
    ]
    note = (
        f"Over {period(c.months)}: {listed([f'{b}: {label(o)}' for b, o in benefits.items()])}. Cost: to the city, EUR"
        " a year, staff hours included. Unbeaten: share of 2,000 resamples of the seeds in which no other case is at"
        " least as good in all five and better in one. That may hold of most cases; which to prefer is then a matter of"
        " what one values."
    )
    return [Finding(
        "The four benefits and what they cost",
        note,
        sentences,
        ["", *benefits, "cost", "unbeaten"],
        rows,
        {"pareto": found},
        {"pareto": lambda file: verdict_pictures.trade(c, found, file)},
    )]  # fmt: skip


def _tips(c: Compared, tables: Tables) -> list[Finding]:
    found = tables["tips"]
    if found.empty:
        return []
    took = found.pivot(index="case", columns="outcome", values="mean")
    names = list(dict.fromkeys(found["case"]))
    rows = [[_title(c, name), *(_rounded(took.loc[name, o], o) for o in TAKEN)] for name in names]
    note = (
        f"Means over all runs. Cost: their euros, and staff hours at EUR {c.hour_rate:g}; hours within: those that they"
        " ask of other work, such as meetings, as planned. Followed: how much of its tips that buys. Reach: share of"
        " active initiatives; of informal and marginalised-led ones in tips.csv."
    )
    left = took["tip_unspent"]
    sentences = [
        f"{_title(c, name)} cannot use EUR {number(left[name], 'EUR', 0)} a year of its budget."
        for name in names
        if left[name] >= 1
    ]
    return [Finding("What the tips took, a year", note, sentences, ["", *TAKEN.values()], rows, {"tips": found})]


def _rounded(value: float, outcome: str) -> str:
    return percent(value) if outcome.startswith(("tip_reached", "tip_strength")) else number(value, "", 0)


def _matrix(c: Compared, found: pd.DataFrame, words: Mapping[str, str]) -> list[tuple[list[str], Rows]]:
    """Outcomes down, cases across, a few at a time."""
    table = found.set_index(["outcome", "case"])
    return [
        (
            ["", *(c.titles[i] for i in some)],
            [[words[o], *(_cell(table.loc[(o, c.names[i])], OUTCOMES[o].unit) for i in some)] for o in words],
        )
        for some in _blocks(c.others)
    ]


def _cell(row: "pd.Series[float]", unit: str) -> str:
    if math.isnan(row["difference"]):
        return "-"
    said = with_margin(row["difference"], (row["high"] - row["low"]) / 2, unit)
    return said if row["p_holm"] < ALPHA else f"({said})"


def _blocks(indices: Iterable[int]) -> list[list[int]]:
    left = iter(indices)
    return list(iter(lambda: list(islice(left, ACROSS)), []))


def _joined(
    title: str,
    note: str,
    sentences: Sequence[str],
    blocks: Sequence[tuple[list[str], Rows]],
    data: Mapping[str, pd.DataFrame],
    pictures: Mapping[str, Callable[[Path], None]] | None = None,
) -> list[Finding]:
    """One part, of which each block of columns is a table of its own."""
    (head, rows), *more = blocks
    first = Finding(title, note, sentences, head, rows, data, pictures or {})
    return [first, *(Finding(f"{title}: further cases", head=head, rows=rows) for head, rows in more)]


def _title(c: Compared, name: object) -> str:
    return c.titles[list(c.names).index(str(name))]


def _level(c: Compared, outcome: str, i: int) -> str:
    values = c.of(outcome)[i]
    known = values[values == values]
    return level(float(known.mean()), OUTCOMES[outcome].unit) if len(known) else "-"
