"""List every network of the study."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.design.plan import plan_members
    from lrstudy.tables.runs import MEMBERS
    from paperledger.io.tables import write_table

    write_table(plan_members(snakemake.params.config), snakemake.output[0], MEMBERS)
