"""`sim validate all`: every part of the evidence, one after the other, and all verdicts on one page.

Each part is a command of its own, whose verdicts are kept under a hash of all that they stand on: after an
interruption the parts that are done are not done again, and a changed model finds nothing.
"""

import json
import shlex
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from rich.console import Console

from sim.model.params import BadConfig, nearest
from sim.study import store
from sim.study.carry_out import answered, note
from sim.study.compose import whole
from sim.study.database import holding
from sim.study.description import row
from sim.study.document import to_json
from sim.study.evidence.judging import FAIL
from sim.study.evidence.parts import ORDER, PARTS, ROOT, UNTESTABLE, Part, Verdict
from sim.study.pool import cores
from sim.study.program import digest, program, source_hash

NAME, TASTE = "evidence", "evidence-fast"
PAGE = "verdicts.md"
PAGES = Path("docs") / "evidence"
LOCK = "verdicts.lock"
HOURS, GRACE = 3.0, 60.0  # for all parts together; seconds for a part to put away what it has
BY_NAME = {part.name: part for part in PARTS}
KEYS = ("workers", "hours", "files", "trajectories")
TESTED = ("*.py", "*.json", "*.yaml")  # what the folder of tests holds


@dataclass(frozen=True)
class Order:
    """What is asked for; `more`: words for a part's own command, by part."""

    parts: Sequence[Part]
    fast: bool
    page: bool
    workers: int
    hours: float
    more: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """Where verdicts are kept."""
        return store.RESULTS / (TASTE if self.fast else NAME)


@dataclass(frozen=True)
class Outcome:
    """What became of a part: its verdicts, or why there are none; `again`: found where it was kept."""

    part: Part
    verdicts: Sequence[Verdict]
    seconds: float
    ended: str
    again: bool = False
    missing: str = ""


def ordered(words: Sequence[str]) -> Order:
    """What the words after `sim validate all` ask for; raises BadConfig with every fault at once."""
    faults: list[str] = []
    fast, page = "--fast" in words, "--page" in words
    values: dict[str, str] = {}
    chosen = []
    for word in (w for w in words if not w.startswith("-")):
        key, is_pair, value = word.partition("=")
        if is_pair and key in KEYS:
            faults += [f"{key}: given twice"] if key in values else []
            values[key] = value
        elif word in BY_NAME:
            chosen.append(word)
        else:
            known = [*BY_NAME, *(f"{key}=" for key in KEYS)]
            faults.append(f"{word}: no such part{nearest(word, known)}; allowed: {', '.join(known)}")
    workers, hours = whole("workers", values.get("workers", cores()), 1, faults), values.get("hours", f"{HOURS:g}")
    try:
        limit = float(hours)
    except ValueError:
        limit = 0.0
    if not 0 < limit < float("inf"):
        faults.append(f"hours: {hours!r}; allowed: a number above 0")
    if "files" in values and not Path(values["files"]).is_dir():
        faults.append(f"files: {values['files']!r} is no folder; it holds real budgets for the dockings")
    more: dict[str, str] = {}
    if "files" in values and not fast:
        more["docking"] = f"files={Path(values['files']).resolve()}"
    if "trajectories" in values and not fast:
        more["assumed"] = f"trajectories={whole('trajectories', values['trajectories'], 2, faults)}"
    if fast:
        own = "has no meaning with --fast, which takes a few runs of its own"
        faults += [f"{k}: {own}" for k in ("files", "trajectories") if k in values]
    if page and (chosen or fast):
        faults.append("--page: the page holds every part in full; leave out parts and --fast")
    if page and not PAGES.is_dir():
        faults.append(f"--page: {PAGES} is no folder here; it is written where the project's documents are")
    if faults:
        raise BadConfig(faults)
    parts = [part for part in PARTS if (part.name in chosen if chosen else not fast or part.fast)]
    return Order(parts, fast, page, workers, limit, more)


def validate_all(words: Sequence[str], argv: Sequence[str], as_json: bool) -> int:
    """Run the parts that are missing, save and print all verdicts; returns the exit code."""
    asked = ordered(words)
    store.check_writable(next(f for f in (asked.folder, store.RESULTS, Path()) if f.exists()))

    def work() -> tuple[dict[str, Any], int]:
        asked.folder.mkdir(parents=True, exist_ok=True)
        with holding(asked.folder / LOCK, wait=False) as alone:
            if not alone:
                raise BadConfig([f"{asked.folder}: another command is at work there; wait for it"])
            answer = carried_out(asked, argv)
        return answer, 1 if answer["not run"] else 0

    answer, code = answered(work, argv, as_json)
    if answer is None:
        return code
    if as_json:
        print(to_json(answer))
    else:
        show(answer, asked.folder)
    return code


def carried_out(asked: Order, argv: Sequence[str]) -> dict[str, Any]:
    """Run what is missing and save; gives all verdicts as plain values. Raises OSError."""
    until = time.monotonic() + asked.hours * 3600
    found = []
    for part in asked.parts:
        outcome = _kept(asked, part) or _run(asked, part, until)
        counted = ", ".join(f"{n} {v}" for v, n in Counter(v.verdict for v in outcome.verdicts).items())
        again = ", kept from before" if outcome.again else ""
        note(f"{part.name}: {outcome.missing or counted}{again} ({outcome.seconds:.0f} s)")
        found.append(outcome)
    answer = document(found, argv)
    text = page(answer)
    store.put(asked.folder / "verdicts.json", to_json(answer, indent=1) + "\n")
    store.put(asked.folder / PAGE, text)
    if asked.page:
        store.put(PAGES / PAGE, text)
    return answer


def key(asked: Order, part: Part) -> str:
    """A hash of all that a part's verdicts can stand on: the program and its configs, the tests, the user's files.

    That is more than each needs, but nobody has to remember what a part has come to need; and runs are kept by the
    model alone.
    """
    tests = [(ROOT / "tests", pattern) for pattern in TESTED] if part.tests else []
    files = asked.more.get(part.name, "").removeprefix("files=") if part.name == "docking" else ""
    given = [(Path(files), "*.pb")] if files else []
    words = part.command(asked.fast, 1, asked.more, Path())[1:]
    return f"{source_hash()} {digest([*tests, *given])} {shlex.join(words)}"


def _kept(asked: Order, part: Part) -> Outcome | None:
    """What became of a part when it was run before, if nothing that it stands on has changed."""
    try:
        saved = json.loads((asked.folder / f"{part.name}.json").read_text(encoding="utf-8"))
        verdicts = [Verdict(**one) for one in saved["verdicts"]]
        if saved["key"] != key(asked, part):
            return None
        return Outcome(part, verdicts, saved["seconds"], saved["ended"], again=True)
    except (OSError, ValueError, KeyError, TypeError):  # none, or of another version of this program
        return None


def _run(asked: Order, part: Part, until: float) -> Outcome:
    """Run a part by its own command; what it has no verdicts of is told, and tried again by the next command."""
    before = key(asked, part)
    started = time.monotonic()

    def nothing(why: str) -> Outcome:
        return Outcome(part, [], time.monotonic() - started, store.now(), missing=why)

    if part.missing:
        return nothing(part.missing)
    if started >= until:
        return nothing("not run: the hours were over; the same command goes on")
    answer = (asked.folder / f"{part.name}.answer").resolve()
    answer.unlink(missing_ok=True)
    where = ROOT if part.tests else asked.folder.resolve() if asked.fast else Path()
    if not _done(part.command(asked.fast, asked.workers, asked.more, answer), where, answer, until, not part.tests):
        return nothing("not run: the hours were over; runs of it that can be kept are, and the same command goes on")
    said, why = _answer(answer, part)
    if why:
        return nothing(f"not run: {why}")
    verdicts = part.read(said)
    outcome = Outcome(part, verdicts, time.monotonic() - started, store.now())
    if before == key(asked, part):  # else somebody edited meanwhile, and it is not known what these verdicts are of
        saved = {"key": before, "seconds": outcome.seconds, "ended": outcome.ended}
        store.put(
            asked.folder / f"{part.name}.json", to_json({**saved, "verdicts": [asdict(v) for v in verdicts]}) + "\n"
        )
    answer.unlink(missing_ok=True)
    return outcome


def _done(command: Sequence[str], where: Path, answer: Path, until: float, prints: bool) -> bool:
    """Run a command to its end, False if the time was over first; stopped, it may put away what it has."""
    with answer.with_suffix(".printed").open("wb") as printed:
        process = subprocess.Popen(command, cwd=where, stdout=printed, start_new_session=True)
        try:
            process.wait(max(until - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            return False
        finally:
            _stop(process)
    printed_to = answer.with_suffix(".printed")
    if prints:
        printed_to.replace(answer)
    else:
        printed_to.unlink()
    return True


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answer(file: Path, part: Part) -> tuple[Any, str]:
    """What a command answered, or why it did not."""
    try:
        if part.tests:
            return ElementTree.parse(file).getroot(), ""
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, ElementTree.ParseError):
        return None, "its command ended without an answer"
    faults = said.get("faults") if isinstance(said, dict) else None
    return said, "; ".join(map(str, faults)) if faults else ""


# --- telling ---


def document(found: Sequence[Outcome], argv: Sequence[str]) -> dict[str, Any]:
    """Everything as plain values; verdicts that nobody must miss first."""
    rows = [{"part": o.part.name, **asdict(v)} for o in found for v in o.verdicts]
    rows.sort(key=lambda r: ORDER.index(str(r["verdict"])) if r["verdict"] in ORDER else 0)
    counts = Counter(str(r["verdict"]) for r in rows)
    return {
        "date": store.now()[:10],
        "command": shlex.join(_plain(word) for word in argv),
        "counts": {verdict: counts[verdict] for verdict in (*ORDER, *(counts.keys() - {*ORDER}))},
        "not run": {o.part.name: o.missing for o in found if o.missing},
        "parts": [
            {"part": o.part.name, "title": o.part.title, "seconds": o.seconds, "ended": o.ended, "again": o.again,
             "counts": dict(Counter(v.verdict for v in o.verdicts)), "missing": o.missing or None}
            for o in found
        ],
        "verdicts": rows,
        "provenance": program(),
    }  # fmt: skip


def _plain(word: str) -> str:
    return "files=FOLDER" if word.startswith("files=") else word


def headline(answer: Mapping[str, Any]) -> str:
    """The counts in a sentence."""
    counts = ", ".join(f"{n} {verdict}" for verdict, n in answer["counts"].items())
    missing = answer["not run"]
    none = f" Not run: {', '.join(missing)}." if missing else ""
    return f"{sum(answer['counts'].values())} verdicts: {counts}.{none}"


def page(answer: Mapping[str, Any]) -> str:
    """The page as Markdown."""
    model = answer["provenance"]["model"][:12]
    lines = [
        f"<!-- Made by `{answer['command']}`; do not edit. -->", "", "# Every verdict", "",
        f"Made on {answer['date']} by `{answer['command']}`, with the model `{model}`.", "", headline(answer), "",
        "A part is run by its own command, and its verdicts are kept until the program, its configs or tests change."
        " Minutes are those of the run in which it was done. [M]: from memory of the literature, not checked.", "",
        row("part", "what", *ORDER, "minutes", "done"), row("---", "---", *["---:"] * (len(ORDER) + 1), "---"),
    ]  # fmt: skip
    for p in answer["parts"]:
        counts = [str(p["counts"].get(verdict, 0)) for verdict in ORDER]
        lines.append(row(p["part"], p["title"], *counts, f"{p['seconds'] / 60:.1f}", p["missing"] or p["ended"][:10]))
    for verdict in answer["counts"]:
        rows = [r for r in answer["verdicts"] if r["verdict"] == verdict]
        if rows:
            lines += ["", f"## {verdict.capitalize()}: {len(rows)}", "", row("part", "", "claimed", "found"),
                      row(*["---"] * 4)]  # fmt: skip
            lines += [row(r["part"], r["id"], _line(r["claim"]), _line(r["found"])) for r in rows]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def show(answer: Mapping[str, Any], folder: Path) -> None:
    """Print the counts, and every verdict that is not a pass."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{headline(answer)}[/bold]\n")
    for r in answer["verdicts"]:
        if r["verdict"] in (FAIL, UNTESTABLE) or r["verdict"] not in ORDER:
            console.print(f"{r['verdict']}  {r['part']} {r['id']}: {_line(r['claim'])}", markup=False)
    for name, why in answer["not run"].items():
        console.print(f"{name}: {why}", markup=False)
    console.print(f"\nSaved in {folder}: see {PAGE}", markup=False)
