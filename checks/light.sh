#!/usr/bin/env bash
# What the light way in costs, and that it rechecks the paper where nothing can train.
#
#   checks/light.sh [PYTHON]
#
# In a clone of HEAD: installs what `make recheck` needs, with PYTHON (default: as make finds one),
# holds its time against a minute, looks for trainers in it, and rechecks. Needs a network, TeX (or
# root, to install it), and 1.5 GB in TMPDIR or /tmp.
set -euo pipefail
unset "${!GIT_@}" # of a git hook: they name the repository that it was called for
cd "$(dirname "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/light.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
export PYTHON=${1:-${PYTHON:-}}

fail() {
    echo "error: $*" >&2
    exit 1
}

git clone --quiet . "$work/study"
cd "$work/study"
start=$SECONDS
make setup-verify
took=$((SECONDS - start))
python=.venv-light/bin/python
# Not installed, and nothing else of this machine offers it.
"$python" -E - <<'END' || fail "something that trains can be imported"
import importlib.util
found = [n for n in ("tensorflow", "keras", "numba") if importlib.util.find_spec(n)]
raise SystemExit(" ".join(found))
END
size="$("$python" -V), $(du -sm .venv-light | cut -f 1) MB"
make recheck
[ ! -e .venv ] || fail "a whole environment was made"
echo "light: $size, installed in $took s, $(du -sm .venv-light | cut -f 1) MB after a recheck"
[ "$took" -lt 60 ] || fail "installing took $took s, expected under a minute"
