"""Follow the tutorial's code on current Keras, and see what its `decay` argument does."""

from typing import Any

from lrstudy.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.data import read_table as read_data
    from lrstudy.files import write_atomically
    from lrstudy.literal import follow_literally
    from lrstudy.train_keras import make_deterministic

    make_deterministic()
    found = follow_literally(
        read_data(snakemake.input.data, **snakemake.params.table),
        snakemake.params.training,
        snakemake.params.validation_fraction,
    )
    write_atomically(snakemake.output[0], found.to_json().encode())
