rule fetch_data:
    input:
        RESULTS / "environment.json",
        code=code("fetch_data.py"),
        embedded=local(config["data"]["embedded"]),
    output:
        data=DATA,
        provenance=RESULTS / "data/source.json",
    log:
        LOGS / "fetch_data.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(42),
        runtime=minutes(20),
    params:
        data={**LIMITS, **source_of(config["data"])},
    script:
        "../scripts/fetch_data.py"
