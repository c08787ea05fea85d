"""Write build/arxiv.tar.gz: the built paper as arXiv takes it, checked by compiling it alone.

The archive holds what main.tex reads, and main.bbl; the same paper gives the same bytes.
"""

from __future__ import annotations

import gzip
import io
import re
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from lrstudy.config import ConfigError, read_yaml  # noqa: E402
from lrstudy.files import WriteError, write_atomically  # noqa: E402
from lrstudy.tex import faults  # noqa: E402
from lrstudy.tex_source import blank_comments  # noqa: E402
from plain_tex import BIBTEX, PDFLATEX, ToolError, page_count, pdf_text, typeset  # noqa: E402

# Names that a macro makes are no files of their own.
READS = re.compile(
    r"\\(input|include|tablerows|bibliography|includegraphics)\s*(?:\[[^\]]*\])?\{([^{}#\\]+)\}"
)
SUFFIX = {"bibliography": ".bib", "includegraphics": ".pdf"}


def read_by_paper(root: Path) -> dict[str, Path]:
    """List the files that main.tex reads: name in the archive to the file.

    Raises
    ------
    ToolError
        One is missing: the paper is not built.
    """
    files: dict[str, Path] = {}
    queue = ["main.tex"]
    while queue:
        name = queue.pop()
        path = root / name if name.startswith("figures/") else root / "paper" / name
        if name in files:
            continue
        if not path.is_file():
            raise ToolError(
                f"the paper is not built: no {path.relative_to(root)}; run `make paper`"
            )
        files[name] = path
        if path.suffix == ".tex":
            for command, read in READS.findall(blank_comments(path.read_text(encoding="utf-8"))):
                suffix = SUFFIX.get(command, ".tex")
                queue += [
                    part if Path(part).suffix else part + suffix
                    for part in (part.strip() for part in read.split(","))
                ]
    return dict(sorted(files.items()))


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


def unpacked(archive: bytes) -> dict[str, bytes]:
    """Read an archive: name to content (Python 3.11.2, Debian's, has no safe `extractall`)."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        read = {entry.name: opened.extractfile(entry) for entry in opened}
        return {name: file.read() for name, file in read.items() if file}


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into an empty folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def compare(found: Path, expected: Path) -> str:
    """Hold a PDF against another and say what is the same.

    Raises
    ------
    ToolError
        Their texts differ or, without pdftotext, their numbers of pages.
    """
    pages = page_count(found.read_bytes())
    here, there = pdf_text(found), pdf_text(expected)
    if here is None or there is None:
        if pages != (other := page_count(expected.read_bytes())):
            raise ToolError(f"the archive makes {pages} pages, {expected.name} has {other}")
        return f"{pages} pages as in {expected.name} (no pdftotext to compare the text)"
    if here != there:
        lines = zip(here.splitlines() + [""], there.splitlines() + [""], strict=False)
        differing = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
        raise ToolError(
            f"the archive makes another text than {expected.name}: {differing[0]!r} instead of "
            f"{differing[1]!r}; after `make paper` they should be the same"
        )
    return f"{pages} pages, the same text as {expected.name}"


def write_arxiv(root: Path, target: Path, day: str) -> str:
    """Make the archive of a built paper, check it, and write it.

    Parameters
    ----------
    root : Path
        Holds paper/ and figures/ as the workflow leaves them.
    target : Path
        The archive.
    day : str
        Date of the paper, YYYY-MM-DD.

    Returns
    -------
    str
        What was checked, for the user.

    Raises
    ------
    ToolError
        The paper is not built, the archive does not compile by itself, or makes another paper.
    """
    pdf = root / "paper/paper.pdf"
    if not pdf.is_file():
        raise ToolError("the paper is not built: no paper/paper.pdf; run `make paper`")
    files = {name: path.read_bytes() for name, path in read_by_paper(root).items()}
    with tempfile.TemporaryDirectory() as name:
        write_files(files, folder := Path(name))
        try:
            typeset(folder, (PDFLATEX, BIBTEX))
        except ToolError as error:
            raise ToolError(f"{error} (built from these sources? run `make paper`)") from None
        files["main.bbl"] = (folder / "main.bbl").read_bytes()
    packed = tarball(files, day)
    with tempfile.TemporaryDirectory() as name:
        write_files(unpacked(packed), folder := Path(name))
        log = typeset(folder)
        if found := faults(log):
            raise ToolError("the archive compiles with faults: " + "; ".join(found[:5]))
        if (folder / "main.bbl").read_bytes() != files["main.bbl"]:
            raise ToolError("the archive makes another main.bbl than it holds")
        same = compare(folder / "main.pdf", pdf)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, packed)
    return f"{len(files)} files, {len(packed) / 1e6:.1f} MB; compiles alone: {same}"


def main() -> int:
    """Write the archive and return the exit status."""
    target = ROOT / "build/arxiv.tar.gz"
    try:
        day = read_yaml(ROOT / "config/config.yaml")["paper"]["date"]
        said = write_arxiv(ROOT, target, day)
    except (ToolError, ConfigError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{target.relative_to(ROOT)}: {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
