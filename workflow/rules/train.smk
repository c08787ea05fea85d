from lrstudy.arms import all_arms
from lrstudy.plan import n_chunks

ARMS = all_arms(config)


rule train_keras:
    input:
        code=code("train_keras.py"),
        data=DATA,
        members=RESULTS / "members.parquet",
    output:
        RESULTS / "chunks/keras_{chunk}.npz",
    log:
        LOGS / "train_keras_{chunk}.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(777),
        runtime=minutes(35),
    params:
        config={
            **{key: config[key] for key in ("training", "protocols", "initializers")},
            "arms": ARMS,
        },
        table=DATA_TABLE,
    script:
        "../scripts/train_keras.py"


rule train_kernel:
    input:
        code=code("train_kernel.py"),
        data=DATA,
        members=RESULTS / "members.parquet",
    output:
        RESULTS / "chunks/kernel_{chunk}.npz",
    log:
        LOGS / "train_kernel_{chunk}.log",
    conda:
        "../envs/study.yaml"
    threads: 2
    resources:
        mem_mb=memory(447, 0.048, min(CHUNK, largest_cell(config))),
        runtime=minutes(13, 3e-3, CHUNK),
    params:
        config={
            **{key: config[key] for key in ("training", "protocols", "initializers")},
            "arms": ARMS,
        },
        table=DATA_TABLE,
    script:
        "../scripts/train_kernel.py"


rule follow_literally:
    input:
        code=code("follow_literally.py"),
        data=DATA,
    output:
        RESULTS / "literal.json",
    log:
        LOGS / "follow_literally.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(705),
        runtime=minutes(70),
    params:
        training=config["training"],
        validation_fraction=config["protocols"]["tail"]["validation_fraction"],
        table=DATA_TABLE,
    script:
        "../scripts/follow_literally.py"


rule compare_trainers:
    input:
        code=code("compare_trainers.py"),
        data=DATA,
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
            **{
                key: config[key]
                for key in ("training", "protocols", "initializers", "agreement")
            },
            "arms": ARMS,
        },
        table=DATA_TABLE,
    script:
        "../scripts/compare_trainers.py"


rule collect_runs:
    input:
        code=code("collect_runs.py"),
        data=DATA,
        members=RESULTS / "members.parquet",
        chunks=[
            RESULTS / f"chunks/{trainer}_{chunk}.npz"
            for trainer in ("keras", "kernel")
            for chunk in range(n_chunks(config, trainer))
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
        protocols=config["protocols"],
        curve_parts=config["analysis"]["parts"],
        table=DATA_TABLE,
    script:
        "../scripts/collect_runs.py"
