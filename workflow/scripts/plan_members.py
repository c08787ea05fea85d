"""Check all data sets, and list every network that is trained on them."""

from typing import Any

from paperledger.io.fetch import DataError
from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(DataError,)):
    from lrstudy.data.checks import read_all
    from lrstudy.design.plan import plan_members
    from lrstudy.tables.runs import MEMBERS
    from paperledger.io.tables import write_table

    params = snakemake.params
    read_all(
        dict(zip(params.tables, snakemake.input.data, strict=True)), params.tables, params.protocols
    )
    write_table(plan_members(params.config), snakemake.output[0], MEMBERS)
