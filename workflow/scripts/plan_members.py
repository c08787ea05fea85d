"""List every network of the study, and evaluate the learning rates that figures draw."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.design.plan import plan_members, rates_table
    from lrstudy.tables.runs import MEMBERS, RATES
    from paperledger.io.tables import write_table

    config = snakemake.params.config
    write_table(plan_members(config), snakemake.output.members, MEMBERS)
    if "figures" in config:
        rates = rates_table(config["figures"], config["training"], snakemake.params.n_train)
        write_table(rates, snakemake.output.rates, RATES)
