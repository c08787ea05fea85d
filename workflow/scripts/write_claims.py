"""Write all numbers that the paper may print, and the TeX that prints them."""

import json
from pathlib import Path
from typing import Any

from lrstudy.repeats.settings import RepeatError
from paperledger.io.joblog import job_log
from paperledger.io.yaml_file import ConfigError, read_yaml

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(RepeatError, ConfigError)) as say:
    from importlib import import_module
    from pkgutil import iter_modules

    from lrstudy import claims as claims_folder
    from lrstudy.claims.tex_tables import hypotheses_tex, primary_tex, tuned_tex
    from lrstudy.repeats.build import judge_build
    from lrstudy.repeats.judge import asked, places_of
    from lrstudy.repeats.printed import repeat_claims, repeats_tex
    from lrstudy.repeats.record import read_values
    from lrstudy.repeats.tables import effects_by_run, verdicts_by_run
    from lrstudy.tables import results as result_tables
    from lrstudy.tables.repeats import BY_RUN, VERDICTS
    from lrstudy.tables.runs import RUNS
    from paperledger.claims.claim import numbers_json
    from paperledger.claims.gather import gather, join
    from paperledger.claims.macros import macros_tex
    from paperledger.claims.quoted import table_claims
    from paperledger.claims.sentences import counts_tex
    from paperledger.io.files import write_atomically
    from paperledger.io.tables import contracts_of, read_table, write_table

    params, source = snakemake.params, dict(snakemake.input.items())
    settings = params.settings
    analysis = settings["analysis"]
    tables = {
        name: (read_table(source[name], contract), contract)
        for name, contract in contracts_of(result_tables).items()
        if name in source
    }
    at_hand = {
        **{name: frame for name, (frame, _) in tables.items()},
        **{key: settings[key] for key in ("analysis", "figures") if key in settings},
        **{
            name: json.loads(Path(source[name]).read_text())
            for name in ("decay_argument", "agreement")
            if name in source
        },
        "settings": settings,
        "runs": read_table(source["runs"], RUNS),
        "updates_per_epoch": -(-params.n_train // settings["training"]["batch_size"]),
    }
    quoted = [table_claims(*table, params.home) for table in tables.values() if table[1].stem]
    modules = [
        import_module(f"lrstudy.claims.{module.name}")
        for module in iter_modules(claims_folder.__path__)
    ]
    claims = join([gather(modules, at_hand), *quoted])
    repeats = judge_build(
        {name: claim.value for name, claim in claims.items()},
        source["sentences"],
        source["paper"],
        params.repeats,
        stop=settings["paper"]["unsupported"] == "stop",
        say=say,
    )
    claims = join([claims, repeat_claims(repeats)])
    judged = (json.dumps(repeats, indent=1, allow_nan=False) + "\n").encode()
    write_atomically(snakemake.output.judged, judged)
    values = {
        0: {name: claim.value for name, claim in claims.items()},
        **read_values(params.repeats),
    }
    by_run = effects_by_run(tables["effects"][0], values, params.home)
    write_table(by_run, snakemake.output.by_run, BY_RUN)
    texts = {path: Path(path).read_text("utf-8") for path in source["paper"]}
    verdicts = verdicts_by_run(asked(read_yaml(source["sentences"])), places_of(texts), values)
    write_table(verdicts, snakemake.output.verdicts, VERDICTS)
    write_atomically(snakemake.output.repeats, repeats_tex(repeats).encode())
    write_atomically(snakemake.output.counts, counts_tex(repeats["sentences"]).encode())
    text = json.dumps(settings, indent=1, sort_keys=True) + "\n"
    write_atomically(snakemake.output.settings, text.encode())
    write_atomically(snakemake.output.numbers, numbers_json(claims).encode())
    macros = macros_tex({name: claim.text for name, claim in claims.items()})
    write_atomically(snakemake.output.tex, macros.encode())
    effects = tables["effects"][0]
    effects = effects[effects["dataset"] == settings["dataset"]]
    initializers = list(settings["initializers"])
    write_atomically(snakemake.output.primary, primary_tex(effects, initializers).encode())
    rows = hypotheses_tex(effects, initializers, analysis if "tuned" in tables else None)
    write_atomically(snakemake.output.hypotheses, rows.encode())
    if "tuned" in tables:
        table = tuned_tex(tables["tuned"][0], settings["grid"], analysis)
        write_atomically(snakemake.output.tuned, table.encode())
