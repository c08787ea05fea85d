"""Compiling the paper: in a folder of its own, without shell escape, with a fixed clock."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from lrstudy.files import write_atomically

COMMANDS = {
    "latexmk": ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error",
                "-norc", "-latexoption=-no-shell-escape", "main.tex"],
    "tectonic": ["tectonic", "-X", "compile", "--untrusted", "--keep-logs", "main.tex"],
}  # fmt: skip
OVERFULL_POINTS = 1.0


class TexError(Exception):
    """The paper does not compile, or compiles with a fault that a reader would see."""


def faults(log: str) -> list[str]:
    """Find in a TeX log what must not stand in a paper.

    Parameters
    ----------
    log : str
        The text of main.log.

    Returns
    -------
    list of str
        Undefined references and citations, multiply defined labels, and lines that stick out by
        more than `OVERFULL_POINTS` points.

    Examples
    --------
    >>> faults("LaTeX Warning: Citation `knuth' on page 1 undefined on input line 3.")
    ["LaTeX Warning: Citation `knuth' on page 1 undefined on input line 3."]
    """
    # TeX breaks log lines at 79 characters.
    lines = re.sub(r"(?<=.{79})\n", "", log).splitlines()
    broken = r"Warning: (Citation|Reference|Label) .*(un|multiply )defined"
    found = [line for line in lines if re.search(broken, line)]
    for line in lines:
        sticking = re.match(r"Overfull \\[hv]box \(([\d.]+)pt too (wide|high)\)", line)
        if sticking and float(sticking[1]) > OVERFULL_POINTS:
            found.append(line)
    return found


def compile_paper(
    files: Mapping[str, str | Path], pdf: str | Path, day: str
) -> tuple[str, list[str]]:
    """Compile main.tex and its parts into a PDF, whole or not at all.

    Parameters
    ----------
    files : mapping
        Name inside the build folder to the file to copy there; ``main.tex`` is among them.
    pdf : str or Path
        Where the PDF goes.
    day : str
        Date of the paper, YYYY-MM-DD: what TeX takes for today, so that the same sources give the
        same bytes.

    Returns
    -------
    log : str
        The TeX log.
    printed : list of str
        What the paper wrote to main.claims: ``id page`` for every claim that it prints.

    Raises
    ------
    TexError
        No TeX is installed, the sources do not compile, or `faults` finds something.
    """
    engine = next((name for name in COMMANDS if shutil.which(name)), None)
    if engine is None:
        raise TexError("expected latexmk or tectonic on PATH, found neither; see `make paper`")
    noon = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(int(noon.timestamp())),
        "FORCE_SOURCE_DATE": "1",
        "LC_ALL": "C",
        "max_print_line": "10000",
        "openin_any": "p",  # no absolute path, none through .., no dot file
        "openout_any": "p",
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, path in files.items():
            target = Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        run = subprocess.run(
            COMMANDS[engine],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        log_file = Path(folder, "main.log")
        log = log_file.read_text(errors="replace") if log_file.exists() else run.stdout + run.stderr
        if run.returncode:
            errors = re.findall(r"^(?:\./)?[\w/.-]+:\d+: .*|^! .*", log, re.MULTILINE)
            reason = "; ".join(errors[:3]) or run.stderr.strip()[-300:]
            print(log)
            raise TexError(f"{engine} failed: {reason}")
        found = faults(log)
        if found:
            raise TexError("the paper compiles with faults: " + "; ".join(found[:5]))
        write_atomically(pdf, Path(folder, "main.pdf").read_bytes())
        noted = Path(folder, "main.claims")
        printed = noted.read_text().splitlines() if noted.exists() else []
    return log, printed
