"""What is asked of the networks, held against those that are trained."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from lrstudy.design.analysis_models import Hypothesis, Term
from lrstudy.design.arms import REFERENCES, hypotheses_of, matching_arms
from lrstudy.design.consistency_cells import cells_of, independent, shared_cells
from lrstudy.design.consistency_data import unknown
from lrstudy.design.plan import size_of
from lrstudy.design.study import Study


def analysis_findings(study: Study) -> Iterator[str]:
    """Yield what does not fit in `analysis`; the parts and arms of the study do."""
    yield from _analysis(study)
    yield from _tuning(study)


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
    cells = {cell[1:] for name in own for cell in cells_of(study, name) if cell[0] == study.dataset}
    shown = [place for place in ("tail", "resample") if any(cell[0] == place for cell in cells)]
    for cell in itertools.product(shown, filter(study.arms.get, analysis.arms), trained):
        if cell not in cells:
            protocol, arm, initializer = cell
            yield (
                f"analysis.arms: found {arm!r}, which no part of {', '.join(own)} trains on "
                f"{protocol} with {initializer}, where figures show it"
            )
    yield from independent(study, "analysis.parts", analysis.parts)
    for one, other in itertools.combinations(analysis.parts, 2):
        for dataset, protocol, arm, initializer in shared_cells(study, one, other)[:1]:
            yield (
                f"analysis.parts: found {one!r} and {other!r}, which both train {arm} on "
                f"{protocol} of {dataset} with {initializer}; expected one part of each"
            )
    once = [name for name, asked in analysis.hypotheses.items() if not asked.each]
    yield from unknown("analysis.outcomes", analysis.outcomes, once)
    for name, asked in analysis.hypotheses.items():
        named = [term.arm for term in (*asked.add, *asked.subtract)]
        if asked.each and not any("*" in arm for arm in named):
            yield f"analysis.hypotheses.{name}.each: found, but no arm has * for its values"
    dumped = study.model_dump(include={"analysis": {"hypotheses"}}, exclude_none=True)
    for name, single in hypotheses_of(dumped["analysis"]).items():
        where = f"analysis.hypotheses.{name}"
        yield from _hypothesis(study, where, Hypothesis.model_validate(single))


def _hypothesis(study: Study, where: str, asked: Hypothesis) -> Iterator[str]:
    yield from unknown(f"{where}.family", [asked.family], study.analysis.families)
    names, dataset = study.analysis.parts, study.dataset
    if asked.part:
        names, missing = [asked.part], list(unknown(f"{where}.part", [asked.part], study.parts))
        yield from missing
        if missing:
            return
        yield from independent(study, f"{where}.part", names)
        dataset = study.datasets_of(asked.part)[0]  # its others have the same cells
    terms = [*asked.add, *asked.subtract]
    if all(term.arm in REFERENCES for term in terms):
        yield f"{where}: found {', '.join(term.arm for term in terms)}, expected an arm beside it"
    for term in terms:
        if term.arm in REFERENCES and (term.initializer or term.outcome):
            key = "initializer" if term.initializer else "outcome"
            yield f"{where}.{key}: found beside {term.arm}, which is no network"
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
    splits = {}
    for key, name, protocol in (
        ("part", tuning.part, "resample"),
        ("inner_part", tuning.inner_part, "inner"),
    ):
        at, part = f"{where}.{key}", study.parts[name]
        size = part.protocols.given().get(protocol)
        if part.arms != "grid" or study.datasets_of(name) != [study.dataset] or not size:
            yield (
                f"{at}: found {name!r}, expected a part that trains the grid on {protocol}, on "
                f"{study.dataset} alone"
            )
            continue
        yield from unknown("analysis.initializer", [analysis.initializer], part.initializers)
        if size.seeds != 1:
            yield f"parts.{name}.protocols.{protocol}.seeds: found {size.seeds}, allowed is 1"
        yield from independent(study, at, [name])
        splits[key] = size.splits
    if len(splits) < 2:
        return
    where, scored = f"parts.{tuning.inner_part}", study.parts[tuning.part]
    chosen = study.parts[tuning.inner_part]
    yield from unknown(f"{where}.initializers", chosen.initializers, scored.initializers)
    if splits["part"] != splits["inner_part"]:
        yield (
            f"{where}.protocols.inner.splits: found {splits['inner_part']}, "
            f"allowed is {splits['part']}, those of {tuning.part}, on which the chosen are scored"
        )
