# The second question, off the tutorial's claims: the primary contrasts on other data sets.
rule fetch_elsewhere:
    input:
        RESULTS / "environment.json",
        code=code("fetch_data.py"),
    output:
        data=RESULTS / "elsewhere/{dataset}.data",
        provenance=RESULTS / "elsewhere/{dataset}.json",
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
        data=lambda wildcards: {**LIMITS, **source_of(DATASETS[wildcards.dataset])},
    script:
        "../scripts/fetch_data.py"


if "reuse" not in config:

    rule train_elsewhere:
        input:
            code=code("train_elsewhere.py"),
            data=RESULTS / "elsewhere/{dataset}.data",
        output:
            RESULTS / "elsewhere/{dataset}.parquet",
        log:
            LOGS / "train_{dataset}.log",
        wildcard_constraints:
            dataset="|".join(DATASETS),
        conda:
            "../envs/study.yaml"
        threads: 2
        resources:
            mem_mb=memory(700),
            runtime=minutes(60),
        params:
            config=lambda wildcards: {
                **{key: config[key] for key in ("training", "initializers")},
                "arms": {
                    name: config["arms"][name] for name in config["elsewhere"]["arms"]
                },
                "elsewhere": {
                    **{key: config["elsewhere"][key] for key in ELSEWHERE_PLAN},
                    "datasets": {
                        wildcards.dataset: {
                            key: DATASETS[wildcards.dataset][key]
                            for key in ("hidden_units", "validation_rows")
                        }
                    },
                },
            },
            table=lambda wildcards: table_of(DATASETS[wildcards.dataset]),
        script:
            "../scripts/train_elsewhere.py"

    rule collect_elsewhere:
        input:
            [RESULTS / f"elsewhere/{name}.parquet" for name in DATASETS],
            code=code("collect_elsewhere.py"),
        output:
            RESULTS / "elsewhere.parquet",
        log:
            LOGS / "collect_elsewhere.log",
        conda:
            "../envs/study.yaml"
        resources:
            mem_mb=memory(200),
            runtime=minutes(3),
        script:
            "../scripts/collect_elsewhere.py"


rule analyse_elsewhere:
    input:
        code=code("analyse_elsewhere.py"),
        data=[RESULTS / f"elsewhere/{name}.data" for name in DATASETS],
        runs=RESULTS / "elsewhere.parquet",
    output:
        arms=reported_table("elsewhere_arms"),
        effects=reported_table("elsewhere_effects"),
    log:
        LOGS / "analyse_elsewhere.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(300),
        runtime=minutes(10),
    params:
        analysis=config["analysis"],
        elsewhere={
            key: config["elsewhere"][key] for key in ("hypotheses", "correction")
        },
        tables={name: table_of(block) for name, block in DATASETS.items()},
    script:
        "../scripts/analyse_elsewhere.py"
