"""Train one chunk of networks with Keras."""

from typing import Any

from paperledger.io.joblog import Progress, job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]) as say:
    from lrstudy.data.dataset import read_dataset
    from lrstudy.design.plan import chunk_members
    from lrstudy.keras.runs import train_chunk
    from lrstudy.keras.trainer import make_deterministic
    from lrstudy.tables.outcome import save_outcomes
    from lrstudy.tables.runs import GROUP

    make_deterministic()
    params = snakemake.params
    datasets = {
        name: read_dataset(path, **table)
        for path, (name, table) in zip(snakemake.input.data, params.tables.items(), strict=True)
    }
    members = chunk_members(
        snakemake.input.members, "keras", int(snakemake.wildcards.chunk), datasets
    )
    outcomes = [
        train_chunk(
            datasets[name],
            params.settings[name],
            rows,
            progress=Progress(say, f"Keras, {name}, {protocol}", len(rows), "networks"),
        )
        for (name, protocol, _), rows in members.groupby(list(GROUP), sort=False)
    ]
    save_outcomes(outcomes, snakemake.output[0])
