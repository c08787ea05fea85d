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
            **{
                name: lacking([], config, results=[of])
                for name, of in TEX_TABLES.items()
            },
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


KINDS = {"pdf": "vector (PDF)", "png": "picture (PNG)"}
SAID = {
    name: caption(
        f"figure-{name}",
        f"**{FIGURE_FILES[name].question}**\n\n{FIGURE_FILES[name].reading}\n",
    )
    for name in DRAWN
}


# One process draws all: most of its seconds go into imports.
rule draw_figures:
    input:
        **{
            table: RESULTS / f"{table}.parquet"
            for table in sorted(
                {table for name in DRAWN for table in FIGURE_FILES[name].tables}
            )
        },
        code=code("draw_figures.py", *(f"lrstudy/figures/{name}.py" for name in DRAWN)),
    output:
        # By kind, as the script takes them.
        **{
            kind: [
                report(
                    FIGURES / f"{name}.{kind}",
                    caption=SAID[name],
                    category="Figures",
                    labels={"figure": name, "format": words},
                )
                for name in DRAWN
            ]
            for kind, words in KINDS.items()
        },
    log:
        LOGS / "draw_figures.log",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(250, 6e-4, NETWORKS),
        runtime=minutes(15),
    params:
        study=STUDY,
    script:
        "../scripts/draw_figures.py"
