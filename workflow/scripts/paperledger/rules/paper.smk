"""From numbers to the PDF and its ledger. The paper says before what it has of its own:

CLAIMED     files that its claims come from
DRAWN       names of its figures, as FIGURES/NAME.pdf
GENERATED   names of TeX files in PAPER/generated that its own rules write, besides claims
ORIGINS     name of a figure or table to the files that made it, for \\origin
ABOUT       what report and record need to know: title, facts, examples, figures, tables, home;
            and settings, all of the configuration that results depend on: two builds that differ
            there are two studies
and a rule of its own writes RESULTS/numbers.json and PAPER/generated/claims.tex. Its rule `all` asks
for `PRODUCTS`.
"""

from paperledger.claims.provenance import source_hash, uncommitted

SOURCES = {
    "sources": source_hash(Path(workflow.basedir)),
    "changed": uncommitted(Path(workflow.basedir)),
}
LEDGER = (
    "The ledger of the paper's numbers: for each its value, unit, printed text and tolerance, "
    "the rule, script and inputs behind it, and the pages that print it. "
)
TYPED_NUMBERS = [
    path
    for path in ["paper/typed_numbers.yaml"]
    if (Path(workflow.basedir) / path).is_file()
]
BIBLIOGRAPHY = local(
    sorted(
        str(path.relative_to(workflow.basedir))
        for path in (Path(workflow.basedir) / "paper").glob("*.bib")
    )
)


rule check_sentences:
    input:
        code=code("paperledger/rules/check_sentences.py"),
        sentences=local("paper/sentences.yaml"),
        paper=TEX_SOURCES,
        ledger=RESULTS / "numbers.json",
    output:
        verdicts=RESULTS / "sentences.json",
        tex=PAPER / "generated/sentences.tex",
    log:
        LOGS / "check_sentences.log",
    conda:
        CONDA
    resources:
        mem_mb=memory(198),
        runtime=minutes(2),
    params:
        unsupported=config["paper"]["unsupported"],
    script:
        "check_sentences.py"


# Runs where the checkout and its git are, not in a job.
rule describe_build:
    input:
        local(str(SCRIPTS / "paperledger/tex/ledger.tex")),
        code=code("paperledger/rules/describe_build.py"),
    output:
        ledger=PAPER / "generated/ledger.tex",
        origins=PAPER / "generated/origins.tex",
        # What report and record need to know of the study.
        about=RESULTS / "about.json",
    log:
        LOGS / "describe_build.log",
    localrule: True
    conda:
        CONDA
    resources:
        mem_mb=memory(40),
        runtime=minutes(1),
    params:
        origins={
            "origins": ORIGINS,
            "repository": config["paper"]["repository"],
            **SOURCES,
        },
        about={**ABOUT, **SOURCES},
    script:
        "describe_build.py"


# By the settings that this build has: where they make another study of it, the text must say so.
rule check_typed_numbers:
    input:
        code=code("paperledger/rules/check_typed_numbers.py"),
        allowed=local(TYPED_NUMBERS),
        paper=TEX_SOURCES,
    output:
        RESULTS / "typed_numbers.json",
    log:
        LOGS / "check_typed_numbers.log",
    conda:
        CONDA
    resources:
        mem_mb=memory(196),
        runtime=minutes(4),
    params:
        config=config,
    script:
        "check_typed_numbers.py"


rule compile_paper:
    input:
        RESULTS / "typed_numbers.json",
        code=code("paperledger/rules/compile_paper.py"),
        numbers=RESULTS / "numbers.json",
        verdicts=RESULTS / "sentences.json",
        sources=[*TEX_SOURCES, *BIBLIOGRAPHY],
        generated=expand(
            str(PAPER / "generated/{name}.tex"),
            name=["ledger", "claims", "sentences", "origins", *GENERATED],
        ),
        figures=expand(str(FIGURES / "{name}.pdf"), name=DRAWN),
    output:
        pdf=report(
            PAPER / "paper.pdf",
            caption=caption(
                "paper", "The paper. Each number in it is a claim of the ledger."
            ),
            category="Paper",
            labels={"file": "the paper (PDF)"},
        ),
        printed=RESULTS / "printed.json",
    log:
        LOGS / "compile_paper.log",
    conda:
        CONDA
    resources:
        mem_mb=memory(100),
        runtime=minutes(3),
    params:
        date=config["paper"]["date"],
    script:
        "compile_paper.py"


rule write_ledger:
    input:
        # What claims come from; their hashes stand in the ledger. The build's own need all tables.
        CLAIMED,
        [RESULTS / f"{name}.parquet" for name in ABOUT["tables"]],
        RESULTS / "environment.json",
        code=code("paperledger/rules/write_ledger.py"),
        numbers=RESULTS / "numbers.json",
        printed=RESULTS / "printed.json",
        sentences=local("paper/sentences.yaml"),
        verdicts=RESULTS / "sentences.json",
    output:
        ledger=report(
            RESULTS / "claims.json",
            caption=caption("claims", LEDGER),
            category="Paper",
            labels={"file": "its numbers (JSON)"},
        ),
        hashes=RESULTS / "hashes.json",
    log:
        LOGS / "write_ledger.log",
    conda:
        CONDA
    resources:
        mem_mb=memory(200),
        runtime=minutes(2),
    script:
        "write_ledger.py"


# All that a reader is given, the most wanted first: what is missing of it is made again. What is only
# read on the way is not among it: who takes away the chunks of a large study does not train it again.
PRODUCTS = [
    PAPER / "paper.pdf",
    RESULTS / "claims.json",
    *expand(str(FIGURES / "{name}.{kind}"), name=DRAWN, kind=["pdf", "png"]),
    *CLAIMED,
    *(RESULTS / f"{name}.parquet" for name in ABOUT["tables"]),
    *(
        RESULTS / f"{name}.json"
        for name in [
            "about",
            "hashes",
            "numbers",
            "printed",
            "sentences",
            "typed_numbers",
        ]
    ),
    *rules.compile_paper.input.generated,
]
