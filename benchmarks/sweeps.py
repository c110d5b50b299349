"""Sweeps against what else runs many cities: `python -m benchmarks.sweeps`, in an empty folder.

The same small city is run many times by `sim sweep` on one and on two workers, by mesa.batch_run (where
Mesa has it), and by Hydra's own basic and joblib launchers (where installed: `pip install -e '.[bench]'`).
All take turns, three rounds; times are medians, and only their ratios mean something elsewhere. Then: how
long a plan of 4,000 points takes, and what is left of 100,000 runs to look at, export and analyse.
"""

import argparse
import contextlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from sim.model.city import City
from sim.model.outcomes import OUTCOMES, of_run
from sim.model.settings import Settings

CITY = {"city.population": 2000, "city.residents_per_agent": 1, "city.residents_per_initiative": 100}
MONTHS = 120
ROUNDS = 3
RATES = (0.05, 0.1, 0.2, 0.4)
PYTHON = [sys.executable, "-m"]
LINE = [*(f"{name}={value}" for name, value in CITY.items()), f"months={MONTHS}"]


def settings(rate: float) -> Settings:
    """The small city with that turnover."""
    nested: dict[str, dict[str, float]] = {"turnover": {"annual_rate": rate}}
    for name, value in CITY.items():
        group, setting = name.split(".")
        nested.setdefault(group, {})[setting] = value
    return Settings.build(nested)


class BatchCity(City):
    """The city as mesa.batch_run wants it."""

    def __init__(self, rate: float, number: int, rng: int | None = None, seed: int | None = None) -> None:
        import mesa

        super().__init__(settings(rate), seed=number)
        self.datacollector = mesa.DataCollector(
            {"run": lambda city: of_run(city.outcomes()) if not city.running else None}
        )
        self.running = True

    def step(self) -> None:
        """A month; the last ends the run."""
        super().step()
        self.running = self.month < MONTHS
        self.datacollector.collect(self)  # each month, as batch_run expects


def sweep(workers: int, runs: int, *words: str) -> None:
    """`sim sweep`, from its start to its tables."""
    rates = ",".join(map(str, RATES))
    line = [f"turnover.annual_rate={rates}", f"seeds={runs // len(RATES)}", f"workers={workers}", "name=bench", *words]
    subprocess.run([*PYTHON, "sim", "sweep", *LINE, *line], check=True, capture_output=True)


def batch_run(processes: int, runs: int) -> None:
    """mesa.batch_run, with as many processes."""
    code = f"from benchmarks.sweeps import batch; batch({processes}, {runs})"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=with_path())


def batch(processes: int, runs: int) -> None:
    """What `batch_run` does, in a process of its own."""
    import mesa

    found = mesa.batch_run(
        BatchCity,
        {"rate": list(RATES), "number": list(range(1, runs // len(RATES) + 1))},
        number_processes=processes,
        max_steps=MONTHS,
        display_progress=False,
    )
    assert len(found) >= runs


def with_path() -> dict[str, str]:
    """An environment in which this module is found from anywhere."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


def hydra(launcher: str, runs: int) -> None:
    """Hydra's own sweeper, which composes and writes files for each run."""
    words = [f"turnover.annual_rate={','.join(map(str, RATES))}", f"seed=range(1,{runs // len(RATES) + 1})"]
    chosen = ["hydra/sweeper=basic", f"hydra/launcher={launcher}"]
    chosen += ["hydra.launcher.n_jobs=2"] if launcher == "joblib" else []
    subprocess.run([*PYTHON, "sim.hydra", "-m", *LINE, *words, *chosen], check=True, capture_output=True)


def ways(runs: int) -> dict[str, tuple[int, Callable[[], None]]]:
    """What is compared: its name, how many runs it does, and how; the slow do fewer."""
    import mesa

    few = max(runs // 10, len(RATES))
    found: dict[str, tuple[int, Callable[[], None]]] = {
        "sim sweep, 1 worker": (runs, lambda: sweep(1, runs)),
        "sim sweep, 2 workers": (runs, lambda: sweep(2, runs)),
    }
    if hasattr(mesa, "batch_run"):
        found["mesa.batch_run, 1 process"] = (runs, lambda: batch_run(1, runs))
        found["mesa.batch_run, 2 processes"] = (runs, lambda: batch_run(2, runs))
    found["Hydra, basic launcher"] = (few, lambda: hydra("basic", few))
    if find_spec("hydra_plugins.hydra_joblib_launcher"):
        found["Hydra, joblib launcher, 2 jobs"] = (few, lambda: hydra("joblib", few))
    return found


def compare(runs: int, console: Console) -> list[dict[str, object]]:
    """Time every way in turn; prints and gives a row for each."""
    seconds: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, (number, way) in ways(runs).items():
            with in_empty_folder():
                start = time.perf_counter()
                way()
                seconds.setdefault(name, []).append((time.perf_counter() - start) / number)
    first = seconds["sim sweep, 1 worker"]
    table = Table("", "runs", "ms a run", "runs/s", "time against 1 worker of sim sweep", title="Whole commands")
    rows: list[dict[str, object]] = []
    for name, times in seconds.items():
        ratio = statistics.median(t / f for t, f in zip(times, first, strict=True))
        median, number = statistics.median(times), ways(runs)[name][0]
        table.add_row(name, str(number), f"{1000 * median:.1f}", f"{1 / median:.1f}", f"{ratio:.2f}")
        rows.append({"way": name, "runs": number, "seconds_per_run": median, "ratio": ratio})
    console.print(table)
    return rows


@contextlib.contextmanager
def in_empty_folder() -> Iterator[None]:
    """Work in a folder that is empty, and gone afterwards."""
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


DRIVER = """
import resource, sys
from sim.app import main
main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
"""


def driver(runs: int, console: Console) -> dict[str, object]:
    """Processor time of the driving process per run, from the difference of two sweeps."""
    spent = []
    for number in (len(RATES), runs):
        with in_empty_folder():
            line = [f"turnover.annual_rate={','.join(map(str, RATES))}", f"seeds={number // len(RATES)}", "workers=2"]
            command = [sys.executable, "-c", DRIVER, "sweep", *LINE, *line, "name=bench", "--json"]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            spent.append(float(told.splitlines()[-1]))
    each = (spent[1] - spent[0]) / (runs - len(RATES))
    console.print(f"Driver: {1000 * each:.2f} ms of processor time a run, with saving and export ({runs} runs)")
    return {"driver_seconds_per_run": each}


def planning(console: Console) -> dict[str, object]:
    """Seconds to plan 4,000 points of all numbers, to the first worker."""
    from sim.study.sweep import plan_of

    found = {}
    for vary in ("trust,power,funding,turnover", "all"):
        start = time.perf_counter()
        plan_of(["design=lhs", "points=4000", f"vary={vary}", "seeds=1"])
        found[vary] = time.perf_counter() - start
        console.print(f"Planning 4,000 points, vary={vary}: {found[vary]:.2f} s")
    return {"planning_seconds": found}


def many(runs: int, console: Console) -> list[dict[str, object]]:
    """What one does with many runs, each command in a process of its own: seconds, and the most memory."""
    from sim.study.sweep import begun, plan_of
    from sim.study.task import SUCCEEDED, Finished, packed

    line = ["design=lhs", f"points={runs // 200}", "vary=trust.asymmetry,power.imbalance", "seeds=100",
            "scenario=tokenism,co_creation", "months=12", "name=many"]  # fmt: skip
    rows: list[dict[str, object]] = []
    with in_empty_folder():
        start = time.perf_counter()
        order, plan = plan_of(line)
        with begun(order, plan, ["sim", "sweep", *line]) as book:
            rows.append({"command": "plan and freeze", "seconds": time.perf_counter() - start})
            chance = np.random.default_rng(0)
            shape = (len(OUTCOMES), 12)
            for number, task in enumerate(book.pending()):
                series = chance.random(shape) + task.settings.power.imbalance * (task.settings.forum.rung > 1)
                summary = json.dumps(series.mean(1).tolist())
                book.add(Finished(task.run, SUCCEEDED, 0.0, "synthetic", summary, packed(series)))
                if number % 1000 == 0:
                    book.save()
        for command in ("status", "export", "analyse"):
            start = time.perf_counter()
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            subprocess.run([*PYTHON, "sim", command, "many"], check=True, capture_output=True)
            most = max(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, before)
            rows.append({"command": f"sim {command}", "seconds": time.perf_counter() - start, "most_memory_kb": most})
    for row in rows:
        memory = f", at most {int(str(row['most_memory_kb'])) / 1e6:.2f} GB so far" if "most_memory_kb" in row else ""
        console.print(f"{runs:,} runs: {row['command']}: {row['seconds']:.1f} s{memory}")
    return rows


def main() -> None:
    """Run the parts that are asked for, or all."""
    parts = ("compare", "driver", "planning", "many")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweeps", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(parts))
    parser.add_argument("--runs", type=int, default=400, help="of each fast way; 2000 for the figures in docs/")
    parser.add_argument("--many", type=int, default=100_000, help="runs of the synthetic sweep")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    asked = parser.parse_args()
    if unknown := {*asked.parts} - {*parts}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; allowed: {', '.join(parts)}")
    console = Console()
    console.print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    found = {
        "compare": lambda: compare(asked.runs, console),
        "driver": lambda: driver(asked.runs, console),
        "planning": lambda: planning(console),
        "many": lambda: many(asked.many, console),
    }
    results = {part: found[part]() for part in asked.parts or parts}
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
