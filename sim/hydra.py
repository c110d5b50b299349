"""`python -m sim.hydra`: the model as an ordinary Hydra application, for who knows Hydra and its plugins.

One run goes to Hydra's own output folder; `-m` is `sim sweep`, unless another `hydra/sweeper` is chosen.
"""

import logging
import sys
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from sim.model.params import BadConfig
from sim.model.settings import Settings
from sim.study import presets, store
from sim.study.catalogue import MONTHS, SEED
from sim.study.compose import BASE, read
from sim.study.run import Job, attempt
from sim.study.sweep import OWN


def schema() -> dict[str, Any]:
    """Every word that the command line may have, with its default, so that Hydra knows it."""
    return {
        "defaults": ["_self_", "config", {"override hydra/sweeper": "study"}],
        **Settings().plain(),
        **dict.fromkeys(OWN),
    }


ConfigStore.instance().store(name="app", node=schema())


@hydra.main(config_path=str(presets.CONFIGS), config_name="app", **BASE)
def main(config: DictConfig) -> None:
    """Run one city, and save its months in the folder that Hydra made for it."""
    logging.getLogger("MESA").setLevel(logging.WARNING)  # or Hydra would show every month
    values: Any = OmegaConf.to_container(config, resolve=True)
    faults = [f"{word}: about many runs; add -m" for word in OWN if values[word] is not None]
    seed, months = read(SEED, values["seed"], faults), read(MONTHS, values["months"], faults)
    try:
        settings = Settings.build({group: values[group] for group in Settings().plain()})
    except BadConfig as error:
        faults += error.faults
    if faults:
        print(*(f"sim: {fault}" for fault in faults), sep="\n", file=sys.stderr)
        sys.exit(2)
    begun = store.now()
    chosen = {g: str(o) for g, o in HydraConfig.get().runtime.choices.items() if g in presets.groups()}
    done = attempt(Job(chosen["scenario"], settings, seed, months))
    if done.outcomes is None:
        raise RuntimeError(done.error)
    folder = Path(HydraConfig.get().runtime.output_dir)
    asked = list(HydraConfig.get().overrides.task)
    about = store.provenance(["python", "-m", "sim.hydra", *asked], folder.name, asked, chosen, begun, [done])
    store.write(folder, [done], settings.plain(), {**about, "folder": str(folder)})


if __name__ == "__main__":
    main()
