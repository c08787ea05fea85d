"""Draw all figures of the build."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]) as say:
    import importlib
    from pathlib import Path

    from lrstudy.drawing.study import Study
    from lrstudy.drawing.style import choose, save_figure, use_style
    from lrstudy.tables import repeats as repeat_tables
    from lrstudy.tables import results as result_tables
    from lrstudy.tables import runs as run_tables
    from paperledger.io.tables import contracts_of, read_table

    contracts = contracts_of(run_tables, result_tables, repeat_tables)
    study = Study(**snakemake.params.study)
    files = {
        Path(pdf).stem: (pdf, png)
        for pdf, png in zip(snakemake.output.pdf, snakemake.output.png, strict=True)
    }
    figures = {name: importlib.import_module(f"lrstudy.figures.{name}") for name in files}
    tables = {}
    for name in dict.fromkeys(table for figure in figures.values() for table in figure.TABLES):
        tables[name] = read_table(snakemake.input[name], contracts[name])
        # Keras trains some of the same arms, in a part of its own.
        if "part" in tables[name]:
            tables[name] = choose(tables[name], part=study.parts)
    use_style()
    for name, figure in figures.items():
        given = {table: tables[table] for table in figure.TABLES}
        try:
            if not getattr(figure, "ALL_DATA", False):
                given = {
                    table: choose(rows, dataset=study.own) if "dataset" in rows else rows
                    for table, rows in given.items()
                }
            save_figure(figure.draw(given, study), *files[name])
        except Exception:
            say(f"error: the figure {name} cannot be drawn:")
            raise
