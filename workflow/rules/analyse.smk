RESAMPLED = PROTOCOLS[OWN].get("resample", {"validation_rows": 0})["validation_rows"]


rule analyse_runs:
    input:
        code=code("analyse_runs.py"),
        data=DATA,
        runs=RESULTS / "runs.parquet",
        curves=RESULTS / "curves.parquet",
        references=RESULTS / "references.parquet",
    output:
        **tables_of("analyse_runs"),
    log:
        LOGS / "analyse_runs.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(205, 1.7e-3, NETWORKS),
        runtime=minutes(3, 1.3e-4, NETWORKS),
    params:
        config=keys("dataset", "analysis", "grid", "parts", "training"),
        table=DATA_TABLE,
    script:
        "../scripts/analyse_runs.py"


rule analyse_further:
    input:
        code=code("analyse_further.py"),
        runs=RESULTS / "runs.parquet",
        references=RESULTS / "references.parquet",
    output:
        **tables_of("analyse_further"),
    log:
        LOGS / "analyse_further.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(227, 1.6e-3, NETWORKS),
        runtime=minutes(3, 1e-4, NETWORKS),
    params:
        config=keys("dataset", "analysis", "parts"),
        # Rows of the two sides of a random split; unused where the study draws none.
        sizes={
            "n_train": DATA_TABLE["n_rows"] - RESAMPLED,
            "n_validation": RESAMPLED,
        },
    script:
        "../scripts/analyse_further.py"


# Verdicts that are no tables; and tables that no claim quotes.
JUDGED = [name for name in ("agreement", "decay_argument") if name in GIVEN]
QUOTED = [name for name in GIVEN if name not in ("rates", *JUDGED)]
# The last two are of this study's other runs: rows of a table, and what stands before sentences.
GENERATED = [
    *(name for name, result in TEX_TABLES.items() if result in GIVEN),
    "repeats",
    "counts",
]

# Of the configuration all that the study is; where it is built and how are left out.
STUDIED = {
    **{
        key: value
        for key, value in config.items()
        if key not in ("folder", "reuse", "environment", "chunk_size", "download")
    },
    "datasets": {
        name: {
            key: value
            for key, value in block.items()
            if key not in ("source", "urls", "member", "embedded")
        }
        for name, block in DATASETS.items()
    },
}


rule write_claims:
    input:
        **{name: RESULTS / f"{name}.parquet" for name in QUOTED},
        **{name: RESULTS / f"{name}.json" for name in JUDGED},
        code=code("write_claims.py"),
        repeats=local([str(path) for path in files_of(REPEATS, COUNTED)]),
        sentences=local("paper/sentences.yaml"),
        paper=TEX_SOURCES,
        runs=RESULTS / "runs.parquet",
    output:
        **{name: PAPER / f"generated/{name}.tex" for name in GENERATED},
        **{
            name: reported_table(contract)
            for name, contract in contracts_of(repeat_tables).items()
        },
        judged=RESULTS / "repeats.json",
        numbers=RESULTS / "numbers.json",
        settings=RESULTS / "settings.json",
        tex=PAPER / "generated/claims.tex",
    log:
        LOGS / "write_claims.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(208, 4e-4, NETWORKS),
        runtime=minutes(2),
    params:
        settings=STUDIED,
        n_train=N_TRAIN,
        home=HOME,
        repeats=COUNTED,
    script:
        "../scripts/write_claims.py"
