"""The configuration as a whole: what is trained, compared, analysed and drawn."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from lrstudy.design.arms import varied_arms
from lrstudy.design.blocks import EACH_ONCE, Block, Maybe, Names, OneOf, Word, by_type, key
from lrstudy.design.models import (
    Arm,
    Data,
    Download,
    FewEpochs,
    Grid,
    Initializer,
    InitialRate,
    Label,
    Protocol,
    SomeKeys,
    Training,
    Variant,
)
from lrstudy.design.schedule_models import Schedule

Place = Literal["tail", "resample", "official", "tail-resample"]
Trainer = Literal["kernel", "keras"]
Streams = Annotated[int, Field(ge=1, le=10_000)]
ChunkSize = Annotated[int, Field(ge=1, le=1_000_000, description="Networks (of this trainer).")]
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


class Seeds(Block):
    """Replicates with streams of their own."""

    seeds: int = key("Replicates.", ge=1, le=1_000_000)


class CrossedStreams(Block):
    """A crossed cell, each initialisation with each order of the rows."""

    initialisations: Streams = key("Initialisations.")
    shuffles: Streams = key("Orders of the rows.")


class Splits(Block):
    """Replicates on random splits."""

    splits: Streams = key("Random splits.")
    seeds: Streams = key("Replicates on each split.")
    splits_of: Maybe[dict[Word, Streams]] = key(
        "Name of a data set to its random splits, instead.", default=None
    )
    crossed: bool = key("The same seeds on every split.", default=False)


FixedSplit = Annotated[
    Seeds | CrossedStreams,
    OneOf(
        {"seeds": Seeds, "crossed": CrossedStreams},
        lambda value: "seeds" if isinstance(value, dict) and "seeds" in value else "crossed",
    ),
    Field(description="Replicates of their own streams, or of crossed streams."),
]


class Sizes(SomeKeys):
    """How many networks are trained on each protocol."""

    tail: Maybe[FixedSplit] = None
    resample: Maybe[Splits] = None
    official: Maybe[FixedSplit] = None
    inner: Maybe[Splits] = None


class Part(Block):
    """Some arms, trained with one trainer."""

    trainer: Trainer = key("Which trainer.")
    datasets: Maybe[Names] = key(
        "Names of the data sets trained on; by default the study's own.", default=None
    )
    arms: Annotated[Literal["grid"] | Names, by_type(Literal["grid"], Names)] = key(
        "Names of arms and of variants, or grid for all of the grid."
    )
    initializers: Names = key("Names of initializers.")
    protocols: Sizes


class Agreement(Block):
    """What the kernel and Keras are compared on, and when they count as agreeing."""

    arms: Annotated[list[ArmName], Field(min_length=1), EACH_ONCE] = key(
        "Names of arms, those of the grid included."
    )
    beside: Maybe[dict[Word, Arm]] = key(
        "Name to an arm that is compared, too, and that no part trains.", default=None, min_length=1
    )
    protocol: Protocol = key("Split that is trained on.")
    initializers: Names = key("Names of initializers.")
    seeds: Streams = key("Replicates of each arm and initializer.")
    weight_tolerance: float = key(
        "Largest difference of a final weight (weight units) on a stable trajectory, but for "
        "one network in perturbations + 1, which chance may carry elsewhere.",
        gt=0,
    )
    perturbations: Streams = key(
        "Trainings from weights moved by a unit in the last place, to find how stable a "
        "trajectory is."
    )
    flipped_per_10000: float = key("Predictions that may differ, of 10,000.", ge=0)
    populations: Annotated[list[Word], Field(min_length=2, max_length=2), EACH_ONCE] = key(
        "Two parts, one of each trainer; cells that both train are compared as populations."
    )
    population_margin: float = key(
        "Difference of the two trainers' mean accuracies that does not matter (points).", gt=0
    )


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


class Paper(Block):
    """What the paper bears, and links to."""

    date: str = key("Date of the paper, YYYY-MM-DD.", pattern="^2[0-9]{3}-[01][0-9]-[0-3][0-9]$")
    unsupported: Literal["stop", "mark"] = key(
        "A sentence that the numbers do not support stops the build, or is marked in print; a "
        "typed number that a setting no longer is stops it, or is named."
    )
    repository: str = key(
        'Address that the links from figures and tables to their origin start with; ".." is '
        "this checkout.",
        pattern="^([.][.]|https://[A-Za-z0-9./_~-]*[A-Za-z0-9_~-])$",
    )


class RateFigure(Block):
    """Panels of learning-rate curves."""

    epochs: FewEpochs = key("Epochs on the axis.", ge=2)
    initial_rate: InitialRate
    panels: dict[str, Annotated[dict[str, Schedule], Field(min_length=1)]] = key(
        "Panel title to curves; each curve's label to its schedule.", min_length=1
    )


class Figures(Block):
    """What the figures of learning rates draw."""

    rates: Maybe[RateFigure] = key("The tutorial's two plots.", default=None)
    readings: Maybe[RateFigure] = key("Readings of the time-based schedule.", default=None)


class ChunkSizes(Block):
    """Networks that one job trains, by trainer."""

    keras: Maybe[ChunkSize] = None
    kernel: Maybe[ChunkSize] = None


class Study(Block):
    """Every choice of the study. Unknown keys are refused everywhere."""

    model_config = ConfigDict(title="Configuration of the study")

    folder: Maybe[str] = key(
        'Folder for all that is generated, relative to the checkout; "." for the paper itself.',
        default=None,
        pattern=r"^(\.|[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)$",
    )
    reuse: Maybe[str] = key(
        "Folder of a published record, relative to the checkout, to take the trained networks"
        " from; without it they are trained.",
        default=None,
        pattern="^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$",
    )
    environment: Literal["strict", "warn"] = key(
        "What to do where the installed packages are not those of requirements.lock: strict "
        "(stop, and name them) or warn (name them, record them in results/environment.json, "
        "and go on)."
    )
    dataset: Word = key("The study's own data, one of datasets.")
    download: Download
    datasets: dict[Word, Data] = key(
        "Name to data set; a new one is a block here and nothing else.", min_length=1
    )
    training: Training
    initializers: dict[Word, Initializer] = key(
        "Distributions of the initial kernels; biases start at zero.", min_length=1, max_length=2
    )
    first_replicate: int = key(
        "Number of the first replicate of every part; numbers below 1000 belong to the pilot.",
        ge=0,
        le=1_000_000_000,
    )
    arms: dict[Word, Arm] = key("What is compared; one word names each arm.", min_length=1)
    aliases: Maybe[dict[Word, Word]] = key(
        "Other name of an arm to its name, for commands.", default=None
    )
    variants: Maybe[dict[Word, Variant]] = key(
        "Name to arms with other epochs or batches.", default=None, min_length=1
    )
    grid: Maybe[Grid] = None
    parts: dict[Word, Part] = key("What is trained, with which trainer, how often.", min_length=1)
    agreement: Maybe[Agreement] = None
    chunk_size: ChunkSizes
    analysis: Analysis
    paper: Paper
    figures: Maybe[Figures] = None

    def placed_arms(self) -> dict[str, tuple[str, Arm]]:
        """Return the arms that are written out, by name, each with the key that it stands under."""
        beside = (self.agreement and self.agreement.beside) or {}
        found = {name: (f"agreement.beside.{name}", arm) for name, arm in beside.items()}
        return {**{name: (f"arms.{name}", arm) for name, arm in self.arms.items()}, **found}

    def names_of_arms(self) -> list[str]:
        """Return the names of all arms, those of variants and of the grid included."""
        varied = [name for block in (self.variants or {}) for name in self._varied(block)]
        return [*self.arms, *varied, *(self.grid.names if self.grid else [])]

    def _varied(self, block: str) -> dict[str, tuple[str, dict[str, Any]]]:
        return varied_arms(block, (self.variants or {})[block].given())

    def placed_variants(self) -> dict[str, tuple[str, Arm]]:
        """Return the arms of the variants, by name, each with the key that it stands under."""
        return {
            name: (f"variants.{block}", self.arms[arm].model_copy(update=changed))
            for block in (self.variants or {})
            for name, (arm, changed) in self._varied(block).items()
        }

    def arms_of(self, part: str) -> list[str]:
        """Return the names of the arms that a part trains."""
        arms = self.parts[part].arms
        if isinstance(arms, list):
            known = self.variants or {}
            return [
                arm for word in arms for arm in (self._varied(word) if word in known else [word])
            ]
        return self.grid.names if self.grid else []

    def datasets_of(self, part: str) -> list[str]:
        """Return the names of the data sets that a part trains on."""
        return self.parts[part].datasets or [self.dataset]
