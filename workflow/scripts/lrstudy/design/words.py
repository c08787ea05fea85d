"""What the rows and the classes of a data set are called, in text and in figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def words_of(block: Mapping[str, Any]) -> dict[str, str]:
    """Return the words, of plain text, for a row and for both classes of one of ``datasets``.

    Examples
    --------
    >>> words_of({"table": {"positive": 1, "negative": "*"}, "row": "patient"})
    {'row': 'patient', 'positive_label': '1', 'negative_label': 'other'}
    """
    table = block["table"]
    other = "other" if table["negative"] == "*" else str(table["negative"])
    words = {"row": "row", "positive_label": str(table["positive"]), "negative_label": other}
    return {name: block.get(name, word) for name, word in words.items()}
