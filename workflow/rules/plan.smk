rule plan_members:
    input:
        RESULTS / "environment.json",
        code=code("plan_members.py"),
    output:
        **{name: RESULTS / f"{name}.parquet" for name in ["rates"] if name in GIVEN},
        members=RESULTS / "chunks/members.parquet",
    log:
        LOGS / "plan_members.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(133, 3e-4, NETWORKS),
        runtime=minutes(2, 1e-6, NETWORKS),
    params:
        config=keys(
            "dataset", "parts", "chunk_size", "training", "arms", "figures", "grid"
        ),
        n_train=N_TRAIN,
    script:
        "../scripts/plan_members.py"
