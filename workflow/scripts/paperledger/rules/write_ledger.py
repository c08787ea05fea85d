"""Write the ledger of claims, what the paper prints with its origin; and the build's hashes."""

import json
from pathlib import Path
from typing import Any

from paperledger.claims.ledger import LedgerError, build_ledger, ledger_json
from paperledger.io.files import write_atomically
from paperledger.io.joblog import job_log
from paperledger.io.yaml_file import read_yaml
from paperledger.record.itself import state_build

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(LedgerError,)):
    source, root = snakemake.input, Path(snakemake.input.numbers).parents[1]
    ledger = build_ledger(
        json.loads(Path(source.numbers).read_text()),
        json.loads(Path(source.printed).read_text()),
        read_yaml(source.sentences),
        json.loads(Path(source.verdicts).read_text()),
        root,
    )
    write_atomically(snakemake.output.ledger, ledger_json(ledger).encode())
    # Last of all, as all that a build makes led to this rule.
    state_build(Path(), root)
