"""The table of what is covered names every claim once, and only what there is."""

import re
from collections import Counter
from pathlib import Path

import pytest

from sim.study import coverage

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")


def test_every_claim_is_there_exactly_once():
    source = Path(coverage.__file__).read_text(encoding="utf-8")
    written = Counter(re.findall(r'^    "(\w+)": Row\(', source, re.M))
    on_page = Counter(re.findall(r"^\| ([BTQF]\d\w*) \|", PAGE, re.M))
    assert written == on_page == Counter(coverage.ids())
    assert len(coverage.ids()) == 71 + 36 + 6 + 10


def test_tips_name_no_other_claims():
    assert coverage.advised() <= set(coverage.CLAIMS)


@pytest.mark.parametrize("row", coverage.CLAIMS)
def test_what_is_named_exists(row):
    for name in coverage.names(row):
        coverage.kind_of(name)
    assert [file for file in coverage.files(row) if not (ROOT / file).is_file()] == []
    for test in coverage.tests(row):
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text, test


@pytest.mark.parametrize("name", ["power.sillo", "scenario=late_vet", "trusst", "flows", "a.md.txt"])
def test_what_does_not_exist_is_found_out(name):
    with pytest.raises(KeyError):
        coverage.kind_of(name)


@pytest.mark.parametrize("row", coverage.CLAIMS)
def test_what_is_missing_is_said(row):
    how, claim = coverage.how_far(row), coverage.CLAIMS[row]
    assert claim.claim
    if how == "modelled":
        assert coverage.files(row)
        assert coverage.tests(row)
    elif how in ("partly", "left out"):
        assert len(claim.missing.split()) > 3


def test_all_parts_of_the_model_stand_for_something():
    homes = {file for row in coverage.CLAIMS for file in coverage.files(row)}
    processes = {f"sim/model/month/{f.name}" for f in (ROOT / "sim" / "model" / "month").glob("[a-z]*.py")}
    tips = {f"sim/model/tips/{f.name}" for f in (ROOT / "sim" / "model" / "tips").glob("[a-z]*.py")}
    assert processes - homes <= {"sim/model/month/tip.py"}  # what tips share
    assert tips <= homes
