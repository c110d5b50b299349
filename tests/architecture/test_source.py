"""Rules about the model's source that no linter knows."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from sim.model.chance import Ask

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "sim" / "model"
SOURCES = sorted(MODEL.rglob("*.py"))
PROCESSES = [f for f in SOURCES if f.parent.name in ("month", "tips")]
TIPS = [f for f in PROCESSES if f.parent.name == "tips"]

# Numbers that carry no knowledge about cities; every other one is a `param`.
PLAIN_NUMBERS = {
    0: "nothing, never, the first",
    1: "all, always, the next; with a minus: nobody, the last",
    2: "both sides, a square, a share stretched to -1..1",
    0.5: "the middle of a share",
    12: "months in a year",
}
DECLARING = {"param", "choice", "switch", "advice", "price"}
NUMBERED = [*PROCESSES, MODEL / "begin.py"]
TECHNICAL = {"SIMULATED", "FEWEST", "PER"}  # of the program and its units, not of cities


def name(file):
    return str(file.relative_to(MODEL))


def tree(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def imports(file):
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def declares(node):
    """Whether a node is a parameter's declaration or a named option's code."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in DECLARING
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) and target.id in TECHNICAL for target in node.targets)
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return any(isinstance(base, ast.Name) and base.id == "IntEnum" for base in bases)


def loose_numbers(node):
    for child in ast.iter_child_nodes(node):
        if declares(child):
            continue
        if isinstance(child, ast.Constant) and type(child.value) in (int, float, complex):
            if child.value not in PLAIN_NUMBERS:
                yield child
        else:
            yield from loose_numbers(child)


def test_the_finder_of_loose_numbers_finds_them():
    source = """
class A(IntEnum):
    X = 7
class B:
    rate: float = param(0.3, "share", 0, 0.9, assumed("x"), "y")
    other: float = 0.4
FEWEST = 50
RATE = 5
def run(x, scale=3):
    return x[0] * 1e-3 + 12 - 1 + True
"""
    assert [n.value for n in loose_numbers(ast.parse(source))] == [0.4, 5, 3, 1e-3]


@pytest.mark.parametrize("file", NUMBERED, ids=name)
def test_every_number_is_declared_with_unit_range_and_source(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    found = [f"{name(file)}:{n.lineno}: {n.value} in: {lines[n.lineno - 1].strip()}" for n in loose_numbers(tree(file))]
    assert not found, "\n" + "\n".join(found)


RANDOM_MODULES = {"random", "secrets", "uuid", "numpy.random"}
RANDOM_ATTRIBUTES = {"random", "rng", "default_rng"}
FOR_MESA = {"agents.py": {"random"}}  # handed to AgentSets, for their users' `shuffle`


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_only_chance_makes_random_numbers(file):
    attributes = {n.attr for n in ast.walk(tree(file)) if isinstance(n, ast.Attribute)}
    used = attributes & RANDOM_ATTRIBUTES - FOR_MESA.get(name(file), set())
    assert not used | RANDOM_MODULES & set(imports(file))


def test_every_question_of_chance_is_asked_by_exactly_one_file():
    askers = defaultdict(set)
    for file in SOURCES:
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Ask":
                askers[node.attr].add(name(file))
    wrong = [f"{ask.name}: {sorted(askers[ask.name])}" for ask in Ask if len(askers[ask.name]) != 1]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("file", TIPS, ids=name)
def test_tips_know_only_levers_params_and_booklet(file):
    known = {f"sim.model.{room}" for room in ("levers", "params", "booklet")}
    ours = {i for i in imports(file) if i.startswith("sim")}
    assert all(any(i == k or i.startswith(k + ".") for k in known) for i in ours)
