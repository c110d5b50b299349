"""What computes: the program, its source, and what it stands on.

A run belongs to the version of its model. Another scenario file, or a better figure, does not make
results of before another model's.
"""

import functools
import hashlib
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import sim
from sim.study import presets

PACKAGES = (
    "mesa",
    "numpy",
    "numba",
    "networkx",
    "hydra-core",
    "optuna",
    "statsmodels",
    "omegaconf",
    "pyarrow",
    "pandas",
    "scipy",
    "matplotlib",
    "seaborn",
    "rich",
    "SALib",
    "distributed",
)


def program() -> dict[str, Any]:
    """The program and its source, Python and packages, the machine."""
    return {
        "program": f"partnering-up {sim.__version__}",
        "model": model_hash(),
        "source": source_hash(),
        "python": platform.python_version(),
        "packages": {package: found for package in PACKAGES if (found := _version(package))},
        "platform": platform.platform(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # some are for a cluster only
        return ""


def source_hash() -> str:
    """SHA-256 of the program's source and of its configs: what else would have changed results."""
    return digest([(presets.PACKAGE, "*.py"), (presets.CONFIGS, "*.yaml")])


def model_hash() -> str:
    """SHA-256 of the version and of the model's source, by which runs are named."""
    return digest([(presets.PACKAGE / "model", "*.py")])


@functools.cache
def model_here() -> str:
    """`model_hash` when this process first asked, with the model loaded: the model that it runs."""
    import sim.model.city  # noqa: F401 - what was edited since would not be what runs here

    return model_hash()


def digest(parts: Iterable[tuple[Path, str]]) -> str:
    """SHA-256 of the version and of all files in folders that have a name like the pattern."""
    known = hashlib.sha256(sim.__version__.encode())
    for folder, pattern in parts:
        for file in sorted(folder.rglob(pattern)):
            known.update(file.relative_to(folder).as_posix().encode() + b"\0")
            known.update(file.read_bytes() + b"\0")
    return known.hexdigest()
