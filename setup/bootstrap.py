"""Set up what `make paper` and `make test` need: the virtual environment .venv and TeX.

Standard library only, and old syntax only: Python 2.7 can still parse this file, so that an old
Python ends in one line that says what to install, and not in a syntax error.
"""

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VERSIONS = ((3, 11), (3, 12), (3, 13))
GIGABYTE = 1000000000
# The environment takes 2.6 GB; pip keeps the 0.7 GB of downloads beside it while it installs.
NEEDED = 4 * GIGABYTE
# Seconds for the first answer of the package index, unless the user's pip settings allow more.
PATIENCE = 15
LOG = ".setup.log"
STAMP = "complete"

TEX_COMMANDS = ("latexmk", "pdflatex", "bibtex", "kpsewhich")
TEX_FILES = (
    "amsmath.sty",
    "booktabs.sty",
    "caption.sty",
    "geometry.sty",
    "graphicx.sty",
    "hyperref.sty",
    "lmodern.sty",
    "microtype.sty",
    "natbib.sty",
    "subcaption.sty",
)
TEX_PACKAGES = (
    "latexmk",
    "texlive-latex-recommended",
    "texlive-fonts-recommended",
    "lmodern",
)

# These would send the packages elsewhere than to .venv, or change which ones are installed. All
# other pip settings (index, proxy, certificates, time-outs) are the user's and stay.
PIP_IGNORED = (
    "PIP_CONSTRAINT",
    "PIP_DRY_RUN",
    "PIP_PREFIX",
    "PIP_PYTHON",
    "PIP_ROOT",
    "PIP_TARGET",
)

FULL = "the disk is full: free %d GB and start again" % (NEEDED // GIGABYTE)
OFFLINE = "no network: %s did not answer; connect, or tell your proxy, and start again"
LOST = "the network was lost while packages were fetched: start again"
# What the logs of pip and apt-get say, and what it means; the first that fits is told.
FAILURES = (
    (r"No space left on device|Errno 28\b|enough free space|Disk quota exceeded", FULL),
    (
        r"DO NOT MATCH THE HASHES",
        "a download differs from its hash in requirements.lock: start again, and if it stays so, "
        "do not trust this package index",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verification failed",
        "the package server's certificate is not trusted: name your network's with PIP_CERT",
    ),
    (
        r"Name or service not known|name resolution|Failed to resolve|Could not resolve"
        r"|failure resolving|Connection ?(refused|reset|broken|aborted)|NewConnectionError"
        r"|ProxyError|timed out|TimeoutError|unreachable|IncompleteRead|Could not connect",
        LOST,
    ),
)


class SetupError(Exception):
    """What stops the set-up, as the one line that the user reads."""


def say(text):
    """Print one line at once, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def clean_environment():
    """Environment for child processes, without what would break a virtual environment."""
    drop = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    env = dict((k, v) for k, v in os.environ.items() if k not in drop + PIP_IGNORED)
    env["PIP_USER"] = "0"
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return env


def ask(command, timeout=60):
    """Output of a command, or None if it cannot run, fails or takes too long."""
    try:
        return subprocess.check_output(
            command,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=clean_environment(),
            timeout=timeout,
        ).decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return None


# ---- is everything there already? -------------------------------------------------------------


def fingerprint(root, version):
    """Tell what a finished .venv was made from: lock file, Python version ("3.11") and place."""
    with open(os.path.join(root, "requirements.lock"), "rb") as stream:
        lock = hashlib.sha256(stream.read()).hexdigest()
    lines = ["requirements.lock " + lock, "python " + version, "place "]
    return "\n".join(lines).encode() + os.fsencode(os.path.realpath(root)) + b"\n"


def environment_is_ready(root):
    """Whether .venv was finished here, from this lock file, and its Python still runs."""
    python = os.path.join(root, ".venv", "bin", "python")
    try:
        with open(os.path.join(root, ".venv", STAMP), "rb") as stream:
            found = stream.read()
    except OSError:
        return False
    query = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = ask([python, "-I", "-S", "-c", query])
    if version is None or found != fingerprint(root, version.strip()):
        return False
    wanted = os.environ.get("PYTHON")
    return not wanted or (ask([wanted, "-I", "-S", "-c", query]) or "") == version


def tex_gap():
    """List what TeX lacks; empty when the paper can be built."""
    if shutil.which("latexmk") is None and shutil.which("tectonic"):
        return []  # the paper is compiled with latexmk where there is one, otherwise with tectonic
    absent = [name for name in TEX_COMMANDS if shutil.which(name) is None]
    if not absent:
        # kpsewhich prints the path of each file that it finds, and fails if one is missing.
        try:
            found = subprocess.Popen(
                ("kpsewhich",) + TEX_FILES,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
            ).communicate()[0]
        except OSError:
            found = b""
        names = [os.path.basename(line) for line in found.decode("utf-8", "replace").split("\n")]
        absent = [name for name in TEX_FILES if name not in names]
    return absent


# ---- what has to be done, and can it be done? ---------------------------------------------------


def inspect_python(command):
    """Path, (major, minor) and whether venv works, for a Python command; None if it cannot run."""
    # The base interpreter, not the one of an activated environment, which may be deleted later.
    query = (
        "import sys; print(getattr(sys, '_base_executable', None) or sys.executable); "
        "print('%d.%d' % sys.version_info[:2])\n"
        "try:\n    import venv, ensurepip; print('venv')\n"
        "except ImportError: print('no venv')"
    )
    out = ask([command, "-E", "-s", "-c", query])
    lines = out.split("\n") if out else []
    if len(lines) < 3:
        return None
    return lines[0], tuple(int(part) for part in lines[1].split(".")), lines[2] == "venv"


def find_python(root):
    """Find a Python of a supported version.

    Returns
    -------
    tuple
        Path, (major, minor), and whether it can make virtual environments.

    Raises
    ------
    SetupError
        If there is none, with what was found.
    """
    own = os.path.realpath(os.path.join(root, ".venv", "bin"))
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    path = os.pathsep.join(f for f in folders if os.path.realpath(f) != own)
    named = os.environ.get("PYTHON")
    names = ["python3"] + ["python%d.%d" % v for v in reversed(VERSIONS)]
    seen = []
    for name in [named] if named else names:
        command = shutil.which(name, path=path)
        found = inspect_python(command) if command else None
        if found and found[1] in VERSIONS:
            return found
        if found:
            seen.append("%s is Python %d.%d" % ((name,) + found[1]))
        elif named:
            seen.append("PYTHON=%s does not run" % name)
    raise SetupError(
        "Python 3.11, 3.12 or 3.13 is needed, but %s. Install one (Debian, Ubuntu: apt-get "
        "install python3.11 python3.11-venv; or conda, pyenv), or name it: make PYTHON=/path/to/it"
        % (", ".join(seen) or "no python3 is on PATH")
    )


def administrator():
    """Prefix for a command that needs the administrator: [], ["sudo", "-n"], or None if none."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and ask(["sudo", "-n", "true"], timeout=10) is not None:
        return ["sudo", "-n"]
    return None


def plan_packages(python, gap):
    """Debian packages to install: for venv if `python` lacks it, for TeX if there is a `gap`.

    Raises
    ------
    SetupError
        If something is missing and cannot be installed from here.
    """
    packages = []
    reasons = []
    if python and not python[2]:
        # Only Debian's own Python gets its venv module from a Debian package.
        if not python[0].startswith("/usr/bin/"):
            raise SetupError(
                "%s lacks the venv or ensurepip module: install a complete Python, or name one: "
                "make PYTHON=/path/to/it" % python[0]
            )
        packages.append("python%d.%d-venv" % python[1])
        reasons.append("Python lacks its venv module")
    if gap:
        packages.extend(TEX_PACKAGES)
        reasons.append("TeX lacks %s" % ", ".join(gap[:3] + ["..."] * (len(gap) > 3)))
    if not packages:
        return []
    if shutil.which("apt-get") is None:
        advice = "install TeX Live (its LaTeX and recommended collections, latexmk) or tectonic"
        if python and not python[2]:
            advice = "install that module" + (", and " + advice[8:] if gap else "")
    elif administrator() is None:
        advice = "sudo apt-get install --no-install-recommends " + " ".join(packages)
    else:
        return packages
    raise SetupError("%s: %s" % (" and ".join(reasons), advice))


def check_space(root):
    """Raise SetupError if the environment does not fit on the disk."""
    free = shutil.disk_usage(root).free
    if free < NEEDED:
        raise SetupError(
            "the disk is too full: .venv needs %.0f GB, %.1f GB are free here"
            % (float(NEEDED) / GIGABYTE, float(free) / GIGABYTE)
        )


# ---- doing it -----------------------------------------------------------------------------------


def explain(log):
    """One line for a failure, from the text of its log."""
    for pattern, line in FAILURES:
        if re.search(pattern, log, re.IGNORECASE):
            return line
    errors = [line for line in log.split("\n") if re.match(r"\s*(ERROR|E|Error|\w+Error):", line)]
    return errors[-1].strip() if errors else "a command failed"


def run(command, log, lock, root, env=None, timeout=None, offline=None):
    """Run a command with its output in the log; raise SetupError with one line if it fails."""
    start = log.tell()
    log.write(("\n$ %s\n" % " ".join(command)).encode("utf-8", "replace"))
    log.flush()
    # The child keeps the lock open: should this process be killed alone, a second make still
    # waits until the child has ended.
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=root,
        env=env or clean_environment(),
        pass_fds=(lock.fileno(),),
    )
    try:
        code = child.wait(timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        code = None
    except KeyboardInterrupt:
        child.wait()  # it got the signal too; dpkg must not be cut off while it works
        raise
    if code == 0:
        return
    with open(log.name, "rb") as stream:
        stream.seek(start)
        text = stream.read().decode("utf-8", "replace")
    line = explain(text)
    if offline and (code is None or line == LOST):
        line = OFFLINE % offline
    raise SetupError("%s (details: %s)" % (line, LOG))


def install_packages(packages, log, lock, root):
    """Install Debian packages."""
    env = clean_environment()
    env["DEBIAN_FRONTEND"] = "noninteractive"
    prefix = administrator()
    if prefix:
        prefix = prefix + ["env", "DEBIAN_FRONTEND=noninteractive"]
    apt = prefix + ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    apt += ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=10"]
    server = "the Debian package server"
    run(apt + ["update"], log, lock, root, env, offline=server)
    install = ["install", "-y", "--no-install-recommends"] + list(packages)
    run(apt + install, log, lock, root, env, offline=server)


def build_requirements(lock_text):
    """Cut the entries of setuptools and wheel, with their hashes, out of a lock file."""
    entries = re.split(r"\n(?=\S)", lock_text)
    return "\n".join(e for e in entries if re.match(r"(setuptools|wheel)==", e)) + "\n"


def install_environment(python, version, log, lock, root):
    """Make .venv from requirements.lock, whole or not at all."""
    mark = fingerprint(root, "%d.%d" % version)  # now: the lock file may change meanwhile
    venv = os.path.join(root, ".venv")
    old = os.path.join(root, ".venv.old")
    if os.path.isdir(venv):
        # Finished, but from another lock file: it comes back if the new one cannot be made.
        remove(old)
        os.rename(venv, old)
    try:
        # In two steps, because venv hides why ensurepip failed.
        run([python, "-m", "venv", "--without-pip", venv], log, lock, root)
        own = [os.path.join(venv, "bin", "python"), "-m"]
        run(own + ["ensurepip", "--default-pip"], log, lock, root)
        # One disk to watch, and no surprise where /tmp is small: downloads go beside the packages.
        scratch = os.path.join(venv, "tmp")
        os.mkdir(scratch)
        env = clean_environment()
        env["TMPDIR"] = scratch
        install = own + [
            "pip",
            "--no-input",
            "install",
            "--compile",
            "--no-deps",
            "--require-hashes",
        ]
        # First setuptools and wheel: without a network this ends soon, and one package is there
        # as source only. It is built with these two, not with a download that no hash covers.
        first = os.path.join(scratch, "build.lock")
        with open(os.path.join(root, "requirements.lock")) as stream:
            text = build_requirements(stream.read())
        with open(first, "w") as stream:
            stream.write(text)
        given = [os.environ.get(name, "") for name in ("PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT")]
        given = [float(text) for text in given if re.match(r"\d+(\.\d+)?$", text)]
        command = install + ["--retries", "1", "-r", first]
        server = "the Python package index"
        run(command, log, lock, root, env, max([PATIENCE] + given), offline=server)
        # Compiled to bytecode here: without it each import of TensorFlow takes 10 s longer.
        command = install + ["--no-build-isolation", "-r", "requirements.lock"]
        run(command, log, lock, root, env)
        shutil.rmtree(scratch)
        stamp = os.path.join(venv, STAMP)
        with open(stamp + ".new", "wb") as stream:
            stream.write(mark)
        os.rename(stamp + ".new", stamp)
    except BaseException:
        shutil.rmtree(venv, ignore_errors=True)
        if os.path.isdir(old):
            os.rename(old, venv)
        raise
    remove(old)


def remove(folder):
    """Delete a folder that may be absent."""
    if os.path.isdir(folder):
        shutil.rmtree(folder)


def clear_unfinished(root):
    """Say why .venv is made anew, and delete it if its install was not finished."""
    venv = os.path.join(root, ".venv")
    if os.path.islink(venv):
        raise SetupError(".venv is a link: remove it and start again")
    if os.path.isfile(os.path.join(venv, STAMP)):
        say("set-up: .venv is from another requirements.lock, Python or folder: making it anew")
    elif os.path.isdir(venv):
        say("set-up: .venv was never finished: making it anew")
        shutil.rmtree(venv)


def take_lock(stream):
    """Wait until no other set-up runs in this checkout."""
    import fcntl  # absent on Windows, where it would break the message about that

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some cluster file systems have no locks; there, the user must not start two at once.
        if error.errno in (errno.EAGAIN, errno.EACCES):
            say("set-up: another one is running in this folder, waiting for it")
            fcntl.flock(stream, fcntl.LOCK_EX)


def set_up(root):
    """Install what is missing; silent when nothing is."""
    if environment_is_ready(root) and not tex_gap():
        return
    with open(os.path.join(root, ".setup.lock"), "a") as lock:
        take_lock(lock)
        gap = tex_gap()
        if environment_is_ready(root) and not gap:
            return  # the one that was waited for has done it
        python = None if environment_is_ready(root) else find_python(root)
        # All that can be known to fail does so now, not after minutes.
        packages = plan_packages(python, gap)
        if python:
            clear_unfinished(root)
            check_space(root)
        start = time.time()
        with open(os.path.join(root, LOG), "wb") as log:
            if packages:
                size = "TeX: about 60 s, 63 MB to fetch" if gap else "a few seconds"
                say("set-up: Debian packages %s (%s)" % (" ".join(packages), size))
                install_packages(packages, log, lock, root)
                gap = tex_gap()
                if gap:
                    raise SetupError(
                        "the TeX on PATH (%s) still lacks %s: install it there, or take that TeX "
                        "off PATH" % (shutil.which("latexmk"), ", ".join(gap[:3]))
                    )
            if python:
                say(
                    "set-up: Python %d.%d packages into .venv (about 90 s, 700 MB to fetch, "
                    "2.6 GB on disk)" % python[1]
                )
                install_environment(python[0], python[1], log, lock, root)
        say("set-up: done in %.0f s" % (time.time() - start))


def main(work=None):
    """Run the set-up, or other `work` on the checkout; return the exit status."""
    if sys.version_info < (3, 5):
        found = "%d.%d" % sys.version_info[:2]
        say("error: Python 3.11, 3.12 or 3.13 is needed, but this is %s: install one" % found)
        return 1
    try:
        (work or set_up)(ROOT)
    except SetupError as error:
        line = str(error)
    except KeyboardInterrupt:
        line = "stopped; start again to finish the set-up"
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            line = FULL
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            name = os.path.basename(error.filename or "") or "this folder"
            line = "no permission to write %s: work in a copy that is yours" % name
        else:
            line = str(error)
    else:
        return 0
    sys.stdout.flush()
    sys.stderr.write("error: %s\n" % line)
    return 1


if __name__ == "__main__":
    sys.exit(main())
