"""The configuration as a whole: what is trained, compared, analysed and drawn."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from lrstudy.design.analysis_models import Analysis, ArmName
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
    Protocol,
    SomeKeys,
    Training,
    Variant,
)
from lrstudy.design.schedule_models import Schedule

Trainer = Literal["kernel", "keras"]
Streams = Annotated[int, Field(ge=1, le=10_000)]
Day = Annotated[str, Field(pattern="^2[0-9]{3}-[01][0-9]-[0-3][0-9]$")]
ChunkSize = Annotated[int, Field(ge=1, le=1_000_000, description="Networks (of this trainer).")]


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


class Plan(Block):
    """The page that said what is trained and asked before anything was."""

    page: str = key(
        "The page, relative to the checkout.",
        pattern="^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$",
    )
    sha256: str = key("Its SHA-256, 64 hexadecimal digits.", pattern="^[0-9a-f]{64}$")
    commit: str = key("A commit that has it, 40 hexadecimal digits.", pattern="^[0-9a-f]{40}$")
    date: Day = key("Day of that commit, YYYY-MM-DD.")


class Paper(Block):
    """What the paper bears, and links to."""

    date: Day = key("Date of the paper, YYYY-MM-DD.")
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
    plan: Maybe[Plan] = None
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
