"""From the UCI data to paper/paper.pdf. Plain `snakemake` builds it; config/config.yaml steers it."""

from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


ENGINE = "workflow/scripts/paperledger/rules"


include: f"{ENGINE}/common.smk"
include: f"{ENGINE}/environment.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/plan.smk"


if "reuse" in config:

    include: "workflow/rules/reuse.smk"

else:

    include: "workflow/rules/train.smk"


if "agreement" in GIVEN:

    include: "workflow/rules/agreement.smk"


include: "workflow/rules/analyse.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/paper.smk"
include: f"{ENGINE}/paper.smk"


rule all:
    default_target: True
    input:
        PRODUCTS,
