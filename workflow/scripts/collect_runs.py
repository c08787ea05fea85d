"""Gather the outcomes of all chunks into the runs table and the learning curves."""

from typing import TYPE_CHECKING

from lrstudy.joblog import job_log

if TYPE_CHECKING:  # Snakemake puts the name in when it runs the script
    from snakemake.iocontainers import Snakemake

    snakemake = Snakemake()

with job_log(snakemake.log[0]):
    import pandas as pd
    from lrstudy.collect import curves_table, runs_table
    from lrstudy.data import read_table as read_data
    from lrstudy.outcome import load_outcome
    from lrstudy.tables import CURVES, MEMBERS, RUNS, read_table, write_table

    dataset = read_data(snakemake.input.data, **snakemake.params.table)
    members = read_table(snakemake.input.members, MEMBERS)
    runs, curves = [], []
    groups = members.groupby(["trainer", "chunk"], sort=False)
    for (_, chunk), path in zip(groups, snakemake.input.chunks, strict=True):
        outcome = load_outcome(path)
        rows = chunk.reset_index(drop=True)
        runs.append(runs_table(dataset, snakemake.params.protocols, rows, outcome))
        curves.append(curves_table(rows, outcome, int(runs[-1]["n_validation"].iloc[0])))
    write_table(pd.concat(runs), snakemake.output.runs, RUNS)
    write_table(pd.concat(curves), snakemake.output.curves, CURVES)
