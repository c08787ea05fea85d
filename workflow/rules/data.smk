rule fetch_data:
    input:
        RESULTS / "environment.json",
        code=code("fetch_data.py"),
        embedded=local("data/ionosphere.data"),
    output:
        data=RESULTS / "data/ionosphere.data",
        provenance=RESULTS / "data/source.json",
    log:
        LOGS / "fetch_data.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(42),
        runtime=minutes(20),
    params:
        data={key: value for key, value in config["data"].items() if key != "table"},
    script:
        "../scripts/fetch_data.py"
