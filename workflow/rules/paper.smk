rule compile_paper:
    input:
        code=code("compile_paper.py"),
        sources=["paper/main.tex", "paper/references.bib"],
        claims=PAPER / "generated/claims.tex",
        figures=expand(str(FIGURES / "{name}.pdf"), name=FIGURE_INPUT),
    output:
        PAPER / "paper.pdf",
    log:
        LOGS / "compile_paper.log",
    conda:
        "../envs/study.yaml"
    params:
        date=config["paper"]["date"],
    script:
        "../scripts/compile_paper.py"
