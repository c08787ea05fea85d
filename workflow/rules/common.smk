"""What the rules of the study share: its checked configuration, its data, how many networks."""

from lrstudy.data.sizes import training_rows
from lrstudy.design.arms import setting_of
from lrstudy.design.config import check_config
from lrstudy.design.needs import TEX_TABLES, results_of
from lrstudy.design.plan import chunks, most_splits, n_networks, trained_datasets
from lrstudy.design.plan_page import check_plan
from lrstudy.design.variables import KERAS, NUMBA
from lrstudy.repeats.record import counted, files_of
from lrstudy.repeats.settings import REPEATS, RepeatError, wordless
from lrstudy.tables import repeats as repeat_tables
from lrstudy.tables import results as result_tables
from paperledger.io.tables import contracts_of

settle((*KERAS, *NUMBA))

try:
    check_config(config)
    if "plan" in config and workflow.is_main_process:
        check_plan(Path(workflow.basedir), config["plan"])
except ConfigError as error:
    raise WorkflowError(str(error)) from None


def table_of(block):
    """What every reader of a data file holds it against."""
    return {**block["table"], "sha256": block["sha256"]}


def source_of(block):
    """Where a data file comes from."""
    keys = ("source", "urls", "member", "embedded", "sha256")
    return {key: block[key] for key in keys if key in block}


def data_of(name):
    """The file of a data set."""
    return RESULTS / f"data/{name}.data"


# The data sets that are trained on; and the study's own, of which text and figures speak.
DATASETS = {name: config["datasets"][name] for name in trained_datasets(config)}
DATA_TABLES = {name: table_of(block) for name, block in DATASETS.items()}
PROTOCOLS = {name: block["protocols"] for name, block in DATASETS.items()}
OWN = config["dataset"]
DATA = data_of(OWN)
DATA_TABLE = DATA_TABLES[OWN]
# Values of key columns that ids of claims leave out: what is said of no other data, part or trainer.
HOME = {
    "dataset": [OWN],
    "part": config["analysis"]["parts"],
    "trainer": ["kernel"],
}
# Training rows of its first protocol, the tutorial's: the updates of an epoch that the text means.
N_TRAIN = training_rows(DATA_TABLE["n_rows"], next(iter(PROTOCOLS[OWN].values())))

# What this configuration gives: tables and verdicts, of those that design/needs.py names.
GIVEN = results_of(config)

# The measured seconds and bytes of rules grow with it: of the whole study and of the quick one, on
# two cores; of several runs the most.
NETWORKS = n_networks(config)


def tables_of(rule):
    """The tables of a rule that this configuration gives, by name, as the report shows them."""
    return {
        name: reported_table(contract)
        for name, contract in contracts_of(result_tables).items()
        if contract.rule == rule and name in GIVEN
    }


# Other runs of this very study, from other seeds.
try:
    COUNTED = counted(Path(workflow.basedir) / REPEATS, config)
except RepeatError as error:
    raise WorkflowError(str(error)) from None


def keys(*names):
    """Those of some keys that the configuration has, with what they hold."""
    return {name: config[name] for name in names if name in config}


CHUNKS = {trainer: chunks(config, trainer) for trainer in ("keras", "kernel")}
# Nothing is trained again because something is called otherwise.
SETTINGS = {name: wordless(setting_of(config, name)) for name in DATASETS}


def of_chunk(trainer, found):
    """What a job takes of its data sets, by name: `found` maps a name to that."""

    def taken(wildcards):
        loads = CHUNKS[trainer][int(wildcards.chunk)]
        return {
            name: found(name) for name in dict.fromkeys(load.dataset for load in loads)
        }

    return taken


def chunk_data(trainer):
    """The files of a job's data sets, in the order of `of_chunk`."""
    return lambda wildcards: list(of_chunk(trainer, data_of)(wildcards).values())


def features_memory(name):
    """MB of a data set's features, where each split has its own: each thread holds them once more."""
    table = DATA_TABLES[name]
    if table["scale"] == "none" and table.get("missing") != "median":
        return 0
    seen = 12e-6 * table["n_rows"] * table["n_features"]
    return math.ceil(seen * most_splits(config, name))


def kernel_memory(wildcards):
    """What grows: the orders of the rows, of each network of a cell and twice over, and outcomes."""
    loads = CHUNKS["kernel"][int(wildcards.chunk)]
    outcomes = sum(3e-5 * load.epochs * load.networks for load in loads)
    # What is trained together holds orders at one time.
    held = {load[:3]: features_memory(load.dataset) for load in loads}
    for load in loads:
        rows = load.epochs * DATA_TABLES[load.dataset]["n_rows"]
        held[load[:3]] += 4e-6 * rows * load.replicates
    return memory(447 + outcomes + max(held.values()))


def kernel_minutes(wildcards):
    """Seconds as measured on Ionosphere in 50 epochs, and more with more epochs, features, rows."""
    seen = 0
    for load in CHUNKS["kernel"][int(wildcards.chunk)]:
        table = DATA_TABLES[load.dataset]
        seen += load.networks * load.epochs * table["n_rows"] * table["n_features"]
    return minutes(13, 5e-9, seen)
