"""Print a lock's entries, hashes and all, for some packages and what those need.

PYTHONPATH=workflow/scripts python setup/lock_entries.py requirements.lock numpy numba
"""

import sys
from pathlib import Path

from paperledger.io.environment import closure, read_lock

if __name__ == "__main__":
    lock = read_lock(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        names = closure(lock, sys.argv[2:])
    except KeyError as error:
        sys.exit(f"error: {error.args[0]}")
    for name in names:
        print(lock[name].requirement, *(f"--hash={digest}" for digest in lock[name].hashes))
