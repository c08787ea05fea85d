"""What every test of the study does without."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_garbage_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statsmodels collects garbage after each Holm adjustment: half a second beside TensorFlow."""
    monkeypatch.setattr("gc.collect", lambda generation=2: 0)
