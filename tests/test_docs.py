"""Documents that are made from the code are as the code is."""

import re
from pathlib import Path

import pytest

from sim.model.settings import PARAMETERS
from sim.study.reference import PAGES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ID = re.compile(r"\b[EM]\d{1,2}\b")


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_made_page_is_fresh(page):
    assert (DOCS / page).read_text(encoding="utf-8") == PAGES[page](), "run: python -m sim.study.reference"


def texts():
    for folder, ending in (("sim", "*.py"), ("configs", "*.yaml"), ("docs", "*.md")):
        for file in sorted((ROOT / folder).rglob(ending)):
            yield file, file.read_text(encoding="utf-8")


def test_every_short_name_of_a_source_is_explained():
    listed = set(re.findall(r"^\| ([EM]\d{1,2}) \|", (DOCS / "sources.md").read_text(encoding="utf-8"), re.M))
    for file, text in texts():
        assert set(ID.findall(text)) <= listed, file.name


def test_the_switches_named_in_the_sources_are_settings():
    table = (DOCS / "sources.md").read_text(encoding="utf-8").split("## Mechanisms")[1]
    switches = re.findall(r"`(\w+\.\w+\*?)=([^`]+)`", table)
    assert len(switches) > 25
    for name, value in switches:
        matching = [p for p in PARAMETERS if re.fullmatch(name.replace(".", r"\.").replace("*", ".*"), p)]
        assert matching, name
        for each in matching:
            plain = {"true": True, "false": False}.get(value, value)
            PARAMETERS[each].read(float(plain) if str(plain).replace(".", "").isdigit() else plain)
