"""Other outcomes, second opinions, sources of variance, and reference classifiers."""

from typing import Any

from lrstudy.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.classifiers import references_table
    from lrstudy.data import read_table as read_data
    from lrstudy.result_tables import COMPONENTS, OUTCOMES, REFERENCES, SENSITIVITY
    from lrstudy.run_tables import RUNS
    from lrstudy.secondary import components_table, outcomes_table, sensitivity_table
    from lrstudy.tables import read_table, write_table

    config, output = snakemake.params.config, snakemake.output
    analysis = config["analysis"]
    runs = read_table(snakemake.input.runs, RUNS)
    dataset = read_data(snakemake.input.data, **snakemake.params.table)
    n_validation = config["protocols"]["resample"]["validation_rows"]
    sizes = {"n_train": len(dataset.labels) - n_validation, "n_validation": n_validation}
    studied = runs[runs["part"].isin(analysis["parts"])]
    write_table(outcomes_table(runs, analysis, "primary"), output.outcomes, OUTCOMES)
    write_table(sensitivity_table(runs, analysis, **sizes), output.sensitivity, SENSITIVITY)
    write_table(components_table(runs, config["parts"], analysis), output.components, COMPONENTS)
    references = references_table(dataset, config["protocols"], studied)
    write_table(references, output.references, REFERENCES)
