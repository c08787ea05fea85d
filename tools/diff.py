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
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from lrstudy.files import WriteError, write_atomically  # noqa: E402
from lrstudy.git import ask  # noqa: E402
from lrstudy.tex_source import Macro, TexSourceError, arguments, definitions  # noqa: E402
from plain_tex import ToolError, typeset  # noqa: E402

UNKNOWN = "??"
# Generated definitions: what they define is put into the text before it is compared.
DEFINED = {"generated/claims", "generated/sentences", "generated/origins"}
DROPPED = {"says", "origin"}
LATEXDIFF = ("latexdiff", "--type=CFONT", "--encoding=utf8", "--graphics-markup=none",
             "--math-markup=coarse")  # fmt: skip
TABLES_UNMARKED = r"--config=PICTUREENV=(?:picture|DIFnomarkup|tabular)[\w\d*@]*"
# With it goes the end of its line, unless a paragraph ends there.
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[ \t]*(?=\S))?")
_INPUT = re.compile(r"\\(?:input|include|tablerows)\s*\{([^{}#\\]+)\}")
_COMMAND = re.compile(r"\\(?:([A-Za-z@]+)|.)", re.DOTALL)
_NAMED = re.compile(r"\\csname claim@((?:[^\\]|\\(?!endcsname))*)\\endcsname")

Read = Callable[[str], str | None]


def flatten(name: str, read: Read) -> str:
    r"""Put all parts of a paper into one text, without comments and generated definitions.

    Parameters
    ----------
    name : str
        The main file, ``main.tex``.
    read : callable
        Name to content; None where there is no such file.

    Raises
    ------
    ToolError
        A part is missing.
    """
    text = read(name)
    if text is None:
        raise ToolError(f"there is no paper/{name}")

    def part(match: re.Match[str]) -> str:
        stem = match[1].strip().removesuffix(".tex")
        return "" if stem in DEFINED else flatten(f"{stem}.tex", read)

    return _INPUT.sub(part, _COMMENT.sub(r"\1", text))


class Expansion:
    """Replaces the paper's own macros by what they stand for, and claims by their numbers.

    Parameters
    ----------
    numbers : dict
        Claim to its text.
    extra : str
        Definitions from elsewhere.

    Attributes
    ----------
    unknown : set of str
        Claims without a number.
    """

    def __init__(self, numbers: dict[str, str], extra: str = "") -> None:
        self.numbers = numbers
        self.macros: dict[str, Macro] = {macro.name: macro for macro in definitions(extra)}
        self.unknown: set[str] = set()

    def number(self, name: str) -> str:
        """Return the text of a claim whose name may hold macros."""
        name = self.text(name).strip()
        if name not in self.numbers:
            self.unknown.add(name)
        return self.numbers.get(name, UNKNOWN)

    def text(self, text: str) -> str:
        """Return a text in which nothing of the paper's own is left to look up."""
        defined = {macro.start: macro for macro in definitions(text)}
        done, position = [], 0
        while match := _COMMAND.search(text, position):
            done.append(text[position : match.start()])
            name, position = match[1], match.end()
            if macro := defined.get(match.start()):
                position = macro.end
                if macro.command == "renewcommand":
                    done.append(text[macro.start : macro.end])
                else:
                    self.macros[macro.name] = macro
            elif name in DROPPED | {"claim"}:
                [(_, start, end)] = arguments(text, position, "m") or [("m", position, position)]
                position = end
                if name == "claim":
                    done.append(self.number(text[start + 1 : end - 1]))
            elif name == "csname" and (claim := _NAMED.match(text, match.start())):
                done.append(self.number(claim[1]))
                position = claim.end()
            elif name in self.macros:
                body, position = self._use(self.macros[name], text, position)
                done.append(self.text(body))
            else:
                done.append(match[0])
        return "".join([*done, text[position:]])

    def _use(self, macro: Macro, text: str, position: int) -> tuple[str, int]:
        optional = macro.default is not None
        given = arguments(text, position, "o" * optional + "m" * (macro.n_arguments - optional))
        values = [text[start + 1 : end - 1] for _, start, end in given]
        if optional and not (given and given[0][0] == "o"):
            values.insert(0, macro.default or "")
        if given:
            position = given[-1][2]
        elif space := re.match(r"\s*", text[position:]):
            position += space.end()  # as TeX does behind a command
        values += [""] * (macro.n_arguments - len(values))
        return re.sub(r"#(\d)", lambda m: values[int(m[1]) - 1], macro.body), position


def git(root: Path, *command: str) -> str | None:
    """Return what git prints, or None where it fails."""
    run = ask(root, *command)
    return None if run.returncode else run.stdout


def commit_of(root: Path, revision: str) -> str:
    """Return the hash of a revision.

    Raises
    ------
    ToolError
        git knows no such commit.
    """
    name = f"{revision}^{{commit}}"
    found = git(root, "rev-parse", "--verify", "--quiet", name)
    if not revision or found is None:
        raise ToolError(f"git knows no revision {revision!r}; give a commit, a tag or a branch")
    return found.strip()


def claim_texts(text: str | None) -> dict[str, str]:
    """Read the numbers of generated/claims.tex."""
    return dict(re.findall(r"^\\defineclaim\{([^{}]*)\}\{(.*)\}$", text or "", re.MULTILINE))


def marked(old: str, new: str, folder: Path) -> str:
    """Write main.tex with the changes marked, compile it in `folder`, and say how tables are shown.

    Raises
    ------
    ToolError
        latexdiff is missing or fails, or what it makes does not compile.
    """
    if shutil.which("latexdiff") is None:
        raise ToolError("no latexdiff on PATH: install it (apt-get install latexdiff)")
    (folder / "old.tex").write_text(old, encoding="utf-8")
    (folder / "new.tex").write_text(new, encoding="utf-8")

    def mark(options: tuple[str, ...]) -> None:
        run = subprocess.run(
            [*LATEXDIFF, *options, "old.tex", "new.tex"],
            cwd=folder,
            capture_output=True,
            check=False,
        )
        if run.returncode:
            reason = run.stderr.decode(errors="replace").strip()[-300:]
            raise ToolError(f"latexdiff failed: {reason}")
        (folder / "main.tex").write_bytes(run.stdout)
        typeset(folder)

    try:
        mark(())
        return "changes are marked in tables too"
    except ToolError:
        mark((TABLES_UNMARKED,))
        return "tables are shown as they are now: with marks in them this text does not compile"


def compare(root: Path, revision: str, target: Path) -> list[str]:
    """Write the PDF and return what the user should know about it.

    Raises
    ------
    ToolError
        No such revision, no paper in it, no finished build here, or as `marked`.
    """
    commit = commit_of(root, revision)

    def now(name: str) -> str | None:
        path = root / "paper" / name
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def then(name: str) -> str | None:
        if name.startswith("generated/"):
            return now(name) or ""
        return git(root, "show", f"{commit}:paper/{name}")

    generated = now("generated/claims.tex")
    if generated is None:
        raise ToolError("the paper is not built: no paper/generated/claims.tex; run `make paper`")
    if then("main.tex") is None:
        raise ToolError(f"revision {revision} has no paper/main.tex")
    numbers = claim_texts(generated)
    record = git(root, "show", f"{commit}:reference/claims.json")
    recorded = {name: claim["text"] for name, claim in json.loads(record or "{}").items()}
    origins = now("generated/origins.tex") or ""
    new, old = Expansion(numbers, origins), Expansion({**numbers, **recorded}, origins)
    texts = old.text(flatten("main.tex", then)), new.text(flatten("main.tex", now))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("paper/references.bib", "figures"):
            if (root / part).is_dir():
                shutil.copytree(root / part, folder / part)
            elif (root / part).is_file():
                shutil.copy(root / part, folder)
        tables = marked(*texts, folder)
        write_atomically(target, (folder / "main.pdf").read_bytes())
    said = [f"{tables}; figures and generated tables are those of the current build"]
    if record is None:
        said.append(f"{revision} has no reference/claims.json: its text bears the current numbers")
    if old.unknown:
        some = ", ".join(sorted(old.unknown)[:2])
        said.append(
            f"{len(old.unknown)} numbers of {revision} are printed as {UNKNOWN}: {some}, ..."
        )
    return said


def main() -> int:
    """Write the PDF and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision", help="a git revision: a commit, a tag, HEAD~3")
    revision = parser.parse_args().revision
    target = ROOT / "build" / f"diff-{re.sub(r'[^A-Za-z0-9._~^-]', '-', revision)}.pdf"
    try:
        said = compare(ROOT, revision, target)
    except (ToolError, TexSourceError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{target.relative_to(ROOT)}: what changed since {revision}")
    print("\n".join(f"  {line}" for line in said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
