"""Write build/arxiv.tar.gz: the built paper as arXiv takes it, checked by compiling it alone.

The archive holds what main.tex reads, and main.bbl; the same paper gives the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from paperledger.io.files import WriteError, write_atomically
from paperledger.io.yaml_file import ConfigError, read_yaml
from paperledger.tex.compile import BIBTEX, PDFLATEX, PLAIN, TexError, faults, typeset


def copy_paper(root: Path, paper: Path, folder: Path) -> None:
    """Copy the sources of a paper, and figures/ beside them, without what TeX left of itself."""
    shutil.copytree(paper, folder, ignore=shutil.ignore_patterns("main.[!t]*"), dirs_exist_ok=True)
    if (root / "figures").is_dir():
        shutil.copytree(root / "figures", folder / "figures", dirs_exist_ok=True)


def read_by_paper(root: Path, paper: Path, day: str) -> dict[str, bytes]:
    """Let TeX tell which files main.tex reads: name in the archive to content, main.bbl included.

    Raises
    ------
    TexError
        The paper is not built: a file is missing, or does not compile.
    """
    if not (paper / "paper.pdf").is_file():
        raise TexError(f"the paper is not built: no {paper.name}/paper.pdf; run `make paper`")
    with tempfile.TemporaryDirectory() as name:
        copy_paper(root, paper, folder := Path(name))
        try:
            typeset(folder, (PDFLATEX, BIBTEX), day)
        except TexError as error:
            raise TexError(f"{error} (the paper is not built? run `make paper`)") from None
        recorded = (folder / "main.fls").read_text(encoding="utf-8")
        read, written = (
            {str(Path(line)) for line in re.findall(rf"^{kind} (.*)", recorded, re.MULTILINE)}
            for kind in ("INPUT", "OUTPUT")
        )
        for part in re.findall(r"\\bibdata\{(.*)\}", (folder / "main.aux").read_text()):
            read |= {f"{bibliography}.bib" for bibliography in part.split(",")}
        local = {name for name in read - written if not Path(name).is_absolute()}
        return {name: (folder / name).read_bytes() for name in sorted(local | {"main.bbl"})}


def tarball(files: Mapping[str, bytes], day: str) -> bytes:
    """Pack files so that the bytes depend on names, contents and the day (YYYY-MM-DD) alone."""
    seconds = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    packed = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", 9, packed, mtime=seconds) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)  # user and group 0, mode 644
            entry.size, entry.mtime = len(content), seconds
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack what `tarball` made (Python 3.11.2, Debian's, has no safe `extractall`)."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for entry in opened:
            if file := opened.extractfile(entry):
                (folder / entry.name).parent.mkdir(parents=True, exist_ok=True)
                (folder / entry.name).write_bytes(file.read())


def same_paper(found: Path, expected: Path) -> str:
    """Hold a PDF against another and say what is the same.

    Raises
    ------
    TexError
        Their texts differ or, without pdftotext, their bytes.
    """
    if found.read_bytes() == expected.read_bytes():
        return f"the same bytes as {expected.name}"
    if shutil.which("pdftotext") is None:
        raise TexError(
            f"the archive makes another PDF than {expected.name} (pdftotext, of poppler-utils, "
            "would tell whether their texts are the same); run `make paper`"
        )
    here, there = (
        subprocess.run(["pdftotext", pdf, "-"], capture_output=True, check=False).stdout.decode()
        for pdf in (found, expected)
    )
    if here != there:
        lines = zip([*here.splitlines(), ""], [*there.splitlines(), ""], strict=False)
        differing = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
        raise TexError(
            f"the archive makes another text than {expected.name}: {differing[0]!r} instead of "
            f"{differing[1]!r}; after `make paper` they should be the same"
        )
    return f"the same text as {expected.name}"


def write_arxiv(root: Path, paper: Path, target: Path, day: str) -> str:
    """Make the archive of a built paper, check it, write it, and return what was checked.

    `root` is the checkout, whose figures/ the paper reads; `paper` is the folder of main.tex and
    paper.pdf; `day` is the date of the paper, YYYY-MM-DD.

    Raises
    ------
    TexError
        The paper is not built, the archive does not compile by itself, or makes another paper.
    """
    files = read_by_paper(root, paper, day)
    packed = tarball(files, day)
    with tempfile.TemporaryDirectory() as name:
        unpack(packed, folder := Path(name))
        log = typeset(folder, PLAIN, day)
        if found := faults(log):
            raise TexError("the archive compiles with faults: " + "; ".join(found[:5]))
        if (folder / "main.bbl").read_bytes() != files["main.bbl"]:
            raise TexError("the archive makes another main.bbl than it holds")
        same = same_paper(folder / "main.pdf", paper / "paper.pdf")
    write_atomically(target, packed)
    pages = "".join(re.findall(r"Output written on main\.pdf \((\d+ pages?)", log))
    size = len(packed) / 1e6
    return f"{len(files)} files, {size:.1f} MB; compiles alone: {pages}, {same}"


def main(arguments: list[str]) -> int:
    """Write the archive and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=Path("build/arxiv.tar.gz"))
    target = parser.parse_args(arguments).target
    try:
        day = read_yaml(Path("config/config.yaml"))["paper"]["date"]
        said = write_arxiv(Path(), Path("paper"), target, day)
    except (TexError, ConfigError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{target}: {said}")
    return 0
