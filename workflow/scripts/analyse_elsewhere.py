"""Describe the arms, and test the contrasts, on every data set of the second question."""

from typing import Any

from lrstudy.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.data import read_table as read_data
    from lrstudy.elsewhere import elsewhere_arms, elsewhere_effects
    from lrstudy.result_tables import ELSEWHERE_ARMS, ELSEWHERE_EFFECTS
    from lrstudy.run_tables import ELSEWHERE
    from lrstudy.tables import read_table, write_table

    source, params = snakemake.input, snakemake.params
    runs = read_table(source.runs, ELSEWHERE)
    datasets = {
        name: read_data(path, **table)
        for path, (name, table) in zip(source.data, params.tables.items(), strict=True)
    }
    write_table(
        elsewhere_arms(runs, datasets, params.analysis), snakemake.output.arms, ELSEWHERE_ARMS
    )
    effects = elsewhere_effects(runs, params.elsewhere, params.analysis)
    write_table(effects, snakemake.output.effects, ELSEWHERE_EFFECTS)
