"""For the tests of fetching: a misbehaving web server on 127.0.0.1, and a study's folder."""

from __future__ import annotations

import contextlib
import hashlib
import io
import ssl
import threading
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from paperledger.io.fetch import DataError, Provenance, fetch
from paperledger.io.files import WriteError

CONTENT = b"".join(b"%d,0,0.5,g\n" % row for row in range(400))
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = CONTENT.replace(b"g", b"b")
OTHER_SHA256 = hashlib.sha256(OTHER).hexdigest()
MEMBER = "ionosphere.data"
MAX_BYTES = 20_000

Route = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A web server on loopback; `routes` says how each path answers, `asked` which were."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, list[Route]] = {}
        self.asked: list[str] = []
        self.over = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.asked.append(self.path)
                routes = owner.routes[self.path]
                with contextlib.suppress(OSError):  # the client may hang up, as it should
                    (routes.pop(0) if len(routes) > 1 else routes[0])(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            block_on_close = False

            def handle_error(self, *arguments: Any) -> None:
                pass  # a refused TLS handshake

        self.http = Quiet(("127.0.0.1", 0), Handler)
        if context:
            self.http.socket = context.wrap_socket(
                self.http.socket, server_side=True, do_handshake_on_connect=False
            )
        self.root = f"{'https' if context else 'http'}://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def add(self, path: str, *routes: Route) -> str:
        self.routes[path] = list(routes)
        return self.root + path

    def close(self) -> None:
        self.over.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


def answers(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> Route:
    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return route


def redirects(target: str) -> Route:
    return answers(b"", 302, Location=target)


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    return file.getvalue()


def stalls(server: Server) -> Route:
    def route(handler: BaseHTTPRequestHandler) -> None:
        server.over.wait()

    return route


def trickles(server: Server, head: bytes) -> Route:
    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        while not server.over.wait(0.05):
            handler.wfile.write(b"1")

    return route


class Study:
    """A folder with an embedded copy, and `fetch` with everything but the addresses filled in."""

    def __init__(self, folder: Path) -> None:
        self.embedded = folder / "data" / MEMBER
        self.embedded.parent.mkdir(parents=True)
        self.embedded.write_bytes(CONTENT)
        self.destination = folder / "results" / MEMBER
        self.said: list[str] = []

    def fetch(self, source: str, *urls: str, **changes: Any) -> Provenance:
        return fetch(
            source,
            **{
                "urls": urls,
                "member": MEMBER,
                "sha256": SHA256,
                "embedded": self.embedded,
                "destination": self.destination,
                "timeout_seconds": 10,
                "attempts": 1,
                "max_bytes": MAX_BYTES,
                "budget_seconds": 30,
                "say": self.said.append,
                **changes,
            },
        )

    def falls_back(self, *urls: str, because: str, **changes: Any) -> None:
        """Check that auto uses the copy, in one line that says why; and that download doesn't."""
        used = self.fetch("auto", *urls, **changes)
        assert used == Provenance("embedded", None, SHA256, len(CONTENT))
        assert self.destination.read_bytes() == CONTENT
        assert len(self.said) == 1
        assert "\n" not in self.said[0]
        assert because in self.said[0]
        assert str(self.embedded) in self.said[0]
        self.destination.unlink()
        self.fails("download", *urls, because=because, **changes)

    def fails(self, source: str, *urls: str, because: str, **changes: Any) -> str:
        with pytest.raises((DataError, WriteError)) as caught:
            self.fetch(source, *urls, **changes)
        assert because in str(caught.value)
        assert not self.destination.exists()
        assert not self.destination.parent.exists() or not any(self.destination.parent.iterdir())
        return str(caught.value)
