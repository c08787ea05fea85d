"""Fetch the data file, and record where it came from in a file of its own."""

import sys
from typing import Any

from lrstudy.data.dataset import DataError
from paperledger.io.fetch import fetch
from paperledger.io.files import WriteError, write_atomically

snakemake: Any  # Snakemake puts it in when it runs the script

with open(snakemake.log[0], "w", encoding="utf-8") as log:

    def say(line: str) -> None:
        """Tell the user, and the log."""
        print(line, file=sys.stderr)
        print(line, file=log)

    data = snakemake.params.data
    try:
        provenance = fetch(
            data["source"],
            urls=data.get("urls", []),
            member=data.get("member", ""),
            sha256=data["sha256"],
            embedded=data.get("embedded", ""),
            destination=snakemake.output.data,
            timeout_seconds=data["timeout_seconds"],
            attempts=data["attempts"],
            max_bytes=data["max_bytes"],
            budget_seconds=data["budget_seconds"],
            say=say,
        )
        write_atomically(snakemake.output.provenance, provenance.to_json().encode())
    except (DataError, WriteError) as error:
        say(f"error: datasets.{snakemake.wildcards.dataset}: {error}")
        sys.exit(1)
