"""`python -m lrstudy COMMAND`."""

import sys

from paperledger.io.variables import settle
from paperledger.program import run_program

from lrstudy.design.variables import KERAS, NUMBA

if __name__ == "__main__":
    settle((*KERAS, *NUMBA))
    sys.exit(run_program("lrstudy"))
