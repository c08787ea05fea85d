"""The three protocols: hand-counted sizes, Keras as the judge of tail, properties of resample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lrstudy.data.splits import DRAWN, FIXED, Split, official, resample, split, tail

from tests.helpers.networks import read_ionosphere

LABELS = read_ionosphere(Path(__file__).parents[3] / "data" / "ionosphere.data").labels
SIZES = [2, 3, 7, 10, 28, 100, 150, 351, 1000, 768]
FRACTIONS = [0.01, 0.1, 0.2, 0.25, 0.3, 0.33, 1 / 3, 0.5, 0.6, 2 / 3, 0.7, 0.8, 0.9, 0.99]


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def check_shape(parts: Split, n_rows: int) -> None:
    """Both parts ascending, int32, without overlap, and all rows together."""
    for part in (parts.train, parts.validation):
        assert part.dtype == np.int32
        assert part.ndim == 1
        assert (np.diff(part) > 0).all()
    both = np.concatenate([parts.train, parts.validation])
    assert np.sort(both).tolist() == list(range(n_rows))


def class_counts(rows: np.ndarray) -> Any:
    """Return the numbers of bad and good rows."""
    return np.bincount(LABELS[rows], minlength=2).tolist()


# --- tail ---------------------------------------------------------------------


def test_tail_is_the_tutorials_split() -> None:
    parts = tail(351, validation_fraction=0.33)
    check_shape(parts, 351)
    assert parts.train.tolist() == list(range(235))
    assert parts.validation.tolist() == list(range(235, 351))
    assert class_counts(parts.train) == [117, 118]
    assert class_counts(parts.validation) == [9, 107]


@pytest.mark.parametrize(
    ("n_rows", "fraction", "n_train"),
    # 100 * (1 - 0.34) is 65.99999999999999, and 20 * (1 - 0.9) is 1.9999999999999996
    [(10, 0.7, 3), (3, 0.5, 1), (2, 0.5, 1), (100, 0.33, 67), (100, 0.34, 65), (20, 0.9, 1)],
)
def test_tail_rounds_down_in_double_precision(n_rows: int, fraction: float, n_train: int) -> None:
    assert len(tail(n_rows, validation_fraction=fraction).train) == n_train


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5, float("nan"), float("inf")])
def test_tail_refuses_a_fraction_outside(fraction: float) -> None:
    with pytest.raises(ValueError, match=f"between 0 and 1, found {fraction}"):
        tail(351, validation_fraction=fraction)


@pytest.mark.parametrize(("n_rows", "fraction"), [(0, 0.5), (1, 0.5), (10, 0.9), (10, 1e-17)])
def test_tail_refuses_an_empty_part(n_rows: int, fraction: float) -> None:
    with pytest.raises(ValueError, match="expected at least 1 training and 1 validation row"):
        tail(n_rows, validation_fraction=fraction)


@pytest.mark.parametrize("n_rows", SIZES)
def test_tail_is_what_keras_does(n_rows: int) -> None:
    """Hold against Keras's own function, its refusals included."""
    from keras.src.trainers.data_adapters.array_slicing import train_validation_split

    rows = np.arange(n_rows)
    for fraction in FRACTIONS:
        try:
            (train,), (validation,) = train_validation_split((rows,), fraction)
        except ValueError:
            with pytest.raises(ValueError, match="expected at least 1"):
                tail(n_rows, validation_fraction=fraction)
            continue
        parts = tail(n_rows, validation_fraction=fraction)
        assert parts.train.tolist() == np.asarray(train[:]).tolist()
        assert parts.validation.tolist() == np.asarray(validation[:]).tolist()


def test_tail_is_what_fit_does() -> None:
    """Hold against the public `fit`: which rows it trains on, and which it validates on."""
    import keras

    seen: dict[str, list[int]] = {"train": [], "validation": []}

    class Probe(keras.Model):  # type: ignore[misc]
        def train_step(self, data: Any) -> dict[str, float]:
            seen["train"] += np.asarray(data[0]).ravel().astype(int).tolist()
            return {"loss": 0.0}

        def test_step(self, data: Any) -> dict[str, float]:
            seen["validation"] += np.asarray(data[0]).ravel().astype(int).tolist()
            return {"loss": 0.0}

        def call(self, inputs: Any) -> Any:
            return inputs

    keras.utils.set_random_seed(1)  # where other tests made TensorFlow deterministic, it wants one
    probe = Probe()
    probe.compile(loss="mse", run_eagerly=True)
    rows = np.arange(351, dtype=np.float32)[:, None]
    probe.fit(rows, LABELS, epochs=1, batch_size=28, validation_split=0.33, verbose=0)
    parts = tail(351, validation_fraction=0.33)
    assert sorted(seen["train"]) == parts.train.tolist()
    assert seen["train"] != parts.train.tolist()  # fit shuffles, after the split
    assert seen["validation"] == parts.validation.tolist()


# --- official -----------------------------------------------------------------


def test_official() -> None:
    parts = official(351, training_rows=200)
    check_shape(parts, 351)
    assert parts.train.tolist() == list(range(200))
    assert class_counts(parts.train) == [99, 101]
    assert class_counts(parts.validation) == [27, 124]


@pytest.mark.parametrize("training_rows", [1, 350])
def test_official_at_the_ends(training_rows: int) -> None:
    check_shape(official(351, training_rows=training_rows), 351)


@pytest.mark.parametrize("training_rows", [-1, 0, 351, 352])
def test_official_refuses_an_empty_part(training_rows: int) -> None:
    with pytest.raises(ValueError, match=f"between 1 and 350, found {training_rows}"):
        official(351, training_rows=training_rows)


# --- resample -----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_resample_keeps_the_classes(seed: int) -> None:
    """225 good and 126 bad of 351: 116 * 225/351 = 74.36 good, 116 * 126/351 = 41.64 bad."""
    parts = resample(LABELS, validation_rows=116, generator=stream(seed))
    check_shape(parts, 351)
    assert class_counts(parts.train) == [84, 151]
    assert class_counts(parts.validation) == [42, 74]


@given(
    counts=st.lists(st.integers(2, 40), min_size=2, max_size=4),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=200, deadline=None, database=None)
def test_resample_is_within_one_row_of_each_share(
    counts: list[int], share: float, seed: int
) -> None:
    labels = stream(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    low, high = len(counts), len(labels) - len(counts)
    validation_rows = round(low + share * (high - low))
    parts = resample(labels, validation_rows=validation_rows, generator=stream(seed))
    check_shape(parts, len(labels))
    assert len(parts.validation) == validation_rows
    drawn = np.bincount(labels[parts.validation], minlength=len(counts))
    assert np.abs(drawn - validation_rows * np.array(counts) / len(labels)).max() < 1


def test_resample_same_stream_same_rows_other_stream_other_rows() -> None:
    def rows(seed: int) -> Any:
        return resample(LABELS, validation_rows=116, generator=stream(seed)).validation.tolist()

    assert rows(1) == rows(1)
    assert len({tuple(rows(seed)) for seed in range(50)}) == 50


def test_resample_draws_every_row_equally_often() -> None:
    """Each good row 74 times in 225, each bad one 42 in 126, within 5 standard deviations."""
    n = 400
    times = np.zeros(351)
    generator = stream(3)
    for _ in range(n):
        times[resample(LABELS, validation_rows=116, generator=generator).validation] += 1
    p = np.where(LABELS == 1, 74 / 225, 42 / 126)
    assert (np.abs(times - n * p) < 5 * np.sqrt(n * p * (1 - p))).all()


def test_resample_takes_one_number_from_the_stream() -> None:
    used, beside = stream(), stream()
    resample(LABELS, validation_rows=116, generator=used)
    beside.integers(2**32)
    assert used.integers(2**32) == beside.integers(2**32)


def test_resample_golden() -> None:
    """A change of these rows changes every resampled result of the study."""
    parts = resample(LABELS, validation_rows=116, generator=stream(1000))
    assert parts.validation[:12].tolist() == [4, 5, 7, 11, 12, 14, 18, 23, 24, 25, 29, 30]


@pytest.mark.parametrize("validation_rows", [-1, 0, 1, 350, 351])
def test_resample_refuses_too_small_a_part(validation_rows: int) -> None:
    with pytest.raises(ValueError, match=rf"between 2 and 349 .*, found {validation_rows}"):
        resample(LABELS, validation_rows=validation_rows, generator=stream())


@pytest.mark.parametrize("labels", [[], [1, 1, 1, 1], [0, 1, 1, 1]])
def test_resample_refuses_a_class_that_cannot_be_in_both(labels: list[int]) -> None:
    with pytest.raises(ValueError, match="expected 2 or more classes of 2 or more rows"):
        resample(np.array(labels, dtype=np.uint8), validation_rows=2, generator=stream())


# --- the registry -------------------------------------------------------------


def test_the_registry_holds_the_three_protocols() -> None:
    assert sorted([*FIXED, *DRAWN]) == ["official", "resample", "tail"]


@pytest.mark.parametrize(
    ("protocol", "settings_", "direct"),
    [
        ("tail", {"validation_fraction": 0.33}, tail(351, validation_fraction=0.33)),
        ("official", {"training_rows": 200}, official(351, training_rows=200)),
        (
            "resample",
            {"validation_rows": 116},
            resample(LABELS, validation_rows=116, generator=stream()),
        ),
    ],
)
def test_split_calls_the_protocol(
    protocol: str, settings_: dict[str, float], direct: Split
) -> None:
    parts = split(protocol, LABELS, generator=stream(), **settings_)
    assert parts.train.tolist() == direct.train.tolist()
    assert parts.validation.tolist() == direct.validation.tolist()


def test_a_fixed_protocol_leaves_the_stream_alone() -> None:
    generator = stream()
    split("tail", LABELS, generator=generator, validation_fraction=0.33)
    split("official", LABELS, generator=None, training_rows=200)
    assert generator.bit_generator.state == stream().bit_generator.state


def test_split_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="among tail, official, resample, found 'head'"):
        split("head", LABELS, generator=None)
    with pytest.raises(ValueError, match="resample: expected a generator"):
        split("resample", LABELS, generator=None, validation_rows=116)
    with pytest.raises(TypeError, match="training_rows"):
        split("tail", LABELS, generator=None, training_rows=200)
    with pytest.raises(TypeError, match="validation_fraction"):
        split("tail", LABELS, generator=None)
