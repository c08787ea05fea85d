"""What all rules of a paper share: its folders, the code that a script needs, what a job asks for.

Included first. It reads `folder`, `environment`, `paper` and whether there is `reuse`, so that nothing
trains, of the configuration; what else stands there is the paper's own.
"""

import ast
import math
import shlex
import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow/scripts"))

import snakemake.jobs
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.persistence import PersistenceBase
from snakemake_interface_executor_plugins.settings import SharedFSUsage

from paperledger.io.environment import (
    EnvironmentDiffers,
    as_json,
    describe,
    judge,
    runtime,
)
from paperledger.io.preflight import (
    PlaceError,
    check_place,
    check_readable,
    check_writable,
)
from paperledger.io.variables import VARIABLES, forget_modules, settle
from paperledger.io.yaml_file import CONFIG, ConfigError, read_merged

forget_modules()
settle(VARIABLES)

# Jobs are processes of their own, which read this file too.
if workflow.is_main_process:
    try:
        check_readable(Path(workflow.basedir))
    except PlaceError as error:
        raise WorkflowError(str(error)) from None

try:
    # Snakemake has read these files already, but it lets a repeated key pass, and null stay.
    merged = read_merged(
        [
            *(
                []
                if workflow.config_settings.replace_workflow_config
                else [Path(workflow.basedir) / CONFIG]
            ),
            *workflow.overwrite_configfiles,
        ],
        workflow.config_settings.config,
    )
except ConfigError as error:
    raise WorkflowError(str(error)) from None
config.clear()
config.update(merged)

# First of all, as what is imported next may be what is missing; environment.smk says the rest.
RUNTIME = runtime(
    *(
        (Path(workflow.basedir) / name).read_text(encoding="utf-8")
        for name in ("requirements.lock", "requirements.in")
    ),
    training="reuse" not in config,
)
RUNNING = describe(RUNTIME)
# Whether scripts run in this Python.
HERE = not workflow.deployment_settings.deployment_method and (
    not workflow.is_main_process
    or SharedFSUsage.SOFTWARE_DEPLOYMENT in workflow.storage_settings.shared_fs_usage
)
if HERE:
    try:
        difference = judge(RUNNING, config.get("environment", "strict"))
    except EnvironmentDiffers as error:
        raise WorkflowError(str(error)) from None
    if difference:
        logger.warning(f"warning: {difference}")

from paperledger.io import outputs
from paperledger.io.files import write_atomically

# Snakemake does not quote this in the commands that it makes; a path may hold a space.
sys.executable = shlex.quote(sys.executable)

ROOT = Path(config.get("folder", "."))
RESULTS = ROOT / "results"
FIGURES = ROOT / "figures"
PAPER = ROOT / "paper"
LOGS = ROOT / "logs"
CAPTIONS = Path(".snakemake/captions")

if workflow.is_main_process:
    try:
        check_writable([LOGS, CAPTIONS.parent], [LOGS, CAPTIONS.parent])
        check_place(Path(workflow.basedir), [RESULTS, FIGURES, PAPER, LOGS, CAPTIONS])
    except PlaceError as error:
        raise WorkflowError(str(error)) from None

EDITED = outputs.edited([RESULTS, FIGURES, PAPER]) if workflow.is_main_process else []
for name in EDITED:
    logger.warning(f"warning: {name} was edited since it was built: it is made again")
half_written = PersistenceBase.incomplete


async def incomplete(self, job):
    """To Snakemake an edited output is what a job left that did not finish."""
    return [*await half_written(self, job), *(f for f in job.output if f in EDITED)]


PersistenceBase.incomplete = incomplete
# All code is an input (`code`): what it says decides, and not the date of a rule's script.
snakemake.jobs.get_script_mtime = lambda path: 0.0

SCRIPTS = Path("workflow/scripts")
# What `--sdm conda` makes the engine's rules run in, seen from their folder.
CONDA = "../../../envs/study.yaml"
if not (Path(workflow.basedir) / "workflow/envs/study.yaml").is_file():
    CONDA = None
# `local` files come with the workflow, wherever results are stored.
TEX_SOURCES = local(
    sorted(
        str(path.relative_to(workflow.basedir))
        for path in (Path(workflow.basedir) / "paper").glob("*.tex")
    )
)


# What rules ask of a cluster, from what they took. No result depends on it, and a local run is not
# held to it.
def memory(measured, per_unit=0.0, units=0):
    """MB to ask for: as measured, and 480 MB of Snakemake in the job; half as much again, in GiB."""
    return 1024 * math.ceil(1.5 * (measured + per_unit * units + 480) / 1024)


def minutes(measured, per_unit=0.0, units=0):
    """Minutes to ask for: ten times the seconds measured, and five minutes to start."""
    return 5 + math.ceil(10 * (measured + per_unit * units) / 60)


@cache
def imported(file):
    """List the files of workflow/scripts that one of them imports itself."""
    found = []
    nodes = [ast.parse((Path(workflow.basedir) / file).read_text(encoding="utf-8"))]
    for node in nodes:
        # What expressions hold is most of a module, and imports nothing.
        nodes += [n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.expr)]
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
            for name in names:
                folder = Path(workflow.basedir, SCRIPTS, *name.split("."))
                alone, package = folder.with_suffix(".py"), folder / "__init__.py"
                files = [alone] if alone.is_file() else []
                # A package that finds its own files: all of them belong to who imports it.
                if package.is_file() and package.stat().st_size:
                    files = folder.glob("*.py")
                found += [path.relative_to(workflow.basedir) for path in files]
    return found


def code(*files):
    """List files of workflow/scripts and the modules that they import, directly or not.

    Of the code Snakemake watches a rule's script alone, and that by its date; a rule that names
    these as input runs again when what one of them says has changed, and only then.
    """
    queue = [SCRIPTS / file for file in files]
    found = set(queue)
    while queue:
        new = set(imported(queue.pop())) - found
        found |= new
        queue += new
    return local(sorted(map(str, found)))


def caption(name, text):
    """Write a caption where Snakemake's report finds it, and return its path."""
    path = CAPTIONS.absolute() / f"{name}.rst"
    if workflow.is_main_process and not (
        path.is_file() and path.read_text(encoding="utf-8") == text
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())
    return str(path)


def reported_table(contract):
    """A table of results that the report shows, with its caption."""
    return report(
        RESULTS / f"{contract.name}.parquet",
        caption=caption(contract.name, contract.caption),
        category="Tables",
        labels={"table": contract.name},
    )


onstart:
    planned = [*workflow.dag.needrun_jobs()]
    # A build that is killed must not take what it made for edited.
    outputs.forget({f for job in planned for f in job.output} - {*EDITED})
    # For the screen of a build: each step's part of the workflow and its usual seconds.
    order = [rule.name for rule in workflow.rules]
    steps = [
        (
            order.index(job.rule.name),
            job.jobid,
            Path(job.rule.snakefile).stem,
            6 * (job.resources.get("runtime", 5) - 5),
        )
        for job in planned
        if job.rule.name != "all"
    ]
    logger.info(None, extra={"steps": [step[1:] for step in sorted(steps)]})


def remember_outputs():
    """Keep checksums of all outputs but those of jobs that have yet to run."""
    left = {*workflow.dag.needrun_jobs()}
    outputs.remember(
        str(file) for job in workflow.dag.jobs if job not in left for file in job.output
    )


onsuccess:
    remember_outputs()


onerror:
    remember_outputs()
