"""Seeded faults: the model made wrong on purpose, in one way that happens, to see which checks turn red.

A fault replaces a text that stands once in the sources. It is tried in a copy of the project, where loops are run by
Python (`tests.interpreted`), because compiling a changed model takes a minute.
"""

import hashlib
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import hypothesis.strategies  # noqa: F401 - what forks need not import again
import mesa  # noqa: F401
import pandas  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import yaml

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "results" / "faults"
PAGE = ROOT / "docs" / "evidence" / "faults.md"
COPIED = ("sim", "tests", "configs", "hydra_plugins", "docs", "experiments", "benchmarks")
FEWEST = 2  # checks that have to turn red
LIMIT = 900  # seconds


@dataclass(frozen=True)
class Fault:
    """`text` of `file` becomes `instead`, and each of `checks`, nodes of pytest without parameters, turns red."""

    name: str
    file: str
    text: str
    instead: str
    checks: tuple[str, ...]

    def times(self, root: Path = ROOT) -> int:
        """How often the text stands in the sources; the fault is stale unless it is once."""
        return (root / self.file).read_text(encoding="utf-8").count(self.text)

    def seed(self, root: Path) -> None:
        """Make the copy in `root` wrong."""
        file = root / self.file
        file.write_text(file.read_text(encoding="utf-8").replace(self.text, self.instead), encoding="utf-8")


def faults() -> list[Fault]:
    """All of them, as they stand in faults.yaml."""
    rows = yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text(encoding="utf-8"))
    return [Fault(**{**row, "checks": tuple(row["checks"])}) for row in rows]


def red(fault: Fault | None, checks: Sequence[str]) -> list[str]:
    """Which `checks` fail in a copy with `fault`, or with none. Raises RuntimeError if they could not be run."""
    with tempfile.TemporaryDirectory(prefix="fault-") as folder:
        root = Path(folder)
        for name in COPIED:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".venvs"))
        for file in [f for f in ROOT.iterdir() if f.is_file()]:
            shutil.copy(file, root)
        if fault:
            fault.seed(root)
        failed, code, said = _failed(root, checks)
    if code not in (0, 1) or bool(failed) != (code == 1) or not said:
        raise RuntimeError(f"{fault.name if fault else 'no fault'}: the checks could not be run: {said[-2000:]}")
    return [check for check in checks if any(_is(node, check) for node in failed)]


def _failed(root: Path, checks: Sequence[str]) -> tuple[list[str], int, str]:
    """Failing nodes, pytest's code and all that it said; run by a fork, which has the libraries but not the project."""
    said = root / "said.txt"
    child = multiprocessing.get_context("fork").Process(target=_pytest, args=(root, checks, said))
    child.start()
    child.join(LIMIT)
    if child.is_alive():
        child.kill()
        child.join()
    text = said.read_text(encoding="utf-8")
    lines = [line.removeprefix("FAILED ") for line in text.splitlines() if line.startswith("FAILED ")]
    return lines, child.exitcode or 0, text


def _pytest(root: Path, checks: Sequence[str], said: Path) -> None:
    with said.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        sys.stdout = sys.stderr = file  # whoever forked may have put something else in their place
        for name in [n for n in sys.modules if n.split(".")[0] in ("sim", "tests", "hydra_plugins")]:
            del sys.modules[name]
        os.chdir(root)
        sys.path.insert(0, str(root))  # before the project that is installed
        words = ["-q", "-n", "0", "--tb=no", "-rf", "-p", "tests.interpreted", "-p", "no:cacheprovider"]
        words += ["-W", "ignore:Module already imported", *checks]
        code = int(pytest.main(words))
    os._exit(code)


def _is(node: str, check: str) -> bool:
    """Whether pytest's line on a failure is about `check`, or one of its parameters."""
    return node == check or node.startswith((check + "[", check + " ", check + "::"))


def state() -> str:
    """A name for the sources and the checks as they stand; a fault is told from others by its own text."""
    digest = hashlib.blake2b(digest_size=8)
    for folder in ("sim", "tests", "configs"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".py", ".yaml", ".json") and not {"__pycache__", "faults"} & {*file.parts}:
                digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def kept(folder: Path, fault: Fault | None, checks: Sequence[str]) -> list[str]:
    """`red`, asked once for each state of sources and checks."""
    name = json.dumps([str(fault), *checks])
    file = folder / (hashlib.blake2b(name.encode(), digest_size=8).hexdigest() + ".json")
    if not file.exists():
        found = red(fault, checks)
        folder.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".half")
        half.write_text(json.dumps(found), encoding="utf-8")
        half.replace(file)
    answer: list[str] = json.loads(file.read_text(encoding="utf-8"))
    return answer


def try_all(rows: Sequence[Fault], workers: int) -> tuple[list[str], list[list[str]]]:
    """Checks that are red without any fault, and for each fault those that turn red; tells as it goes."""
    folder = KEPT / state()
    files: dict[str, list[str]] = {}
    for check in sorted({check for fault in rows for check in fault.checks}):
        files.setdefault(check.partition("::")[0], []).append(check)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        before = [pool.submit(kept, folder, None, checks) for checks in files.values()]
        asked = [pool.submit(kept, folder, fault, fault.checks) for fault in rows]
        after = []
        for fault, answer in zip(rows, asked, strict=True):
            after.append(answer.result())
            print(f"{len(after[-1])} of {len(fault.checks)} red: {fault.name}", flush=True)
        return [check for answer in before for check in answer.result()], after


def page(rows: Sequence[Fault], before: Sequence[str], after: Sequence[Sequence[str]]) -> str:
    """docs/evidence/faults.md."""
    caught = sum(len(found) >= FEWEST for found in after)
    lines = [
        "# Seeded faults",
        "",
        f"Made by `python -m tests.faults` on {datetime.now(UTC):%Y-%m-%d}; not edited by hand. Each fault is put into",
        "the sources (`tests/faults/faults.yaml` has the texts), and the checks named beside it are run. A check that",
        "has not been seen to fail is none.",
        "Frozen months (`tests/drift`) turn red with nearly every one of them and are not counted.",
        "",
        f"**{caught} of {len(rows)} faults turn at least {FEWEST} checks red. Without a fault, {len(before)} of"
        f" {len({c for f in rows for c in f.checks})} checks are red.**",
        "",
        "| Fault | Where | Checks that turn red |",
        "|---|---|---|",
    ]
    for fault, found in zip(rows, after, strict=True):
        names = "<br>".join(f"`{check.removeprefix('tests/')}`" for check in found) or "none"
        lines.append(f"| {fault.name} | `{fault.file.removeprefix('sim/')}` | {names} |")
    return "\n".join(lines) + "\n"
