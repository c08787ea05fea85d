"""Fit the reference classifiers to the splits that the study's networks are trained on."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.analysis.classifiers import references_table
    from lrstudy.data.dataset import read_dataset
    from lrstudy.tables.results import REFERENCES
    from lrstudy.tables.runs import MEMBERS
    from paperledger.io.tables import read_table, write_table

    params = snakemake.params
    members = read_table(snakemake.input.members, MEMBERS)
    parts, own = params.config["analysis"]["parts"], params.config["dataset"]
    studied = members[members["part"].isin(parts) & (members["dataset"] == own)]
    dataset = read_dataset(snakemake.input.data, **params.table)
    references = references_table(dataset, params.protocols, studied)
    write_table(references, snakemake.output.references, REFERENCES)
