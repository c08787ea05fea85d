"""Find numbers that were typed into the paper by hand."""

import json
from pathlib import Path
from typing import Any

from lrstudy.config import ConfigError, read_yaml
from lrstudy.files import write_atomically
from lrstudy.joblog import job_log
from lrstudy.numerals import NumeralError, check_settings, judge_numerals, read_allowed
from lrstudy.tex_source import TexSourceError

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(NumeralError, TexSourceError, ConfigError)) as say:
    source = snakemake.input
    allowed = read_allowed(read_yaml(source.numerals))
    sources = {path: Path(path).read_text(encoding="utf-8") for path in source.paper}
    faults, granted = judge_numerals(sources, allowed)
    faults += check_settings(allowed, read_yaml(source.config))
    if faults:
        raise NumeralError(
            "numbers typed by hand; print a claim, or give the reason in "
            f"{source.numerals}:\n" + "\n".join(faults)
        )
    write_atomically(snakemake.output[0], (json.dumps(granted, indent=1) + "\n").encode())
    say(f"numbers: {len(granted)} are allowed in the text, all others are claims")
