"""The configuration's block `analysis`: hypotheses, corrections, tuning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lrstudy.design.blocks import EACH_ONCE, Block, Maybe, Names, Word, key
from lrstudy.design.models import Label

Place = Literal["tail", "resample", "official", "tail-resample"]
HypothesisName = Annotated[str, Field(pattern="^[A-Z][0-9]*[a-z]?$")]
ArmName = Annotated[
    str,
    Field(
        pattern="^[a-z][a-z0-9_]*( [a-z][a-z0-9_]* ([0-9]+|[*]))?$|"
        "^([a-z][a-z0-9_]*|[*]) [0-9.e-]+ [0-9.]+$",
        description="Name of an arm; of a variant with its epochs or batch size; or of the grid's "
        "with its rate and momentum, where * is any schedule.",
    ),
]
Family = Annotated[str, Field(description="One of families.")]


class Term(Block):
    """One arm of a hypothesis."""

    arm: ArmName
    initializer: Maybe[Word] = key("Else each in turn.", default=None)
    outcome: Maybe[Literal["accuracy", "best"]] = key(
        "Else the one that is asked about.", default=None
    )


Terms = Annotated[list[Term], Field(min_length=1)]


class Hypothesis(Block):
    """A sum of arms less another sum, replicate by replicate."""

    label: Label
    family: Family
    part: Maybe[Word] = key(
        "Part whose networks are used, on all its data sets; else whichever of parts has "
        "them, on the study's own data.",
        default=None,
    )
    protocols: Annotated[list[Place], Field(min_length=1), EACH_ONCE] = key(
        "Where it is asked; tail-resample is the effect on the one less that on the other."
    )
    add: Terms = key("Arms that are added.")
    subtract: Terms = key("Arms that are subtracted.")
    each: Maybe[Annotated[list[int], Field(min_length=1), EACH_ONCE]] = key(
        "Values that stand in turn for * in label and names of arms: U1.12 is U1 of 12.",
        default=None,
    )
    scale: float = key("Factor on the difference: 0.5 makes two effects their mean.", default=1.0)


class Tuning(Block):
    """Each schedule of the grid at its best rate and momentum against the reference at its own.

    On each random split every cell is judged on inner rows; the one chosen is scored on others.
    """

    hypothesis: HypothesisName = key("Its name; the schedule is appended.")
    family: Family
    part: Word = key("Part that trains the grid on resample, where the chosen are scored.")
    inner_part: Word = key("Part that trains it on inner, which chooses.")
    reference: Word = key("Schedule of the grid.")


class Tutorial(Block):
    """What the tutorial reports (validation rows answered rightly)."""

    n_validation: int = key("Validation rows.", ge=1, le=32767)
    baseline_correct: int = key("Of them right, without a schedule.", ge=0)
    schedule_correct: int = key("Of them right, with the schedule.", ge=0)


class FamilyOfTests(Block):
    """Hypotheses corrected together."""

    method: Literal["holm", "fdr_bh", "none"] = key("How.")
    initializers: Literal["each", "together"] = key(
        "Whether those of each initializer are a family, or all are one."
    )


class Analysis(Block):
    """What is estimated from the trained networks."""

    parts: Names = key("Parts whose arms are described and compared.")
    initializer: Word = key("The initializer that is primary.")
    baseline: Word = key(
        "Arm whose mean final accuracy is to be reached, and whose error effects are shares of."
    )
    arms: Annotated[list[Word], Field(min_length=1, max_length=5), EACH_ONCE] = key(
        "Arms that figures show."
    )
    confidence: float = key(
        "Level of every interval (share, not per cent); tests have one less it.", gt=0.5, lt=1
    )
    resamples: int = key("Bootstrap and permutation resamples.", ge=99, le=10_000_000)
    seed: int = key("Number of the resampling streams.", ge=0, le=1_000_000_000)
    equivalence_margin: float = key(
        "Differences smaller than this count as equivalent (points).", gt=0
    )
    families: dict[str, FamilyOfTests] = key("Name to how it is corrected.", min_length=1)
    hypotheses: dict[HypothesisName, Hypothesis] = key("Name to what is estimated.", min_length=1)
    outcomes: Annotated[list[HypothesisName], Field(min_length=1), EACH_ONCE] = key(
        "Hypotheses that are asked of every other outcome, too."
    )
    tuning: Maybe[Tuning] = None
    tutorial: Maybe[Tutorial] = None
