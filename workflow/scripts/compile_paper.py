"""Compile the paper with its figures and numbers."""

from pathlib import Path
from typing import TYPE_CHECKING

from lrstudy.joblog import job_log
from lrstudy.tex import TexError, compile_paper

if TYPE_CHECKING:  # Snakemake puts the name in when it runs the script
    from snakemake.iocontainers import Snakemake

    snakemake = Snakemake()

with job_log(snakemake.log[0], expected=(TexError,)) as say:
    source = snakemake.input
    files = {Path(path).name: path for path in source.sources}
    files["generated/claims.tex"] = source.claims
    files |= {f"figures/{Path(path).name}": path for path in source.figures}
    print(compile_paper(files, snakemake.output[0], snakemake.params.date))
    say(f"the paper: {snakemake.output[0]}")
