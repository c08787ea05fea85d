rule analyse_runs:
    input:
        code=code("analyse_runs.py"),
        runs=RESULTS / "runs.parquet",
    output:
        arms=RESULTS / "arms.parquet",
        contrasts=RESULTS / "contrasts.parquet",
    log:
        LOGS / "analyse_runs.log",
    conda:
        "../envs/study.yaml"
    params:
        analysis=config["analysis"],
    script:
        "../scripts/analyse_runs.py"


rule write_claims:
    input:
        code=code("write_claims.py"),
        data=RESULTS / "data/ionosphere.data",
        runs=RESULTS / "runs.parquet",
        arms=RESULTS / "arms.parquet",
        contrasts=RESULTS / "contrasts.parquet",
        literal=RESULTS / "literal.json",
        agreement=RESULTS / "agreement.json",
    output:
        ledger=RESULTS / "claims.json",
        tex=PAPER / "generated/claims.tex",
    log:
        LOGS / "write_claims.log",
    conda:
        "../envs/study.yaml"
    params:
        config={
            key: config[key]
            for key in (
                "analysis",
                "figures",
                "training",
                "paper",
                "initializers",
                "agreement",
            )
        },
        table=config["data"]["table"],
        n_train=TAIL_TRAIN,
    script:
        "../scripts/write_claims.py"
