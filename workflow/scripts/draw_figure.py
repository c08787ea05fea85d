"""Draw one figure of the paper."""

from typing import TYPE_CHECKING

from lrstudy.joblog import job_log

if TYPE_CHECKING:  # Snakemake puts the name in when it runs the script
    from snakemake.iocontainers import Snakemake

    snakemake = Snakemake()

with job_log(snakemake.log[0]):
    import json
    from pathlib import Path

    from lrstudy import figures
    from lrstudy.tables import CURVES, RATES, RUNS, read_table

    figures.use_style()
    name, params, source = snakemake.wildcards.name, snakemake.params, snakemake.input
    cell = {"initializer": params.initializer, "trainer": params.trainer}
    if name in ("rates", "readings"):
        rates = read_table(source.rates, RATES)
        figure = figures.draw_rates(rates, name, one_column=name == "readings")
    elif name == "accuracy":
        ledger = json.loads(Path(source.ledger).read_text())
        runs = figures.choose(read_table(source.runs, RUNS), **cell)
        figure = figures.draw_accuracy(runs, params.arms, params.protocols, ledger)
    else:
        curves = figures.choose(read_table(source.curves, CURVES), **cell)
        figure = figures.draw_curves(curves, params.arms, params.protocols)
    figures.save_figure(figure, snakemake.output.pdf, snakemake.output.png)
