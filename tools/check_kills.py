"""Kill builds of a tiny study at random moments, resume them, and compare every byte at the end.

One build is left alone; its duration D and its bytes are what the others are held against. Then, in
a fresh copy of the checkout, EACH moments are drawn between 0 and D. The build of that copy is
killed at the first of them (SIGKILL, the whole process group), resumed, killed at the second, and
so on; at last it is left to end, and every file of results, figures and paper must be the same as
in the build left alone. So it goes, copy after copy, until there were KILLS kills. The clock of the
moments stands still while a resumed build starts up, so that late stages are met as often as early
ones.
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

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.pipeline.checkout import command, copy_checkout, digest, environment  # noqa: E402

# Every rule and protocol of the quick study, with fewer networks.
SMALLER = """
training: { epochs: 4 }
parts:
  framework:
    protocols:
      tail: { seeds: 2 }
      resample: { splits: 2, seeds: 1 }
agreement: { nudges: 1 }
analysis: { resamples: 99 }
"""
CONFIG = "kills.yaml"
PATIENCE = 900.0  # seconds for a build


class Build:
    """A build in a copy of the checkout, as a process group of its own."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.log = log
        self._start = time.monotonic()
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

    def started(self) -> bool:
        """Tell whether the first job has begun."""
        return bool(running(self.log.read_text(errors="replace")))

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

    def finish(self) -> float:
        """Wait until the build has ended well, and return its seconds."""
        if not self.wait(PATIENCE):
            self.kill()
            sys.exit(f"error: a build had not ended after {PATIENCE:g} s; --folder keeps its log")
        if self._process.returncode:
            said = self.log.read_text(errors="replace").splitlines()[-20:]
            sys.exit("error: a build failed: " + "\n".join(said))
        return time.monotonic() - self._start


def running(said: str) -> list[str]:
    """Return the rules that had begun and not ended, by what Snakemake said."""
    begun = re.findall(r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    jobid: (\d+)$", said, re.M)
    ended = set(re.findall(r"^Finished jobid: (\d+)", said, re.M))
    return [rule for rule, job in begun if job not in ended]


def prepare(folder: Path) -> Path:
    """Copy the checkout, with the tiny study's configuration."""
    copy_checkout(folder)
    (folder / CONFIG).write_text(SMALLER)
    return folder


def undisturbed(folder: Path) -> tuple[float, dict[str, str]]:
    """Build without a kill, or take the build that is there; return its seconds and its bytes."""
    seconds = folder / "seconds"
    if not seconds.exists():
        shutil.rmtree(folder, ignore_errors=True)
        duration = Build(prepare(folder), folder / "build.log").finish()
        seconds.write_text(f"{duration:.1f}\n")
    return float(seconds.read_text()), digest(folder)


def kill_and_resume(folder: Path, moments: list[float]) -> list[str]:
    """Kill one build at these moments of its time, then let it end; return what ran at each."""
    prepare(folder)
    met, before = [], 0.0
    for number, moment in enumerate(moments):
        build = Build(folder, folder / f"build{number}.log")
        while number and not build.started() and not build.wait(0.05):
            pass
        if build.wait(moment - before):
            break  # too late: it has ended, on a machine less busy than when D was measured
        build.kill()
        met.append(" and ".join(running(build.log.read_text(errors="replace"))) or "no job")
        before = moment
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
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kills.") as name:
        folder = (options.folder or Path(name)).resolve()
        duration, expected = undisturbed(folder / "alone")
        print(f"left alone: {duration:.0f} s, {len(expected)} files; seed {options.seed}")
        total = copy = 0
        while total < options.kills:
            copy += 1
            n = min(options.each, options.kills - total)
            moments = sorted(draw.uniform(0.0, duration) for _ in range(n))
            place = folder / f"copy{options.seed}.{copy}"
            met = kill_and_resume(place, moments)
            total += len(met)
            for moment, what in zip(moments, met, strict=False):
                print(f"copy {copy}: killed at {moment:.1f} s in {what}", flush=True)
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
