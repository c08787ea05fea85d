"""Train a sample of the study with the kernel and print hashes: the same on every machine.

Every arm, both initializers, two replicates, a fixed and a drawn split. What goes into training
is hashed by itself, so that a difference between two machines can be located.
"""

from __future__ import annotations

import hashlib
import itertools
import platform
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import yaml
from lrstudy.data.dataset import read_dataset
from lrstudy.design.arms import setting_of
from lrstudy.kernel.assembly import assemble, trained_alike
from lrstudy.kernel.train_many import train_many

REPLICATES = (1000, 1001)
SPLITS = {"tail": 0, "resample": 1000}


def main() -> None:
    """Print the machine's name, then one hash a line."""
    with open("config/config.yaml", encoding="utf-8") as file:
        config = yaml.safe_load(file)
    block, setting = config["datasets"][config["dataset"]], setting_of(config, config["dataset"])
    dataset = read_dataset(block["embedded"], **block["table"])
    stages = ("weights", "orders", "splits", "rates", "results")
    hashes = {stage: hashlib.sha256() for stage in stages}
    cells = itertools.product(
        SPLITS, config["initializers"], config["agreement"]["arms"], REPLICATES
    )
    members = pd.DataFrame(cells, columns=["protocol", "initializer", "arm", "replicate"])
    members["initialisation"] = members["shuffle"] = members["replicate"]
    members["split"] = members["protocol"].map(SPLITS)
    for _, group in members.groupby([members["protocol"], trained_alike(setting, members)]):
        given, chosen = assemble(dataset, setting, group)
        outcome = train_many(given, chosen, n_threads=2)
        arrays: dict[str, list[Any]] = {
            "weights": [given.weights],
            "orders": [given.orders],
            "splits": [given.train_rows, given.validation_rows, given.inner_rows],
            "rates": [given.rates.astype(np.float32)],  # as training uses them
            "results": [getattr(outcome, field.name) for field in fields(outcome)],
        }
        for stage, parts in arrays.items():
            for array in parts:
                if array is not None:
                    hashes[stage].update(array.tobytes())
    print("machine", platform.machine())
    print("members", len(members))
    for stage in stages:
        print(stage, hashes[stage].hexdigest())


if __name__ == "__main__":
    main()
