"""Results change only where somebody wants them to: six cities are bit for bit as they were frozen."""

import copy

import numpy as np
import pytest

from tests.drift import __main__ as renewal
from tests.drift.baseline import CITIES, FOLDER, HEADER, KEPT, MONTHS, drift, kept, lived, machine, read


@pytest.mark.parametrize("name", CITIES)
def test_a_city_is_as_it_was(name):
    frozen = read(name)
    said = drift(frozen, lived(name))
    where = "" if frozen["on"] == machine() else f" (frozen on {frozen['on']}, this is {machine()})"
    assert not said, f'{name} has drifted{where}: {said}. If that is wanted: python -m tests.drift "reason"'


def test_every_city_is_frozen_and_says_where_its_numbers_come_from():
    assert {file.stem for file in FOLDER.iterdir()} == {*CITIES}
    for name in CITIES:
        frozen = read(name)
        assert frozen["header"] == HEADER
        assert "not from the world" in HEADER
        assert len(frozen["months"]) == MONTHS
        assert not any(np.isnan([float.fromhex(v) for v in frozen["values"]["trust"]]))
    assert len({tuple(read(name)["months"]) for name in CITIES}) == len(CITIES)


def some():
    return {o: np.linspace(0.0, 1.0, 7) + i for i, o in enumerate((*KEPT, "euros"))}


def test_the_last_bit_of_one_number_is_a_drift_with_its_month_and_its_columns():
    old, changed = kept(some()), some()
    changed["euros"][2] = np.nextafter(changed["euros"][2], 2.0)
    assert drift(old, kept(changed)) == "first in month 3; in euros"
    changed["trust"][1] = 0.25
    assert drift(old, kept(changed)) == (
        "first in month 2; in trust, euros; trust in month 2 was 0.16666666666666666 and is 0.25"
    )
    assert drift(old, kept(some())) == ""


def test_a_new_outcome_is_a_drift():
    assert "in waiting" in drift(kept(some()), kept({**some(), "waiting": np.zeros(7)}))


@pytest.mark.parametrize("words", [[], [" "], ["because"]])
def test_without_a_reason_nothing_is_renewed(words, monkeypatch, capsys):
    monkeypatch.setattr(renewal, "lived", None)
    assert renewal.main(words) == 2
    assert "say why" in capsys.readouterr().err


def test_a_reason_goes_into_the_changelog(monkeypatch, tmp_path):
    wanted = read("ghent")
    was = copy.deepcopy(wanted)
    was["months"][4] = "before"
    written = {}
    monkeypatch.setattr(renewal, "CITIES", ["ghent"])
    monkeypatch.setattr(renewal, "lived", lambda name: wanted)
    monkeypatch.setattr(renewal, "read", lambda name: was)
    monkeypatch.setattr(renewal, "freeze", written.__setitem__)
    monkeypatch.setattr(renewal, "CHANGELOG", tmp_path / "CHANGELOG.md")
    assert renewal.main(["Meetings last longer."]) == 0
    assert written == {"ghent": wanted}
    told = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert told == "- Meetings last longer. Results change: yes, frozen months of ghent (`tests/drift`).\n"
