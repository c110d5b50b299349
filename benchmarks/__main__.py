"""`python -m benchmarks`: time everything in one go, print it, and write docs/benchmarks.md.

--setup installs the peers that need an environment of their own; --quick takes two minutes and writes nothing;
--own times the model without its peers, and leaves what the page says of them as it stands.
"""

import argparse
import os
import platform
import sys
import tempfile
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import peers, town, whole
from benchmarks.peers import COPY, CPP, CPP_TWO, GATHER, OURS, PEERS, TWO, UPDATE

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
WHOLE = "## The whole model"  # with it begins what needs no peers
lines: list[str] = []


def say(text: str = "") -> None:
    """Print a line, and keep it for the page."""
    print(text, flush=True)
    lines.append(text)


def table(head: list[str], rows: list[list[str]]) -> None:
    """A table that reads well on the terminal and on the page; all but the first column to the right."""
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    for row in [head, ["-" * w for w in widths], *rows]:
        cells = [c.ljust(w) if k == 0 else c.rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))]
        if row[0].startswith("---"):
            cells = [cells[0], *(c[:-1] + ":" for c in cells[1:])]
        say("| " + " | ".join(cells) + " |")
    say()


def machine() -> str:
    """The kind of machine, without its name."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    names = {line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")}
    wide = " with AVX-512" if "avx512f" in text else ""
    from sim.study.pool import cores

    return f"{cores()} cores, {', '.join(names) or platform.machine()}{wide}, Python {platform.python_version()}"


def agreement(folder: Path) -> bool:
    """Whether all twins come to the same after three months; says by how much they differ."""
    file = folder / "small.npz"
    town.make(2000, file)
    found = peers.differences([p for p in PEERS if p.tolerance is not None], file, folder)
    allowed = {p.name: p.tolerance for p in PEERS}
    say("## Do all compute the same?")
    say()
    say("Largest difference of any state from this model's, after three months of 2,000 residents.")
    say()
    table(
        ["twin", "difference", "allowed"],
        [[n, "same bits" if d == 0 else f"{d:.1e}", f"{allowed[n]:.0e}"] for n, d in found.items()],
    )
    return all(d <= (allowed[n] or 0.0) for n, d in found.items())


def residents(folder: Path, sizes: list[int], rounds: int) -> None:
    """The resident step against the peers, the floor, and a copy of memory."""
    say("## A month of the residents")
    say()
    say("ns per resident and month (median), and how many times this model's time on one thread and on two (median of")
    say("the rounds, with quartiles): all take turns, each in a process of its own.")
    for size in sizes:
        file = folder / f"{size}.npz"
        town.make(size, file)
        absent: dict[str, str] = {}
        served = peers.serve([p for p in (*PEERS, COPY) if size <= p.most], file, absent)
        times = peers.take_turns(served, rounds)
        for one in served:
            one.close()
        copied = median(times.pop(COPY.name))
        say()
        say(f"### {size:,} residents")
        say()
        rows = []
        for name, each in times.items():
            rows.append([name, f"{1e9 * median(each) / size:,.1f}"])
            for ours in (OURS.name, TWO.name):
                middle, low, high = peers.ratio(times, name, ours)
                rows[-1].append(f"{middle:,.2f} ({low:,.2f} to {high:,.2f})")
        table(["", "ns", "times one thread", "times two threads"], rows)
        floor = [a + b for a, b in zip(times[GATHER.name], times[UPDATE.name], strict=True)]
        over = median(a / b for a, b in zip(times[OURS.name], floor, strict=True))
        say(f"Over the floor (asking and computing apart): {over:.2f}. ")
        for ours, twin in ((OURS, CPP), (TWO, CPP_TWO)):
            if twin.name in times:
                against = median(a / b for a, b in zip(times[ours.name], times[twin.name], strict=True))
                say(f"Against {twin.name}: {against:.2f}. ")
        say(f"Memory was copied at {0.32 / copied:.1f} GB/s, reading and writing counted.")
        say()
        for reason in absent.values():
            say(f"- not timed: {reason}")


def models(quick: bool) -> None:
    """The whole model at the sizes of the targets."""
    say(WHOLE)
    say()
    say(f"From here on of {date.today()}: {machine()}.")
    say("500 initiatives, 1,000 officials, 120 months; every resident simulated; each in a process of its own.")
    say()
    rows = []
    for size in [10**4] if quick else [10**5, 10**6]:
        for threads in (1, 2):
            found = [whole.fresh(size, threads, 120) for _ in range(3 if size < 10**6 and not quick else 1)]
            middle = {name: median(f[name] for f in found) for name in found[0]}
            rows.append(
                [
                    f"{size:,} residents, threads: {threads}",
                    *(f"{middle[k]:.2f}" for k in ("build", "run")),
                    *(f"{middle[k]:,.0f}" for k in ("peak", "bytes")),
                ]
            )
    table(["", "build s", "120 months s", "peak MiB", "bytes a resident"], rows)
    whole.one_small(0)
    once = [1e3 * whole.one_small(seed) for seed in range(5 if quick else 50)]
    say(f"A small city (2,000 residents, 40 initiatives, 60 officials, 120 months), warm: {median(once):.1f} ms,")
    say(f"best {min(once):.1f}.")
    say()
    if not quick:
        begun = whole.starts(1)
        say(f"To a year of the first city, in seconds of the processor: imports {begun['imports']:.1f}, then")
        say(f"{begun['cold']:.1f} if everything must be compiled, {begun['kept']:.2f} with code kept from before.")
        say()


def grown(quick: bool) -> None:
    """How time grows with everything that has a size."""
    say("## How it grows")
    say()
    say("One thing changed at a time; else 10,000 residents of degree 8, 500 initiatives, 1,000 officials, 24 months.")
    rounds = 1 if quick else 3
    most = 5 if quick else 7
    kinds: dict[str, list[dict[str, Any]]] = {
        "residents": [{"residents": 10**k} for k in range(3, most)],
        "degree": [{"degree": d} for d in (2, 4, 8, 16, 32)],
        "initiatives": [{"initiatives": k} for k in (10, 100, 1000)],
        "posts": [{"posts": k} for k in (10, 100, 1000)],
    }
    for kind, sizes in kinds.items():
        say()
        found = whole.growth(sizes, 24, rounds)
        rows = [
            [
                f"{size[kind]:,}",
                f"{build:.3f}",
                f"{1e6 * run / 24:,.0f}",
                f"{1e9 * run / 24 / size.get('residents', 10**4):,.1f}",
            ]
            for size, (build, run) in zip(sizes, found, strict=True)
        ]
        table([kind, "build s", "µs a month", "ns a month and resident"], rows)
    rows = []
    for months in (12, 120, 1200):
        [(_, run)] = whole.growth([{"residents": 1000}], months, rounds)
        rows.append([f"{months:,}", f"{1e6 * run / months:,.0f}"])
    table(["months, 1,000 residents", "µs a month"], rows)
    if not quick:
        found = whole.fresh(10**7, 2, 12)
        say(f"Ten million residents: built in {found['build']:.0f} s, {1e2 * found['run'] / 12:.0f} ns a month and")
        say(f"resident on two threads, {found['peak'] / 1024:.1f} GiB at most.")
        say()


def small(quick: bool) -> None:
    """Small cities a second."""
    say("## Small cities a second")
    say()
    rates = whole.small_rates(20 if quick else 150)
    table(["", "runs a second"], [[what, f"{rate:.1f}"] for what, rate in rates.items()])


def against(quick: bool) -> bool:
    """The residents' month against the peers; False if they do not compute the same."""
    say("# Benchmarks")
    say()
    say(f"Made by `python -m benchmarks` on {date.today()}; {machine()}; numpy {np.__version__}.")
    say(f"Others worked on the machine too: {os.getloadavg()[1]:.1f} programs wanted its processors just before.")
    say("Trust the ratios, and those on two threads only where few others worked.")
    say()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not agreement(folder):
            print("the twins do not agree, so nothing is timed", file=sys.stderr)
            return False
        residents(folder, [10**4] if quick else [10**4, 10**5, 10**6], 3 if quick else 7)
    return True


def main() -> int:
    """Everything, in order."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--setup", action="store_true", help="install the peers that need environments of their own")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds, no page")
    parser.add_argument("--own", action="store_true", help="only what needs no peers")
    chosen = parser.parse_args()
    if chosen.setup:
        peers.install()
        return 0
    if chosen.own:
        lines.extend(PAGE.read_text(encoding="utf-8").partition(WHOLE)[0].splitlines())
    elif not against(chosen.quick):
        return 1
    models(chosen.quick)
    grown(chosen.quick)
    small(chosen.quick)
    if not chosen.quick:
        PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
        print(f"Written: {PAGE.relative_to(PAGE.parents[1])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
