"""Evaluate the learning rates that figures draw."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.design.plan import rates_table
    from lrstudy.tables.runs import RATES
    from paperledger.io.tables import write_table

    params = snakemake.params
    rates = rates_table(params.figures, params.training, params.n_train)
    write_table(rates, snakemake.output[0], RATES)
