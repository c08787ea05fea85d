"""Write the ledger of the paper's numbers, and the TeX definitions made from it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from lrstudy.joblog import job_log

if TYPE_CHECKING:  # Snakemake puts the name in when it runs the script
    from snakemake.iocontainers import Snakemake

    snakemake = Snakemake()

with job_log(snakemake.log[0]):
    from lrstudy import claims
    from lrstudy.data import read_table as read_data
    from lrstudy.fetch import write_atomically
    from lrstudy.tables import ARMS, CONTRASTS, RUNS, read_table

    params, source = snakemake.params, snakemake.input
    config = params.config
    labels = read_data(source.data, **params.table).labels
    updates_per_epoch = -(-params.n_train // config["training"]["batch_size"])
    runs = read_table(source.runs, RUNS)
    ledger = {
        **claims.setting_claims(config, updates_per_epoch),
        **claims.training_claims(runs, config["analysis"]["trainer"]),
        **claims.data_claims(labels, params.n_train),
        **claims.tutorial_claims(config["analysis"]["tutorial"], config["analysis"]["confidence"]),
        **claims.majority_claims(runs),
        **claims.rate_claims(config["figures"], updates_per_epoch),
        **claims.arm_claims(read_table(source.arms, ARMS)),
        **claims.contrast_claims(read_table(source.contrasts, CONTRASTS)),
        **claims.agreement_claims(json.loads(Path(source.agreement).read_text())),
        **claims.literal_claims(json.loads(Path(source.literal).read_text())),
    }
    write_atomically(snakemake.output.ledger, claims.ledger_json(ledger).encode())
    write_atomically(snakemake.output.tex, claims.ledger_tex(ledger).encode())
