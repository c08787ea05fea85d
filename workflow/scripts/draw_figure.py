"""Draw one figure of the paper."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    import importlib

    from lrstudy.drawing.study import Study
    from lrstudy.drawing.style import choose, save_figure, use_style
    from lrstudy.tables import repeats as repeat_tables
    from lrstudy.tables import results as result_tables
    from lrstudy.tables import runs as run_tables
    from paperledger.io.tables import contracts_of, read_table

    contracts = contracts_of(run_tables, result_tables, repeat_tables)
    figure = importlib.import_module(f"lrstudy.figures.{snakemake.wildcards.name}")
    study = Study(**snakemake.params.study)
    tables = {name: read_table(snakemake.input[name], contracts[name]) for name in figure.TABLES}
    for name, table in tables.items():
        # Keras trains some of the same arms, in a part of its own.
        if "part" in table:
            tables[name] = choose(tables[name], part=study.parts)
        if "dataset" in table and not getattr(figure, "ALL_DATA", False):
            tables[name] = choose(tables[name], dataset=study.own)
    use_style()
    save_figure(figure.draw(tables, study), snakemake.output.pdf, snakemake.output.png)
