"""A small config folder, an empty working folder and a quick city, so that tests are quick and alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.model.outcomes import OUTCOMES
from sim.study import presets, run

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
