"""Running TeX: in a folder of its own, without shell escape, with a fixed clock."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from paperledger.io.files import write_atomically

COMMANDS = {
    "latexmk": ("latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error",
                "-norc", "-latexoption=-no-shell-escape", "main.tex"),
    "tectonic": ("tectonic", "-X", "compile", "--untrusted", "--keep-logs", "main.tex"),
}  # fmt: skip
# As arXiv runs TeX; -recorder lists in main.fls what is read.
PDFLATEX = ("pdflatex", "-recorder", "-interaction=nonstopmode", "-halt-on-error",
            "-file-line-error", "-no-shell-escape", "main.tex")  # fmt: skip
BIBTEX = ("bibtex", "main")
PLAIN = (PDFLATEX, BIBTEX, PDFLATEX, PDFLATEX)
# All that TeX, and Perl for latexmk, hear of the shell: any other variable may be a setting of
# theirs. Tectonic fetches files, and keeps them.
_KEPT = re.compile(
    r"PATH|TMPDIR|(LD|DYLD)_\w+|HOME|XDG_CACHE_HOME|TECTONIC_\w+|SSL_\w+|\w+_proxy", re.IGNORECASE
)
_ERROR = re.compile(
    r"^(?:\./)?[\w/.-]+:\d+: .*|^! .*|^I (?:couldn't|found no) .*|^error: .*", re.MULTILINE
)
OVERFULL_POINTS = 1.0


class TexError(Exception):
    """The paper does not compile, or compiles with a fault that a reader would see."""

    log = ""  # of TeX, where it ran


def faults(log: str) -> list[str]:
    """Find in the text of main.log what must not stand in a paper.

    That is undefined references and citations, multiply defined labels, and lines that stick out by
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


def typeset(folder: Path, commands: Sequence[Sequence[str]], day: str | None = None) -> str:
    """Run TeX on main.tex in a folder and return the last log.

    TeX runs no command, and reads and writes only in the folder and its own installation.
    `commands`, one after the other, are `PLAIN` or one of `COMMANDS`. `day`, YYYY-MM-DD, is what
    TeX takes for today, so that the same sources give the same bytes.

    Raises
    ------
    TexError
        A command is not on PATH, or fails.
    """
    environment = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
    # Nor does TeX look for packages and fonts at home, where nobody else has the same ones.
    own = str(folder / "texmf")
    environment |= {"TEXMFHOME": own, "TEXMFCONFIG": own, "TEXMFVAR": own}
    environment |= {"LC_ALL": "C", "max_print_line": "10000"}
    environment |= {"openin_any": "p", "openout_any": "p"}  # no absolute path, none through ..
    if day is not None:
        midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
        environment |= {"SOURCE_DATE_EPOCH": str(int(midnight.timestamp()))}
        environment |= {"FORCE_SOURCE_DATE": "1"}
    log = folder / "main.log"
    for command in commands:
        if shutil.which(command[0]) is None:
            raise TexError(f"no {command[0]} on PATH; `make paper` installs TeX Live where it may")
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
            said = run.stdout + run.stderr
            reason = "; ".join(_ERROR.findall(said)[:3]) or said.strip()[-300:]
            error = TexError(f"{command[0]} failed: {reason}")
            error.log = log.read_text(errors="replace") if log.exists() else said
            raise error
    return log.read_text(errors="replace")


def compile_paper(
    files: Mapping[str, str | Path], pdf: str | Path, day: str
) -> tuple[str, list[str]]:
    """Compile main.tex and its parts into a PDF, whole or not at all.

    `files` maps a name inside the build folder to the file to copy there; ``main.tex`` is among
    them. `day` is as in `typeset`.

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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for inside, path in files.items():
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / inside)
        try:
            log = typeset(folder, [COMMANDS[engine]], day)
        except TexError as error:
            print(error.log)
            raise
        if found := faults(log):
            raise TexError("the paper compiles with faults: " + "; ".join(found[:5]))
        write_atomically(pdf, (folder / "main.pdf").read_bytes())
        noted = folder / "main.claims"
        printed = noted.read_text().splitlines() if noted.exists() else []
    return log, printed
