"""Indices against functions whose indices are known."""

import numpy as np
import pandas as pd
import pytest

from sim.app import main
from sim.model.outcomes import OUTCOMES
from sim.study import sensitivity
from sim.study.analyse import _asked
from sim.study.load import load

SPAN = (-np.pi, np.pi)
FACTORS = {"trust.asymmetry": SPAN, "power.imbalance": SPAN, "turnover.annual_rate": SPAN}
# Ishigami and Homma (1990), a = 7, b = 0.1: variance 13.845, first-order parts 4.346, 6.125 and 0.
FIRST = (0.3139, 0.4424, 0.0)
TOTAL = (0.5576, 0.4424, 0.2437)


def ishigami(s, seed):
    x, y, z = (s[f] for f in FACTORS)
    return {"trust": np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)}


def test_sobol_indices_of_ishigami(exported):
    exported(ishigami, "sobol", factors=FACTORS, points=1024, seeds=1)
    found = sensitivity.indices(load("made", ["trust"]), ["trust"]).set_index("factor")
    assert found["S1"].to_numpy() == pytest.approx(FIRST, abs=0.05)
    assert found["ST"].to_numpy() == pytest.approx(TOTAL, abs=0.05)
    assert found["ST_conf"].between(0.005, 0.1).all()


def test_noise_that_all_futures_share_leaves_sobol_indices_alone(exported):
    """Common random numbers: a seed adds the same to every future, and means over seeds are as without."""
    noise = np.random.default_rng(1).normal(0, 4, 100)
    exported(lambda s, seed: {"trust": ishigami(s, seed)["trust"] + noise[seed]}, "sobol", None, FACTORS, 256, 3)
    found = sensitivity.indices(load("made", ["trust"]), ["trust"]).set_index("factor")
    assert found["ST"].to_numpy() == pytest.approx(TOTAL, abs=0.12)


def linear(s, seed):
    """Per range: 3 for the first, -2 for the second, 0 for the third; the sign of mu tells the direction."""
    x, y, _ = ((s[f] + np.pi) / (2 * np.pi) for f in FACTORS)
    return {"trust": 3 * x - 2 * y, "participation": x * y, "survival": 0.5}


def test_morris_effects_of_a_linear_function(exported):
    exported(linear, "morris", factors=FACTORS, points=10, seeds=2)
    study = load("made", ["trust", "participation", "survival"])
    found = sensitivity.indices(study, ["trust", "participation", "survival"]).set_index(["outcome", "factor"])
    trust = found.loc["trust"]
    assert trust["mu_star"].to_numpy() == pytest.approx([3, 2, 0], abs=1e-9)
    assert trust["mu"].to_numpy() == pytest.approx([3, -2, 0], abs=1e-9)
    assert trust["sigma"].to_numpy() == pytest.approx([0, 0, 0], abs=1e-9)
    assert (found.loc["participation"]["sigma"].iloc[:2] > 0.1).all()  # a product: no effect of its own
    assert found.loc["survival"]["mu_star"].to_numpy() == pytest.approx([0, 0, 0])


def test_sobol_of_a_constant_is_undefined_and_not_zero(exported):
    exported(lambda s, seed: {"trust": 0.5}, "sobol", factors=FACTORS, points=8, seeds=1)
    assert sensitivity.indices(load("made", ["trust"]), ["trust"])["ST"].isna().all()


@pytest.mark.parametrize("kind", ["morris", "sobol"])
def test_one_lost_run_refuses_indices_and_nothing_else(exported, kind, capsys):
    folder = exported(
        linear, kind, {"scenario": ["no_engagement", "tokenism"]}, FACTORS, 8, 3,
        lost=lambda s, seed: seed == 2 and s["scenario"] == "tokenism" and s["trust.asymmetry"] > 2.0,
    )  # fmt: skip
    assert main(["analyse", "made", "outcome=trust"]) == 1
    said = capsys.readouterr()
    assert "indices need every one" in said.err
    assert "sim retry made" in said.err
    assert "Differences to No engagement" in said.out
    assert not (folder / "analysis" / f"{kind}.csv").exists()
    assert (folder / "analysis" / "differences.csv").exists()
    assert "**Refused:**" in (folder / "analysis" / "summary.md").read_text()


def test_one_undefined_outcome_refuses_its_own_indices_only(exported, capsys):
    def undefined(s, seed):
        return linear(s, seed) | ({"participation": float("nan")} if s["power.imbalance"] > 3.0 and seed == 1 else {})

    folder = exported(undefined, "morris", factors=FACTORS, points=6, seeds=2)
    assert main(["analyse", "made", "outcome=trust,participation"]) == 1
    assert "participation: undefined in" in capsys.readouterr().err
    assert set(pd.read_csv(folder / "analysis" / "morris.csv")["outcome"]) == {"trust"}


def test_whole_numbers_and_steps_are_those_that_were_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def growing(settings, seed, months):
        return dict.fromkeys(OUTCOMES, np.full(months, settings.city.degree / 64 + seed / 1000))

    monkeypatch.setattr("sim.study.run.run_city", growing)
    monkeypatch.setattr("sim.study.carry_out.each", lambda work, jobs, engine: ((job, work(job)) for job in jobs))
    words = ["design=sobol", "points=4", "vary=city.degree,outside.term,turnover.annual_rate", "seeds=2", "months=3"]
    assert main(["sweep", *words, "name=made"]) == 0
    assert main(["analyse", "made", "outcome=trust"]) == 0
    assert "depends most on city.degree" in " ".join(capsys.readouterr().out.split())


def test_another_sample_than_the_one_that_was_run_is_refused(exported, capsys):
    """As another version of SALib might draw it: indices would be of nothing."""
    about = exported(linear, "sobol", factors=FACTORS, points=8, seeds=1) / "provenance.json"
    about.write_text(about.read_text().replace('"seed": 1', '"seed": 2'))
    assert main(["analyse", "made", "outcome=trust"]) == 1
    assert "not those of the sample" in capsys.readouterr().err
    assert not (about.parent / "analysis" / "sobol.csv").exists()


def test_the_seeds_share_of_the_variance(exported):
    """Futures 0 and 1 in equal parts have variance 1/4; seeds -1 and 1 work alike in all: variance 1, or 2 of n - 1."""
    rows = [{"trust.asymmetry": float(x)} for x in (0, 1) * 50]
    exported(lambda s, seed: {"trust": s["trust.asymmetry"] + (-1) ** seed}, "lhs", None, {"trust.asymmetry": (0, 1)},
             100, 2, rows=rows)  # fmt: skip
    [row] = sensitivity.chance(load("made", ["trust"]), ["trust"]).to_dict("records")
    futures = 0.25 * 100 / 99
    assert row["futures"] == pytest.approx(futures / (futures + 2))
    assert row["seeds"] == pytest.approx(2 / (futures + 2))
    assert row["rest"] == pytest.approx(0, abs=1e-12)


def test_a_sobol_sample_is_not_a_sample_of_futures(exported):
    """Only the first and last row of each block are drawn by themselves."""
    exported(linear, "sobol", factors=FACTORS, points=8, seeds=1)
    study = load("made", ["trust"])
    own = study.independent()
    assert (len(study.futures), len(own.futures)) == (40, 16)
    assert own.futures["trust.asymmetry"].nunique() == 16
    assert own.values["trust"][0, :2, 0] == pytest.approx(study.values["trust"][0, [0, 4], 0])


@pytest.mark.parametrize(("kind", "points", "said"), [("morris", 4, "4 trajectories"), ("sobol", 8, "points=32")])
def test_too_few_points_are_told(exported, kind, points, said):
    exported(linear, kind, factors=FACTORS, points=points, seeds=1)
    study, asked = _asked("made", {"outcome": "trust"})
    assert said in " ".join(sensitivity.doubts(study, sensitivity.indices(study, asked.outcomes)))


def test_what_separates_failing_futures():
    """Distance by hand: all failing ones lie above all others in `a`; in `b` both have the same values."""
    futures = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6], "b": [1.0, 2, 3, 1, 2, 3]})
    failing = np.array([False, False, False, True, True, True])
    table = sensitivity.separating(futures, failing).set_index("factor")
    assert table.loc["a", "distance"] == 1
    assert table.loc["a", "p"] == pytest.approx(0.1)  # 2 of the 20 ways to choose three of six
    assert (table.loc["a", "median_fail"], table.loc["a", "median_other"]) == (5, 2)
    assert table.loc["b", "distance"] == 0
