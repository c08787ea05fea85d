"""Follow the tutorial's code on current Keras, and see what its `decay` argument does."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.data.dataset import read_dataset
    from lrstudy.keras.decay_argument import run_decay_argument
    from lrstudy.keras.trainer import make_deterministic
    from paperledger.io.files import write_atomically

    make_deterministic()
    found = run_decay_argument(
        read_dataset(snakemake.input.data, **snakemake.params.table),
        snakemake.params.training,
        snakemake.params.validation_fraction,
    )
    write_atomically(snakemake.output[0], found.to_json().encode())
