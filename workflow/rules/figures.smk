import json
from dataclasses import asdict

from lrstudy.design.needs import lacking
from lrstudy.drawing.study import study_of
from paperledger.report.figures import check_included, read_figures

DRAWINGS = SCRIPTS / "lrstudy/figures"
try:
    FIGURE_FILES = read_figures(Path(workflow.basedir) / DRAWINGS)
    LACKING = {
        name: lacking(figure.needs, config, figure.claims, figure.tables)
        for name, figure in FIGURE_FILES.items()
    }
    check_included(
        (Path(workflow.basedir) / "paper").glob("*.tex"),
        LACKING,
        {
            **{name: lacking([], config, results=[of]) for name, of in TEX_TABLES.items()},
            "repeats": [],
        },
    )
    DRAWN = [name for name, lacks in LACKING.items() if not lacks]
    ABOUT_FIGURES = {
        name: FIGURE_FILES[name].about({"arm": config["analysis"]["arms"]})
        for name in DRAWN
    }
    STUDY = asdict(study_of(config))
except ValueError as error:
    raise WorkflowError(str(error)) from None

FIGURE_CAPTION = caption(
    "figure",
    "{% set question, reading = "
    + json.dumps({name: [f.question, f.reading] for name, f in FIGURE_FILES.items()})
    + "[snakemake.wildcards.name] %}\n**{{ question }}**\n\n{{ reading }}\n",
)


rule draw_figure:
    input:
        unpack(
            lambda wildcards: {
                table: RESULTS / f"{table}.parquet"
                for table in FIGURE_FILES[wildcards.name].tables
            }
        ),
        code=lambda wildcards: code(
            "draw_figure.py", f"lrstudy/figures/{wildcards.name}.py"
        ),
    output:
        pdf=report(
            FIGURES / "{name}.pdf",
            caption=FIGURE_CAPTION,
            category="Figures",
            labels={"figure": "{name}", "format": "vector (PDF)"},
        ),
        png=report(
            FIGURES / "{name}.png",
            caption=FIGURE_CAPTION,
            category="Figures",
            labels={"figure": "{name}", "format": "picture (PNG)"},
        ),
    log:
        LOGS / "draw_{name}.log",
    wildcard_constraints:
        name="|".join(DRAWN),
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(250, 6e-4, NETWORKS),
        runtime=minutes(6),
    params:
        study=STUDY,
    script:
        "../scripts/draw_figure.py"
