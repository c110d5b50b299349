"""Imported once by the process from which workers are forked: the model, compiled and ready."""

import os

try:
    from sim.model.settings import Settings
    from sim.study.program import model_here
    from sim.study.run import run_city

    run_city(Settings(), seed=0, months=1)
    model_here()  # what its workers run, whatever is edited from now on
except KeyboardInterrupt:
    os._exit(130)  # the main process says what there is to say
except Exception:
    pass  # a fault in the model is reported by each run that meets it
