"""`sim validate all`: parts are done once, kept until what they stand on changes, and told fails first."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sim.app import main
from sim.model.params import BadConfig
from sim.study.evidence import everything, parts
from sim.study.evidence.parts import FAIL, PARTS, PASS, UNTESTABLE, Part, Verdict
from sim.study.presets import PACKAGE

ROOT = PACKAGE.parent


@dataclass(frozen=True)
class Script(Part):
    """A part that runs some Python."""

    script: str = ""

    def command(self, fast, workers, more, answer):
        return [sys.executable, "-c", self.script]


def verdicts(answer):
    return [Verdict(**one) for one in answer]


def script(name, *found, before="", **more):
    """A part that notes that it ran, and prints verdicts."""
    rows = [{"id": f"{name}{i}", "claim": "c", "found": "f", "verdict": v} for i, v in enumerate(found)]
    text = f"open('ran', 'a').write('{name} ')\n{before}\nimport json; print(json.dumps({rows!r}))"
    return Script(name, f"Part {name}", verdicts, ("x",), ("x",), script=text, **more)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def use(*some):
        monkeypatch.setattr(everything, "PARTS", some)
        monkeypatch.setattr(everything, "BY_NAME", {p.name: p for p in some})

    use.ran = lambda: Path("ran").read_text().split()
    return use


def test_fails_come_first_and_nothing_is_done_twice(here, capsys):
    here(script("a", PASS, UNTESTABLE), script("b", PASS, FAIL))
    for again in (False, True):
        assert main(["validate", "all", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert [v["id"] for v in said["verdicts"]] == ["b1", "a1", "a0", "b0"]
        assert said["counts"] == {"fail": 1, "undecided": 0, "not testable": 1, "pass": 2}
        assert [p["again"] for p in said["parts"]] == [again, again]
    assert here.ran() == ["a", "b"]
    page = Path("results/evidence/verdicts.md").read_text(encoding="utf-8")
    assert page.index("4 verdicts: 1 fail, 0 undecided, 1 not testable, 2 pass.") < page.index("## Fail: 1")
    assert page.index("## Fail: 1") < page.index("## Not testable: 1") < page.index("## Pass: 2")


def test_what_a_part_stands_on_makes_it_another(here, monkeypatch, tmp_path):
    monkeypatch.setattr(everything, "ROOT", tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "budgets").mkdir()
    a, docking = script("a", PASS), script("docking", PASS)
    here(a, docking)
    asked = everything.ordered(["files=budgets"])
    seen = {(everything.key(asked, a), everything.key(asked, docking))}

    def both_differ(*differ):
        now = everything.key(asked, a), everything.key(asked, docking)
        ((before_a, before_docking),) = seen
        assert (now[0] != before_a, now[1] != before_docking) == differ
        seen.clear()
        seen.add(now)

    both_differ(False, False)
    (tmp_path / "budgets" / "one.pb").write_text("META")
    both_differ(False, True)
    (tmp_path / "tests" / "conftest.py").write_text("1")
    both_differ(False, False)
    for hashed in ("another program", "another scenario"):
        monkeypatch.setattr(everything, "source_hash", lambda hashed=hashed: hashed)
        both_differ(True, True)
    assumed = Part("assumed", "Draws", verdicts, ("validate", "assumed"))
    asked = everything.ordered(["files=budgets", "trajectories=40"])
    assert asked.more["assumed"] == "trajectories=40"
    assert everything.key(asked, assumed) != everything.key(everything.ordered([]), assumed)
    with pytest.raises(BadConfig, match="trajectories: '1'; allowed: a whole number from 2"):
        everything.ordered(["trajectories=1"])
    main(["validate", "all", "files=budgets"])
    monkeypatch.setattr(everything, "source_hash", lambda: "a third")
    main(["validate", "all", "files=budgets"])
    assert here.ran() == ["a", "docking", "a", "docking"]


def test_a_part_of_tests_stands_on_all_tests(monkeypatch, tmp_path):
    monkeypatch.setattr(everything, "ROOT", tmp_path)
    (tmp_path / "tests" / "drift").mkdir(parents=True)
    asked, part = everything.ordered([]), Part("t", "Tests", parts.tested, tests="tests/laws")
    keys = [everything.key(asked, part)]
    for name in ("conftest.py", "drift/ghent.json", "interpreted.py"):
        (tmp_path / "tests" / name).write_text("1")
        keys.append(everything.key(asked, part))
    assert len({*keys}) == 4


def test_a_part_without_an_answer_is_told_and_tried_again(here, capsys):
    refused = 'print(\'{"faults": ["no such word"]}\'); raise SystemExit(2)'
    here(script("a", PASS, before=refused), script("b", PASS, before="raise SystemExit(3)"), script("c", PASS))
    for _ in range(2):
        assert main(["validate", "all", "--json"]) == 1
        said = json.loads(capsys.readouterr().out)
        assert said["not run"] == {"a": "not run: no such word", "b": "not run: its command ended without an answer"}
        assert [v["id"] for v in said["verdicts"]] == ["c0"]
    assert here.ran() == ["a", "b", "c", "a", "b"]


def test_when_the_hours_are_over_it_stops_and_goes_on_next_time(here, capsys):
    wait = "import os, time\nif not os.path.exists('go'): time.sleep(60)"
    here(script("a", PASS), script("b", PASS, before=wait), script("c", PASS))
    assert main(["validate", "all", "hours=0.0008", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [*said["not run"]] == ["b", "c"]
    assert "the hours were over" in said["not run"]["b"]
    Path("go").touch()
    assert main(["validate", "all"]) == 0
    assert here.ran() == ["a", "b", "b", "c"]


def test_tests_are_read_with_their_verdicts(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_one_is_one(): assert 1 == 1\ndef test_one_is_two(): assert 1 == 2\n"
        "@pytest.mark.skip(reason='no time')\ndef test_later(): pass\n"
    )
    file = tmp_path / "answer.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={file}", str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, capture_output=True)
    found = parts.tested(ElementTree.parse(file).getroot())
    assert [(v.claim, v.verdict) for v in found] == [
        ("one is one", PASS), ("one is two", FAIL), ("later", UNTESTABLE),
    ]  # fmt: skip
    assert "1 == 2" in found[1].found


def test_laws_are_read_with_what_breaks_them():
    answer = {"laws": 13, "months": 26, "cities": 100, "broken": {}, "at_most": 0.0295}
    (one,) = parts.lawful(answer)
    assert (one.verdict, one.found) == (PASS, "none broken: at most 2.950% of settings")
    (one,) = parts.lawful({**answer, "broken": {"7": "Broken: money"}})
    assert (one.id, one.verdict, one.found) == ("city-7", FAIL, "Broken: money")


def test_sentences_are_read_with_their_shares():
    one = {"id": "T1", "says": "So.", "holds": 97, "draws": 100, "low": 0.92, "high": 0.99, "where": ["It fails in 3."],
           "verdict": "undecided"}  # fmt: skip
    never = {**one, "holds": 0, "draws": 0, "low": None, "high": None, "where": ["It is defined in no draw."]}
    twice = {"outcome": "trust", "goal": 0.95, "trajectories": 9, "agreement": 0.9}
    first, second, third = parts.sentences({"sentences": [one, never], "screening": [twice]})
    assert (first.found, first.verdict) == ("97 of 100 draws (92% to 99%). It fails in 3.", "undecided")
    assert second.verdict == UNTESTABLE
    assert (third.found, third.verdict) == ("0.90, in 9 trajectories each", FAIL)


def test_every_fault_at_once():
    with pytest.raises(BadConfig) as error:
        everything.ordered(["paterns", "hours=-1", "workers=0", "files=nowhere", "--page", "patterns"])
    said = "\n".join(error.value.faults)
    assert "paterns: no such part; did you mean 'patterns'?" in said
    for name in ("hours", "workers", "files", "--page"):
        assert f"{name}: " in said


def test_parts_name_what_there_is():
    for part in PARTS:
        assert part.words or (ROOT / part.tests).is_dir()


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.slow  # a stopwatch, so no part of the usual tests; for a machine that does nothing else
def test_a_taste_of_all_takes_less_than_30_seconds_of_processors_time(tmp_path):
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "sim", "validate", "all", "--fast", "workers=1", "--json"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime
    print(f"{taken:.1f} s")
    assert 0 < taken < 30


def test_a_taste_of_all_is_interrupted_and_goes_on(tmp_path):
    command = [sys.executable, "-m", "sim", "validate", "all", "--fast", "workers=1", "--json"]
    folder = tmp_path / "results" / "evidence-fast"
    first = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    limit = time.monotonic() + 120
    while not (folder / "docking.json").exists() and time.monotonic() < limit:
        time.sleep(0.1)
    time.sleep(0.5)
    first.send_signal(signal.SIGTERM)
    _, told = first.communicate(timeout=60)
    assert first.returncode == 128 + signal.SIGTERM, told.decode()
    assert b"To go on:" in told
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    said = json.loads(done.stdout)
    again = {p["part"]: p["again"] for p in said["parts"]}
    assert again == {"patterns": True, "docking": True, "laws": False, "tests-laws": False, "assumed": False}
    assert said["not run"] == {}
    assert sum(said["counts"].values()) > 40
    assert not [*folder.glob("*.answer"), *folder.glob("*.new")]
