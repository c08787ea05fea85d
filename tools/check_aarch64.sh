#!/usr/bin/env bash
# Train a sample of the study's networks here and on an emulated aarch64, and compare the bytes.
#
#   tools/check_aarch64.sh [FOLDER]
#
# FOLDER (default: TMPDIR or /tmp) holds an arm64 Debian of 1 GB while this runs. Needs a Debian
# machine, its administrator and .venv; installs the emulator's Debian packages if they are missing.
set -euo pipefail
folder=$(realpath -m -- "${1:-${TMPDIR:-/tmp}}")
cd "$(dirname "$0")/.."

SUITE=bookworm
PYTHON_VERSION=3.11 # that of the suite
ROOTS=(numpy numba pandas pyarrow pyyaml scikit-learn) # what the kernel's path imports
PACKAGES=(qemu-user-static binfmt-support arch-test mmdebstrap)
job=
work=

fail() {
    echo "error: $*" >&2
    exit 1
}

clear_up() {
    trap - EXIT
    [ -z "$job" ] || kill -- "-$job" 2>/dev/null || true
    wait
    [ -z "$work" ] || rm -rf --one-file-system -- "$work"
}

[ "$(id -u)" = 0 ] || fail "only root can make a Debian to change into: run this as root"
# shellcheck source=/dev/null
debian=$(. /etc/os-release 2>/dev/null && echo "${ID:-}") || true
[ "$debian" = debian ] || fail "this needs Debian, but the system here is ${debian:-unknown}"
[ "$(uname -m)" != aarch64 ] || fail "this machine is an aarch64: there is nothing to compare"
[ -x .venv/bin/python ] || fail "there is no .venv: run 'make setup'"
renice -n 10 $$ >/dev/null

trap clear_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
work=$(mktemp -d "$folder/aarch64.XXXXXX" 2>/dev/null) || fail "cannot write in $folder"
chmod 755 "$work"
root=$work/root

# run COMMAND...: show nothing unless it fails. In the background and a group of its own: a signal
# is heard at once, and ends the command with all that it has started.
run() {
    setsid "$@" >"$work/log" 2>&1 &
    job=$!
    wait "$job" || {
        tail -n 20 "$work/log" >&2
        fail "$1 failed; its last lines stand above"
    }
    job=
}

if ! dpkg-query -W -f '${Status}\n' "${PACKAGES[@]}" 2>/dev/null |
    awk '/ installed$/ { n++ } END { exit n != '${#PACKAGES[@]}' }'; then
    echo "installing ${PACKAGES[*]}"
    export DEBIAN_FRONTEND=noninteractive
    run apt-get -q update
    run apt-get -q -y --no-install-recommends install "${PACKAGES[@]}"
fi
# Without systemd nobody has told the kernel of the emulator yet.
arch-test arm64 >/dev/null || update-binfmts --enable qemu-aarch64 || true
arch-test arm64 >/dev/null || fail "the kernel does not start programs for arm64: see update-binfmts(8)"

echo "training here"
PYTHONPATH=workflow/scripts NUMBA_CACHE_DIR=$work/cache \
    .venv/bin/python tools/sample_members.py >"$work/here"

echo "making an arm64 Debian (3 minutes)"
run mmdebstrap --architectures=arm64 --variant=minbase --include=python3 "$SUITE" "$root"

# The packages for the other machine are fetched and unpacked by the pip of this one.
echo "installing Python packages for it"
.venv/bin/python tools/lock_entries.py requirements.lock "${ROOTS[@]}" >"$work/lock"
unset PIP_CONSTRAINT PIP_PREFIX PIP_ROOT
PIP_USER=0 run .venv/bin/python -m pip --no-input install --quiet --disable-pip-version-check \
    --target "$root/packages" --no-compile --no-deps --require-hashes -r "$work/lock" \
    --python-version="$PYTHON_VERSION" --only-binary=:all: \
    --platform=manylinux2014_aarch64 --platform=manylinux_2_{17..36}_aarch64

echo "training there (a few minutes)"
mkdir -p "$root/study/workflow"
cp -r config data tools "$root/study"
cp -r workflow/scripts "$root/study/workflow"
run chroot "$root" /usr/bin/env -i -C /study PATH=/usr/bin PYTHONPATH=workflow/scripts:/packages \
    NUMBA_CACHE_DIR=/tmp/cache sh -c "exec python3 tools/sample_members.py >/there"

echo
cat "$work/here"
echo
cat "$root/there"
echo
grep -qx "machine aarch64" "$root/there" || fail "the emulated machine is no aarch64"
differing=$(comm -23 <(sort "$work/here") <(sort "$root/there") | awk '$1 != "machine" { print $1 }')
[ -z "$differing" ] || fail "the two machines differ in: ${differing//$'\n'/, }"
echo "the same bytes on both machines"
