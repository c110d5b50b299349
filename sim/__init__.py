"""Partnering Up: a laboratory for collaboration between cities and community-led initiatives."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.study.notebook import as_ema_model, compare, load, run, sweep

__version__ = "0.1.0"
__all__ = ["as_ema_model", "compare", "load", "run", "sweep"]


def __getattr__(name: str) -> Any:
    """What notebooks use, loaded when first asked for: looking something up stays instant."""
    if name in __all__:
        from sim.study import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")
