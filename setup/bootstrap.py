"""Set up what `make paper` and `make test` need: the virtual environment .venv, and TeX.

`bootstrap.py recheck` and `verify` do without what trains: where there is no .venv, they install a
part of the lock into .venv-light. `bootstrap.py NAME` installs another of LOCKS. Silent, in a
fraction of a second, where all is there. Standard library only, and no syntax that Python 3.6
cannot read: it says what it needs.
"""

import hashlib
import os
import re
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from shutil import disk_usage, rmtree, which
from tempfile import TemporaryDirectory
from typing import BinaryIO

HERE = "%d.%d" % sys.version_info[:2]
if HERE not in ("3.11", "3.12", "3.13", "3.14"):
    sys.exit(f"error: Python 3.11, 3.12 or 3.13 is needed, but {sys.executable} is {HERE}")

from commands import ROOT, SetupError, administrator, alone, ask, install_packages, main, run, say

# Not the Python of an activated environment, which may be deleted later.
BASE = str(getattr(sys, "_base_executable", sys.executable))
# The file of each lock; what marks it as installed; the free GB that it asks for, and what is told.
# The mark "complete" is that of an environment of the lock's own; others are in one that is there.
LIGHT = "requirements.lock without what trains"
LOCKS = {
    "": ("requirements.lock", ".venv/complete", 4, "about 70 s, 700 MB to fetch, 2.6 GB on disk"),
    "recheck": (LIGHT, ".venv-light/complete", 1, "about 30 s, 190 MB to fetch, 0.7 GB on disk"),
    "verify": (LIGHT, ".venv-light/complete", 1, "about 30 s, 190 MB to fetch, 0.7 GB on disk"),
    "bench": ("bench/requirements.lock", ".venv-bench/complete", 1, "0.6 GB"),
    "cluster": ("profiles/requirements.lock", ".venv/cluster", 0, "a few seconds"),
    "mutants": ("tests/mutation/requirements.lock", ".venv/mutants", 0, "a few seconds"),
}
WHEELS = "wheels"  # where an archive has the lock's packages (make archive WHEELS=1)
NEED_TEX = ("", "recheck")
TEX_COMMANDS = ["latexmk", "pdflatex", "bibtex", "kpsewhich"]
TEX_FILES = ["amsmath.sty", "booktabs.sty", "caption.sty", "float.sty", "geometry.sty",
    "graphicx.sty", "hyperref.sty", "lmodern.sty", "longtable.sty", "microtype.sty", "multicol.sty",
    "natbib.sty", "xcolor.sty"]  # fmt: skip
TEX_PACKAGES = ["latexmk", "texlive-latex-recommended", "texlive-fonts-recommended", "lmodern"]


def tex_gap() -> list:
    """List what TeX lacks; empty when the paper can be built."""
    if not which("latexmk") and which("tectonic"):
        return []  # the paper is compiled with latexmk where there is one, otherwise with tectonic
    absent = [name for name in TEX_COMMANDS if not which(name)]
    # kpsewhich prints the path of each file that it finds, and fails if one is missing.
    found = ask("kpsewhich", *TEX_FILES, check=False) or ""
    names = {os.path.basename(line) for line in found.splitlines()}
    return absent or [name for name in TEX_FILES if name not in names]


def read_lock(lock: str) -> str:
    """Return the text of a lock; of LIGHT the entries that it names, by uv's ``via`` notes."""
    if lock != LIGHT:
        return (ROOT / lock).read_text("utf-8")
    entries = {e.split("=")[0]: e for e in lock_entries(read_lock("requirements.lock"))}
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    asked = takewhile(lambda line: not line.startswith(("# training", "# tests")), lines)
    via = re.compile(r"^ +# (?:via |  )(\S+)$", re.MULTILINE)
    needed, more = set(), {re.split("[=; ]", line)[0] for line in asked} & set(entries)
    while more:
        needed |= more
        more = {n for n, e in entries.items() if needed.intersection(via.findall(e))} - needed
    return "".join(entries[name] + "\n" for name in sorted(needed))


def lock_entries(text: str) -> list:
    """Split a lock into its packages' entries, hashes and notes among them."""
    return re.split(r"\n(?=[A-Za-z0-9])", "\n" + text.rstrip("\n"))[1:]


def check_python(text: str) -> None:
    """Refuse a Python for which a package of a lock is not made.

    Raises
    ------
    SetupError
        Says which Python to name.
    """
    if HERE == "3.14" and re.search(r"^tensorflow\S*==", text, re.MULTILINE):
        raise SetupError(
            f"TensorFlow has no stable version for Python 3.14 yet, but {BASE} is one: name "
            "another (make PYTHON=python3.13). Without a .venv make recheck needs none"
        )


def missing_packages(gap: list, python: bool, text: str = "") -> list:
    """Debian packages for what TeX lacks and, if `python` has to make an environment, for that.

    These are its venv module and, where the lock's `text` has a package without a wheel for this
    Python, a compiler.

    Raises
    ------
    SetupError
        If something is missing and cannot be installed from here.
    """
    needs = []  # what is lacking, its packages, what to do without them
    if python and not (find_spec("venv") and find_spec("ensurepip")):
        lack, advice = f"{BASE} lacks the venv or ensurepip module", "install a complete Python"
        if not BASE.startswith("/usr/bin/"):  # only Debian's own Python has it in a package
            raise SetupError(f"{lack}: {advice}, or name one: make PYTHON=/path/to/it")
        needs.append((lack, [f"python{HERE}-venv"], advice))
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    header = Path(sysconfig.get_paths()["include"], "Python.h")
    built = HERE == "3.14" and re.search("^immutables==", text, re.MULTILINE)
    if built and not (which(compiler) and header.is_file()):
        advice = "install a C compiler and Python's headers"
        lack = f"no wheel of immutables is made for Python {HERE} yet, and it cannot be compiled"
        needs.append((lack, ["gcc", "libc6-dev", f"python{HERE}-dev"], advice))
    if gap:
        lack = "TeX lacks " + ", ".join(gap[:3] + ["..."] * (len(gap) > 3))
        advice = "install TeX Live (its LaTeX and recommended collections, latexmk) or tectonic"
        needs.append((lack, TEX_PACKAGES, advice))
    packages = [package for need in needs for package in need[1]]
    if packages and (not which("apt-get") or administrator() is None):
        advice = ", and ".join(need[2] for need in needs)
        if which("apt-get"):
            advice = "sudo apt-get install --no-install-recommends " + " ".join(packages)
        raise SetupError(" and ".join(need[0] for need in needs) + f": {advice}")
    return packages


def fingerprint(lock: str, version: str) -> bytes:
    """Tell what an installed lock was made from: its file, Python ("3.11") and place."""
    digest = hashlib.sha256(read_lock(lock).encode()).hexdigest()
    place = os.path.realpath(str(ROOT))
    return os.fsencode(f"{lock} {digest}\npython {version}\nplace {place}\n")


def is_ready(lock: str, mark: str) -> bool:
    """Whether this lock was installed here to the end, and its Python still runs."""
    path = ROOT / mark
    query = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = path.is_file() and ask(str(path.parent / "bin/python"), "-ISc", query)
    if not version or (os.environ.get("PYTHON") and version.strip() != HERE):
        return False
    return path.read_bytes() == fingerprint(lock, version.strip())


@contextmanager
def made_anew(folder: Path, space: float) -> Iterator[None]:
    """Clear the place of an environment; a finished one comes back if the new one fails."""
    old = folder.with_name(folder.name + ".old")
    if folder.is_symlink():
        raise SetupError(f"{folder.name} is a link: remove it and start again")
    if (folder / "complete").is_file():
        say(f"set-up: {folder.name} is from another lock, Python or folder: making it anew")
        rmtree(str(old), ignore_errors=True)
        folder.rename(old)
    elif folder.is_dir():
        say(f"set-up: {folder.name} was never finished: making it anew")
        rmtree(str(folder))
    try:
        free = disk_usage(str(ROOT)).free / 1e9
        if free < space:
            need = f"{folder.name} needs {space:g} GB, {free:.1f} GB are free here"
            raise SetupError(f"the disk is too full: {need}")
        yield
    except BaseException:
        rmtree(str(folder), ignore_errors=True)
        if old.is_dir():
            old.rename(folder)
        raise
    rmtree(str(old), ignore_errors=True)


def install(lock: str, mark: str, log: BinaryIO) -> None:
    """Install a lock, and what it goes into if that is its own; the mark comes last."""
    done = fingerprint(lock, HERE)  # now: the lock file may change meanwhile
    folder, kind = (ROOT / mark).parent, Path(mark).name
    python = [str(folder / "bin/python"), "-m"]
    # Most of it is never imported, and what is compiles itself when it is first.
    pip = [*python, "pip", "--no-input", "install", "--no-compile", "--no-deps", "--require-hashes"]
    if lock in (LOCKS[""][0], LIGHT) and (ROOT / WHEELS).is_dir():
        say(f"set-up: the packages come from {WHEELS}/; without that folder, from the index")
        pip += ["--no-index", "--find-links", WHEELS]
    if kind == "complete":
        # In two steps, because venv hides why ensurepip failed.
        run([BASE, "-m", "venv", "--without-pip", str(folder)], log)
        run([*python, "ensurepip", "--default-pip"], log)
    # One disk to watch, and no surprise where /tmp is small: downloads go beside the packages.
    with TemporaryDirectory(dir=str(folder)) as scratch:
        if kind == "complete":
            # First setuptools and wheel: without a network this ends soon, and a package that is
            # there as source only is built with these two, not with a download without a hash.
            entries = lock_entries(read_lock("requirements.lock"))
            first = Path(scratch, "build.lock")
            first.write_text("\n".join(e for e in entries if re.match("(setuptools|wheel)==", e)))
            run([*pip, "--retries", "1", "-r", str(first)], log, TMPDIR=scratch)
        if lock == LIGHT:
            Path(scratch, "light.lock").write_text(read_lock(lock), "utf-8")
        file = str(Path(scratch, "light.lock")) if lock == LIGHT else lock
        run([*pip, "--no-build-isolation", "-r", file], log, TMPDIR=scratch)
    (ROOT / mark).write_bytes(done)


def set_up(name: str = "") -> None:
    """Install what is missing; silent when nothing is."""
    lock, mark, space, costs = LOCKS[name]
    whole = ROOT / LOCKS[""][1]
    if lock == LIGHT and whole.is_file():  # the Makefile uses it, too
        lock, mark, space, costs = LOCKS[""]
    folder = (ROOT / mark).parent

    def state() -> tuple:
        return is_ready(lock, mark), tex_gap() if name in NEED_TEX else []

    if state() == (True, []):
        return
    with alone() as log, ExitStack() as stack:
        ready, gap = state()
        if ready and not gap:
            return  # the one that was waited for has done it
        # All that can be known to fail does so now, not after minutes.
        new = not ready and Path(mark).name == "complete"
        text = read_lock(lock) if new else ""
        check_python(text)
        packages = missing_packages(gap, new, text)
        if new:
            stack.enter_context(made_anew(folder, space))
        start = time.time()
        if packages:
            size = "TeX: about 60 s, 63 MB to fetch" if gap else "a few seconds"
            say(f"set-up: Debian packages {' '.join(packages)} ({size})")
            install_packages(packages, log)
            gap = gap and tex_gap()
            if gap:
                raise SetupError(
                    f"the TeX on PATH ({which('latexmk')}) still lacks {', '.join(gap[:3])}: "
                    "install it there, or take that TeX off PATH"
                )
        if not ready:
            say(f"set-up: Python {HERE} packages of {lock} into {folder.name} ({costs})")
            install(lock, mark, log)
        if new and folder == whole.parent:
            rmtree(str((ROOT / LOCKS["recheck"][1]).parent), ignore_errors=True)  # no longer used
        say(f"set-up: done in {time.time() - start:.0f} s")


if __name__ == "__main__":
    sys.exit(main(lambda: set_up(*sys.argv[1:])))
