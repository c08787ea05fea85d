#!/usr/bin/env bash
# Train a sample of the study's networks here and on an emulated aarch64, and compare the bytes.
#
#   checks/aarch64.sh [FOLDER]
#
# FOLDER (default: TMPDIR or /tmp) holds an arm64 Debian of 1 GB while this runs. Needs a Debian
# machine, its administrator and .venv; installs the emulator's Debian packages if they are missing.
# shellcheck source=checks/common.sh
. "$(dirname "$0")/common.sh"

PYTHON_VERSION=3.11 # that of the suite
ROOTS=(numpy numba pandas pyarrow pyyaml scikit-learn) # what the kernel's path imports

[ "$(uname -m)" != aarch64 ] || fail "this machine is an aarch64: there is nothing to compare"
[ -x .venv/bin/python ] || fail "there is no .venv: run 'make setup'"
begin aarch64 "${1:-}"
root=$work/root

need qemu-user-static binfmt-support arch-test mmdebstrap
# Without systemd nobody has told the kernel of the emulator yet.
arch-test arm64 >/dev/null || update-binfmts --enable qemu-aarch64 || true
arch-test arm64 >/dev/null || fail "the kernel does not start programs for arm64: see update-binfmts(8)"

echo "training here"
PYTHONPATH=workflow/scripts NUMBA_CACHE_DIR=$work/cache \
    .venv/bin/python checks/sample_members.py >"$work/here"

echo "making an arm64 Debian (3 minutes)"
run mmdebstrap --architectures=arm64 --variant=minbase --include=python3 "$SUITE" "$root"

# The packages for the other machine are fetched and unpacked by the pip of this one.
echo "installing Python packages for it"
PYTHONPATH=workflow/scripts .venv/bin/python setup/lock_entries.py requirements.lock "${ROOTS[@]}" >"$work/lock"
unset PIP_CONSTRAINT PIP_PREFIX PIP_ROOT
PIP_USER=0 run .venv/bin/python -m pip --no-input install --quiet --disable-pip-version-check \
    --target "$root/packages" --no-compile --no-deps --require-hashes -r "$work/lock" \
    --python-version="$PYTHON_VERSION" --only-binary=:all: \
    --platform=manylinux2014_aarch64 --platform=manylinux_2_{17..36}_aarch64

echo "training there (a few minutes)"
mkdir -p "$root/study/workflow"
cp -r config data checks "$root/study"
cp -r workflow/scripts "$root/study/workflow"
run chroot "$root" /usr/bin/env -i -C /study PATH=/usr/bin PYTHONPATH=workflow/scripts:/packages \
    NUMBA_CACHE_DIR=/tmp/cache sh -c "exec python3 checks/sample_members.py >/there"

echo
cat "$work/here"
echo
cat "$root/there"
echo
grep -qx "machine aarch64" "$root/there" || fail "the emulated machine is no aarch64"
differing=$(comm -23 <(sort "$work/here") <(sort "$root/there") | awk '$1 != "machine" { print $1 }')
[ -z "$differing" ] || fail "the two machines differ in: ${differing//$'\n'/, }"
echo "the same bytes on both machines"
