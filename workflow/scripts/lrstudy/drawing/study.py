"""What figures know of the study besides their tables."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrstudy.design.arms import analysed_parts, hypotheses_of
from lrstudy.design.words import words_of

MOST_ARMS = 5
MOST_INITIALIZERS = 2
"""Figures have marks for so many."""

LINE = 24
"""Characters of a label's line."""

PROTOCOLS = ("tail", "resample")
"""Panels of figures that show networks, where the study splits so."""


@dataclass(frozen=True)
class Study:
    """The study as figures speak of it.

    Attributes
    ----------
    arms, initializers : mapping
        Name to label, of those that figures show; the primary initializer first.
    settings : mapping
        Name to setting, of the same arms.
    baseline : str
        Arm whose mean curve others are held against.
    protocols : sequence of str
        How the study's own data are split, of `PROTOCOLS`.
    parts : sequence of str
        Parts of the study that are analysed.
    hypotheses : mapping
        Name to what is asked, as in the configuration; one that is asked of each of several values
        stands there once for each (`hypotheses_of`).
    datasets : mapping
        Name to label, the study's own first.
    words : mapping
        What a row and both classes of the study's own data are called (`words_of`).
    margin : float
        Half the width of the band of equivalence (points).
    tutorial : mapping or None
        Counts of rows that the tutorial's networks got right, and of all rows.
    grid : mapping or None
        Its schedules, initial rates and momenta.
    """

    arms: Mapping[str, str]
    initializers: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Any]]
    baseline: str
    protocols: Sequence[str]
    parts: Sequence[str]
    hypotheses: Mapping[str, Mapping[str, Any]]
    datasets: Mapping[str, str]
    words: Mapping[str, str]
    margin: float
    tutorial: Mapping[str, int] | None
    grid: Mapping[str, Any] | None

    @property
    def own(self) -> str:
        """Name of the study's own data set."""
        return next(iter(self.datasets))

    @property
    def primary(self) -> str:
        """Name of the primary initializer."""
        return next(iter(self.initializers))

    def control_of(self, arm: str) -> str | None:
        """Name the arm that differs from one in its schedule alone, which is constant.

        None: none is shown, or the schedule of this one is constant itself.
        """
        setting = self.settings[arm]
        if is_constant(setting):
            return None
        same = [
            name
            for name, other in self.settings.items()
            if is_constant(other)
            and all(other.get(key) == setting.get(key) for key in ("initial_rate", "momentum"))
        ]
        return next(iter(same), None)

    @property
    def recipes(self) -> list[str]:
        """Names of the arms that have a schedule."""
        return [name for name, setting in self.settings.items() if not is_constant(setting)]


def is_constant(setting: Mapping[str, Any]) -> bool:
    """Tell whether an arm's learning rate stays as it is."""
    return bool(setting["schedule"]["name"] == "constant" and "plateau" not in setting)


def _labels(blocks: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> dict[str, str]:
    return {name: _wrapped(str(blocks[name]["label"])) for name in names}


def _wrapped(label: str) -> str:
    """Break a long label into lines; one with mathematics stays, which a line's end would tear."""
    return label if "$" in label else textwrap.fill(label, LINE, break_on_hyphens=False)


def study_of(config: Mapping[str, Any]) -> Study:
    """Take from a configuration what figures need.

    Raises
    ------
    ValueError
        It has more arms to show, or more initializers, than figures have marks for.
    """
    analysis, parts, own = config["analysis"], config["parts"], config["dataset"]
    arms, primary = analysis["arms"], analysis["initializer"]
    if len(arms) > MOST_ARMS:
        raise ValueError(f"analysis.arms: figures show at most {MOST_ARMS}, found {list(arms)}")
    at_home = [parts[name] for name in analysed_parts(config)]
    trained = {name for part in at_home for name in part["initializers"]} - {primary}
    names = [primary, *(name for name in config["initializers"] if name in trained)]
    if len(names) > MOST_INITIALIZERS:
        raise ValueError(f"initializers: figures show at most {MOST_INITIALIZERS}, found {names}")
    sets = [own, *(name for name in config["datasets"] if name != own)]
    return Study(
        arms=_labels(config["arms"], arms),
        initializers=_labels(config["initializers"], names),
        settings={name: config["arms"][name] for name in arms},
        baseline=analysis["baseline"],
        protocols=[p for p in PROTOCOLS if any(p in part["protocols"] for part in at_home)],
        parts=list(analysis["parts"]),
        hypotheses=hypotheses_of(analysis),
        datasets=_labels(config["datasets"], sets),
        words=words_of(config["datasets"][own]),
        margin=analysis["equivalence_margin"],
        tutorial=analysis.get("tutorial"),
        grid=config.get("grid"),
    )
