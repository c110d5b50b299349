"""Everything that can be set says what it is, in which unit and range, and who says so."""

import math
import os
import re
from pathlib import Path

import pytest

from sim.model.booklet import PASSAGES
from sim.model.settings import PARAMETERS

BOOKLET = os.environ.get("PARTNERING_BOOKLET")
needs_booklet = pytest.mark.skipif(not BOOKLET, reason="PARTNERING_BOOKLET does not name a text of the booklet")


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_has_meaning_unit_range_and_source(name):
    meta = PARAMETERS[name]
    assert meta.doc.strip()
    assert meta.source.kind in ("booklet", "paper", "data", "assumed")
    assert meta.source.ref.strip()
    if meta.kind in ("number", "whole number"):
        assert meta.unit
        assert math.isfinite(meta.low)
        assert math.isfinite(meta.high)
        assert meta.low < meta.high
    assert meta.read(meta.default) == meta.default


@pytest.mark.parametrize("key", PASSAGES)
def test_a_quote_has_at_most_twelve_words(key):
    assert 1 <= len(PASSAGES[key].words.split()) <= 12
    assert PASSAGES[key].heading.strip()


def plainly(text):
    """Lower case, straight quotes, one space; without marks of emphasis."""
    text = text.replace("\u2018", "'").replace("\u2019", "'").replace("*", "")
    return re.sub(r"\s+", " ", text).lower()


@needs_booklet
@pytest.mark.parametrize("key", PASSAGES)
def test_a_quote_and_its_heading_are_in_the_booklet(key):
    text = plainly(Path(BOOKLET).read_text(encoding="utf-8"))
    assert plainly(PASSAGES[key].words) in text
    assert plainly(PASSAGES[key].heading) in text
