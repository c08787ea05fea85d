"""Gather the outcomes of all chunks into the runs table and the learning curves."""

from typing import Any

from lrstudy.tables.outcome import OutcomeError
from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(OutcomeError,)):
    from lrstudy.data.dataset import read_dataset
    from lrstudy.tables.collect import collect
    from lrstudy.tables.outcome import load_outcomes
    from lrstudy.tables.runs import CURVES, MEMBERS, RUNS
    from paperledger.io.tables import read_table, write_table

    params = snakemake.params
    datasets = {
        name: read_dataset(path, **table)
        for path, (name, table) in zip(snakemake.input.data, params.tables.items(), strict=True)
    }
    members = read_table(snakemake.input.members, MEMBERS)
    groups = members.groupby(["trainer", "chunk"], sort=False)
    chunks = (
        (rows, load_outcomes(path))
        for (_, rows), path in zip(groups, snakemake.input.chunks, strict=True)
    )
    runs, curves = collect(datasets, params.protocols, chunks, params.curve_parts)
    write_table(runs, snakemake.output.runs, RUNS)
    write_table(curves, snakemake.output.curves, CURVES)
