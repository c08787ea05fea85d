"""How many networks miss no row: a claim that no table quotes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from paperledger.claims.claim import Claim, Claims
from paperledger.claims.gather import found_by


@found_by("collect_runs", "results/runs.parquet")
def flawless_claims(runs: pd.DataFrame, settings: Mapping[str, Any]) -> Claims:
    """Count them on the study's own data: flawless.<protocol>.<initializer>.<arm>."""
    own = runs[
        (runs["dataset"] == settings["dataset"]) & runs["part"].isin(settings["analysis"]["parts"])
    ]
    right = own["n_correct"] == own["n_validation"]
    count = right.groupby([own[key] for key in ("protocol", "initializer", "arm")]).sum()
    return {
        f"flawless.{protocol}.{initializer}.{arm}": Claim(int(n), "networks")
        for (protocol, initializer, arm), n in count.items()
    }
