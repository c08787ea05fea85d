"""What a schema cannot see in the data sets of a configuration, and in the second question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Config = Mapping[str, Any]


def data_findings(config: Config) -> list[str]:
    """Hold the data sets, and what is asked of them, against the rest of the configuration.

    Parameters
    ----------
    config : mapping
        A configuration that fits its schema.

    Returns
    -------
    list of str
        One finding each: the key, what was found, what is allowed.
    """
    findings = list(_table("data.table", config["data"]["table"]))
    for name, block in config["elsewhere"]["datasets"].items():
        where = f"elsewhere.datasets.{name}"
        findings += [*_source(where, block), *_table(f"{where}.table", block["table"])]
    return findings + list(_question(config))


def _source(where: str, block: Config) -> Iterator[str]:
    """Name what the source of a data set needs and does not have."""
    needs = {"download": ["urls", "member"], "embedded": ["embedded"]}
    needs["auto"] = [*needs["download"], *needs["embedded"]]
    missing = [key for key in needs.get(block["source"], []) if key not in block]
    if missing:
        yield f"{where}: source {block['source']} needs {', '.join(missing)}, found none"


def _table(where: str, table: Config) -> Iterator[str]:
    if table["positive"] == table["negative"]:
        key = where.rpartition(".")[0]
        yield f"{where}.negative: found {table['negative']!r}, as {key}.table.positive"
    last = table["n_features"] + len(table["unused_columns"])
    for key, columns in (
        ("class_column", [table["class_column"]]),
        ("unused_columns", table["unused_columns"]),
    ):
        for column in columns:
            if column > last:
                yield f"{where}.{key}: found {column}, allowed is at most {last}, the last column"
    if table["class_column"] in table["unused_columns"]:
        yield f"{where}.unused_columns: found {table['class_column']}, which is class_column"


def size_findings(config: Config) -> Iterator[str]:
    """Hold the split of each data set of the second question against its rows and the batch.

    Parameters
    ----------
    config : mapping
        A configuration without the contradictions that are looked for first.

    Yields
    ------
    str
        A finding: the key, what was found, what is allowed.
    """
    batch = config["training"]["batch_size"]
    for name, block in config["elsewhere"]["datasets"].items():
        n_rows, held_out = block["table"]["n_rows"], block["validation_rows"]
        if held_out > n_rows - 2:
            yield (
                f"elsewhere.datasets.{name}.validation_rows: found {held_out}, allowed is at most "
                f"{n_rows - 2} of {n_rows} rows, to train on a row of each class"
            )
        elif batch > n_rows - held_out:
            yield (
                f"training.batch_size: found {batch}, allowed is at most {n_rows - held_out}, the "
                f"training rows of elsewhere.datasets.{name}"
            )


def _question(config: Config) -> Iterator[str]:
    asked = config["elsewhere"]
    for name in asked["arms"]:
        if name not in config["arms"]:
            yield f"elsewhere.arms: found {name!r}, allowed is one of {', '.join(config['arms'])}"
        elif "plateau" in config["arms"][name]:
            yield f"elsewhere.arms: found {name!r}, which has a plateau; allowed are schedules"
    for name in asked["initializers"]:
        if name not in config["initializers"]:
            allowed = ", ".join(config["initializers"])
            yield f"elsewhere.initializers: found {name!r}, allowed is one of {allowed}"
    for name, hypothesis in asked["hypotheses"].items():
        for term in [*hypothesis["add"], *hypothesis["subtract"]]:
            if term["arm"] not in asked["arms"]:
                yield (
                    f"elsewhere.hypotheses.{name}: found arm {term['arm']!r}, allowed is one of "
                    f"elsewhere.arms, {', '.join(asked['arms'])}"
                )
