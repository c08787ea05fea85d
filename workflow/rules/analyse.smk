rule analyse_runs:
    input:
        code=code("analyse_runs.py"),
        data=DATA,
        runs=RESULTS / "runs.parquet",
    output:
        **{
            name: reported_table(name)
            for name in ("arms", "effects", "tuned", "grid", "returns")
        },
    log:
        LOGS / "analyse_runs.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(205, 1.7e-3, NETWORKS),
        runtime=minutes(3, 1.3e-4, NETWORKS),
    params:
        config={key: config[key] for key in ("analysis", "grid", "training")},
        table=DATA_TABLE,
    script:
        "../scripts/analyse_runs.py"


rule analyse_further:
    input:
        code=code("analyse_further.py"),
        data=DATA,
        runs=RESULTS / "runs.parquet",
    output:
        **{
            name: reported_table(name)
            for name in ("outcomes", "sensitivity", "components", "references")
        },
    log:
        LOGS / "analyse_further.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(227, 1.6e-3, NETWORKS),
        runtime=minutes(3, 1e-4, NETWORKS),
    params:
        config={key: config[key] for key in ("analysis", "parts", "protocols")},
        table=DATA_TABLE,
    script:
        "../scripts/analyse_further.py"


rule write_claims:
    input:
        **{
            name: RESULTS / f"{name}.parquet"
            for name in (
                "arms",
                "effects",
                "tuned",
                "grid",
                "returns",
                "outcomes",
                "sensitivity",
                "components",
                "references",
                "elsewhere_arms",
                "elsewhere_effects",
            )
        },
        code=code("write_claims.py"),
        data=DATA,
        runs=RESULTS / "runs.parquet",
        literal=RESULTS / "literal.json",
        agreement=RESULTS / "agreement.json",
    output:
        numbers=RESULTS / "numbers.json",
        tex=PAPER / "generated/claims.tex",
        hypotheses=PAPER / "generated/hypotheses.tex",
        tuned=PAPER / "generated/tuned.tex",
    log:
        LOGS / "write_claims.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(208, 4e-4, NETWORKS),
        runtime=minutes(2),
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
                "parts",
                "grid",
            )
        },
        table=DATA_TABLE,
        n_train=TAIL_TRAIN,
    script:
        "../scripts/write_claims.py"


rule check_sentences:
    input:
        code=code("check_sentences.py"),
        sentences=local("paper/sentences.yaml"),
        paper=TEX_SOURCES,
        ledger=RESULTS / "numbers.json",
    output:
        verdicts=RESULTS / "sentences.json",
        tex=PAPER / "generated/sentences.tex",
    log:
        LOGS / "check_sentences.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(198),
        runtime=minutes(2),
    params:
        unsupported=config["paper"]["unsupported"],
    script:
        "../scripts/check_sentences.py"
