"""The numbers as the TeX definitions that the paper prints them by."""

from __future__ import annotations

from collections.abc import Mapping


def macros_tex(texts: Mapping[str, str]) -> str:
    r"""Write printed numbers by id as TeX definitions; the paper prints one with ``\claim{id}``."""
    lines = ["% Written by the workflow from results/numbers.json."]
    lines += [rf"\defineclaim{{{name}}}{{{text}}}" for name, text in sorted(texts.items())]
    return "\n".join(lines) + "\n"
