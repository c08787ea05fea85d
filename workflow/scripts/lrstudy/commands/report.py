"""Write the engine's report, with a tab for questions of the reader's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from paperledger.commands import report
from paperledger.io.yaml_file import CONFIG, read_merged
from paperledger.report.page import Tab

from lrstudy.commands.compare import read_moments, read_runs
from lrstudy.repeats.compare import CompareError
from lrstudy.repeats.record import counted
from lrstudy.repeats.settings import REPEATS, RepeatError
from lrstudy.repeats.tab import compare_tab


def tabs(folder: Path, configfiles: Sequence[str]) -> list[Tab]:
    """Make what the study adds to the page.

    Raises
    ------
    ReportError
        The networks are missing or of another study, or a repeat is damaged.
    """
    config = read_merged([CONFIG, *configfiles])
    try:
        _, runs = read_runs(folder, [("dataset", "==", config["dataset"])], config)
        repeats = {n: read_moments(n, config) for n in counted(REPEATS, config)}
        return [compare_tab(runs, repeats, config)]
    except (CompareError, RepeatError) as error:
        raise report.ReportError(str(error)) from None


def main(arguments: list[str]) -> int:
    """Write the report and return the exit status."""
    return report.main(arguments, tabs)
