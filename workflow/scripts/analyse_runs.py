"""Describe the arms, and test every hypothesis."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.analysis.analyse import arms_table, crossings_table, returns_table
    from lrstudy.analysis.effects import effects_table
    from lrstudy.analysis.tuning import choices_table, grid_table, tuned_table
    from lrstudy.data.dataset import read_dataset
    from lrstudy.tables.results import ARMS, CROSSINGS, EFFECTS, GRID, REFERENCES, RETURNS, TUNED
    from lrstudy.tables.runs import CURVES, RUNS
    from paperledger.io.tables import read_table, write_table

    config, made = snakemake.params.config, dict(snakemake.output.items())
    analysis = config["analysis"]
    runs = read_table(snakemake.input.runs, RUNS)
    labels = read_dataset(snakemake.input.data, **snakemake.params.table).labels
    own = runs[runs["dataset"] == config["dataset"]]
    references = read_table(snakemake.input.references, REFERENCES)
    choices = choices_table(runs, config) if "tuned" in made else None
    write_table(effects_table(runs, references, choices, config), made["effects"], EFFECTS)
    write_table(arms_table(runs, analysis), made["arms"], ARMS)
    if choices is not None:
        write_table(tuned_table(choices, config), made["tuned"], TUNED)
        write_table(grid_table(runs, config), made["grid"], GRID)
    if "crossings" in made:
        curves = read_table(snakemake.input.curves, CURVES)
        write_table(crossings_table(curves, runs, analysis), made["crossings"], CROSSINGS)
    if "returns" in made:
        write_table(returns_table(own, labels, analysis), made["returns"], RETURNS)
