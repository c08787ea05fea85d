from lrstudy.origins import source_hash, uncommitted

MODULE_OF_FIGURE = {"readings": "fig_rates", "grid_tail": "fig_grid"}
# Figures and tables of the paper: the files of rule, code and data, without the build's folder: a
# recheck prints the same bytes.
CAPTIONS = {
    **{
        name: [
            "workflow/rules/figures.smk",
            f"workflow/scripts/lrstudy/{MODULE_OF_FIGURE.get(name, f'fig_{name}')}.py",
            *(str(path.relative_to(ROOT)) for path in inputs.values()),
        ]
        for name, inputs in FIGURE_INPUT.items()
    },
    **{
        f"table.{name}": [
            "workflow/rules/analyse.smk",
            f"workflow/scripts/lrstudy/{module}.py",
            f"results/{table}.parquet",
        ]
        for name, module, table in (
            ("arms", "analyse", "arms"),
            ("hypotheses", "effects", "effects"),
            ("tuned", "tuning", "tuned"),
            ("tips", "effects", "effects"),
            ("rates", "plan", "rates"),
        )
    },
}


# Runs where the checkout and its git are, not in a job.
rule write_origins:
    input:
        code=code("write_origins.py"),
    output:
        PAPER / "generated/origins.tex",
    log:
        LOGS / "write_origins.log",
    localrule: True
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(40),
        runtime=minutes(1),
    params:
        origins={
            "origins": CAPTIONS,
            "repository": config["paper"]["repository"],
            "sources": source_hash(Path(workflow.basedir)),
            "changed": uncommitted(Path(workflow.basedir)),
        },
    script:
        "../scripts/write_origins.py"


# The study's own settings, whatever --configfile lays over them: the text describes them.
rule check_numerals:
    input:
        code=code("check_numerals.py"),
        numerals=local("paper/numerals.yaml"),
        paper=TEX_SOURCES,
        config=local("config/config.yaml"),
    output:
        RESULTS / "numerals.json",
    log:
        LOGS / "check_numerals.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(196),
        runtime=minutes(4),
    script:
        "../scripts/check_numerals.py"


rule compile_paper:
    input:
        RESULTS / "numerals.json",
        code=code("compile_paper.py"),
        numbers=RESULTS / "numbers.json",
        verdicts=RESULTS / "sentences.json",
        sources=[*TEX_SOURCES, local("paper/references.bib")],
        generated=expand(
            str(PAPER / "generated/{name}.tex"),
            name=["claims", "sentences", "hypotheses", "tuned", "origins"],
        ),
        figures=expand(str(FIGURES / "{name}.pdf"), name=FIGURE_INPUT),
    output:
        pdf=report(
            PAPER / "paper.pdf",
            caption="../report/paper.rst",
            category="Paper",
            labels={"file": "the paper (PDF)"},
        ),
        printed=RESULTS / "printed.json",
    log:
        LOGS / "compile_paper.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(100),
        runtime=minutes(3),
    params:
        date=config["paper"]["date"],
    script:
        "../scripts/compile_paper.py"


# Where a claim comes from, by the first word of its id; "" is all that config and data say.
ORIGINS = {
    prefix: {
        "rule": rule,
        "script": f"{rule}.py",
        "inputs": [f"results/{table}", "results/environment.json"],
    }
    for rule, tables in {
        "analyse_runs": {
            "arm": "arms.parquet",
            "effect": "effects.parquet",
            "headline": "effects.parquet",
            "grid": "grid.parquet",
            "tuned": "tuned.parquet",
            "returns": "returns.parquet",
        },
        "analyse_further": {
            "outcome": "outcomes.parquet",
            "sensitivity": "sensitivity.parquet",
            "component": "components.parquet",
            "reference": "references.parquet",
        },
        "check_agreement": {"agreement": "agreement.json"},
        "check_sentences": {"sentence": "sentences.json"},
        "follow_literally": {"literal": "literal.json"},
        "collect_runs": {"networks": "runs.parquet"},
        "analyse_elsewhere": {
            "elsewhere": "elsewhere_effects.parquet",
            "set": "elsewhere_arms.parquet",
        },
        "write_claims": {"": f"data/{DATA.name}"},
    }.items()
    for prefix, table in tables.items()
}


rule write_ledger:
    input:
        [
            RESULTS.parent / path
            for origin in ORIGINS.values()
            for path in origin["inputs"]
        ],
        code=code("write_ledger.py"),
        numbers=RESULTS / "numbers.json",
        printed=RESULTS / "printed.json",
        sentences=local("paper/sentences.yaml"),
        verdicts=RESULTS / "sentences.json",
    output:
        report(
            RESULTS / "claims.json",
            caption="../report/claims.rst",
            category="Paper",
            labels={"file": "its numbers (JSON)"},
        ),
    log:
        LOGS / "write_ledger.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(200),
        runtime=minutes(2),
    params:
        origins=ORIGINS,
    script:
        "../scripts/write_ledger.py"
