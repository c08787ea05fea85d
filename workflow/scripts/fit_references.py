"""Fit the reference classifiers to the splits that the networks saw."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.analysis.classifiers import references_table
    from lrstudy.data.dataset import read_dataset
    from lrstudy.tables.results import REFERENCES
    from lrstudy.tables.runs import RUNS
    from paperledger.io.tables import read_table, write_table

    config = snakemake.params.config
    runs = read_table(snakemake.input.runs, RUNS, [("dataset", "==", config["dataset"])])
    dataset = read_dataset(snakemake.input.data, **snakemake.params.table)
    studied = runs[runs["part"].isin(config["parts"])]
    references = references_table(dataset, config["protocols"], studied)
    write_table(references, snakemake.output[0], REFERENCES)
