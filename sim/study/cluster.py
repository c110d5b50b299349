"""The Dask engine: workers of a cluster, or of this computer as a trial of one."""

import contextlib
import logging
import time
from concurrent.futures import CancelledError, Executor
from typing import Any

from sim.model.params import BadConfig
from sim.study.pool import ONE_THREAD, PATIENCE, STRIKES, temporaries

ALONE = 60  # seconds without workers after which a sweep stops
SECONDS = 15  # until a scheduler must have answered


class Dask:
    """The workers that a Dask scheduler has; without an address, `processes` of this computer."""

    def __init__(self, address: str, processes: int) -> None:
        """Connect. Raises BadConfig if Dask is not installed, or nothing answers at `address`."""
        try:
            import dask
            from distributed import Client
            from distributed.client import ClosedClientError
            from distributed.scheduler import KilledWorker
        except ImportError as error:
            raise BadConfig(["engine: dask is not installed; pip install 'partnering-up[cluster]'"]) from error
        dask.config.set({"distributed.nanny.pre-spawn-environ": {**ONE_THREAD, "MALLOC_TRIM_THRESHOLD_": 65536}})
        self.lost: tuple[type[BaseException], ...] = (KilledWorker, CancelledError, ClosedClientError)
        logging.disable()  # what matters of workers that come and go, the sweep says itself
        self._cluster: Any = None if address else _workers_here(processes)
        try:
            self._client = Client(self._cluster or address, timeout=SECONDS)
            self._client.wait_for_workers(1, timeout=SECONDS)
        except (OSError, ValueError, TimeoutError) as error:
            raise BadConfig([f"scheduler: no Dask scheduler with workers answers at {address}: {error}"]) from error
        self._executor: Any = self._client.get_executor(pure=False)
        self._alone = 0.0  # seconds without any worker
        self._asked = -PATIENCE
        self._workers = 0

    @property
    def processes(self) -> int:
        """The threads of the workers that are there by now, asked for now and then."""
        if time.monotonic() > self._asked + PATIENCE:
            self._workers = sum(self._client.nthreads().values())
            self._asked = time.monotonic()
        return max(self._workers, 1)

    def start(self) -> Executor:
        """Dask replaces workers by itself; the executor stays."""
        self.check()
        return self._executor  # type: ignore[no-any-return]

    def check(self) -> None:
        """Raise OSError if the scheduler is gone, or all of its workers for long."""
        if self._client.status != "running":
            raise OSError("the Dask scheduler is out of reach")
        self._alone = 0.0 if self._client.nthreads() else self._alone + PATIENCE
        if self._alone > ALONE:
            raise OSError(f"the Dask scheduler has had no workers for {ALONE} seconds")

    def stop(self, at_once: bool) -> None:
        """Give back the workers, and end them if they are ours."""
        try:
            if self._client.status == "running":
                self._executor.shutdown(wait=not at_once)
            self._client.close()
        finally:
            if self._cluster:
                self._cluster.close()
            logging.disable(logging.NOTSET)


def _workers_here(processes: int) -> Any:
    """A scheduler with workers of this computer; Dask gives up if one of them dies while it starts."""
    from distributed import LocalCluster

    own = {"dashboard_address": None, "local_directory": str(temporaries())}
    for _ in range(STRIKES):
        with contextlib.suppress(RuntimeError):
            return LocalCluster(n_workers=processes, threads_per_worker=1, **own)
    raise OSError("Dask's workers end as soon as they start, perhaps for want of memory")
