#!/usr/bin/env bash
# Build the Dockerfile's image and run the artifact in it, without a network.
#
#   checks/container.sh [--quick] [FOLDER]
#
# The base image is made here from Debian's packages, under the name that the Dockerfile gives
# it: no image is fetched. Twice the artifact runs from it: once as Apptainer would (the image
# read-only, another user, a clone of HEAD to write in), once in the container; the quick study
# must have the same bytes. Then, without --quick, the container builds the paper and holds it
# against the published record. FOLDER (default: TMPDIR or /tmp) holds 15 GB while this runs. Needs
# a Debian machine and its administrator.
quick=
[ "${1:-}" != --quick ] || { quick=1 && shift; }
# shellcheck source=checks/common.sh
. "$(dirname "$0")/common.sh"
begin container "${1:-}"
need buildah git mmdebstrap

base=$(sed -n 's/^FROM //p' Dockerfile)
export TMPDIR=$work BUILDAH_ISOLATION=chroot
buildah=(buildah --root "$work/storage" --runroot "$work/state" --storage-driver vfs)

echo "making the base image $base (30 seconds)"
run mmdebstrap --variant=minbase "$SUITE" "$work/base.tar"
scratch=$("${buildah[@]}" from scratch)
run "${buildah[@]}" add --quiet "$scratch" "$work/base.tar" /
run "${buildah[@]}" commit --quiet --rm "$scratch" "$base"
rm "$work/base.tar"

# How this machine reaches a package index: files that the build sees and the image does not keep.
network_settings "$work/network"
volumes=(--volume "$work/network:/mnt:ro" --volume "$work/network/pip.conf:/etc/pip.conf:ro")
echo "building the image (3 minutes)"
run "${APART[@]}" "${buildah[@]}" bud --network=host --pull-never "${volumes[@]}" -t artifact .
container=$("${buildah[@]}" from --pull-never artifact)
root=$("${buildah[@]}" mount "$container")
quick_pdf=build/quick/paper/paper.pdf
[ -z "$(ls "$root/study/build" "$root/study/results/data" 2>/dev/null)" ] ||
    fail "the image holds results: see .dockerignore"

echo "as Apptainer would: image read-only, another user, no network, snakemake in a clone"
run git clone --quiet --no-hardlinks . "$work/home/user/study"
chown -R 1000:1000 "$work/home"
settings='{{range .OCIv1.Config.Env}}{{println .}}{{end}}'
mapfile -t settings < <("${buildah[@]}" inspect --format "$settings" "$container" | grep .)
# shellcheck disable=SC2016
run "${APART[@]}" --net sh -c '
    set -e
    mount --bind "$0" "$0"
    mount -o remount,bind,ro "$0"
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev"
    mount -t tmpfs tmpfs "$0/tmp"
    mount --bind "$1" "$0/home"
    shift
    if touch "$0/study/x" 2>/dev/null; then echo "the image is not read-only" && exit 1; fi
    exec chroot --userspec=1000:1000 --groups= "$0" "$@"' "$root" "$work/home" \
    /usr/bin/env -i -C /home/user/study HOME=/home/user "${settings[@]}" \
    snakemake --cores 2 --configfile config/quick.yaml

inside=("${APART[@]}" --net "${buildah[@]}" run "$container" -- sh -c)
echo "in the container, no network: make quick"
run "${inside[@]}" "make quick"
cmp "$work/home/user/study/$quick_pdf" "$root/study/$quick_pdf" || fail "the two papers differ"
echo "the same paper both times: $(sha256sum <"$root/study/$quick_pdf" | cut -c -16)"
[ -z "$quick" ] || exit 0

echo "in the container, no network: make paper"
start=$SECONDS
show "${inside[@]}" "make paper"
echo "make paper: $((SECONDS - start)) s"
if same_pdf "$root/study"; then
    echo "paper/paper.pdf: the bytes of the published record"
else
    echo "paper/paper.pdf: other bytes than the published record's; make verify judges them:"
    show "${inside[@]}" "make verify"
fi
