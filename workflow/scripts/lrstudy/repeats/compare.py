"""A question of the reader's own: one sum of arms less another, in this run and in its repeats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd
from paperledger.claims.sentences import nearest
from scipy import stats

from lrstudy.analysis.measures import measures_of
from lrstudy.analysis.pairing import Asked, Cells, Pairs, pairs
from lrstudy.design.arms import all_arms, part_datasets
from lrstudy.repeats.moments import GROUP, contrast
from lrstudy.statistics.stats import Interval, standard_deviation

RANDOM = {"random": "resample"}
"""What a reader may call a protocol."""
KEPT = {
    "accuracy": ("n_correct", 100.0),
    "best": ("best_n_correct", 100.0),
    "inflation": ("best_less_last", 100.0),
    "last10": ("last10_n_correct", 10.0),
    "log_loss": ("val_loss", 0.0),
}
"""Outcome to that of `moments`, and what makes a share of validation rows of it; 0 for none."""


class CompareError(Exception):
    """The question has no answer here; the message says what was expected and what was found."""


class Question(NamedTuple):
    """Arms of either side, each as often as it counts, and where they are compared."""

    a: tuple[str, ...]
    b: tuple[str, ...]
    protocol: str
    initializer: str
    outcome: str

    @property
    def arms(self) -> list[str]:
        """Every arm once."""
        return list(dict.fromkeys((*self.a, *self.b)))


class Answer(NamedTuple):
    """Mean difference of one run, and its interval, in the outcome's unit."""

    difference: float
    interval: Interval

    def agrees(self, other: Answer) -> bool:
        """Tell whether the interval leaves out zero, on the side on which the other one lies.

        Examples
        --------
        >>> one, two = Answer(1.0, Interval(0.5, 1.5)), Answer(0.1, Interval(-0.1, 0.3))
        >>> one.agrees(two), two.agrees(one), one.agrees(Answer(-1.0, Interval(-2.0, 0.0)))
        (True, False, False)
        >>> Answer(-1.0, Interval(-2.0, -0.5)).agrees(Answer(-0.1, Interval(-0.3, 0.1)))
        True
        """
        sign = math.copysign(1.0, other.difference)
        return sign * self.interval.low > 0 and sign * self.interval.high > 0


def _one_of(key: str, found: str, known: Iterable[str]) -> str:
    known = list(known)
    if found not in known:
        near = nearest(found, known) if len(known) > 12 else f", expected {', '.join(known)}"
        raise CompareError(f"{key}: found {found!r}, which this study does not have{near}")
    return found


def _side(key: str, text: str, config: Mapping[str, Any]) -> tuple[str, ...]:
    aliases, arms = config.get("aliases", {}), all_arms(config)
    names = [name.strip() for name in text.split("+")]
    if not all(names):
        raise CompareError(
            f"{key}: expected an arm, or several with + between, as in A=step B=constant_m09, "
            f"found {text!r}"
        )
    known = [_one_of(key, name, (*aliases, *arms)) for name in names]
    return tuple(aliases.get(name, name) for name in known)


def question_of(
    a: str, b: str, protocol: str, initializer: str, outcome: str, config: Mapping[str, Any]
) -> Question:
    """Read a question; an initializer that is not given is the study's primary one.

    Raises
    ------
    CompareError
        An arm, protocol, initializer or outcome is not known; the sides have not as many arms.
    """
    analysis = config["analysis"]
    found = Question(
        _side("A", a, config),
        _side("B", b, config),
        _one_of(
            "PROTOCOL",
            RANDOM.get(protocol, protocol),
            config["datasets"][config["dataset"]]["protocols"],
        ),
        _one_of("INITIALIZER", initializer or analysis["initializer"], config["initializers"]),
        _one_of("OUTCOME", outcome, measures_of(analysis)),
    )
    if len(found.a) != len(found.b):
        raise CompareError(f"expected as many arms in B as in A ({len(found.a)}), found {b!r}")
    return found


def rows_asked(question: Question, config: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    """Return which rows of the runs table answer it, as `read_table` takes them."""
    baseline = config["analysis"].get("baseline")
    return [
        ("dataset", "==", config["dataset"]),
        ("protocol", "==", question.protocol),
        ("initializer", "==", question.initializer),
        ("arm", "in", [*question.arms, *([baseline] if baseline else [])]),
    ]


def parts_in_order(config: Mapping[str, Any]) -> list[str]:
    """Return the parts on the study's own data, those that are analysed before others."""
    home = [name for name in config["parts"] if config["dataset"] in part_datasets(config, name)]
    analysed = config["analysis"]["parts"]
    return [*analysed, *(name for name in home if name not in analysed)]


def parts_asked(runs: pd.DataFrame, question: Question, config: Mapping[str, Any]) -> list[str]:
    """Return the part of each of its arms: the first that trained it, those analysed before others.

    Raises
    ------
    CompareError
        No part trained an arm there.
    """
    order = parts_in_order(config)
    trained = {arm: set(rows["part"]) for arm, rows in runs.groupby("arm")}
    found = []
    for arm in question.arms:
        names = [name for name in order if name in trained.get(arm, ())]
        if not names:
            raise CompareError(
                f"{arm}: expected networks on {question.protocol} from {question.initializer}, "
                "found none"
            )
        found.append(names[0])
    return found


def paired(runs: pd.DataFrame, question: Question, config: Mapping[str, Any]) -> Pairs:
    """Pair both sides as the study pairs its hypotheses; ``runs`` are those of `rows_asked`.

    Raises
    ------
    CompareError
        An arm was not trained there; the arms share no replicates; the outcome has no level.
    """
    parts_asked(runs, question, config)
    analysis = {**config["analysis"], "parts": parts_in_order(config), "hypotheses": {}}
    setting = {
        "add": [{"arm": arm} for arm in question.a],
        "subtract": [{"arm": arm} for arm in question.b],
    }
    names = " less ".join(" + ".join(side) for side in (question.a, question.b))
    place = (config["dataset"], question.protocol, question.initializer)
    try:
        cells = Cells(runs, analysis, place[0])
        found = pairs(cells, Asked(names, *place, setting), question.outcome)
    except ValueError as error:
        raise CompareError(str(error).removeprefix("hypothesis ")) from None
    if found is None:
        raise CompareError(f"{question.outcome}: expected networks of the baseline, found none")
    return found


def answer_of(found: Pairs, confidence: float) -> Answer:
    """Return the mean difference with Student's t interval over clusters.

    Raises
    ------
    CompareError
        Fewer than two clusters.
    """
    means, n = found.means, len(found.means)
    if n < 2:
        raise CompareError(f"an interval needs at least 2 replicates or splits, found {n}")
    se = standard_deviation(means) / math.sqrt(n)
    return _student(float(found.differences.mean()), se, n, confidence)


def reach_of(n: int, confidence: float) -> float:
    """Return how far Student's t interval reaches to either side, in standard errors of n values.

    Examples
    --------
    >>> round(reach_of(60, 0.95), 3)
    2.001
    """
    return float(stats.t(n - 1).ppf((1 + confidence) / 2))


def _student(difference: float, se: float, n: int, confidence: float) -> Answer:
    reach = reach_of(n, confidence) * se
    return Answer(difference, Interval(difference - reach, difference + reach))


def answer_of_repeat(
    moments: pd.DataFrame, question: Question, part: str, dataset: str, confidence: float
) -> Answer:
    """Return the same from a repeat's sums and products, which know no clusters (`moments`).

    Raises
    ------
    CompareError
        The repeat kept no such outcome, cell or product.
    """
    if question.outcome not in KEPT:
        raise CompareError(f"repeats keep {', '.join(KEPT)}, not {question.outcome}")
    name, share = KEPT[question.outcome]
    counts = Counter(question.a)
    counts.subtract(question.b)
    weights = {(question.initializer, arm): float(weight) for arm, weight in counts.items()}
    group = (part, dataset, question.protocol)
    try:
        found = contrast(moments, group, name, weights)
    except ValueError as error:
        raise CompareError(str(error)) from None
    chosen = (moments[list(GROUP)] == list(group)).all(axis=1)
    unit = share / float(moments.loc[chosen, "n_validation"].iloc[0]) if share else 1.0
    return _student(unit * found.mean, unit * found.se, found.n, confidence)
