"""What a schema cannot see in a configuration: names that point nowhere, sizes that do not fit."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from lrstudy.arms import all_arms, grid_arms, matching_arms, part_arms
from lrstudy.contradictions_data import data_findings, size_findings
from lrstudy.partition import inner_rows_of
from lrstudy.plan import n_replicates

Config = Mapping[str, Any]


def contradictions(config: Config) -> list[str]:
    """Hold a configuration that fits its schema against itself.

    Parameters
    ----------
    config : mapping
        A configuration that fits its schema.

    Returns
    -------
    list of str
        One finding each: the key, what was found, what is allowed.
    """
    findings = [*_arms(config), *_parts(config), *_agreement(config), *data_findings(config)]
    if not findings:  # names are looked up below
        findings = [*_analysis(config), *_tuning(config), *_tutorial(config), *_sizes(config)]
        findings += size_findings(config)
    return list(dict.fromkeys(findings))


def _unknown(where: str, names: Iterable[str], among: Iterable[str]) -> Iterator[str]:
    allowed = list(among)
    shown = ", ".join(allowed[:20]) + (", ..." if len(allowed) > 20 else "")
    for name in names:
        if name not in allowed:
            yield f"{where}: found {name!r}, allowed is one of {shown}"


def _arms(config: Config) -> Iterator[str]:
    settings: dict[str, str] = {}
    labels: dict[str, str] = {}
    for name, arm in config["arms"].items():
        setting = json.dumps({k: v for k, v in arm.items() if k != "label"}, sort_keys=True)
        if setting in settings:
            yield f"arms.{name}: duplicate arm, its settings are those of arms.{settings[setting]}"
        settings.setdefault(setting, name)
        if arm["label"] in labels:
            owner = labels[arm["label"]]
            yield f"arms.{name}.label: found {arm['label']!r}, which arms.{owner} has"
        labels.setdefault(arm["label"], name)
        plateau = arm.get("plateau")
        if plateau and arm["schedule"]["name"] != "constant":
            yield (
                f"arms.{name}.schedule.name: found {arm['schedule']['name']!r}, allowed beside "
                "plateau is constant"
            )
        if plateau and plateau["monitor"] == "inner" and not inner_rows_of(arm):
            yield f"arms.{name}.plateau.inner_rows: expected with monitor inner, found none"
        if plateau and plateau["min_rate"] > arm["initial_rate"]:
            yield (
                f"arms.{name}.plateau.min_rate: found {plateau['min_rate']}, allowed is at most "
                f"{arm['initial_rate']}, its initial_rate"
            )


def _crosses(size: Mapping[str, Any]) -> bool:
    return "shuffles" in size or size.get("crossed", False)


def _parts(config: Config) -> Iterator[str]:
    grid = config["grid"]
    if len(grid_arms(config)) < math.prod(len(values) for values in grid.values()):
        yield "grid: two of its arms have one name, as their numbers agree in six digits"
    for name, part in config["parts"].items():
        if part["arms"] != "grid":
            yield from _unknown(f"parts.{name}.arms", part["arms"], config["arms"])
        yield from _unknown(
            f"parts.{name}.initializers", part["initializers"], config["initializers"]
        )
        for protocol, size in part["protocols"].items():
            where = f"parts.{name}.protocols.{protocol}"
            least = min(value for key, value in size.items() if key != "crossed")
            if n_replicates(size) < 2:
                yield f"{where}: found 1 replicate, allowed is at least 2, to estimate a difference"
            elif _crosses(size) and least < 2:
                yield f"{where}: found 1 stream, allowed is at least 2 of each that are crossed"


def _agreement(config: Config) -> Iterator[str]:
    agreement = config["agreement"]
    yield from _unknown("agreement.initializers", agreement["initializers"], config["initializers"])
    yield from _unknown("agreement.arms", agreement["arms"], all_arms(config))
    where, (one, other) = "agreement.populations", agreement["populations"]
    unknown = list(_unknown(where, [one, other], config["parts"]))
    yield from unknown
    if unknown:
        return
    trainers = [config["parts"][name]["trainer"] for name in (one, other)]
    if trainers[0] == trainers[1]:
        yield f"{where}: found two parts of {trainers[0]}, expected one of each trainer"
    if not _shared_cells(config, one, other):
        yield f"{where}: {one} and {other} train nothing in common, so nothing would be compared"
    yield from _independent(config, where, [one, other])


def _shared_cells(config: Config, one: str, other: str) -> list[tuple[str, str, str]]:
    """List what two parts both train: protocol, arm, initializer."""
    first, second = (
        list(
            itertools.product(
                config["parts"][name]["protocols"],
                part_arms(config, name),
                config["parts"][name]["initializers"],
            )
        )
        for name in (one, other)
    )
    among = set(second)
    return [cell for cell in first if cell in among]


def _independent(config: Config, where: str, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for protocol, size in config["parts"][name]["protocols"].items():
            if _crosses(size):
                yield (
                    f"{where}: found {name!r}, which crosses its streams on {protocol}: its "
                    "replicates are not independent"
                )


def _analysis(config: Config) -> Iterator[str]:
    analysis, parts = config["analysis"], config["parts"]
    yield from _unknown("analysis.arms", analysis["arms"], config["arms"])
    yield from _unknown("analysis.initializer", [analysis["initializer"]], config["initializers"])
    unknown = list(_unknown("analysis.parts", analysis["parts"], parts))
    yield from unknown
    if unknown:
        return
    yield from _independent(config, "analysis.parts", analysis["parts"])
    for one, other in itertools.combinations(analysis["parts"], 2):
        for protocol, arm, initializer in _shared_cells(config, one, other)[:1]:
            yield (
                f"analysis.parts: found {one!r} and {other!r}, which both train {arm} on "
                f"{protocol} with {initializer}; expected one part of each"
            )
    if all(asked["family"] != "primary" for asked in analysis["hypotheses"].values()):
        yield "analysis.hypotheses: none is of family primary, which is asked of every outcome"
    for name, asked in analysis["hypotheses"].items():
        yield from _hypothesis(config, f"analysis.hypotheses.{name}", asked)


def _tuning(config: Config) -> Iterator[str]:
    analysis, parts = config["analysis"], config["parts"]
    tuning, where = analysis["tuning"], "analysis.tuning"
    yield from _unknown(f"{where}.family", [tuning["family"]], analysis["families"])
    yield from _unknown(f"{where}.reference", [tuning["reference"]], config["grid"]["schedules"])
    if tuning["hypothesis"] in analysis["hypotheses"]:
        yield f"{where}.hypothesis: found {tuning['hypothesis']!r}, which is taken"
    unknown = list(_unknown(f"{where}.part", [tuning["part"]], parts))
    yield from unknown
    if unknown:
        return
    if parts[tuning["part"]]["arms"] != "grid":
        yield f"{where}.part: found {tuning['part']!r}, expected a part that trains the grid"
    yield from _independent(config, f"{where}.part", [tuning["part"]])
    primary, trains = analysis["initializer"], parts[tuning["part"]]["initializers"]
    if primary in config["initializers"]:  # else it has been named
        yield from _unknown("analysis.initializer", [primary], trains)
    trained, chosen = parts[tuning["part"]]["protocols"], tuning["selection_replicates"]
    yield from _unknown(f"{where}.protocols", tuning["protocols"], trained)
    for protocol in tuning["protocols"]:
        size = trained.get(protocol, {"seeds": chosen + 2})
        # What is left must be two splits, or two seeds where the split is fixed.
        each = size["seeds"] if size.get("splits", 1) > 1 else 1
        most = n_replicates(size) - 2 * each
        if chosen > most or chosen % each:
            yield (
                f"{where}.selection_replicates: found {chosen}, allowed is at most {most} and a "
                f"multiple of {each}, to leave two of {protocol} to compare on and cut no split"
            )


def _hypothesis(config: Config, where: str, asked: Mapping[str, Any]) -> Iterator[str]:
    analysis, parts = config["analysis"], config["parts"]
    yield from _unknown(f"{where}.family", [asked["family"]], analysis["families"])
    names = [asked["part"]] if "part" in asked else analysis["parts"]
    unknown = list(_unknown(f"{where}.part", names, parts))
    yield from unknown
    if unknown:
        return
    if "part" in asked:
        yield from _independent(config, f"{where}.part", names)
    terms = [*asked["add"], *asked["subtract"]]
    for term in terms:
        given = [term["initializer"]] if "initializer" in term else []
        yield from _unknown(f"{where}.initializer", given, config["initializers"])
        if not matching_arms(term["arm"], all_arms(config)):
            yield f"{where}: found arm {term['arm']!r}, which no arm and none of the grid is named"
    for protocol in asked["protocols"]:
        # By number of the first replicate and of replicates: paired arms agree in both.
        found: dict[tuple[int, int], str] = {}
        trainers: dict[str, str] = {}
        for term, place in itertools.product(terms, protocol.split("-")):
            part = _trained_by(config, names, term, place)
            if part is None:
                words = [f"with {term['initializer']}"] if "initializer" in term else []
                said = " ".join([term["arm"], *words, "on", place])
                yield f"{where}: no part of {', '.join(names)} trains {said}"
            else:
                setting = parts[part]
                n = n_replicates(setting["protocols"][place])
                number = setting["first_replicate"], n
                found.setdefault(number, f"{n} from {number[0]} on {place} by {part}")
                trainers.setdefault(setting["trainer"], f"{setting['trainer']} ({part})")
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
    config: Config, names: Iterable[str], term: Mapping[str, Any], protocol: str
) -> str | None:
    """Return the first part that trains what a term names."""
    for name in names:
        part = config["parts"][name]
        right = term.get("initializer", part["initializers"][0]) in part["initializers"]
        trained = part_arms(config, name) if right and protocol in part["protocols"] else []
        if matching_arms(term["arm"], trained):
            return name
    return None


def _tutorial(config: Config) -> Iterator[str]:
    tutorial = config["analysis"]["tutorial"]
    for key in ("baseline_correct", "schedule_correct"):
        if tutorial[key] > tutorial["n_validation"]:
            yield (
                f"analysis.tutorial.{key}: found {tutorial[key]}, allowed is "
                f"<= {tutorial['n_validation']}"
            )
    if tutorial["schedule_correct"] <= tutorial["baseline_correct"]:
        yield (
            f"analysis.tutorial.schedule_correct: found {tutorial['schedule_correct']}, allowed "
            f"is > {tutorial['baseline_correct']}, the baseline's"
        )
    try:
        date.fromisoformat(config["paper"]["date"])
    except ValueError:
        yield f"paper.date: found {config['paper']['date']!r}, which is no day"


def _trained_on(config: Config) -> Iterator[tuple[str, str]]:
    """List which arm is trained on which protocol."""
    for name, part in config["parts"].items():
        yield from itertools.product(part_arms(config, name), part["protocols"])
    agreement = config["agreement"]
    yield from ((arm, agreement["protocol"]) for arm in agreement["arms"])


def _sizes(config: Config) -> Iterator[str]:
    """Hold the split sizes and the batch size against the number of rows."""
    n_rows = config["data"]["table"]["n_rows"]
    protocols = config["protocols"]
    tail = math.floor(n_rows * (1.0 - protocols["tail"]["validation_fraction"]))
    drawn = n_rows - protocols["resample"]["validation_rows"]
    # A stratified split keeps a row of each class on both sides.
    trains = {
        "tail": ("validation_fraction", tail, 1),
        "resample": ("validation_rows", drawn, 2),
        "official": ("training_rows", protocols["official"]["training_rows"], 1),
    }
    batch = config["training"]["batch_size"]
    findings = []
    for protocol, (key, n_train, least) in trains.items():
        if not least <= n_train <= n_rows - least:
            findings.append(
                f"protocols.{protocol}.{key}: found {protocols[protocol][key]}, which leaves "
                f"{n_train} of {n_rows} rows for training; allowed is {least} to {n_rows - least}"
            )
        elif batch > n_train:
            findings.append(
                f"training.batch_size: found {batch}, allowed is at most {n_train}, the training "
                f"rows of {protocol}"
            )
    yield from findings
    for name, protocol in [] if findings else _trained_on(config):
        held_out, n_train = inner_rows_of(config["arms"].get(name, {})), trains[protocol][1]
        # As many must be left as make a batch, and a row of each class.
        if held_out and held_out > n_train - max(batch, 2):
            yield (
                f"arms.{name}.plateau.inner_rows: found {held_out}, allowed is at most "
                f"{n_train - max(batch, 2)}, to leave a batch of the {n_train} training rows of "
                f"{protocol}"
            )
