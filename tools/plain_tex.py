"""Plain pdflatex and bibtex on a folder, as a reader or arXiv runs them, without the workflow."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path

PDFLATEX = ("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error",
            "-no-shell-escape", "main.tex")  # fmt: skip
BIBTEX = ("bibtex", "main")
WHOLE = (PDFLATEX, BIBTEX, PDFLATEX, PDFLATEX)
# Where TeX would look besides the folder and its own installation.
SEARCHED = ("BIBINPUTS", "BSTINPUTS", "TEXINPUTS", "TEXMFHOME")


class ToolError(Exception):
    """The tool cannot do what it is for; the message says why, for the user."""


def typeset(folder: Path, commands: Sequence[Sequence[str]] = WHOLE) -> str:
    """Run TeX on main.tex in a folder and return its last log.

    Raises
    ------
    ToolError
        A command is not on PATH, or fails.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in SEARCHED}
    environment = {**inherited, "LC_ALL": "C", "max_print_line": "10000"}
    environment |= {"openin_any": "p", "openout_any": "p"}  # nothing outside the folder
    for command in commands:
        if shutil.which(command[0]) is None:
            raise ToolError(f"no {command[0]} on PATH; `make paper` installs TeX Live where it may")
        run = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if run.returncode:
            marked = r"^(?:\./)?[\w/.-]+:\d+: .*|^! .*|^I (?:couldn't|found no) .*"
            said = re.findall(marked, run.stdout, re.MULTILINE)
            reason = "; ".join(said[:3]) or run.stdout.strip()[-300:]
            raise ToolError(f"{command[0]} failed: {reason}")
    return (folder / "main.log").read_text(errors="replace")


def page_count(pdf: bytes) -> int:
    """Count the pages of a PDF that TeX wrote, compressed objects included."""
    parts = [pdf]
    for match in re.finditer(rb"stream\r?\n", pdf):
        try:
            parts.append(zlib.decompressobj().decompress(pdf[match.end() :]))
        except zlib.error:
            continue
    return sum(len(re.findall(rb"/Type\s*/Page(?![A-Za-z])", part)) for part in parts)


def pdf_text(pdf: Path) -> str | None:
    """Return the text of a PDF, or None where there is no pdftotext."""
    if shutil.which("pdftotext") is None:
        return None
    run = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=False)
    if run.returncode:
        raise ToolError(f"pdftotext cannot read {pdf.name}: {run.stderr.decode().strip()}")
    return run.stdout.decode()
