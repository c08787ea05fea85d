"""What no single key shows: names that point nowhere, parts that cannot be compared."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from lrstudy.design.arms import REFERENCES, hypotheses_of, matching_arms
from lrstudy.design.consistency_data import data_findings, rows_that_train, size_findings, unknown
from lrstudy.design.plan import n_replicates, size_of
from lrstudy.design.study import CrossedStreams, Hypothesis, Study, Term


def contradictions(study: Study) -> list[str]:
    """Hold a configuration that fits its models against itself.

    Each finding names the key, what was found, and what is allowed.
    """
    findings = [*_arms(study), *_parts(study), *_agreement(study), *data_findings(study)]
    if not findings:  # names are looked up below
        findings = [*_analysis(study), *_tuning(study), *size_findings(study), *_paper(study)]
    return list(dict.fromkeys(findings))


def _arms(study: Study) -> Iterator[str]:
    settings: dict[str, str] = {}
    labels: dict[str, str] = {}
    for where, arm in study.placed_arms().values():
        plateau = arm.plateau
        setting = repr(arm.model_copy(update={"label": ""}))
        if (same := settings.setdefault(setting, where)) != where:
            yield f"{where}: duplicate arm, its settings are those of {same}"
        if (owner := labels.setdefault(arm.label, where)) != where:
            yield f"{where}.label: found {arm.label!r}, which {owner} has"
        if (arm.momentum is None) == (arm.adam is None):
            found = "neither" if arm.adam is None else "both"
            yield f"{where}: expected momentum or adam, found {found}"
        if not plateau:
            continue
        if arm.schedule.name != "constant":
            yield (
                f"{where}.schedule.name: found {arm.schedule.name!r}, allowed beside plateau is "
                "constant"
            )
        if plateau.monitor == "inner" and not plateau.inner_rows:
            yield f"{where}.plateau.inner_rows: expected with monitor inner, found none"
        if plateau.measure == "accuracy" and plateau.monitor == "training":
            yield (
                f"{where}.plateau.measure: found 'accuracy', allowed beside monitor training is "
                "loss"
            )
        if plateau.min_rate > arm.initial_rate:
            yield (
                f"{where}.plateau.min_rate: found {plateau.min_rate}, allowed is at most "
                f"{arm.initial_rate}, its initial_rate"
            )
    if study.grid and len(set(study.grid.names)) < len(study.grid.names):
        yield "grid: two of its arms have one name, as their numbers agree in six digits"
    for name, variant in (study.variants or {}).items():
        where = f"variants.{name}"
        yield from unknown(f"{where}.arms", variant.arms, study.arms)
        if (variant.epochs is None) == (variant.batch_sizes is None):
            found = "neither" if variant.epochs is None else "both"
            yield f"{where}: expected epochs or batch_sizes, found {found}"
        for taken in {name} & {*study.arms, *(study.grid.schedules if study.grid else ())}:
            yield f"{where}: found {taken!r}, which is an arm or a schedule of the grid"
    for name, aliased in (study.aliases or {}).items():
        yield from unknown(f"aliases.{name}", [aliased], study.arms)
        if name in study.arms:
            yield f"aliases: found {name!r}, which is one of arms"


def _crosses(size: Any) -> bool:
    return isinstance(size, CrossedStreams) or getattr(size, "crossed", False)


def _parts(study: Study) -> Iterator[str]:
    for name, part in study.parts.items():
        where = f"parts.{name}"
        if part.arms != "grid":
            yield from unknown(f"{where}.arms", part.arms, [*study.arms, *(study.variants or {})])
        elif not study.grid:
            yield f"{where}.arms: found 'grid', allowed are names of arms, as there is no grid"
        yield from unknown(f"{where}.initializers", part.initializers, study.initializers)
        yield from unknown(f"{where}.datasets", part.datasets or [], study.datasets)
        for dataset in study.datasets_of(name):
            if dataset in study.datasets:
                known = study.datasets[dataset].protocols.given()
                for finding in unknown(f"{where}.protocols", part.protocols.given(), known):
                    yield f"{finding}, the protocols of datasets.{dataset}"
        if getattr(study.chunk_size, part.trainer) is None:
            yield f"chunk_size.{part.trainer}: expected with {where}, which it trains, found none"
        if part.trainer == "keras" and not study.agreement:
            yield f"agreement: expected with {where}, which keras trains, found none"
        for protocol, size in part.protocols.given().items():
            at = f"{where}.protocols.{protocol}"
            others = size.given().get("splits_of", {})
            yield from unknown(f"{at}.splits_of", others, study.datasets_of(name))
            counts = [value for _, value in size if type(value) is int]
            least = min(counts)
            if n_replicates(size.given()) < 2 or 1 in others.values():
                yield f"{at}: found 1 replicate, allowed is at least 2, to estimate a difference"
            elif _crosses(size) and least < 2:
                yield f"{at}: found 1 stream, allowed is at least 2 of each that are crossed"


def _agreement(study: Study) -> Iterator[str]:
    agreement, where = study.agreement, "agreement.populations"
    if not agreement:
        return
    yield from unknown("agreement.initializers", agreement.initializers, study.initializers)
    yield from unknown("agreement.arms", agreement.arms, study.names_of_arms())
    for name in set(agreement.beside or ()) & set(study.arms):
        yield f"agreement.beside: found {name!r}, which is one of arms"
    if study.dataset in study.datasets:
        known = study.datasets[study.dataset].protocols.given()
        yield from unknown("agreement.protocol", [agreement.protocol], known)
    missing = list(unknown(where, agreement.populations, study.parts))
    yield from missing
    if missing:
        return
    one, other = agreement.populations
    trainers = [study.parts[name].trainer for name in (one, other)]
    if trainers[0] == trainers[1]:
        yield f"{where}: found two parts of {trainers[0]}, expected one of each trainer"
    if not _shared_cells(study, one, other):
        yield f"{where}: {one} and {other} train nothing in common, so nothing would be compared"
    yield from _independent(study, where, [one, other])


def _cells(study: Study, name: str) -> Iterator[tuple[str, str, str, str]]:
    part = study.parts[name]
    return itertools.product(
        study.datasets_of(name), part.protocols.given(), study.arms_of(name), part.initializers
    )


def _shared_cells(study: Study, one: str, other: str) -> list[tuple[str, str, str, str]]:
    """List what two parts both train: data set, protocol, arm, initializer."""
    among = set(_cells(study, other))
    return [cell for cell in _cells(study, one) if cell in among]


def _independent(study: Study, where: str, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for protocol, size in study.parts[name].protocols.given().items():
            if _crosses(size):
                yield (
                    f"{where}: found {name!r}, which crosses its streams on {protocol}: its "
                    "replicates are not independent"
                )


def _analysis(study: Study) -> Iterator[str]:
    analysis = study.analysis
    missing = list(unknown("analysis.parts", analysis.parts, study.parts))
    yield from missing
    if missing:
        return
    own = [name for name in analysis.parts if study.dataset in study.datasets_of(name)]
    if not own:
        yield f"analysis.parts: none of {', '.join(analysis.parts)} trains on {study.dataset}"
    # What figures and tables show is there: they stop only after the training.
    trained = dict.fromkeys(arm for name in own for arm in study.arms_of(name) if arm in study.arms)
    yield from unknown("analysis.arms", analysis.arms, trained)
    yield from unknown("analysis.baseline", [analysis.baseline], trained)
    trained = dict.fromkeys(word for name in own for word in study.parts[name].initializers)
    yield from unknown("analysis.initializer", [analysis.initializer], trained)
    cells = {cell[1:] for name in own for cell in _cells(study, name) if cell[0] == study.dataset}
    shown = [place for place in ("tail", "resample") if any(cell[0] == place for cell in cells)]
    for cell in itertools.product(shown, filter(study.arms.get, analysis.arms), trained):
        if cell not in cells:
            protocol, arm, initializer = cell
            yield (
                f"analysis.arms: found {arm!r}, which no part of {', '.join(own)} trains on "
                f"{protocol} with {initializer}, where figures show it"
            )
    yield from _independent(study, "analysis.parts", analysis.parts)
    for one, other in itertools.combinations(analysis.parts, 2):
        for dataset, protocol, arm, initializer in _shared_cells(study, one, other)[:1]:
            yield (
                f"analysis.parts: found {one!r} and {other!r}, which both train {arm} on "
                f"{protocol} of {dataset} with {initializer}; expected one part of each"
            )
    yield from unknown("analysis.outcomes", analysis.outcomes, analysis.hypotheses)
    dumped = study.model_dump(include={"analysis": {"hypotheses"}}, exclude_none=True)
    for name, asked in hypotheses_of(dumped["analysis"]).items():
        where = f"analysis.hypotheses.{name}"
        yield from _hypothesis(study, where, Hypothesis.model_validate(asked))


def _hypothesis(study: Study, where: str, asked: Hypothesis) -> Iterator[str]:
    yield from unknown(f"{where}.family", [asked.family], study.analysis.families)
    names, dataset = study.analysis.parts, study.dataset
    if asked.part:
        names, missing = [asked.part], list(unknown(f"{where}.part", [asked.part], study.parts))
        yield from missing
        if missing:
            return
        yield from _independent(study, f"{where}.part", names)
        dataset = study.datasets_of(asked.part)[0]  # its others have the same cells
    terms = [*asked.add, *asked.subtract]
    for term in terms:
        given = [term.initializer] if term.initializer else []
        yield from unknown(f"{where}.initializer", given, study.initializers)
        if not matching_arms(term.arm, [*study.names_of_arms(), *REFERENCES]):
            yield f"{where}: found arm {term.arm!r}, which no arm and none of the grid is named"
    for protocol in asked.protocols:
        # By replicates of each split: paired arms agree in them, and the rest is shared.
        found: dict[int, str] = {}
        trainers: dict[str, str] = {}
        for term, place in itertools.product(terms, protocol.split("-")):
            if term.arm in REFERENCES:
                continue
            name = _trained_by(study, names, term, place, dataset)
            if name is None:
                words = f" with {term.initializer}" if term.initializer else ""
                said = f"{term.arm}{words} on {place} of {dataset}"
                yield f"{where}: no part of {', '.join(names)} trains {said}"
                continue
            part = study.parts[name]
            sizes = {place: size.given() for place, size in part.protocols.given().items()}
            size = size_of({"protocols": sizes}, place, dataset)
            if "splits" in size:
                found.setdefault(size["seeds"], f"{size['seeds']} a split on {place} by {name}")
            trainers.setdefault(part.trainer, f"{part.trainer} ({name})")
        if len(found) > 1:
            yield (
                f"{where}: found replicates {' and '.join(found.values())}, expected the same, "
                "to pair them"
            )
        elif len(trainers) > 1:
            yield (
                f"{where}: found arms on {protocol} trained by {' and '.join(trainers.values())}, "
                "expected one trainer, to compare arms and not trainers"
            )


def _trained_by(
    study: Study, names: Iterable[str], term: Term, protocol: str, dataset: str
) -> str | None:
    """Return the first part that trains what a term names."""
    for name in names:
        part = study.parts[name]
        if (
            dataset in study.datasets_of(name)
            and protocol in part.protocols.given()
            and (term.initializer or part.initializers[0]) in part.initializers
            and matching_arms(term.arm, study.arms_of(name))
        ):
            return name
    return None


def _tuning(study: Study) -> Iterator[str]:
    analysis, tuning, where = study.analysis, study.analysis.tuning, "analysis.tuning"
    if not tuning:
        return
    yield from unknown(f"{where}.family", [tuning.family], analysis.families)
    if tuning.hypothesis in analysis.hypotheses:
        yield f"{where}.hypothesis: found {tuning.hypothesis!r}, which is taken"
    if not study.grid:
        yield f"{where}: found, but there is no grid, of which it chooses"
        return
    yield from unknown(f"{where}.reference", [tuning.reference], study.grid.schedules)
    missing = [
        *unknown(f"{where}.part", [tuning.part], study.parts),
        *unknown(f"{where}.inner_part", [tuning.inner_part], study.parts),
    ]
    yield from missing
    if missing:
        return
    for key, name, protocol in (
        ("part", tuning.part, "resample"),
        ("inner_part", tuning.inner_part, "inner"),
    ):
        at, part = f"{where}.{key}", study.parts[name]
        if part.arms != "grid" or study.datasets_of(name) != [study.dataset]:
            yield f"{at}: found {name!r}, expected a part that trains the grid, on {study.dataset}"
        yield from unknown(f"{at}: protocols of {name}", [protocol], part.protocols.given())
        yield from unknown("analysis.initializer", [analysis.initializer], part.initializers)
        size = part.protocols.given().get(protocol)
        if size and (size.seeds != 1 or _crosses(size)):
            yield f"parts.{name}.protocols.{protocol}.seeds: found {size.seeds}, allowed is 1"
        yield from _independent(study, at, [name])


def _paper(study: Study) -> Iterator[str]:
    """Hold what the tutorial reports against itself and its split, and the date."""
    tutorial, data = study.analysis.tutorial, study.datasets[study.dataset]
    if tutorial:
        where = "analysis.tutorial"
        if "tail" not in data.protocols.given():
            yield f"{where}: found, but datasets.{study.dataset}.protocols has no tail, its split"
        else:
            expected = data.table.n_rows - rows_that_train(data)["tail"]
            if tutorial.n_validation != expected:
                yield (
                    f"{where}.n_validation: found {tutorial.n_validation}, allowed is {expected}, "
                    f"the validation rows of tail of {study.dataset}"
                )
        for key in ("baseline_correct", "schedule_correct"):
            if (found := getattr(tutorial, key)) > tutorial.n_validation:
                yield f"{where}.{key}: found {found}, allowed is <= {tutorial.n_validation}"
        if tutorial.schedule_correct <= tutorial.baseline_correct:
            yield (
                f"{where}.schedule_correct: found {tutorial.schedule_correct}, allowed is > "
                f"{tutorial.baseline_correct}, the baseline's"
            )
    try:
        date.fromisoformat(study.paper.date)
    except ValueError:
        yield f"paper.date: found {study.paper.date!r}, which is no day"
