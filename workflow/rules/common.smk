"""What all rules share: the checked configuration, the folders, the code that a script needs."""

import ast
import math
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow/scripts"))

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake_interface_executor_plugins.settings import SharedFSUsage

from lrstudy.environment import EnvironmentDiffers, describe, judge, runtime

# First of all, as what is imported next may be what is missing; environment.smk says the rest.
RUNTIME = runtime(
    *(
        (Path(workflow.basedir) / name).read_text(encoding="utf-8")
        for name in ("requirements.lock", "requirements.in")
    )
)
RUNNING = describe(RUNTIME)
if not workflow.deployment_settings.deployment_method and (
    not workflow.is_main_process
    or SharedFSUsage.SOFTWARE_DEPLOYMENT in workflow.storage_settings.shared_fs_usage
):
    try:
        difference = judge(RUNNING, config.get("environment", "strict"))
    except EnvironmentDiffers as error:
        raise WorkflowError(str(error)) from None
    if difference:
        logger.warning(f"warning: {difference}")

from lrstudy.config import ConfigError, check_config, read_yaml
from lrstudy.place import PlaceError, check_place
from lrstudy.plan import largest_cell, n_networks
from lrstudy.yaml_file import check_files

# Snakemake does not quote this in the commands that it makes; a path may hold a space.
sys.executable = shlex.quote(sys.executable)

try:
    # Snakemake has read these files already, but it lets a repeated key pass; tools/build.py
    # checks them before.
    check_files([Path(workflow.basedir) / "config/config.yaml", *workflow.configfiles])
    check_config(
        config,
        read_yaml(Path(workflow.basedir) / "workflow/schemas/config.schema.yaml"),
    )
except ConfigError as error:
    raise WorkflowError(str(error)) from None

ROOT = Path(config.get("folder", "."))
RESULTS = ROOT / "results"
FIGURES = ROOT / "figures"
PAPER = ROOT / "paper"
LOGS = ROOT / "logs"

# Jobs are processes of their own, which read this file too.
if workflow.is_main_process:
    try:
        check_place(Path(workflow.basedir), [RESULTS, FIGURES, PAPER, LOGS])
    except PlaceError as error:
        raise WorkflowError(str(error)) from None

SCRIPTS = Path("workflow/scripts")
# `local` files come with the workflow, wherever results are stored.
TEX_SOURCES = local(
    sorted(
        str(path.relative_to(workflow.basedir))
        for path in (Path(workflow.basedir) / "paper").glob("*.tex")
    )
)


def table_of(block):
    """What every reader of a data file holds it against."""
    return {**block["table"], "sha256": block["sha256"]}


def source_of(block):
    """Where a data file comes from."""
    keys = ("source", "urls", "member", "embedded", "sha256")
    return {key: block[key] for key in keys if key in block}


DATA = RESULTS / "data" / config["data"]["member"]
DATA_TABLE = table_of(config["data"])
LIMITS = {
    key: config["data"][key]
    for key in ("timeout_seconds", "attempts", "max_bytes", "budget_seconds")
}
DATASETS = config["elsewhere"]["datasets"]
ELSEWHERE_PLAN = ("arms", "initializers", "first_replicate", "splits", "seeds")
# Rows of the tutorial's training set: floor, as Keras rounds.
TAIL_TRAIN = int(
    config["data"]["table"]["n_rows"]
    * (1.0 - config["protocols"]["tail"]["validation_fraction"])
)


# What rules ask of a cluster, from what they took in the whole study and in the quick one on two
# cores: peak memory of a process, and seconds by Snakemake's `benchmark`, the most of several runs.
# No result depends on it, and a local run is not held to it.
NETWORKS = n_networks(config)
CHUNK = config["chunk_members"]["kernel"]


def memory(measured, per_network=0.0, networks=0):
    """MB to ask for: as measured, and 480 MB of Snakemake in the job; half as much again, in GiB."""
    return 1024 * math.ceil(1.5 * (measured + per_network * networks + 480) / 1024)


def minutes(measured, per_network=0.0, networks=0):
    """Minutes to ask for: ten times the seconds measured, and five minutes to start."""
    return 5 + math.ceil(10 * (measured + per_network * networks) / 60)


def code(script):
    """List the modules of the library that a script imports, directly or through others.

    Snakemake watches the script alone; a rule that names these as input runs again when one of
    them changes, and only then.
    """
    found, queue = set(), [SCRIPTS / script]
    while queue:
        tree = ast.parse(
            (Path(workflow.basedir) / queue.pop()).read_text(encoding="utf-8")
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "lrstudy"
            ):
                names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
                for name in set(names) - {"lrstudy"}:  # not the library itself
                    place = SCRIPTS.joinpath(*name.split("."))
                    # A package finds its own files: all of them belong to it.
                    files = sorted((Path(workflow.basedir) / place).glob("*.py")) or [
                        Path(workflow.basedir) / place.with_suffix(".py")
                    ]
                    for file in files:
                        path = file.relative_to(workflow.basedir)
                        if path not in found and file.is_file():
                            found.add(path)
                            queue.append(path)
    return local(sorted(map(str, found)))


def reported_table(name):
    """A table of results that the report shows, with its caption."""
    return report(
        RESULTS / f"{name}.parquet",
        caption=f"../report/{name}.rst",
        category="Tables",
        labels={"table": name},
    )


onstart:
    # For the screen of tools/build.py: each step's part of the workflow and its usual seconds.
    rules_in_order = [rule.name for rule in workflow.rules]
    jobs = sorted(
        (job for job in workflow.dag.needrun_jobs() if job.rule.name != "all"),
        key=lambda job: rules_in_order.index(job.rule.name),
    )
    steps = {
        job.jobid: (
            Path(job.rule.snakefile).stem,
            6 * (job.resources.get("runtime", 5) - 5),
        )
        for job in jobs
    }
    logger.info(None, extra={"steps": steps})
