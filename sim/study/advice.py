"""What is found about which tips to try first, in tables, words and pictures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from string import ascii_uppercase
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from sim.model.outcomes import OUTCOMES, WARM_UP
from sim.model.settings import PARAMETERS
from sim.study import advice_pictures, discovery
from sim.study.compare import LEVEL, Floats, over_seeds
from sim.study.goals import HEADLINE, Goal
from sim.study.pages import Finding, label
from sim.study.portfolios import EVEN, NOTHING, Portfolio
from sim.study.report import listed
from sim.study.words import level, number, signed

TURNS = 5  # parameters that are named
FEWEST = 60  # futures below which nothing is said of what the advice turns on
TOOK = ("tip_euros", "tip_staff_hours", "tip_within", "tip_volunteer_hours", "tip_unspent", "tip_strength")
CAVEAT = (
    "From a model in which many numbers are assumed, prices and effects of tips among them: read what comes before"
    " what and on what that turns, not how much. A future draws all that is assumed at once."
)


@dataclass(frozen=True)
class Advice:
    """What was tried: `portfolios`, the first of them no tip, in futures.

    `searched`: portfolios of the search with their mean gain in its own futures, best first; `drawn`: a row
    per future; `scores`: (portfolios, futures, seeds), per cent better than no tip's mean; `values`: the same
    with all outcomes; `failed`: runs that failed.
    """

    city: str
    budget: float
    goal: Goal
    months: int
    portfolios: Sequence[Portfolio]
    searched: Sequence[tuple[Portfolio, float]]
    drawn: pd.DataFrame
    seeds: int
    scores: Floats
    values: Floats
    failed: Sequence[str]

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """(futures,): in which ones the goal can be told of every portfolio; the others count nowhere."""
        return np.asarray(~np.isnan(over_seeds(self.scores - self.scores[0])).any(axis=0))

    @property
    def futures(self) -> int:
        """How many futures count."""
        return int(self.known.sum())

    @cached_property
    def gains(self) -> Floats:
        """(portfolios, futures that count): how much better than no tip, in per cent, over the seeds of a future."""
        return over_seeds(self.scores - self.scores[0])[:, self.known]

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """A row per portfolio, best first; see docs/advice.md."""
        names = [p.name for p in self.portfolios]
        failing, defined = self.gains < 0, np.ones_like(self.gains, bool)
        best = self.gains == self.gains.max(axis=0)
        table = discovery.robustness(self.gains, names, 1, failing, defined).set_index("policy")
        rows = []
        for i, portfolio in enumerate(self.portfolios):
            (gain, low, high, p), r = self.against(i, 0), table.loc[portfolio.name]
            rows.append({
                "portfolio": portfolio.name, "gain": gain, "median": float(np.median(self.gains[i])),
                "low": low, "high": high, "p": p,
                "helps_in": float(np.mean(self.gains[i] > 0)),
                "first_in": float(np.mean(best[i] / best.sum(axis=0))), "rank": r["rank"],
                "regret_mean": float(np.mean(self.gains.max(axis=0) - self.gains[i])),
                "regret_90": r["regret_90"], "regret_max": r["regret_max"],
                **self._costs(i),
            })  # fmt: skip
        found = pd.DataFrame(rows)
        rest = found["portfolio"] != NOTHING.name
        found.loc[rest, "p_holm"] = _holm(found.loc[rest, "p"])
        return found.sort_values("gain", ascending=False, kind="stable", ignore_index=True)

    def _costs(self, i: int) -> dict[str, float]:
        """What a portfolio took in a year, on average, as the ledger of tips has it."""
        years = (self.months - WARM_UP if self.months > WARM_UP else self.months) / 12
        at = {name: k for k, name in enumerate(OUTCOMES)}
        return {
            name: float(np.mean(over_seeds(self.values[i, self.known][..., at[name]])))
            / (years if OUTCOMES[name].total else 1)
            for name in TOOK
        }

    def against(self, i: int, j: int) -> tuple[float, float, float, float]:
        """Mean gain of portfolio i over j, its interval and its p; each future has seeds of its own.

        The intervals of all portfolios hold together with 95% (Bonferroni): whoever looks for the best of a
        dozen and reads off its own interval would else be flattered.
        """
        d = self.gains[i] - self.gains[j]
        mean, error = float(d.mean()), float(d.std(ddof=1)) / math.sqrt(len(d))
        if error <= 0.0:
            return mean, mean, mean, float(mean == 0.0)
        half = float(stats.t.isf((1 - LEVEL) / 2 / (len(self.portfolios) - 1), len(d) - 1)) * error
        return mean, mean - half, mean + half, float(2 * stats.t.sf(abs(mean) / error, len(d) - 1))

    def index(self, name: str) -> int:
        """Where a portfolio stands."""
        return [p.name for p in self.portfolios].index(name)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Portfolio -> what it is called: a tip by its title, mixes by letters."""
        letters = iter(ascii_uppercase)
        found = {}
        for p in self.portfolios:
            found[p.name] = "Even mix of all" if p == EVEN else p.title if len(p.parts) < 2 else f"Mix {next(letters)}"
        return found

    @cached_property
    def best(self) -> Portfolio:
        """The portfolio with the largest mean gain."""
        return self.portfolios[self.index(self.ranking["portfolio"].iloc[0])]

    @cached_property
    def singles(self) -> list[str]:
        """The single tips, best first."""
        return [name for name in self.ranking["portfolio"] if name != NOTHING.name and ":" not in name]

    @cached_property
    def rivals(self) -> pd.DataFrame:
        """The leader of all portfolios, and that of the single tips, against each rival: difference, interval, p.

        `among`: all or tips. `p_holm` is corrected for all pairs among these, since the leader was not
        known before: any of them could have been it.
        """
        rows = []
        for among, names in (("all", [p.name for p in self.portfolios]), ("tips", self.singles)):
            leader = next(name for name in self.ranking["portfolio"] if name in names)
            pairs = list(combinations(names, 2))
            ps = _holm(pd.Series([self.against(self.index(a), self.index(b))[3] for a, b in pairs]))
            corrected = {frozenset(pair): p for pair, p in zip(pairs, ps, strict=True)}
            for other in names:
                if other == leader:
                    continue
                gain, low, high, p = self.against(self.index(leader), self.index(other))
                holm = corrected[frozenset((leader, other))]
                rows.append({"among": among, "leader": leader, "other": other, "difference": gain, "low": low,
                             "high": high, "p": p, "p_holm": holm, "distinguishable": holm < 1 - LEVEL})  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Share of futures in which each portfolio has each rank, 1 the best; ties share the better rank."""
        places = pd.DataFrame(-self.gains).rank(method="min").to_numpy()
        shares = [[float(np.mean(row == k)) for k in range(1, len(places) + 1)] for row in places]
        names = [p.name for p in self.portfolios]
        return pd.DataFrame(shares, columns=[str(k) for k in range(1, len(places) + 1)]).assign(portfolio=names)

    @cached_property
    def agreement(self) -> float:
        """Share of futures in which the first half of the seeds has the same portfolio first as the other half."""
        if self.seeds < 2 or not self.futures:
            return float("nan")
        half = self.seeds // 2
        gains = (self.scores - self.scores[0])[:, self.known]
        a, b = over_seeds(gains[..., :half]), over_seeds(gains[..., half:])
        both = ~np.isnan(a + b).any(axis=0)
        return float(np.mean(a[:, both].argmax(axis=0) == b[:, both].argmax(axis=0))) if both.any() else float("nan")

    @cached_property
    def turns(self) -> pd.DataFrame:
        """What the advice turns on: rank correlation of each drawn setting with a difference, over the futures.

        Two questions: by how much the best portfolio beats no tip, and the best single tip the next. Spearman's
        rho, its p after Holm, and the share of futures in which the first is ahead in the lower and the upper
        half of the setting's range.
        """
        second = self.singles[1]
        asked = {
            (self.best.name, NOTHING.name): self.gains[self.index(self.best.name)] - self.gains[0],
            (self.singles[0], second): self.gains[self.index(self.singles[0])] - self.gains[self.index(second)],
        }
        rows = []
        drawn = self.drawn[self.known]
        for (first, other), d in asked.items():
            if self.futures < FEWEST:
                break  # of some 340 settings one always seems to go along with so few differences
            found = [(name, stats.spearmanr(drawn[name], d)) for name in drawn]
            ps = _holm(pd.Series([r.pvalue for _, r in found]))
            own = []
            for (name, r), p in zip(found, ps, strict=True):
                upper = (drawn[name] > drawn[name].median()).to_numpy()
                own.append({"first": first, "other": other, "setting": name, "rho": float(r.statistic),
                            "p": float(r.pvalue), "p_holm": p,
                            "ahead_in_lower_half": float(np.mean(d[~upper] > 0)),
                            "ahead_in_upper_half": float(np.mean(d[upper] > 0))})  # fmt: skip
            rows += sorted(own, key=lambda row: row["p"])
        columns = ["first", "other", "setting", "rho", "p", "p_holm", "ahead_in_lower_half", "ahead_in_upper_half"]
        return pd.DataFrame(rows, columns=columns)


def _holm(ps: "pd.Series[float]") -> Any:
    known = ps.notna().to_numpy()
    out = np.full(len(ps), np.nan)
    if known.any():
        out[known] = multipletests(ps[known], method="holm")[1]
    return out


# --- in words ---


def heading(a: Advice) -> str:
    """What was asked."""
    return f"{a.city}: which tips first, with EUR {a.budget:,.0f} a year, for {wanted(a.goal)}"


def wanted(goal: Goal) -> str:
    """A goal in words."""
    names = {outcome: benefit for benefit, outcome in HEADLINE.items()}
    if {*goal.weights} == {*names} and len({*goal.weights.values()}) == 1:
        return "the four benefits alike"
    less = {outcome: "less of " if discovery.direction(outcome) < 0 else "" for outcome in goal.weights}
    said = [less[outcome] + names.get(outcome, label(outcome)) for outcome in goal.weights]
    if len({*goal.weights.values()}) == 1:
        return listed(said) + (", each as important" if len(said) > 1 else "")
    return listed([f"{name} ({weight:g})" for name, weight in zip(said, goal.weights.values(), strict=True)])


def warnings(a: Advice) -> list[str]:
    """What a reader should know before the numbers."""
    said = []
    if a.failed:
        said.append(f"{len(a.failed)} runs failed and are left out: they may not be missing by chance")
    if len(a.drawn) < 100:
        said.append(f"{len(a.drawn)} futures are few; 100 are usual")
    if a.futures < len(a.drawn):
        said.append(
            f"in {len(a.drawn) - a.futures} futures the goal cannot be told of every portfolio; they are left out"
        )
    if not a.searched:
        said.append("no mixes were searched for (trials=0)")
    return said


def sentences(a: Advice) -> list[str]:
    """The advice, and how sure it is."""
    n = a.futures
    title = a.labels
    row = a.ranking.set_index("portfolio")
    best = row.loc[a.best.name]
    if a.best == NOTHING:
        return [f"No tip is advised: in the mean over {n} futures every one of them does worse than no tip."]
    if not best["p_holm"] < 1 - LEVEL:
        first = f"No tip can be told from doing nothing at this budget: {title[a.best.name]} does best, {_gain(best)}."
        return [first, *_rest(a, title, row)]
    what = f" ({a.best.title})" if len(a.best.parts) > 1 and a.best != EVEN else ""
    first = f"Best on average: {title[a.best.name]}{what}, {_gain(best)} than no tip; it helps in"
    first += f" {_in(best['helps_in'], n)}."
    return [first, *_rest(a, title, row)]


def _rest(a: Advice, title: Mapping[str, str], row: pd.DataFrame) -> list[str]:
    n = a.futures
    said = []
    one = a.singles[0]
    if one != a.best.name:
        said.append(f"Of single tips, {title[one]} comes out best, {_gain(row.loc[one])} than no tip.")
    close = list(a.rivals[(a.rivals["among"] == "tips") & ~a.rivals["distinguishable"]]["other"])
    if len(close) == len(a.singles) - 1:
        said.append("No single tip is distinguishable from another over these futures.")
    elif close:
        said.append(f"Not distinguishable from {title[one]}: {listed([title[name] for name in close])}.")
    else:
        said.append(f"{title[one]} is distinguishable from every other single tip.")
    said.append(
        f"{title[a.best.name]} is first in {_in(row.loc[a.best.name]['first_in'], n)}, of all tried; it falls"
        f" {row.loc[a.best.name]['regret_mean']:.1f} points behind the best of a future on average,"
        f" {row.loc[a.best.name]['regret_max']:.1f} at worst."
    )
    harms = [name for name in a.singles if row.loc[name]["high"] < 0]
    if harms:
        said.append(f"Worse than no tip on average: {listed([title[name] for name in harms])}.")
    if not np.isnan(a.agreement):
        said.append(
            f"Chance decides much: with other seeds the same portfolio comes first in {_in(a.agreement, n)} only."
            if a.agreement < 0.5
            else f"With other seeds the same portfolio comes first in {_in(a.agreement, n)}."
        )
    return said


def _in(share: float, n: int) -> str:
    return f"{round(share * n)} of {n} futures"


def _gain(row: "pd.Series[float]") -> str:
    """'4.1% better (3.0 to 5.2)'."""
    word = "better" if row["gain"] >= 0 else "worse"
    low, high = sorted((row["low"], row["high"]), key=abs)
    sign = 1 if row["gain"] >= 0 else -1
    return f"{abs(row['gain']):.1f}% {word} ({sign * low:.1f} to {sign * high:.1f})"


def turning(a: Advice) -> list[str]:
    """On which settings the advice turns."""
    title = a.labels
    if a.turns.empty:
        return [f"With {a.futures} futures nothing can be said of what it turns on; {FEWEST} are the least."]
    said = []
    for (first, other), some in a.turns.groupby(["first", "other"], sort=False):
        sure = some[some["p_holm"] < 1 - LEVEL]
        what = f"Whether {title[first]} does better than {title[other]}"
        if sure.empty:
            said.append(f"{what}: no assumed number stands out of chance, of {len(some)}.")
            continue
        for _, r in sure.head(TURNS).iterrows():
            p = PARAMETERS[r["setting"]]
            said.append(
                f"{what} turns on `{r['setting']}` ({p.doc}): ahead in {r['ahead_in_lower_half']:.0%} of futures where"
                f" it is low, in {r['ahead_in_upper_half']:.0%} where it is high."
            )
    return said


def parts(a: Advice) -> list[Finding]:
    """The advice as pages show it."""
    note = (
        "Spearman's rank correlation over the futures, after Holm's correction for all settings drawn; see turns.csv."
    )
    return [_which(a), _costs(a), Finding("On what it turns", sentences=turning(a), note=note)]


def _which(a: Advice) -> Finding:
    n = a.futures
    mixes = "".join(f"{a.labels[p.name]}: {p.title}. " for p in a.portfolios if len(p.parts) > 1 and p != EVEN)
    rows = []
    for r in a.ranking.itertuples():
        own = [signed(r.gain), f"{signed(r.low)} to {signed(r.high)}", signed(r.median), f"{round(r.helps_in * n)}"]
        rest = [f"{round(r.first_in * n)}", f"{r.rank:.1f}", f"{r.regret_mean:.1f}"]
        rows.append([a.labels[r.portfolio], *(own if r.portfolio != NOTHING.name else ["0", "-", "-", "-"]), *rest])
    order = [a.index(name) for name in a.ranking["portfolio"]]
    titles = [a.labels[name] for name in a.ranking["portfolio"]]
    told, caveat = heading(a), mixes + CAVEAT
    return Finding(
        "Which first",
        sentences=sentences(a),
        head=(
            "",
            "gain, %",
            "95% interval",
            "median",
            f"helps in, of {n}",
            f"first in, of {n}",
            "mean rank",
            "mean regret",
        ),
        rows=rows,
        note=f"{mixes}Gain: how much better than no tip the goal is reached, the weighted mean of per cent changes."
        " Median: of the futures. Regret: how far behind the best of each future. Intervals are over futures, and hold"
        " for all rows together.",
        pictures={
            "gain": lambda file: advice_pictures.gains(titles, a.gains[order], told, caveat, file),
            "first": lambda file: advice_pictures.ranks(titles, a.ranks.iloc[order], told, caveat, file),
        },
    )


def _costs(a: Advice) -> Finding:
    rows = [
        [
            a.labels[r.portfolio],
            number(r.tip_euros, "EUR", 0),
            number(r.tip_staff_hours + r.tip_within, "hours", 0),
            number(r.tip_volunteer_hours, "hours", 0),
            number(r.tip_unspent, "EUR", 0),
            level(r.tip_strength, "share"),
        ]
        for r in a.ranking.itertuples()
        if r.portfolio != NOTHING.name
    ]
    return Finding(
        "What they take in a year",
        head=("", "EUR", "staff hours", "volunteers' hours", "EUR unspent", "followed"),
        rows=rows,
        note=f"Means over the futures. Of EUR {a.budget:,.0f} a tip leaves unspent what it has no use for; followed:"
        " how much of the tips that buys. Staff hours count at tip.hour_rate; volunteers' hours count nothing in euros,"
        " but initiatives lack them elsewhere.",
    )


def tables(a: Advice) -> dict[str, pd.DataFrame]:
    """All numbers, as they are saved."""
    scores = pd.DataFrame([
        (p.name, f + 1, s + 1, a.scores[i, f, s]) for i, p in enumerate(a.portfolios)
        for f in range(len(a.drawn)) for s in range(a.seeds)
    ], columns=["portfolio", "future", "seed", "score"])  # fmt: skip
    searched = pd.DataFrame([(p.name, v) for p, v in a.searched], columns=["portfolio", "gain"])
    futures = a.drawn.copy()
    futures.insert(0, "future", range(1, len(futures) + 1))
    return {"ranking": a.ranking, "against": a.rivals, "ranks": a.ranks, "turns": a.turns, "search": searched,
            "scores": scores, "futures": futures}  # fmt: skip


def document(a: Advice) -> dict[str, Any]:
    """The advice as plain values; see `sim advise --help`."""
    return {
        "heading": heading(a),
        "goal": dict(a.goal.weights),
        "budget": a.budget,
        "best": dict(a.best.parts),
        "futures": len(a.drawn),
        "futures_that_count": a.futures,
        "seeds": a.seeds,
        "sentences": [*sentences(a), *turning(a)],
        "warnings": warnings(a),
        "agreement": a.agreement,
        **{name: tables(a)[name].to_dict("records") for name in ("ranking", "against", "ranks", "search")},
        "turns": a.turns.groupby(["first", "other"], sort=False).head(TURNS).to_dict("records"),
    }
