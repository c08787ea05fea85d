"""Write what TeX and the report need of the build: commands, origins, the hash of the sources."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    import json
    from pathlib import Path

    import paperledger
    from paperledger.claims.provenance import origins_tex
    from paperledger.io.files import write_atomically

    params, output = snakemake.params, snakemake.output
    commands = Path(paperledger.__path__[0], "tex/ledger.tex")
    write_atomically(output.ledger, commands.read_bytes())
    write_atomically(output.origins, origins_tex(**params.origins).encode())
    write_atomically(output.about, (json.dumps(params.about, indent=1) + "\n").encode())
