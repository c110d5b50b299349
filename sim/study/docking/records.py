"""D8: what real cities funded, with the city's rule of funding on files that the user has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.stats import binom

from sim.model.params import BadConfig
from sim.study.budgets import GREEDY, RULE, compared
from sim.study.docking.base import Claim, Docking, Finding, Row, Verdict, option, share

# Files of which exactly the city's set is funded, and all; of an independent implementation.
REFERENCE = {
    "greedy": (411, 416),
    "greedy-threshold": (495, 509),
    "greedy-no-skip": (339, 364),
    "greedy-exclusive": (18, 21),
    "greedy-custom": (92, 103),
}
EVERY = sum(exact for exact, _ in REFERENCE.values()), sum(n for _, n in REFERENCE.values())
ALPHA = 0.025  # of failing by chance
WORSE, POWER = 0.2, 0.9  # a folder decides if a rule so much worse would be noticed so surely


@dataclass(frozen=True)
class Options:
    """Where the files are."""

    files: str = option("", "a folder with .pb files of Pabulib, which the project has none of")


def files(o: Options) -> list[Path]:
    """The files, by name; none where no folder is given. Raises BadConfig."""
    if not o.files:
        return []
    folder = Path(o.files)
    if not folder.is_dir():
        raise BadConfig([f"files: {o.files} is not a folder"])
    found = sorted(folder.glob("*.pb"))
    if not found:
        raise BadConfig([f"files: {o.files} has no .pb files"])
    return found


def one(o: Options, seed: int, k: int) -> Row:
    """The k-th file: its rule, and whether ours funds what the city did. `seed` is for the others: this is exact."""
    file = files(o)[k]
    result = compared(str(file))
    if "error" in result:
        return {"file": file.name, "error": result["error"]}
    same = result["agreement"][RULE]
    funded = {"city": result["funded_by_city"], "ours": result["funded_by_rule"]}
    return {
        "file": file.name,
        "rule": result["rule"].lower(),
        "projects": len(result["projects"]),
        "same": same["share"],
        "exact": same["exact"],
        "only city": None if funded["city"] is None else sorted({*funded["city"]} - {*funded["ours"]}),
        "only ours": None if funded["city"] is None else sorted({*funded["ours"]} - {*funded["city"]}),
    }


def judge(o: Options, rows: Sequence[Row]) -> Finding:
    """Each rule: not less often exact than the reference, by more than chance between folders."""
    known = [row for row in rows if row.get("exact") is not None and row["rule"] in GREEDY]
    claims, table = [], []
    groups = {rule: [row for row in known if row["rule"] == rule] for rule in REFERENCE}
    for rule, these in [*groups.items(), ("all of these", known)]:
        there = REFERENCE.get(rule) or EVERY
        if these:
            claims.append(_claim(rule, there, these))
            projects = sum(row["projects"] for row in these)
            same = sum(row["same"] * row["projects"] for row in these) / projects
            table.append({"rule": rule, "files": len(these), "exact": sum(row["exact"] for row in these),
                          "share": claims[-1].ours.value, "low": claims[-1].ours.low, "high": claims[-1].ours.high,
                          "reference": there[0] / there[1], "projects": projects, "projects alike": same})  # fmt: skip
    differ = [{"file": row["file"], "rule": row["rule"], "only the city": ", ".join(row["only city"]),
               "only ours": ", ".join(row["only ours"])} for row in known if not row["exact"]]  # fmt: skip
    return Finding(claims, {"files": table, "files that differ": differ} if table else {}, _notes(o, rows, known))


def _claim(rule: str, there: tuple[int, int], these: Sequence[Row]) -> Claim:
    n, hits, chance = len(these), sum(row["exact"] for row in these), there[0] / there[1]
    ours = share([row["exact"] for row in these])
    # The most hits that fail, and how surely a worse rule has no more.
    most = int(binom.ppf(ALPHA, n, chance))
    most -= binom.cdf(most, n, chance) > ALPHA
    enough = binom.cdf(most, n, chance - WORSE) >= POWER
    verdict = Verdict.FAIL if hits <= most else Verdict.PASS if enough else Verdict.UNDECIDED
    says = f"{rule}: exactly the city's set is funded in not fewer files than in the reference, by more than chance"
    return Claim(says, f"{there[0]} of {there[1]} ({chance:.1%})", ours, verdict)


def _notes(o: Options, rows: Sequence[Row], known: Sequence[Row]) -> list[str]:
    if not o.files:
        return ["Needs files: `sim validate docking D8 files=FOLDER`, with .pb files from pabulib.org. The project"
                " has none: their licence is not stated."]  # fmt: skip
    failed = [row for row in rows if "error" in row]
    silent = sum(row.get("exact", 0) is None for row in rows)
    other = Counter(row["rule"] for row in rows if row.get("exact") is not None and row["rule"] not in GREEDY)
    notes = [f"{len(rows)} files: {len(known)} name a greedy rule and what was funded, {silent} do not say what was"
             f" funded, {sum(other.values())} name another rule or none, {len(failed)} cannot be read."]  # fmt: skip
    notes += [f"{row['file']}: {row['error']}" for row in failed]
    notes.append("A pass needs so many files that a rule that is exact in 20 of 100 files fewer would be noticed"
                 " in 9 of 10 folders; with less it is undecided. Why files differ: docs/budgets.md.")  # fmt: skip
    return notes


def draw(figure: Any, finding: Finding) -> None:
    """Shares of files that are exact, by rule, with the reference shares."""
    axes = figure.subplots()
    table = finding.tables["files"]
    values = [row["share"] for row in table]
    error = [[max(v - row["low"], 0) for v, row in zip(values, table, strict=True)],
             [max(row["high"] - v, 0) for v, row in zip(values, table, strict=True)]]  # fmt: skip
    places = range(len(table))
    axes.errorbar(values, places, xerr=error, fmt="o", label="ours, 95% interval")
    axes.plot([row["reference"] for row in table], places, "x", ms=9, label="reference")
    axes.set_yticks(places, [f"{row['rule']} ({row['files']})" for row in table])
    axes.invert_yaxis()
    axes.set(xlabel="share of files in which exactly the city's set is funded", xlim=(0, 1.02))
    axes.legend(frameon=False)


DOCKING = Docking(
    id="D8",
    title="Real budgets",
    ours="`allocate` and `greedy` of `sim/model/allocation.py` with the rules that files name, as `sim budget` has"
    " it (M14)",
    source="Pabulib, pabulib.org: real participatory budgets, with what was funded",
    setup="Each file with a greedy rule that says what the city funded is decided by our rule from its votes,"
    " costs, budget and the terms that it names. Counted are files in which exactly the city's set is funded. No"
    " chance is in it but which files a folder has.",
    reference="of an independent implementation on 1,413 files with these rules, computed for this project",
    options=Options,
    count=lambda o: len(files(o)),
    one=one,
    judge=judge,
    draw=draw,
)
