"""Write the links from figures and tables to their origins, and the hash of the sources."""

from typing import Any

from lrstudy.files import write_atomically
from lrstudy.joblog import job_log
from lrstudy.origins import origins_tex

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    write_atomically(snakemake.output[0], origins_tex(**snakemake.params.origins).encode())
