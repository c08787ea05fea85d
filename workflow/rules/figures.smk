FIGURE_TABLES = {
    "returns": ["returns"],
    "ladder": ["effects"],
    "accuracy": ["runs", "arms", "references"],
    "rates": ["rates"],
    "readings": ["rates", "effects"],
    "grid": ["grid", "tuned"],
    "grid_tail": ["grid", "tuned"],
    "components": ["components"],
    "inflation": ["effects"],
    "curves": ["curves"],
    "elsewhere": ["elsewhere_effects", "effects"],
}
FIGURE_INPUT = {
    figure: {name: RESULTS / f"{name}.parquet" for name in names}
    for figure, names in FIGURE_TABLES.items()
}


rule draw_figure:
    input:
        unpack(lambda wildcards: FIGURE_INPUT[wildcards.name]),
        code=code("draw_figure.py"),
    output:
        pdf=report(
            FIGURES / "{name}.pdf",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{name}", "format": "vector (PDF)"},
        ),
        png=report(
            FIGURES / "{name}.png",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{name}", "format": "picture (PNG)"},
        ),
    log:
        LOGS / "draw_{name}.log",
    wildcard_constraints:
        name="|".join(FIGURE_INPUT),
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(250, 6e-4, NETWORKS),
        runtime=minutes(6),
    params:
        analysis=config["analysis"],
        arms=config["arms"],
        initializers=config["initializers"],
        grid=config["grid"],
        elsewhere=config["elsewhere"],
        label=config["data"]["label"],
    script:
        "../scripts/draw_figure.py"
