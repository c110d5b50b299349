"""The rule in C++ with -O3, compiled on the spot."""

import ctypes
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

SOURCE = Path(__file__).parents[1] / "twin.cpp"
NUMBERS = (
    *(f"trust_{n}" for n in ("gain", "asymmetry", "confirmation", "forgetting", "talk")),
    *("trust_fatigue_memory", "trust_presence_memory"),
    *(f"volunteers_{n}" for n in ("base", "resources", "efficacy", "trust", "asked", "invite", "fatigue", "overwork")),
)
COLUMNS = (
    *("starts", "neighbours", "good_news", "bad_news", "belongs", "marginalised", "trust0", "efficacy0"),
    *("status", "time", "skill", "drive", "seen", "trust", "good", "bad", "efficacy", "belief", "fatigue"),
    *("took_part", "leaning", "volunteers"),
)


class Twin:
    """The compiled loop on the town's arrays, on so many threads."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float], threads: str = "1") -> None:
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "twin.so"
            flags = ("-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")
            subprocess.run(["g++", *flags, str(SOURCE), "-o", str(library)], check=True)
            self.month = ctypes.CDLL(str(library)).month
        self.a = {k: np.ascontiguousarray(v) for k, v in arrays.items()}
        self.a |= {"seen": np.empty((len(arrays["trust"]), 2))}
        self.numbers = np.array([float(numbers[name]) for name in NUMBERS])
        pointers = [self.a[name].ctypes.data_as(ctypes.c_void_p) for name in COLUMNS]
        self.arguments = [
            ctypes.c_int64(len(arrays["trust"])),
            ctypes.c_int(int(threads)),
            self.numbers.ctypes.data_as(ctypes.c_void_p),
            *pointers,
        ]

    def step(self) -> None:
        """One month of the residents."""
        self.month(*self.arguments)

    def states(self) -> dict[str, Any]:
        """The columns, as they are now."""
        return self.a
