"""Compile the paper with its figures and numbers."""

import json
from pathlib import Path
from typing import Any

from paperledger.claims.ledger import LedgerError, check_macros, printed_claims
from paperledger.io.files import write_atomically
from paperledger.io.joblog import job_log
from paperledger.tex.compile import TexError, compile_paper

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(TexError, LedgerError)) as say:
    source = snakemake.input
    generated = {Path(path).stem: Path(path) for path in source.generated}
    check_macros(
        json.loads(Path(source.numbers).read_text()),
        json.loads(Path(source.verdicts).read_text()),
        generated["claims"].read_text(),
        generated["sentences"].read_text(),
    )
    files = {Path(path).name: path for path in source.sources}
    files |= {f"generated/{Path(path).name}": path for path in source.generated}
    files |= {f"figures/{Path(path).name}": path for path in source.figures}
    log, printed = compile_paper(files, snakemake.output.pdf, snakemake.params.date)
    print(log)
    pages = json.dumps(printed_claims(printed), indent=1) + "\n"
    write_atomically(snakemake.output.printed, pages.encode())
    say(f"the paper: {snakemake.output.pdf}")
