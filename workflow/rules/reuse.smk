# In place of train.smk: what training left, taken from a record.
rule reuse_record:
    input:
        local(Path(config["reuse"]) / "{name}"),
    output:
        RESULTS / "{name}",
    log:
        LOGS / "reuse_{name}.log",
    wildcard_constraints:
        name=r"(runs|curves|agreement|references)\.parquet|decay_argument\.json",
    conda:
        "../envs/study.yaml"
    resources:
        mem_mb=memory(5),
        runtime=minutes(1),
    shell:
        "cp -- {input:q} {output:q} 2> {log:q}"
