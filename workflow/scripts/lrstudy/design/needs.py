"""What a configuration must have for a result or a figure; without it there is none.

A need is a key of the configuration with dots between its words, or a word of a list: ``*`` stands
for any key, ``a|b`` for either, and what is empty is lacking too. Below ``analysis.parts`` stand
the parts that it names, those that train on the study's own data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from paperledger.io.tables import contracts_of

from lrstudy.design.arms import analysed_parts, hypotheses_of
from lrstudy.tables import results

RESULTS: dict[str, tuple[str, ...]] = {
    "rates": ("figures",),
    "decay_argument": ("analysis.tutorial",),
    "agreement": ("agreement",),
    **{name: contract.needs for name, contract in contracts_of(results).items()},
}
"""Name of a result to its needs: where they are met it has rows, elsewhere it isn't made."""

TEX_TABLES = {"primary": "effects", "hypotheses": "effects", "tuned": "tuned"}
"""Name of a table of the text to the result that its rows come from."""


def effects_among(claims: Iterable[str]) -> list[tuple[str, str]]:
    """List the hypotheses, each with its protocol, whose effects begin ids of claims.

    Examples
    --------
    >>> effects_among(["effect.H11a.tail", "rate", "effect.S1.*.resample"])
    [('H11a', 'tail'), ('S1', 'resample')]
    """
    found = []
    for claim in claims:
        kind, _, rest = claim.partition(".")
        if kind == "effect":
            hypothesis, _, protocol = rest.replace(".*", "").rpartition(".")
            found.append((hypothesis, protocol))
    return found


def asked_effects(hypotheses: Mapping[str, Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Return each hypothesis (`hypotheses_of`) with every protocol that it is asked on."""
    return {(name, place) for name, asked in hypotheses.items() for place in asked["protocols"]}


def _has(value: Any, words: Sequence[str]) -> bool:
    if not words:
        return bool(value)
    word, *rest = words
    if isinstance(value, Mapping):
        inner = value.values() if word == "*" else map(value.get, word.split("|"))
        return any(_has(each, rest) for each in inner)
    return isinstance(value, Sequence) and not isinstance(value, str) and not rest and word in value


def lacking(
    needs: Iterable[str],
    config: Mapping[str, Any],
    claims: Iterable[str] = (),
    results: Iterable[str] = (),
) -> list[str]:
    """List what a configuration lacks of what a figure needs; nothing: the figure can be drawn.

    ``needs`` are keys as this module describes them. ``claims`` are beginnings of the claims that
    the figure shows; where effects are among them, one at least must be asked. ``results`` are
    those that it is drawn from, whose needs (`RESULTS`) are its own.

    Examples
    --------
    >>> config = {"grid": {}, "parts": {"a": {"datasets": ["iris"]}}}
    >>> lacking(["parts.*.datasets", "parts.a|b.datasets.iris"], config)
    []
    >>> lacking(["grid", "analysis.tutorial"], config, ["effect.H1.tail"], ["tuned"])
    ['grid', 'analysis.tutorial', 'analysis.tuning', 'analysis.hypotheses: one of H1 on tail']
    """
    wanted = [*needs, *(need for name in results for need in RESULTS.get(name, ()))]
    analysis = config.get("analysis", {})
    if "parts" in analysis:
        parts = {name: config["parts"][name] for name in analysed_parts(config)}
        config = {**config, "analysis": {**analysis, "parts": parts}}
    found = [need for need in dict.fromkeys(wanted) if not _has(config, need.split("."))]
    # Whoever gives analysis.tuning its part gives analysis.tuning.
    found = [need for need in found if not any(f"{need}." in other for other in found)]
    shown = effects_among(claims)
    asked = asked_effects(hypotheses_of(analysis) if analysis.get("hypotheses") else {})
    # "effect.U1.*.tail" is every value of U1.
    asked |= {(name.partition(".")[0], place) for name, place in asked}
    if shown and not asked & set(shown):
        names = ", ".join(f"{hypothesis} on {protocol}" for hypothesis, protocol in shown)
        found.append(f"analysis.hypotheses: one of {names}")
    return found


def results_of(config: Mapping[str, Any]) -> list[str]:
    """Name the results that a configuration gives: rules, scripts and claims follow it."""
    return [name for name, needs in RESULTS.items() if not lacking(needs, config)]
