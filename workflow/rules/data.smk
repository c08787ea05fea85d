rule fetch_data:
    input:
        RESULTS / "environment.json",
        lambda wildcards: [
            local(DATASETS[wildcards.dataset][key])
            for key in ("embedded",)
            if key in DATASETS[wildcards.dataset]
        ],
        code=code("fetch_data.py"),
    output:
        data=RESULTS / "data/{dataset}.data",
        provenance=RESULTS / "data/{dataset}.json",
    log:
        LOGS / "fetch_{dataset}.log",
    wildcard_constraints:
        dataset="|".join(DATASETS),
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(42),
        runtime=minutes(20),
    params:
        data=lambda wildcards: {
            **config["download"],
            **source_of(DATASETS[wildcards.dataset]),
        },
    script:
        "../scripts/fetch_data.py"


rule describe_data:
    input:
        code=code("describe_data.py"),
        data=[data_of(name) for name in DATASETS],
    output:
        **tables_of("describe_data"),
    log:
        LOGS / "describe_data.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(200),
        runtime=minutes(3),
    params:
        tables=DATA_TABLES,
        protocols=PROTOCOLS,
    script:
        "../scripts/describe_data.py"
