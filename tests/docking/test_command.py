"""`sim validate docking`: words, JSON, the page."""

import json
import re
from pathlib import Path

import pytest

from sim.app import main
from sim.study.docking import command, deliberation
from sim.study.docking.command import DOCKINGS

ROOT = Path(__file__).parents[2]
SMALL = ["D4", "D4.seeds=4", "D4.people=50", "D4.sweeps=5", "D9", "D9.groups=4", "D8"]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # One process: starting others is what `tests/study/test_pool.py` is about.
    monkeypatch.setattr(command, "each", lambda work, jobs, engine: ((job, work(job)) for job in jobs))


def test_json_has_every_number_and_the_page_every_verdict(capsys):
    code = main(["validate", "docking", *SMALL, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert [d["id"] for d in said["dockings"]] == ["D4", "D8", "D9"]
    confidence, budgets, _ = said["dockings"]
    assert confidence["replications"] == 4
    assert [len(values) for values in confidence["values"].values()] == [4, 4, 4]
    assert confidence["options"]["people"] == 50
    assert budgets["verdict"] == "not judged"
    assert code == (1 if "fail" in [d["verdict"] for d in said["dockings"]] else 0)
    text = Path(said["page"]).read_text(encoding="utf-8")
    for d in said["dockings"]:
        assert f"## {d['id']} {d['title']}" in text
        assert all(f"| {c['says']} |" in text for c in d["claims"])
    assert said["date"] in text
    assert "Not the usual set-up: D4.seeds=4, D4.people=50, D4.sweeps=5." in text
    assert {file.name for file in Path("results/docking").iterdir()} == {"docking.md", "D4.png", "D9.png"}
    assert "SF11" in said["left_out"]["D2"]


def test_the_page_names_no_folder(capsys, tmp_path):
    village = (ROOT / "docs" / "village.pb").read_text(encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "village.pb").write_text(village, encoding="utf-8")
    assert main(["validate", "docking", "D8", f"files={tmp_path / 'mine'}", "to=here"]) == 0
    text = Path("here/docking.md").read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert "files=FOLDER" in text
    assert "Real budgets: undecided" in capsys.readouterr().out


def test_processes_and_their_number_change_nothing(monkeypatch):
    rows = command.carried_out(command.parsed(["D9", "D9.groups=3"]), [("D9", k) for k in (2, 0, 1)])
    again = command.carried_out(command.parsed(["D9", "D9.groups=3", "workers=1"]), [("D9", k) for k in range(3)])
    assert rows == again


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["D3"], "D3: no such docking"),
        (["D2"], "D2: left out."),
        (["D4", "D4.seedz=3"], "did you mean 'seeds'?"),
        (["D4", "D6.tables=3"], "D6.tables: D6 is not run; name it, too"),
        (["D4", "D4.seeds=3", "D4.seeds=4"], "D4.seeds: given twice"),
        (["sead=3"], "sead: no such word; did you mean 'seed'?"),
        (["seed=x"], "seed: 'x'; allowed: a whole number from 0"),
        (["D1", "D1.minority=100"], "D1.minority: 100 of 100 people is no minority"),
        (["D8", "files=nowhere"], "files: nowhere is not a folder"),
        (["D4", "D4.seeds=2", "to=file"], "to: file"),
    ],
)
def test_bad_words(capsys, words, says):
    Path("file").touch()
    assert main(["validate", "docking", *words]) == 2
    assert says in capsys.readouterr().err


def test_every_fault_is_told_and_nothing_is_left(capsys):
    words = ["D4", "D8", "D4.confidence=0.1,x", "files=nowhere", "workers=0", "to=new/place"]
    assert main(["validate", "docking", *words]) == 2
    said = capsys.readouterr().err
    for fault in ("D4.confidence: 'x'", "files: nowhere is not a folder", "workers: '0'"):
        assert fault in said
    assert not Path("new").exists()


def test_people_without_a_conflict_are_told(capsys, monkeypatch):
    """A minority of one in a hundred is never a tenth of those without a winner."""
    monkeypatch.setattr(deliberation, "PATIENCE", 5)
    assert main(["validate", "docking", "D1", "D1.minority=1", "D1.profiles=2"]) == 2
    assert "none of 5 profiles drawn has a real conflict; D1.screen=no takes any" in capsys.readouterr().err


def test_validate_needs_to_know_what(capsys):
    assert main(["validate"]) == 2
    assert main(["validate", "dockin"]) == 2
    assert "did you mean 'docking'?" in capsys.readouterr().err


def test_help_lists_every_option(capsys):
    assert main(["validate", "docking", "--help"]) == 0
    text = capsys.readouterr().out
    for d in DOCKINGS.values():
        assert re.search(rf"^  {d.id}  {d.title}", text, re.M)
        for name in d.options.__dataclass_fields__:
            assert name == "files" or f"  {d.id}.{name}=" in text
    for line in text.splitlines():
        if line.startswith("  sim validate docking "):
            words = line.split()[3:]
            assert command.parsed([w for w in words if w != "--json" and not w.startswith("files=")])


def test_the_page_in_the_repository_has_every_docking():
    text = (ROOT / "docs" / "evidence" / "docking.md").read_text(encoding="utf-8")
    for d in DOCKINGS.values():
        assert f"## {d.id} {d.title}" in text
        assert (ROOT / "docs" / "evidence" / f"{d.id}.png").exists()


def test_a_set_up_without_reference_numbers_shows_ours(capsys):
    assert main(["validate", "docking", "D4", "D4.confidence=0.15,0", "D4.seeds=2", "workers=1"]) == 0
    said = capsys.readouterr()
    assert "Not judged: there are no reference numbers" in said.out
    assert re.search(r"^ *0\.150 +\d", said.out, re.M)
    assert "D2" not in said.out
    assert "Warning" not in said.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["D9", "D9.start=12"], "D9.start: 12 of 12 people leave nobody to enter"),
        (["D9", "D9.wait=100"], "D9.rounds: in 36 months, one every 100, not all 12 enter"),
        (["D1", "D1.group=101"], "D1.group: 101 at a table, of 100 people"),
        (["D8", "D8.files=.", "files=."], "files: given twice"),
    ],
)
def test_set_ups_that_cannot_be(capsys, words, says):
    assert main(["validate", "docking", *words]) == 2
    assert says in capsys.readouterr().err
