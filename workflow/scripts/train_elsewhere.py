"""Train the networks of one data set of the second question."""

from typing import Any

from lrstudy.joblog import Progress, job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]) as say:
    from lrstudy.data import read_table as read_data
    from lrstudy.elsewhere_runs import elsewhere_members, train_elsewhere
    from lrstudy.run_tables import ELSEWHERE
    from lrstudy.tables import write_table

    name, config = snakemake.wildcards.dataset, snakemake.params.config
    n_networks = len(elsewhere_members(name, config["elsewhere"]))
    runs = train_elsewhere(
        name,
        read_data(snakemake.input.data, **snakemake.params.table),
        config,
        n_threads=snakemake.threads,
        progress=Progress(say, f"kernel, {name}", n_networks),
    )
    write_table(runs, snakemake.output[0], ELSEWHERE)
