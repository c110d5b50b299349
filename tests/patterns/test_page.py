"""docs/evidence/patterns.md is of the facts there are, and what README says of it is what it says."""

import re
from pathlib import Path

import pytest

from sim.study.patterns import experiment

ROOT = Path(__file__).parents[2]
EVIDENCE = ROOT / "docs" / "evidence"
PAGE = (EVIDENCE / "patterns.md").read_text(encoding="utf-8")
README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
ROWS = dict(
    re.findall(r"^\| \[(\w+)\]\(#[^)]*\) \| [^|]* \| [^|]* \| (pass|fail|undecided|not testable yet)", PAGE, re.M)
)
FACTS = {e.id: e for e in experiment.read(experiment.known())}


def of(verdict):
    return [name for name, one in ROWS.items() if one == verdict]


def test_every_fact_is_on_the_page_with_its_verdict_and_none_is_hidden():
    assert list(ROWS) == list(FACTS)
    assert [name for name, one in ROWS.items() if one == "not testable yet"] == [
        name for name, e in FACTS.items() if e.untestable
    ]


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_has_its_section(name):
    e = FACTS[name]
    section = PAGE.split(f"## {name}: {e.title}\n")[1].split("\n## ")[0]
    assert e.claim in section
    assert bool(e.untestable) != (f"(patterns/{name}.png)" in section)
    if not e.untestable:
        assert (EVIDENCE / "patterns" / f"{name}.png").is_file()
    if e.certainty in experiment.UNCHECKED:
        assert "do not quote" in section
    if e.kind == "verification":
        assert "held by construction" in section
    if ROWS[name] == "fail":
        assert e.diagnosis
        assert f"Diagnosis: {e.diagnosis}" in section
    if ROWS[name].startswith("pass"):  # one of before would tell what is no longer so
        assert not e.diagnosis
        assert "Diagnosis:" not in section


def test_no_figure_is_left_over():
    assert {f.stem for f in (EVIDENCE / "patterns").glob("*.png")} == {n for n, e in FACTS.items() if not e.untestable}


def test_readme_says_what_the_page_says():
    said = f"of {len(ROWS)}, {len(of('pass'))} pass, {len(of('fail'))} fail ({', '.join(of('fail'))})"
    assert said in README
    assert f"and {len(of('not testable yet'))} cannot be tried yet" in README
    if of("undecided"):
        assert ", ".join(of("undecided")) in README
