"""The configuration's blocks: data sets, network, arms and grid."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from lrstudy.design.arms import grid_name
from lrstudy.design.blocks import EACH_ONCE, Block, Maybe, Names, OneOf, Text, Word, by_type, key
from lrstudy.design.schedule_models import Schedule

Protocol = Literal["tail", "resample", "official", "inner"]
Fraction = Annotated[float, Field(gt=0, lt=1)]
FewEpochs = Annotated[int, Field(le=32767)]
Position = Annotated[int, Field(ge=0, le=65535)]
Column = Annotated[str | Position, by_type(str, Position)]
ClassLabel = Annotated[Text | float, by_type(Text, float)]
InitialRate = Annotated[
    float, Field(gt=0, le=100_000, description="Learning rate at the start (per update).")
]
# What comes next to the bound is 1 in float32.
Momentum = Annotated[
    float, Field(ge=0, lt=0.9999999, description="Momentum of SGD (no unit); 0 is plain SGD.")
]
HiddenUnits = Annotated[int, Field(ge=1, le=256, description="Units of the hidden layer.")]
Label = Annotated[Text, Field(description="Name in the paper (TeX).")]


class SomeKeys(Block):
    """A block whose keys are all optional, but not all at once."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.given():
            raise PydanticCustomError("empty", "at least 1 key(s)")
        return self


class Download(Block):
    """Limits of a download."""

    timeout_seconds: float = key("Seconds after which one attempt is given up.", gt=0, le=86400)
    attempts: int = key("Attempts at each address, in rounds.", ge=1, le=1000)
    max_bytes: int = key("Largest download and largest member (bytes).", ge=1, le=1_000_000_000)
    budget_seconds: float = key("Seconds for all attempts together.", gt=0, le=86400)


class Table(Block):
    """The size and the columns that the table must have, and what its classes become.

    A column is named by its number from 0, or by its name in the last of the header lines.
    """

    n_rows: int = key("Rows, without those that missing drops.", ge=2, le=32767)
    n_features: int = key("Feature columns; all but the class and those not used.", ge=1, le=32767)
    header_lines: int = key("Lines before the first row.", ge=0, le=1000)
    separator: Literal[",", ";", "\t", " "] = key("What stands between two fields.")
    class_column: Column = key("Column of the class.")
    unused_columns: Annotated[list[Column], EACH_ONCE] = key(
        "Columns that are neither a feature nor the class."
    )
    categorical_columns: Maybe[Annotated[list[Column], EACH_ONCE]] = key(
        "Features that hold words; each becomes one input for each of its words, 1 or 0.",
        default=None,
    )
    positive: ClassLabel = key("Class label that counts as 1; text, or a number.")
    negative: ClassLabel = key("Class label that counts as 0; * is every other.")
    missing: Maybe[Literal["refuse", "drop", "median"]] = key(
        "What becomes of a row that lacks a value (an empty field, ?, NA and kin): refuse (the "
        "build stops, the default), drop (the row is left out), or median (the gap becomes the "
        "median of its column over the training rows).",
        default=None,
    )
    scale: Literal["none", "range"] = key(
        "none, or range: each column linearly, so that its extremes over the training rows "
        "become -1 and 1."
    )


class Tail(Block):
    """Keras's validation_split, the last rows validate."""

    validation_fraction: Fraction = key("Share of rows that validate.")


class Resample(Block):
    """Stratified random splits."""

    validation_rows: int = key("Rows that validate.", ge=1)


class Official(Block):
    """The data set's own use, the first rows train and the rest validate."""

    training_rows: int = key("Rows that train.", ge=1)


class Inner(Block):
    """Random splits of what trains in resample: nothing of what that reports is seen."""

    reported_rows: int = key("Rows that are set aside, as many as validate in resample.", ge=1)
    validation_rows: int = key("Rows that validate.", ge=1)


class Protocols(SomeKeys):
    """How rows are split into training and validation."""

    tail: Maybe[Tail] = None
    resample: Maybe[Resample] = None
    official: Maybe[Official] = None
    inner: Maybe[Inner] = None


class Data(Block):
    """One data set: where the raw table comes from, how it is read, and how its rows are split."""

    label: Label
    row: Maybe[Text] = key("What a row is called in figures, else row.", default=None)
    positive_label: Maybe[Text] = key(
        "Name of the positive class in text and figures, else its label.", default=None
    )
    negative_label: Maybe[Text] = key(
        "Name of the other class, else its label, or other.", default=None
    )
    source: Text = key(
        "auto (download, else the embedded copy), download (nothing else), embedded (no "
        "network), package:NAME/FILE (a file of an installed package; .gz is unpacked), or "
        "the path of a file. Each is held against sha256."
    )
    urls: Maybe[
        Annotated[
            list[Annotated[str, Field(pattern=r"^(https://|http://127[.]0[.]0[.]1(:[0-9]+)?/)")]],
            Field(min_length=1),
        ]
    ] = key(
        "https addresses to try in order (http on this machine alone, http://127.0.0.1/); a "
        ".zip holds the table as a member, others are the table.",
        default=None,
    )
    member: Maybe[str] = key(
        "Name of the table inside a zip archive and in results.",
        default=None,
        pattern="^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
    )
    embedded: Maybe[str] = key(
        "The copy in the repository, relative to the checkout.",
        default=None,
        pattern="^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$",
    )
    sha256: str = key(
        "SHA-256 of the table, unpacked, 64 hexadecimal digits.", pattern="^[0-9A-Fa-f]{64}$"
    )
    table: Table
    protocols: Protocols
    hidden_units: Maybe[HiddenUnits] = key(
        "Units of the hidden layer, instead of those of training.", default=None
    )


class Training(Block):
    """The network and its training, the same for all arms."""

    hidden_units: HiddenUnits
    epochs: FewEpochs = key("Passes over the training rows.", ge=1)
    batch_size: int = key("Rows in one update; the last batch may be shorter.", ge=1)


class GlorotUniform(Block):
    """Glorot's uniform distribution, as Keras has it."""

    label: Label
    kind: Literal["glorot_uniform"] = key("The distribution.")


class Normal(Block):
    """A normal distribution around zero."""

    label: Label
    kind: Literal["normal"] = key("The distribution.")
    stddev: float = key("Standard deviation (weight units).", gt=0, le=1000)


Initializer = Annotated[
    GlorotUniform | Normal, OneOf({"glorot_uniform": GlorotUniform, "normal": Normal}, "kind")
]


class Plateau(Block):
    """Keras's ReduceLROnPlateau; the schedule must be constant."""

    monitor: Literal["validation", "inner", "training"] = key(
        "What is watched: the reported rows, an inner split, or training."
    )
    measure: Literal["loss", "accuracy"] = key(
        "Of them the loss or, but for training, the accuracy.", default="loss"
    )
    inner_rows: Maybe[int] = key(
        "Training rows held out; monitor inner watches them.", default=None, ge=2
    )
    factor: Fraction = key("Factor at each reduction.")
    patience: FewEpochs = key("Epochs without improvement.", ge=1)
    min_delta: float = key("Smallest improvement (nat, or share of the rows).", ge=0)
    cooldown: FewEpochs = key("Epochs not watched after a reduction.", ge=0)
    min_rate: float = key("Lowest learning rate.", ge=0)


class Adam(Block):
    """Adam as Keras has it, with its settings there."""

    beta_1: float = key("Share of the mean gradient that a step keeps.", default=0.9, ge=0, lt=1)
    beta_2: float = key("The same of the mean squared one.", default=0.999, ge=0, lt=0.9999999)
    epsilon: float = key(
        "Added to the mean squared one's root (gradient units).", default=1e-7, ge=1e-30, le=1
    )


class Arm(Block):
    """What is compared: an initial rate, a schedule, and SGD's momentum or Adam."""

    label: Label
    initial_rate: InitialRate
    momentum: Maybe[Momentum] = None
    adam: Maybe[Adam] = None
    schedule: Schedule
    plateau: Maybe[Plateau] = None
    epochs: Maybe[FewEpochs] = key(
        "Passes over the training rows, instead of those of training.", default=None, ge=1
    )
    batch_size: Maybe[int] = key(
        "Rows in one update, instead of those of training.", default=None, ge=1
    )
    stretch: bool = key(
        "Whether the schedule is that of the epochs and batches of training, stretched over the "
        "arm's own: its rate is a function of the share of the updates done.",
        default=False,
    )

    @property
    def inner_rows(self) -> int:
        """Training rows that the arm holds out; 0 where it watches others, or none."""
        return (self.plateau and self.plateau.inner_rows) or 0


class Variant(Block):
    """Arms with other epochs or batches; "step budget 200" is one, of 200 epochs."""

    arms: Names = key("Names of arms.")
    epochs: Maybe[
        Annotated[list[Annotated[FewEpochs, Field(ge=1)]], Field(min_length=1), EACH_ONCE]
    ] = key("Passes over the training rows, one arm for each.", default=None)
    batch_sizes: Maybe[
        Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1), EACH_ONCE]
    ] = key("Rows in one update, one arm for each.", default=None)
    stretch: bool = key("As of an arm.", default=False)


class LabelledSchedule(Block):
    """A schedule with its name in the paper."""

    label: Label
    schedule: Schedule


class Grid(Block):
    """Each schedule with each initial rate and momentum; "cosine 0.1 0.9" names an arm of it."""

    initial_rates: Annotated[list[InitialRate], Field(min_length=1), EACH_ONCE] = key(
        "Initial learning rates (per update)."
    )
    momenta: Annotated[list[Momentum], Field(min_length=1), EACH_ONCE] = key("Momenta (no unit).")
    schedules: dict[Word, LabelledSchedule] = key("Name to schedule.", min_length=2)

    @cached_property
    def names(self) -> list[str]:
        """The names of its arms."""
        cells = itertools.product(self.schedules, self.initial_rates, self.momenta)
        return [grid_name(*cell) for cell in cells]
