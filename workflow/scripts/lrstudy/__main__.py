"""`python -m lrstudy COMMAND`."""

import sys

from paperledger.io.variables import settle
from paperledger.program import run_program

from lrstudy.design.variables import KERAS, NUMBA


def main() -> int:
    """Run a command of the study, and return its exit status."""
    settle((*KERAS, *NUMBA))
    return run_program("lrstudy")


if __name__ == "__main__":
    sys.exit(main())
