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
    resources:
        mem_mb=memory(133, 3e-4, NETWORKS),
        runtime=minutes(2, 1e-6, NETWORKS),
    params:
        config={
            key: config[key]
            for key in ("parts", "chunk_members", "training", "figures", "grid")
        },
        n_train=TAIL_TRAIN,
    script:
        "../scripts/plan_members.py"
