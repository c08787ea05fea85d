"""Install what only the tests need, where that may be done: a browser and a few commands.

`make test` calls it after the set-up, with the Python of .venv. The tests that need a command skip
themselves where there is none, so only a lack of git, with which they copy the checkout, is an
error.
"""

from __future__ import annotations

import platform
import shutil
import sys

import bootstrap

# The same as tests/pipeline/browser.py looks for.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Command and Debian package; the browser is apart, for its command has many names.
COMMANDS = {
    "git": "git",
    "latexdiff": "latexdiff",
    "openssl": "openssl",
    "pdftotext": "poppler-utils",
}
CHROMIUM = "chromium"


def has_browser() -> bool:
    """Whether a Chromium or Chrome runs: on Ubuntu its name belongs to a script without one."""
    paths = filter(None, map(shutil.which, BROWSERS))
    return any(bootstrap.ask([path, "--version"]) is not None for path in paths)


def missing() -> list[str]:
    """List the commands that are not there."""
    absent = [command for command in COMMANDS if shutil.which(command) is None]
    return absent if has_browser() else [CHROMIUM, *absent]


def is_debian() -> bool:
    """Whether this is Debian itself: Ubuntu's package of the browser holds only a snap."""
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


def install(packages: list[str], root: str) -> None:
    """Install Debian packages, the output going to the log of the set-up."""
    with open(f"{root}/.setup.lock", "a") as lock:
        bootstrap.take_lock(lock)
        with open(f"{root}/{bootstrap.LOG}", "wb") as log:
            bootstrap.install_packages(packages, log, lock, root)


def set_up(root: str) -> None:
    """Install what is missing; say in one line what stays so.

    Raises
    ------
    bootstrap.SetupError
        If there is no git, and none can be installed.
    """
    absent = missing()
    packages = [COMMANDS.get(name, name) for name in absent if name != CHROMIUM or is_debian()]
    reason = ""
    if packages and shutil.which("apt-get") and bootstrap.administrator() is not None:
        size = "about 30 s, 110 MB to fetch" if CHROMIUM in packages else "a few seconds"
        bootstrap.say(f"set-up: Debian packages {' '.join(packages)} for the tests ({size})")
        try:
            install(packages, root)
        except bootstrap.SetupError as error:
            reason = f" ({error})"
        absent = missing()
    if "git" in absent:
        raise bootstrap.SetupError(f"the tests need git: install it{reason}")
    if absent:
        bootstrap.say(
            f"set-up: no {', '.join(absent)}: the tests that need it will be skipped{reason}"
        )


if __name__ == "__main__":
    sys.exit(bootstrap.main(set_up))
