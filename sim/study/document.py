"""JSON as every command prints it."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def to_json(document: Any, indent: int | None = None) -> str:
    """`document` as JSON text; NaN and infinities become null, for which JSON has no word."""
    return json.dumps(_plain(document), indent=indent, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
