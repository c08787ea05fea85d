"""What no single key shows: names that point nowhere, parts that cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from lrstudy.design.arms import REFERENCES
from lrstudy.design.consistency_analysis import analysis_findings
from lrstudy.design.consistency_cells import crosses, independent, shared_cells
from lrstudy.design.consistency_data import data_findings, rows_that_train, size_findings, unknown
from lrstudy.design.plan import n_replicates, size_of
from lrstudy.design.study import Study


def contradictions(study: Study) -> list[str]:
    """Hold a configuration that fits its models against itself.

    Each finding names the key, what was found, and what is allowed.
    """
    findings = [*_arms(study), *_parts(study), *_agreement(study), *data_findings(study)]
    if not findings:  # names are looked up below
        findings = [*analysis_findings(study), *size_findings(study), *_paper(study)]
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
    if study.grid and "all" in study.grid.schedules:
        yield "grid.schedules: found 'all', which stands for all of them where they are tuned"
    for name in {*study.arms, *((study.agreement and study.agreement.beside) or ())}:
        if name in REFERENCES:
            yield f"arms: found {name!r}, which is a classifier of hypotheses"
    yield from _other_names(study)


def _other_names(study: Study) -> Iterator[str]:
    """Yield what does not fit in variants and aliases."""
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
            cut = {"protocols": {protocol: size.given()}}
            sizes = [size_of(cut, protocol, dataset) for dataset in study.datasets_of(name)]
            if any(n_replicates(own) < 2 for own in sizes):
                yield f"{at}: found 1 replicate, allowed is at least 2, to estimate a difference"
            elif crosses(size) and any(
                value < 2 for own in sizes for value in own.values() if type(value) is int
            ):
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
    if not shared_cells(study, one, other):
        yield f"{where}: {one} and {other} train nothing in common, so nothing would be compared"
    yield from independent(study, where, [one, other])


def _paper(study: Study) -> Iterator[str]:
    """Hold what the tutorial reports against itself and its split, and the dates."""
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
    dated = {"paper.date": study.paper, "plan.date": study.plan}
    for key, day in ((key, block.date) for key, block in dated.items() if block):
        try:
            date.fromisoformat(day)
        except ValueError:
            yield f"{key}: found {day!r}, which is no day"
