"""The page of a docking's results: a dated document with every verdict, a figure for each, and a table to print."""

import math
import sys
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.study import description, store
from sim.study.docking.base import Docking, Finding, Row

PAGE = "docking.md"
UNKNOWN = "Not judged: there are no reference numbers for this set-up, so only ours are shown."
SHOWN = 24  # rows of a table in the terminal
WIDTH, HEIGHT, DOTS = 8.0, 3.6, 80  # inches, and dots of each: a small file


def write(
    folder: Path,
    document: Mapping[str, Any],
    findings: Mapping[str, Finding],
    dockings: Mapping[str, Docking],
    argv: Sequence[str],
) -> None:
    """Write `PAGE` and the figures into `folder`; figures of dockings that were not run stay."""
    for id_, finding in findings.items():
        if finding.tables:
            figure = plt.figure(figsize=(WIDTH, HEIGHT), layout="constrained")
            dockings[id_].draw(figure, finding)
            drawn = BytesIO()
            figure.savefig(drawn, dpi=DOTS, metadata={"Software": None})
            plt.close(figure)
            store.put(folder / f"{id_}.png", drawn.getvalue())
    store.put(folder / PAGE, text(document, argv))


def text(document: Mapping[str, Any], argv: Sequence[str]) -> str:
    """The page as Markdown; what was typed is told without the folders in it."""
    typed = " ".join(_plain(word) for word in argv)
    lines = [
        f"<!-- Made by `{typed}`; do not edit. -->",
        "",
        "# Docking",
        "",
        "Modules of the city in the set-up of published models, and on real records. The code is the city's own. A",
        "criterion passes or fails where a 95% interval lies wholly on one side of its bound, and is undecided",
        "otherwise: of criteria that are exactly on their bound, one in 40 passes by chance. Criterion (i) of D1",
        "claims that there is no difference; it passes where the interval holds 0 and nothing beyond 0.1. Most of the",
        "reference numbers are not the sources' own, but of re-implementations made for this project.",
        "",
        f"Made on {document['date']} by `{typed}` (model {document['model'][:12]}, seed {document['seed']}).",
        "",
        description.row("", "docking", "verdict", "criteria", "replications"),
        description.row("---", "---", "---", "---:", "---:"),
    ]
    for d in document["dockings"]:
        passed = sum(c["verdict"] == "pass" for c in d["claims"])
        link = f"[{d['title']}](#{d['id'].lower()}-{d['title'].lower().replace(' ', '-').replace(',', '')})"
        lines.append(
            description.row(
                d["id"], link, f"**{d['verdict']}**", f"{passed} of {len(d['claims'])} pass", f"{d['replications']:,}"
            )
        )
    lines += [description.row(id_, why.split("(")[0].strip(), "left out", "", "") for id_, why in _left_out(document)]
    for d in document["dockings"]:
        lines += ["", *_section(d)]
    for id_, why in document["left_out"].items():
        lines += ["", f"## {id_}, left out", "", why]
    return "\n".join(lines) + "\n"


def _left_out(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(id_, why.split(" need ")[0]) for id_, why in document["left_out"].items()]


def _plain(word: str) -> str:
    key, equals, value = word.partition("=")
    if not equals or key not in ("files", "D8.files"):
        return word
    return f"{key}=FOLDER" if value else word


def _section(d: Mapping[str, Any]) -> list[str]:
    lines = [
        f"## {d['id']} {d['title']}",
        "",
        f"**{d['verdict']}.** Source: {d['source']}.",
        "",
        f"- Ours: {d['ours']}.",
        f"- Usual set-up: {d['setup']}",
        f"- Reference numbers: {d['reference']}.",
        f"- Replications: {d['replications']:,}.",
    ]
    options = {name: value for name, value in d["options"].items() if name != "files"}
    if options:
        lines.append(f"- Settings: {', '.join(f'{name} {_cell(value)}' for name, value in options.items())}.")
    if d["claims"]:
        lines += [
            "",
            description.row("criterion", "reference", "ours", "95% interval", "n", "verdict"),
            description.row(*["---"] * 6),
        ]
        lines += [
            description.row(
                c["says"], c["there"], _cell(c["value"]), _interval(c), f"{c['n']:,}", f"**{c['verdict']}**"
            )
            for c in d["claims"]
        ]
    elif d["tables"]:
        lines += ["", UNKNOWN]
    if d["tables"]:
        lines += ["", f"![{d['title']}: ours and reference]({d['id']}.png)"]
    lines += [line for note in d["notes"] for line in ("", note)]
    for name, table in d["tables"].items():
        if table:
            lines += ["", f"{name[0].upper()}{name[1:]}:", "", *_table(table)]
    return lines


def _table(table: Sequence[Row]) -> list[str]:
    columns = list(dict.fromkeys(name for row in table for name in row))
    lines = [description.row(*columns), description.row(*["---"] * len(columns))]
    return lines + [description.row(*(_cell(row.get(name)) for name in columns)) for row in table]


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    if isinstance(value, float):
        return f"{value + 0.0:.3f}" if not value.is_integer() or abs(value) < 10 else f"{value:.0f}"
    return str(value)


def _interval(claim: Mapping[str, Any]) -> str:
    return f"{_cell(float(claim['low']))} to {_cell(float(claim['high']))}"


def _print(console: Console, name: str, rows: Sequence[Row]) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = Table(*columns, title=name, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows[:SHOWN]:
        table.add_row(*(escape(_cell(row.get(column))) for column in columns))
    console.print(table)
    if len(rows) > SHOWN:
        console.print(f"  {len(rows) - SHOWN} rows more are in {PAGE}")


def show(document: Mapping[str, Any]) -> None:
    """Print every criterion and note."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    for d in document["dockings"]:
        console.print(f"[bold]{d['id']} {escape(d['title'])}: {d['verdict']}[/bold]"
                      f" ({d['replications']:,} replications)")  # fmt: skip
        if d["claims"]:
            shown = Table(
                "criterion", "reference", "ours", "95% interval", "verdict", box=box.SIMPLE_HEAD, pad_edge=False
            )
            for c in d["claims"]:
                cells = (c["says"], c["there"], _cell(float(c["value"])), _interval(c), c["verdict"])
                shown.add_row(*map(escape, cells))
            console.print(shown)
        elif d["tables"]:
            console.print(f"  {UNKNOWN}")
            for name, rows in d["tables"].items():
                _print(console, name, rows)
        for note in d["notes"]:
            console.print(f"  {escape(note)}")
        console.print()
    for id_, why in document["left_out"].items() if len(document["dockings"]) > 1 else ():
        console.print(f"[bold]{id_}: left out.[/bold] {escape(why)}")
