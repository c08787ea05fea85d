"""Renew the published record in reference/ from the finished build of this checkout."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from paperledger.io.files import WriteError
from paperledger.record.itself import check_whole
from paperledger.record.record import (
    RecordError,
    check_build,
    check_checkout,
    check_sources,
    kept_as,
    write_record,
)


def main(arguments: list[str]) -> int:
    """Write the record and return 0, or say why there can be none and return 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(), help="the build")
    parser.add_argument("--record", type=Path, default=Path("reference"), help="what is renewed")
    options = parser.parse_args(arguments)
    try:
        check_checkout(Path(), options.record)
        check_build(Path(), options.folder)
        check_sources(Path(), options.folder / "results/about.json")
        check_whole(Path(), options.folder)
        hashes = write_record(Path(), options.folder, options.record)
    except (RecordError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    kept = [options.record / place for name in hashes if (place := kept_as(name))]
    size = sum(path.stat().st_size for path in kept) / 1e6
    print(
        f"record: {len(kept)} files, {size:.1f} MB, and hashes of {len(hashes)}: {options.record}"
    )
    return 0
