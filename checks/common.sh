# shellcheck shell=bash
# What the scripts have in common that check the artifact on another system. Each sources it, which
# leads to the top of the checkout, and calls `begin NAME [FOLDER]`: that makes a folder in FOLDER,
# $work, which goes when the script ends.
set -euo pipefail
unset CDPATH
unset "${!GIT_@}" # of a git hook: they name the repository that it was called for
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2034 # for those who source it
SUITE=bookworm
# shellcheck disable=SC2034
# A command after these has mounts and processes of its own, and they end with it.
APART=(unshare --mount --pid --fork --kill-child)
job=
work=

fail() {
    echo "error: $*" >&2
    exit 1
}

clear_up() {
    local how=TERM
    trap - EXIT
    if [ -n "$job" ]; then
        # unshare may be deaf to other signals; this one ends it, and with it all that is apart.
        [ "$(cat "/proc/$job/comm" 2>/dev/null)" != unshare ] || how=KILL
        kill "-$how" -- "-$job" 2>/dev/null || true
    fi
    wait 2>/dev/null
    [ -z "$work" ] || rm -rf --one-file-system -- "$work"
}

begin() {
    local folder debian
    folder=$(cd "$called_from" && realpath -m -- "${2:-${TMPDIR:-/tmp}}")
    [ "$(id -u)" = 0 ] || fail "only root can make a Debian to change into: run this as root"
    # shellcheck source=/dev/null
    debian=$(. /etc/os-release 2>/dev/null && echo "${ID:-}") || true
    [ "$debian" = debian ] || fail "this needs Debian, but the system here is ${debian:-unknown}"
    renice -n 10 $$ >/dev/null
    trap clear_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    work=$(mktemp -d "$folder/$1.XXXXXX" 2>/dev/null) || fail "cannot write in $folder"
    chmod 755 "$work"
}

# show COMMAND...: in the background and a group of its own: a signal is heard at once, and ends
# the command with all that it has started.
show() {
    local status=0
    setsid "$@" </dev/null &
    job=$!
    wait "$job" || status=$?
    job=
    return "$status"
}

# run COMMAND...: show nothing unless it fails.
run() {
    show "$@" >"$work/log" 2>&1 || {
        tail -n 20 "$work/log" >&2
        fail "$1 failed; its last lines stand above"
    }
}

# need PACKAGE...: install those Debian packages that are missing here.
need() {
    if ! dpkg-query -W -f '${Status}\n' "$@" 2>/dev/null |
        awk '/ installed$/ { n++ } END { exit n != '$#' }'; then
        echo "installing $*"
        export DEBIAN_FRONTEND=noninteractive
        run apt-get -q update
        run apt-get -q -y --no-install-recommends install "$@"
    fi
}

# network_settings FOLDER: leave in it how pip reaches its index from here: pip.conf, and ca.crt for
# another system that has the folder at /mnt. Not where that system keeps its own certificates: a
# package may bring them, or make them anew.
network_settings() {
    local bundle=${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}
    mkdir "$1"
    echo "[global]" >"$1/pip.conf"
    if cp -L "$bundle" "$1/ca.crt" 2>/dev/null; then echo "cert = /mnt/ca.crt" >>"$1/pip.conf"; fi
    # What is told first is what holds. Paths of this machine mean nothing there.
    { python3 -m pip config list 2>/dev/null || true; } |
        sed -En "s/^[^ ]*\.(index-url|trusted-host|proxy|(default-)?timeout)='(.*)'$/\1 = \3/p" |
        awk '!seen[$1]++' >>"$1/pip.conf"
}

# same_pdf FOLDER: whether the paper built there has the bytes of the published record.
same_pdf() {
    local wanted found
    wanted=$(sed -n 's|.*"paper/paper.pdf": "\([0-9a-f]*\)".*|\1|p' "$1/reference/hashes.json")
    found=$(sha256sum "$1/paper/paper.pdf" | cut -d ' ' -f 1)
    [ -n "$found" ] && [ "$found" = "$wanted" ]
}
