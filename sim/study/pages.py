"""How findings are put before people: on the terminal, and in summary.md with its tables and pictures."""

import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from sim.model.outcomes import OUTCOMES
from sim.study.report import HEADLINES

SHOWN = 40  # rows of a table that are shown; all are in the CSV
FEWEST, GAP = 18, 3  # letters of a name at least, and those between columns
MARKDOWN = 400  # letters of a line in summary.md, where nothing is broken
SHORT = {
    "joint_value": "value of joint projects",
    "survival": "initiatives that survive",
    "disappointment": "disappointment that has not faded",
}


@dataclass(frozen=True)
class Finding:
    """One part of the analysis.

    `head`, `rows`: the table that is shown; `note`: how to read it; `data`: name -> table, saved as CSV;
    `pictures`: name -> what draws it to a file; `refused`: why it could not be had, and what to do.
    """

    title: str
    note: str = ""
    sentences: Sequence[str] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    data: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    pictures: Mapping[str, Callable[[Path], None]] = field(default_factory=dict)
    refused: Sequence[str] = ()


def label(outcome: str) -> str:
    """An outcome in words."""
    return HEADLINES.get(outcome) or SHORT.get(outcome, OUTCOMES[outcome].doc)


def write(folder: Path, heading: str, warnings: Sequence[str], caveat: str, parts: Sequence[Finding]) -> None:
    """Tables as CSV, pictures as PNG and SVG, and summary.md, which puts them together."""
    text = [f"# {heading}", *(f"**Note:** {w}." for w in warnings), caveat, *_text(folder, parts)]
    (folder / "summary.md").write_text("\n\n".join(text) + "\n", encoding="utf-8")


def append(folder: Path, parts: Sequence[Finding]) -> None:
    """Add to a summary.md that is there."""
    with (folder / "summary.md").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n\n".join(_text(folder, parts)) + "\n")


def _text(folder: Path, parts: Sequence[Finding]) -> list[str]:
    text: list[str] = []
    for part in parts:
        text += [f"## {part.title}", *(f"**Refused:** {r}." for r in part.refused)]
        text += ["\n".join(f"- {s}" for s in part.sentences)] if part.sentences else []
        if part.rows:
            page = StringIO()
            Console(file=page, width=MARKDOWN).print(_table(part, box.MARKDOWN, MARKDOWN))
            text.append("\n".join(line.rstrip() for line in page.getvalue().strip().splitlines()))
        text += [part.note] if part.note else []
        for name, table in part.data.items():
            table.to_csv(folder / f"{name}.csv", index=False)
        text += [f"All numbers: {', '.join(f'[{n}.csv]({n}.csv)' for n in part.data)}."] if part.data else []
        for name, draw in part.pictures.items():
            draw(folder / name)
            if (folder / f"{name}.png").exists():
                text.append(f"![{part.title}: {name}]({name}.png)")
    return text


def show(
    folder: Path, heading: str, warnings: Sequence[str], caveat: str, parts: Sequence[Finding], width: int
) -> None:
    """Print all of it, as wide as the terminal or, elsewhere, `width` characters; it is saved in `folder`."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else width)
    console.print(f"[bold]{heading}[/bold]")
    for text in warnings:
        console.print(f"Note: {text}.", markup=False)
    for part in parts:
        tell(console, part)
    console.print(f"\n{caveat}\n\nSaved in {folder}: see summary.md", markup=False)


def tell(console: Console, part: Finding) -> None:
    """Print one part."""
    console.print(f"\n[bold]{part.title}[/bold]")
    for sentence in part.sentences:
        console.print(f"- {sentence}", markup=False)
    if part.rows:
        console.print(_table(part, box.SIMPLE_HEAD, console.width))
        if len(part.rows) > SHOWN:
            console.print(f"{SHOWN} of {len(part.rows)} rows; the others are in the CSV.")
    if part.note:
        console.print(part.note, markup=False, style="dim")


def _table(part: Finding, frame: box.Box, width: int) -> Table:
    heads, letters = _fitted(part, width)
    table = Table(box=frame, pad_edge=False)
    for i, head in enumerate(heads):
        # A long number goes on in the next line; it is never cut.
        table.add_column(head, justify="left" if i < 1 else "right", overflow="fold", no_wrap=i < 1)
    for name, *cells in part.rows[:SHOWN]:
        table.add_row(textwrap.fill(name, letters), *cells)
    return table


def _fitted(part: Finding, width: int) -> tuple[list[str], int]:
    """The heads, in several lines where a table is else too wide, and the letters that are left for a name.

    Left to itself Rich breaks within words, and the names of what is compared first.
    """
    columns = [*zip(*part.rows[:SHOWN], strict=True)]
    longest, *numbers = (max(map(len, cells)) for cells in columns)
    room = width - GAP * (len(columns) + 1)
    wide = [max(n, len(head)) for n, head in zip(numbers, part.head[1:], strict=True)]
    if longest <= room - sum(wide):
        return list(part.head), longest
    narrow = [max([n, *map(len, head.split())]) for n, head in zip(numbers, part.head[1:], strict=True)]
    heads = [textwrap.fill(head, n) for n, head in zip(narrow, part.head[1:], strict=True)]
    return [part.head[0], *heads], max(room - sum(narrow), FEWEST)
