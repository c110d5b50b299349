"""What there is to choose, set and measure: `sim list` and `sim help NAME`.

Imports the model's declarations only, so that looking something up is instant.
"""

import textwrap
from enum import IntEnum
from typing import Any

from sim.model.booklet import PASSAGES
from sim.model.outcomes import OUTCOMES, Outcome
from sim.model.params import BadConfig, Param, assumed, nearest
from sim.model.settings import PARAMETERS
from sim.study import presets

SEED = Param(
    1,
    "",
    0,
    2**63 - 1,
    assumed("any whole number serves"),
    "which chances befall the city; the same seed gives the same run",
    name="seed",
    plausible=(0, 2**63 - 1),
)
MONTHS = Param(
    120,
    "months",
    1,
    12_000,
    assumed("ten years, two terms of a council"),
    "for how long the city is followed",
    name="months",
    plausible=(1, 12_000),
)
THREADS = Param(
    1,
    "threads",
    1,
    256,
    assumed("no gain below some twenty thousand simulated residents"),
    "how many threads work on the residents of one run; the results do not depend on it",
    name="threads",
    plausible=(1, 256),
)
SETTABLE = {**PARAMETERS, SEED.name: SEED, MONTHS.name: MONTHS, THREADS.name: THREADS}
PRESETS = {"cities": "city", "scenarios": "scenario", "tips": "tip", "studies": "study"}
KINDS = (*PRESETS, "parameters", "outcomes", "levers")

Row = dict[str, Any]


def rows(kind: str) -> list[Row]:
    """Everything of one of `KINDS`, as plain values."""
    if kind in PRESETS:
        group = PRESETS[kind]
        return [preset_row(group, option) for option in presets.groups().get(group, [])]
    if kind == "outcomes":
        return [outcome_row(outcome) for outcome in OUTCOMES.values()]
    if kind == "levers":
        return [parameter_row(p) for p in PARAMETERS.values() if p.lever]
    return [parameter_row(p) for p in SETTABLE.values()]


def preset_row(group: str, option: str) -> Row:
    """One option of a group: what it says of itself, and the settings that it changes."""
    try:
        values = presets.load(presets.file_of(group, option))
    except ValueError as error:
        raise BadConfig([str(error)]) from error
    said = values.pop("about", None) or {}
    values.pop("defaults", None)
    values.pop("hydra", None)
    swept = {"sweeps": presets.params(presets.file_of(group, option))} if group == "study" else {}
    return {"name": option, "group": group, **(said.get(group) or {}), **swept, "settings": values}


def parameter_row(p: Param) -> Row:
    """One setting; `low`, `high` and `plausible` are null where there are `options` or true and false."""
    numeric = p.kind in ("number", "whole number")
    return {
        "name": p.name,
        "meaning": p.doc,
        "unit": p.unit,
        "kind": p.kind,
        "default": p.default.name.lower() if isinstance(p.default, IntEnum) else p.default,
        "low": p.low if numeric else None,
        "high": p.high if numeric else None,
        "plausible": list(p.plausible) if numeric else None,
        "options": [o.name.lower() for o in p.options] if p.options else None,
        "allowed": p.allowed(),
        "source": str(p.source),
        "sure": p.source.sure,
        "lever": p.lever,
        "lowers": p.lowers,
    }


def outcome_row(o: Outcome) -> Row:
    """One outcome; `total`: a period's value is the sum of its months instead of their mean."""
    return {
        "name": o.name,
        "meaning": o.doc,
        "unit": o.unit,
        "low": o.low,
        "high": o.high,
        "benefit": o.benefit,
        "total": o.total,
        "booklet": o.booklet,
    }


def listing(kind: str) -> str:
    """`rows(kind)` for people."""
    lines: list[str] = []
    section = ""
    for row in rows(kind):
        head = row["benefit"] if kind == "outcomes" else row["name"].rpartition(".")[0]
        if head != section:
            lines += ["", head.upper()] if head else [""]
            section = head
        lines += _entry(row)
    return "\n".join(lines).strip("\n")


def _entry(row: Row) -> list[str]:
    if "benefit" in row:
        first = f"{row['name']}  [{_range(row)}]"
    elif "allowed" in row:
        lever = f", a lever on each {row['lever']}" if row["lever"] else ""
        first = f"{row['name']} = {_said(row['default'])}  [{row['allowed']}{lever}]"
    else:
        first = f"{row['name']}  {row.get('title', '')}".rstrip()
    said = row.get("meaning") or row.get("text") or ""
    return [first, *textwrap.wrap(said, 88, initial_indent="    ", subsequent_indent="    ")]


def _said(value: Any) -> str:
    """A value as one types it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _range(row: Row) -> str:
    if row["high"] == float("inf"):
        return f"{'any number' if row['low'] < 0 else '0 or more'}, {row['unit']}"
    return f"{row['low']:g} to {row['high']:g} {row['unit']}"


def look_up(name: str) -> list[Row]:
    """Everything of that name: a setting, an outcome, a group, an option (`tokenism`, `city=ghent`).

    Raises BadConfig with the nearest name if there is nothing.
    """
    options = presets.groups()
    found = [parameter_row(SETTABLE[name])] if name in SETTABLE else []
    found += [outcome_row(OUTCOMES[name])] if name in OUTCOMES else []
    settings = [parameter_row(p) for p in PARAMETERS.values() if p.name.startswith(f"{name}.")]
    if settings or name in options:
        found.append({"name": name, "options": options.get(name, []), "settings": settings})
    group, _, option = name.rpartition("=")
    for g in [group] if group else options:
        found += [preset_row(g, option)] if option in options.get(g, []) else []
    if not found:
        known = [*SETTABLE, *OUTCOMES, *options, *(o for some in options.values() for o in some)]
        raise BadConfig([f"{name}: no setting, outcome or choice of that name{nearest(name, known)}"])
    return found


def described(row: Row) -> str:
    """`look_up`'s answer for people."""
    if "allowed" in row:
        return _parameter(row)
    if "benefit" in row:
        return _outcome(row)
    if "group" in row:
        return _option(row)
    options, name = row["options"], row["name"]
    parts = {"choices": ", ".join(options), "example": f"{_command(name)}{name}={options[0]}" if options else ""}
    return "\n".join([_parts(name, parts), *(line for s in row["settings"] for line in ("", *_entry(s)))])


def _parameter(row: Row) -> str:
    example = f"sim run {row['name']}={_other(row)}"
    parts = {
        "meaning": row["meaning"],
        "unit": row["unit"] or "none",
        "default": _said(row["default"]),
        "allowed": row["allowed"],
        "plausible": _plausible(row),
        "source": row["source"],
        "lever": f"tips may push it, on each {row['lever']}" if row["lever"] else "",
        "example": example,
    }
    return _parts(row["name"], parts)


def _plausible(row: Row) -> str:
    """The range that sweeps draw from, where it is narrower than what is allowed."""
    if not row["plausible"] or row["plausible"] == [row["low"], row["high"]]:
        return ""
    low, high = row["plausible"]
    return f"{low:g} to {high:g}"


def _other(row: Row) -> Any:
    """An allowed value for the example, other than the default where that is easy to say."""
    if row["options"]:
        return row["options"][-1]
    if row["kind"] == "switch":
        return _said(not row["default"])
    half = (row["default"] + min(row["high"], 2 * row["default"] + 1)) / 2
    return int(half) if row["kind"] == "whole number" else f"{half:.3g}"


def _outcome(row: Row) -> str:
    passage = PASSAGES[row["booklet"]]
    parts = {
        "meaning": row["meaning"],
        "unit": row["unit"],
        "range": _range(row),
        "a period": "the sum of its months" if row["total"] else "the mean of its months",
        "benefit": row["benefit"],
        "booklet": f'{passage.heading}: "{passage.words}"',
    }
    return _parts(row["name"], parts)


def _option(row: Row) -> str:
    parts = {"is": row.get("title", ""), "about": row.get("text", "")}
    facts = [_fact(fact) for fact in row.get("facts", [])]
    changes = [f"{name}={value}" for name, value in _flat(row["settings"])]
    parts["sets"] = ", ".join(changes) or "nothing: the defaults"
    parts["sweeps"] = " ".join(f"{name}={values}" for name, values in row.get("sweeps", {}).items())
    parts["example"] = f"{_command(row['group'])}{row['group']}={row['name']}"
    return "\n".join([_parts(f"{row['group']}={row['name']}", parts), *facts])


def _command(group: str) -> str:
    return "sim sweep +" if group == "study" else "sim run "


def _fact(fact: Row) -> str:
    text = f"{fact['what']}: {fact['value']} {fact.get('unit', '')}".rstrip()
    note = f" {fact['note']}" if fact.get("note") else ""
    text += f" ({fact['source']}; {fact['sure']}).{note}"
    return textwrap.fill(text, 92, initial_indent="  - ", subsequent_indent="    ")


def _flat(values: Row, prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return found


def _parts(head: str, parts: dict[str, str]) -> str:
    width = max(len(name) for name in parts) + 4
    lines = [head]
    for name, text in parts.items():
        if text:
            lines += textwrap.wrap(text, 92, initial_indent=f"  {name}".ljust(width), subsequent_indent=" " * width)
    return "\n".join(lines)
