FIGURE_INPUT = {
    "rates": {"rates": RESULTS / "rates.parquet"},
    "readings": {"rates": RESULTS / "rates.parquet"},
    "accuracy": {"runs": RESULTS / "runs.parquet", "ledger": RESULTS / "claims.json"},
    "curves": {"curves": RESULTS / "curves.parquet"},
}


rule draw_figure:
    input:
        unpack(lambda wildcards: FIGURE_INPUT[wildcards.name]),
        code=code("draw_figure.py"),
    output:
        pdf=FIGURES / "{name}.pdf",
        png=FIGURES / "{name}.png",
    log:
        LOGS / "draw_{name}.log",
    wildcard_constraints:
        name="|".join(FIGURE_INPUT),
    conda:
        "../envs/study.yaml"
    params:
        arms={name: config["arms"][name] for name in config["analysis"]["arms"]},
        protocols=["tail", "resample"],
        trainer=config["analysis"]["trainer"],
        initializer=config["analysis"]["initializer"],
    script:
        "../scripts/draw_figure.py"
