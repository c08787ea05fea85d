"""Members assembled from streams, splits and tables: paired across arms, whatever the chunk."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import inner_split, outer_split
from lrstudy.data.random_streams import epoch_orders, initial_weights
from lrstudy.design.arms import setting_of
from lrstudy.design.plan import arm_rates
from lrstudy.kernel.assembly import assemble, train_chunk
from lrstudy.kernel.inputs import Adam
from lrstudy.kernel.train_many import train_many
from lrstudy.tables.outcome import Outcome, concatenate

from tests.helpers.networks import with_gaps

EPOCHS = 3
PLAIN = ["constant_m00", "adam", "step_m09", "plateau_validation", "one_cycle 0.1 0.8"]
PLAIN += ["plateau_training"]
INNER = ["plateau_inner", "plateau_inner_wary"]


@pytest.fixture
def study(config: Any) -> Any:
    """The shipped arms over a few epochs, in which the plateaus already act."""
    config["training"]["epochs"] = EPOCHS
    config |= setting_of(config, config["dataset"])
    for arm in config["arms"].values():
        if "plateau" in arm:
            arm["plateau"].update(patience=1, min_delta=0.1)
    wary = config["arms"]["plateau_inner"]["plateau"] | {"factor": 0.1}
    config["arms"]["adam"] = {
        "initial_rate": 0.01, "adam": {"beta_1": 0.8}, "schedule": {"name": "constant"}
    }  # fmt: skip
    config["arms"]["small_batches"] = config["arms"]["time_based_m08"] | {"batch_size": 7}
    config["arms"]["plateau_inner_wary"] = config["arms"]["plateau_inner"] | {"plateau": wary}
    return config


def planned(arms: list[str], protocol: str = "resample") -> pd.DataFrame:
    """Two splits of two seeds each; every stream has numbers of its own."""
    return pd.DataFrame(
        [
            {"protocol": protocol, "initializer": initializer, "arm": arm,
             "replicate": 1000 + number, "initialisation": 2000 + number,
             "shuffle": 3000 + number, "split": 4000 + number // 2 if drawn else 0}
            for drawn in [protocol in ("resample", "inner")]
            for initializer in ("glorot_uniform", "normal_005")
            for arm in arms
            for number in range(4)
        ]
    )  # fmt: skip


@pytest.mark.parametrize("protocol", ["tail", "resample", "official", "inner"])
@pytest.mark.parametrize("arms", [PLAIN, INNER])
def test_each_member_gets_what_its_row_says(
    dataset: Dataset, study: Any, protocol: str, arms: list[str]
) -> None:
    rows = planned(arms, protocol).sample(frac=1, random_state=1)
    given, members = assemble(dataset, study, rows)
    n_inner = 47 if arms is INNER else 0
    assert given.plateaus
    assert members.plateau is not None
    for i, row in enumerate(rows.to_dict("records")):
        arm, replicate = study["arms"][row["arm"]], row["replicate"]
        initializer = study["initializers"][row["initializer"]]
        weights = initial_weights(initializer, 34, 34, row["initialisation"])
        assert np.array_equal(given.weights[members.init[i]], weights)
        outer = outer_split(dataset, study["protocols"], protocol, row["split"])
        split = members.split[i]
        train = outer.train
        assert np.array_equal(given.validation_rows[split], outer.validation)
        if n_inner:
            inner = inner_split(dataset, outer, n_inner, replicate)
            train = inner.train
            assert given.inner_rows is not None
            assert np.array_equal(given.inner_rows[split], inner.validation)
        assert np.array_equal(given.train_rows[split], train)
        orders = epoch_orders(EPOCHS, len(train), row["shuffle"])
        assert np.array_equal(given.orders[members.shuffle[i]], orders)
        rates = arm_rates(arm, study["training"], len(train))
        assert np.array_equal(given.rates[members.rates[i]], rates)
        assert members.momentum[i] == np.float32(arm.get("momentum", 0))
        assert members.adam is not None
        assert members.adam[i] == (0 if "adam" in arm else -1)
        if "plateau" in arm:
            found = asdict(given.plateaus[members.plateau[i]])
            assert found.pop("measure") == "loss"
            assert found == {k: v for k, v in arm["plateau"].items() if k != "inner_rows"}
        else:
            assert members.plateau[i] == -1
    assert (given.inner_rows is None) == (n_inner == 0)
    assert (given.n_hidden, given.batch_size) == (34, 28)
    assert given.adams == ((Adam(beta_1=0.8),) if arms is PLAIN else ())


def test_each_draw_stands_once_and_arms_share_it(dataset: Dataset, study: Any) -> None:
    rows = planned(PLAIN)
    given, members = assemble(dataset, study, rows)
    assert len({w.tobytes() for w in given.weights}) == len(given.weights) == 2 * 4
    assert len({o.tobytes() for o in given.orders}) == len(given.orders) == 4
    assert len({t.tobytes() for t in given.train_rows}) == len(given.train_rows) == 2
    assert len(given.rates) == len(PLAIN)
    rows = rows.assign(init=members.init, shuffle=members.shuffle, part=members.split)
    by_network = rows.groupby(["initializer", "replicate"])
    assert (by_network[["init", "shuffle", "part"]].nunique() == 1).all(axis=None)
    # another initializer: other weights, the same order of the same rows
    by_replicate = rows.groupby("replicate")[["init", "shuffle", "part"]].nunique()
    assert (by_replicate == [2, 1, 1]).all(axis=None)


def test_a_crossed_cell_draws_each_stream_once(dataset: Dataset, study: Any) -> None:
    number = np.arange(6)
    rows = pd.concat([planned(["constant_m00"], "tail")[:1]] * 6, ignore_index=True).assign(
        replicate=1000 + number, initialisation=1000 + number // 3, shuffle=1000 + number % 3
    )
    given, members = assemble(dataset, study, rows)
    assert (len(given.weights), len(given.orders), len(given.train_rows)) == (2, 3, 1)
    assert members.init.tolist() == [0, 0, 0, 1, 1, 1]
    assert members.shuffle.tolist() == [0, 1, 2, 0, 1, 2]
    outcome = train_chunk(dataset, study, rows, n_threads=1, progress=ignore)
    assert len({loss.tobytes() for loss in outcome.training_loss}) == 6


@pytest.mark.parametrize("protocol", ["tail", "resample"])
def test_inner_rows_are_nobody_elses(dataset: Dataset, study: Any, protocol: str) -> None:
    given, members = assemble(dataset, study, planned(INNER, protocol))
    assert given.inner_rows is not None
    assert len(given.inner_rows) == 4  # one a replicate, though there are fewer outer splits
    assert len({rows.tobytes() for rows in given.inner_rows}) == 4
    assert (np.bincount(members.split) == 4).all()  # two initializers, two arms
    for parts in zip(given.train_rows, given.inner_rows, given.validation_rows, strict=True):
        assert [len(part) for part in parts] == [235 - 47, 47, 116]
        assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(351))
    share = dataset.labels[given.inner_rows].mean(axis=1)
    outer = np.concatenate([given.train_rows, given.inner_rows], axis=1)
    assert share == pytest.approx(dataset.labels[outer].mean(axis=1), abs=1 / 47)


@pytest.mark.parametrize("protocol", ["tail", "resample"])
@pytest.mark.parametrize("arms", [["constant_m00"], INNER])
def test_what_is_learned_of_the_data_comes_from_the_rows_that_train(
    dataset: Dataset, study: Any, protocol: str, arms: list[str]
) -> None:
    """Other values of the rows that do not train change nothing of what the training rows are."""
    scaled = with_gaps(dataset)
    rows = planned(arms, protocol)
    given, members = assemble(scaled, study, rows)
    plain, _ = assemble(dataset, study, rows)
    n_splits = len(plain.train_rows)
    assert given.features.shape == (351 * n_splits, 34)
    for split in range(n_splits):
        train = plain.train_rows[split]
        assert np.array_equal(given.train_rows[split], train + 351 * split)
        features = scaled.features.copy()
        features[np.setdiff1d(np.arange(351), train)] = 1000
        seen = replace(scaled, features=features).inputs(train)[train]
        found = given.features[given.train_rows[split]]
        assert np.array_equal(found, seen)
        assert (found.min(axis=0)[2:], found.max(axis=0)[2:]) == (
            pytest.approx(-1), pytest.approx(1)
        )  # fmt: skip
        for name in ("train_rows", "validation_rows", "inner_rows"):
            if (there := getattr(given, name)) is not None:
                own = getattr(plain, name)[split]
                assert np.array_equal(given.labels[there[split]], dataset.labels[own])
    outcome = train_many(given, members, n_threads=2)
    alone, one = assemble(scaled, study, rows[3:4])
    same_bits(train_many(alone, one, n_threads=1), outcome, 3)


def same_bits(found: Outcome, expected: Outcome, row: int) -> None:
    for field in fields(Outcome):
        assert np.array_equal(getattr(found, field.name)[0], getattr(expected, field.name)[row])


def test_inner_networks_train_and_validate_within_what_trains_in_resample(
    dataset: Dataset, study: Any
) -> None:
    """Nothing of what resample reports is seen, but the streams are the same."""
    arms = ["cosine 0.1 0.8", "constant_m00"]
    inner, members = assemble(dataset, study, planned(arms, "inner"))
    outer, others = assemble(dataset, study, planned(arms, "resample"))
    assert [part.shape[1] for part in (inner.train_rows, inner.validation_rows)] == [188, 47]
    assert np.array_equal(members.split, others.split)
    assert np.array_equal(inner.weights[members.init], outer.weights[others.init])
    for split in range(2):
        seen = np.concatenate([inner.train_rows[split], inner.validation_rows[split]])
        assert np.array_equal(np.sort(seen), outer.train_rows[split])
    # The order of fewer rows is drawn from the same stream.
    shuffles = planned(arms, "inner")["shuffle"]
    expected = epoch_orders(EPOCHS, 188, int(shuffles.iloc[0]))
    assert np.array_equal(inner.orders[members.shuffle[0]], expected)


def test_members_that_do_not_go_together(dataset: Dataset, study: Any) -> None:
    for rows in (
        planned(["constant_m00", "plateau_inner"]),
        planned(["constant_m00", "small_batches"]),
        pd.concat([planned(["constant_m00"], "tail"), planned(["constant_m00"], "official")]),
    ):
        with pytest.raises(ValueError, match="share protocol, epochs, batch size and rows"):
            assemble(dataset, study, rows)


# --- training in chunks -------------------------------------------------------


def arrays(outcome: Outcome) -> dict[str, np.ndarray]:
    return {f.name: getattr(outcome, f.name) for f in fields(Outcome)}


def ignore(done: int) -> None:
    pass


def test_neither_chunk_nor_order_nor_threads_matter(dataset: Dataset, study: Any) -> None:
    rows = planned(
        ["constant_m00", "plateau_inner", "step_m09", "plateau_training", "plateau_inner_wary"]
    )
    seen: list[int] = []
    whole = train_chunk(dataset, study, rows, n_threads=1, progress=seen.append)
    assert seen[-1] == len(rows) == 40
    assert seen == sorted(set(seen))
    assert type(whole) is Outcome
    losses = {loss.tobytes() for loss in whole.validation_loss}
    assert len(losses) > 35  # or there would be nothing to mix up

    order = np.random.default_rng(2).permutation(40)
    shuffled = train_chunk(dataset, study, rows.iloc[order], n_threads=2, progress=ignore)
    cuts = [rows.iloc[a:b] for a, b in ((0, 1), (1, 14), (14, 40))]
    pieces = concatenate(
        [train_chunk(dataset, study, cut, n_threads=2, progress=ignore) for cut in cuts]
    )
    for name, expected in arrays(whole).items():
        assert arrays(shuffled)[name].tobytes() == expected[order].tobytes(), name
        assert arrays(pieces)[name].tobytes() == expected.tobytes(), name
        assert arrays(shuffled)[name].dtype == expected.dtype, name


def test_a_chunk_is_its_arms_trained_apart(dataset: Dataset, study: Any) -> None:
    arms = ["plateau_inner", "small_batches", "adam", "step_m09"]
    rows = planned(arms, "tail")
    whole = train_chunk(dataset, study, rows, n_threads=1, progress=ignore)
    for arm in arms:
        chosen = (rows["arm"] == arm).to_numpy()
        apart = train_many(*assemble(dataset, study, rows[chosen]), n_threads=1)
        for name, expected in arrays(apart).items():
            assert np.array_equal(arrays(whole)[name][chosen], expected), name


def test_the_plateau_acts(dataset: Dataset, study: Any) -> None:
    """A smaller factor after a plateau leaves another network; before it, the same one."""
    rows = planned(INNER, "tail")
    found = train_chunk(dataset, study, rows, n_threads=1, progress=ignore)
    mild, wary = (found.training_loss[(rows["arm"] == arm).to_numpy()] for arm in INNER)
    assert np.array_equal(mild[:, :2], wary[:, :2])
    assert (mild[:, 2] != wary[:, 2]).any()
