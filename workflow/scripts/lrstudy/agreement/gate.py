"""Does the kernel do what Keras does? The verdict, network by network and as populations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from lrstudy.statistics.equivalence import Equivalence, tost, welch_tost

CONFIDENCE = 0.95
"""Of each one-sided test of the populations: their intervals are at 90 %."""


class AgreementError(Exception):
    """The two trainers differ by more than the configuration allows."""


@dataclass(frozen=True)
class Agreement:
    """What the comparison found; the paper quotes it.

    Attributes
    ----------
    networks, stable : int
        Networks compared one by one, and those on a stable trajectory: no perturbation of the
        initial weights moves a final weight by a tenth of the tolerance.
    apart, apart_allowed : int
        Stable networks with a final weight that differs by more than the tolerance, and how many
        may: rounding in Keras is one more perturbation, and of ``perturbations + 1`` alike each is
        the farthest with the same probability.
    weight_difference : float
        Largest difference of a final weight among the other stable ones.
    rate_difference : float
        Largest difference of a learning rate, all networks.
    predictions, flipped : int
        Validation rows predicted by both trainers, and those on which they differ.
    cells : int
        Cells (data set, protocol, initializer, arm) that both trainers ran as populations.
    cells_equivalent : int
        Those whose mean accuracies are equivalent within the configured margin.
    population_difference : float
        Largest difference of the mean accuracies of a cell, points.
    population_margin : float
        Margin beyond which all cells would be equivalent, points.
    populations : list of dict
        Of each cell its name, networks by trainer, and `equivalence.Equivalence` of its means.
    """

    networks: int
    stable: int
    apart: int
    apart_allowed: int
    weight_difference: float
    rate_difference: float
    predictions: int
    flipped: int
    cells: int
    cells_equivalent: int
    population_difference: float
    population_margin: float
    populations: list[dict[str, Any]]


def _compare_populations(runs: pd.DataFrame, margin: float) -> list[dict[str, Any]]:
    """Compare mean accuracy (Keras less kernel) in every cell that both trainers ran."""
    found = []
    names = ["dataset", "protocol", "initializer", "arm"]
    for name, cell in runs.groupby(names, sort=False):
        if cell["trainer"].nunique() == 2:
            sides = {
                trainer: rows.set_index("replicate").sort_index()
                for trainer, rows in cell.groupby("trainer")
            }
            same = _compare(sides["keras"], sides["kernel"], margin, " ".join(name))
            found.append(
                {
                    **dict(zip(names, name, strict=True)),
                    **{f"n_{trainer}": len(rows) for trainer, rows in sides.items()},
                    **asdict(same),
                    "smallest_margin": same.smallest_margin,
                }
            )
    return found


def _compare(keras: pd.DataFrame, kernel: pd.DataFrame, margin: float, name: str) -> Equivalence:
    """Test whether two populations have one mean, split by split where splits are drawn."""
    one, other = (100.0 * side["n_correct"] / side["n_validation"] for side in (keras, kernel))
    if keras["split"].nunique() == kernel["split"].nunique() == 1:
        return welch_tost(one.to_numpy(), other.to_numpy(), margin=margin, confidence=CONFIDENCE)
    shared = keras.index.intersection(kernel.index)
    splits = keras["split"].loc[shared]
    fewest = min(len(keras), len(kernel))
    if len(shared) < fewest or not splits.equals(kernel["split"].loc[shared]):
        raise AgreementError(
            f"{name}: Keras and the kernel trained {len(keras)} and {len(kernel)} replicates, of "
            f"which {len(shared)} are shared, expected {fewest}, on the same splits"
        )
    differences = (one.loc[shared] - other.loc[shared]).to_numpy()
    return tost(differences, splits.to_numpy(), margin=margin, confidence=CONFIDENCE)


def check_agreement(
    networks: pd.DataFrame, runs: pd.DataFrame, limits: Mapping[str, Any]
) -> Agreement:
    """Hold the table of `compare_networks` and the runs against the limits of ``agreement``.

    Single networks may stop the build; of populations it is told how far they are equivalent.

    Raises
    ------
    AgreementError
        Names every limit that is broken, with what was found; or the two trainers did not train
        the same replicates of random splits.
    """
    tolerance = limits["weight_tolerance"]
    stable = networks[networks["sensitivity"] < tolerance / 10]
    apart = stable["weight_difference"] > tolerance
    populations = _compare_populations(
        runs[runs["part"].isin(limits["populations"])], limits["population_margin"]
    )
    found = Agreement(
        networks=len(networks),
        stable=len(stable),
        apart=int(apart.sum()),
        apart_allowed=len(stable) // (limits["perturbations"] + 1),
        weight_difference=float(
            stable.loc[~apart, "weight_difference"].to_numpy().max(initial=0.0)
        ),
        rate_difference=float(networks["rate_difference"].max()),
        predictions=int(networks["predictions"].sum()),
        flipped=int(networks["flipped"].sum()),
        cells=len(populations),
        cells_equivalent=sum(cell["equivalent"] for cell in populations),
        population_difference=max((abs(cell["difference"]) for cell in populations), default=0.0),
        population_margin=max((cell["smallest_margin"] for cell in populations), default=0.0),
        populations=populations,
    )
    broken = []
    if found.stable * 2 < found.networks:
        broken.append(f"{found.stable} of {found.networks} networks stable, expected at least half")
    # What is wrong with one arm is wrong with most of its networks; a chance is not.
    of_arms = apart.groupby(stable["arm"]).agg(["mean", "size"])
    wrong = list(of_arms.index[(of_arms["mean"] >= 0.5) & (of_arms["size"] > 2)])
    if found.apart > found.apart_allowed or wrong:
        worst = stable.loc[stable["weight_difference"].idxmax()]
        broken.append(
            f"weights differ by {worst['weight_difference']:.2g} ({worst['arm']}, "
            f"{worst['initializer']}, replicate {worst['replicate']}), allowed {tolerance:.2g} in "
            f"all but {found.apart_allowed} of {found.stable} stable networks and in half of each "
            f"arm; they do in {found.apart}"
            + (f" and in most of {', '.join(wrong)}" if wrong else "")
        )
    if found.rate_difference > 0:
        broken.append(f"learning rates differ by {found.rate_difference:.2g}, expected 0")
    if found.flipped * 10_000 > limits["flipped_per_10000"] * found.predictions:
        broken.append(
            f"{found.flipped} of {found.predictions} predictions differ, allowed "
            f"{limits['flipped_per_10000']} in 10,000"
        )
    if broken:
        raise AgreementError("kernel and Keras disagree: " + "; ".join(broken))
    return found
