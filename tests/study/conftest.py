"""A small config folder, an empty working folder and a quick city, so that tests are quick and alone."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.model.outcomes import OUTCOMES
from sim.study import presets, run
from sim.study.design import unit_sample
from sim.study.export import column
from sim.study.load import plain

FILES = {
    "config": (presets.CONFIGS / "config.yaml").read_text(encoding="utf-8"),
    "trust/mid": "",
    "power/mid": "",
    "funding/mid": "",
    "turnover/mid": "",
    "turnover/high": "{annual_rate: 0.3, handover: 0.0, vacancy: 9}",
    "outside/europe": "{term: 60}",
    "city/freiburg": "about: {city: {title: 'Freiburg, Germany'}}\ncity: {population: 230000}",
    "city/ghent": "city: {population: 265000}\nturnover: {handover: 0.2, vacancy: 6}\noutside: {term: 72}",
    "tip/none": "",
    "scenario/business_as_usual": "about: {scenario: {title: Business as usual}}",
    "scenario/no_engagement": "forum: {every: 0}",
    "scenario/tokenism": "forum: {adoption: 0.1}\nturnover: {vacancy: 4}",
    "scenario/consultation": "forum: {adoption: 0.5}",
    "scenario/co_creation": "forum: {rung: co_create}",
}


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Use a small config folder and an empty working folder; gives a function that adds a file."""
    folder = tmp_path / "configs"
    monkeypatch.setattr(presets, "CONFIGS", folder)

    def add(name: str, text: str) -> None:
        file = folder / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        whole = name.split("/")[0] in ("city", "tip", "scenario", "study")
        file.write_text(("# @package _global_\n" if whole else "") + text + "\n", encoding="utf-8")

    for name, text in FILES.items():
        add(name, text)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return add


@pytest.fixture
def quick_city(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put noise in the place of the model; seed 13 fails."""

    def noise(settings: Any, seed: int, months: int) -> run.Series:
        if seed == 13:
            raise ArithmeticError("an unlucky number")
        chance = np.random.default_rng(seed)
        return {name: settings.forum.adoption + chance.random(months) for name in OUTCOMES}

    monkeypatch.setattr(run, "run_city", noise)
    monkeypatch.setattr("sim.study.main_job.cores", lambda: 1)


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write the tables of a made-up sweep, as an export has them; gives a function that returns its folder."""
    monkeypatch.chdir(tmp_path)

    def export(
        outcomes: Callable[[dict[str, Any], int], dict[str, float]],
        kind: str = "grid",
        levels: dict[str, list[Any]] | None = None,
        factors: dict[str, tuple[float, float]] | None = None,
        points: int | None = None,
        seeds: int = 30,
        name: str = "made",
        rows: list[dict[str, Any]] | None = None,
        lost: Callable[[dict[str, Any], int], bool] = lambda settings, seed: False,
    ) -> Path:
        levels, factors = levels or {}, factors or {}
        if rows is None:
            rows = [{}]
            if kind in ("lhs", "sobol", "morris"):
                unit = unit_sample(kind, points, len(factors), 1)
                rows = [{f: low + u * (high - low) for (f, (low, high)), u in zip(factors.items(), row, strict=True)}
                        for row in unit.tolist()]  # fmt: skip
        found, point = [], 0
        for some in itertools.product(*levels.values()):
            for row in rows:
                settings = {**dict(zip(levels, some, strict=True)), **row}
                point += 1
                for seed in range(1, seeds + 1):
                    if lost(settings, seed):
                        continue
                    head = {"run": f"{point}-{seed}", "point": point, "city": "freiburg"}
                    columns = {column(n): plain(v) if isinstance(v, str | list) else v for n, v in settings.items()}
                    values = dict.fromkeys(OUTCOMES, 0.25) | outcomes(settings, seed)
                    found.append({**head, **columns, "seed": seed, **values})
        folder = tmp_path / "results" / name
        folder.mkdir(parents=True)
        table = pd.DataFrame(found, columns=None if found else ["run", "point", "seed", *OUTCOMES])
        table.to_parquet(folder / "runs.parquet")
        about = {
            "name": name, "points": point, "seeds": seeds, "months": 120,
            "runs": {"pending": 0, "succeeded": len(found), "failed": point * seeds - len(found), "aborted": 0},
            "design": {"kind": kind, "points": points, "seed": 1, "factors": factors, "levels": levels,
                       "rows": len(rows)},
        }  # fmt: skip
        (folder / "provenance.json").write_text(json.dumps(about))
        return folder

    return export
