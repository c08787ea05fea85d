"""From the PDF back to what made it: links below figures and tables, and a hash of the sources."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from paperledger.io import git
from paperledger.io.files import sha256

# What a result depends on. Documents and the published record are none of it, so a rebuild at a
# later commit can still be identical.
INPUTS = (
    "Snakefile",
    "config",
    "data",
    "paper",
    "profiles/default",
    "requirements.lock",
    "workflow",
)
GENERATED = ("paper/generated", "paper/paper.pdf")


def source_files(root: Path) -> list[Path]:
    """List the files that a build of a checkout reads, relative to its root, in order."""
    found = []
    for name in INPUTS:
        path = root / name
        found += [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    relative = sorted(path.relative_to(root) for path in found)
    return [
        path
        for path in relative
        if not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
        and path.suffix != ".part"
        and not path.as_posix().startswith(GENERATED)
    ]


def source_hash(root: Path) -> str:
    """Return the SHA-256 over names and contents of all source files.

    It does not depend on git: a tarball of the same files has the same hash.
    """
    digest = hashlib.sha256()
    for path in source_files(root):
        digest.update(f"{sha256(root / path)}  {path.as_posix()}\n".encode())
    return digest.hexdigest()


def uncommitted(root: Path) -> bool:
    """Tell whether git knows of changes to the inputs; False where it knows nothing of them."""
    return bool(git.changes(root, *INPUTS))


def _link(repository: str, path: str) -> str:
    shown = path.rsplit("/", 1)[-1].replace("_", r"\_")
    return rf"\href{{{repository}/{path}}}{{{shown}}}"


def origins_tex(
    origins: Mapping[str, Iterable[str]], *, repository: str, sources: str, changed: bool
) -> str:
    r"""Write ``\origin`` of each figure and table, and what the PDF was built from, as TeX.

    `origins` maps the name of a figure or table to paths in the repository (rule, script, data);
    the paths are appended to the address `repository`. `sources` is `source_hash`, and `changed`
    is `uncommitted`.
    """
    lines = ["% Written by the workflow: where figures, tables and the whole paper come from."]
    for name, paths in sorted(origins.items()):
        links = r" $\cdot$ ".join(_link(repository, path) for path in paths)
        lines.append(rf"\defineorigin{{{name}}}{{{links}}}")
    mark = r" \textbf{with uncommitted changes}" if changed else ""
    lines.append(rf"\newcommand{{\sourceshash}}{{\texttt{{{sources[:16]}}}{mark}}}")
    return "\n".join(lines) + "\n"
