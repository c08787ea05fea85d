"""Describe the arms and estimate the contrasts."""

from typing import TYPE_CHECKING

from lrstudy.joblog import job_log

if TYPE_CHECKING:  # Snakemake puts the name in when it runs the script
    from snakemake.iocontainers import Snakemake

    snakemake = Snakemake()

with job_log(snakemake.log[0]):
    from lrstudy.analyse import arms_table, contrasts_table
    from lrstudy.tables import ARMS, CONTRASTS, RUNS, read_table, write_table

    runs = read_table(snakemake.input.runs, RUNS)
    analysis = snakemake.params.analysis
    write_table(arms_table(runs, analysis), snakemake.output.arms, ARMS)
    write_table(contrasts_table(runs, analysis), snakemake.output.contrasts, CONTRASTS)
