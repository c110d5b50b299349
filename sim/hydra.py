"""`python -m sim.hydra`: the model as an ordinary Hydra application, for who knows Hydra and its plugins.

One run goes to Hydra's own output folder; `-m` is `sim sweep`, unless another `hydra/sweeper` is chosen.
"""

import logging
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from sim.model.settings import Settings
from sim.study import presets, store
from sim.study.run import Job, attempt
from sim.study.sweep import OWN

# Hydra 1.3 wants a version_base, 1.4 warns when it is given one.
BASE: dict[str, Any] = {} if version("hydra-core") >= "1.4" else {"version_base": None}


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
    settings = Settings.build({group: values[group] for group in Settings().plain()})
    begun = store.now()
    chosen = {g: str(o) for g, o in HydraConfig.get().runtime.choices.items() if g in presets.groups()}
    done = attempt(Job(chosen["scenario"], settings, values["seed"], values["months"]))
    if done.outcomes is None:
        raise RuntimeError(done.error)
    folder = Path(HydraConfig.get().runtime.output_dir)
    asked = list(HydraConfig.get().overrides.task)
    about = store.provenance(["python", "-m", "sim.hydra", *asked], folder.name, asked, chosen, begun, [done])
    store.write(folder, [done], settings.plain(), {**about, "folder": str(folder)})


if __name__ == "__main__":
    main()
