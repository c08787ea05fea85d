#!/usr/bin/env bash
# Build the quick study here and through a real Slurm of one node, and compare the bytes; then once
# more, with the node drained and a job cancelled on the way.
#
#   checks/slurm.sh [FOLDER]
#
# FOLDER (default: TMPDIR or /tmp) holds three copies of the checkout while this runs. Needs a Debian
# machine, its administrator and `make cluster`; installs Debian's Slurm if it is missing.
set -euo pipefail
unset CDPATH
unset "${!GIT_@}" # of a git hook: they name the repository that it was called for
folder=$(realpath -m -- "${1:-${TMPDIR:-/tmp}}")
cd "$(dirname "$0")/.."

PACKAGES=(slurm-wlm munge)
CONF=/etc/slurm/slurm.conf # the one place where Snakemake's jobs look for it
host=$(hostname -s)
python=$PWD/.venv/bin/python
export PATH="$PWD/.venv/bin:$PATH"
daemons=()
job=
work=
configured=

fail() {
    echo "error: $*" >&2
    exit 1
}

clear_up() {
    trap - EXIT
    [ -z "$job" ] || kill -- "-$job" 2>/dev/null || true
    [ -z "$configured" ] || scancel --user=root 2>/dev/null || true
    for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
    wait
    [ -z "$configured" ] || rm -f -- "$CONF"
    [ -z "$work" ] || rm -rf --one-file-system -- "$work"
}

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

# eventually SECONDS WHAT COMMAND...: wait until the command succeeds.
eventually() {
    local left=$1 what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $((left--)) -gt 0 ] || fail "waited in vain: $what"
        sleep 1
    done
}

[ "$(id -u)" = 0 ] || fail "only root can start Slurm's daemons: run this as root"
# shellcheck source=/dev/null
debian=$(. /etc/os-release 2>/dev/null && echo "${ID:-}") || true
[ "$debian" = debian ] || fail "this needs Debian, but the system here is ${debian:-unknown}"
[ ! -e "$CONF" ] || fail "there is a Slurm here already: this would overwrite $CONF"
"$python" -c 'import snakemake_executor_plugin_slurm' 2>/dev/null ||
    fail "Snakemake has no Slurm executor here: run 'make cluster'"

trap clear_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
work=$(mktemp -d "$folder/slurm.XXXXXX" 2>/dev/null) || fail "cannot write in $folder"
chmod 755 "$work"

if ! dpkg-query -W -f '${Status}\n' "${PACKAGES[@]}" 2>/dev/null |
    awk '/ installed$/ { n++ } END { exit n != '${#PACKAGES[@]}' }'; then
    echo "installing ${PACKAGES[*]}"
    export DEBIAN_FRONTEND=noninteractive
    run apt-get -q update
    run apt-get -q -y --no-install-recommends install "${PACKAGES[@]}"
fi

for name in here slurm disturbed; do
    mkdir "$work/$name"
    git ls-files -z --cached --others --exclude-standard |
        tar --null --files-from=- --ignore-failed-read --create |
        tar --extract --directory="$work/$name"
done

# build NAME OPTIONS...: the quick study in that copy.
build() {
    local name=$1
    shift
    run env -C "$work/$name" PYTHONPATH=workflow/scripts "$python" -m paperledger build "$@" --configfile config/quick.yaml
    mv "$work/log" "$work/$name.log"
}
through_slurm=(--workflow-profile profiles/slurm --slurm-status-command squeue
    --slurm-init-seconds-before-status-checks 3)

echo "building here"
build here --cores all

echo "starting Slurm"
# Its own munge, beside one that may run here.
install -d -o munge -g munge -m 755 "$work/munge"
runuser -u munge -- dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 status=none
chmod 400 "$work/munge/key"
runuser -u munge -- munged --foreground --key-file="$work/munge/key" \
    --socket="$work/munge/socket" --pid-file="$work/munge/pid" --seed-file="$work/munge/seed" \
    --log-file="$work/munge/log" >/dev/null 2>&1 &
daemons+=($!)
eventually 20 "munged does not answer" test -S "$work/munge/socket"
memory=$(awk '/^MemTotal:/ { print int($2 / 1024) - 512 }' /proc/meminfo)
mkdir -p "$work/state" "$work/spool" /etc/slurm
configured=yes
cat >"$CONF" <<END
ClusterName=check
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=bf_interval=1,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MinJobAge=300
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
slurmctld -D >/dev/null 2>&1 &
daemons+=($!)
slurmd -D >/dev/null 2>&1 &
daemons+=($!)
is_idle() { [ "$(sinfo --noheader --format=%t)" = idle ]; }
eventually 30 "the node is not idle: $(tail -n 1 "$work/slurmd.log" 2>/dev/null)" is_idle

# same NAME: what that copy built is what was built here.
same() {
    local part
    for part in results figures paper; do
        diff -rq "$work/here/build/quick/$part" "$work/$1/build/quick/$part" || fail "$1 differs"
    done
    echo "  the same bytes: $(cd "$work/$1/build/quick" && find results figures paper -type f | wc -l) files"
}

echo "building through sbatch"
build slurm "${through_slurm[@]}"
jobs=$(grep -c "submitted with SLURM jobid" "$work/slurm/.snakemake/build.log") || fail "nothing went through sbatch"
echo "  $jobs jobs went through sbatch"
same slurm

echo "building through sbatch, with a node drained and a job cancelled"
setsid env -C "$work/disturbed" PYTHONPATH=workflow/scripts "$python" -m paperledger build "${through_slurm[@]}" --retries 0 \
    --configfile config/quick.yaml >"$work/disturbed.log" 2>&1 &
job=$!
kernel() { squeue --noheader --states=RUNNING --format="%i %k" | awk '/rule_train_kernel/ { print $1 }'; }
trains() { [ -n "$(kernel)" ] || ! kill -0 "$job"; }
eventually 300 "no job trains" trains
victim=$(kernel)
[ -n "$victim" ] || fail "the build ended before a job trained: $(tail -n 1 "$work/disturbed.log")"
scontrol update "NodeName=$host" State=DRAIN Reason=check
scancel "$victim"
echo "  cancelled job $victim, a chunk in training; $(sinfo --noheader --format='the node is %T')"
held() { [ -n "$(squeue --noheader --states=PENDING)" ] && [ -z "$(squeue --noheader --states=RUNNING)" ]; }
eventually 300 "nothing waits for the drained node" held
sleep 5
held || fail "a job started on a drained node"
echo "  $(squeue --noheader --states=PENDING | wc -l) jobs wait"
scontrol update "NodeName=$host" State=RESUME
status=0
wait "$job" || status=$?
job=
[ "$status" != 0 ] || fail "the build did not notice that a job was cancelled"
[ ! -e "$work/disturbed/build/quick/paper/paper.pdf" ] || fail "there is a paper without that chunk"
echo "  the build stopped with status $status; resuming"
build disturbed "${through_slurm[@]}"
same disturbed
