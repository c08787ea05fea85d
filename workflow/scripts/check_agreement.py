"""Stop the build unless the kernel agrees with Keras."""

import json
from dataclasses import asdict
from typing import Any

from lrstudy.agreement.gate import AgreementError, check_agreement
from lrstudy.tables.runs import AGREEMENT, RUNS
from paperledger.io.files import write_atomically
from paperledger.io.joblog import job_log
from paperledger.io.tables import read_table

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(AgreementError,)):
    networks = read_table(snakemake.input.networks, AGREEMENT)
    runs = read_table(snakemake.input.runs, RUNS)
    found = check_agreement(networks, runs, snakemake.params.agreement)
    write_atomically(snakemake.output[0], (json.dumps(asdict(found), indent=1) + "\n").encode())
