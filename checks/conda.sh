#!/usr/bin/env bash
# What can be tried of the conda environments where no channel can be reached.
#
#   checks/conda.sh [PYTHON...]
#
# For each Python (default: the one below .venv), in a copy of the checkout and in environments of its own:
# installs environment.yml's part for pip as conda does, with hashes, and starts the quick study in
# it; then runs `snakemake --sdm conda` with a stand-in for conda, which makes the environment of
# workflow/envs/study.yaml from Python and that file's part for pip, trains two chunks in it, and
# compares them with the same ones trained without conda. At last it asks the package index for
# which platforms there are wheels. Needs .venv and a network, and 5 GB in TMPDIR or /tmp.
set -euo pipefail
unset CDPATH
unset "${!GIT_@}" # of a git hook: they name the repository that it was called for
cd "$(dirname "$0")/.."
CHUNKS=(build/quick/results/chunks/{kernel_0,keras_0}.npz)
work=$(mktemp -d "${TMPDIR:-/tmp}/conda.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

fail() {
    echo "error: $*" >&2
    exit 1
}

# quietly COMMAND...: show nothing unless it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || {
        tail -n 20 "$work/log" >&2
        fail "$1 failed; its last lines stand above"
    }
}

# make_environment PYTHON FILE PREFIX: what conda does with a file, but for conda's own packages.
cat >"$work/make_environment" <<'END'
#!/usr/bin/env bash
set -euo pipefail
"$1" -m venv "$3"
"$3/bin/python" -m pip uninstall --quiet --yes setuptools # conda's Python brings none
cd "$(dirname "$2")" # conda, too, runs pip beside the file
"$CHECK_PYTHON" -c 'import sys, yaml
print("\n".join(yaml.safe_load(open(sys.argv[1]))["dependencies"][-1]["pip"]))' "$2" >"$2.pip.txt"
"$3/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade --exists-action=b \
    --requirement "$2.pip.txt"
rm "$2.pip.txt"
"$3/bin/python" -m pip check
END
mkdir -p "$work/base/bin"
# shellcheck disable=SC2016 # it is for the file
echo 'PATH="$1/bin:$PATH"; export CONDA_PREFIX="$1"' >"$work/base/bin/activate"
cat >"$work/base/bin/conda" <<END
#!/usr/bin/env bash
case "\$*" in
    'info --json') echo '{"conda_prefix": "$work/base", "platform": "any"}' ;;
    --version) echo conda 25.1.0 ;;
    clean*) ;;
    config*) echo '{"get": {"channel_priority": "strict"}}' ;;
    'env create --quiet --no-default-packages --file '*) "$work/make_environment" "\$USED" "\$6" "\$8" ;;
    *) echo "conda \$*: not expected here" >&2; exit 1 ;;
esac
END
chmod +x "$work/make_environment" "$work/base/bin/conda"
export CHECK_PYTHON=$PWD/.venv/bin/python PYTHONDONTWRITEBYTECODE=
[ -x "$CHECK_PYTHON" ] || fail "there is no .venv: run 'make setup'"
[ $# -gt 0 ] || set -- "$("$CHECK_PYTHON" -c 'import sys; print(sys._base_executable)')"
unset PIP_CONSTRAINT PIP_PREFIX PIP_ROOT PIP_TARGET

for python; do
    "$python" --version >/dev/null || fail "$python does not run"
    USED=$(command -v "$python")
    export USED
    rm -rf -- "$work/study" "$work/environment"
    mkdir "$work/study"
    git ls-files -z | xargs -0 cp --parents -t "$work/study"

    echo "$("$python" --version): installing what pip installs of environment.yml"
    quietly "$work/make_environment" "$USED" "$work/study/environment.yml" "$work/environment"
    # Its own Python and PATH: Snakemake and its scripts run in it, and hold it against the lock.
    (
        cd "$work/study"
        export PATH="$work/environment/bin:$PATH"
        quietly python -m snakemake --cores 1 "${CHUNKS[@]}" --configfile config/quick.yaml
        grep -q '"differences": \[\]' build/quick/results/environment.json ||
            fail "environment.yml differs from the lock"
        mv build/quick "$work/study/without"
        echo "$("$python" --version): snakemake --sdm conda, in what is made of study.yaml"
        PATH="$work/base/bin:$PATH" \
            quietly python -m snakemake --sdm conda --cores 1 "${CHUNKS[@]}" \
            --configfile config/quick.yaml
        ls -d .snakemake/conda/*_ >/dev/null || fail "no environment was made of study.yaml"
        for chunk in "${CHUNKS[@]}" build/quick/results/environment.json; do
            cmp "$chunk" "without/${chunk#build/quick/}" || fail "conda's environment differs"
        done
    )
    echo "$("$python" --version): the lock's packages in both, the same bytes from both"
done

echo "wheels for the packages of the lock:"
quietly "$USED" -m venv "$work/uv"
quietly "$work/uv/bin/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9
quietly "$work/uv/bin/python" -m uv pip compile --quiet --universal --python-version 3.11 \
    --no-deps --no-header --format pylock.toml requirements.lock -o "$work/pylock.toml"
PYTHONPATH=workflow/scripts "$CHECK_PYTHON" checks/wheels.py "$work/pylock.toml"
