"""Count the rows and classes of the data sets, and of both sides of their splits."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.analysis.describe import datasets_table, splits_table
    from lrstudy.data.dataset import read_dataset
    from lrstudy.tables.results import DATASETS, SPLITS
    from paperledger.io.tables import write_table

    params, output = snakemake.params, snakemake.output
    datasets = {
        name: read_dataset(path, **table)
        for path, (name, table) in zip(snakemake.input.data, params.tables.items(), strict=True)
    }
    write_table(datasets_table(datasets), output.datasets, DATASETS)
    write_table(splits_table(datasets, params.protocols), output.splits, SPLITS)
