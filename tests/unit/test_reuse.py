"""The key `reuse`, and the configuration that rechecks the paper without training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lrstudy.config import ConfigError, check_config, read_yaml
from snakemake.utils import update_config


@pytest.mark.parametrize("folder", ["reference", "build/quick-record"])
def test_a_folder_in_the_checkout_may_be_reused(config: Any, schema: Any, folder: str) -> None:
    check_config(config | {"reuse": folder}, schema)


@pytest.mark.parametrize("folder", ["", "/reference", "../reference", "a b", "reference/", 1, None])
def test_anything_else_is_refused(config: Any, schema: Any, folder: Any) -> None:
    with pytest.raises(ConfigError, match="config: reuse: found "):
        check_config(config | {"reuse": folder}, schema)


def test_a_recheck_is_the_study_itself_but_for_where_its_networks_come_from(
    config: Any, schema: Any, root: Path
) -> None:
    update_config(config, read_yaml(root / "config/recheck.yaml"))
    check_config(config, schema)
    study = read_yaml(root / "config/config.yaml")
    assert config.pop("folder") == "build/recheck"
    assert config.pop("reuse") == "reference"
    assert config["data"].pop("source") == "embedded"
    study["data"].pop("source")
    assert config == study
