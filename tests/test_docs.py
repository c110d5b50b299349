"""Documents that are made from the code are as the code is."""

import re
from pathlib import Path

import pytest

from sim.model.settings import PARAMETERS, TIPS
from sim.study.coverage import TABLES
from sim.study.description import PARTS, fill
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


def test_what_a_page_points_to_exists():
    for file in sorted(DOCS.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([\w./-]+)\)", text):
            assert (DOCS / link).exists(), f"{file.name}: {link}"
        for path in re.findall(r"\btests/[\w/.]*\w\b(?!<)", text):
            assert (ROOT / path).exists(), f"{file.name}: {path}"


def test_a_part_that_is_not_known_is_found_out(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- made: processes -->\nold\n<!-- end -->\n", encoding="utf-8")
    assert "old" not in fill(page)
    assert "| `outside` |" in fill(page)
    page.write_text("<!-- made: nothing -->\n<!-- end -->\n", encoding="utf-8")
    with pytest.raises(KeyError):
        fill(page)


def test_every_made_part_is_on_a_page():
    texts = (DOCS / "odd.md").read_text(encoding="utf-8") + (DOCS / "trace.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^<!-- made: (\w+) -->$", texts, re.M)) == sorted(PARTS)


def test_every_parameter_of_the_city_has_a_place_in_the_description():
    """By its name alone in the section of its process, or with its group anywhere."""
    text = (DOCS / "odd.md").read_text(encoding="utf-8")
    sections = {found[1]: body for body in text.split("\n### ") if (found := re.match(r"7\.\d+ \w+ \(`(\w+)`\)", body))}
    missing = []
    for name in PARAMETERS:
        group, short = name.split(".")
        if group in TIPS or re.fullmatch(r"(promise|ceiling)_\w+", short):
            continue
        alone = re.search(rf"(?<![\w.]){short}\b", sections.get(group, ""))
        if not alone and not re.search(rf"\b{re.escape(name)}\b", text):
            missing.append(name)
    assert not missing


def test_every_state_and_flow_has_a_place_in_the_description():
    """In what is written by hand, not only in the lists made from the code."""
    text = re.sub(r"<!-- made.*?<!-- end -->", "", (DOCS / "odd.md").read_text(encoding="utf-8"), flags=re.S)
    missing = [f"{t}.{n}" for t, states in TABLES.items() for n in states if not re.search(rf"\b{n}\b", text)]
    assert not missing
