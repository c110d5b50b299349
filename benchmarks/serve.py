"""Run one twin on request, so that many in processes of their own can take turns.

python serve.py TWIN TOWN.npz [ARGUMENT]: reads lines `save FILE` and `time STEPS` and answers each with one line.
"""

import importlib
import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Answer until there is nothing more to read."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer
    import numpy as np

    sys.path.insert(0, str(Path(__file__).parent))
    from town import STATES, read

    name, file, *arguments = sys.argv[1:]
    twin = importlib.import_module(f"twins.{name}").Twin(*read(Path(file)), *arguments)
    for line in iter(sys.stdin.readline, ""):
        what, value = line.split(maxsplit=1)
        if what == "save":
            for _ in range(3):
                twin.step()
            states = twin.states()
            np.savez(value.strip(), **{k: np.asarray(states[k]) for k in STATES})
            said: object = "saved"
        else:
            # Who has waited for its turn runs itself warm first: caches, and where the system puts its threads.
            for _ in range(int(value) // 2):
                twin.step()
            start = time.perf_counter()
            for _ in range(int(value)):
                twin.step()
            said = time.perf_counter() - start
        print(json.dumps(said), file=answers, flush=True)


if __name__ == "__main__":
    main()
