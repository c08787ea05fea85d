"""Find numbers that were typed into the paper by hand."""

import json
from pathlib import Path
from typing import Any

from paperledger.claims.typed_numbers import (
    NumeralError,
    check_settings,
    judge_numerals,
    read_allowed,
)
from paperledger.io.files import write_atomically
from paperledger.io.joblog import job_log
from paperledger.io.yaml_file import ConfigError, read_yaml
from paperledger.tex.source import TexSourceError

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(NumeralError, TexSourceError, ConfigError)) as say:
    source = snakemake.input
    given = list(source.allowed)
    allowed = [entry for path in given for entry in read_allowed(read_yaml(path))]
    sources = {path: Path(path).read_text(encoding="utf-8") for path in source.paper}
    faults, granted = judge_numerals(sources, allowed)
    config = snakemake.params.config
    other = check_settings(allowed, config)
    if config["paper"]["unsupported"] == "stop":
        faults += other
    elif other:
        say(f"numbers: {len(other)} quote settings that are other ones here: {'; '.join(other)}")
    if faults:
        raise NumeralError(
            "numbers typed by hand; print a claim, or give the reason in "
            "paper/typed_numbers.yaml:\n" + "\n".join(faults)
        )
    write_atomically(snakemake.output[0], (json.dumps(granted, indent=1) + "\n").encode())
    say(f"numbers: {len(granted)} are allowed in the text, all others are claims")
