"""Kill builds of a tiny study at random moments, resume them, and compare every byte at the end.

One build is left alone: its bytes are what the others are held against. Then, in a fresh copy of
the checkout, EACH moments are drawn: a number of finished jobs, any as likely as any other, so that
short stages are met as often as long ones and on a busy machine as on a quiet one; and a time after
it, up to the mean duration of a job. The build of that copy is killed at the first of them
(SIGKILL, the whole process group), resumed, killed at the second, and so on; at last it is left to
end, and every file of results, figures and paper must be the same as in the build left alone. So it
goes, copy after copy, until there were KILLS kills.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.helpers.checkout import command, copy_checkout, digest, environment

ROOT = Path(__file__).resolve().parents[1]

# Every rule and protocol of the quick study, with fewer networks.
SMALLER = """
training: { epochs: 4 }
parts:
  framework:
    protocols:
      tail: { seeds: 2 }
      resample: { splits: 2, seeds: 1 }
agreement: { perturbations: 1 }
analysis: { resamples: 99 }
"""
CONFIG = "kills.yaml"
PATIENCE = 900.0  # seconds for a build


class Build:
    """A build in a copy of the checkout, as a process group of its own."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.log = log
        with open(log, "wb") as stream:
            self._process = subprocess.Popen(
                [*command("--quiet", "host"), CONFIG],
                cwd=folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        """Return what the build has said so far."""
        return self.log.read_text(errors="replace")

    def wait(self, seconds: float) -> bool:
        """Wait for the end; return whether it came."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Kill all processes of the build, and wait until the last is gone."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        # Those whose parent died first are init's to bury, which it may not do in a container.
        deadline = time.monotonic() + 10.0
        while time.monotonic() < deadline:
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)

    def finish(self) -> None:
        """Wait until the build has ended well."""
        if not self.wait(PATIENCE):
            self.kill()
            sys.exit(f"error: a build had not ended after {PATIENCE:g} s; --folder keeps its log")
        if self._process.returncode:
            sys.exit("error: a build failed: " + "\n".join(self.said().splitlines()[-20:]))


def finished(said: str) -> list[str]:
    """Return the jobs that had ended, by what Snakemake said."""
    return re.findall(r"^Finished jobid: (\d+)", said, re.MULTILINE)


def running(said: str) -> list[str]:
    """Return the rules that had begun and not ended, by what Snakemake said."""
    begun = re.compile(r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    jobid: (\d+)$", re.MULTILINE)
    ended = set(finished(said))
    return [rule for rule, job in begun.findall(said) if job not in ended]


def prepare(folder: Path) -> Path:
    """Copy the checkout, with the tiny study's configuration."""
    copy_checkout(folder)
    (folder / CONFIG).write_text(SMALLER)
    return folder


def undisturbed(folder: Path) -> tuple[int, float, dict[str, str]]:
    """Build without a kill, or take the build that is there; return its jobs, seconds and bytes."""
    seconds = folder / "seconds"
    if not seconds.exists():
        shutil.rmtree(folder, ignore_errors=True)
        start = time.monotonic()
        Build(prepare(folder), folder / "build.log").finish()
        seconds.write_text(f"{time.monotonic() - start:.1f}\n")
    n_jobs = len(finished((folder / "build.log").read_text(errors="replace")))
    return n_jobs, float(seconds.read_text()), digest(folder)


def kill_and_resume(folder: Path, moments: list[tuple[int, float]]) -> list[str]:
    """Kill one build at these moments, then let it end; return what ran at each.

    A moment is a number of finished jobs, all attempts together, and seconds after it.
    """
    prepare(folder)
    met, done = [], 0
    for number, (jobs, seconds) in enumerate(moments):
        build = Build(folder, folder / f"build{number}.log")
        while not (ended := build.wait(0.05)):
            said = build.said()
            # A build that is resumed first starts up; the first one is killed there too.
            if done + len(finished(said)) >= jobs and (running(said) or not number):
                break
        if ended or build.wait(seconds):
            break  # too late, and not counted
        build.kill()
        done += len(finished(build.said()))
        met.append(" and ".join(running(build.said())) or "no job")
    Build(folder, folder / "build.log").finish()
    return met


def main(arguments: list[str] | None = None) -> int:
    """Print what each kill met and return 0, or 1 if a byte differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30, help="how many in all")
    parser.add_argument("--each", type=int, default=3, help="how many in one copy")
    parser.add_argument("--seed", type=int, default=1, help="chooses the moments")
    parser.add_argument("--folder", type=Path, help="keeps logs, and the build left alone")
    options = parser.parse_args(arguments)
    if not 1 <= options.each <= options.kills:
        parser.error("expected at least one kill in each copy, and no more than in all")
    random.seed(options.seed)
    with tempfile.TemporaryDirectory(prefix="kills.") as name:
        folder = (options.folder or Path(name)).resolve()
        n_jobs, duration, expected = undisturbed(folder / "alone")
        print(
            f"left alone: {n_jobs} jobs, {duration:.0f} s, {len(expected)} files; "
            f"seed {options.seed}",
            flush=True,
        )
        total = copy = 0
        while total < options.kills:
            copy += 1
            n = min(options.each, options.kills - total)
            moments = sorted(
                (random.randrange(n_jobs), random.uniform(0.0, duration / n_jobs)) for _ in range(n)
            )
            place = folder / f"copy{options.seed}.{copy}"
            met = kill_and_resume(place, moments)
            total += len(met)
            for (jobs, seconds), what in zip(moments, met, strict=False):
                print(
                    f"copy {copy}: killed {seconds:.1f} s after {jobs} jobs, in {what}", flush=True
                )
            found = digest(place)
            differing = sorted(
                name for name in found.keys() | expected if found.get(name) != expected.get(name)
            )
            if differing:
                print(f"error: {place} differs in {', '.join(differing)}", file=sys.stderr)
                return 1
            print(f"copy {copy}: the same bytes", flush=True)
            shutil.rmtree(place)
    print(f"{total} kills in {copy} copies; {len(expected)} files the same in each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
