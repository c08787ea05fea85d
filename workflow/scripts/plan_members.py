"""List every network of the study, and evaluate the learning rates that figures draw."""

from typing import Any

from lrstudy.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.plan import plan_members, rates_table
    from lrstudy.run_tables import MEMBERS, RATES
    from lrstudy.tables import write_table

    config = snakemake.params.config
    write_table(plan_members(config), snakemake.output.members, MEMBERS)
    rates = rates_table(config["figures"], config["training"], snakemake.params.n_train)
    write_table(rates, snakemake.output.rates, RATES)
