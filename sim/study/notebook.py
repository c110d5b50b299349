"""The way in from Python, for notebooks and scripts: words, checks, engines and files of the command line."""

import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.model.outcomes import OUTCOMES, of_run
from sim.model.params import BadConfig, nearest
from sim.model.settings import PARAMETERS
from sim.study import presets, store
from sim.study.carry_out import INTERRUPTED, go_on
from sim.study.cases import ordered
from sim.study.compare_cases import Comparison, compared
from sim.study.compose import compose, parsed
from sim.study.design import NUMERIC
from sim.study.ledger import opened
from sim.study.plan import on_top
from sim.study.run import run_city
from sim.study.sweep import begun, plan_of, tell_kept

Words = str | Mapping[str, Any]


class Study:
    """A sweep that is there: its tables as pandas frames, read when first asked for."""

    def __init__(self, name: str) -> None:
        """Open a study; raises BadConfig if there is none of that name, or no tables of it yet."""
        opened(name, write=False).close()
        self.name = name
        self.folder = store.RESULTS.resolve() / name
        if not (self.folder / "provenance.json").exists():
            raise BadConfig([f"{name}: no tables yet; write them with: sim export {name}"])

    @functools.cached_property
    def runs(self) -> pd.DataFrame:
        """A row for each run that succeeded: `run`, `point`, choices, what varies, `seed`, outcomes."""
        return pd.read_parquet(self.folder / "runs.parquet")

    @functools.cached_property
    def months(self) -> pd.DataFrame:
        """A row for each month of each such run."""
        return pd.read_parquet(self.folder / "months.parquet")

    @functools.cached_property
    def provenance(self) -> dict[str, Any]:
        """How the study came about, and how many runs there are of each status."""
        return dict(json.loads((self.folder / "provenance.json").read_text(encoding="utf-8")))

    def __repr__(self) -> str:
        counts = ", ".join(f"{n:,} {status}" for status, n in self.provenance["runs"].items() if n)
        return f"<Study {self.name}: {self.provenance['points']:,} points, runs: {counts}>"


def run(*words: Words, **settings: Any) -> pd.DataFrame:
    """Run one city; gives a row per month (from 1), a column per outcome. Saves nothing.

    `words` are as on the command line ("city=ghent") or mappings ({"turnover.annual_rate": 0.2}), and
    `settings` are keywords (city="ghent", seed=3). Raises BadConfig with every fault at once.
    """
    request = compose(_words(words, settings))
    series = run_city(request.settings, request.seed, request.months, threads=request.threads)
    return pd.DataFrame(series, index=pd.RangeIndex(1, request.months + 1, name="month"))


def sweep(*words: Words, **settings: Any) -> Study:
    """Carry out a sweep, or what is missing of it; lists are several values, everything else is as for `run`.

    Gives the study, also if some of its runs failed (`provenance["failed"]` says which and why). Raises
    BadConfig with every fault at once before the first run, and KeyboardInterrupt if interrupted: the
    same call goes on.
    """
    line = _words(words, settings)
    order, plan = plan_of(line)
    tell_kept(plan)
    with begun(order, plan, argv := ["sim", "sweep", *line]) as book:
        if go_on(book, order.engine, argv) > INTERRUPTED:
            raise KeyboardInterrupt
    return Study(order.study)


def compare(*words: Words, **settings: Any) -> Comparison:
    """Compare cases over paired seeds, as `sim compare` does, and save it: cases are words, as "ghent+co_creation".

    Gives the comparison, whose `tables` are pandas frames by name. Raises BadConfig with every fault at once.
    """
    line = _words(words, settings)
    return compared(ordered(line), ["sim", "compare", *line])


def load(study: str) -> Study:
    """A study of an earlier sweep, by its name; raises BadConfig if there is none."""
    return Study(study)


def _words(words: Iterable[Words], settings: Mapping[str, Any]) -> list[str]:
    """All of it as words of the command line, whose grammar is Hydra's."""
    line: list[str] = []
    for word in (*words, settings):
        if isinstance(word, str):
            line.append(word)
        else:
            line += [
                f"{'+' if key == 'study' else ''}{key}={_said(value, several=True)}" for key, value in word.items()
            ]
    return line


def _said(value: Any, several: bool = False) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str | Path):
        text = str(value)
        # What Hydra's grammar has other uses for, or does not know, goes between quotes.
        plain = text.isascii() and " " not in text and not (isinstance(value, Path) and re.search(r"[,=()\[\]]", text))
        return text if plain else "'" + text.replace("'", "\\'") + "'"
    if isinstance(value, Iterable):
        inside = ",".join(_said(v) for v in value)
        return inside if several else f"[{inside}]"
    return str(value.item()) if hasattr(value, "item") else str(value)  # numpy's numbers


class _Function:
    """Runs cities for the EMA Workbench: its parameters as keywords, an outcome's mean over seeds as answer."""

    def __init__(self, names: Mapping[str, str], outcomes: Sequence[str], seeds: int, line: Sequence[str]) -> None:
        self._names = dict(names)
        self._outcomes = list(outcomes)
        self._seeds = seeds
        self._line = list(line)

    def __call__(self, **values: Any) -> dict[str, float]:
        said = {self._names[key]: value for key, value in values.items()}
        chosen = {key: value for key, value in said.items() if key not in PARAMETERS}
        request = compose([*self._line, *(f"{group}={option}" for group, option in chosen.items())])
        settings = on_top(request.settings, {key: value for key, value in said.items() if key in PARAMETERS})
        of_runs = [of_run(run_city(settings, seed, request.months)) for seed in range(1, self._seeds + 1)]
        means = dict(zip(OUTCOMES, pd.DataFrame(of_runs).mean(), strict=True))
        return {name: float(means[name]) for name in self._outcomes}


def as_ema_model(
    uncertainties: Sequence[str],
    outcomes: Sequence[str],
    *words: Words,
    policies: Sequence[str] = (),
    seeds: int = 1,
    **settings: Any,
) -> Any:
    """The city as a model of the EMA Workbench.

    `uncertainties` and `policies` (the workbench's levers) name settings, which vary over their plausible
    range or their options, or groups of choices such as "scenario". The workbench calls them
    turnover__annual_rate and scenario__choice. An outcome is that of a sweep's run, averaged over the
    seeds 1 to `seeds`. `words` and `settings` fix the rest. Raises BadConfig with every fault at once.
    """
    from ema_workbench import Model, ScalarOutcome

    line = _words(words, settings)
    faults = [f"{o}: no such outcome{nearest(o, OUTCOMES)}" for o in outcomes if o not in OUTCOMES]
    known = [*PARAMETERS, *presets.groups()]
    named = [*uncertainties, *policies]
    faults += [f"{n}: no such setting{nearest(n, known)}" for n in named if n not in known]
    faults += [f"{t.key}: both fixed and varied" for t in parsed(line, faults) if t.key in named]
    if faults:
        raise BadConfig(faults)
    compose(line)
    names = {_ema_name(name): name for name in named}
    model = Model("city", function=_Function(names, outcomes, seeds, line))
    model.uncertainties = [_ema_parameter(name) for name in uncertainties]
    model.levers = [_ema_parameter(name) for name in policies]
    model.outcomes = [ScalarOutcome(name) for name in outcomes]
    return model


def _ema_name(name: str) -> str:
    """A name without dots, and none of the workbench's own columns, of which `scenario` is one."""
    return name.replace(".", "__") if name in PARAMETERS else f"{name}__choice"


def _ema_parameter(name: str) -> Any:
    from ema_workbench import CategoricalParameter, IntegerParameter, RealParameter

    key = _ema_name(name)
    if name in NUMERIC:
        p = NUMERIC[name]
        if p.kind != "number" and p.step > 1:
            low, high = (round(end / p.step) for end in p.plausible)
            return CategoricalParameter(key, [p.step * k for k in range(low, high + 1)])
        kind = RealParameter if p.kind == "number" else IntegerParameter
        return kind(key, *p.plausible)
    if name not in PARAMETERS:
        return CategoricalParameter(key, presets.groups()[name])
    options = PARAMETERS[name].options
    return CategoricalParameter(key, [o.name.lower() for o in options] if options else [True, False])
