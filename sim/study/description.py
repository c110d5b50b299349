"""The parts of docs/odd.md and docs/trace.md that are made from the code: lists that could drift if typed.

A page holds `<!-- made: NAME -->` and `<!-- end -->`; what stands between them is replaced by `fill`.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from pathlib import Path

from sim.model import begin, columns, kernels, outcomes
from sim.model.chance import Ask
from sim.model.levers import LEVERS, UNITS
from sim.model.month import MONTH, forum, funding, tip
from sim.model.params import Param
from sim.model.settings import PARAMETERS, TIPS
from sim.study.coverage import TABLES, advice_pushing

MODEL = Path(str(begin.__file__)).parent
KINDS = ("booklet", "paper", "data", "assumed")
ENUMS: tuple[type[IntEnum], ...] = (
    columns.Stage,
    columns.Stance,
    columns.Role,
    columns.Label,
    columns.Case,
    columns.Progress,
    columns.Word,
    columns.Vow,
    forum.Rung,
    forum.Rule,
    funding.Award,
    tip.Whom,
)


def row(*cells: str) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def table(*head: str) -> list[str]:
    """The head of a Markdown table."""
    return [row(*head), row(*["---"] * len(head))]


def processes() -> list[str]:
    """What happens in a month, in order, and what each process may change."""
    lines = table("", "process", "what it does", "what it may change")
    for place, process in enumerate(MONTH, 1):
        name = process.__name__.rsplit(".", 1)[-1]
        said = _sentence(str(process.__doc__))
        writes = ", ".join(f"`{w}`" for w in process.WRITES)
        lines.append(row(str(place), f"`{name}`", said, writes))
    return lines


def _sentence(doc: str) -> str:
    return " ".join(doc.split("\n\n")[0].split())


def states() -> list[str]:
    """Every state variable, table by table."""
    lines = []
    for name, declared in TABLES.items():
        lines += ["", f"**{name}**", "", *table("variable", "type", "unit", "range", "meaning")]
        lines += [row(f"`{n}`", s.dtype, s.unit, _range(s), s.doc) for n, s in declared.items()]
    return lines[1:]


def _range(state: columns.State) -> str:
    high = "2^31 - 1" if state.high == 2**31 - 1 else f"{state.high:g}"
    return f"{state.low:g} to {high}"


def codes() -> list[str]:
    """The numbers behind named states and options, which comparisons rely on."""
    lines = table("name", "codes")
    return lines + [row(f"`{e.__name__}`", ", ".join(f"{m.value} {m.name.lower()}" for m in e)) for e in ENUMS]


def constants() -> list[str]:
    """Numbers that are sizes of tables, or definitions, and no parameters."""
    named = {
        "CONTACTS": (columns.CONTACTS, "ties that an initiative can hold"),
        "RUNNING": (columns.RUNNING, "projects that it can have at a time"),
        "VOWS": (columns.VOWS, "promises that it can hold: reply, follow-up, and help to each project"),
        "POINTS": (columns.POINTS, "yes-or-no points of a plan"),
        "issues": (len(columns.ISSUES), "; ".join(columns.ISSUES)),
        "RESOURCES": (columns.RESOURCES, "time, status and skill, of which means are the mean"),
        "REFERENCE_CITY": (columns.REFERENCE_CITY, "people; sizes are relative to such a city"),
        "REFERENCE_GRANT": (columns.REFERENCE_GRANT, "EUR; hours of paper are stated for such a grant"),
        "THOUSAND": (columns.THOUSAND, "people, for which some prices and hours are stated"),
        "NEVER": (columns.NEVER, "months; longer than any memory"),
        "SIMULATED": (begin.SIMULATED, "residents that are simulated if nothing is said"),
        "TINY": (kernels.TINY, "below this a share, an hour or a memory is nothing"),
        "WINDOW": (outcomes.WINDOW, "months over which volatility is taken"),
        "WARM_UP": (outcomes.WARM_UP, "months before those of which a run's one value is made"),
    }
    return table("constant", "value", "what") + [row(f"`{n}`", f"{v:g}", w) for n, (v, w) in named.items()]


def questions() -> list[str]:
    """Every question of chance with its number and each call that asks it."""
    asked = _asked()
    lines = table("no.", "question", "asked in", "as")
    for ask in Ask:
        (file,) = {file for file, _ in asked[ask.name]}
        calls = "; ".join(f"`{call}`" for _, call in asked[ask.name])
        lines.append(row(str(ask.value), f"`{ask.name}`", f"`{file}`", calls))
    return lines


def _asked() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {ask.name: [] for ask in Ask}
    for file in sorted(MODEL.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for name in _named(node):
                    found[name].append((file.relative_to(MODEL).as_posix(), ast.unparse(node)))
    return found


def _named(call: ast.Call) -> Iterator[str]:
    for arg in call.args:
        if isinstance(arg, ast.Attribute) and ast.unparse(arg.value) == "Ask":
            yield arg.attr


def levers() -> list[str]:
    """What tips may push, from where, and which advice pushes it."""
    lines = table("lever", "rests at", "pushed", "felt by", "advice")
    for name, p in LEVERS.items():
        towards = "towards 0" if p.lowers else "towards 1"
        felt = "each initiative; the city has the mean" if p.lever == "initiative" else "the city"
        advice = ", ".join(f"`{a}`" for a in advice_pushing(name))
        lines.append(row(f"`{name}`", f"{p.default:g}", towards, felt, advice))
    return lines


def numbered_tips() -> list[str]:
    """The number of each tip, which its lots depend on, and its advice in the order in which it is planned."""
    lines = table("no.", "tip", "advice, in order")
    for number, (name, declared) in enumerate(TIPS.items()):
        pieces = [f for f in declared.__dataclass_fields__.values() if getattr(f.metadata.get("advised"), "levers", ())]
        lines.append(row(str(number), f"`{name}`", ", ".join(f"`{f.name}`" for f in pieces)))
    return lines


def units_of_prices() -> list[str]:
    """What a price is for."""
    return table("`Per`", "unit") + [row(f"`{per.name}`", unit) for per, unit in UNITS.items()]


def measured() -> list[str]:
    """Every outcome with its definition as it is coded."""
    coded = _assigned(MODEL / "outcomes.py")
    lines = table("outcome", "unit", "over a period", "as coded")
    for o in outcomes.OUTCOMES.values():
        lines.append(row(f"`{o.name}`", o.unit, "sum" if o.total else "mean", f"`{coded[o.name]}`"))
    return lines


def _assigned(file: Path) -> dict[str, str]:
    """Outcome -> the last expression that is assigned to it, with what is added to it after that."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.AugAssign) and ast.unparse(node.target).startswith("o."):
            assert isinstance(node.op, ast.Add), "another kind of assignment is not told"
            found[ast.unparse(node.target)[2:]] += f" + {ast.unparse(node.value)}"
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            pairs = zip(target.elts, node.value.elts, strict=True) if several else [(target, node.value)]  # type: ignore[attr-defined]
            for left, right in pairs:
                text = ast.unparse(right)
                if isinstance(left, ast.Attribute) and ast.unparse(left.value) == "o" and text != "NAN":
                    found[left.attr] = text
    return found


def kinds() -> dict[str, int]:
    """Where a default comes from -> how many settings."""
    found = Counter[str](p.source.kind for p in PARAMETERS.values())
    return {kind: found[kind] for kind in KINDS}


def sources() -> list[str]:
    """Shares of the parameters by where their defaults come from, and how sure that is."""
    lines = table("group", "settings", *KINDS, "of which not checked")
    groups: dict[str, list[Param]] = {}
    for name, p in PARAMETERS.items():
        group = name.split(".")[0]
        groups.setdefault("tips" if group in {*TIPS, "tip"} else group, []).append(p)
    for group, params in [*groups.items(), ("all", [*PARAMETERS.values()])]:
        kinds = Counter[str](p.source.kind for p in params)
        unchecked = sum(p.source.sure == "unchecked" for p in params)
        shares = [f"{kinds[k]} ({kinds[k] / len(params):.0%})" for k in KINDS]
        lines.append(row(group, str(len(params)), *shares, str(unchecked)))
    sure = Counter(p.source.sure for p in PARAMETERS.values())
    only = sum("assumed" in p.source.ref for p in PARAMETERS.values() if p.source.kind in ("paper", "data"))
    lines += [
        "",
        f"How sure the size is: {sure['assumed'] / len(PARAMETERS):.0%} assumed ({sure['assumed']}; a number of the"
        " booklet's has its direction from there and no size), "
        f"{sure['opened']} from a source that was read, {sure['computed']} computed from one,"
        f" {sure['unchecked']} from memory of the literature, not checked.",
        f"Of those from papers and data, {only} say that only the direction is from there.",
    ]
    return lines


PARTS: Mapping[str, Callable[[], list[str]]] = {
    "processes": processes,
    "states": states,
    "codes": codes,
    "constants": constants,
    "questions": questions,
    "levers": levers,
    "tips": numbered_tips,
    "prices": units_of_prices,
    "outcomes": measured,
    "sources": sources,
}
PART = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.S)


def fill(page: Path) -> str:
    """The text of a page with its made parts as the code has them now. Raises KeyError for an unknown part."""
    return PART.sub(lambda m: m[1] + "\n" + "\n".join(PARTS[m[2]]()) + "\n\n" + m[3], page.read_text(encoding="utf-8"))
