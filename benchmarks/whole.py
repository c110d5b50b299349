"""The whole model: how long it takes, how that grows, and how many small cities a second."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.town import city_of

SMALL = {
    "population": 100_000,
    "residents_per_agent": 50.0,
    "residents_per_initiative": 2500.0,
    "posts": 60.0,
    "spare_niches": 0.0,
}  # 2,000 residents, 40 initiatives, 60 officials
ROOT = Path(__file__).parents[1]


def small_city(seed: int = 1) -> Any:
    """The small city of the targets."""
    from sim.model.city import City
    from sim.model.settings import Settings

    return City(Settings.build({"city": SMALL}), seed)


def lifetime(make: Callable[[], Any], months: int) -> tuple[float, float]:
    """Seconds to build a city, and to let so many months pass."""
    start = time.perf_counter()
    city = make()
    built = time.perf_counter()
    city.run(months)
    return built - start, time.perf_counter() - built


def fresh(residents: int, threads: int, months: int) -> dict[str, float]:
    """Build and run one large city in a process of its own: seconds, MiB at most, bytes a resident."""
    code = f"""
import json
from pathlib import Path
from benchmarks.town import city_of
from benchmarks.whole import lifetime, small_city
lifetime(small_city, 13)
kept = []
def make():
    city = city_of({residents})
    city.threads = {threads}
    kept.append(city)
    return city
build, run = lifetime(make, {months})
from sim.study.profile import Profile
watch = Profile()
watch.city = kept[0]
status = Path("/proc/self/status").read_text()  # not getrusage, which begins with the parent's
peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps(dict(build=build, run=run, peak=peak, bytes=sum(watch.summary()["bytes_per_resident"].values()))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def starts(rounds: int) -> dict[str, float]:
    """Seconds of the processor to thirteen months of a first city: imports; the rest without and with kept code."""
    code = """
import json, time
start = time.process_time()
from sim.model.city import City
from sim.model.settings import Settings
import numba
imported = time.process_time()
City(Settings(), seed=1).run(13)
print(json.dumps([imported - start, time.process_time() - imported]))
"""
    times: dict[str, list[float]] = {"imports": [], "cold": [], "kept": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for what in ("cold", "kept"):
                environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
                done = subprocess.run(
                    [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
                )
                imports, rest = json.loads(done.stdout)
                times["imports"].append(imports)
                times[what].append(rest)
    return {what: median(seconds) for what, seconds in times.items()}


def growth(sizes: Sequence[dict[str, Any]], months: int, rounds: int) -> list[tuple[float, float]]:
    """Median seconds to build and to run each of `sizes` for so many months; they take turns."""
    one_small(0)
    times: list[list[tuple[float, float]]] = [[] for _ in sizes]
    for _ in range(rounds):
        for size, found in zip(sizes, times, strict=True):
            found.append(lifetime(lambda size=size: city_of(**{"residents": 10_000, **size}), months))
    return [(median(b for b, _ in found), median(r for _, r in found)) for found in times]


def one_small(seed: int) -> float:
    """Ten years of the small city."""
    build, run = lifetime(lambda: small_city(seed), 120)
    return build + run


def small_rates(runs: int) -> dict[str, float]:
    """Small cities a second: one after the other, on two processes, and as a sweep with all that it keeps."""
    from sim.study.pool import Local, each

    one_small(0)
    start = time.perf_counter()
    for seed in range(runs):
        one_small(seed)
    rates = {"alone": runs / (time.perf_counter() - start)}
    answers = each(one_small, range(3 * runs), Local(2))
    for _ in range(runs):  # until both processes are warm
        next(answers)
    start = time.perf_counter()
    rest = sum(1 for _ in answers)
    rates["two processes"] = rest / (time.perf_counter() - start)
    with tempfile.TemporaryDirectory() as folder:
        city = [f"city.{name}={value}" for name, value in SMALL.items()]
        command = [sys.executable, "-m", "sim", "sweep", "turnover.annual_rate=0.05,0.1", f"seeds={runs}", *city]
        start = time.perf_counter()
        subprocess.run(
            [*command, "name=small"],
            check=True,
            cwd=folder,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        rates["sweep, start and tables included"] = 2 * runs / (time.perf_counter() - start)
    return rates
