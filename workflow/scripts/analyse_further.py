"""Other outcomes, second opinions, sources of variance, and reference classifiers."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy.analysis.classifiers import references_table
    from lrstudy.analysis.secondary import components_table, outcomes_table, robustness_table
    from lrstudy.data.dataset import read_dataset
    from lrstudy.tables.results import COMPONENTS, OUTCOMES, REFERENCES, ROBUSTNESS
    from lrstudy.tables.runs import RUNS
    from paperledger.io.tables import read_table, write_table

    config, made = snakemake.params.config, dict(snakemake.output.items())
    analysis, own = config["analysis"], config["dataset"]
    runs = read_table(snakemake.input.runs, RUNS)
    dataset = read_dataset(snakemake.input.data, **snakemake.params.table)
    n_validation = config["protocols"].get("resample", {"validation_rows": 0})["validation_rows"]
    sizes = {"n_train": len(dataset.labels) - n_validation, "n_validation": n_validation}
    studied = runs[runs["part"].isin(analysis["parts"]) & (runs["dataset"] == own)]
    write_table(outcomes_table(runs, analysis, own, "primary"), made["outcomes"], OUTCOMES)
    write_table(robustness_table(runs, analysis, own, **sizes), made["robustness"], ROBUSTNESS)
    if "components" in made:
        components = components_table(runs, config["parts"], analysis)
        write_table(components, made["components"], COMPONENTS)
    references = references_table(dataset, config["protocols"], studied)
    write_table(references, made["references"], REFERENCES)
