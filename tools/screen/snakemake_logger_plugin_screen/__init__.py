"""Snakemake's events as lines of JSON, for the screen of tools/build.py: `--logger screen`."""

from __future__ import annotations

import json
import os
from logging import LogRecord

from snakemake_interface_logger_plugins.base import LogHandlerBase

MARK = "\x1e"  # the "record separator" of RFC 7464: no job writes one
KEPT = ("jobid", "job_id", "rule_name", "input", "output", "log", "steps", "stats")


class LogHandler(LogHandlerBase):
    """Write one line to standard error for each event, beside the lines of the jobs."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True  # none: quiet or not, the screen sees everything
    has_formatter = False
    needs_rulegraph = False

    def emit(self, record: LogRecord) -> None:
        """Write the event, what the screen needs of it, and the text Snakemake has for it."""
        try:
            event = {
                "event": str(getattr(record, "event", None) or "message"),
                "level": record.levelname,
                "text": self.format(record),
            }
            for name in KEPT:
                value = getattr(record, name, None)
                if value is not None:
                    event[name] = value
            # In one piece, as other processes write here too.
            os.write(2, f"{MARK}{json.dumps(event, default=str)}\n".encode())
        except Exception:
            self.handleError(record)
