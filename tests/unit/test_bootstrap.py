"""The set-up: what it installs, and the one line that each failure ends in.

No test needs a network or TensorFlow: the lock file holds two tiny wheels made here.
"""

import ast
import base64
import errno
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).parents[2]
SCRIPT = TOP / "tools" / "bootstrap.py"
BASE = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
VERSION = sys.version_info[:2]


@pytest.fixture
def bootstrap() -> ModuleType:
    """A fresh copy of the module under test."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


def fake_python(folder: Path, name: str, version: str, venv: str = "venv") -> None:
    """Put a Python into a folder that only says what it is."""
    command(folder, name, f"printf '/usr/bin/{name}\\n{version}\\n{venv}\\n'")


def files_below(folder: Path) -> list[str]:
    """List what lies in a folder, except the log and the lock."""
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith(".setup"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheels, a bin folder with just enough on it, and a checkout to copy."""
    top = tmp_path_factory.mktemp("set-up")
    for name in ("wheels", "bin", "a b ü/tools"):
        (top / name).mkdir(parents=True)
    command(top / "bin", "python3", f"exec '{BASE}' \"$@\"")
    command(top / "bin", "tectonic", "exit 0")
    checkout = top / "a b ü"
    shutil.copy(SCRIPT, checkout / "tools")
    shutil.copy(TOP / "Makefile", checkout)
    names = ("setuptools", "wheel", "tiny")
    lock = "# a comment\n" + "".join(make_wheel(top / "wheels", name) for name in names)
    (checkout / "requirements.lock").write_text(lock)
    return top


def variables(place: Path) -> dict[str, str]:
    """Environment in which pip finds the wheels only, and which holds some traps."""
    return {
        "HOME": str(place),
        "PATH": f"{place / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": (place / "wheels").as_uri(),
        "PIP_TARGET": str(place / "elsewhere"),
        "PYTHONPATH": str(place / "elsewhere"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "VIRTUAL_ENV": "/another/environment",
    }


@pytest.fixture(scope="module")
def finished(place: Path) -> tuple[Path, list[str]]:
    """A checkout that two makes have set up at once, and what each of them said."""
    checkout = place / "a b ü"
    runs = [
        subprocess.Popen(
            ["make", "setup"],
            cwd=checkout,
            env=variables(place),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    return checkout, said


@pytest.fixture
def checkout(
    place: Path, tmp_path: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A checkout without .venv, for `bootstrap.main()` in this process."""
    folder = tmp_path / "a b ü"
    shutil.copytree(place / "a b ü", folder, ignore=shutil.ignore_patterns(".venv", ".setup*"))
    for name, value in variables(place).items():
        monkeypatch.setenv(name, value)
    for name in ("PYTHON", "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(bootstrap, "ROOT", str(folder))
    monkeypatch.setattr(bootstrap, "NEEDED", 10_000_000)
    return folder


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one error line that was printed."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    return lines[0]


@pytest.fixture
def no_root(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a user without sudo."""
    monkeypatch.setattr(bootstrap, "administrator", lambda: None)


# ---- a set-up that works


def test_installs_into_a_folder_with_spaces(finished: tuple[Path, list[str]]) -> None:
    checkout, _ = finished
    python = checkout / ".venv/bin/python"
    query = "import tiny; print(tiny.__file__)"
    # -B: this import must not write the bytecode that the next test looks for.
    run = [str(python), "-I", "-B", "-c", query]
    found = subprocess.run(run, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(checkout / ".venv")
    assert files_below(checkout) == [".venv", "Makefile", "requirements.lock", "tools"]
    assert not (checkout / ".venv/tmp").exists()


def test_compiles_to_bytecode(finished: tuple[Path, list[str]]) -> None:
    assert len(list((finished[0] / ".venv").rglob("tiny.*.pyc"))) == 1


def test_two_at_once_install_once(finished: tuple[Path, list[str]]) -> None:
    waited, worked = sorted(finished[1], key=len)
    assert waited == "set-up: another one is running in this folder, waiting for it\n"
    assert len(worked.splitlines()) == 2
    assert "packages into .venv" in worked


def test_second_call_is_silent_and_quick(place: Path, finished: tuple[Path, list[str]]) -> None:
    log = finished[0] / ".setup.log"
    before = log.stat().st_mtime_ns
    (finished[0] / ".setup.lock").unlink()
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        again = subprocess.run(
            ["make", "setup"], cwd=finished[0], env=variables(place), capture_output=True, text=True
        )
        seconds.append(time.perf_counter() - start)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert min(seconds) < 1
    assert log.stat().st_mtime_ns == before
    assert not (finished[0] / ".setup.lock").exists()


def test_interrupted_install_is_made_anew(
    checkout: Path, bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / ".venv/lib").mkdir(parents=True)
    (checkout / ".venv/lib/half").touch()
    assert bootstrap.main() == 0
    assert "never finished" in capsys.readouterr().out
    assert not (checkout / ".venv/lib/half").exists()
    assert bootstrap.environment_is_ready(str(checkout))


def test_moved_or_changed_is_noticed(
    finished: tuple[Path, list[str]],
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready = bootstrap.environment_is_ready
    assert ready(str(finished[0]))
    shutil.copytree(finished[0] / ".venv", checkout / ".venv", symlinks=True)
    assert not ready(str(checkout))
    stamp = checkout / ".venv/complete"
    stamp.write_bytes(bootstrap.fingerprint(str(checkout), "{}.{}".format(*VERSION)))
    assert ready(str(checkout))
    monkeypatch.setenv("PYTHON", str(command(checkout, "python3.10", "echo 3.10")))
    assert not ready(str(checkout))
    monkeypatch.delenv("PYTHON")
    with open(checkout / "requirements.lock", "a") as stream:
        stream.write("# another\n")
    assert not ready(str(checkout))


# ---- packages that cannot be installed


def closed_port() -> int:
    """Return a port of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_network(
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv/complete").write_text("finished, from another lock file")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{closed_port()}/simple")
    start = time.perf_counter()
    assert bootstrap.main() == 1
    assert time.perf_counter() - start < 60  # 5 s on a machine with nothing else to do
    assert "no network" in error_line(capsys)
    assert "$ " in (checkout / ".setup.log").read_text()
    # What was there before is there again.
    assert files_below(checkout / ".venv") == ["complete"]


def test_network_without_an_answer(bootstrap: ModuleType, tmp_path: Path) -> None:
    with open(tmp_path / "log", "wb") as log:
        start = time.perf_counter()
        with pytest.raises(bootstrap.SetupError, match="no network: it did not answer"):
            bootstrap.run(["sleep", "60"], log, log, str(tmp_path), timeout=0.2, offline="it")
    assert time.perf_counter() - start < 30


def test_first_download_is_small_and_bounded(
    checkout: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[list[str], float | None]] = []
    first = ""

    def record(command: list[str], *rest: object, offline: str | None = None) -> None:
        nonlocal first
        calls.append((command, rest[4] if len(rest) > 4 else None))  # type: ignore[arg-type]
        if "venv" in command:
            Path(command[-1]).mkdir()
        elif command[-1].endswith("build.lock"):
            first = Path(command[-1]).read_text()

    monkeypatch.setattr(bootstrap, "run", record)
    for given, expected in (("", 15), ("3", 15), ("60", 60)):
        calls.clear()
        monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", given)
        bootstrap.install_environment("python3", VERSION, None, None, str(checkout))
        assert [timeout for _, timeout in calls] == [None, None, expected, None]
    assert [line.split("=")[0] for line in first.splitlines()[::2]] == ["setuptools", "wheel"]
    assert {"--compile", "--require-hashes", "--no-build-isolation"} < set(calls[-1][0])


def test_wrong_hash(
    checkout: Path, bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = checkout / "requirements.lock"
    lines = lock.read_text().splitlines()
    lines[-1] = "    --hash=sha256:" + "0" * 64
    lock.write_text("\n".join(lines) + "\n")
    assert bootstrap.main() == 1
    assert "differs from its hash" in error_line(capsys)
    assert not (checkout / ".venv").exists()


def test_too_little_space_is_told_before_anything(
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (checkout / ".venv/half").mkdir(parents=True)
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: usage(9_900_000))
    assert bootstrap.main() == 1
    assert "the disk is too full" in error_line(capsys)
    assert not (checkout / ".venv").exists()


def test_disk_full_on_the_way(
    checkout: Path,
    tmp_path: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", str(small)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("cannot mount a small disk here")
    try:
        shutil.copytree(checkout, small / "checkout")
        monkeypatch.setattr(bootstrap, "ROOT", str(small / "checkout"))
        monkeypatch.setattr(bootstrap, "NEEDED", 1)
        assert bootstrap.main() == 1
        assert "the disk is full" in error_line(capsys)
        assert not (small / "checkout/.venv").exists()
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] no space", "full"),
        ("dpkg-deb: error: failed to write (No space left on device)", "full"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "full"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend", "E: Could not get lock"),
        ("WARNING: Retrying (Retry(total=0)) after connection broken by 'ReadTimeout'", "network"),
        ("W: Failed to fetch x  Temporary failure resolving 'deb'", "network"),
        ("ssl.SSLError: [SSL: CERTIFICATE_VERIFY_FAILED]", "certificate"),
        ("ERROR: one\nmore\nERROR: No matching distribution found for x==1", "No matching"),
        ("", "a command failed"),
    ],
)
def test_log_is_told_in_one_line(bootstrap: ModuleType, log: str, expected: str) -> None:
    line = bootstrap.explain(log)
    assert expected in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EACCES, "Permission denied", "/x/.setup.lock"), "write .setup.lock"),
        (OSError(errno.EROFS, "Read-only file system", "/x/.setup.lock"), "no permission"),
        (KeyboardInterrupt(), "start again"),
    ],
)
def test_other_errors_are_one_line(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    expected: str,
) -> None:
    def fail(root: str) -> None:
        raise error

    monkeypatch.setattr(bootstrap, "set_up", fail)
    assert bootstrap.main() == 1
    assert expected in error_line(capsys)


# ---- Python


def test_old_python_is_told(
    checkout: Path,
    tmp_path: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_python(tmp_path, "python3", "3.9")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.main() == 1
    assert "python3 is Python 3.9. Install one" in error_line(capsys)


def test_newer_python_beside_an_old_one_is_used(
    tmp_path: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_python(tmp_path, "python3", "3.10")
    fake_python(tmp_path, "python3.12", "3.12")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PYTHON", raising=False)
    assert bootstrap.find_python("/nowhere") == ("/usr/bin/python3.12", (3, 12), True)
    monkeypatch.setenv("PYTHON", str(tmp_path / "python3"))
    with pytest.raises(bootstrap.SetupError, match=r"is Python 3\.10"):
        bootstrap.find_python("/nowhere")
    monkeypatch.setenv("PYTHON", "nonesuch")
    with pytest.raises(bootstrap.SetupError, match="PYTHON=nonesuch does not run"):
        bootstrap.find_python("/nowhere")


def test_python_of_the_old_environment_is_not_used(
    checkout: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = checkout / ".venv/bin"
    own.mkdir(parents=True)
    fake_python(own, "python3", "3.12")
    monkeypatch.setenv("PATH", str(own))
    with pytest.raises(bootstrap.SetupError, match="no python3 is on PATH"):
        bootstrap.find_python(str(checkout))


def test_very_old_python_is_told(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (2, 7, 18))
    assert bootstrap.main() == 1
    assert capsys.readouterr().out.startswith("error: Python 3.11, 3.12 or 3.13 is needed")


def test_old_python_can_parse_the_script() -> None:
    source = SCRIPT.read_bytes().decode("ascii")
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.YieldFrom, ast.Await)
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, modern)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not node.args.kwonlyargs and not node.args.posonlyargs
            assert all(argument.annotation is None for argument in node.args.args)
        if isinstance(node, ast.Raise):
            assert node.cause is None
        if isinstance(node, (ast.List, ast.Tuple)):
            assert not any(isinstance(item, ast.Starred) for item in node.elts)


@pytest.mark.usefixtures("no_root")
def test_no_venv_module(
    tmp_path: Path,
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_python(tmp_path, "python3", "3.12", venv="no venv")
    command(tmp_path, "apt-get", "exit 1")
    command(tmp_path, "tectonic", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.main() == 1
    line = error_line(capsys)
    assert "venv module: sudo apt-get install --no-install-recommends python3.12-venv" in line
    with pytest.raises(bootstrap.SetupError, match="install a complete Python"):
        bootstrap.plan_packages(("/opt/python3", (3, 12), False), [])


# ---- TeX


def test_tex_missing_without_root(
    tmp_path: Path,
    checkout: Path,
    bootstrap: ModuleType,
    no_root: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_python(tmp_path, "python3", "3.12")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.main() == 1
    assert "TeX lacks latexmk, pdflatex, bibtex, ...: install TeX Live" in error_line(capsys)
    command(tmp_path, "apt-get", "exit 1")
    assert bootstrap.main() == 1
    assert "sudo apt-get install --no-install-recommends latexmk" in error_line(capsys)
    assert not (checkout / ".venv").exists()


def test_tex_of_every_kind(
    tmp_path: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in bootstrap.TEX_COMMANDS:
        command(tmp_path, name, "exit 0")
    assert bootstrap.tex_gap() == list(bootstrap.TEX_FILES)
    body = 'for f; do [ $f = natbib.sty ] || echo "/tree with space/$f"; done; exit 1'
    command(tmp_path, "kpsewhich", body)
    assert bootstrap.tex_gap() == ["natbib.sty"]
    command(tmp_path, "tectonic", "exit 0")
    assert bootstrap.tex_gap() == ["natbib.sty"]
    (tmp_path / "latexmk").unlink()
    assert bootstrap.tex_gap() == []


def test_root_installs_packages(
    tmp_path: Path,
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    calls = tmp_path / "calls"
    command(tmp_path, "apt-get", f"echo \"$DEBIAN_FRONTEND $*\" >> '{calls}'")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap, "administrator", list)
    monkeypatch.setattr(bootstrap, "environment_is_ready", lambda root: True)
    # The apt-get of this test installs nothing, so that the set-up still finds no TeX.
    assert bootstrap.main() == 1
    assert "still lacks latexmk" in error_line(capsys)
    update, install = calls.read_text().splitlines()
    assert update.startswith("noninteractive ") and update.endswith(" update")
    assert "install -y --no-install-recommends latexmk texlive-latex-rec" in install
    command(tmp_path, "apt-get", "echo \"W: Temporary failure resolving 'x'\"; exit 100")
    assert bootstrap.main() == 1
    assert "no network: the Debian package server" in error_line(capsys)
