#!/usr/bin/env bash
# Tables as people have them: export three from R, and train on each from `make table`'s block alone.
#
#   checks/tables.sh [FOLDER]
#
# FOLDER (default: TMPDIR or /tmp) holds the tables while this runs; they are R's, and no part of the
# repository. Sonar is sorted by class, Pima lacks values, the votes are words and lack some. Each
# goes among the other data of the quick study; Pima then carries the whole of it, to the PDF.
# Needs a Debian machine, its administrator and .venv; installs R with mlbench if it is missing.
# shellcheck source=checks/common.sh
. "$(dirname "$0")/common.sh"

[ -x .venv/bin/python ] || fail "there is no .venv: run 'make setup'"
begin tables "${1:-}"
need r-base-core r-cran-mlbench
export PATH=$PWD/.venv/bin:$PATH PYTHONPATH=workflow/scripts

# build NAME CONFIG... [-- TARGET...]: the quick study with those configurations, below build/tables.
build() {
    local name=$1 configs=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        configs+=("$1")
        shift
    done
    echo "folder: build/tables/$name" >"$work/folder.yaml"
    run python -m paperledger build "${@:2}" --cores all \
        --configfile config/quick.yaml "${configs[@]}" "$work/folder.yaml"
}

run Rscript -e 'data(list = c("Sonar", "PimaIndiansDiabetes2", "HouseVotes84"), package = "mlbench")
    write.csv(Sonar, file.path(commandArgs(TRUE), "sonar.csv"))
    write.csv(PimaIndiansDiabetes2, file.path(commandArgs(TRUE), "pima.csv"))
    write.csv(HouseVotes84, file.path(commandArgs(TRUE), "votes.csv"))' "$work"

for name in sonar pima votes; do
    python -m lrstudy table "$work/$name.csv" >"$work/$name.yaml"
    sed -n 's/^# //p' "$work/$name.yaml"
    build "$name" "$work/$name.yaml" -- "build/tables/$name/results/effects.parquet"
    python - "$name" <<'END'
import sys
import pandas as pd
found = pd.read_parquet(f"build/tables/{sys.argv[1]}/results/effects.parquet")
found = found[found["dataset"] == sys.argv[1]]
assert set(found["hypothesis"]) == {"X1", "X2", "X3", "Y1", "Y2", "Y3"}, found
print(found[["hypothesis", "difference", "low", "high"]].round(2).to_string(index=False))
END
done

cat >"$work/whole.yaml" <<'END'
dataset: pima
datasets:
  pima:
    row: woman
    positive_label: diabetic
    negative_label: healthy
    protocols:
      tail: { validation_fraction: 0.33 }
      official: { training_rows: 514 }
      inner: { reported_rows: 254, validation_rows: 103 }
parts: { elsewhere: { datasets: [breast_cancer, digits, iris, vote, wine] } }
analysis: { tutorial: { n_validation: 254, baseline_correct: 190, schedule_correct: 200 } }
END
build whole "$work/pima.yaml" "$work/whole.yaml"
python - <<'END'
import json
with open("build/tables/whole/results/claims.json", encoding="utf-8") as file:
    claims = {name: claim["value"] for name, claim in json.load(file).items()}
assert claims["data.n_rows"] == 768, claims["data.n_rows"]
assert claims["data.positive_label"] == "diabetic"
for name in ("peculiar-split", "unscaled", "one-radar", "odd-rows"):
    assert claims[f"sentence.{name}"] == "unsupported", name
print("the whole quick study on Pima: build/tables/whole/paper/paper.pdf")
END
echo "tables: sonar, pima and votes as R exports them went among the other data, pima into all"
