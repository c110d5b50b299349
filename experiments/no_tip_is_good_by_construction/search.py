"""For every tip, look for a plausible setting in which it harms, and try it on seeds that the search never saw.

`search.py` tries what `settings.yaml` says and prints the table of docs/where_tips_fail.md; `search.py --search`
looks for settings anew and prints what it found.
"""

import argparse
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml
from scipy import stats
from scipy.stats import qmc

from sim.model.outcomes import OUTCOMES, of_run
from sim.model.settings import PARAMETERS, TIPS, Settings
from sim.study.pool import Ready, each
from sim.study.run import Job, attempt

HERE = Path(__file__).parent
MONTHS = 120
CITY = {"city.population": 200_000}  # city=mid_city
WATCHED = ("joint_projects", "trust", "trust_marginalised", "participation_marginalised", "active_initiatives",
           "initiative_trust")  # fmt: skip
PLACES = [list(OUTCOMES).index(name) for name in WATCHED]
FUTURES, SCREENED, TRIED, FRESH = 96, 3, 12, 60  # futures, and seeds of the three steps
FIRST = {"screen": 1, "try": 101, "fresh": 1001}  # no seed belongs to two steps
HARM = -3.5  # Student's t from which on, and over so many trials, a difference is not luck
GAIN = 2.0  # and up to which nothing else may have become better


def drawn(future: Sequence[float], names: Sequence[str]) -> dict[str, float]:
    """The settings of a point of the unit cube, each within its plausible range, in three digits."""
    values = {}
    for u, name in zip(future, names, strict=True):
        param = PARAMETERS[name]
        low, high = param.plausible
        value = low + u * (high - low)
        if param.kind == "whole number":
            values[name] = int(round(value / param.step) * param.step)
        else:
            values[name] = min(high, max(low, float(f"{value:.3g}")))
    return values


def varied() -> list[str]:
    """Every number with a plausible range, but a city's size and what decides whether tips are followed."""
    return [
        name
        for name, p in PARAMETERS.items()
        if p.kind in ("number", "whole number") and p.plausible[0] < p.plausible[1] and name != "city.population"
    ]


def settings(changes: Mapping[str, float], tip: str | None) -> Settings:
    """A city with `changes`, which follows `tip` in full or none."""
    values: dict[str, dict[str, float]] = {}
    for name, value in {**CITY, **changes}.items():
        group, key = name.split(".")
        values.setdefault(group, {})[key] = value
    if tip:
        values.setdefault(tip, {})["strength"] = 1.0
    return Settings.build(values)


class Laboratory:
    """Runs cities on two processes and knows how many it ran."""

    def __init__(self, processes: int) -> None:
        self.engine = Ready(processes)
        self.runs = 0

    def outcomes(self, cases: Mapping[str, Settings], seeds: Iterable[int]) -> dict[str, np.ndarray]:
        """Case -> (seeds, outcomes), the same seeds for all."""
        seeds = list(seeds)
        jobs = [Job(case, some, seed, MONTHS) for case, some in cases.items() for seed in seeds]
        found = {case: np.full((len(seeds), len(OUTCOMES)), np.nan) for case in cases}
        for job, done in each(attempt, jobs, self.engine):
            if done.outcomes is None:
                raise RuntimeError(done.error)
            found[job.scenario][seeds.index(job.seed)] = of_run(done.outcomes)
        self.runs += len(jobs)
        return found

    def pair(self, changes: Mapping[str, float], tip: str, seeds: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
        """(seeds, outcomes) without the tip in this setting, and what it changes."""
        found = self.outcomes({"with": settings(changes, tip), "without": settings(changes, None)}, seeds)
        return found["without"], found["with"] - found["without"]

    def differences(self, changes: Mapping[str, float], tip: str, seeds: Iterable[int]) -> np.ndarray:
        """(seeds, outcomes): what the tip changes in this setting."""
        return self.pair(changes, tip, seeds)[1]


def t_values(differences: np.ndarray) -> np.ndarray:
    """Student's t of each watched outcome; 0 where nothing ever differs."""
    d = differences[:, PLACES]
    error = d.std(axis=0, ddof=1) / math.sqrt(len(d))
    return np.divide(d.mean(axis=0), error, out=np.zeros(d.shape[1]), where=error > 0)


def badness(t: np.ndarray) -> float:
    """How surely something is worse, less what is surely better; below `HARM` is harm."""
    return float(t.min() + 2.0 * max(0.0, t.max() - GAIN))


def screen(lab: Laboratory) -> tuple[list[dict[str, float]], np.ndarray, dict[str, np.ndarray]]:
    """Futures, where they lie in the unit cube, and tip -> (futures, watched) mean differences, in their spread."""
    names = varied()
    cube = qmc.LatinHypercube(len(names), rng=1).random(FUTURES)
    futures = [drawn(point, names) for point in cube]
    cases = {f"{n} {tip}": settings(f, tip) for n, f in enumerate(futures) for tip in [None, *TIPS]}
    found = lab.outcomes(cases, range(FIRST["screen"], FIRST["screen"] + SCREENED))
    moved = {}
    for tip in TIPS:
        d = np.array([found[f"{n} {tip}"] - found[f"{n} None"] for n in range(FUTURES)])[:, :, PLACES]
        spread = np.sqrt(d.var(axis=1, ddof=1).mean(axis=0))
        moved[tip] = d.mean(axis=1) / np.where(spread > 0, spread, 1.0)
    return futures, cube, moved


def shrink(lab: Laboratory, tip: str, future: dict[str, float], order: list[str]) -> dict[str, float]:
    """Drop changes that are not needed for the harm, the least suspicious of `order` first."""
    seeds = range(FIRST["try"], FIRST["try"] + TRIED)
    kept = [name for name in order if name in future]
    part = len(kept) // 2
    while part:
        n = len(kept)
        while n > 0:
            without = kept[: max(0, n - part)] + kept[n:]
            t = t_values(lab.differences({name: future[name] for name in without}, tip, seeds))
            if badness(t) < HARM:
                kept = without
            n -= part
        part = min(part, len(kept)) // 2
    return {name: future[name] for name in kept}


def search(lab: Laboratory, tips: Sequence[str]) -> None:
    """Print, for each tip, the fewest changes found in which it harms."""
    futures, cube, moved = screen(lab)
    names = varied()
    seeds = range(FIRST["try"], FIRST["try"] + TRIED)
    print(f"screened with {lab.runs} runs")
    for tip in tips:
        scores = [badness(m * math.sqrt(SCREENED)) for m in moved[tip]]
        best = [int(n) for n in np.argsort(scores)[:3]]
        tried = {n: badness(t_values(lab.differences(futures[n], tip, seeds))) for n in best}
        n = min(tried, key=lambda n: tried[n])
        worst = int(np.argmin(moved[tip][n]))
        tilt = np.array([stats.pearsonr(cube[:, k], moved[tip][:, worst])[0] for k in range(len(names))])
        suspicion = -tilt * (cube[n] - 0.5)
        order = [names[k] for k in np.argsort(-suspicion)]
        kept = shrink(lab, tip, futures[n], order) if tried[n] < HARM else {}
        t = t_values(lab.differences(kept, tip, seeds))
        harmed = sum(score < HARM for score in scores)
        print(f"{tip}: future {n} ({tried[n]:.1f}), {harmed} of {FUTURES} look bad; {lab.runs} runs so far")
        print("  ", kept, dict(zip(WATCHED, t.round(1).tolist(), strict=True)), flush=True)


def confirm(lab: Laboratory, tips: Sequence[str], seeds: int) -> None:
    """Print the table of docs/where_tips_fail.md, recomputed with as many fresh seeds."""
    print("| tip | setting | outcome | without | difference | what else changes | seeds |")
    print("| --- | --- | --- | ---: | ---: | --- | ---: |")
    documented = yaml.safe_load((HERE / "settings.yaml").read_text(encoding="utf-8"))
    for tip in tips:
        about = documented[tip]
        base, d = (x[:, PLACES] for x in lab.pair(about["setting"], tip, range(FIRST["fresh"], FIRST["fresh"] + seeds)))
        half = stats.t.ppf(0.975, seeds - 1) * d.std(axis=0, ddof=1) / math.sqrt(seeds)
        told = {name: shown(name, m, h) for name, m, h in zip(WATCHED, d.mean(axis=0), half, strict=True)}
        sure = [name for name, m, h in zip(WATCHED, d.mean(axis=0), half, strict=True) if abs(m) > h]
        setting = ", ".join(f"`{name}={value:g}`" for name, value in about["setting"].items()) or "none"
        harmed = about["harms"]
        others = ", ".join(f"{name} {told[name]}" for name in sure if name != harmed) or "nothing"
        usual = level(harmed, base[:, WATCHED.index(harmed)].mean())
        print(f"| `{tip}` | {setting} | {harmed} | {usual} | {told[harmed]} | {others} | {seeds} |", flush=True)


def level(name: str, value: float) -> str:
    """A level: shares in percent."""
    return f"{100 * value:.1f}%" if OUTCOMES[name].unit == "share" else f"{value:.1f}"


def shown(name: str, mean: float, half: float) -> str:
    """A difference with its interval: shares in percentage points."""
    points = OUTCOMES[name].unit == "share"
    scale, unit = (100.0, " points") if points else (1.0, "")
    digits = max(0, 1 - math.floor(math.log10(scale * half))) if half > 0 else 2
    return f"{scale * mean:+.{digits}f} ± {scale * half:.{digits}f}{unit}"


def main() -> None:
    """Confirm, or search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--search", action="store_true", help="look for settings anew")
    parser.add_argument("--seeds", type=int, default=FRESH, help="fresh seeds to confirm with")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("tips", nargs="*", default=list(TIPS), help="which tips; all if none is named")
    asked = parser.parse_args()
    lab = Laboratory(asked.processes)
    try:
        search(lab, asked.tips) if asked.search else confirm(lab, asked.tips, asked.seeds)
    finally:
        lab.engine.close()


if __name__ == "__main__":
    main()
