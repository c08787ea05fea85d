"""Changes to a configuration, and what is found in it."""

from __future__ import annotations

from typing import Any

import pytest
from lrstudy.design.config import check_config
from paperledger.io.yaml_file import ConfigError


def put(config: Any, path: str, value: Any) -> Any:
    """Set one key, given with dots between its levels; return what holds it."""
    *above, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in above:
        config = config[key]
    config[last] = value
    return config


def drop(config: Any, path: str) -> None:
    """Remove one key, given with dots between its levels."""
    last = path.rpartition(".")[2]
    del put(config, path, None)[int(last) if last.isdigit() else last]


def findings(config: Any) -> list[tuple[str, str]]:
    """Return all that a refused configuration is refused for: the key, and what is said of it."""
    with pytest.raises(ConfigError) as caught:
        check_config(config)
    said = [line.removeprefix("config: ").partition(": ") for line in str(caught.value).split("\n")]
    assert all(line.startswith("config: ") for line in str(caught.value).split("\n"))
    assert len(said) == len(set(said))
    return [(key, words) for key, _, words in said]


def keys(config: Any) -> list[str]:
    """Return the keys that a refused configuration is refused for."""
    return [key for key, _ in findings(config)]
