"""Does the kernel do what Keras does? Network by network, and as populations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lrstudy.data import Dataset
from lrstudy.ensemble import assemble
from lrstudy.outcome import unpack_missed
from lrstudy.partition import inner_rows_of
from lrstudy.splits import Split
from lrstudy.stats import cluster_means, holm
from lrstudy.streams import generator
from lrstudy.train_keras import KerasTrainer, layer_weights
from lrstudy.train_many import train_many, train_one_weights


class AgreementError(Exception):
    """The two trainers differ by more than the configuration allows."""


def comparison_members(config: Mapping[str, Any]) -> pd.DataFrame:
    """List the networks that both trainers train from the same weights and batches."""
    agreement = config["agreement"]
    arms = list(config["arms"]) if agreement["arms"] == "all" else agreement["arms"]
    first = agreement["first_replicate"]
    return pd.DataFrame(
        [
            {
                "protocol": agreement["protocol"],
                "initializer": initializer,
                "arm": arm,
                "replicate": replicate,
                # Replicates differ in the split too, where the protocol draws one.
                "split": replicate if agreement["protocol"] == "resample" else 0,
            }
            for arm in arms
            for initializer in agreement["initializers"]
            for replicate in range(first, first + agreement["seeds"])
        ]
    )


def compare_networks(
    dataset: Dataset,
    config: Mapping[str, Any],
    *,
    n_threads: int,
    progress: Callable[[int], None],
) -> pd.DataFrame:
    """Train every comparison network in Keras and in the kernel (see `tables.AGREEMENT`).

    The kernel also trains each network from weights nudged at random by up to one unit in the
    last place, several times. How far a nudge carries says how stable the trajectory is: where
    rounding alone switches a unit on or off, no two correct trainers can agree to the last digit.
    """
    members = comparison_members(config)
    held_out = members["arm"].map(lambda name: inner_rows_of(config["arms"][name]))
    frames = []
    trainers: dict[tuple[float, int], KerasTrainer] = {}
    done = 0
    for _, group in members.groupby(held_out, sort=True):
        ingredients, chosen = assemble(dataset, config, group)
        outcome = train_many(ingredients, chosen, n_threads=n_threads)
        nudged = [
            replace(ingredients, weights=_nudge(ingredients.weights, generator("nudging", i)))
            for i in range(config["agreement"]["nudges"])
        ]
        rows = []
        for i, member in enumerate(group.to_dict("records")):
            init, shuffle, split = (
                int(column[i]) for column in (chosen.init, chosen.shuffle, chosen.split)
            )
            arm = config["arms"][member["arm"]]
            parts = Split(ingredients.train_rows[split], ingredients.validation_rows[split])
            key = arm["momentum"], len(parts.train)
            if key not in trainers:
                trainers[key] = KerasTrainer(
                    dataset, config["training"], len(parts.train), arm["momentum"]
                )
            trainer = trainers[key]
            expected = trainer.train(
                layer_weights(
                    ingredients.weights[init], dataset.features.shape[1], ingredients.n_hidden
                ),
                ingredients.orders[shuffle],
                parts,
                ingredients.rates[chosen.rates[i]],
                plateau=arm.get("plateau"),
                inner=None if ingredients.inner_rows is None else ingredients.inner_rows[split],
            )
            keras_weights = np.concatenate([w.ravel() for w in trainer.network.get_weights()])
            weights = train_one_weights(ingredients, chosen, i)
            moved = [train_one_weights(other, chosen, i) for other in nudged]
            n_validation = len(parts.validation)
            flipped = unpack_missed(expected.missed[0] ^ outcome.missed[i], n_validation)
            rows.append(
                {
                    "initializer": member["initializer"],
                    "arm": member["arm"],
                    "replicate": member["replicate"],
                    "predictions": n_validation,
                    "flipped": int(flipped.sum()),
                    "weight_difference": float(np.abs(keras_weights - weights).max()),
                    "sensitivity": float(np.abs(np.array(moved) - weights).max()),
                    "rate_difference": float(np.abs(trainer.epoch_rates - outcome.rate[i]).max()),
                }
            )
            done += 1
            progress(done)
        frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)


def _nudge(weights: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Move each weight by -1, 0 or +1 unit in the last place."""
    towards = np.array([-np.inf, 0.0, np.inf], np.float32)
    step = rng.integers(3, size=weights.shape)
    return np.where(step == 1, weights, np.nextafter(weights, towards[step]))


@dataclass(frozen=True)
class Agreement:
    """What the comparison found; the paper quotes it.

    Attributes
    ----------
    networks, stable : int
        Networks compared one by one, and those on a stable trajectory: no nudge of the initial
        weights moves a final weight by a tenth of the tolerance.
    weight_difference : float
        Largest difference of a final weight among the stable ones.
    rate_difference : float
        Largest difference of a learning rate, all networks.
    predictions, flipped : int
        Validation rows predicted by both trainers, and those on which they differ.
    cells : int
        Cells (protocol, initializer, arm) that both trainers ran as populations.
    population_difference : float
        Largest difference of the mean accuracies of a cell, points.
    population_p : float
        Smallest p-value of these differences after Holm (Welch's test).
    """

    networks: int
    stable: int
    weight_difference: float
    rate_difference: float
    predictions: int
    flipped: int
    cells: int
    population_difference: float
    population_p: float


def _compare_populations(runs: pd.DataFrame) -> tuple[int, float, float]:
    """Compare mean accuracy in every cell that both trainers ran; splits are the units."""
    differences, p_values = [], []
    for _, cell in runs.groupby(["protocol", "initializer", "arm"], sort=False):
        units = {}
        for trainer, rows in cell.groupby("trainer"):
            accuracy = (100.0 * rows["n_correct"] / rows["n_validation"]).to_numpy()
            drawn = rows["split"].nunique() > 1
            units[trainer] = cluster_means(
                accuracy, rows["split" if drawn else "replicate"].to_numpy()
            )
        if len(units) == 2:
            a, b = units["keras"], units["kernel"]
            differences.append(abs(a.mean() - b.mean()))
            constant = a.std() == b.std() == 0
            p_values.append(
                float(a.mean() == b.mean())
                if constant
                else float(stats.ttest_ind(a, b, equal_var=False).pvalue)
            )
    if not p_values:
        return 0, 0.0, 1.0
    return len(p_values), float(max(differences)), min(holm(p_values))


def check_agreement(
    networks: pd.DataFrame, runs: pd.DataFrame, limits: Mapping[str, Any]
) -> Agreement:
    """Hold the comparison against its limits.

    Parameters
    ----------
    networks : DataFrame
        The table of `compare_networks`.
    runs : DataFrame
        The runs table.
    limits : mapping
        ``agreement`` of the configuration.

    Raises
    ------
    AgreementError
        Names every limit that is broken, with what was found.
    """
    stable = networks[networks["sensitivity"] < limits["weight_tolerance"] / 10]
    cells, population_difference, population_p = _compare_populations(runs)
    found = Agreement(
        networks=len(networks),
        stable=len(stable),
        weight_difference=float(stable["weight_difference"].max()) if len(stable) else 0.0,
        rate_difference=float(networks["rate_difference"].max()),
        predictions=int(networks["predictions"].sum()),
        flipped=int(networks["flipped"].sum()),
        cells=cells,
        population_difference=population_difference,
        population_p=population_p,
    )
    broken = []
    if found.stable * 2 < found.networks:
        broken.append(f"{found.stable} of {found.networks} networks stable, expected at least half")
    if found.weight_difference > limits["weight_tolerance"]:
        worst = stable.loc[stable["weight_difference"].idxmax()]
        broken.append(
            f"weights differ by {found.weight_difference:.2g} ({worst['arm']}, "
            f"{worst['initializer']}, replicate {worst['replicate']}), "
            f"allowed {limits['weight_tolerance']:.2g}"
        )
    if found.rate_difference > 0:
        broken.append(f"learning rates differ by {found.rate_difference:.2g}, expected 0")
    if found.flipped * 10_000 > limits["flipped_per_10000"] * found.predictions:
        broken.append(
            f"{found.flipped} of {found.predictions} predictions differ, allowed "
            f"{limits['flipped_per_10000']} in 10,000"
        )
    if found.population_p < limits["population_alpha"]:
        broken.append(
            f"mean accuracies of a cell differ (p = {found.population_p:.2g} after Holm, limit "
            f"{limits['population_alpha']}), by up to {found.population_difference:.2f} points"
        )
    if broken:
        raise AgreementError("kernel and Keras disagree: " + "; ".join(broken))
    return found
