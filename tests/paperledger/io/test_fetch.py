"""Fetching the data file: the four sources, the hash, writing in one step, the script."""

from __future__ import annotations

import errno
import json
import os
import runpy
import signal
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from paperledger.io.fetch import DataError, Provenance
from paperledger.io.files import WriteError, write_atomically

from tests.helpers.loopback import (
    CONTENT,
    MAX_BYTES,
    MEMBER,
    OTHER,
    OTHER_SHA256,
    SHA256,
    Server,
    Study,
    answers,
    archive,
)

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"


# --- the four sources --------------------------------------------------------


@pytest.mark.parametrize("source", ["auto", "download"])
def test_downloads_the_plain_file(source: str, study: Study, server: Server) -> None:
    url = server.add("/plain.data", answers(CONTENT))
    assert study.fetch(source, url) == Provenance("download", url, SHA256, len(CONTENT))
    assert study.destination.read_bytes() == CONTENT
    assert len(study.said) == 1


@pytest.mark.parametrize("source", ["auto", "download"])
def test_takes_the_member_out_of_the_archive(source: str, study: Study, server: Server) -> None:
    url = server.add("/a.zip", answers(archive({"Index": b"x", MEMBER: CONTENT})))
    assert study.fetch(source, url) == Provenance("download", url, SHA256, len(CONTENT))
    assert study.destination.read_bytes() == CONTENT


def test_embedded_asks_no_server(study: Study, server: Server) -> None:
    url = server.add("/plain.data", answers(CONTENT))
    assert study.fetch("embedded", url).source == "embedded"
    assert server.asked == []


@pytest.mark.parametrize("name", ["mine.data", "mine.zip"])
def test_a_given_file(name: str, study: Study, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(archive({MEMBER: CONTENT}) if name.endswith("zip") else CONTENT)
    assert study.fetch(str(path)) == Provenance(str(path), None, SHA256, len(CONTENT))
    assert study.destination.read_bytes() == CONTENT


def test_a_path_from_home_and_a_hash_in_capitals(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.data").write_bytes(CONTENT)
    assert study.fetch("~/mine.data", sha256=SHA256.upper()).sha256 == SHA256
    assert study.destination.read_bytes() == CONTENT


@pytest.mark.parametrize("path", ["Auto", "missing.data", "", ".", "a\0b", "x" * 5000])
def test_a_given_path_without_a_file(path: str, study: Study) -> None:
    message = study.fails(
        path, because="expected auto, download, embedded, package:... or the path of a file"
    )
    assert repr(path) in message


def test_a_given_file_that_is_no_archive(study: Study, tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_bytes(CONTENT)
    study.fails(str(tmp_path / "mine.zip"), because="broken zip archive")


def test_a_given_file_that_is_too_large(study: Study, tmp_path: Path) -> None:
    (tmp_path / "mine.data").write_bytes(bytes(MAX_BYTES + 1))
    study.fails(str(tmp_path / "mine.data"), because=f"at most {MAX_BYTES} bytes")


def test_the_record_is_json_with_the_four_keys() -> None:
    record = Provenance("download", "https://example.org/a.zip", SHA256, 5)
    assert json.loads(record.to_json()) == {
        "source": "download",
        "url": "https://example.org/a.zip",
        "sha256": SHA256,
        "bytes": 5,
    }


# --- other bytes than expected stop the run, whatever the source -------------


@pytest.mark.parametrize("source", ["auto", "download"])
@pytest.mark.parametrize("path", ["/a.zip", "/plain.data"])
def test_wrong_bytes_stop(source: str, path: str, study: Study, server: Server) -> None:
    body = archive({MEMBER: OTHER}) if path.endswith("zip") else OTHER
    url = server.add(path, answers(body))
    good = server.add("/good.data", answers(CONTENT))
    message = study.fails(source, url, good, because=f"found {OTHER_SHA256}")
    assert f"expected SHA-256 {SHA256}" in message
    assert url in message
    assert "set source: embedded" in message
    assert server.asked == [path]


@pytest.mark.parametrize("source", ["auto", "embedded", "PATH"])
def test_a_damaged_file_on_disk_stops(source: str, study: Study, tmp_path: Path) -> None:
    study.embedded.write_bytes(OTHER)
    if source == "PATH":
        source = str(study.embedded)
    message = study.fails(source, because=f"expected SHA-256 {SHA256}, found {OTHER_SHA256}")
    assert str(study.embedded) in message


def test_a_missing_copy_stops(study: Study) -> None:
    study.embedded.unlink()
    study.fails("embedded", because="cannot read")


# --- writing -----------------------------------------------------------------


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_mode_follows_the_umask(umask: int, mode: int, study: Study) -> None:
    before = os.umask(umask)
    try:
        study.fetch("embedded")
    finally:
        os.umask(before)
    assert stat.S_IMODE(study.destination.stat().st_mode) == mode


def test_an_earlier_file_stays_when_the_fetch_fails(study: Study) -> None:
    study.destination.parent.mkdir()
    study.destination.write_bytes(b"earlier")
    study.embedded.write_bytes(OTHER)
    with pytest.raises(DataError):
        study.fetch("embedded")
    assert study.destination.read_bytes() == b"earlier"


@pytest.mark.parametrize(
    ("call", "code"),
    [("fsync", errno.ENOSPC), ("replace", errno.EACCES), ("fsync", errno.EROFS)],
)
def test_a_disk_that_refuses(
    call: str, code: int, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*arguments: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, refuses)
    message = study.fails("embedded", because=os.strerror(code))
    assert f"cannot write {study.destination}" in message


def test_a_folder_that_cannot_be_made(study: Study) -> None:
    with pytest.raises(WriteError, match=r"cannot write .* Not a directory"):
        study.fetch("embedded", destination=study.embedded / "below" / "a.data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(study: Study, tmp_path: Path) -> None:
    study.destination.parent.mkdir()
    study.destination.parent.chmod(0o555)
    study.fails("embedded", because="Permission denied")
    study.destination.parent.chmod(0o755)


CHILD = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from paperledger.io.fetch import fetch
if sys.argv[4] == "writing":
    def hang(*_):
        print("here", flush=True)
        time.sleep(60)
    os.replace = hang
fetch("auto", urls=[sys.argv[3]] * (sys.argv[4] != "writing"), member="ionosphere.data",
      sha256=sys.argv[5], embedded=sys.argv[6], destination=sys.argv[2], timeout_seconds=60,
      attempts=1, max_bytes=20000, budget_seconds=60)
"""


@pytest.mark.parametrize("moment", ["downloading", "writing"])
def test_killed_in_the_middle(moment: str, study: Study, server: Server) -> None:
    half_sent = threading.Event()

    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + CONTENT[:2000])
        half_sent.set()
        server.over.wait()

    url = server.add("/a.data", route)
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            CHILD,
            SCRIPTS,
            study.destination,
            url,
            moment,
            SHA256,
            study.embedded,
        ],
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert half_sent.wait(30) if moment == "downloading" else child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    assert not study.destination.exists()
    study.fetch("embedded")
    assert study.destination.read_bytes() == CONTENT


def test_two_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    bodies = [bytes([i]) * 100_000 for i in range(8)]
    threads = [threading.Thread(target=write_atomically, args=(path, body)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in bodies
    assert list(tmp_path.iterdir()) == [path]


# --- the Snakemake script ----------------------------------------------------


def run_script(study: Study, folder: Path, source: str) -> Path:
    snakemake = SimpleNamespace(
        params=SimpleNamespace(
            data={
                "source": source,
                "urls": [],
                "member": MEMBER,
                "embedded": str(study.embedded),
                "sha256": SHA256,
                "timeout_seconds": 1,
                "attempts": 1,
                "max_bytes": MAX_BYTES,
                "budget_seconds": 1,
            }
        ),
        output=SimpleNamespace(
            data=str(study.destination), provenance=str(folder / "results" / "source.json")
        ),
        log=[str(folder / "fetch.log")],
        wildcards=SimpleNamespace(dataset="mine"),
    )
    runpy.run_path(str(SCRIPTS / "fetch_data.py"), init_globals={"snakemake": snakemake})
    return folder / "fetch.log"


def test_the_script_writes_both_files(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = run_script(study, tmp_path, "auto")
    record = json.loads((tmp_path / "results" / "source.json").read_text())
    assert record == {"source": "embedded", "url": None, "sha256": SHA256, "bytes": len(CONTENT)}
    assert study.destination.read_bytes() == CONTENT
    assert capsys.readouterr().err == log.read_text()


def test_the_script_ends_with_one_line_and_no_traceback(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study.embedded.write_bytes(OTHER)
    with pytest.raises(SystemExit) as caught:
        run_script(study, tmp_path, "embedded")
    assert caught.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith("error: datasets.mine: ")
    assert error.count("\n") == 1
    assert error == (tmp_path / "fetch.log").read_text()
    assert not study.destination.exists()
