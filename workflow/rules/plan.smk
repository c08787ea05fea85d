rule plan_members:
    input:
        RESULTS / "environment.json",
        code=code("plan_members.py"),
        data=[data_of(name) for name in DATASETS],
    output:
        RESULTS / "chunks/members.parquet",
    log:
        LOGS / "plan_members.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(133, 3e-4, NETWORKS),
        runtime=minutes(2, 1e-6, NETWORKS),
    params:
        config=wordless(
            keys(
                "dataset",
                "first_replicate",
                "parts",
                "chunk_size",
                "training",
                "arms",
                "variants",
                "grid",
            )
        ),
        tables=DATA_TABLES,
        protocols=PROTOCOLS,
    script:
        "../scripts/plan_members.py"


if "rates" in GIVEN:

    # Apart from the plan, as all training follows from that.
    rule plan_rates:
        input:
            RESULTS / "environment.json",
            code=code("plan_rates.py"),
        output:
            RESULTS / "rates.parquet",
        log:
            LOGS / "plan_rates.log",
        conda:
            "../envs/study.yaml"
        resources:
            mem_mb=memory(133),
            runtime=minutes(2),
        params:
            figures=config["figures"],
            training=config["training"],
            n_train=N_TRAIN,
        script:
            "../scripts/plan_rates.py"
