"""Write the engine's report, with a tab for questions of the reader's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from paperledger.commands import report
from paperledger.io.tables import read_table
from paperledger.io.yaml_file import CONFIG, read_merged
from paperledger.report.page import Tab

from lrstudy.commands.compare import read_runs
from lrstudy.repeats.compare import CompareError
from lrstudy.repeats.moments import MOMENTS
from lrstudy.repeats.record import MOMENTS as MOMENTS_FILE
from lrstudy.repeats.record import counted, read_repeat
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
    own = [("dataset", "==", config["dataset"])]
    try:
        _, runs = read_runs(folder, own, config)
        repeats = {}
        for n in counted(REPEATS, config):
            read_repeat(REPEATS / str(n))  # which holds its files against their hashes
            repeats[n] = read_table(REPEATS / str(n) / MOMENTS_FILE, MOMENTS, own)
        return [compare_tab(runs, repeats, config)]
    except (CompareError, RepeatError) as error:
        raise report.ReportError(str(error)) from None


def main(arguments: list[str]) -> int:
    """Write the report and return the exit status."""
    return report.main(arguments, tabs)
