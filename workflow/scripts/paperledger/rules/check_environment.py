"""Hold the packages of the Python that runs the scripts against the lock, and record them."""

from typing import Any

from paperledger.io.environment import EnvironmentDiffers, as_json, describe, judge
from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0], expected=(EnvironmentDiffers,)) as say:
    found = describe(snakemake.params.runtime)
    # Not a parameter: going from strict to warn changes nothing that was computed.
    warning = judge(found, snakemake.config["environment"])
    if warning:
        say(f"warning: {warning}")

    from paperledger.io.fetch import write_atomically  # needs packages, which are there by now

    write_atomically(snakemake.output[0], as_json(found))
