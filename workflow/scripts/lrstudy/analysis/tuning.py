"""The grid of schedules, rates and momenta: what it scored, and each schedule tuned.

Tuning is honest: a cell is chosen by networks trained without some of the training rows and judged
on those, and scored by the network of the same split that had all of them. Chosen on the reported
rows, it would score what it was lucky in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.analysis.estimates import mean_intervals
from lrstudy.analysis.measures import accuracy
from lrstudy.analysis.pairing import Asked, Pairs
from lrstudy.design.arms import grid_arms
from lrstudy.statistics.stats import cluster_means

ALL = "all"
"""In place of a schedule: whichever cell of the whole grid is best."""
PROTOCOL = "resample"
"""Where what is chosen is scored."""


def grid_parts(config: Mapping[str, Any]) -> list[str]:
    """Return the parts that train the grid on all training rows."""
    inner = config["analysis"]["tuning"]["inner_part"]
    parts = config["parts"].items()
    return [name for name, part in parts if part["arms"] == "grid" and name != inner]


def grid_table(runs: pd.DataFrame, config: Mapping[str, Any]) -> pd.DataFrame:
    """Average every point of the grid (see `results.GRID`)."""
    arms = grid_arms(config)
    chosen = runs[runs["part"].isin(grid_parts(config))].assign(accuracy=accuracy)
    cells = chosen.assign(val_loss=chosen["val_loss"].astype(float)).groupby(
        ["dataset", "protocol", "initializer", "arm"], sort=False
    )
    table = cells.agg(
        n=("accuracy", "size"),
        n_diverged=("diverged", "sum"),
        mean=("accuracy", "mean"),
        sd=("accuracy", "std"),
        log_loss=("val_loss", "mean"),
    ).reset_index()
    return table.assign(
        schedule=table["arm"].str.split(" ").str[0],
        initial_rate=table["arm"].map(lambda name: arms[name]["initial_rate"]),
        momentum=table["arm"].map(lambda name: arms[name]["momentum"]),
    ).drop(columns="arm")


def _arrays(runs: pd.DataFrame, arms: Sequence[str]) -> list[NDArray[np.float64]]:
    """Return rows right, their share in per cent, and loss: (replicates, arms), ascending."""
    columns = runs.assign(accuracy=accuracy)
    return [
        columns.pivot(index="replicate", columns="arm", values=column)[list(arms)]
        .sort_index()
        .to_numpy(float)
        for column in ("n_correct", "accuracy", "val_loss")
    ]


def _best(right: NDArray[Any], loss: NDArray[Any]) -> NDArray[np.intp]:
    """Return the best cell of each row: most rows right, then the least loss, then the first."""
    most = right == right.max(axis=1, keepdims=True)
    return np.where(most, loss, np.inf).argmin(axis=1)


def choices_table(runs: pd.DataFrame, config: Mapping[str, Any]) -> pd.DataFrame:
    """Choose a cell of the grid on each split, for each schedule and for all of them.

    A row for each data set, initializer, schedule and replicate: the ``cell`` chosen (an arm's
    name), its accuracy on the ``inner`` rows that chose it, its ``score`` on the reported rows,
    trained on all training rows, and the ``leaky`` score of what is chosen on the reported rows
    themselves; in per cent.

    Raises
    ------
    ValueError
        The two parts do not have the same cells on the same splits.
    """
    tuning, arms = config["analysis"]["tuning"], list(grid_arms(config))
    inner = runs[(runs["part"] == tuning["inner_part"]) & (runs["protocol"] == "inner")]
    outer = runs[(runs["part"] == tuning["part"]) & (runs["protocol"] == PROTOCOL)]
    schedules = {
        name: [i for i, arm in enumerate(arms) if name in (arm.split(" ")[0], ALL)]
        for name in (*config["grid"]["schedules"], ALL)
    }
    frames = []
    for (dataset, initializer), judged in inner.groupby(["dataset", "initializer"], sort=False):
        scored = outer[outer["dataset"].eq(dataset) & outer["initializer"].eq(initializer)]
        _check_same(judged, scored, len(arms), f"tuning on {dataset} from {initializer}")
        splits = judged.drop_duplicates("replicate").set_index("replicate")["split"].sort_index()
        right, inner_accuracy, loss = _arrays(judged, arms)
        reported, scores, reported_loss = _arrays(scored, arms)
        each = np.arange(len(splits))
        for schedule, columns in schedules.items():
            best = np.array(columns)[_best(right[:, columns], loss[:, columns])]
            lucky = np.array(columns)[_best(reported[:, columns], reported_loss[:, columns])]
            frames.append(
                pd.DataFrame(
                    {
                        "dataset": dataset,
                        "initializer": initializer,
                        "schedule": schedule,
                        "replicate": splits.index,
                        "split": splits.to_numpy(),
                        "cell": [arms[i] for i in best],
                        "inner": inner_accuracy[each, best],
                        "score": scores[each, best],
                        "leaky": scores[each, lucky],
                    }
                )
            )
    if not frames:
        raise ValueError(f"tuning: part {tuning['inner_part']} trained nothing on protocol inner")
    return pd.concat(frames, ignore_index=True)


def _check_same(judged: pd.DataFrame, scored: pd.DataFrame, n_arms: int, where: str) -> None:
    keys = ["arm", "replicate", "split"]
    one, other = (set(part[keys].itertuples(index=False, name=None)) for part in (judged, scored))
    expected = n_arms * judged["replicate"].nunique()
    if one != other or len(one) != expected:
        raise ValueError(
            f"{where}: {len(one)} networks choose and {len(other)} score, of which "
            f"{len(one & other)} are the same cells on the same splits, expected {expected} of each"
        )


def tuned_table(choices: pd.DataFrame, config: Mapping[str, Any]) -> pd.DataFrame:
    """Say what each schedule scores where it is tuned, and what was chosen (see `TUNED`)."""
    arms, grid = grid_arms(config), config["grid"]
    edges = {min(grid["initial_rates"]), max(grid["initial_rates"])}
    rows, scores = [], []
    places = ["dataset", "initializer", "schedule"]
    for place, found in choices.groupby(places, sort=False):
        cells = found["cell"]
        counts = cells.value_counts()
        # Of equally many the first of the grid.
        most = next(arm for arm in arms if counts.get(arm) == counts.max())
        at_edge = [
            arms[cell]["initial_rate"] in edges or arms[cell]["momentum"] == max(grid["momenta"])
            for cell in cells
        ]
        scores.append(cluster_means(found["score"].to_numpy(), found["split"].to_numpy()))
        rows.append(
            {
                **dict(zip(places, place, strict=True)),
                "n": len(found),
                "mean": found["score"].mean(),
                "inner_mean": found["inner"].mean(),
                "leaky_mean": found["leaky"].mean(),
                "cell_schedule": most.split(" ")[0],
                "initial_rate": arms[most]["initial_rate"],
                "momentum": arms[most]["momentum"],
                "cell_splits": int(counts.max()),
                "edge": 100.0 * float(np.mean(at_edge)),
            }
        )
    intervals = mean_intervals(scores, config["analysis"])
    ends = {"low": [x.low for x in intervals], "high": [x.high for x in intervals]}
    return pd.DataFrame(rows).assign(**ends)


def tuning_pairs(choices: pd.DataFrame, config: Mapping[str, Any]) -> Iterator[tuple[Asked, Pairs]]:
    """Pair, split by split, each schedule tuned with the reference tuned, and honest with leaky.

    T being the name of ``tuning``: T.cosine is cosine tuned less the reference tuned, T.all the
    best of the whole grid less it; T.cosine.leak is cosine chosen on the reported rows less cosine
    chosen honestly, T.reference.leak the reference's.
    """
    tuning, schedules = config["analysis"]["tuning"], config["grid"]["schedules"]
    name, reference = tuning["hypothesis"], tuning["reference"]
    for (dataset, initializer), rows in choices.groupby(["dataset", "initializer"], sort=False):
        rows = rows.sort_values(["split", "replicate"])
        by = dict(iter(rows.groupby("schedule")))
        for schedule in (*schedules, ALL):
            label = schedules[schedule]["label"] if schedule != ALL else "best of all"
            said = "reference" if schedule == reference else schedule
            own = by[schedule]
            sides = [
                (f"{name}.{said}.leak", f"leak of tuning, {label}", own["leaky"], own["score"])
            ]
            if schedule != reference:
                against = by[reference]["score"]
                sides.insert(0, (f"{name}.{schedule}", f"{label}, tuned", own["score"], against))
            for hypothesis, words, treatment, control in sides:
                setting = {"label": words, "family": tuning["family"]}
                found = (treatment, control, own["split"], own["replicate"])
                yield (
                    Asked(hypothesis, dataset, PROTOCOL, initializer, setting),
                    Pairs(*(side.to_numpy() for side in found)),
                )
