"""The set-up: what it installs, and the one line that each failure ends in.

No test needs a network or TensorFlow: the lock file holds two tiny wheels made here.
"""

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers.places import HERE, command, error_line, files_below, make, variables

# ---- a set-up that works


def test_installs_into_a_folder_with_spaces(finished: tuple[Path, list[str]]) -> None:
    checkout, _ = finished
    python = checkout / ".venv/bin/python"
    query = "import tiny; print(tiny.__file__)"
    run = [str(python), "-I", "-c", query]
    found = subprocess.run(run, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(checkout / ".venv")
    assert not files_below(checkout.parent / "elsewhere")
    assert [path.name for path in (checkout / ".venv").glob("tmp*")] == []


def test_two_at_once_install_once(finished: tuple[Path, list[str]]) -> None:
    waited, worked = sorted(finished[1], key=len)
    assert waited == "set-up: another one is running in this folder, waiting for it\n"
    assert len(worked.splitlines()) == 2
    assert "packages of requirements.lock into .venv" in worked


def test_second_call_is_silent_and_quick(place: Path, finished: tuple[Path, list[str]]) -> None:
    log = finished[0] / ".setup.log"
    before = log.stat().st_mtime_ns
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        again = make(finished[0], variables(place))
        seconds.append(time.perf_counter() - start)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert min(seconds) < 1
    assert log.stat().st_mtime_ns == before


def test_interrupted_install_is_made_anew(
    checkout: Path, bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / ".venv/lib").mkdir(parents=True)
    (checkout / ".venv/lib/half").touch()
    assert bootstrap.main(bootstrap.set_up) == 0
    assert "never finished" in capsys.readouterr().out
    assert not (checkout / ".venv/lib/half").exists()
    assert bootstrap.is_ready(*bootstrap.LOCKS[""][:2])


def test_a_second_set_up_waits_for_what_a_killed_one_left_running(
    checkout: Path, tmp_path: Path
) -> None:
    code = "import sys; from commands import *\nwith alone() as log: run(sys.argv[1:], log)"
    (tmp_path / "go").write_text("")
    body = f"touch '{tmp_path}/started'; while [ -e '{tmp_path}/go' ]; do sleep 0.05; done"
    command(tmp_path, "work", body)

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=checkout / "setup")

    with start(str(tmp_path / "work")) as killed:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
    with start("true") as second:
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(1)
        (tmp_path / "go").unlink()
        assert second.wait(30) == 0


def test_moved_or_changed_is_noticed(
    finished: tuple[Path, list[str]],
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock, mark = bootstrap.LOCKS[""][:2]
    shutil.copytree(finished[0] / ".venv", checkout / ".venv", symlinks=True)
    assert not bootstrap.is_ready(lock, mark)
    (checkout / mark).write_bytes(bootstrap.fingerprint(lock, HERE))
    assert bootstrap.is_ready(lock, mark)
    # A Python that is named has to be that of the environment, and of any other one is none said.
    monkeypatch.setattr(bootstrap, "HERE", "3.10")
    assert bootstrap.is_ready(lock, mark)
    monkeypatch.setenv("PYTHON", "python3.10")
    assert not bootstrap.is_ready(lock, mark)
    monkeypatch.delenv("PYTHON")
    with open(checkout / "requirements.lock", "a") as stream:
        stream.write("# another\n")
    assert not bootstrap.is_ready(lock, mark)


def test_further_locks(
    finished: tuple[Path, list[str]], place: Path, bootstrap: ModuleType
) -> None:
    def extra(name: str) -> str:
        run = [".venv/bin/python", "-E", "setup/bootstrap.py", name]
        return subprocess.run(
            run, cwd=finished[0], env=variables(place), check=True, capture_output=True, text=True
        ).stdout

    def has(folder: str, *modules: str) -> bool:
        run = [f"{folder}/bin/python", "-Ic", f"import {', '.join(modules)}"]
        return subprocess.run(run, cwd=finished[0], capture_output=True).returncode == 0

    assert "bench/requirements.lock into .venv-bench" in extra("bench")
    assert "profiles/requirements.lock into .venv" in extra("cluster")
    assert has(".venv", "of_profiles", "tiny") and not has(".venv", "of_bench")
    assert has(".venv-bench", "of_bench") and not has(".venv-bench", "tiny")
    assert (extra("bench"), extra("cluster")) == ("", "")
    assert make(finished[0], variables(place)).stdout == ""


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
    assert bootstrap.main(bootstrap.set_up) == 1
    assert time.perf_counter() - start < 60  # 5 s on a machine with nothing else to do
    assert "no network" in error_line(capsys)
    log = (checkout / ".setup.log").read_text()
    # The first download is small and soon given up; that of the packages was not begun.
    assert log.splitlines()[-1].startswith("ERROR: No matching distribution found for setuptools")
    assert "-r requirements.lock" not in log
    # What was there before is there again.
    assert files_below(checkout / ".venv") == ["complete"]


def test_the_lock_is_not_built_with_what_no_hash_covers(
    checkout: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    first = ""

    def record(command: list[str], log: object, **more: str) -> None:
        nonlocal first
        calls.append(command)
        if "venv" in command:
            Path(command[-1]).mkdir()
        elif command[-1].endswith("build.lock"):
            first = Path(command[-1]).read_text()
            assert Path(more["TMPDIR"]).is_relative_to(checkout / ".venv")

    monkeypatch.setattr(bootstrap, "run", record)
    bootstrap.install(*bootstrap.LOCKS[""][:2], None)
    assert [line.split("=")[0] for line in first.splitlines()[::2]] == ["setuptools", "wheel"]
    assert all({"--no-compile", "--require-hashes", "--no-deps"} < set(call) for call in calls[2:])
    assert "--no-build-isolation" in calls[-1] and calls[-1][-1] == "requirements.lock"


def test_an_archives_wheels_need_no_index(
    place: Path,
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{closed_port()}/simple")
    shutil.copytree(place / "wheels", checkout / "wheels")
    assert bootstrap.main(bootstrap.set_up) == 0
    assert "from wheels/" in capsys.readouterr().out
    assert (checkout / ".venv/complete").is_file()
    # Those for another Python or system.
    shutil.rmtree(checkout / ".venv")
    next((checkout / "wheels").glob("tiny-*")).unlink()
    assert bootstrap.main(bootstrap.set_up) == 1
    assert "No matching distribution found for tiny" in error_line(capsys)


def test_wrong_hash(
    checkout: Path, bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = checkout / "requirements.lock"
    lines = lock.read_text().splitlines()
    lines[-1] = "    --hash=sha256:" + "0" * 64
    lock.write_text("\n".join(lines) + "\n")
    assert bootstrap.main(bootstrap.set_up) == 1
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
    monkeypatch.setattr(bootstrap, "disk_usage", lambda path: usage(9_900_000))
    monkeypatch.setattr(bootstrap, "run", pytest.fail)
    assert bootstrap.main(bootstrap.set_up) == 1
    assert "too full: .venv needs 0.01 GB, 0.0 GB" in error_line(capsys)
    assert not (checkout / ".venv").exists()


def test_a_link_is_left_alone(
    checkout: Path, bootstrap: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "theirs").mkdir()
    (checkout / ".venv").symlink_to(tmp_path / "theirs")
    assert bootstrap.main(bootstrap.set_up) == 1
    assert ".venv is a link" in error_line(capsys)
    assert (checkout / ".venv").is_dir()


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
        for module in (bootstrap, sys.modules["commands"]):
            monkeypatch.setattr(module, "ROOT", small / "checkout")
        monkeypatch.setitem(bootstrap.LOCKS, "", (*bootstrap.LOCKS[""][:2], 0, ""))
        assert bootstrap.main(bootstrap.set_up) == 1
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
    ],
)
def test_log_is_told_in_one_line(bootstrap: ModuleType, log: str, expected: str) -> None:
    line = sys.modules["commands"].explain(log)
    assert expected in line
    assert "\n" not in line


def test_a_failure_without_words_is_told(
    checkout: Path, bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        with bootstrap.alone() as log:
            bootstrap.run(["false"], log)

    assert bootstrap.main(fail) == 1
    assert ".setup.log" in error_line(capsys)
    assert (checkout / ".setup.log").read_text() == "\n$ false\n"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "the disk is full"),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), "the disk is full"),
        (OSError(errno.EACCES, os.strerror(errno.EACCES), "/x/.setup.log"), "/x/.setup.log"),
        (OSError(errno.EACCES, os.strerror(errno.EACCES), "/x/.setup.log"), "no permission"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "/x/.setup.log"), "no permission"),
        (OSError(errno.EIO, os.strerror(errno.EIO), "/x/.setup.log"), "/x/.setup.log"),
        (KeyboardInterrupt(), "start again"),
    ],
)
def test_other_errors_are_one_line(
    bootstrap: ModuleType,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    expected: str,
) -> None:
    def fail() -> None:
        raise error

    assert bootstrap.main(fail) == 1
    assert expected in error_line(capsys)
