"""Gather the outcomes of all chunks into the runs table and the learning curves."""

from typing import Any

from lrstudy.joblog import job_log
from lrstudy.outcome import OutcomeError

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(OutcomeError,)):
    from lrstudy.collect import collect
    from lrstudy.data import read_table as read_data
    from lrstudy.outcome import load_outcome
    from lrstudy.run_tables import CURVES, MEMBERS, RUNS
    from lrstudy.tables import read_table, write_table

    dataset = read_data(snakemake.input.data, **snakemake.params.table)
    members = read_table(snakemake.input.members, MEMBERS)
    groups = members.groupby(["trainer", "chunk"], sort=False)
    chunks = (
        (rows, load_outcome(path))
        for (_, rows), path in zip(groups, snakemake.input.chunks, strict=True)
    )
    runs, curves = collect(
        dataset, snakemake.params.protocols, chunks, snakemake.params.curve_parts
    )
    write_table(runs, snakemake.output.runs, RUNS)
    write_table(curves, snakemake.output.curves, CURVES)
