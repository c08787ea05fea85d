"""Count rows and classes of all data sets, and of both sides of their splits."""

from typing import Any

from paperledger.io.fetch import DataError
from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(DataError,)):
    from lrstudy.analysis.describe import datasets_table, splits_table
    from lrstudy.data.checks import read_all
    from lrstudy.tables.results import DATASETS, SPLITS
    from paperledger.io.tables import write_table

    params, output = snakemake.params, snakemake.output
    paths = dict(zip(params.tables, snakemake.input.data, strict=True))
    datasets = read_all(paths, params.tables, params.protocols)
    write_table(datasets_table(datasets), output.datasets, DATASETS)
    write_table(splits_table(datasets, params.protocols), output.splits, SPLITS)
