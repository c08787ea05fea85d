"""Run Snakemake alone in this checkout, on safe files, and clear up after a run that was killed.

Snakemake locks the folder itself, but a killed run leaves its lock behind, and a person has to
take it away. Here the operating system holds the lock, and lets go of it with the process.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow/scripts"))

from lrstudy.yaml_file import ConfigError, check_files

STATE = Path(".snakemake")
MADE = [Path(name) for name in ("results", "figures", "paper", "build")]


def configfiles(arguments: list[str]) -> list[str]:
    """Return the files that Snakemake would read its configuration from."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", default=[])
    parser.add_argument("--config", "-C", nargs="*", action="extend")
    return ["config/config.yaml", *parser.parse_known_args(arguments)[0].configfile]


def main(arguments: list[str]) -> int:
    """Run ``snakemake`` with these arguments and return its exit status."""
    try:
        check_files(configfiles(arguments))
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    try:
        STATE.mkdir(exist_ok=True)
        lock = os.open(STATE / "build.lock", os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.read(lock, 16) == b"running":  # the run before was killed
            shutil.rmtree(STATE / "locks", ignore_errors=True)
            for folder in MADE:
                for part in folder.rglob(".*.part"):  # see lrstudy/files.py
                    part.unlink()
        os.pwrite(lock, b"running", 0)
    except BlockingIOError:
        print("error: another build runs in this folder: wait for it, or end it", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: cannot write in {Path.cwd()}: {error.strerror}", file=sys.stderr)
        return 1
    # Snakemake inherits the lock: should this process be killed, no second build starts beside it.
    command = [sys.executable, "-m", "snakemake", *arguments]
    with subprocess.Popen(command, pass_fds=[lock]) as run:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches Snakemake by itself
        signal.signal(signal.SIGTERM, lambda *_: run.terminate())
        status = run.wait()
    if status >= 0:
        os.ftruncate(lock, 0)
        return status
    return 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
