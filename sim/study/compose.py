"""From what the user typed to what is run: Hydra's grammar, our checks, every fault at once.

Later beats earlier: defaults in the code; the group files of trust, power, funding, turnover and
outside; then city, tip, scenario; then values on the command line. Files of city/, tip/ and
scenario/ begin with `# @package _global_` and set values of any group; what they say of themselves
stands under `about: {city: ...}`, `about: {scenario: ...}` and is no setting.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sim.model.params import BadConfig, Param, nearest
from sim.model.settings import PARAMETERS, Settings
from sim.study import presets
from sim.study.catalogue import MONTHS, SEED, THREADS

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
NAMED = "1 to 100 letters, digits, '-', '_' and '.', the first a letter, digit or '_'"
IN_NAME = ("city", "scenario", "seed", "name")  # what a run's own name already shows
# Hydra 1.3 wants a version_base, 1.4 warns when it is given one.
NEW = tuple(int(part) for part in version("hydra-core").split(".")[:2]) >= (1, 4)
BASE: dict[str, Any] = {} if NEW else {"version_base": None}
MOST = 10**9  # of anything that is counted on a command line


@dataclass(frozen=True)
class Request:
    """One city to run. `asked` is what was typed, in a fixed order, without name and threads."""

    settings: Settings
    seed: int
    months: int
    name: str
    choices: dict[str, str]
    asked: tuple[str, ...]
    threads: int = 1


@dataclass(frozen=True)
class Typed:
    """One `key=value` as typed, and the value that Hydra's grammar reads in it; or its `several`."""

    key: str
    value: Any
    text: str
    several: Override | None = None

    @property
    def said(self) -> str:
        """What stands after the `=`, before the grammar makes 202401 of 2024_01."""
        return self.text.partition("=")[2].strip("'\"")


@dataclass(frozen=True)
class Layers:
    """What files and command line say together; the settings are not yet checked as a whole."""

    values: dict[str, Any]
    seed: int
    months: int
    name: Any
    choices: dict[str, str]
    single: tuple[str, ...]
    files: Mapping[Path, dict[str, Any]]

    def settings(self, changes: Mapping[str, Any]) -> Settings:
        """The settings, with `changes` (dotted name -> value) on top; raises BadConfig."""
        values = {group: dict(some) if isinstance(some, dict) else some for group, some in self.values.items()}
        for name, value in changes.items():
            group, setting = name.split(".", 1)
            values.setdefault(group, {})[setting] = value
        try:
            return Settings.build(values)
        except BadConfig as error:
            faults = [self.located(fault, changes) for fault in error.faults]
        raise BadConfig(faults)

    def by_files(self, apart: Collection[str] = ()) -> list[str]:
        """The settings that the chosen files set, `apart` from those of some groups of choices."""
        found = (f"{group}.{name}" for file, values in self.files.items() if file.parent.name not in apart
                 for group, some in values.items() if isinstance(some, dict) for name in some)  # fmt: skip
        return sorted({name for name in found if name in PARAMETERS})

    def located(self, fault: str, changes: Iterable[str] = ()) -> str:
        """`fault` headed by the file that set the value, unless the command line or `changes` did."""
        name = fault.split(":")[0]
        if any(name == key or name.startswith(f"{key}.") for key in (*self.single, *changes)):
            return fault
        for file, values in reversed(list(self.files.items())):
            if _holds(values, name):
                return f"{presets.shown(file)}: {fault}"
        return fault


def compose(overrides: Iterable[str]) -> Request:
    """The request that `overrides` ask for, such as ["city=ghent", "turnover.annual_rate=0.2"].

    Raises BadConfig with every fault at once. Writes nothing.
    """
    faults: list[str] = []
    typed = parsed(overrides, faults)
    faults += [f"{t.key}: several values, but one run takes one; see sim sweep --help" for t in typed if t.several]
    faults += [f"study: it holds many runs; use sim sweep +{t.text}" for t in typed if t.key == "study"]
    typed = [t for t in typed if not t.several]
    threads = 1
    for t in [t for t in typed if t.key == THREADS.name]:
        typed.remove(t)  # it changes no result
        threads = read(THREADS, t.value, faults)
    layers = layered(typed, faults)
    name = _name(layers.name, layers.choices, layers.seed, typed, faults)
    try:
        settings = layers.settings({})
    except BadConfig as error:
        faults += error.faults
    if faults:
        raise BadConfig(faults)
    asked = tuple(sorted(t.text for t in typed if t.key != "name"))
    return Request(settings, layers.seed, layers.months, name, layers.choices, asked, threads)


def layered(typed: list[Typed], faults: list[str]) -> Layers:
    """What `typed` and the files that it chooses say; adds to `faults`."""
    chosen = choices(typed, faults)
    files = _files(chosen, faults)
    groups = presets.groups()
    single = [t for t in typed if t.key not in groups]
    wrong: list[str] = []
    values = _merged(chosen, single, wrong)
    seed = read(SEED, values.pop("seed", SEED.default), wrong)
    months = read(MONTHS, values.pop("months", MONTHS.default), wrong)
    name = values.pop("name", None)
    _take_unknown(values, wrong)
    layers = Layers(values, seed, months, name, chosen, tuple(t.key for t in single), files)
    faults += [layers.located(fault) for fault in wrong]
    return layers


def parsed(overrides: Iterable[str], faults: list[str], repeated: Collection[str] = ()) -> list[Typed]:
    """What Hydra's grammar reads in `overrides`, of which only the `repeated` may come twice; adds to `faults`."""
    parser = OverridesParser.create()
    typed = []
    for text in overrides:
        try:
            override = parser.parse_override(text)
        except HydraException as error:
            key, _, value = text.partition("=")
            reason = "it has no '='" if "=" not in text else str(error).splitlines()[-1].strip()
            if value and not value.isascii():
                reason = f"Hydra wants quotes around other letters than English ones: {key}=\"'{value}'\""
            faults.append(f"{text!r}: not of the form key=value: {reason}")
            continue
        key = override.key_or_group
        if override.is_delete():
            faults.append(f"{key}: a setting cannot be deleted; leave it out to keep its default")
        elif override.package is not None or not key:
            faults.append(f"{text!r}: not of the form key=value")
        elif override.is_hydra_override():
            faults.append(f"{key}: Hydra's own settings have no effect here")
        elif key.split(".")[0] == "about":
            faults.append(f"{key}: what a file says of itself is no setting")
        elif override.is_sweep_override():
            typed.append(Typed(key, None, text.lstrip("+"), override))
        else:
            typed.append(Typed(key, override.value(), text.lstrip("+")))
    for key, times in Counter(t.key for t in typed).items():
        if times > 1 and key not in repeated:
            both = ", ".join(t.text for t in typed if t.key == key)
            faults.append(f"{key}: given {times} times ({both})")
    return typed


def choices(typed: list[Typed], faults: list[str]) -> dict[str, str]:
    """Group -> its chosen option, or several as '[a,b]': the defaults, and what was typed."""
    try:
        chosen = presets.defaults()
    except ValueError as error:
        raise BadConfig([str(error)]) from error
    options = presets.groups()
    for t in typed:
        if t.key not in options:
            continue
        wanted = [str(v) for v in t.value] if isinstance(t.value, list) else [str(t.value)]
        allowed = f"allowed: one of {', '.join(options[t.key])}"
        if t.value in (None, "", []) or isinstance(t.value, dict):
            faults.append(f"{t.key}: {t.value or 'empty'} names no choice; {allowed}")
            continue
        unknown = [w for w in wanted if w not in options[t.key]]
        faults += [f"{t.key}: there is no {w!r}{nearest(w, options[t.key])}; {allowed}" for w in unknown]
        if not unknown:
            chosen[t.key] = wanted[0] if len(wanted) == 1 else f"[{','.join(wanted)}]"
    return chosen


def _files(choices: Mapping[str, str], faults: list[str]) -> dict[Path, dict[str, Any]]:
    """Every config file that is read, in the order of composition, with its values."""
    names = [(g, o) for g, chosen in choices.items() for o in chosen.strip("[]").split(",")]
    loaded = {}
    broken = []
    for file in [presets.CONFIGS / "config.yaml", *(presets.file_of(g, o) for g, o in names)]:
        try:
            loaded[file] = presets.load(file)
        except ValueError as error:
            broken.append(str(error))
    if broken:
        raise BadConfig(faults + broken)
    return loaded


def _merged(choices: Mapping[str, str], typed: list[Typed], faults: list[str]) -> dict[str, Any]:
    # "++" makes Hydra accept keys that it does not know, so that all can be reported at once.
    # What has no default is added to the list of what is composed.
    known = presets.defaults()
    overrides = [f"{'' if group in known else '+'}{group}={option}" for group, option in choices.items()]
    overrides += [f"++{t.text}" for t in typed]
    try:
        with initialize_config_dir(str(presets.CONFIGS), **BASE):
            config = hydra_compose("config", overrides=overrides)
    except (HydraException, OmegaConfBaseException, ValueError, yaml.YAMLError) as error:
        faults.append(" ".join(str(error).split()))
        return {}
    OmegaConf.set_struct(config, False)
    config.pop("about", None)
    return _plain(config, "", faults)


def _plain(node: DictConfig, prefix: str, faults: list[str]) -> dict[str, Any]:
    """`node` as plain values, without those that are empty or cannot be resolved."""
    known = {**PARAMETERS, SEED.name: SEED, MONTHS.name: MONTHS}
    values: dict[str, Any] = {}
    for key in node:
        name = prefix + str(key)
        try:
            value = node[key]
            if isinstance(value, ListConfig):
                value = OmegaConf.to_container(value, resolve=True)
        except OmegaConfBaseException as error:
            faults.append(f"{name}: {str(error).splitlines()[0]}")
            continue
        if isinstance(value, DictConfig):
            values[str(key)] = _plain(value, f"{name}.", faults)
        elif name in known and value in (None, ""):
            faults.append(f"{name}: empty; allowed: {known[name].allowed()}")
        else:
            values[str(key)] = value
    return values


def whole(
    name: str, value: Any, low: int, faults: list[str], most: int = MOST, also: str = "", instead: int | None = None
) -> int:
    """`value`, as typed or read, as a whole number from `low` to `most`.

    If it is none, `instead`, or without it `low`, and a line in `faults`.
    `also`: what else is allowed there, as ", or auto".
    """
    instead = low if instead is None else instead
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if re.fullmatch(r"\d+", text, re.ASCII):
        if len(text) > len(str(most)) or int(text) > most:
            faults.append(f"{name}: {value}; allowed: at most {most:,}{also}")
            return instead
        if int(text) >= low:
            return int(text)
    said = f"{name}: {value!r}" if value is not None else f"{name}: how many?"
    faults.append(f"{said}; allowed: a whole number from {low}{also}")
    return instead


def read(setting: Param, value: Any, faults: list[str]) -> int:
    """`value` of seed, months or threads; adds to `faults` and gives the default if it is none."""
    try:
        return int(setting.read(value))
    except ValueError as error:
        faults.append(f"{setting.name}: {error}; allowed: {setting.allowed()}")
        return int(setting.default)


def _name(given: Any, choices: Mapping[str, str], seed: int, typed: list[Typed], faults: list[str]) -> str:
    """The run's name; without one, made of what was typed, so that other runs have other names."""
    if given is None and all(t.key != "name" for t in typed):
        parts = [choices.get("city", "city"), choices.get("scenario", "scenario"), str(seed)]
        others = sorted(t.text for t in typed if t.key not in IN_NAME)
        if others:
            parts.append(hashlib.sha256("\n".join(others).encode()).hexdigest()[:6])
        return re.sub(r"[^A-Za-z0-9._-]+", "_", "-".join(parts)).strip("_")
    typed_name = next((t.said for t in typed if t.key == "name"), None)
    name = str(given) if typed_name is None else typed_name
    if not NAME.fullmatch(name):
        faults.append(f"name: {name!r} cannot name a folder; allowed: {NAMED}")
    return name


def _take_unknown(values: dict[str, Any], faults: list[str]) -> None:
    """Take settings of unknown groups out of `values`, and report each by its whole name."""
    groups = [f.name for f in fields(Settings)]
    known = [*PARAMETERS, *groups, *presets.groups(), "seed", "months", "threads", "name"]
    for key in [k for k in values if k not in groups]:
        for name in _leaves(key, values.pop(key)):
            faults.append(f"{name}: no such setting{nearest(name, known)}")


def _leaves(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}", inner)
    else:
        yield name


def _holds(values: Any, name: str) -> bool:
    for part in name.split("."):
        if not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
    return True
