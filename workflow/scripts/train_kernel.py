"""Train one chunk of networks with the kernel."""

from typing import Any

from paperledger.io.joblog import Progress, job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]) as say:
    from lrstudy.data.dataset import read_dataset
    from lrstudy.design.plan import chunk_members
    from lrstudy.kernel.assembly import train_chunk
    from lrstudy.tables.outcome import save_outcome

    members = chunk_members(
        snakemake.input.members, "kernel", int(snakemake.wildcards.chunk), snakemake.params.dataset
    )
    on = f"{snakemake.params.dataset}, {members['protocol'].iloc[0]}"
    outcome = train_chunk(
        read_dataset(snakemake.input.data, **snakemake.params.table),
        snakemake.params.config,
        members,
        n_threads=snakemake.threads,
        progress=Progress(say, f"kernel, {on}", len(members), "networks"),
    )
    save_outcome(outcome, snakemake.output[0])
