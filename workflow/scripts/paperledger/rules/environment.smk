# What ran, and that it is what the lock says. All work must follow from rules that take it as input: then
# another environment makes everything anew.
#
# No file changes when someone installs a package. So RUNNING, what Snakemake's own Python has, is
# a parameter: as soon as it changes, the rule runs again. A difference from the lock stops Snakemake
# while it reads the rules (common.smk), before it takes away any result. Only where the scripts run
# in another Python (conda, a container, a cloud) this Python's packages are not theirs: there the
# script alone tells, from inside, and every job on a cloud's machine tells while it reads the rules.
ENVIRONMENT = str(RESULTS / "environment.json")
# Where it was edited or removed it is written here: all work would follow from a job that does it.
if HERE and (ENVIRONMENT in EDITED or outputs.lost(ENVIRONMENT)):
    write_atomically(ENVIRONMENT, as_json(RUNNING))
    EDITED = [name for name in EDITED if name != ENVIRONMENT]


rule check_environment:
    input:
        code=code("paperledger/rules/check_environment.py"),
    output:
        ENVIRONMENT,
    log:
        LOGS / "check_environment.log",
    conda:
        CONDA
    resources:
        mem_mb=memory(42),
        runtime=minutes(2),
    params:
        runtime=RUNTIME,
        running=RUNNING,
    script:
        "check_environment.py"
