"""`python -m paperledger COMMAND`."""

import sys

from paperledger.program import run_program

if __name__ == "__main__":
    sys.exit(run_program("paperledger"))
