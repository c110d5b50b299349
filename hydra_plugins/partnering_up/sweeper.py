"""Hydra's `-m` with our sweeps behind it: `hydra/sweeper=study`.

Hydra looks for sweepers in the package `hydra_plugins` only. This one hands the line over to `sim sweep`:
its launchers, which compose and write files for every run, are not used.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.plugins.sweeper import Sweeper


@dataclass
class StudySweeperConf:
    """`hydra.sweeper`: `params` are further words of the line, as Hydra's basic sweeper has them."""

    _target_: str = "hydra_plugins.partnering_up.sweeper.StudySweeper"
    params: dict[str, Any] = field(default_factory=dict)


ConfigStore.instance().store(group="hydra/sweeper", name="study", node=StudySweeperConf, provider="partnering-up")


class StudySweeper(Sweeper):
    """Plans, runs, keeps and exports as `sim sweep` does, from the same words."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params

    def setup(self, **_: Any) -> None:
        """What Hydra composed is not needed: the sweep composes each choice once itself."""

    def sweep(self, arguments: list[str]) -> Any:
        """Carry out the sweep that `arguments` describe, and exit with its code."""
        from sim.app import main

        GlobalHydra.instance().clear()  # the sweep composes anew
        sys.exit(main(["sweep", *arguments, *self._unsaid(arguments)]))

    def _unsaid(self, arguments: Sequence[str]) -> list[str]:
        said = {word.lstrip("+").split("=", 1)[0] for word in arguments}
        return [f"{key}={value}" for key, value in self._params.items() if key not in said]
