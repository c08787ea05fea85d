#!/usr/bin/env bash
# Run the first commands of README.md on a fresh Debian, and nothing else.
#
#   checks/fresh.sh [--only TARGET] [FOLDER]
#
# The Debian has `make` and `python3` besides what every Debian has, and a clone of HEAD. With
# --only paper, `make paper` alone is run. FOLDER (default: TMPDIR or /tmp) holds 6 GB while this
# runs. Needs a Debian machine and its administrator.
only=
[ "${1:-}" != --only ] || { only=${2:-nothing} && shift $(($# > 1 ? 2 : 1)); }
# shellcheck source=checks/common.sh
. "$(dirname "$0")/common.sh"

# The first block of code in README.md, without its comments.
mapfile -t commands < <(
    awk '/^```/ { if (inside) exit; inside = 1; next }
         inside { sub(/ *#.*/, ""); if (NF) print }' README.md
)
[ ${#commands[@]} -gt 0 ] || fail "README.md has no block of commands"
if [ -n "$only" ]; then
    for command in "${commands[@]}"; do [ "$command" != "make $only" ] || found=1; done
    [ -n "${found:-}" ] || fail "README.md says other commands than 'make $only': ${commands[*]}"
    commands=("make $only")
fi

begin fresh "${1:-}"
need git mmdebstrap
root=$work/root
study=$root/root/study

echo "making a Debian with make and python3 (30 seconds)"
run mmdebstrap --variant=minbase --include=make,python3 "$SUITE" "$root"
# How this machine reaches its network is no part of the system that is tested.
cp -L /etc/resolv.conf /etc/hosts "$root/etc"
network_settings "$work/network"
cp "$work"/network/* "$root/mnt"
ln -s /mnt/pip.conf "$root/etc/pip.conf"
mapfile -t proxies < <(env | grep -Ei '^(https?|no)_proxy=')
[ -z "$(git status --porcelain)" ] || echo "note: what is not committed is not tested"
run git clone --quiet --no-hardlinks . "$study"

# there COMMAND: what root gets who has just logged in, with nothing of this machine. The root is
# mounted on itself, for tests that make mounts of their own: unshare wants to find / among them.
# shellcheck disable=SC2016
there() {
    show "${APART[@]}" sh -c '
        set -e
        mount --bind "$0" "$0"
        mount -t proc proc "$0/proc"
        mount --rbind /dev "$0/dev"
        chroot "$0" "$@"' "$root" \
        /usr/bin/env -i -C /root/study HOME=/root \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${proxies[@]}" sh -c "$1"
}

failed=0
told=("fresh Debian $SUITE, commit $(git rev-parse --short HEAD)")
for command in "${commands[@]}"; do
    echo "there: $command"
    start=$SECONDS
    status=0
    there "$command" || status=$?
    told+=("$command: exit status $status, $((SECONDS - start)) s")
    if [ "$status" != 0 ]; then
        failed=1
        tail -n 20 "$study/.setup.log"
    fi
done
if [ ! -e "$study/paper/paper.pdf" ]; then
    told+=("no paper was built")
    [ "$only" = test ] || failed=1
elif same_pdf "$study"; then
    told+=("paper/paper.pdf: the bytes of the published record")
else
    told+=("paper/paper.pdf: other bytes than the published record's; make verify judges them above")
    there "make verify" || failed=1
fi
echo
printf '%s\n' "${told[@]}"
exit "$failed"
