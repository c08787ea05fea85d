"""Print the entries of a lock file, hashes and all, for some packages and what those need.

python setup/lock_entries.py requirements.lock numpy numba
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def entries(lock: str, packages: list[str]) -> list[str]:
    """Cut out the entries of these packages and of all that they depend on.

    uv writes below each entry which packages ask for it.
    """
    blocks = {b.split("==")[0]: b for b in re.split(r"\n(?=\S)", lock) if "==" in b}
    missing = [name for name in packages if name not in blocks]
    if missing:
        raise SystemExit(f"error: not in the lock file: {', '.join(missing)}")
    needed = set(packages)
    while True:
        more = {
            name
            for name, block in blocks.items()
            if needed & set(re.findall(r"^    # (?:via |  )([\w.-]+)$", block, re.MULTILINE))
        }
        if more <= needed:
            return [block for name, block in blocks.items() if name in needed]
        needed |= more


if __name__ == "__main__":
    print("\n".join(entries(Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2:])))
