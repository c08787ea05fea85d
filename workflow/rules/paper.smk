from lrstudy.origins import source_hash, uncommitted

MODULE_OF_FIGURE = {"readings": "fig_rates", "grid_tail": "fig_grid"}
# Figures and tables of the paper: the files of rule, code and data.
CAPTIONS = {
    **{
        name: [
            "workflow/rules/figures.smk",
            f"workflow/scripts/lrstudy/{MODULE_OF_FIGURE.get(name, f'fig_{name}')}.py",
            *(str(path) for path in inputs.values()),
        ]
        for name, inputs in FIGURE_INPUT.items()
    },
    **{
        f"table.{name}": [
            "workflow/rules/analyse.smk",
            f"workflow/scripts/lrstudy/{module}.py",
            str(RESULTS / f"{table}.parquet"),
        ]
        for name, module, table in (
            ("arms", "analyse", "arms"),
            ("hypotheses", "effects", "effects"),
            ("tuned", "tuning", "tuned"),
            ("tips", "effects", "effects"),
            ("rates", "schedules", "rates"),
        )
    },
}


rule write_origins:
    input:
        code=code("write_origins.py"),
    output:
        PAPER / "generated/origins.tex",
    log:
        LOGS / "write_origins.log",
    conda:
        "../envs/study.yaml"
    params:
        origins={
            "origins": CAPTIONS,
            "repository": config["paper"]["repository"],
            "sources": source_hash(Path(workflow.basedir)),
            "changed": uncommitted(Path(workflow.basedir)),
        },
    script:
        "../scripts/write_origins.py"


rule compile_paper:
    input:
        code=code("compile_paper.py"),
        sources=[*TEX_SOURCES, "paper/references.bib"],
        generated=expand(
            str(PAPER / "generated/{name}.tex"),
            name=["claims", "sentences", "hypotheses", "tuned", "origins"],
        ),
        figures=expand(str(FIGURES / "{name}.pdf"), name=FIGURE_INPUT),
    output:
        pdf=PAPER / "paper.pdf",
        printed=RESULTS / "printed.json",
    log:
        LOGS / "compile_paper.log",
    conda:
        "../envs/study.yaml"
    params:
        date=config["paper"]["date"],
    script:
        "../scripts/compile_paper.py"


# Where a claim comes from, by the first word of its id; "" is all that config and data say.
ORIGINS = {
    prefix: {"rule": rule, "script": f"{rule}.py", "inputs": [f"results/{table}"]}
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
        "follow_literally": {"literal": "literal.json"},
        "collect_runs": {"networks": "runs.parquet"},
        "write_claims": {"": "data/ionosphere.data"},
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
        sentences="paper/sentences.yaml",
    output:
        RESULTS / "claims.json",
    log:
        LOGS / "write_ledger.log",
    conda:
        "../envs/study.yaml"
    params:
        origins=ORIGINS,
        root=str(ROOT),
    script:
        "../scripts/write_ledger.py"
