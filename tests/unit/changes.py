"""Changes to a configuration."""

from __future__ import annotations

from typing import Any


def put(config: Any, path: str, value: Any) -> Any:
    """Set one key, given with dots between its levels; return the mapping that holds it."""
    *above, last = path.split(".")
    for key in above:
        config = config[key]
    config[last] = value
    return config
