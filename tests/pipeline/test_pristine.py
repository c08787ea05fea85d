"""A checkout in which nothing was built: what it refuses, plans, and fetches."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.helpers.checkout import OFFLINE, ROOT, command, copy_checkout, execute, run


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which nothing has been built."""
    return copy_checkout(tmp_path_factory.mktemp("pristine"))


def test_a_bad_configuration_stops_before_anything_runs(pristine: Path) -> None:
    """With all that is wrong with it; each message is tested with the models."""
    (pristine / "bad.yaml").write_text(
        "folder: build/quick\narms: {step: {momentum: 1}}\ntrainig: {epochs: 3}\n"
    )
    result = run(pristine, config="bad.yaml")
    assert result.returncode != 0
    assert "arms.step.momentum" in result.stdout
    assert "unknown key 'trainig'" in result.stdout
    assert "Traceback" not in result.stdout
    assert not (pristine / "build").exists()


def test_plain_snakemake_lays_files_over_one_another_alike(pristine: Path) -> None:
    """By the same reader: null takes a part away, and what only that part needs."""
    (pristine / "less.yaml").write_text("agreement: null\nparts: { framework: null }\n")
    plain = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "host"]
    result = execute([*plain, "--configfile", "config/quick.yaml", "less.yaml"], pristine)
    assert result.returncode == 0, result.stdout
    rules = set(re.findall(r"^(?:local)?rule (\w+):$", result.stdout, re.MULTILINE))
    assert "train_kernel" in rules
    assert not rules & {"train_keras", "compare_trainers", "check_agreement"}


@pytest.fixture
def address() -> Iterator[str]:
    """Address of the data file on a server of this machine."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(ROOT / "data"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/ionosphere.data"
        server.shutdown()
        thread.join()


needs_namespace = pytest.mark.skipif(
    not OFFLINE, reason="this machine makes no network namespaces (unshare --net): built with one"
)


@needs_namespace
def test_builds_run_where_no_network_is(address: str) -> None:
    """All builds of these tests, that of the whole quick study among them."""
    assert command()[: len(OFFLINE)] == OFFLINE
    program = "import sys, urllib.request as r; print(len(r.urlopen(sys.argv[1]).read()))"
    ask = [sys.executable, "-c", program, address]
    without = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    alone, beside = (
        subprocess.run([*prefix, *ask], env=without, capture_output=True, text=True)
        for prefix in (OFFLINE, [])
    )
    assert "Network is unreachable" in alone.stderr
    assert beside.stdout == "76467\n"


@needs_namespace
def test_nothing_but_the_data_needs_a_network(pristine: Path, address: str) -> None:
    quick = (pristine / "config/quick.yaml").read_text()
    online = quick.replace("build/quick", "build/uci")
    online = online.replace("source: embedded", f"source: download, urls: ['{address}']")
    (pristine / "online.yaml").write_text(online)
    results = pristine / "build/uci/results"
    data = "build/uci/results/data/ionosphere.data"
    result = run(pristine, data, config="online.yaml", online=True)
    assert result.returncode == 0, result.stdout
    result = run(pristine, "build/uci/results/chunks/kernel_0.npz", config="online.yaml")
    assert result.returncode == 0, result.stdout
    assert (results / "chunks/kernel_0.npz").is_file()
    assert json.loads((results / "data/ionosphere.json").read_text())["url"] == address
