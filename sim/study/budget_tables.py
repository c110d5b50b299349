"""`sim budget FILE...`: the comparison of rules on real budgets, as tables or as JSON."""

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.model.params import BadConfig
from sim.study.budgets import CITY, OTHERS, RULE, Result, compared
from sim.study.document import to_json
from sim.study.words import level

NAME = 26  # letters of a project's name
DONE, SOME_FAILED, NOTHING_READ = 0, 1, 2
TITLES = {
    CITY: "city",
    RULE: "its rule",
    "greedy": "greedy",
    "equal_shares": "MES",
    "equal_shares_add1": "MES+",
    "equal_shares_count": "MES#",
    "phragmen": "Phragmén",
}
LEGEND = (
    "city: what was really funded; its rule: what the rule that the file names funds by our calculation; MES: equal"
    " shares, what is left stays; MES+: all shares grow until the money is spent; MES#: so too, and every project"
    " satisfies alike instead of by its cost."
)


def budget(words: Sequence[str], as_json: bool) -> int:
    """Compare the rules on each file named; 1 if some could not be read, 2 if none could."""
    if not words:
        raise BadConfig(["sim budget: needs one or more .pb files; see `sim budget --help`"])
    results = []
    for file in words:
        results.append(compared(file))
        if "error" in results[-1]:
            print(f"sim: {file}: {results[-1]['error']}", file=sys.stderr)
    read = [r for r in results if "error" not in r]
    if as_json:
        print(to_json(results))
    elif read:
        show(read)
    return DONE if len(read) == len(results) else SOME_FAILED if read else NOTHING_READ


def show(results: Sequence[Result]) -> None:
    """Print one election in detail, or a row for each of several and how often each rule is exact."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    if len(results) > 1:
        console.print(_files(results))
        console.print(_rules(results))
        console.print("Shares of projects of which a rule says the same as the city; = where that is all of them.")
    else:
        [r] = results
        money = f"{r['budget']:,.0f} {r['currency']}".strip()
        console.print(f"[bold]{escape(r['description'] or r['file'])}[/bold]: {escape(money)}, {r['votes']:,} votes,"
                      f" rule {escape(r['rule'])}", soft_wrap=True)  # fmt: skip
        console.print(_projects(r))
        console.print(_groups(r))
        console.print("Of each group, per cent: voters who see a project funded that they voted for / what of the money"
                      " spent went to projects they voted for.", markup=False)  # fmt: skip
    console.print(LEGEND, markup=False)
    for r in results:
        for note in r["notes"]:
            console.print(f"{r['file']}: {note}" if len(results) > 1 else note, markup=False, soft_wrap=True)


def _files(results: Sequence[Result]) -> Table:
    """One row for each file: its rule, and how far each rule agrees with the city."""
    shown = Table("file", "rule", "projects", "city", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.columns[0].overflow = "fold"
    for column in shown.columns[2:]:
        column.justify = "right"
    for name in (RULE, *OTHERS):
        shown.add_column(TITLES[name], justify="right")
    for r in results:
        city = "-" if r["funded_by_city"] is None else str(len(r["funded_by_city"]))
        name = r["file"].replace("\\", "/").rpartition("/")[2]
        cells = (_agreement(r, name) for name in (RULE, *OTHERS))
        shown.add_row(escape(name), escape(r["rule"]), str(len(r["projects"])), city, *cells)
    return shown


def _agreement(r: Result, name: str) -> str:
    said = r["agreement"][name]
    return "-" if said["share"] is None else "=" if said["exact"] else level(said["share"], "share")


def _rules(results: Sequence[Result]) -> Table:
    """For each rule that files name: in how many each way of deciding funds just what the city did."""
    shown = Table("rule of the file", "files", box=box.SIMPLE_HEAD, pad_edge=False, title="the same set as the city")
    shown.columns[1].justify = "right"
    for name in (RULE, *OTHERS):
        shown.add_column(TITLES[name], justify="right")
    known = [r for r in results if r["funded_by_city"] is not None]
    for rule in sorted({r["rule"] for r in known}):
        these = [r for r in known if r["rule"] == rule]
        exact = (sum(r["agreement"][name]["exact"] for r in these) for name in (RULE, *OTHERS))
        shown.add_row(escape(rule), str(len(these)), *map(str, exact))
    return shown


def _columns(r: Result) -> list[str]:
    return [name for name in TITLES if name in r["spent"]]


def _projects(r: Result) -> Table:
    """One row for each project, best first: who funds it; then what is spent, and the agreement."""
    shown = Table("project", "", "cost", "score", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.columns[0].overflow = "fold"
    shown.columns[1].no_wrap = True
    shown.columns[2].justify = shown.columns[3].justify = "right"
    funded = {CITY: r["funded_by_city"], RULE: r["funded_by_rule"], **r["funded_by"]}
    for name in _columns(r):
        shown.add_column(TITLES[name], justify="center")
    for project in r["projects"]:
        marks = ["x" if project["id"] in funded[name] else "" for name in _columns(r)]
        if project["id"] in r["funded_later"]:
            marks[0] = "later"
        cost = f"{project['cost']:,.0f}" if project["cost"] == project["cost"] else "withdrawn"
        shown.add_row(escape(project["id"]), escape(_short(project["name"])), cost, f"{project['score']:,.10g}", *marks)
    shown.add_section()
    money = [level(r["spent"][name] / r["budget"], "share") if r["budget"] else "-" for name in _columns(r)]
    shown.add_row("", "share of the budget spent", "", "", *money)
    if r["funded_by_city"] is not None:
        same = [level(r["agreement"][name]["share"], "share") for name in _columns(r)[1:]]
        shown.add_row("", "projects as the city decided", "", "", "", *same)
    return shown


def _short(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1].rstrip() + "…"


def _groups(r: Result) -> Table:
    """One row for each group of voters."""
    shown = Table("voters", "", "", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.columns[2].justify = "right"
    for name in _columns(r):
        shown.add_column(TITLES[name], justify="right")
    for column, rows in r["groups"].items():
        for row in rows:
            cells = [f"{100 * row['heard'][name]:.0f} / {100 * row['money'][name]:.0f}" for name in _columns(r)]
            shown.add_row("" if column == "all" else escape(column), escape(row["group"]), f"{row['voters']:,}", *cells)
    return shown
