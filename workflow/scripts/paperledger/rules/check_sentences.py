"""Hold every conclusion that the paper draws in words against the ledger."""

import json
from pathlib import Path
from typing import Any

from paperledger.claims.sentences import SentenceError, check_sentences, sentences_tex
from paperledger.io.files import write_atomically
from paperledger.io.joblog import job_log
from paperledger.io.yaml_file import ConfigError, read_yaml

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(SentenceError, ConfigError)) as say:
    source = snakemake.input
    found = check_sentences(
        read_yaml(source.sentences),
        [Path(path).read_text(encoding="utf-8") for path in source.paper],
        json.loads(Path(source.ledger).read_text()),
        stop=snakemake.params.unsupported == "stop",
    )
    broken = [name for name, failed in found.items() if failed]
    if broken:
        say(f"{len(broken)} of {len(found)} sentences are not supported; the paper marks them")
    write_atomically(snakemake.output.verdicts, (json.dumps(found, indent=1) + "\n").encode())
    write_atomically(snakemake.output.tex, sentences_tex(found).encode())
