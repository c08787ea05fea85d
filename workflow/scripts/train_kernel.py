"""Train one chunk of networks with the kernel."""

from typing import Any

from lrstudy.joblog import Progress, job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]) as say:
    from lrstudy.data import read_table as read_data
    from lrstudy.ensemble import train_chunk
    from lrstudy.outcome import save_outcome
    from lrstudy.plan import chunk_members

    members = chunk_members(snakemake.input.members, "kernel", int(snakemake.wildcards.chunk))
    outcome = train_chunk(
        read_data(snakemake.input.data, **snakemake.params.table),
        snakemake.params.config,
        members,
        n_threads=snakemake.threads,
        progress=Progress(say, f"kernel, {members['protocol'].iloc[0]}", len(members)),
    )
    save_outcome(outcome, snakemake.output[0])
