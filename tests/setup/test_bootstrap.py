"""The set-up: what it installs, and the one line that each failure ends in.

No test needs a network or TensorFlow: the lock file holds two tiny wheels made here.
"""

import errno
import shutil
import socket
import subprocess
import time
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

from .places import VERSION, command, error_line, files_below, variables

# ---- a set-up that works


def test_installs_into_a_folder_with_spaces(finished: tuple[Path, list[str]]) -> None:
    checkout, _ = finished
    python = checkout / ".venv/bin/python"
    query = "import tiny; print(tiny.__file__)"
    # -B: this import must not write the bytecode that the next test looks for.
    run = [str(python), "-I", "-B", "-c", query]
    found = subprocess.run(run, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(checkout / ".venv")
    assert files_below(checkout) == [".venv", "Makefile", "requirements.lock", "setup"]
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
