"""Does the kernel do what Keras does? The verdict, network by network and as populations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy import stats

from lrstudy.statistics.multiplicity import holm
from lrstudy.statistics.stats import ROUNDING, cluster_means, standard_deviation


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
    population_difference : float
        Largest difference of the mean accuracies of a cell, points.
    population_p : float
        Smallest p-value of these differences after Holm (Welch's test).
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
    population_difference: float
    population_p: float


def _compare_populations(runs: pd.DataFrame) -> tuple[int, float, float]:
    """Compare mean accuracy in every cell that both trainers ran; splits are the units."""
    differences, p_values = [], []
    for _, cell in runs.groupby(["dataset", "protocol", "initializer", "arm"], sort=False):
        units = {}
        for trainer, rows in cell.groupby("trainer"):
            accuracy = (100.0 * rows["n_correct"] / rows["n_validation"]).to_numpy()
            drawn = rows["split"].nunique() > 1
            units[trainer] = cluster_means(
                accuracy, rows["split" if drawn else "replicate"].to_numpy()
            )
        if len(units) == 2:
            sides = [
                (float(u.mean()), standard_deviation(u), len(u))
                for u in (units["keras"], units["kernel"])
            ]
            differences.append(abs(sides[0][0] - sides[1][0]))
            # Without any spread there is no t: the means are equal, up to rounding, or not.
            constant = sides[0][1] == sides[1][1] == 0
            p_values.append(
                float(differences[-1] <= ROUNDING)
                if constant
                else float(stats.ttest_ind_from_stats(*sides[0], *sides[1], equal_var=False).pvalue)
            )
    if not p_values:
        return 0, 0.0, 1.0
    return len(p_values), float(max(differences)), min(holm(p_values))


def check_agreement(
    networks: pd.DataFrame, runs: pd.DataFrame, limits: Mapping[str, Any]
) -> Agreement:
    """Hold the table of `compare_networks` and the runs against the limits of ``agreement``.

    Raises
    ------
    AgreementError
        Names every limit that is broken, with what was found.
    """
    tolerance = limits["weight_tolerance"]
    stable = networks[networks["sensitivity"] < tolerance / 10]
    apart = stable["weight_difference"] > tolerance
    cells, population_difference, population_p = _compare_populations(
        runs[runs["part"].isin(limits["populations"])]
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
        cells=cells,
        population_difference=population_difference,
        population_p=population_p,
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
    if found.population_p < limits["population_alpha"]:
        broken.append(
            f"mean accuracies of a cell differ (p = {found.population_p:.2g} after Holm, limit "
            f"{limits['population_alpha']}), by up to {found.population_difference:.2f} points"
        )
    if broken:
        raise AgreementError("kernel and Keras disagree: " + "; ".join(broken))
    return found
