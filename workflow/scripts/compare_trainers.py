"""Train the same networks in Keras and in the kernel, and measure how far they part."""

from typing import Any

from paperledger.io.joblog import Progress, job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]) as say:
    from lrstudy.agreement.comparison import compare_networks, comparison_members
    from lrstudy.data.dataset import read_dataset
    from lrstudy.keras.trainer import make_deterministic
    from lrstudy.tables.runs import AGREEMENT
    from paperledger.io.tables import write_table

    make_deterministic()
    config = snakemake.params.config
    networks = compare_networks(
        read_dataset(snakemake.input.data, **snakemake.params.table),
        config,
        n_threads=snakemake.threads,
        progress=Progress(
            say, "Keras beside the kernel", len(comparison_members(config)), "networks"
        ),
    )
    write_table(networks, snakemake.output[0], AGREEMENT)
