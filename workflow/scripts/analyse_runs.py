"""Describe the arms, and test every hypothesis."""

from typing import Any

from lrstudy.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.analyse import arms_table, returns_table
    from lrstudy.data import read_table as read_data
    from lrstudy.effects import effects_table
    from lrstudy.result_tables import ARMS, EFFECTS, GRID, RETURNS, TUNED
    from lrstudy.run_tables import RUNS
    from lrstudy.tables import read_table, write_table
    from lrstudy.tuning import grid_table, tuned_table

    config, output = snakemake.params.config, snakemake.output
    analysis = config["analysis"]
    runs = read_table(snakemake.input.runs, RUNS)
    labels = read_data(snakemake.input.data, **snakemake.params.table).labels
    tuned = tuned_table(runs, config)
    write_table(effects_table(runs, tuned, config), output.effects, EFFECTS)
    write_table(tuned, output.tuned, TUNED)
    write_table(grid_table(runs, config), output.grid, GRID)
    write_table(arms_table(runs, analysis), output.arms, ARMS)
    write_table(returns_table(runs, labels, analysis), output.returns, RETURNS)
