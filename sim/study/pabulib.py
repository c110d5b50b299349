"""Real elections of participatory budgets: a reader of Pabulib's `.pb` files.

Three tables in one text: META, PROJECTS and VOTES (pabulib.org/format). What makes a file useless is
a `BadFile` that names line, value and what is allowed; what can be lived with is a note.
"""

import csv
import re
from array import array
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import numpy as np

from sim.model.allocation import Ballots, Floats, Indices, gather

SECTIONS = ("META", "PROJECTS", "VOTES")
VOTE_TYPES = ("approval", "choose-1", "ordinal", "cumulative", "scoring")
WITH_POINTS = ("cumulative", "scoring")
GROUPS = ("age", "sex", "district", "neighborhood", "neighbourhood", "education", "voting_method")
# What Pabulib writes as the cost of a project withdrawn after the vote, so that no rule funds it.
WITHDRAWN = 999_999_999
NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,20})?([eE][+-]?\d)?")
DECIMALS = 6  # of money, at most: finer ones come from spreadsheets, not from cities
AGES = ((0, "under 18"), (18, "18-29"), (30, "30-44"), (45, "45-59"), (60, "60 and over"))

Row = dict[str, str]


class BadFile(ValueError):
    """A file that cannot be used; the message says where and why, in one line."""

    def __init__(self, message: str) -> None:
        super().__init__("".join(letter if letter.isprintable() else "?" for letter in message))


@dataclass(frozen=True)
class Election:
    """One vote on one budget.

    ids, names: (projects,); costs: (projects,) and budget in `units` to one of the currency, so that cents
    are whole numbers; scores: (projects,), what the file ranks by; selected: (projects,) of 0 to 3, None
    where the file does not say what was funded; kinds: column -> (projects,) of text; groups: column ->
    names of groups and (voters,) of places among them; notes: what was odd and is of no great harm.
    """

    meta: Mapping[str, str]
    ids: Sequence[str]
    names: Sequence[str]
    costs: Floats
    budget: float
    units: int
    scores: Floats
    selected: Indices | None
    kinds: Mapping[str, Sequence[str]]
    ballots: Ballots
    groups: Mapping[str, tuple[Sequence[str], Indices]]
    notes: Sequence[str]


def read(file: Path) -> Election:
    """Read `file`; raises BadFile."""
    try:
        with closing(_rows(file)) as rows:
            return _election(rows)
    except UnicodeDecodeError as error:
        raise BadFile(_undecodable(file)) from error
    except csv.Error as error:
        raise BadFile(f"not a table: {error}; a quote that is opened and never closed?") from error
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror or error}") from error


def _rows(file: Path) -> Generator[tuple[int, list[str]], None, None]:
    """The number of each line and its values; empty lines are left out."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=";", skipinitialspace=True)
        for row in reader:
            values = [value.strip() for value in row]
            if any("\0" in value for value in values):
                raise BadFile(f"line {reader.line_num}: holds a NUL character; a .pb file is plain text")
            if any(values):
                yield reader.line_num, values


def _undecodable(file: Path) -> str:
    """Where a file is not UTF-8."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                byte = line[error.start]
                return f"line {number}: byte 0x{byte:02x} is not UTF-8; save the file as UTF-8"
    return "not UTF-8; save the file as UTF-8"


@dataclass
class _Reading:
    """Where the reader is in the file, and what it has noticed."""

    rows: Iterator[tuple[int, list[str]]]
    section: str = ""
    line: int = 0
    notes: list[str] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def fail(self, message: str) -> BadFile:
        return BadFile(f"line {self.line}: {message}")

    def notice(self, what: str, instance: str) -> None:
        """Count something odd, and remember where it was first."""
        self.odd[what] += 1
        self.first.setdefault(what, f"line {self.line}: {instance}")

    def body(self) -> Iterator[list[str]]:
        """The rows up to the next section's title, which becomes `section`."""
        for line, values in self.rows:
            self.line = line
            title = values[0].upper()
            if title in SECTIONS and not any(values[1:]):
                self.section = title
                return
            yield values
        self.section = ""

    def table(self, needed: Sequence[str]) -> Iterator[Row]:
        """The rows of a section as column -> value; raises BadFile where a column is missing."""
        body, section = self.body(), self.section
        columns = [name.lower() for name in next(body, [])]
        missing = [name for name in needed if name not in columns]
        if missing:
            there = ", ".join(filter(None, columns)) or "none"
            raise self.fail(f"{section} has no column {', '.join(missing)}; its columns: {there}")
        twice = [name for name, times in Counter(filter(None, columns)).items() if times > 1]
        if twice:
            raise self.fail(f"{section} has the column {', '.join(twice)} twice")
        for values in body:
            if any(values[len(columns) :]):
                raise self.fail(
                    f"{len(values)} values for {len(columns)} columns of {section};"
                    " a text with a semicolon needs quotes around it"
                )
            yield dict(zip(columns, values + [""] * (len(columns) - len(values)), strict=False))

    def number(self, what: str, text: str, least: float = -np.inf) -> Decimal:
        """`text` as a number of at least `least`."""
        if not NUMBER.fullmatch(text):
            hint = "write decimals with a point" if re.fullmatch(r"[+-]?[\d.]+,\d+", text) else "allowed: a number"
            raise self.fail(f"{what}: '{text[:40]}' is not a number; {hint}, as in 1234.50")
        value = Decimal(text)
        if value < least:
            raise self.fail(f"{what}: {text} is too small; allowed: {least:g} or more")
        return value


def _election(rows: Iterator[tuple[int, list[str]]]) -> Election:
    """The election in all `rows` of a file."""
    at = _Reading(rows)
    before = next(at.body(), None)
    if before is not None or at.section != "META":
        there = (before or [at.section])[0]
        found = f"line {at.line}: '{there[:40]}' where META should be" if at.line else "the file is empty"
        raise BadFile(f"{found}; a .pb file begins with the line META")
    meta, budget = _meta(at)
    _expect(at, "PROJECTS")
    projects, costs = _projects(at)
    _expect(at, "VOTES")
    ids = [project["project_id"] for project in projects]
    votes = _Votes(meta, {name: place for place, name in enumerate(ids)})
    votes.read(at)
    ballots = votes.ballots(len(ids))
    if at.section:
        raise at.fail(f"{at.section} again, after VOTES; allowed: META, PROJECTS and VOTES once each, in this order")
    units = 10 ** max(_decimals(value) for value in (budget, *costs))
    scores = _scores(at, projects, ballots, votes)
    _compare_counts(at, meta, len(ids), ballots.voters)
    return Election(
        meta=meta,
        ids=ids,
        names=[project.get("name", "") for project in projects],
        costs=np.array([float(c * units) if c != WITHDRAWN else np.inf for c in costs]),
        budget=float(budget * units),
        units=units,
        scores=scores,
        selected=_selected(projects),
        kinds={name: [p[name] for p in projects] for name in ("category", "neighborhood") if name in projects[0]},
        ballots=ballots,
        groups=votes.groups(),
        notes=[*at.notes, *(f"{what}: {times}, first in {at.first[what]}" for what, times in at.odd.items())],
    )


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return min(max(-int(exponent), 0), DECIMALS)


def _expect(at: _Reading, section: str) -> None:
    if at.section != section:
        found = f"line {at.line}: {at.section}" if at.section else "the file ends"
        hint = "" if at.section else " (a quote that is opened and never closed hides what follows)"
        raise BadFile(f"{found} where {section} should begin; allowed: META, PROJECTS and VOTES, in this order{hint}")


def _meta(at: _Reading) -> tuple[dict[str, str], Decimal]:
    """The entries of META, and the budget."""
    meta: dict[str, str] = {}
    lines: dict[str, int] = {}
    for values in at.body():
        key = values[0].lower()
        if key == "key" and not meta:
            continue
        value = "; ".join(values[1:]).rstrip("; ")
        if key == "comment" and key in meta:
            value = f"{meta[key]} {value}"
        elif meta.get(key, value) != value:
            raise at.fail(f"META has '{key}' twice, here and in line {lines[key]}, with another value")
        meta[key], lines[key] = value, at.line
    if not meta.get("budget"):
        raise at.fail("META has no budget; add a line such as budget;100000")
    kind = meta.setdefault("vote_type", "approval").lower()
    if kind not in VOTE_TYPES:
        raise _at_line(at, lines["vote_type"], f"vote_type: '{kind}'; allowed: {', '.join(VOTE_TYPES)}")
    end, at.line = at.line, lines["budget"]
    budget = at.number("budget", meta["budget"], 0)
    at.line = end
    return meta, budget


def _at_line(at: _Reading, line: int, message: str) -> BadFile:
    at.line = line
    return at.fail(message)


def _projects(at: _Reading) -> tuple[list[Row], list[Decimal]]:
    """The rows of PROJECTS, and what each costs."""
    projects: list[Row] = []
    costs: list[Decimal] = []
    lines: dict[str, int] = {}
    for row in at.table(["project_id", "cost"]):
        name = row["project_id"]
        if not name:
            raise at.fail("a project without project_id")
        if name in lines:
            raise at.fail(f"project_id: '{name}' is there already, in line {lines[name]}; allowed: each once")
        lines[name] = at.line
        costs.append(at.number(f"cost of project {name}", row["cost"], 0))
        for column in ("votes", "score"):
            if row.get(column):
                at.number(f"{column} of project {name}", row[column], 0 if column == "votes" else -np.inf)
        if row.get("selected") and not re.fullmatch(r"[0-3](\.0)?", row["selected"]):
            raise at.fail(f"selected of project {name}: '{row['selected']}'; allowed: 0, 1, 2 or 3")
        projects.append(row)
    if not projects:
        raise at.fail("PROJECTS has no projects")
    withdrawn = [p["project_id"] for p, cost in zip(projects, costs, strict=True) if cost == WITHDRAWN]
    if withdrawn:
        at.notes.append(f"withdrawn after the vote (cost {WITHDRAWN}): {', '.join(withdrawn)}")
    return projects, costs


def _selected(projects: Sequence[Row]) -> Indices | None:
    if not any(p.get("selected") for p in projects):
        return None
    return np.array([int(float(p["selected"] or 0)) for p in projects])


class _Votes:
    """The supports of VOTES, gathered row by row in arrays: tens of bytes for each, not hundreds."""

    def __init__(self, meta: Mapping[str, str], place: Mapping[str, int]) -> None:
        self.kind = meta["vote_type"].lower()
        self.least, self.most = (_whole(meta.get(key, "")) for key in ("min_length", "max_length"))
        self.place = place
        self.voters = 0
        self.project, self.voter, self.weight = array("q"), array("q"), array("d")
        self.names: dict[str, dict[str, int]] = {}
        self.places: dict[str, array[int]] = {}
        self.has_points = False

    def read(self, at: _Reading) -> None:
        """Read all rows of VOTES."""
        for row in at.table(["voter_id", "vote", *(["points"] if self.kind in WITH_POINTS else [])]):
            if not self.voters:
                self.has_points = "points" in row
                self.names = {column: {} for column in GROUPS if column in row}
                self.places = {column: array("q") for column in self.names}
            self._one(at, row)
            for column, names in self.names.items():
                name = _group(column, row[column])
                self.places[column].append(names.setdefault(name, len(names)))
            self.voters += 1
        if not self.voters:
            at.notes.append("no votes")
        elif self.place and not self.project and at.odd:
            raise BadFile(f"no vote is for a project of PROJECTS; first {next(iter(at.first.values()))}")

    def _one(self, at: _Reading, row: Row) -> None:
        """Add one vote; what it cannot mean is left out and noticed."""
        chosen = [name for name in (part.strip() for part in row["vote"].split(",")) if name]
        if len(set(chosen)) < len(chosen):
            at.notice("votes that name a project twice, counted once", f"'{row['vote'][:60]}'")
        if not (self.least or 0) <= len(chosen) <= (self.most or len(chosen)):
            bounds = f"{self.least or 0} to {self.most or 'any number'}"
            at.notice("votes of a length that META does not allow, counted as they stand", f"{len(chosen)} of {bounds}")
        weights = self._weights(at, row, chosen)
        seen: set[str] = set()
        for name, weight in zip(chosen, weights, strict=True):
            where = self.place.get(name)
            if where is None:
                at.notice("votes for a project that PROJECTS does not have, left out", f"'{name[:40]}'")
            elif name not in seen:
                seen.add(name)
                self.project.append(where)
                self.voter.append(self.voters)
                self.weight.append(weight)

    def _weights(self, at: _Reading, row: Row, chosen: Sequence[str]) -> Sequence[float]:
        """Points; Borda's points for a ranking (one for the last of all projects); or 1 each."""
        if self.has_points and (row["points"] or self.kind in WITH_POINTS):
            points = [part.strip() for part in row["points"].split(",")] if row["points"] else []
            if len(points) != len(chosen):
                raise at.fail(f"{len(points)} points for {len(chosen)} projects; allowed: one for each")
            return [float(at.number("points", text)) for text in points]
        if self.kind == "ordinal":
            length = self.most or len(self.place)
            return [float(max(length - rank, 1)) for rank in range(len(chosen))]
        return [1.0] * len(chosen)

    def ballots(self, projects: int) -> Ballots:
        """What was read."""
        project, voter = np.array(self.project, np.int64), np.array(self.voter, np.int64)
        return gather(project, voter, np.array(self.weight), projects, self.voters)

    def groups(self) -> dict[str, tuple[Sequence[str], Indices]]:
        """Column -> names of its groups, and each voter's place among them."""
        return {
            column: ([*names], np.array(self.places[column], np.int64))
            for column, names in self.names.items() if any(names)
        }  # fmt: skip


def _group(column: str, value: str) -> str:
    """The group of a value: itself, or the band of a whole number of years."""
    if column == "age" and re.fullmatch(r"\d{1,3}(\.0)?", value):
        return next(name for low, name in reversed(AGES) if float(value) >= low)
    return value


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None


def _scores(at: _Reading, projects: Sequence[Row], ballots: Ballots, votes: _Votes) -> Floats:
    """What projects are ranked by: the column `score`, else `votes`, else counted from VOTES."""
    counted = {
        "score": np.bincount(ballots.project, ballots.weight, len(projects)),
        "votes": np.bincount(ballots.project, minlength=len(projects)).astype(float),
    }
    by_points = votes.has_points or votes.kind == "ordinal"
    for column in ("score", "votes"):
        if all(p.get(column) for p in projects) and not (column == "votes" and votes.kind in WITH_POINTS):
            said = np.array([float(p[column]) for p in projects])
            if ballots.voters and (column == "votes" or by_points):
                differ = int((~np.isclose(said, counted[column])).sum())
                if differ:
                    at.notes.append(
                        f"{column}: {differ} of {len(projects)} projects have another number than VOTES adds up to;"
                        " the column counts"
                    )
            return said
    column = "score" if by_points else "votes"
    at.notes.append(f"ranked by {'points' if by_points else 'votes'} counted from VOTES")
    return counted[column]


def _compare_counts(at: _Reading, meta: Mapping[str, str], projects: int, voters: int) -> None:
    for key, there in (("num_projects", projects), ("num_votes", voters)):
        if meta.get(key) and meta[key] != str(there):
            at.notes.append(f"{key}: META says {meta[key][:40]}, the file has {there}")
