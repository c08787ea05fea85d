rule check_agreement:
    input:
        code=code("check_agreement.py"),
        networks=RESULTS / "agreement.parquet",
        runs=RESULTS / "runs.parquet",
    output:
        RESULTS / "agreement.json",
    log:
        LOGS / "check_agreement.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(199, 6e-4, NETWORKS),
        runtime=minutes(3),
    params:
        agreement=config["agreement"],
    script:
        "../scripts/check_agreement.py"
