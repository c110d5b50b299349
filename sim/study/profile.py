"""`sim run --profile`: how long each process of the month takes, and what a resident weighs."""

import time
from collections import defaultdict
from typing import Any

from rich.table import Table

from sim.model.columns import RESIDENT

BEGINNING, MEASURING = "beginning", "measuring"  # before the first process of a run, after the last of a month


class Profile:
    """A stopwatch for one city, started when it is made."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._last = time.perf_counter()

    def run(self, city: Any, months: int) -> None:
        """Let months pass in a city that has just begun, and stop the time of each process."""
        self.city = city
        self._lap(BEGINNING)
        city.after = lambda _, process: self._lap(process)
        for _ in range(months):
            city.step()
            self._lap(MEASURING)

    def _lap(self, what: str) -> None:
        now = time.perf_counter()
        self.seconds[what] += now - self._last
        self._last = now

    def summary(self) -> dict[str, Any]:
        """Seconds by process, sizes, and bytes per resident, as plain values."""
        city = self.city
        residents = len(city.residents)
        columns = sum(getattr(city.residents, name).nbytes for name in RESIDENT) + city.seen.nbytes
        network = city.starts.nbytes + city.neighbours.nbytes
        return {
            "seconds": dict(self.seconds),
            "months": city.month,
            "threads": city.threads,
            "residents": residents,
            "niches": len(city.initiatives),
            "posts": len(city.officials),
            "bytes_per_resident": {"columns": columns / residents, "network": network / residents},
        }


def table(summary: dict[str, Any]) -> Table:
    """The summary for the terminal."""
    seconds, months, residents = summary["seconds"], summary["months"], summary["residents"]
    whole = sum(seconds.values())
    rows = Table()
    rows.add_column("where the time goes")
    for column in ("seconds", "share", "µs a month", "ns a month and resident"):
        rows.add_column(column, justify="right")
    for what, spent in seconds.items():
        monthly = spent / months
        each = ("", "") if what == BEGINNING else (f"{1e6 * monthly:,.0f}", f"{1e9 * monthly / residents:,.1f}")
        rows.add_row(what, f"{spent:.3f}", f"{spent / whole:.0%}", *each)
    rows.add_section()
    rows.add_row("all", f"{whole:.3f}", "100%", f"{1e6 * (whole - seconds[BEGINNING]) / months:,.0f}", "")
    weight = summary["bytes_per_resident"]
    rows.caption = (
        f"{residents:,} residents, {summary['niches']:,} niches, {summary['posts']:,} posts, {months:,} months, "
        f"threads: {summary['threads']}\n{weight['columns']:.0f} bytes a resident, and {weight['network']:.0f} for "
        f"whom they know: {(weight['columns'] + weight['network']) * residents / 2**20:,.0f} MiB"
    )
    return rows
