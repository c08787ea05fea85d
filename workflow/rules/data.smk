rule fetch_data:
    input:
        code=code("fetch_data.py"),
        embedded="data/ionosphere.data",
    output:
        data=RESULTS / "data/ionosphere.data",
        provenance=RESULTS / "data/source.json",
    log:
        LOGS / "fetch_data.log",
    params:
        data=config["data"],
    script:
        "../scripts/fetch_data.py"
