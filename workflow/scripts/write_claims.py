"""Write all numbers that the paper may print, and the TeX that prints them."""

import json
from pathlib import Path
from typing import Any

from lrstudy.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from lrstudy import claims
    from lrstudy import result_claims as results
    from lrstudy import result_tables as contracts
    from lrstudy.data import read_table as read_data
    from lrstudy.files import write_atomically
    from lrstudy.latex import hypotheses_tex, tuned_tex
    from lrstudy.macros import macros_tex
    from lrstudy.run_tables import RUNS
    from lrstudy.tables import read_table

    params, source = snakemake.params, snakemake.input
    config = params.config
    analysis = config["analysis"]
    labels = read_data(source.data, **params.table).labels
    updates_per_epoch = -(-params.n_train // config["training"]["batch_size"])
    runs = read_table(source.runs, RUNS)
    effects = read_table(source.effects, contracts.EFFECTS)
    grid = read_table(source.grid, contracts.GRID)
    tuned = read_table(source.tuned, contracts.TUNED)
    returns = read_table(source.returns, contracts.RETURNS)
    ledger = {
        **claims.setting_claims(config, updates_per_epoch),
        **claims.training_claims(runs, config["parts"]),
        **claims.data_claims(labels, params.n_train),
        **claims.tutorial_claims(analysis["tutorial"], analysis["confidence"]),
        **claims.rate_claims(config["figures"], updates_per_epoch),
        **claims.agreement_claims(json.loads(Path(source.agreement).read_text())),
        **claims.literal_claims(json.loads(Path(source.literal).read_text())),
        **results.arm_claims(read_table(source.arms, contracts.ARMS)),
        **results.effect_claims(effects),
        **results.outcome_claims(read_table(source.outcomes, contracts.OUTCOMES)),
        **results.sensitivity_claims(read_table(source.sensitivity, contracts.SENSITIVITY)),
        **results.component_claims(read_table(source.components, contracts.COMPONENTS)),
        **results.reference_claims(read_table(source.references, contracts.REFERENCES)),
        **results.grid_claims(grid, tuned, effects, config),
        **results.returns_claims(returns),
        **results.elsewhere_claims(
            read_table(source.elsewhere_arms, contracts.ELSEWHERE_ARMS),
            read_table(source.elsewhere_effects, contracts.ELSEWHERE_EFFECTS),
        ),
        **results.headline_claims(returns, effects, analysis["tutorial"]),
    }
    write_atomically(snakemake.output.numbers, claims.numbers_json(ledger).encode())
    macros = macros_tex({name: claim.text for name, claim in ledger.items()})
    write_atomically(snakemake.output.tex, macros.encode())
    table = hypotheses_tex(effects, list(config["initializers"]), analysis["families"])
    write_atomically(snakemake.output.hypotheses, table.encode())
    table = tuned_tex(tuned, config["grid"], analysis)
    write_atomically(snakemake.output.tuned, table.encode())
