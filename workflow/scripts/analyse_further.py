"""Other outcomes, second opinions, and sources of variance."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.analysis.secondary import components_table, outcomes_table, robustness_table
    from lrstudy.tables.results import COMPONENTS, OUTCOMES, REFERENCES, ROBUSTNESS
    from lrstudy.tables.runs import RUNS
    from paperledger.io.tables import read_table, write_table

    config, made = snakemake.params.config, dict(snakemake.output.items())
    analysis = config["analysis"]
    runs = read_table(snakemake.input.runs, RUNS)
    references = read_table(snakemake.input.references, REFERENCES)
    robustness = robustness_table(runs, references, config, **snakemake.params.sizes)
    write_table(robustness, made["robustness"], ROBUSTNESS)
    if "outcomes" in made:
        outcomes = outcomes_table(runs, analysis, config["dataset"])
        write_table(outcomes, made["outcomes"], OUTCOMES)
    if "components" in made:
        components = components_table(runs, config["parts"], analysis)
        write_table(components, made["components"], COMPONENTS)
