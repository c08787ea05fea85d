"""A real browser for tests: headless Chromium, driven over its debugging pipe.

Chromium started with ``--remote-debugging-pipe`` reads commands from file descriptor 3 and answers
on 4, in JSON, each ended by a NUL byte (the DevTools protocol). So nothing has to be installed
besides Chromium itself, and no port is opened.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
# Chromium wants its two pipes at 3 and 4, whatever their numbers are in the test.
LAUNCHER = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(pipes[0], 3), os.dup2(pipes[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
PATIENCE = 60.0
INTERNAL = ("data:", "blob:", "about:", "chrome:", "chrome-extension:", "chrome-untrusted:")
WATCHED = ("Runtime.enable", "Network.enable", "Log.enable")


def find_browser() -> str | None:
    """Return the path of a Chromium or Chrome that runs, None where there is none."""
    for path in filter(None, map(shutil.which, NAMES)):
        # On Ubuntu the name may belong to a script that only asks for a snap.
        asked = subprocess.run([path, "--version"], check=False, capture_output=True)
        if asked.returncode == 0:
            return path
    return None


class BrowserError(Exception):
    """The browser refused a command, or did not answer."""


class LeftError(BrowserError):
    """The page that was asked gave way to another before it could answer."""


class Browser:
    """One page of a headless browser, with its frames.

    Attributes
    ----------
    events : list of dict
        All that they reported.
    frames : list of str
        Sessions of the frames that run apart from the page.
    """

    def __init__(self, path: str) -> None:
        self.events: list[dict[str, Any]] = []
        self.frames: list[str] = []
        self._number, self._rest = 0, b""
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        commands, self._write = os.pipe()
        self._read, answers = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(commands), str(answers), path, *FLAGS]
            + [f"--user-data-dir={self._profile.name}"],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._session: str | None = None

    def __enter__(self) -> Browser:
        try:
            page = self.send("Target.createTarget", url="about:blank")["targetId"]
            attached = self.send("Target.attachToTarget", targetId=page, flatten=True)
            self._session = str(attached["sessionId"])
            self.send("Page.enable")
            self._watch(self._session)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        os.close(self._write)
        os.close(self._read)
        self._profile.cleanup()

    def _receive(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select.select([self._read], [], [], max(deadline - time.monotonic(), 0.0))[0]:
                raise BrowserError("the browser does not answer")
            read = os.read(self._read, 1 << 16)
            if not read:
                raise BrowserError("the browser has ended")
            self._rest += read
        message, self._rest = self._rest.split(b"\0", 1)
        found: dict[str, Any] = json.loads(message)
        if "method" in found:
            self.events.append(found)
        if found.get("method") == "Target.attachedToTarget":
            self.frames.append(found["params"]["sessionId"])
            self._watch(self.frames[-1])
        return found

    def _command(self, method: str, params: dict[str, Any], session: str | None) -> None:
        self._number += 1
        command: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if session:
            command["sessionId"] = session
        os.write(self._write, json.dumps(command).encode() + b"\0")

    def _watch(self, session: str) -> None:
        """Let a page or frame report what it does, and do so for the frames that it opens."""
        for method in WATCHED:
            self._command(method, {}, session)
        attach = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        self._command("Target.setAutoAttach", attach, session)
        self._command("Runtime.runIfWaitingForDebugger", {}, session)

    def send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Give a command of the DevTools protocol to the page, or a frame; return its result."""
        self._command(method, params, session or self._session)
        number = self._number
        deadline = time.monotonic() + PATIENCE
        while (answer := self._receive(deadline)).get("id") != number:
            pass
        if "error" in answer:
            said = answer["error"]["message"]
            kind = LeftError if "navigated or closed" in said else BrowserError
            raise kind(f"{method}: {said}")
        result: dict[str, Any] = answer["result"]
        return result

    def run(self, script: str, session: str | None = None) -> Any:
        """Evaluate JavaScript in the page, or a frame, and return its value."""
        found = self.send(
            "Runtime.evaluate", session, expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            thrown = found["exceptionDetails"]
            raise BrowserError(thrown.get("exception", thrown).get("description", str(thrown)))
        return found["result"].get("value")

    def wait(self, script: str, *, in_frame: bool = False) -> Any:
        """Evaluate JavaScript in the page, or in any frame, until it is true; return its value."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for session in reversed(self.frames) if in_frame else [None]:
                # A frame may have gone, or not be what the script expects.
                with contextlib.suppress(BrowserError if in_frame else LeftError):
                    if found := self.run(script, session):
                        return found
            time.sleep(0.05)
            with contextlib.suppress(LeftError):
                self.run("0")  # events come with answers
        raise BrowserError(f"never true: {script}")

    def open(self, address: str) -> None:
        """Load a page, and wait until it has loaded."""
        self.send("Page.navigate", url=address)
        self.wait(f"location.href === {json.dumps(address)} && document.readyState === 'complete'")

    def press(self, key: str) -> None:
        """Press a key that has a name (Tab, Enter, ArrowDown), or type a character."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowDown": 40}
        event: dict[str, Any] = {"key": key}
        if key in codes:
            event["windowsVirtualKeyCode"] = codes[key]
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text: str) -> None:
        """Press the keys of a text, one by one."""
        for character in text:
            self.press(character)

    def resize(self, width: int, height: int) -> None:
        """Give the page a size, in CSS pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def screenshot(self, path: Path) -> None:
        """Write what the page shows as PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def select(self, method: str, read: Callable[[dict[str, Any]], Any]) -> list[Any]:
        """Return what `read` finds in the events of one kind."""
        return [read(event["params"]) for event in self.events if event["method"] == method]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for, apart from what the page holds itself."""
        asked = self.select("Network.requestWillBeSent", lambda event: event["request"]["url"])
        return [url for url in asked if not url.startswith(INTERNAL)]

    def errors(self) -> list[str]:
        """Return exceptions, and all that the page or the browser logged as an error."""
        thrown = self.select("Runtime.exceptionThrown", str)
        console = [
            str(event)
            for event in self.select("Runtime.consoleAPICalled", dict)
            if event["type"] in ("error", "assert")
        ]
        logged = [
            str(entry)
            for entry in self.select("Log.entryAdded", lambda event: event["entry"])
            if entry["level"] == "error"
        ]
        return thrown + console + logged


@contextlib.contextmanager
def started() -> Iterator[Browser]:
    """A browser as wide as a laptop's; where there is none, the test is skipped."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on PATH (Debian: apt-get install chromium)")
    with Browser(path) as browser:
        browser.resize(1280, 900)
        yield browser
