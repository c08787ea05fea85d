"""Install what only the tests need, where that may be done: a browser and a few commands.

`make test` calls it after the set-up, with the Python of .venv. The tests that need a command skip
themselves where there is none, so only a lack of git, with which they copy the checkout, is an
error.
"""

import platform
import sys
from shutil import which

from commands import SetupError, administrator, alone, ask, install_packages, main, say

# The same as tests/helpers/browser.py looks for.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Command and Debian package; the command of the browser has many names.
PACKAGES = {
    "chromium": "chromium",
    "git": "git",
    "latexdiff": "latexdiff",
    "openssl": "openssl",
    "pdftotext": "poppler-utils",
}


def missing() -> list[str]:
    """List the commands that are not there."""
    # On Ubuntu the browser's name belongs to a script without one: it has to run.
    runs = any(ask(path, "--version") is not None for path in map(which, BROWSERS) if path)
    absent = [name for name in PACKAGES if name != "chromium" and not which(name)]
    return absent if runs else ["chromium", *absent]


def is_debian() -> bool:
    """Whether this is Debian itself: Ubuntu's package of the browser holds only a snap."""
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


def set_up() -> None:
    """Install what is missing; say in one line what stays so.

    Raises
    ------
    SetupError
        If there is no git, and none can be installed.
    """
    absent = missing()
    packages = [PACKAGES[name] for name in absent if name != "chromium" or is_debian()]
    reason = ""
    if packages and which("apt-get") and administrator() is not None:
        size = "about 30 s, 110 MB to fetch" if "chromium" in packages else "a few seconds"
        say(f"set-up: Debian packages {' '.join(packages)} for the tests ({size})")
        try:
            with alone() as log:
                install_packages(packages, log)
        except SetupError as error:
            reason = f" ({error})"
        absent = missing()
    if "git" in absent:
        raise SetupError(f"the tests need git: install it{reason}")
    if absent:
        say(f"set-up: no {', '.join(absent)}: the tests that need it will be skipped{reason}")


if __name__ == "__main__":
    sys.exit(main(set_up))
