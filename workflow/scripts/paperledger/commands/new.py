"""Copy a small paper on this engine into a folder of its own, ready to build and to test."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

EXAMPLE = Path("docs/examples/paper")
ENGINE = Path("workflow/scripts/paperledger")
SETUP = ("setup/bootstrap.py", "setup/commands.py")
LEFT = shutil.ignore_patterns("__pycache__", ".pytest_cache")


def copy_paper(checkout: Path, folder: Path) -> None:
    """Copy example, engine and set-up; the folder appears whole or not at all.

    Raises
    ------
    FileExistsError
        The folder is there.
    FileNotFoundError
        The checkout has no example to copy.
    """
    if folder.exists():
        raise FileExistsError(f"expected a folder that is not there yet, found {folder}")
    if not (checkout / EXAMPLE).is_dir():
        raise FileNotFoundError(f"expected the example {EXAMPLE}, found none")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as work:
        made = Path(work, "paper")
        shutil.copytree(checkout / EXAMPLE, made, ignore=LEFT)
        shutil.copytree(checkout / ENGINE, made / ENGINE, ignore=LEFT)
        for name in SETUP:
            (made / name).parent.mkdir(exist_ok=True)
            shutil.copy2(checkout / name, made / name)
        os.replace(made, folder)


def main(arguments: list[str]) -> int:
    """Copy the paper and return 0, or say why not and return 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the new paper goes")
    options = parser.parse_args(arguments)
    try:
        copy_paper(Path(), options.folder)
    except OSError as error:
        print(f"error: {error.strerror or error}", file=sys.stderr)
        return 1
    print(f"new paper: {options.folder}; there: make, make test, make verify")
    return 0
