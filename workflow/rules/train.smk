from lrstudy.plan import n_chunks


rule plan_members:
    input:
        code=code("plan_members.py"),
    output:
        members=RESULTS / "members.parquet",
        rates=RESULTS / "rates.parquet",
    log:
        LOGS / "plan_members.log",
    params:
        config={key: config[key] for key in ("parts", "chunk_members", "training", "figures")},
        n_train=TAIL_TRAIN,
    script:
        "../scripts/plan_members.py"


rule train_keras:
    input:
        code=code("train_keras.py"),
        data=RESULTS / "data/ionosphere.data",
        members=RESULTS / "members.parquet",
    output:
        RESULTS / "chunks/keras_{chunk}.npz",
    log:
        LOGS / "train_keras_{chunk}.log",
    params:
        config={key: config[key] for key in ("training", "protocols", "initializers", "arms")},
        table=config["data"]["table"],
    script:
        "../scripts/train_keras.py"


rule follow_literally:
    input:
        code=code("follow_literally.py"),
        data=RESULTS / "data/ionosphere.data",
    output:
        RESULTS / "literal.json",
    log:
        LOGS / "follow_literally.log",
    params:
        training=config["training"],
        validation_fraction=config["protocols"]["tail"]["validation_fraction"],
        table=config["data"]["table"],
    script:
        "../scripts/follow_literally.py"


rule collect_runs:
    input:
        code=code("collect_runs.py"),
        data=RESULTS / "data/ionosphere.data",
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
    params:
        protocols=config["protocols"],
        table=config["data"]["table"],
    script:
        "../scripts/collect_runs.py"
