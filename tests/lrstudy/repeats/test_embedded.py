"""What the page keeps of networks and repeats: no number is another when it is unpacked."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
import pytest
from lrstudy.analysis.measures import MEASURES, Context
from lrstudy.repeats import embedded
from lrstudy.repeats.embedded import Packed, groups_of, pack_values, pack_whole
from lrstudy.repeats.moments import moments_table
from numpy.typing import NDArray

from tests.helpers.ponds import CONFIG, study


def unpack(packed: Packed) -> NDArray[Any]:
    kind = np.dtype(packed["type"]).newbyteorder("<")
    planes = np.frombuffer(zlib.decompress(base64.b64decode(packed["bytes"])), np.uint8)
    return np.ascontiguousarray(planes.reshape(kind.itemsize, -1).T).view(kind).ravel()


@pytest.mark.parametrize(
    ("ends", "kind"),
    [
        ((0, 255), "u1"),
        ((0, 256), "u2"),
        ((-128, 127), "i1"),
        ((-1, 128), "i2"),
        ((-344_077, 4_826_126), "i4"),
        ((0, 2**32 - 1), "u4"),
        ((-1, 2**31), "f8"),
    ],
)
def test_whole_numbers_take_as_few_bytes_as_a_browser_can_read(
    ends: tuple[int, int], kind: str
) -> None:
    packed = pack_whole(np.array([*ends, 0]))
    assert packed["type"] == kind
    assert unpack(packed).tolist() == [*ends, 0]


@pytest.mark.parametrize("n", [3, 4000])
def test_values_are_kept_to_the_last_bit(n: int) -> None:
    few = 100 * np.arange(n).repeat(2)[:n] % 117 / 116
    many = np.random.default_rng(1).normal(size=n)
    for values in (few, many, many.astype(np.float32).astype(float)):
        packed = pack_values(values)
        kept = {name: unpack(part) for name, part in packed.items()}
        found = kept["values"] if "values" in kept else kept["distinct"][kept["codes"]]
        assert found.astype(float).tolist() == values.tolist()


def test_of_a_wide_part_no_loss_is_kept_and_of_its_repeats_who_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedded, "WIDE", 3)
    repeats = {n: moments_table(study(seed=n)) for n in (1, 2)}
    groups = groups_of(study(), repeats, CONFIG)
    (wide,) = [g for g in groups if (g["part"], g["protocol"]) == ("study", "tail")]
    assert "log_loss" not in wide["outcomes"]
    assert list(wide["repeats"]) == ["accuracy"]
    winners = unpack(wide["repeats"]["accuracy"]["winners"]).reshape(2, -1)
    runs = study(seed=2)
    here = runs[(runs["part"] == "study") & (runs["protocol"] == "tail")]
    values = here.assign(value=MEASURES["accuracy"].values(here, Context()))
    table = values.pivot(index="replicate", columns="arm", values="value")[wide["arms"]]
    expected = []
    for i, one in enumerate(wide["arms"]):
        for other in wide["arms"][i + 1 :]:
            difference = table[one] - table[other]
            reach = wide["reach"][60] * difference.sem()
            expected.append(int(np.sign(difference.mean()) * (abs(difference.mean()) > reach)))
    assert winners[1].tolist() == expected
    assert len(set(expected)) > 1
