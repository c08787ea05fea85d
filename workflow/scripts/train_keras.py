"""Train one chunk of networks with Keras."""

from typing import Any

from lrstudy.joblog import Progress, job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]) as say:
    from lrstudy.data import read_table as read_data
    from lrstudy.framework import train_chunk
    from lrstudy.outcome import save_outcome
    from lrstudy.plan import chunk_members
    from lrstudy.train_keras import make_deterministic

    make_deterministic()
    config = snakemake.params.config
    members = chunk_members(snakemake.input.members, "keras", int(snakemake.wildcards.chunk))
    outcome = train_chunk(
        read_data(snakemake.input.data, **snakemake.params.table),
        config,
        members,
        progress=Progress(say, f"Keras, {members['protocol'].iloc[0]}", len(members)),
    )
    save_outcome(outcome, snakemake.output[0])
