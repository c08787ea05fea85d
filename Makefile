# The commands of the README; `make` alone lists them.
#   CORES=2         processor cores that Snakemake may use (default: all)
#   ARGS="..."      more options for Snakemake (make test: for pytest; make lock: for uv)
#   FUZZ=20         make fuzz: how many times the bad inputs of make test
#   FULL=1          make bench: also train 1,000,000 networks
#   REV=HEAD~1      make diff: the revision to compare with
#   PYTHON=...      the Python that .venv is made with (default: one on PATH)

.DEFAULT_GOAL := start
.NOTPARALLEL:
.PHONY: start help paper quick test record verify recheck spotcheck report readme arxiv diff bench \
    aarch64 conda clean lock setup container fresh kills fuzz coverage \
    mutants architecture cluster slurm scaling

CORES = all
ARGS =
REV = HEAD~1
CLAIM =
N = 20
FUZZ = 20
SEED = random

# What an activated environment, or a make above this one, must not pass on to the tools.
unexport ARGS CORES CLAIM FUZZ N REV SEED MAKEFLAGS MAKELEVEL MFLAGS PYTHONHOME PYTHONPATH VIRTUAL_ENV
# Nor a git hook: with its GIT_DIR a command would act on the repository of who runs it.
unexport $(filter GIT_%,$(.VARIABLES))

# Commands run as `python -m ...`: the first line of a script in .venv/bin cannot hold a long path.
IN_VENV = PATH="$$PWD/.venv/bin:$$PATH" .venv/bin/python -m
SNAKEMAKE = PATH="$$PWD/.venv/bin:$$PATH" .venv/bin/python tools/build.py --cores $(CORES)

start:
	@sed -n 's/^\([a-z0-9]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16
	@echo 'CORES=2 limits the cores; ARGS="..." adds options for Snakemake'

help: start ## list all commands
	@echo 'For who works on the project:'
	@sed -n 's/^\([a-z0-9]*\):[^#]*##+ \(.*\)/make \1\t\2/p' Makefile | expand -t 18

paper: setup ## build paper/paper.pdf from the data
	@$(SNAKEMAKE) $(ARGS)

quick: setup ## build the same paper on a tiny study, into build/quick
	@$(SNAKEMAKE) --configfile config/quick.yaml $(ARGS)

test: setup ## check the code and run all tests
	@.venv/bin/python -E setup/bootstrap_tests.py
	@$(IN_VENV) ruff check .
	@$(IN_VENV) ruff format --check .
	@$(IN_VENV) mypy
	@PYTHONPATH=workflow/scripts .venv/bin/python .venv/bin/lint-imports --no-cache --no-logo
	@$(IN_VENV) snakefmt --check Snakefile workflow
	@$(IN_VENV) snakemake --lint
	@$(IN_VENV) pytest tests -n 2 --no-loadscope-reorder $(ARGS)

fuzz: setup ##+ try FUZZ=20 times as many bad inputs as make test
	@FUZZ=$(FUZZ) $(IN_VENV) pytest tests/unit/test_fuzz*.py --hypothesis-show-statistics $(ARGS)

# With an empty cache, as what Numba compiles anew runs the code that compiles it.
coverage: setup ##+ measure the branches tests/unit takes; fails under 95 %, 4 min
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && NUMBA_CACHE_DIR="$$folder" \
	    $(IN_VENV) pytest tests/unit -n 2 --no-loadscope-reorder --cov --cov-report=term $(ARGS)

record: setup ##+ renew the record in reference/ from the finished build
	@.venv/bin/python tools/record.py

verify: setup ## hold the build against the record; CLAIM=id explains one number
	@.venv/bin/python tools/verify.py $(if $(CLAIM),--claim $(CLAIM)) $(ARGS)

recheck: setup ## statistics, figures and PDF from the record; verify; no training
	@$(SNAKEMAKE) --configfile config/recheck.yaml
	@.venv/bin/python tools/verify.py --folder build/recheck $(ARGS)

spotcheck: setup ## train N=20 networks of the record again, five in Keras; SEED=7
	@.venv/bin/python tools/spotcheck.py --n $(N) --seed $(SEED) $(ARGS)

readme: paper ##+ renew the numbers of README.md from results/claims.json
	@.venv/bin/python tools/renew_readme.py

report: paper ## claims, figures, verdicts on one page: build/report.html
	@.venv/bin/python tools/report.py

arxiv: paper ## pack the paper for arXiv: build/arxiv.tar.gz
	@.venv/bin/python tools/arxiv.py

diff: paper ## mark what changed since REV=HEAD~1 (needs latexdiff)
	@.venv/bin/python tools/diff.py -- "$(REV)"

# JAX is no part of the paper's environment: it has a lock and a folder of its own.
bench: setup ## time the kernel beside its rivals, 10 min: results/bench.json
	@cmp -s bench/requirements.lock .venv-bench/complete || { \
	    echo 'set-up: JAX into .venv-bench (0.6 GB)' && rm -rf .venv-bench && \
	    .venv/bin/python -m venv .venv-bench && \
	    .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check \
	        --no-deps --require-hashes -r bench/requirements.lock && \
	    cp bench/requirements.lock .venv-bench/complete; }
	@.venv/bin/python bench/bench.py $(if $(FULL),--scale 1000000) \
	    $(if $(filter-out all,$(CORES)),--cores $(CORES)) $(ARGS)

scaling: setup ##+ renew docs/scaling.md, after make paper bench
	@.venv/bin/python tools/renew_scaling.py --measure

architecture: setup ##+ renew the rule graph in docs/architecture.md
	@PATH="$$PWD/.venv/bin:$$PATH" .venv/bin/python tools/architecture.py

aarch64: setup ##+ train a sample on an emulated aarch64 (Debian, root), 10 min
	@tools/check_aarch64.sh $(ARGS)

conda: setup ##+ install and train what conda leaves to pip; ARGS=python3.13
	@tools/check_conda.sh $(ARGS)

container: ##+ build and run the container, no network (Debian, root), 20 min
	@tools/check_container.sh $(ARGS)

fresh: ##+ make paper, make test on a bare Debian (Debian, root), 40 min
	@tools/check_fresh.sh $(ARGS)

kills: setup ##+ kill builds at 30 random moments, compare the bytes, 25 min
	@PATH="$$PWD/.venv/bin:$$PATH" .venv/bin/python tools/check_kills.py $(ARGS)

# Kept inside .venv: a new environment has it no longer.
cluster: setup ##+ add Snakemake's executor for Slurm to .venv
	@cmp -s profiles/requirements.lock .venv/cluster || { \
	    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
	        --no-deps --require-hashes -r profiles/requirements.lock && \
	    cp profiles/requirements.lock .venv/cluster; }

# Kept inside .venv, as Slurm's executor is.
mutants: setup ##+ change the code and see whether tests notice, 10 min
	@cmp -s tests/mutation/requirements.lock .venv/mutants || { \
	    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
	        --no-deps --require-hashes -r tests/mutation/requirements.lock && \
	    cp tests/mutation/requirements.lock .venv/mutants; }
	@.venv/bin/python tools/mutants.py $(ARGS)

slurm: cluster ##+ the quick study through a Slurm of one node (root), 10 min
	@tools/check_slurm.sh $(ARGS)

clean: ## remove what was generated; .venv stays
	@for folder in results figures; do \
	    if [ -d $$folder ]; then find $$folder -mindepth 1 ! -path $$folder/README.md -delete; fi; done
	@rm -rf build logs paper/generated .snakemake
	@rm -f paper/paper.pdf

lock: ##+ renew every lock, and what conda reads from the lock
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	"$${PYTHON:-python3}" -m venv "$$folder" && \
	"$$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9 packaging==25.0 && \
	for name in requirements bench/requirements profiles/requirements tests/mutation/requirements; do \
	    case $$name in requirements) pins= ;; *) pins='-c requirements.lock' ;; esac; \
	    "$$folder/bin/python" -m uv pip compile --quiet --universal --python-version 3.11 \
	        --generate-hashes --no-emit-index-url --fork-strategy fewest \
	        --custom-compile-command 'make lock' -o $$name.lock $(ARGS) $$pins $$name.in || exit 1; done && \
	"$$folder/bin/python" setup/write_envs.py

# Says nothing, in a fraction of a second, when all is there. 127 is a name that leads nowhere.
setup:
	@for python in "$$PYTHON" python3 python3.13 python3.12 python3.11; do \
	    command -v "$$python" >/dev/null || continue; \
	    "$$python" -E setup/bootstrap.py; \
	    status=$$?; [ $$status -ge 126 ] || exit $$status; done; \
	echo 'error: no Python: install 3.11, 3.12 or 3.13 (apt-get install python3 python3-venv)' >&2; \
	exit 1
