"""What several tests need: the real data, the shipped configurations, one TensorFlow set-up."""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lrstudy.design.variables import KERAS
from paperledger.io.variables import VARIABLES, settle

# As a build does: in a git hook, every git that a test starts would act on the repository of who
# runs the tests; and TensorFlow reads its settings once, when it is imported.
settle((*VARIABLES, *KERAS))

import pytest  # noqa: E402
from lrstudy.data.dataset import Dataset  # noqa: E402
from paperledger.io.yaml_file import read_yaml  # noqa: E402
from snakemake.utils import update_config  # noqa: E402

ROOT = Path(__file__).parents[1]


# In this order: what takes longest comes first, and others while a build is made that some share.
LONGEST = (
    "tests/pipeline/test_quick.py",
    "tests/pipeline/test_extending.py",
    "tests/pipeline/test_small_study.py",
    "tests/pipeline/test_shells.py",
    "tests/pipeline/",
    "tests/setup/",
    "tests/project/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with `LONGEST`: what is left at the end is short, and no worker waits for another."""

    def turn(item: pytest.Item) -> int:
        places = (i for i, place in enumerate(LONGEST) if item.nodeid.startswith(place))
        return next(places, len(LONGEST))

    items.sort(key=turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a worker whole files, or all files that share what takes long to make."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "setup" if "/setup/" in nodeid else nodeid.split("::")[0]

    return ByFile(config, log)


# Of what `make test` does not install, or cannot try as root. In continuous integration any other
# skipped test has failed: a check that is silently left out checks nothing.
MAY_BE_SKIPPED = ("JAX is not installed", "root may write anywhere", "make cluster")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report: Any = yield
    if report.skipped and os.environ.get("CI"):
        reason = str(report.longrepr[2])
        if not any(known in reason for known in MAY_BE_SKIPPED):
            report.outcome, report.longrepr = "failed", f"not to be skipped here: {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _repeatable_tensorflow() -> None:
    # Threads can be set before TensorFlow's first use only; without its tests it is not loaded.
    if "tensorflow" in sys.modules:
        from lrstudy.keras.trainer import make_deterministic

        make_deterministic()


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    from tests.helpers.networks import read_ionosphere

    return read_ionosphere(ROOT / "data/ionosphere.data")


@pytest.fixture(scope="session")
def _shipped() -> tuple[Any, Any]:
    return read_yaml(ROOT / "config/config.yaml"), read_yaml(ROOT / "config/quick.yaml")


@pytest.fixture
def config(_shipped: tuple[Any, Any]) -> Any:
    """The shipped study, to change at will."""
    return copy.deepcopy(_shipped[0])


@pytest.fixture
def quick(_shipped: tuple[Any, Any]) -> Any:
    """The tiny study, to change at will."""
    merged, top = copy.deepcopy(_shipped)
    update_config(merged, top)  # as Snakemake lays one configfile over another
    return merged
