"""Show what changed in the paper since a git revision: build/diff-REV.pdf, made by latexdiff.

Both texts are taken with their numbers. Those of the revision stand in its reference/claims.json;
what is not there is taken from the current build, and a number that neither knows is printed as ??.
Tables and figures that the workflow makes are not tracked: the current ones stand in for the old.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from paperledger.commands.arxiv import copy_paper
from paperledger.io.files import WriteError, write_atomically
from paperledger.io.git import ask, knows
from paperledger.tex.compile import PLAIN, TexError, typeset
from paperledger.tex.expansion import UNKNOWN, expand
from paperledger.tex.source import TexSourceError

LATEXDIFF = ("latexdiff", "--flatten", "--type=CFONT", "--encoding=utf8", "--graphics-markup=none",
             "--math-markup=coarse")  # fmt: skip
TABLES_UNMARKED = r"--config=PICTUREENV=(?:picture|DIFnomarkup|tabular)[\w\d*@]*"


class DiffError(Exception):
    """There is nothing to compare, or nothing to compare it with; the message says why."""


def git(root: Path, *command: str) -> str | None:
    """Return what git prints, or None where it fails."""
    run = ask(root, *command)
    return None if run.returncode else run.stdout


def checked_out(root: Path, paper: Path, revision: str, folder: Path) -> str | None:
    """Write the TeX sources of a revision into a folder, and return its reference/claims.json.

    Raises
    ------
    DiffError
        There is no checkout, git knows no such commit, or it has no paper.
    """
    if not knows(root):
        raise DiffError(f"expected a git checkout, but git knows none in {root.absolute()}")
    commit = git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if not revision or commit is None:
        raise DiffError(f"git knows no revision {revision!r}; give a commit, a tag or a branch")
    commit = commit.strip()
    # From this folder, which need not be the repository's top.
    tree = f"{commit}:./{paper.relative_to(root).as_posix()}"
    names = (git(root, "ls-tree", "--full-tree", "-rz", "--name-only", tree) or "").split("\0")
    if "main.tex" not in names:
        raise DiffError(f"revision {revision} has no {paper.name}/main.tex")
    for name in names:
        if name.endswith(".tex"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(git(root, "show", f"{tree}/{name}") or "", "utf-8")
    return git(root, "show", f"{commit}:./reference/claims.json")


def marked(old: Path, new: Path) -> str:
    """Mark in the folder of the new text what is not in the old one, compile it as main.tex.

    Return how tables are shown.

    Raises
    ------
    DiffError
        latexdiff is missing or fails.
    TexError
        What it makes does not compile.
    """
    if shutil.which("latexdiff") is None:
        raise DiffError("no latexdiff on PATH: install it (apt-get install latexdiff)")
    text = shutil.move(new / "main.tex", new / "new.tex")

    def mark(*options: str) -> None:
        command = [*LATEXDIFF, *options, old / "main.tex", text]
        run = subprocess.run(command, capture_output=True, check=False)
        if run.returncode:
            reason = run.stderr.decode(errors="replace").strip()[-300:]
            raise DiffError(f"latexdiff failed: {reason}")
        (new / "main.tex").write_bytes(run.stdout)
        typeset(new, PLAIN)

    try:
        mark()
        return "changes are marked in tables too"
    except TexError:
        mark(TABLES_UNMARKED)
        return "tables are shown as they are now: with marks in them this text does not compile"


def compare(root: Path, paper: Path, revision: str, target: Path) -> list[str]:
    """Write the PDF to `target` and return what the user should know about it.

    `paper` is the folder of main.tex in the checkout.

    Raises
    ------
    DiffError
        No such revision, no paper in it, no finished build here, or no latexdiff.
    TexError
        What latexdiff makes does not compile.
    """
    claims = paper / "generated/claims.tex"
    with tempfile.TemporaryDirectory() as name:
        old, new = Path(name, "old"), Path(name, "new")
        record = checked_out(root, paper, revision, old)
        if not claims.is_file():
            raise DiffError(
                f"the paper is not built: no {claims.relative_to(root)}; run `make paper`"
            )
        build = re.findall(r"^\\defineclaim\{([^{}]*)\}\{(.*)\}$", claims.read_text("utf-8"), re.M)
        recorded = {claim: entry["text"] for claim, entry in json.loads(record or "{}").items()}
        copy_paper(root, paper, new)
        shutil.copytree(new / "generated", old / "generated", dirs_exist_ok=True)
        unknown = expand(old, dict(build) | recorded)
        expand(new, dict(build))
        tables = marked(old, new)
        write_atomically(target, (new / "main.pdf").read_bytes())
    said = [f"{tables}; figures and generated tables are those of the current build"]
    if record is None:
        said.append(f"{revision} has no reference/claims.json: its text bears the current numbers")
    if unknown:
        some = ", ".join(sorted(unknown)[:2])
        said.append(f"{len(unknown)} numbers of {revision} are printed as {UNKNOWN}: {some}, ...")
    return said


def main(arguments: list[str]) -> int:
    """Write the PDF and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision", help="a git revision: a commit, a tag, HEAD~3")
    revision = parser.parse_args(arguments).revision
    target = Path("build", f"diff-{re.sub(r'[^A-Za-z0-9._~^-]', '-', revision)}.pdf")
    try:
        said = compare(Path(), Path("paper"), revision, target)
    except (DiffError, TexError, TexSourceError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{target}: what changed since {revision}")
    print("\n".join(f"  {line}" for line in said))
    return 0
