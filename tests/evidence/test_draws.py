"""Draws: the same for every case, added to, kept, and with a scenario on top."""

import numpy as np
import pytest

from sim.model.outcomes import OUTCOMES
from sim.model.settings import PARAMETERS
from sim.study.compose import compose, parsed
from sim.study.evidence import draws, screening
from sim.study.evidence.sentences import CASES, SENTENCES
from sim.study.kept import Kept

CITY = ["city.population=2000", "city.residents_per_agent=10", "months=14"]


def place(*words):
    faults = []
    found = draws.place(parsed([*CITY, *words], faults), faults)
    assert not faults
    return found


class Formula:
    """Instead of runs: outcomes computed from settings and seed."""

    def __init__(self, formula):
        self.formula, self.asked = formula, []

    def outcomes(self, runs, months, what=""):
        self.asked += runs
        values = np.full((len(runs), len(OUTCOMES)), 1.0)
        for i, (settings, seed) in enumerate(runs):
            for name, value in self.formula(settings, seed).items():
                values[i, [*OUTCOMES].index(name)] = value
        return values, {}


def level(settings, seed):
    return {"trust": settings.trust.gain + seed, "joint_value": 100 + 7 * settings.come_prepared.strength}


def test_more_draws_and_seeds_are_added_to_those_there_are(monkeypatch):
    monkeypatch.setattr(draws, "BLOCK", 4)
    few = draws.tried(place(), 3, 2, Formula(level))
    many = draws.tried(place(), 6, 3, Formula(level))
    assert few.values.shape == (len(CASES), 3, 2, len(OUTCOMES))
    assert np.array_equal(few.values, many.values[:, :3, :2])
    assert few.drawn.equals(many.drawn[:3])
    assert len(many.drawn["trust.gain"].unique()) == 6


def test_every_case_meets_the_same_numbers_and_seeds():
    runs = Formula(level)
    draws.tried(place(), 2, 2, runs)
    gains = {(seed, settings.trust.gain) for settings, seed in runs.asked}
    assert len(gains) == 4
    assert {seed for seed, _ in gains} == {1, 2, 101, 102}


def test_walking_through_rows_gives_what_each_row_alone_gives():
    """Also where a row goes back, where two change at once, and where the scenario has a value of its own."""
    where = place()
    rows = [
        {"trust.gain": gain, "forum.adoption": adoption, "funding.pot": pot}
        for gain, adoption, pot in ((0.05, 0.5, 3.0), (0.06, 0.5, 3.0), (0.06, 0.7, 2.0), (0.05, 0.5, 3.0))
    ]
    usual = where.layers.settings({})
    for name in ("no_engagement", "tokenism"):
        walked = [settings.plain() for settings in where.walk(name, rows)]
        assert walked == [where.case(name, usual, row).plain() for row in rows]
        assert walked[0] == walked[3] != walked[1]


def test_a_scenario_says_what_it_is_on_top_of_a_draw():
    runs = Formula(level)
    tried = draws.tried(place(), 2, 1, runs)
    by_case = dict(zip(CASES, np.array(runs.asked, object)[:, 0].reshape(len(CASES), 2), strict=True))
    for case in ("no_engagement", "tokenism", "consultation", "co_creation"):
        said = compose([*CITY, f"scenario={case}"]).settings
        for i, settings in enumerate(by_case[case]):
            assert (settings.forum.every, settings.forum.rung) == (said.forum.every, said.forum.rung)
            assert settings.trust.gain == tried.drawn["trust.gain"][i] != said.trust.gain
    assert [s.forum.adoption for s in by_case["tokenism"]] == [0, 0]
    assert by_case["co_creation"][0].forum.adoption == by_case["none"][0].forum.adoption != 0
    assert all(s.tip.budget == draws.BUDGET for s in by_case["start_small"])
    assert [by_case["the mix"][0].come_prepared.weight, by_case["the mix"][0].show_your_value.weight] == [3, 2]


def test_benefits_are_per_cent_of_no_tip_in_the_same_draw():
    """Four benefits alike: 7 more joint value of 100 is 7%, the other three stay, so 7/4 in all."""
    tried = draws.tried(place(), 2, 2, Formula(level))
    assert tried.benefits[CASES.index("come_prepared")].mean(axis=1) == pytest.approx([7 / 4, 7 / 4])


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_numbers_on_one_or_two_processes_and_after_an_interruption(tmp_path, workers):
    def of(folder, count, n):
        with Kept(tmp_path / folder, n) as runs:
            return draws.tried(place(), count, 1, runs)

    whole = of("whole", 2, 1)
    of("parts", 1, workers)
    again = of("parts", 2, workers)
    assert np.array_equal(whole.values, again.values, equal_nan=True)
    assert all(np.isfinite(whole.of(s)).all() for s in SENTENCES if s.id.startswith("T"))


def test_a_screening_finds_the_order_of_what_matters():
    """Token rounds cost 3 a unit of one share, 1 of another, and nothing else; none cost anything."""

    def formula(settings, _):
        token = settings.forum.every > 0
        lost = 3 * settings.forum.publicity + settings.trust.talk
        return dict.fromkeys(screening.HEADLINES, 1 - token * lost)

    found, errors = screening.screen(place(), 8, Formula(formula))
    assert errors == []
    for one in found:
        span = {n: np.subtract(*PARAMETERS[n].plausible[::-1]) for n in ("forum.publicity", "trust.talk")}
        sizes = {"forum.publicity": 3 * span["forum.publicity"], "trust.talk": span["trust.talk"]}
        best = one.factors.set_index("factor")
        assert {*best.index[:2]} == {*sizes}
        for name, size in sizes.items():
            assert best.loc[name, "mu_star"] == pytest.approx(size)
            assert best.loc[name, "mu"] == pytest.approx(-size)
        assert (best["mu_star"][2:] < 1e-9).all()
        assert one.common >= 2


def test_two_samples_of_noise_do_not_agree():
    draw = np.random.default_rng(1)
    found, _ = screening.screen(place(), 4, Formula(lambda *_: dict.fromkeys(screening.HEADLINES, draw.random())))
    assert all(abs(one.agreement) < 0.3 for one in found)
