rule train_keras:
    input:
        code=code("train_keras.py"),
        data=chunk_data("keras"),
        members=RESULTS / "chunks/members.parquet",
    output:
        RESULTS / "chunks/keras_{chunk}.npz",
    log:
        LOGS / "train_keras_{chunk}.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(777),
        runtime=minutes(60),
    params:
        settings=of_chunk("keras", SETTINGS.get),
        tables=of_chunk("keras", DATA_TABLES.get),
    script:
        "../scripts/train_keras.py"


rule train_kernel:
    input:
        code=code("train_kernel.py"),
        data=chunk_data("kernel"),
        members=RESULTS / "chunks/members.parquet",
    output:
        RESULTS / "chunks/kernel_{chunk}.npz",
    log:
        LOGS / "train_kernel_{chunk}.log",
    conda:
        "../envs/study.yaml"
    threads: 2
    resources:
        mem_mb=kernel_memory,
        runtime=kernel_minutes,
    params:
        settings=of_chunk("kernel", SETTINGS.get),
        tables=of_chunk("kernel", DATA_TABLES.get),
    script:
        "../scripts/train_kernel.py"


if "decay_argument" in GIVEN:

    rule run_decay_argument:
        input:
            code=code("run_decay_argument.py"),
            data=DATA,
            # Written once all data are found right.
            plan=RESULTS / "chunks/members.parquet",
        output:
            RESULTS / "decay_argument.json",
        log:
            LOGS / "run_decay_argument.log",
        conda:
            "../envs/study.yaml"
        resources:
            mem_mb=memory(705),
            runtime=minutes(70),
        params:
            training=SETTINGS[OWN]["training"],
            validation_fraction=PROTOCOLS[OWN]["tail"]["validation_fraction"],
            table=DATA_TABLE,
        script:
            "../scripts/run_decay_argument.py"


if "agreement" in GIVEN:

    # No network depends on what is allowed: another limit trains none again.
    ALLOWED = {
        "weight_tolerance",
        "flipped_per_10000",
        "populations",
        "population_margin",
    }

    rule compare_trainers:
        input:
            code=code("compare_trainers.py"),
            data=DATA,
            # Written once all data are found right.
            plan=RESULTS / "chunks/members.parquet",
        output:
            RESULTS / "agreement.parquet",
        log:
            LOGS / "compare_trainers.log",
        conda:
            "../envs/study.yaml"
        threads: 2
        resources:
            mem_mb=memory(821),
            runtime=minutes(52),
        params:
            config={
                **SETTINGS[OWN],
                "dataset": OWN,
                "first_replicate": config["first_replicate"],
                "agreement": {
                    key: wordless(value)
                    for key, value in config["agreement"].items()
                    if key not in ALLOWED
                },
            },
            table=DATA_TABLE,
        script:
            "../scripts/compare_trainers.py"


rule collect_runs:
    input:
        code=code("collect_runs.py"),
        data=[data_of(name) for name in DATASETS],
        members=RESULTS / "chunks/members.parquet",
        chunks=[
            RESULTS / f"chunks/{trainer}_{chunk}.npz"
            for trainer, jobs in CHUNKS.items()
            for chunk in range(len(jobs))
        ],
    output:
        runs=RESULTS / "runs.parquet",
        curves=RESULTS / "curves.parquet",
    log:
        LOGS / "collect_runs.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(222, 1.9e-3, NETWORKS),
        runtime=minutes(3, 3e-5, NETWORKS),
    params:
        tables=DATA_TABLES,
        protocols=PROTOCOLS,
        curve_parts=config["analysis"]["parts"],
    script:
        "../scripts/collect_runs.py"


rule fit_references:
    input:
        code=code("fit_references.py"),
        data=DATA,
        members=RESULTS / "chunks/members.parquet",
    output:
        **tables_of("fit_references"),
    log:
        LOGS / "fit_references.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(227, 2e-4, NETWORKS),
        runtime=minutes(3, 2e-4, NETWORKS),
    params:
        config=keys("dataset", "analysis"),
        protocols=PROTOCOLS[OWN],
        table=DATA_TABLE,
    script:
        "../scripts/fit_references.py"
