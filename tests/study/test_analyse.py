"""`sim analyse`: what it shows of each design, what it refuses, and what it leaves alone."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import image
from scipy import stats

from sim.app import main
from sim.model.outcomes import OUTCOMES
from sim.study import analyse, findings, pictures, response
from sim.study.load import load, plain

SCENARIOS = {"scenario": ["tokenism", "no_engagement", "co_creation"]}
FACTORS = {"trust.asymmetry": (1.0, 5.0), "power.imbalance": (0.1, 0.9), "turnover.annual_rate": (0.04, 0.2)}
LIFT = {"tokenism": -0.02, "no_engagement": 0.0, "co_creation": 0.03}


def made(s, seed):
    """Co-creation is worse than no engagement where a bad experience weighs more than 4 times a good one."""
    draw = np.random.default_rng(seed)
    weight = s.get("trust.asymmetry", 2.0)
    lift = LIFT[s.get("scenario", "no_engagement")] * (1 if weight <= 4 or s.get("scenario") != "co_creation" else -1)
    shared = draw.normal(0, 0.01)
    own = np.random.default_rng([seed, int(1000 * (lift + 1)), int(1e6 * weight)]).normal(0, 0.002)
    return {
        "trust": 0.5 + lift - 0.01 * weight + shared + own,
        "participation": 0.2 + lift / 2 + shared - own,
        "staff_hours": 9000 + 1000 * abs(lift) + 500 * shared,
        "tokenism_gap": float("nan") if s.get("scenario") == "no_engagement" else 0.2,
    }


def told(capsys):
    return " ".join(capsys.readouterr().out.split())


def test_a_grid_of_choices(exported, capsys):
    folder = exported(made, levels=SCENARIOS) / "analysis"
    assert main(["analyse", "made"]) == 0
    text = told(capsys)
    assert "made: 3 policies, 1 future, 30 seeds, 90 runs (grid design)" in text
    assert "Tokenism, against No engagement (with 95% intervals): trust in the city lower by 2.0" in text
    assert "90 more seeds" in text
    for absent in ("Robustness", "Responses", "matters most", "When policies fail", "Note:"):
        assert absent not in text
    table = pd.read_csv(folder / "differences.csv").set_index(["outcome", "policy"])
    runs = pd.read_parquet(folder.parent / "runs.parquet").set_index(["scenario", "seed"])["trust"]
    by_hand = (runs["tokenism"] - runs["no_engagement"]).mean()
    assert table.loc[("trust", "tokenism"), "difference"] == pytest.approx(by_hand)
    assert set(table["baseline"]) == {"no_engagement"}
    assert sorted(f.name for f in folder.iterdir()) == sorted(
        ["summary.md"]
        + [f"differences{end}" for end in (".csv", ".png", ".svg")]
        + [f"convergence{end}" for end in (".csv", ".png", ".svg")]
    )
    summary = (folder / "summary.md").read_text()
    assert "![Differences to No engagement: differences](differences.png)" in summary
    assert pictures.CAVEAT in summary
    assert image.imread(folder / "differences.png").shape[1] == 1650


def test_holm_is_over_all_claims(exported):
    """Six p of 0 to 1: each is its own times the number of those not smaller, at least those before, at most 1."""
    exported(made, levels=SCENARIOS, seeds=8)
    study, asked = analyse._asked("made", {"outcome": "trust,participation,staff_hours"})
    table = findings.contrasts(study, asked, [(0, 1), (2, 1)]).sort_values("p")
    by_hand = np.minimum(np.maximum.accumulate(table["p"] * np.arange(6, 0, -1)), 1)
    assert table["p_holm"].to_numpy() == pytest.approx(by_hand.to_numpy())


def test_a_sample_of_futures(exported, capsys):
    folder = exported(made, "lhs", SCENARIOS, FACTORS, 200, 3) / "analysis"
    assert main(["analyse", "made", "outcome=trust"]) == 0
    text = told(capsys)
    boxes = pd.read_csv(folder / "boxes.csv")
    rows = boxes[boxes["policy"] == "co_creation"]
    assert list(rows["factor"]) == ["trust.asymmetry"]
    assert rows["low"].iloc[0] == pytest.approx(4, abs=0.05)
    assert rows["failing"].iloc[0] == pytest.approx(50, abs=1)  # a quarter of a Latin hypercube
    assert "Tokenism fails in 200 of 200 futures." in text
    assert "have trust.asymmetry above" in text
    robust = pd.read_csv(folder / "robustness.csv").set_index("policy")
    assert robust.loc["co_creation", "satisficing"] == pytest.approx(0.75, abs=0.01)
    assert robust.loc["no_engagement", "regret_max"] == pytest.approx(0.03, abs=0.012)
    assert np.isnan(robust.loc["no_engagement", "satisficing"])  # it is the baseline itself
    assert "When policies fail" in text
    assert "take four times as many futures (800)" in text
    for picture in ("differences", "response", "interaction", "failing-1", "failing-3", "robustness", "convergence"):
        assert (folder / f"{picture}.png").exists() == (picture != "failing-1")  # where all fail is nothing to draw


def test_what_was_drawn_is_known_though_a_policy_keeps_a_value_of_its_own(exported):
    folder = exported(made, "lhs", SCENARIOS, FACTORS, 20, 2)
    runs = pd.read_parquet(folder / "runs.parquet")
    drawn = runs[runs["scenario"] == "co_creation"].drop_duplicates("point")["trust.asymmetry"].tolist()
    runs.loc[runs["scenario"] == "tokenism", "trust.asymmetry"] = 2.5
    runs.to_parquet(folder / "runs.parquet")
    assert load("made", ["trust"]).futures["trust.asymmetry"].tolist() == drawn


def test_large_levels_are_told_apart_and_named_as_they_are_typed():
    assert [plain(v) for v in (1e6, 1000001.0, 0.2, 0.1 + 0.2, True)] == ["1000000", "1000001", "0.2", "0.3", "true"]


def test_a_criterion_of_ones_own(exported, capsys):
    exported(made, "lhs", None, FACTORS, 60, 2)
    assert main(["analyse", "made", "outcome=trust", "fail=trust<0.47", "--json"]) == 0
    parts = json.loads(capsys.readouterr().out)["parts"]
    [failing] = [p for p in parts if p["title"].startswith("When policies fail (trust<0.47)")]
    assert "trust in the city is below 47%" in failing["note"]
    [box] = failing["tables"]["boxes"]
    assert box["factor"] == "trust.asymmetry"
    assert box["low"] == pytest.approx(3, abs=0.5)


def test_settings_of_a_grid_are_compared_where_no_choice_was_listed(exported, capsys):
    levels = {"trust.asymmetry": [1.0, 3.0], "power.imbalance": [0.2, 0.8]}
    folder = exported(made, levels=levels, seeds=5) / "analysis"
    assert main(["analyse", "made", "outcome=trust", "baseline=3"]) == 0
    text = told(capsys)
    assert "asymmetry=1, imbalance=0.2, against asymmetry=3, imbalance=0.2" in text
    assert "5 seeds are few" in text
    table = pd.read_csv(folder / "responses.csv")
    assert set(table["factor"]) == set(levels)
    cells = pd.read_csv(folder / "interactions.csv")
    assert len(cells) == 4


def test_one_factor_at_a_time_has_the_others_at_their_base(exported):
    base = {"trust.asymmetry": 2.0, "power.imbalance": 0.5}
    rows = [base, {**base, "trust.asymmetry": 1.0}, {**base, "trust.asymmetry": 4.0}, {**base, "power.imbalance": 0.9}]
    exported(lambda s, seed: {"trust": s["trust.asymmetry"] * s["power.imbalance"] / 10 + seed / 100}, "oat",
             factors=FACTORS, rows=rows, seeds=3)  # fmt: skip
    table = response.curves(load("made", ["trust"]), "trust").set_index(["factor", "at"])
    assert list(table.loc["trust.asymmetry"].index) == [1, 2, 4]
    assert table.loc[("trust.asymmetry", 4), "mean"] == pytest.approx(0.2 + 0.02)
    assert table.loc[("power.imbalance", 0.9), "mean"] == pytest.approx(0.18 + 0.02)
    half = 4.302653 * 0.01 / 3**0.5
    assert table.loc[("power.imbalance", 0.9), "low"] == pytest.approx(0.2 - half, abs=1e-6)


def test_every_setting_of_the_table_is_named_once(exported, capsys):
    base = {"trust.asymmetry": 2.0, "power.imbalance": 0.5}
    rows = [base, {**base, "trust.asymmetry": 4.0}, {**base, "power.imbalance": 0.9}]
    exported(lambda s, seed: {"trust": s["trust.asymmetry"] * s["power.imbalance"] / 10 + seed / 100}, "oat",
             levels={"scenario": ["tokenism", "co_creation"]}, factors=FACTORS, rows=rows, seeds=3)  # fmt: skip
    assert main(["analyse", "made", "outcome=trust"]) == 0
    table = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert sorted(w for w in table if w in base) == sorted(base)


def test_curves_of_a_sample_by_hand(exported):
    """64 futures in 8 bins of 8: the mean of a bin, over its futures."""
    exported(lambda s, seed: {"trust": s["trust.asymmetry"] / 10}, "lhs", factors=FACTORS, points=64, seeds=2)
    study = load("made", ["trust"])
    curve = response.curves(study, "trust")
    own = curve[curve["factor"] == "trust.asymmetry"]
    assert list(own["n"]) == [8] * 8
    ordered = np.sort(study.futures["trust.asymmetry"]).reshape(8, 8)
    assert own["at"].to_numpy() == pytest.approx(ordered.mean(axis=1))
    assert own["mean"].to_numpy() == pytest.approx(ordered.mean(axis=1) / 10)
    assert response.strongest(curve, 1) == ["trust.asymmetry"]


def test_the_baseline_leaves_all_else_equal(exported):
    levels = {"city": ["ghent", "freiburg"], "scenario": ["tokenism", "co_creation"]}
    exported(made, levels=levels, seeds=3)
    study, asked = analyse._asked("made", {})
    assert study.names == ["ghent, tokenism", "ghent, co_creation", "freiburg, tokenism", "freiburg, co_creation"]
    assert asked.baseline == [0, 0, 2, 2]
    assert analyse._asked("made", {"baseline": "co_creation"})[1].baseline == [1, 1, 3, 3]
    assert analyse._asked("made", {"baseline": "freiburg"})[1].baseline == [2, 3, 2, 3]
    assert analyse._asked("made", {"baseline": "freiburg,co_creation"})[1].baseline == [3, 3, 3, 3]


def test_a_choice_named_like_an_outcome_and_two_tips_at_once(exported):
    exported(lambda s, seed: {"trust": 0.3}, levels={"trust": ["low", "high"], "tip": ["none", ["a", "b"]]}, seeds=2)
    study, asked = analyse._asked("made", {"baseline": "tip:none"})
    assert study.names == ["low, none", "low, [a,b]", "high, none", "high, [a,b]"]
    assert study.titles[3].endswith("a + b")
    assert asked.baseline == [0, 0, 2, 2]


def test_a_table_of_points_may_hold_choices(exported):
    rows = [{"scenario": s, "trust.asymmetry": a} for s in ("tokenism", "co_creation") for a in (1.0, 2.0, 4.5)]
    exported(made, "file", rows=rows, seeds=4)
    study, asked = analyse._asked("made", {"baseline": "tokenism"})
    assert (len(study.policies), len(study.futures), len(study.seeds)) == (2, 3, 4)
    assert asked.baseline == [0, 0]
    assert not np.isnan(study.values["trust"]).any()


def test_lost_runs_are_told_and_their_pairs_left_out(exported, capsys):
    exported(made, levels=SCENARIOS, lost=lambda s, seed: seed == 7 and s["scenario"] == "tokenism")
    assert main(["analyse", "made", "outcome=trust", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["missing"] == 1
    assert "1 of 90 planned runs are not in it (1 failed)" in answer["warnings"][0]
    rows = {r["policy"]: r for r in answer["parts"][0]["tables"]["differences"]}
    assert (rows["tokenism"]["pairs"], rows["co_creation"]["pairs"]) == (29, 30)


def test_every_outcome_on_request(exported, capsys):
    exported(made, levels=SCENARIOS, seeds=3)
    assert main(["analyse", "made", "outcome=all", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["parts"][0]["tables"]["differences"]
    assert {r["outcome"] for r in rows} == set(OUTCOMES)
    [gap] = [r for r in rows if r["outcome"] == "tokenism_gap" and r["policy"] == "tokenism"]
    assert gap["difference"] is None  # the baseline has no rounds


@pytest.mark.parametrize(
    ("words", "faults"),
    [
        ([], ["needs the name of one study"]),
        (["a", "b"], ["needs the name of one study"]),
        (["mad"], ["mad: no exported sweep of that name in results; did you mean 'made'?"]),
        (["../made"], ["cannot name a study"]),
        (["made", "outcom=trust"], ["outcom: sim analyse knows no such word; did you mean 'outcome'?"]),
        (["made", "outcome="], ["outcome: empty"]),
        (["made", "outcome=trust", "outcome=survival"], ["outcome: given twice"]),
        (
            ["made", "outcome=trst,participatoin", "fail=trust<<1", "baseline=co_creaton"],
            [
                "'trst': no such outcome; did you mean 'trust'?",
                "'participatoin': no such outcome; did you mean 'participation'?",
                "'trust<<1' is no criterion",
                "'co_creaton' was not listed in this study; did you mean 'co_creation'?",
            ],
        ),
    ],
)
def test_bad_input_is_refused_with_every_fault(exported, capsys, words, faults):
    folder = exported(made, levels=SCENARIOS, seeds=2)
    assert main(["analyse", *words]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == len(faults)
    for fault in faults:
        assert fault in said
    assert not (folder / "analysis").exists()


def test_nothing_to_analyse(exported, capsys):
    exported(made, levels={"scenario": ["tokenism"]}, seeds=3, name="same")
    exported(made, levels=SCENARIOS, seeds=3, name="none", lost=lambda s, seed: True)
    older = exported(made, levels=SCENARIOS, seeds=3, name="older") / "provenance.json"
    older.write_text(json.dumps({k: v for k, v in json.loads(older.read_text()).items() if k != "design"}))
    half = exported(made, levels=SCENARIOS, seeds=3, name="half")
    (half / "ledger.sqlite").touch()
    (half / "provenance.json").unlink()
    broken = exported(made, levels=SCENARIOS, seeds=3, name="broken")
    (broken / "runs.parquet").write_text("no table")
    table = pd.read_parquet(exported(made, levels=SCENARIOS, seeds=3, name="renamed") / "runs.parquet")
    table.rename(columns={"trust": "faith"}).to_parquet("results/renamed/runs.parquet")
    for name, fault in {
        "renamed": "its tables are of a version of the model that differs in trust;",
        "same": "nothing varies in it",
        "none": "not one run has succeeded",
        "older": "write it anew with `sim export older`",
        "broken": "cannot be read",
        "half": "write them with `sim export half`",
    }.items():
        assert main(["analyse", name]) == 2
        assert fault in capsys.readouterr().err


def test_a_lone_policy_needs_a_number_to_fail_by(exported, capsys):
    exported(made, "lhs", factors=FACTORS, points=20, seeds=2)
    assert main(["analyse", "made", "fail=trust<baseline"]) == 2
    assert "compare with a number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "levels", "factors"),
    [
        ("morris", None, FACTORS),
        ("grid", {"power.imbalance": [0.1, 0.9]}, None),
        ("grid", {"trust": ["low", "high"]}, None),
    ],
)
def test_a_criterion_that_the_design_has_no_use_for_is_refused(exported, capsys, kind, levels, factors):
    exported(made, kind, levels, factors, points=2, seeds=2)
    assert main(["analyse", "made", "fail=trust<0.4"]) == 2
    assert "fail: nothing is said of failing" in capsys.readouterr().err


def digests(folder):
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.iterdir() if f.is_file()}


def test_it_is_saved_whole_or_not_at_all_and_leaves_the_rest_alone(exported, monkeypatch):
    folder = exported(made, levels=SCENARIOS, seeds=3)
    before = digests(folder)
    assert main(["analyse", "made", "outcome=trust"]) == 0
    first = digests(folder / "analysis")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(pictures, "convergence", full)
    assert main(["analyse", "made", "outcome=participation"]) == 1
    assert digests(folder / "analysis") == first
    assert digests(folder) == before
    assert [f.name for f in folder.iterdir() if f.is_dir()] == ["analysis"]
    monkeypatch.undo()


def test_the_same_study_gives_the_same_bytes(exported):
    folder = exported(made, "lhs", SCENARIOS, FACTORS, 60, 2) / "analysis"
    found = []
    for _ in range(2):
        assert main(["analyse", "made", "outcome=trust"]) == 0
        found.append(digests(folder))
    assert found[0] == found[1]


def test_no_city_can_be_run_and_nothing_heavy_is_loaded_before_it_is_needed(exported, tmp_path):
    exported(made, levels=SCENARIOS, seeds=3)
    code = (
        "import sys; from sim.app import main; main(['analyse', '--help']); a = set(sys.modules);"
        "main(['analyse', 'made', 'outcome=trust']); b = set(sys.modules);"
        "print([m for m in ('scipy', 'pandas', 'statsmodels') if m in a],"
        "[m for m in ('sim.model.city', 'mesa', 'numba', 'SALib', 'ema_workbench') if m in b])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] []"


def test_ranks_are_spearmans(exported):
    """Each pair by itself, as SciPy has it; a factor that is always the same has none."""
    exported(made, "lhs", SCENARIOS, FACTORS | {"turnover.handover": (0.5, 0.5)}, 40, 2)
    study = load("made", ["trust"])
    table = response.ranks(study, "trust").set_index(["factor", "policy"])
    assert "turnover.handover" not in study.futures
    for factor in FACTORS:
        for i, name in enumerate(study.names):
            alone = stats.spearmanr(study.futures[factor], study.values["trust"][i].mean(axis=1))
            assert table.loc[(factor, name), "rho"] == pytest.approx(alone.statistic)
            assert table.loc[(factor, name), "p"] == pytest.approx(alone.pvalue)
    assert table.index[0][0] == "trust.asymmetry"


def capricious(s, seed):
    """Undefined for one policy, now and then for another."""
    draw = np.random.default_rng([seed, int(1e6 * s.get("trust.asymmetry", 0))])
    nowhere = s.get("scenario") == "tokenism"
    gap = float("nan") if s.get("scenario") == "no_engagement" or draw.random() < 0.5 else draw.random()
    return {"trust": draw.normal(0.5, 0.1), "participation": float("nan") if nowhere else 0.3, "tokenism_gap": gap}


TWO = {"trust.asymmetry": (1.0, 5.0), "power.imbalance": (0.1, 0.9)}


@pytest.mark.parametrize(
    ("words", "made_of"),
    [
        ([], {"levels": SCENARIOS, "seeds": 1}),
        (["outcome=tokenism_gap"], {"levels": SCENARIOS, "seeds": 2}),
        (["outcome=tokenism_gap,participation,representation_ratio"],
         {"kind": "lhs", "levels": SCENARIOS, "factors": TWO, "points": 30, "seeds": 4}),
        (["outcome=participation,trust"],
         {"kind": "lhs", "levels": SCENARIOS, "factors": TWO, "points": 30, "seeds": 4}),
        ([], {"kind": "lhs", "levels": SCENARIOS, "factors": TWO, "points": 2, "seeds": 1}),
        (["fail=trust<0.5"], {"kind": "lhs", "factors": {"trust.asymmetry": (1.0, 5.0)}, "points": 40, "seeds": 2}),
        (["outcome=all"], {"kind": "lhs", "levels": SCENARIOS, "factors": TWO, "points": 40, "seeds": 3,
                           "lost": lambda s, seed: seed == 2 and s["trust.asymmetry"] > 3}),
        ([], {"kind": "lhs", "levels": SCENARIOS, "factors": TWO, "points": 40, "seeds": 3,
              "lost": lambda s, seed: s["trust.asymmetry"] > 3}),
        ([], {"kind": "oat", "rows": [{"trust.asymmetry": 3.0}, {"trust.asymmetry": 1.0}], "seeds": 1}),
        ([], {"levels": {"trust.asymmetry": [float(x) for x in range(1, 31)]}, "seeds": 3}),
        ([], {"levels": {"forum.rung": ["inform", "involve"], "outside.euro": [True, False]}, "seeds": 3}),
    ],
)  # fmt: skip
def test_odd_studies_make_neither_a_crash_nor_nan_in_sentences(exported, capsys, words, made_of):
    folder = exported(capricious, **made_of)
    assert main(["analyse", "made", *words]) == 0
    assert "nan" not in capsys.readouterr().out.split()
    assert "nan%" not in (folder / "analysis" / "summary.md").read_text()
