"""What is in the repository: the map, the versions, the pins, and nothing that must not be."""

import ast
import os
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import sim

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BOOKLET = os.environ.get("PARTNERING_BOOKLET")
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/?")
SUFFIXES = (".py", ".md", ".toml", ".txt", ".yaml", ".cff", "/")

# Written in pieces, or this file would hold what it forbids.
FOLDERS = ["wo" + "rk", "tm" + "p", "ro" + "ot", "op" + "t", "ho" + "me"]
HOSTS = ["pypi" + ".org", "python" + "hosted", "npm" + "js", "deb" + "ian.org"]
FORBIDDEN = re.compile(
    rf"(?<![\w.*)\]}}-])/(?:{'|'.join(FOLDERS)})/"
    rf"|{'|'.join(map(re.escape, HOSTS))}"
    rf"|\b{'iss' + 'ue'} #?\d",
    re.IGNORECASE,
)


def files(under="."):
    """Every file that is or would be committed."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", under]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def the_map():
    """The paths in the section 'The map' of README."""
    found = re.search(r"^## The map\n(.*?)(?=^## |\Z)", read("README.md"), re.M | re.S)
    assert found, "README.md has no section 'The map'"
    quoted = re.findall(r"`([^`]+)`", found[1])
    return [q for q in quoted if PATH.fullmatch(q) and q.endswith(SUFFIXES)]


def says_nothing_more_than_its_docstring(name):
    return len(ast.parse(read(name)).body) <= 1


def test_every_path_on_the_map_exists():
    assert [path for path in the_map() if not (ROOT / path).exists()] == []


def test_every_file_of_sim_is_on_the_map_once():
    on_map = Counter(the_map())
    doors = {n for n in files("sim") if n.endswith("__init__.py")}
    empty = {n for n in doors if says_nothing_more_than_its_docstring(n)}
    wrong = {n: on_map[n] for n in files("sim") if n not in empty and on_map[n] != 1}
    assert not wrong


@pytest.mark.parametrize("line", [
    "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e . && .venv/bin/sim",
    "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e '.[test]'"
    " && .venv/bin/pytest",
])  # fmt: skip
def test_readme_has_each_command_once_on_a_line_of_its_own(line):
    assert read("README.md").splitlines().count(line) == 1


def test_no_place_or_address_of_a_machine_is_named():
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in files()
        for number, line in enumerate(read(name).splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert not found, "\n" + "\n".join(found)


def runs_of_thirteen_words(text):
    for line in text.replace("\u2019", "'").splitlines():
        words = re.findall(r"[\w'-]+", line.lower())
        yield from (" ".join(words[i : i + 13]) for i in range(len(words) - 12))


@pytest.mark.skipif(not BOOKLET, reason="PARTNERING_BOOKLET does not name a text of the booklet")
def test_at_most_twelve_words_in_a_row_are_the_booklets():
    theirs = set(runs_of_thirteen_words(Path(BOOKLET).read_text(encoding="utf-8")))
    joined = {name: " ".join(read(name).split()) for name in files()}
    found = {
        f"{name}: {run}" for name in joined for run in runs_of_thirteen_words(joined[name])
        if run in theirs
    }  # fmt: skip
    assert not found, "\n" + "\n".join(sorted(found))


def test_one_version_everywhere():
    assert yaml.safe_load(read("CITATION.cff"))["version"] == sim.__version__
    newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), re.M)
    assert newest[1] == sim.__version__


def pins():
    lines = read("constraints.txt").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_constraints_hold_versions_only():
    pin = r"[a-z0-9-]+==[\w.]+( ; python_version (<|>=) \"3\.1\d\")?"
    lines = [line for line in read("constraints.txt").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(pin, line)] == []


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_dependency_is_pinned_once_within_its_range(python):
    here = {"python_version": python, "extra": ""}

    def holds(requirement):
        return requirement.marker is None or requirement.marker.evaluate(here)

    extras = PROJECT["optional-dependencies"].values()
    wanted = [Requirement(r) for group in [PROJECT["dependencies"], *extras] for r in group]
    for requirement in filter(holds, wanted):
        wanted_name = canonicalize_name(requirement.name)
        found = [p for p in pins() if p.name == wanted_name and holds(p)]
        assert len(found) == 1, requirement
        (version,) = (s.version for s in found[0].specifier)
        assert requirement.specifier.contains(version), requirement
