"""Folders, wheels and commands that a set-up meets."""

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SCRIPTS = TOP / "setup"
BASE = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
HERE = "{}.{}".format(*sys.version_info)


def make_wheel(folder: Path, name: str) -> str:
    """Write an importable wheel by hand; return its line for a lock file."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "VALUE = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        record += f"{path},sha256={digest.decode().rstrip('=')},{len(text)}\n"
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    digest_hex = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name}==1.0 \\\n    --hash=sha256:{digest_hex}\n"


def command(folder: Path, name: str, body: str) -> Path:
    """Put an executable shell script into a folder."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def files_below(folder: Path) -> list[str]:
    """List what lies in a folder, if it is there."""
    return sorted(path.name for path in folder.glob("*"))


def variables(place: Path) -> dict[str, str]:
    """Environment in which pip finds the wheels only, and which holds some traps."""
    return {
        "HOME": str(place),
        "PATH": f"{place / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": (place / "wheels").as_uri(),
        "PIP_TARGET": str(place / "elsewhere"),
        "PIP_NO_BINARY": ":all:",
        "PIP_PLATFORM": "none_such",
        "PIP_REQUIREMENT": str(place / "none.txt"),
        "PYTHONPATH": str(place / "elsewhere"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "VIRTUAL_ENV": "/another/environment",
    }


def make(
    checkout: Path, env: dict[str, str], target: str = "setup"
) -> subprocess.CompletedProcess[str]:
    """Run `make setup`, or another target."""
    return subprocess.run(
        ["/usr/bin/make", target], cwd=checkout, env=env, capture_output=True, text=True
    )


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one error line that was printed."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    return lines[0]
