"""Put the networks of all data sets of the second question into one table."""

from typing import Any

from lrstudy.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    import pandas as pd
    from lrstudy.run_tables import ELSEWHERE
    from lrstudy.tables import read_table, write_table

    paths = [path for path in snakemake.input if path.endswith(".parquet")]
    runs = pd.concat([read_table(path, ELSEWHERE) for path in paths], ignore_index=True)
    write_table(runs, snakemake.output[0], ELSEWHERE)
