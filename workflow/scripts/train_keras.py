"""Train one chunk of networks with Keras."""

from typing import Any

from paperledger.io.joblog import Progress, job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]) as say:
    from lrstudy.data.dataset import read_dataset
    from lrstudy.design.plan import chunk_members
    from lrstudy.keras.runs import train_chunk
    from lrstudy.keras.trainer import make_deterministic
    from lrstudy.tables.outcome import save_outcome

    make_deterministic()
    config = snakemake.params.config
    members = chunk_members(
        snakemake.input.members, "keras", int(snakemake.wildcards.chunk), snakemake.params.dataset
    )
    on = f"{snakemake.params.dataset}, {members['protocol'].iloc[0]}"
    outcome = train_chunk(
        read_dataset(snakemake.input.data, **snakemake.params.table),
        config,
        members,
        progress=Progress(say, f"Keras, {on}", len(members), "networks"),
    )
    save_outcome(outcome, snakemake.output[0])
