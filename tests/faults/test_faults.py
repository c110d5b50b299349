"""The faults are fresh, their checks exist, and three of them turn red what they say; all: `python -m tests.faults`."""

import ast

import pytest

from tests.faults.run import FEWEST, KEPT, ROOT, Fault, faults, kept, page, red, state

FAULTS = faults()
QUICK = ("true taken for 1", "a lever to be lowered is raised", "spread of a sample divided by n")


def functions(file):
    """All tests of a file, as pytest names them."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    for group in [node for node in tree.body if isinstance(node, ast.ClassDef)]:
        names += [f"{group.name}::{node.name}" for node in group.body if isinstance(node, ast.FunctionDef)]
    return names


def test_there_are_enough_of_them_and_no_two_are_the_same():
    assert len(FAULTS) >= 40
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({(fault.file, fault.text, fault.instead) for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_fresh_and_its_checks_exist(fault):
    assert fault.times() == 1, "stale: its text does not stand exactly once in the sources"
    assert fault.text != fault.instead
    assert fault.file.startswith("sim/")
    assert len({*fault.checks}) == len(fault.checks) >= FEWEST
    for check in fault.checks:
        file, _, name = check.partition("::")
        assert name in functions(file), f"{check} does not exist"
        assert not check.startswith("tests/drift")  # it turns red with everything, and says nothing of what is wrong


def test_every_process_has_a_fault():
    touched = {fault.file for fault in FAULTS}
    assert {str(f.relative_to(ROOT)) for f in (ROOT / "sim/model/month").glob("[a-z]*.py")} <= touched
    assert {f"sim/model/{name}.py" for name in ("begin", "chance", "levers", "outcomes", "params")} <= touched


@pytest.mark.parametrize("name", QUICK)
def test_it_turns_its_checks_red(name):
    fault = next(fault for fault in FAULTS if fault.name == name)
    assert len(red(fault, fault.checks)) >= FEWEST


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_turns_its_checks_red(fault):
    """What `python -m tests.faults` has found is not asked again."""
    assert len(kept(KEPT / state(), fault, fault.checks)) >= FEWEST


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted({check.partition("::")[0] for fault in FAULTS for check in fault.checks}))
def test_without_a_fault_no_check_of_a_file_is_red(file):
    checks = sorted({c for fault in FAULTS for c in fault.checks if c.startswith(f"{file}::")})
    assert kept(KEPT / state(), None, checks) == []


def test_without_a_fault_nothing_is_red():
    quick = [fault for fault in FAULTS if fault.name == QUICK[0]]
    assert red(None, [check for fault in quick for check in fault.checks]) == []


def test_checks_that_cannot_be_run_are_told_and_not_counted():
    fault = Fault("no Python any more", "sim/model/params.py", "import math", "import (", ("tests/test_params.py",))
    with pytest.raises(RuntimeError, match="could not be run"):
        red(fault, fault.checks)


def test_the_answer_is_kept(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("tests.faults.run.red", lambda fault, checks: asked.append(fault) or ["a"])
    assert kept(tmp_path, FAULTS[0], ["a", "b"]) == kept(tmp_path, FAULTS[0], ["a", "b"]) == ["a"]
    assert len(asked) == 1
    kept(tmp_path, FAULTS[1], ["a", "b"])
    assert len(asked) == 2


def test_the_page_names_what_was_missed():
    told = page(FAULTS[:2], ["tests/x.py::test_y"], [["tests/a.py::test_b", "tests/a.py::test_c"], []])
    assert "**1 of 2 faults turn at least 2 checks red. Without a fault, 1 of" in told
    assert "| `a.py::test_b`<br>`a.py::test_c` |" in told
    assert told.rstrip().endswith("| none |")
