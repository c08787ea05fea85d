"""Downloading, against servers on 127.0.0.1 that misbehave in every way we know of."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from paperledger.io import download

from tests.helpers.loopback import (
    CONTENT,
    MAX_BYTES,
    MEMBER,
    Route,
    Server,
    Study,
    answers,
    archive,
    stalls,
    trickles,
)

SLOW: dict[str, Callable[[Server], Route]] = {
    "stalled": stalls,
    "trickling body": lambda server: trickles(server, b"HTTP/1.0 200 OK\r\n\r\n"),
    "trickling header": lambda server: trickles(server, b"HTTP/1.0 200 OK\r\nX: "),
}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FIRST_PAUSE_SECONDS", 0.02)


def not_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0\r\n")


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    pass


# --- failed transfers: next address, another round, then the copy ------------


def test_404_goes_to_the_next_address_and_is_not_repeated(study: Study, server: Server) -> None:
    gone = server.add("/gone.zip", answers(b"no", 404))
    late = server.add("/late.data", answers(b"no", 503), answers(CONTENT))
    assert study.fetch("auto", gone, late, attempts=3).url == late
    assert server.asked == ["/gone.zip", "/late.data", "/late.data"]


def test_500_then_good(study: Study, server: Server) -> None:
    url = server.add("/a.zip", answers(b"", 500), answers(archive({MEMBER: CONTENT})))
    assert study.fetch("download", url, attempts=2).url == url


def test_pauses_double(study: Study, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(
        download, "time", SimpleNamespace(monotonic=time.monotonic, sleep=pauses.append)
    )
    url = server.add("/a.zip", answers(b"", 500))
    study.fetch("auto", url, attempts=4, budget_seconds=60)
    assert pauses == [0.02, 0.04, 0.08]
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("path", "route", "because"),
    [
        ("/a.data", answers(b"no", 404), "HTTP 404"),
        ("/a.data", answers(b"no", 500), "HTTP 500"),
        ("/a.data", answers(CONTENT, 206), "HTTP 206, expected 200"),
        (
            "/a.data",
            answers(CONTENT[:999], length=len(CONTENT)),
            f"cut short: 999 of {len(CONTENT)}",
        ),
        ("/a.data", answers(b"", length=len(CONTENT)), "cut short: 0 of"),
        ("/a.data", answers(b"x", length=MAX_BYTES + 1), "larger than the limit of 20000"),
        ("/a.zip", answers(b"<html>sign in</html>"), "broken zip archive"),
        ("/a.zip", answers(archive({MEMBER: CONTENT})[:-30]), "broken zip archive"),
        ("/a.zip", answers(archive({"other": CONTENT})), "no member ionosphere.data"),
        ("/a.zip", answers(archive({"../ionosphere.data": CONTENT})), "no member ionosphere.data"),
        ("/a.zip", answers(archive({MEMBER: bytes(MAX_BYTES + 1)})), "unpacks to over 20000"),
        (
            "/a.zip",
            answers(archive({MEMBER: CONTENT}, zipfile.ZIP_BZIP2)),
            "unexpected compression",
        ),
        ("/a.data", hangs_up, "RemoteDisconnected"),
        ("/a.data", not_http, "BadStatusLine"),
    ],
)
def test_falls_back(path: str, route: Route, because: str, study: Study, server: Server) -> None:
    study.falls_back(server.add(path, route), because=because)


def test_a_body_without_length_is_bounded(study: Study, server: Server) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not server.over.is_set():
            handler.wfile.write(bytes(65536))

    study.falls_back(server.add("/a.data", endless), because="larger than the limit")


def test_a_chunked_body_cut_short(study: Study, server: Server) -> None:
    def chunked(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nonly this")

    study.falls_back(server.add("/a.data", chunked), because="IncompleteRead")


def test_no_address(study: Study) -> None:
    study.falls_back(because="no address")


def test_a_server_cannot_write_more_lines(study: Study, server: Server) -> None:
    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 404 a\rb" + b"c" * 5000 + b"\r\n\r\n")

    study.falls_back(server.add("/a.data", route), because="HTTP 404 a b")
    assert len(study.said[0]) < 1000


# --- time --------------------------------------------------------------------


@pytest.mark.parametrize("kind", SLOW)
def test_slow_servers(kind: str, study: Study, server: Server) -> None:
    url = server.add("/a.data", SLOW[kind](server))
    start = time.monotonic()
    study.falls_back(url, because="no complete answer within 0.3 s", timeout_seconds=0.3)
    assert (
        time.monotonic() - start < 2 * 0.3 + 3
    )  # once as auto and once as download, and a busy machine


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_address_leaves_the_next_its_turn(kind: str, study: Study, server: Server) -> None:
    slow = server.add("/slow.zip", SLOW[kind](server))
    good = server.add("/good.data", answers(CONTENT))
    assert study.fetch("download", slow, good, timeout_seconds=1.0).url == good


def test_the_budget_bounds_everything(study: Study, server: Server) -> None:
    urls = [server.add(f"/{i}.data", SLOW["trickling header"](server)) for i in range(9)]
    start = time.monotonic()
    study.falls_back(
        *urls, because="not tried", attempts=99, timeout_seconds=0.6, budget_seconds=0.8
    )
    assert time.monotonic() - start < 2 * 0.8 + 3


def test_an_attempt_left_behind_does_not_keep_the_process() -> None:
    program = """if True:
        import socket, sys, time
        sys.path.insert(0, sys.argv[1])
        from paperledger.io.download import DownloadFailed, download_any
        socket.getaddrinfo = lambda *_, **__: time.sleep(60)
        try:
            download_any(["http://nowhere.invalid/a"], member="", timeout_seconds=0.2, attempts=1,
                         max_bytes=1, budget_seconds=1)
        except DownloadFailed as failure:
            print(failure)
    """
    scripts = Path(download.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, scripts], capture_output=True, text=True, timeout=30
    )
    assert "no complete answer within 0.2 s" in done.stdout
    assert done.stderr == ""


def test_black_hole(study: Study) -> None:
    """A full accept queue drops connection requests, as a firewall does."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/a.zip"
        study.falls_back(url, because="no complete answer within 0.3 s", timeout_seconds=0.3)


def test_closed_port(study: Study) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/a.zip"
        study.falls_back(url, because="Connection refused", attempts=3)


def test_unresolvable_name(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: Any, **options: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    study.falls_back("http://nowhere.invalid/a.zip", because="Name or service not known")


def test_name_lookup_that_hangs(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hangs(*arguments: Any, **options: Any) -> None:
        over.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    study.falls_back(
        "http://nowhere.invalid/a.zip", because="no complete answer within", timeout_seconds=0.3
    )
    over.set()
