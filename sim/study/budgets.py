"""What a real city funded, what its rule funds, and what other rules would have funded."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from sim.model.allocation import Flags, Floats, Indices, Pools, Terms, equal_shares, greedy, phragmen
from sim.study.pabulib import BadFile, Election, read

CITY, RULE = "city", "rule"
OTHERS = ("greedy", "equal_shares", "equal_shares_add1", "equal_shares_count", "phragmen")
GREEDY = {
    "greedy": Terms(),
    "greedy-threshold": Terms(),
    "greedy-exclusive": Terms(),
    "greedy-no-skip": Terms(skip=False),
    "greedy-custom": Terms(skip=False),
}
EQUAL_SHARES = ("equalshares", "equalshares/add1", "equalshares-comparison", "equalshares/add1-comparison")
# Where a unit of currency is a small step, a hundredth of a share is fine enough to compare with.
RAISES = 100
# Marks of `selected`: by the vote, plainly or by a special provision; and with money that came
# afterwards, of which no file says how much.
BY_VOTE, LATER = (1, 2), 3
SPECIAL = {2: "funded by a special provision", LATER: "funded later with other money, and counted as not funded"}
# Rules that META gives in words: how much of a project must be left, and which cannot stand together.
STRETCH = re.compile(r"at least (\d{1,3}(?:\.\d+)?) ?% of (?:that|the) project", re.IGNORECASE)
TOGETHER = re.compile(
    r"mutually exclusive|conflict|not be (?:implemented|built|realised|funded) (?:simultaneously|together)",
    re.IGNORECASE,
)


Result = dict[str, Any]


def compared(file: str) -> Result:
    """What `sim budget --json` says of one file, or its `error`."""
    try:
        election = read(Path(file))
    except BadFile as error:
        return {"file": file, "error": str(error)}
    return {"file": file, **result(election)}


def result(e: Election) -> Result:
    """Who funds what in one election, how far each rule agrees with the city, and who gets something."""
    ours, notes = by_meta(e)
    funded: dict[str, Flags] = {RULE: ours, **by_others(e)}
    city = None
    if e.selected is None:
        notes.append("the file does not say what was funded (no column `selected`)")
    else:
        city = np.isin(e.selected, BY_VOTE)
        funded = {CITY: city, **funded}
        notes += [
            f"{mark} as selected={value}, of which META's comment may say more: {', '.join(there)}"
            for value, mark in SPECIAL.items() if (there := named(e, e.selected == value))
        ]  # fmt: skip
    later = np.zeros(len(e.ids), bool) if e.selected is None else e.selected == LATER
    return {
        "rule": e.meta.get("rule", "unknown"),
        "description": e.meta.get("description", ""),
        "budget": e.budget / e.units,
        "currency": e.meta.get("currency", ""),
        "projects": _rows(e),
        "votes": e.ballots.voters,
        "funded_by_city": None if city is None else named(e, city),
        "funded_later": named(e, later),
        "funded_by_rule": named(e, ours),
        "funded_by": {name: named(e, funded[name]) for name in OTHERS},
        "spent": {name: spent(e, flags) for name, flags in funded.items()},
        "agreement": {name: agreement(flags, city) for name, flags in funded.items() if name != CITY},
        "groups": groups(e, funded),
        "notes": [*notes, *e.notes],
    }


def _rows(e: Election) -> list[Result]:
    """Projects, best first."""
    order = [int(p) for p in np.lexsort((e.costs, -e.scores))]
    cost = np.where(np.isfinite(e.costs), e.costs / e.units, np.nan)
    return [{"id": e.ids[p], "name": e.names[p], "cost": float(cost[p]), "score": float(e.scores[p])} for p in order]


def named(e: Election, flags: Flags) -> list[str]:
    """The ids of the projects with a flag, in the order of the file."""
    return [e.ids[int(p)] for p in np.flatnonzero(flags)]


def spent(e: Election, flags: Flags) -> float:
    """What the projects with a flag cost, in the file's currency."""
    return float(e.costs[flags & np.isfinite(e.costs)].sum() / e.units)


def agreement(one: Flags, other: Flags | None) -> Result:
    """The share of projects of which both say the same, and whether that is all of them."""
    if other is None:
        return {"share": None, "exact": None}
    return {"share": float((one == other).mean()), "exact": bool((one == other).all())}


def by_meta(e: Election) -> tuple[Flags, list[str]]:
    """What the city's rule funds, as far as META says it, and what is to be said about that."""
    rule = e.meta.get("rule", "").lower()
    if rule in EQUAL_SHARES:
        return _by_equal_shares(e, rule), []
    notes = []
    if rule not in GREEDY:
        known = ", ".join([*GREEDY, *EQUAL_SHARES])
        notes.append(f"rule: '{rule or 'unknown'}' says nothing we know, so ours is greedy; known are {known}")
    terms, said = _in_words(e, rule, GREEDY.get(rule, Terms()))
    pools, shared = _pools(e)
    least = e.meta.get("min_project_score_threshold", "")
    if re.fullmatch(r"\d+(\.\d+)?", least):
        terms = replace(terms, threshold=float(least))
    elif least or rule == "greedy-threshold":
        notes.append(f"min_project_score_threshold: '{least}' is not a number, so there is none; allowed: 0 or more")
    if "partially" in e.meta.get("leftover_budget", "").lower():
        shared.append("the city paid a part of one more project from what was left; parts are not counted")
    return greedy(e.costs, e.scores, e.budget, replace(terms, pools=pools)), [*notes, *said, *shared]


def _by_equal_shares(e: Election, rule: str) -> Flags:
    """Equal shares; with a comparison, greedy if more voters see more of their projects funded by it."""
    shares = equal_shares(e.ballots, e.costs, e.budget, step=e.units if "add1" in rule else 0.0)
    if not rule.endswith("-comparison"):
        return shares
    plain = greedy(e.costs, e.scores, e.budget)
    better = np.bincount(e.ballots.voter, (plain.astype(int) - shares)[e.ballots.project], e.ballots.voters)
    return plain if (better > 0).sum() > (better < 0).sum() else shares


def _in_words(e: Election, rule: str, terms: Terms) -> tuple[Terms, list[str]]:
    """The terms with what META's comment adds to a custom or an exclusive rule."""
    comment = e.meta.get("comment", "")
    if rule == "greedy-custom":
        found = STRETCH.search(comment)
        if found is None:
            return terms, ["greedy-custom: META's comment has no rule in words that we know; ours stops at the first"
                           " project that does not fit"]  # fmt: skip
        return replace(terms, stretch=float(found[1]) / 100), [f"greedy-custom: as the comment has it, {found[0]}"]
    if rule != "greedy-exclusive":
        return terms, []
    rivals = _rivals(comment, e.ids)
    pairs = [f"{e.ids[a]} or {e.ids[b]}" for a in rivals for b in rivals[a] if a < b]
    if not pairs:
        return terms, ["greedy-exclusive: META's comment does not say which projects exclude each other"]
    return replace(terms, rivals=rivals), [f"greedy-exclusive: as the comment has it, only one of {', '.join(pairs)}"]


def _rivals(comment: str, ids: Sequence[str]) -> dict[int, frozenset[int]]:
    """Projects that a sentence of `comment` names together and says to exclude each other."""
    place = {name: p for p, name in enumerate(ids)}
    known = "|".join(re.escape(name) for name in sorted(ids, key=len, reverse=True))
    several = re.compile(rf"projects? ((?:{known})(?:(?:, and |, | and | & | or )(?:{known})\b)+)", re.IGNORECASE)
    rivals: dict[int, set[int]] = {}
    for sentence in re.split(r"(?<=\w{4}[.!?]) |#\d+:", comment):  # not after "ul." or "art."
        for listed in several.findall(sentence) if TOGETHER.search(sentence) else ():
            named = [place[name] for name in re.split(r", and |, | and | & | or ", listed) if name in place]
            for a, b in combinations(named, 2):
                rivals.setdefault(a, set()).add(b)
                rivals.setdefault(b, set()).add(a)
    return {p: frozenset(others) for p, others in rivals.items()}


def _pools(e: Election) -> tuple[Pools | None, list[str]]:
    """The parts of the budget that META gives to categories or neighbourhoods."""
    for names, column in (("categories", "category"), ("neighborhoods", "neighborhood")):
        money = e.meta.get(f"budget_per_{column}", "")
        if not money:
            continue
        kinds = [name.strip() for name in e.meta.get(names, "").split(",")]
        parts = [part.strip() for part in money.split(",")]
        if column not in e.kinds or len(parts) != len(kinds) or not all(re.fullmatch(r"\d+(\.\d+)?", p) for p in parts):
            return None, [f"budget_per_{column}: not used; it must be a number for each of {names}"]
        place = {name: kind for kind, name in enumerate(kinds)}
        kind = np.array([place.get(name.strip(), -1) for name in e.kinds[column]])
        rest = "leftover_budget" in e.meta
        return Pools(kind, np.array([float(part) * e.units for part in parts]), rest), []
    return None, []


def by_others(e: Election) -> dict[str, Flags]:
    """What each of `OTHERS` funds, whatever the city adds to its rule."""
    b, costs, budget = e.ballots, e.costs, e.budget
    found = (
        greedy(costs, e.scores, budget),
        equal_shares(b, costs, budget),
        equal_shares(b, costs, budget, step=e.units, most=RAISES),
        equal_shares(b, costs, budget, step=e.units, most=RAISES, per_cost=False),
        phragmen(b, costs, budget),
    )
    return dict(zip(OTHERS, found, strict=True))


def groups(e: Election, funded: Mapping[str, Flags]) -> dict[str, list[Result]]:
    """For each column about voters, and each group in it: how many, and what each rule does for them.

    heard: the share with at least one project funded that they voted for; money: the share of what was
    spent that went to projects they voted for, on average.
    """
    b = e.ballots.approving
    heard: dict[str, Floats] = {}
    money: dict[str, Floats] = {}
    for name, flags in funded.items():
        paid = np.where(flags & np.isfinite(e.costs), e.costs, 0.0)
        heard[name] = (np.bincount(b.voter, flags[b.project], b.voters) > 0).astype(float)
        money[name] = np.bincount(b.voter, paid[b.project], b.voters) / max(paid.sum(), 1.0)
    return {
        column: [
            {
                "group": names[g] or "not said",
                "voters": int(size),
                "heard": {name: float(heard[name][place == g].mean()) for name in funded},
                "money": {name: float(money[name][place == g].mean()) for name in funded},
            }
            for g, size in _sizes(place, names)
        ]
        for column, (names, place) in {"all": (["all voters"], np.zeros(b.voters, np.int64)), **e.groups}.items()
        if b.voters
    }


def _sizes(place: Indices, names: Sequence[str]) -> Iterable[tuple[int, int]]:
    """Groups by name, those without one last, and how many voters are in each."""
    sizes = np.bincount(place, minlength=len(names))
    order = sorted(range(len(names)), key=lambda g: (not names[g], not names[g].startswith("under"), names[g]))
    return [(g, int(sizes[g])) for g in order]
