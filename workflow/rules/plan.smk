rule plan_members:
    input:
        RESULTS / "environment.json",
        code=code("plan_members.py"),
    output:
        members=RESULTS / "members.parquet",
        rates=RESULTS / "rates.parquet",
    log:
        LOGS / "plan_members.log",
    conda:
        "../envs/study.yaml"
    params:
        config={
            key: config[key]
            for key in ("parts", "chunk_members", "training", "figures", "grid")
        },
        n_train=TAIL_TRAIN,
    script:
        "../scripts/plan_members.py"
