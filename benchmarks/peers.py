"""Who is compared: each twin in a process, where needed with an environment of its own; they take turns."""

import json
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

HERE = Path(__file__).parent
VENVS = HERE / ".venvs"
AT_ONCE = 0.15  # seconds that a turn should take


@dataclass(frozen=True)
class Peer:
    """A twin: how it is called, its module, and what its environment needs beyond ours."""

    name: str
    module: str
    argument: str = ""
    needs: str = ""
    tolerance: float | None = 1e-9  # how far its states may lie from ours after three months; None: not compared
    most: int = 10**7  # the largest town that it can hold in reasonable time and memory

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return VENVS / self.module / "bin" / "python" if self.needs else Path(sys.executable)


OURS = Peer("this model, one thread", "ours", tolerance=0.0)
TWO = Peer("this model, two threads", "ours", "2", tolerance=0.0)
CPP = Peer("C++ -O3, one thread", "cpp")
CPP_TWO = Peer("C++ -O3, two threads", "cpp", "2")
GATHER = Peer("floor: only ask neighbours", "gather_only", tolerance=None)
UPDATE = Peer("floor: only compute", "update_only", tolerance=None)
MESA = Peer("plain Mesa, shuffle_do", "plain_mesa", most=10**5)
FRAMES = Peer("mesa-frames 0.1.0a0", "mesa_frames_polars", needs="mesa-frames==0.1.0a0")
AMBER = Peer("AMBER 0.5.2", "amber", needs="ambr==0.5.2")
STARSIM = Peer("Starsim 3.7.2 (32 bits)", "starsim_module", needs="starsim==3.7.2", tolerance=1e-5)
SCIPY = Peer("scipy.sparse and numpy", "scipy_sparse")
NUMPY = Peer("numpy columns", "numpy_columns")
COPY = Peer("copying memory", "copying", tolerance=None)
PEERS = (OURS, TWO, CPP, CPP_TWO, GATHER, UPDATE, SCIPY, STARSIM, NUMPY, AMBER, FRAMES, MESA)


def install() -> None:
    """Make the environments of the peers that need one, in `benchmarks/.venvs`; says what does not install."""
    for peer in PEERS:
        if peer.needs and not peer.python.exists():
            venv.create(VENVS / peer.module, with_pip=True)
            done = subprocess.run(
                [peer.python, "-m", "pip", "install", "-q", peer.needs], capture_output=True, text=True, check=False
            )
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            print(f"{peer.name}: {'installed' if done.returncode == 0 else f'does not install: {reason[0]}'}")


class Missing(Exception):
    """A twin that does not run here; says why."""


class Served:
    """A twin in a process of its own, which works only when asked to."""

    def __init__(self, peer: Peer, town: Path) -> None:
        if not peer.python.exists():
            raise Missing(f"{peer.name}: not installed; python -m benchmarks --setup")
        command = [str(peer.python), str(HERE / "serve.py"), peer.module, str(town), *peer.argument.split()]
        self.peer, self.steps = peer, 1
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=HERE.parent
        )

    def ask(self, line: str) -> float:
        """Its answer to one line."""
        pipe_in, pipe_out = self.process.stdin, self.process.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        try:
            print(line, file=pipe_in, flush=True)
            answer = pipe_out.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            error = self.process.stderr.read() if self.process.stderr else ""
            raise Missing(f"{self.peer.name}: {(error.strip().splitlines() or ['ended'])[-1][:200]}")
        return float(json.loads(answer)) if answer[0] != '"' else 0.0

    def warm(self) -> None:
        """Import, compile, and find out how many months make a turn."""
        self.ask("time 1")
        self.steps = int(min(max(AT_ONCE / max(self.ask("time 1"), 1e-6), 1), 500))

    def turn(self) -> float:
        """Seconds a month, over one turn."""
        return self.ask(f"time {self.steps}") / self.steps

    def close(self) -> None:
        """End its process."""
        self.process.kill()
        self.process.wait()


def serve(peers: Sequence[Peer], town: Path, absent: dict[str, str]) -> list[Served]:
    """Start those that run here; the others are added to `absent` with the reason."""
    served = []
    for peer in peers:
        try:
            one = Served(peer, town)
            one.warm()
            served.append(one)
        except Missing as reason:
            absent[peer.name] = str(reason)
    return served


def differences(peers: Sequence[Peer], town: Path, folder: Path) -> dict[str, float]:
    """Name -> largest difference of any state from ours after the same three months; those that run here."""
    found: dict[str, float] = {}
    ours: dict[str, np.ndarray] = {}
    for peer in peers:
        file = folder / f"{peer.module}{peer.argument}.npz"
        try:
            one = Served(peer, town)
            one.ask(f"save {file}")
        except Missing:
            continue
        one.close()
        with np.load(file) as held:
            states = {name: held[name].astype(float) for name in held.files}
        ours = ours or states
        found[peer.name] = max(float(np.abs(states[name] - ours[name]).max()) for name in states)
    return found


def take_turns(served: Sequence[Served], rounds: int) -> dict[str, list[float]]:
    """Name -> seconds a month in each round; in every round each has one turn."""
    times: dict[str, list[float]] = {one.peer.name: [] for one in served}
    for _ in range(rounds):
        for one in served:
            times[one.peer.name].append(one.turn())
    return times


def ratio(times: dict[str, list[float]], name: str, to: str) -> tuple[float, float, float]:
    """How many times as long `name` takes as `to`: median over rounds, and the quartiles."""
    each = [a / b for a, b in zip(times[name], times[to], strict=True)]
    return median(each), float(np.quantile(each, 0.25)), float(np.quantile(each, 0.75))
