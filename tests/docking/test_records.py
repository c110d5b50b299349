"""D8: real budgets; the files here are invented, those of real cities are tried where they are."""

import os
from pathlib import Path

import pytest

from sim.model.params import BadConfig
from sim.study.docking import records
from sim.study.docking.base import Verdict
from sim.study.docking.records import Options

ROOT = Path(__file__).parents[2]
PABULIB = Path(os.environ.get("PARTNERING_PABULIB", ROOT.parent / "shared" / "pabulib"))


@pytest.fixture
def folder(tmp_path):
    """Makes `right` files in which the city follows its rule, and `wrong` ones in which it does not."""

    def make(right, wrong, rule="greedy"):
        for n in range(right + wrong):
            a, b = (1, 0) if n < right else (0, 1)
            text = f"META\nkey;value\nbudget;100\nrule;{rule}\nPROJECTS\nproject_id;cost;votes;selected\n"
            text += f"a;60;2;{a}\nb;50;1;{b}\nVOTES\nvoter_id;vote\n1;a\n2;a,b\n"
            (tmp_path / f"{n:03}.pb").write_text(text, encoding="utf-8")
        return Options(files=str(tmp_path))

    return make


def found(o):
    return records.judge(o, [records.one(o, 1, k) for k in range(len(records.files(o)))])


def verdict(o, rule="greedy"):
    [claim] = [c for c in found(o).claims if c.says.startswith(f"{rule}:")]
    return claim.verdict


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        (30, 0, Verdict.PASS),
        (28, 2, Verdict.PASS),
        (20, 10, Verdict.FAIL),
        (4, 0, Verdict.UNDECIDED),
        (1, 3, Verdict.FAIL),
    ],
)
def test_verdicts(folder, right, wrong, expected):
    """The reference has 98.8%: of 30 files two or more wrong have a chance of 5%, three of 0.6%; four are too few."""
    assert verdict(folder(right, wrong)) == expected


def test_a_rule_that_is_not_the_citys_fails(folder, monkeypatch):
    """Files of cities that go on past what does not fit, by a rule of ours that funds nothing."""
    o = folder(30, 0)
    compared = records.compared

    def wrong(file):
        result = compared(file)
        return {**result, "funded_by_rule": [], "agreement": {"rule": {"share": 0.5, "exact": False}}}

    monkeypatch.setattr(records, "compared", wrong)
    assert verdict(o) == Verdict.FAIL


def test_what_differs_is_named(folder):
    [row] = found(folder(3, 1)).tables["files that differ"]
    assert (row["file"], row["only the city"], row["only ours"]) == ("003.pb", "b", "a")


def test_files_that_cannot_be_read_or_say_nothing_are_told(folder, tmp_path):
    o = folder(30, 0)
    (tmp_path / "x.pb").write_text("nothing\n", encoding="utf-8")
    finding = found(o)
    assert "31 files: 30 name a greedy rule" in finding.notes[0]
    assert any(note.startswith("x.pb: line 1") for note in finding.notes)


def test_without_files_nothing_is_judged():
    assert records.files(Options()) == []
    finding = records.judge(Options(), [])
    assert finding.verdict == Verdict.NOT_JUDGED
    assert "files=FOLDER" in finding.notes[0]


@pytest.mark.parametrize(("name", "says"), [("nowhere", "is not a folder"), ("", "has no .pb files")])
def test_bad_folders(tmp_path, name, says):
    with pytest.raises(BadConfig, match=says):
        records.files(Options(files=str(tmp_path / name)))


@pytest.mark.slow
@pytest.mark.skipif(not list(PABULIB.glob("*.pb")), reason="no real files: PARTNERING_PABULIB names a folder of them")
def test_real_cities():
    finding = found(Options(files=str(PABULIB)))
    assert Verdict.FAIL not in {c.verdict for c in finding.claims}
