"""The config folder: which choices there are, and what they say of themselves.

Reads YAML only, so that `sim list` and `sim help` stay instant; `compose` puts choices together.
"""

from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).parents[1]
CONFIGS = next(
    (f for f in (PACKAGE / "configs", PACKAGE.parent / "configs") if (f / "config.yaml").is_file()),
    PACKAGE.parent / "configs",
)
GLOBAL = "# @package _global_"
NO_CHOICES = ("pattern",)  # facts that the model is tried on, which no city chooses


def groups() -> dict[str, list[str]]:
    """Group of choices -> its options, in alphabetical order."""
    return {
        folder.name: sorted(file.stem for file in folder.glob("*.yaml"))
        for folder in sorted(CONFIGS.iterdir())
        if folder.is_dir() and folder.name not in NO_CHOICES
    }


def defaults() -> dict[str, str]:
    """Group of choices -> what is chosen without a word; a study is chosen only by name.

    Raises ValueError with one sentence if `config.yaml` is not readable.
    """
    listed = load(CONFIGS / "config.yaml").get("defaults", [])
    return {g: str(o) for d in listed if isinstance(d, dict) for g, o in d.items()}


def file_of(group: str, option: str) -> Path:
    """The file that holds one option."""
    return CONFIGS / group / f"{option}.yaml"


def shown(file: Path) -> str:
    """A config file's path as messages give it."""
    return f"configs/{file.relative_to(CONFIGS).as_posix()}"


def load(file: Path) -> dict[str, Any]:
    """A config file's values, nested as they stand in the composed settings.

    Raises ValueError with one sentence if the file is not a readable YAML mapping.
    """
    try:
        text = file.read_text(encoding="utf-8")
        values = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"{shown(file)}: not valid YAML{where}: {error.problem}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{shown(file)}: cannot be read: {error}") from error
    values = {} if values is None else values
    if not isinstance(values, dict):
        raise ValueError(f"{shown(file)}: holds {type(values).__name__}, not settings by name")
    inside = text.lstrip().startswith(GLOBAL) or file.parent == CONFIGS
    return values if inside else {file.parent.name: values}


def title(group: str, option: str) -> str:
    """What an option is called in words."""
    said = load(file_of(group, option)).get("about", {}).get(group, {})
    return str(said.get("title", option.replace("_", " ")))


def params(file: Path) -> dict[str, Any]:
    """What a study sweeps, where Hydra has it: `hydra.sweeper.params`.

    Raises ValueError with one sentence if the file is not readable, or holds no such mapping.
    """
    found: Any = load(file)
    for key in ("hydra", "sweeper", "params"):
        found = found.get(key, {}) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise ValueError(f"{shown(file)}: hydra.sweeper.params is no mapping of settings to values")
    return found
