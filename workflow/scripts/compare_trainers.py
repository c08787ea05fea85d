"""Train the same networks in Keras and in the kernel, and measure how far they part."""

from typing import Any

from lrstudy.joblog import Progress, job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]) as say:
    from lrstudy.comparison import compare_networks, comparison_members
    from lrstudy.data import read_table as read_data
    from lrstudy.run_tables import AGREEMENT
    from lrstudy.tables import write_table
    from lrstudy.train_keras import make_deterministic

    make_deterministic()
    config = snakemake.params.config
    networks = compare_networks(
        read_data(snakemake.input.data, **snakemake.params.table),
        config,
        n_threads=snakemake.threads,
        progress=Progress(say, "Keras beside the kernel", len(comparison_members(config))),
    )
    write_table(networks, snakemake.output[0], AGREEMENT)
