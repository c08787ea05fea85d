"""What of the user's shell reaches a build: variables that are pinned, dropped or kept, and why.

Standard library only, as this comes before all else. The study has entries of its own.
"""

from __future__ import annotations

import getpass
import os
import site
import sys
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """Variables, named or by patterns, blanks between them, and what becomes of them.

    A `value` is given to them, whether the shell has them or not. Without one they are dropped,
    unless `kept`.
    """

    names: str
    reason: str
    value: str | None = None
    kept: bool = False

    def fits(self, name: str) -> bool:
        """Tell whether a variable is one of these."""
        return any(fnmatchcase(name, pattern) for pattern in self.names.split())


# The first entry that fits a variable is the one that counts; what none fits is kept.
VARIABLES = (
    # Python and the shells that run the jobs.
    Entry("PYTHONNOUSERSITE", "packages are the lock's, none of ~/.local", "1"),
    Entry("PYTHON?*", "modules from elsewhere, no assertions, a prompt at the end, other warnings"),
    Entry("ENV BASH_ENV BASH_FUNC_* SHELLOPTS BASHOPTS CDPATH", "code and options of an own shell"),
    Entry("GIT_*", "a git hook's name the repository that it was called for"),
    Entry("SNAKEMAKE_PROFILE", "another profile than the checkout's: --profile names one"),
    # Numbers and figures.
    Entry("NPY_* NUMPY_* PANDAS_* SCIPY_* SKLEARN_* GLIBC_TUNABLES", "other code, other last bits"),
    # Snakemake itself gives each job its threads.
    Entry("OMP_* KMP_* GOMP_* OPENBLAS_* GOTO_* MKL_* BLIS_* VECLIB_* NUMEXPR_*",
          "threads and code of linear algebra, which order its sums"),
    Entry("MPLBACKEND", "Jupyter and Colab pass on theirs, which is not installed here", "agg"),
    Entry("MATPLOTLIBRC", "figures have the style of their code; an empty file", os.devnull),
    Entry("SOURCE_DATE_EPOCH", "the clock of PDFs is the paper's date"),
    # What may stay.
    Entry("TEX* BIB* BST* PERL*", "TeX gets an environment of its own: tex/compile.py", kept=True),
    Entry("PIP_*", "no build installs; the set-up has a list: setup/commands.py", kept=True),
    Entry("LANG LANGUAGE LC_* TZ", "the user's words and clock; no result has them", kept=True),
    Entry("HOME USER TMPDIR XDG_* MPLCONFIGDIR", "caches; see `provide_home`", kept=True),
    Entry("LD_* DYLD_*", "where a cluster's modules keep libraries", kept=True),
    Entry("*_proxy *_PROXY SSL_* REQUESTS_*", "the way to the network", kept=True),
)  # fmt: skip


def settle(entries: Iterable[Entry], variables: MutableMapping[str, str] | None = None) -> None:
    """Pin and drop the variables of these entries, in this process if none are given.

    Examples
    --------
    >>> given = {"MPLBACKEND": "qtagg", "GIT_DIR": "/elsewhere", "TZ": "UTC"}
    >>> settle(VARIABLES, given)
    >>> sorted(given)
    ['MATPLOTLIBRC', 'MPLBACKEND', 'PYTHONNOUSERSITE', 'TZ']
    """
    entries = list(entries)
    given = os.environ if variables is None else variables
    for name in list(given):
        entry = next((entry for entry in entries if entry.fits(name)), None)
        if entry and not entry.kept:
            del given[name]
    given.update({entry.names: entry.value for entry in entries if entry.value is not None})


def forget_modules() -> None:
    """Take from this process's path what the user has put there: PYTHONPATH, ~/.local.

    A module that lies there has no version in the lock, and would be imported in place of one that
    has. To be called before `settle`, which forgets the places.
    """
    own = str(Path(__file__).parents[2])
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    theirs = {site.getusersitepackages(), *map(os.path.abspath, filter(None, given))} - {own}
    sys.path[:] = [place for place in sys.path if place not in theirs]


def provide_home(folder: Path) -> None:
    """Give this process a home in `folder`, and a name, where it has none.

    So run containers: as a number that no file knows, at home in / or nowhere. Snakemake and
    Matplotlib keep caches at home, and Snakemake asks for the name.
    """
    home = Path(os.environ.get("HOME", ""))
    if not (home.is_absolute() and home.is_dir() and os.access(home, os.W_OK | os.X_OK)):
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["HOME"] = str(folder.absolute())
    try:
        getpass.getuser()
    except (KeyError, OSError):  # OSError from Python 3.13 on
        os.environ["USER"] = "anyone"
