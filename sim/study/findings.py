"""What a study shows, part by part: tables, sentences made of their numbers, and pictures."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.model.outcomes import OUTCOMES
from sim.study import compare, discovery, pictures, response, sensitivity
from sim.study.compare import mean_interval, over_seeds, spread
from sim.study.discovery import Criterion, Limits
from sim.study.load import Experiment, Floats
from sim.study.pages import SHOWN, Finding, label
from sim.study.pictures import capital
from sim.study.report import by, listed
from sim.study.words import between, level, number, p_value, percent, places, places_of_margin, with_margin

ALPHA = 0.05
MAPPED = 4  # policies whose maps are drawn
UNKNOWN = "nothing can be said, for want of runs in which the outcomes are defined"
SHAKY = 0.5  # share of random halves up to which a limit may be a whim of the sample
SEARCHED = 8  # policies whose failures are searched for rules; a search takes seconds
SEEDS = 30  # below which an interval over seeds is not to be relied upon


@dataclass(frozen=True)
class Asked:
    """What is analysed: `outcomes`, the headline first; `baseline`: the index of each policy's own.

    `against`: the baseline in words; `criterion`: when a policy fails, if that is asked.
    """

    outcomes: Sequence[str]
    baseline: Sequence[int]
    against: str
    criterion: Criterion | None


def differences(study: Experiment, asked: Asked) -> Finding | None:
    """Each policy against its baseline."""
    study = study.alternatives()
    pairs = [(i, b) for i, b in enumerate(asked.baseline) if i != b]
    if not pairs:
        return None
    found = contrasts(study, asked, pairs)
    words = dict(zip(study.names, study.titles, strict=True))
    rows: list[list[str]] = []
    last = ""
    for row in found.to_dict("records"):
        unit = OUTCOMES[row["outcome"]].unit
        margin = (row["high"] - row["low"]) / 2
        rows.append([
            "" if rows and row["outcome"] == last else label(row["outcome"]),
            words[row["policy"]],
            with_margin(row["difference"], margin, unit),
            between(row["low_bca"], row["high_bca"], unit),
            str(row["pairs"]),
            _pairing(row["correlation"], row["variance_ratio"]),
            f"{percent(row['higher'])} ({percent(row['higher_low'])} to {percent(row['higher_high'])})",
            p_value(row["p_holm"]),
        ])  # fmt: skip
        last = row["outcome"]
    over = "futures and seeds" if study.sampled and len(study.seeds) > 1 else "futures" if study.sampled else "seeds"
    units = "futures" if study.sampled else "seeds"
    boot = "the bootstrap's interval (BCa), which should tell much the same"
    given = len(study.futures) if not study.sampled else 1
    if given > 1:
        over += f" (averaged over the {given} settings that were run, and telling nothing of others)"
    if over == "futures and seeds":
        boot = "the bootstrap's (BCa) over futures alone, which is narrower where seeds matter"
    note = (
        f"Mean difference ± half of its 95% interval over {over} (Student's t), of shares in percentage points; then"
        f" {boot}. Interval: from how many pairs of {units}. Pairing: correlation between both policies, and how many"
        " times as many unpaired runs the same width would take."
        f" Higher in: share of {units} in which the policy is higher. p: chance of such a difference if"
        f" there were none, corrected for all {len(found)} (Holm)."
    )
    head = ["outcome", "policy", "difference", "bootstrap", "interval", "pairing", "higher in", "p"]
    return Finding(
        f"Differences to {asked.against}",
        note,
        [_difference(study, found, i, b) for i, b in pairs][:SHOWN],
        head,
        rows,
        {"differences": found},
        {"differences": lambda file: pictures.differences(found, study, asked.against, label, file)},
    )


def contrasts(study: Experiment, asked: Asked, pairs: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """A row per outcome and pair of policies: the fields of `Contrast`, and p after Holm."""
    values = {outcome: study.values[outcome] for outcome in asked.outcomes}
    table = compare.contrasts(values, pairs, study.sampled)
    for column, at in (("policy", "mine"), ("baseline", "base")):
        table.insert(1 + (column == "baseline"), column, [study.names[i] for i in table[at]])
    return table.drop(columns=["mine", "base"])


def _difference(study: Experiment, found: pd.DataFrame, i: int, b: int) -> str:
    mine = found[(found["policy"] == study.names[i]) & (found["baseline"] == study.names[b])]
    shown, unclear = [], []
    for _, row in mine.iterrows():
        if row["p_holm"] < ALPHA:
            shown.append(f"{label(row['outcome'])} {by(row, OUTCOMES[row['outcome']].unit)}")
        elif not math.isnan(row["p"]):
            unclear.append(label(row["outcome"]))
    parts = [listed(shown)] if shown else []
    parts += [f"no difference could be shown in {listed(unclear)}"] if unclear else []
    return f"{study.titles[i]}, against {study.titles[b]} (with 95% intervals): {'; '.join(parts) or UNKNOWN}."


def responses(study: Experiment, asked: Asked) -> Finding | None:
    """How outcomes move with each numeric factor, and with two at a time."""
    study = study.independent()
    if study.kind not in response.CURVES or not len(study.futures.columns):
        return None
    found = pd.concat([response.curves(study, o) for o in asked.outcomes], ignore_index=True)
    head = asked.outcomes[0]
    own = found[found["outcome"] == head]
    named, clear = _moving(study, own, head)
    unit = OUTCOMES[head].unit
    maps = pd.concat([
        response.maps(study, o, _moving(study, found[found["outcome"] == o], o)[0])
        for o in (asked.outcomes if response.mapped(study) else [])
    ] or [pd.DataFrame(columns=["outcome"])], ignore_index=True)  # fmt: skip
    drawn = {"response": lambda file: pictures.curves(own, study, named[:3], head, label(head), file)}
    pairs = maps[maps["outcome"] == head]
    if len(pairs):
        drawn["interaction"] = lambda file: pictures.maps(pairs, study, MAPPED, head, label(head), file)
    return Finding(
        "Responses to settings",
        f"{capital(label(head))} where a setting is lowest and where it is highest, with its 95% interval"
        f" {_over(study)}; settings that move it most come first{_ranked(study)}.",
        [_response(own, study, factor, unit, head) for factor in (clear or named)[: response.NAMED]]
        if clear or not study.sampled
        else [f"No setting could be shown to raise or lower {label(head)}; the picture shows those that come nearest."],
        ["setting", "policy", "lowest at", label(head), "highest at", label(head)],
        _response_rows(own, study, clear or named, unit),
        {"responses": found, **({"interactions": maps} if len(maps) else {})},
        drawn,
    )


def _response_rows(own: pd.DataFrame, study: Experiment, factors: Sequence[str], unit: str) -> list[list[str]]:
    """A row per setting and policy; a setting's name stands in its first row only."""
    rows: list[list[str]] = []
    for factor in factors:
        heading = factor
        for name, title in zip(study.names, study.titles, strict=True):
            line = own[(own["factor"] == factor) & (own["policy"] == name)].dropna(subset="mean")
            if len(line):
                rows.append([heading, title, *_ends(line.iloc[0], unit), *_ends(line.iloc[-1], unit)])
                heading = ""
    return rows


def _moving(study: Experiment, own: pd.DataFrame, outcome: str) -> tuple[list[str], list[str]]:
    """The settings that move an outcome most, and those of a sample that could be shown to."""
    if not study.sampled:
        order = response.strongest(own, SHOWN)
        return order[: response.NAMED], order
    ranks = response.ranks(study, outcome)
    order = list(dict.fromkeys(ranks["factor"]))
    shown = set(ranks.loc[ranks["p_holm"] < ALPHA, "factor"])
    return order[: response.NAMED], [factor for factor in order if factor in shown]


def _ranked(study: Experiment) -> str:
    if not study.sampled:
        return ""
    return ", and those only that could be shown to raise or lower it (rank correlation, corrected by Holm)"


def _over(study: Experiment) -> str:
    if study.sampled:
        return "over the futures in one part of its range, whatever the other settings are"
    if study.kind == "oat":
        return "over seeds, the other settings at their base"
    return "over seeds, averaged over the other settings"


def _ends(row: "pd.Series[float]", unit: str) -> tuple[str, str]:
    margin = (row["high"] - row["low"]) / 2
    return f"{row['at']:.3g}", _level(row["mean"], margin, unit)


def _response(own: pd.DataFrame, study: Experiment, factor: str, unit: str, outcome: str) -> str:
    parts, ends = [], (math.nan, math.nan)
    for name, title in zip(study.names[:SEARCHED], study.titles, strict=False):
        line = own[(own["factor"] == factor) & (own["policy"] == name)].dropna(subset="mean")
        if len(line):
            ends = (line["at"].iloc[0], line["at"].iloc[-1])
            parts.append(f"{title}: {level(line['mean'].iloc[0], unit)} to {level(line['mean'].iloc[-1], unit)}")
    return f"As {factor} goes from {ends[0]:.3g} to {ends[1]:.3g}, {label(outcome)} goes from: {'; '.join(parts)}."


def indices(study: Experiment, asked: Asked) -> Finding | None:
    """Morris' or Sobol' indices, and what share of the variance is chance."""
    if study.kind not in ("morris", "sobol"):
        return None
    title = "What matters most (Morris)" if study.kind == "morris" else "What matters most (Sobol')"
    refused = sensitivity.incomplete(study)
    if refused:
        return Finding(title, refused=refused)
    without = sensitivity.undefined(study, asked.outcomes)
    usable = [o for o in asked.outcomes if o not in without]
    if not usable:
        return Finding(title, refused=list(without.values()))
    found = sensitivity.indices(study, usable)
    chance = sensitivity.chance(study.independent(), usable)
    main = "mu_star" if study.kind == "morris" else "ST"
    head = usable[0]
    own = found[found["outcome"] == head]
    order = own.groupby("factor")[main].max().sort_values(ascending=False).index
    rows = [[factor, *(_index(own, factor, name, main, head) for name in study.names)] for factor in order]
    return Finding(
        title,
        _how(study, head),
        [*(_matters(found[found["outcome"] == o], main, o) for o in usable), *_seed(study, chance, head),
         *sensitivity.doubts(study, found)],
        ["setting", *study.titles],
        rows,
        {study.kind: found, "chance": chance},
        {study.kind: lambda file: pictures.indices(own, study, list(order[:12]), head, label(head), file)},
        list(without.values()),
    )  # fmt: skip


def _how(study: Experiment, head: str) -> str:
    seeds = f"each future's mean over the same {len(study.seeds)} seeds"
    if study.kind == "morris":
        return (
            f"By how much {label(head)} moves{_points(OUTCOMES[head].unit, ', in')} when a setting goes through its"
            " whole range: mean size of the effect (mu*) ± half of its 95% interval; sigma says how much the effect"
            f" depends on the others. Of {seeds}."
        )
    return (
        f"Share of the variance of {label(head)} between futures that goes with a setting alone (S1) and with it"
        f" together with others (ST), ± half of the 95% interval. Of {seeds}."
    )


def _index(own: pd.DataFrame, factor: str, policy: str, main: str, outcome: str) -> str:
    row = own[(own["factor"] == factor) & (own["policy"] == policy)].iloc[0]
    if main == "mu_star":
        unit = OUTCOMES[outcome].unit
        sized = with_margin(row["mu_star"], row["mu_star_conf"], unit).lstrip("+")
        return f"{sized} (sigma {number(row['sigma'], unit, places_of_margin(row['sigma'], 0, unit))})"
    if math.isnan(row["ST"]):
        return "-"
    return f"S1 {row['S1']:.2f} ± {row['S1_conf']:.2f}, ST {row['ST']:.2f} ± {row['ST_conf']:.2f}"


def _matters(own: pd.DataFrame, main: str, outcome: str) -> str:
    mean = own.groupby("factor")[main].mean().dropna().sort_values(ascending=False)
    if not len(mean) or mean.iloc[0] == 0:
        return f"{capital(label(outcome))}: nothing that was varied moves it."
    return f"{capital(label(outcome))} depends most on {listed(list(mean.index[:3]))}."


def _seed(study: Experiment, chance: pd.DataFrame, head: str) -> list[str]:
    shares = chance[chance["outcome"] == head][["seeds", "rest"]].sum(axis=1, min_count=2)
    if len(study.seeds) < 2 or shares.isna().all():
        return ["With one seed, what is due to chance cannot be told from what is due to settings."]
    low, high = (percent(v) for v in (shares.min(), shares.max()))
    span = low if low == high else f"{low} to {high}, depending on the policy,"
    return [f"Of the variance of {label(head)} between single runs, {span} is chance between seeds."]


def failures(study: Experiment, asked: Asked) -> Finding | None:
    """When does each policy fail: what separates failing futures, boxes and trees."""
    study, criterion = study.independent(), asked.criterion
    if criterion is None or study.kind not in ("lhs", "sobol", "file") or len(study.futures) < 2:
        return None
    failing, defined = criterion.failing(over_seeds(study.values[criterion.outcome]), asked.baseline)
    which = [i for i in range(len(study.names)) if criterion.limit is not None or asked.baseline[i] != i]
    when = said(criterion, asked)
    sentences, apart, rules, leaves, drawn = [], [], [], [], {}
    for i in which:
        known = defined[i] & study.futures.notna().all(axis=1).to_numpy()
        futures, fails = study.futures[known].reset_index(drop=True), failing[i][known]
        varying = [f for f in futures.columns if futures[f].nunique() > 1]
        sentences.append(f"{study.titles[i]} fails in {fails.sum()} of {len(fails)} futures.")
        if not 0 < fails.sum() < len(fails) or not varying or i in which[SEARCHED:]:
            continue
        ks = sensitivity.separating(futures[varying], fails)
        apart.append(ks.assign(policy=study.names[i]))
        order = list(ks.sort_values("distance", ascending=False)["factor"])
        found = discovery.rule(futures, fails, order)
        branches, accuracy = discovery.tree(futures[varying], fails)
        sentences += _rule(found, int(fails.sum()), len(fails)) + _tree(branches, accuracy)
        rules += _rule_rows(found, study.names[i])
        leaves += [(study.names[i], told(b.limits), b.futures, b.failing, accuracy) for b in branches]
        two = [*(found.limits if found else []), *order][:8]
        drawn[f"failing-{i + 1}"] = _scatter(study, futures, fails, list(dict.fromkeys(two))[:2], found, i, when)
    if not sentences:
        return None
    if len(which) > SEARCHED:
        sentences.append(f"Only the first {SEARCHED} policies were searched for when they fail.")
    separating = _separating(apart)
    return Finding(
        f"When policies fail ({criterion})",
        f"A policy fails in a future if there, by its mean over {len(study.seeds)} seeds, {when}. Distance: 0 if"
        " failing and other futures have the setting alike, 1 if they have nothing in common; p: chance of that if"
        " it made no difference, corrected for all of them (Holm). A rule describes these futures; it proves no cause.",
        sentences,
        ["policy", "setting", "distance", "median where it fails", "median elsewhere", "p"],
        [[r["policy"], r["factor"], f"{r['distance']:.2f}", f"{r['median_fail']:.3g}", f"{r['median_other']:.3g}",
          p_value(r["p_holm"])] for r in separating.to_dict("records") if r["p_holm"] < ALPHA],
        {
            "separating": separating,
            "boxes": pd.DataFrame(rules, columns=RULE),
            "trees": pd.DataFrame(leaves, columns=LEAF),
        },
        drawn,
    )  # fmt: skip


def said(criterion: Criterion, asked: Asked) -> str:
    """When a policy fails, in words."""
    how = {"<": "below", "<=": "at or below", ">": "above", ">=": "at or above"}[criterion.sign]
    if criterion.limit is not None:
        return f"{label(criterion.outcome)} is {how} {level(criterion.limit, OUTCOMES[criterion.outcome].unit)}"
    return f"{label(criterion.outcome)} is {how} that of {asked.against}"


SATISFICING = ("satisficing", "satisficing_low", "satisficing_high")
RULE = ["policy", "factor", "low", "high", "quasi_p", "support", "inside", "caught", "failing", "coverage", "density",
        "checked"]  # fmt: skip
LEAF = ["policy", "where", "futures", "failing", "balanced_accuracy"]


def _separating(apart: Sequence[pd.DataFrame]) -> pd.DataFrame:
    from statsmodels.stats.multitest import multipletests

    columns = ["policy", "factor", "distance", "median_fail", "median_other", "p", "p_holm"]
    if not apart:
        return pd.DataFrame(columns=columns)
    table = pd.concat(apart, ignore_index=True)
    table["p_holm"] = multipletests(table["p"], ALPHA, "holm")[1]
    return table.sort_values(["policy", "distance"], ascending=[True, False], ignore_index=True)[columns]


def _rule(found: discovery.Rule | None, failing: int, futures: int) -> list[str]:
    if found is None:
        few = min(failing, futures - failing) < discovery.FEWEST
        why = f": that takes {discovery.FEWEST} futures that fail and as many that do not" if few else ""
        return [f"No rule for these was found{why}."]
    held = ", ".join(f"{factor} in {share:.0%}" for factor, share in found.support.items())
    shaky = " So do not rely on this rule." if min(found.support.values()) <= SHAKY else ""
    return [
        f"{found.caught} of these {found.failing} have {told(found.limits)}; of all {found.inside} futures like that,"
        f" {found.density:.0%} fail. Searched again in {discovery.HALVES} random halves, the rule limits {held} of"
        f" them; of the other half's futures within those limits, {percent(found.checked)} fail.{shaky}"
    ]


def _tree(branches: Sequence[discovery.Leaf], accuracy: float) -> list[str]:
    if len(branches) < 2:
        return []
    worst = branches[0]
    return [
        f"In a small tree failures are densest where {told(worst.limits)}: {worst.failing} of {worst.futures} futures"
        f" fail there (balanced accuracy in futures it has not seen: {accuracy:.0%}, where guessing has 50%)."
    ]


def _rule_rows(found: discovery.Rule | None, policy: str) -> list[tuple[object, ...]]:
    if found is None:
        return []
    counts = (found.inside, found.caught, found.failing, found.coverage, found.density, found.checked)
    return [
        (policy, factor, low, high, found.quasi_p[factor], found.support[factor], *counts)
        for factor, (low, high) in found.limits.items()
    ]


def told(limits: Limits) -> str:
    """Limits in words: 'trust.asymmetry above 2.3 and forum.every 3 to 12'."""
    parts = []
    for factor, (low, high) in limits.items():
        if math.isinf(high):
            parts.append(f"{factor} above {low:.3g}")
        elif math.isinf(low):
            parts.append(f"{factor} up to {high:.3g}")
        else:
            parts.append(f"{factor} from {low:.3g} to {high:.3g}")
    return listed(parts) if parts else "any settings"


def _scatter(
    study: Experiment,
    futures: pd.DataFrame,
    fails: discovery.Flags,
    two: Sequence[str],
    found: discovery.Rule | None,
    i: int,
    when: str,
) -> Callable[[Path], None]:
    limits = found.limits if found else {}
    return lambda file: pictures.failing(futures, fails, two, limits, study.titles[i], when, file)


def robust(study: Experiment, asked: Asked) -> Finding | None:
    """How each policy does over the same futures."""
    study = study.independent()
    if len(study.names) < 2 or len(study.futures) < 2 or study.kind in ("morris", "oat"):
        return None
    tables = {}
    wanted = [*asked.outcomes, *([asked.criterion.outcome] if asked.criterion else [])]
    for outcome in dict.fromkeys(wanted):
        sense = discovery.direction(outcome)
        values = over_seeds(study.values[outcome])
        if sense == 0 or np.isnan(values).any(axis=0).all():
            continue
        own = asked.criterion is not None and asked.criterion.outcome == outcome
        criterion = asked.criterion if own else Criterion(outcome, "<" if sense > 0 else ">", None)
        assert criterion is not None
        table = discovery.robustness(values, study.names, sense, *criterion.failing(values, asked.baseline))
        if criterion.limit is None:  # no baseline is worse than itself
            table.loc[[i == b for i, b in enumerate(asked.baseline)], list(SATISFICING)] = np.nan
        tables[outcome] = table.assign(outcome=outcome, criterion=str(criterion))
    if not tables:
        return None
    head = next(iter(tables))
    own_table, unit = tables[head], OUTCOMES[head].unit
    if not study.sampled:
        own_table = own_table.assign(satisficing_low=np.nan, satisficing_high=np.nan)
    rows = [
        [title, _satisficing(r), level(r["mean"], unit), level(r["worst"], unit), _size(r["regret_90"], unit),
         _size(r["regret_max"], unit), f"{r['first']:.0%}", f"{r['rank']:.1f}"]
        for title, r in zip(study.titles, own_table.to_dict("records"), strict=True)
    ]  # fmt: skip
    note = (
        f"{capital(label(head))}, {'more' if discovery.direction(head) > 0 else 'less'} being better, in the same"
        f" {own_table['futures'].iloc[0]} futures for every policy, each by its mean over {len(study.seeds)} seeds."
        f" Holds in: share of futures in which it does not fail ({own_table['criterion'].iloc[0]}), with Wilson's 95%"
        " interval where futures are a sample. Regret: how far a policy falls behind the best one of a future"
        f"{', in percentage points' if unit == 'share' else ''}: no further than this in 90% of futures, and at the"
        " largest."
    )
    return Finding(
        "Robustness",
        note,
        _robust(own_table, study, head),
        ["policy", "holds in", "mean", "worst", "regret in 90%", "largest regret", "best in", "mean rank"],
        rows,
        {"robustness": pd.concat(tables.values(), ignore_index=True)},
        {
            "robustness": lambda file: pictures.robustness(
                over_seeds(study.values[head]), study, head, label(head), file
            )
        },
    )


def _satisficing(row: Mapping[str, float]) -> str:
    ends = f" ({percent(row['satisficing_low'])} to {percent(row['satisficing_high'])})"
    return percent(row["satisficing"]) + ("" if math.isnan(row["satisficing_low"]) else ends)


def _robust(table: pd.DataFrame, study: Experiment, head: str) -> list[str]:
    sense = discovery.direction(head)
    worst = (sense * table["worst"]).idxmax()
    regret, often = table["regret_max"].idxmin(), table["first"].idxmax()
    unit = OUTCOMES[head].unit
    return [
        f"For {label(head)}: the best worst case has {study.titles[worst]}"
        f" ({level(table['worst'][worst], unit)}); the smallest largest regret has {study.titles[regret]}"
        f" ({_size(table['regret_max'][regret], unit)}{_points(unit)}); most often best is {study.titles[often]}"
        f" ({table['first'][often]:.0%} of futures)."
    ]


def convergence(study: Experiment, asked: Asked) -> Finding | None:
    """How the interval of the headline outcome narrows with seeds, and how many more would halve it."""
    head = asked.outcomes[0]
    study = study.alternatives().independent()
    cells = {name: values for name, values in _cells(study, asked, head).items() if _enough(values)}
    n = len(study.seeds)
    if not cells:
        return None
    if n < 3:
        return Finding(
            "Convergence",
            sentences=[f"{n} seeds are too few to see how intervals narrow; take seeds={SEEDS} or more."],
        )
    steps = np.unique(np.geomspace(2, n, 12).astype(int))
    rows = []
    for name, values in cells.items():
        for k in steps:
            low, high, _ = mean_interval(values[:, :k], study.sampled)
            rows.append((head, name, int(k), (high - low) / 2))
    found = pd.DataFrame(rows, columns=["outcome", "what", "seeds", "half_width"])
    needs = {name: _more(values, study, n) for name, values in cells.items()}
    what = "difference to the baseline" if len(asked.baseline) > 1 else "mean"
    return Finding(
        "Convergence",
        f"Half of the 95% interval of the {what} in {label(head)} with the first seeds only. If it does not fall as"
        " the grey line does, more seeds help less than usual.",
        _needs(needs),
        [],
        [],
        {"convergence": found},
        {"convergence": lambda file: pictures.convergence(found, head, label(head), what, file)},
    )


def _enough(values: Floats) -> bool:
    """Whether there are two seeds in which something is defined."""
    return int((~np.isnan(values)).any(axis=0).sum()) > 1


def _needs(needs: Mapping[str, str]) -> list[str]:
    """How many more seeds, said once where it is the same for all."""
    by_need: dict[str, list[str]] = {}
    for name, need in needs.items():
        by_need.setdefault(need, []).append(name)
    every = len(by_need) == 1
    return [f"For half the width: {need}{'' if every else f' ({listed(names)})'}." for need, names in by_need.items()]


def _cells(study: Experiment, asked: Asked, head: str) -> dict[str, Floats]:
    """The differences of each policy to its baseline, (futures, seeds), or the values where there is none."""
    values = study.values[head]
    if len(asked.baseline) == 1:
        return {study.titles[0]: values[0]}
    pairs = [(i, b) for i, b in enumerate(asked.baseline) if i != b]
    return {f"{study.titles[i]} - {study.titles[b]}": values[i] - values[b] for i, b in pairs}


def _more(cells: Floats, study: Experiment, n: int) -> str:
    """How many more seeds halve the width, by the parts of the variance."""
    if not study.sampled:
        return f"{3 * n} more seeds"
    parts = spread(cells)
    futures = len(study.futures)
    goal = parts.of_mean(futures, n) / 4
    if goal == 0:
        return "no more, as runs do not differ"
    if parts.futures / futures >= goal:
        return f"seeds alone cannot do it, because futures differ; take four times as many futures ({4 * futures})"
    more = (parts.seeds + parts.rest / futures) / (goal - parts.futures / futures)
    return f"{max(math.ceil(more) - n, 1)} more seeds"


def _level(value: float, margin: float, unit: str) -> str:
    if math.isnan(margin):
        return level(value, unit)
    digits = places_of_margin(value, margin, unit)
    percent = "%" if unit == "share" else ""
    return f"{number(value, unit, digits)} ± {number(margin, unit, digits)}{percent}"


def _size(value: float, unit: str) -> str:
    """A difference without sign, of shares in percentage points."""
    return number(value, unit, places(value, unit, 3))


def _points(unit: str, before: str = "") -> str:
    return f"{before} percentage points" if unit == "share" else ""


def _pairing(correlation: float, ratio: float) -> str:
    if math.isnan(correlation) or not math.isfinite(ratio):
        return "-"
    return f"{correlation:.2f}, {'>100' if ratio > 100 else f'{ratio:.2g}'}x"
