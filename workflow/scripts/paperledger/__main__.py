"""`python -m paperledger COMMAND`."""

import sys

from paperledger.program import run_program


def main() -> int:
    """Run a command of the engine, and return its exit status."""
    return run_program("paperledger")


if __name__ == "__main__":
    sys.exit(main())
