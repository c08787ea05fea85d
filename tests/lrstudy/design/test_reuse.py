"""The key `reuse`, and the configuration that rechecks the paper without training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lrstudy.design.config import check_config
from paperledger.io.yaml_file import read_yaml
from snakemake.utils import update_config

from tests.helpers.changes import keys


@pytest.mark.parametrize("folder", ["reference", "build/quick-record"])
def test_a_folder_in_the_checkout_may_be_reused(config: Any, folder: str) -> None:
    check_config(config | {"reuse": folder})


@pytest.mark.parametrize("folder", ["", "/reference", "../reference", "a b", "reference/", 1, None])
def test_anything_else_is_refused(config: Any, folder: Any) -> None:
    assert keys(config | {"reuse": folder}) == ["reuse"]


def test_a_recheck_is_the_study_itself_but_for_where_its_networks_come_from(
    config: Any, root: Path
) -> None:
    update_config(config, read_yaml(root / "config/recheck.yaml"))
    check_config(config)
    study = read_yaml(root / "config/config.yaml")
    assert config.pop("folder") == "build/recheck"
    assert config.pop("reuse") == "reference"
    assert config["datasets"]["ionosphere"].pop("source") == "embedded"
    study["datasets"]["ionosphere"].pop("source")
    assert config == study
