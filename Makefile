# The commands of the README; `make` alone lists them.
#   CONFIG=my.yaml  laid over config/config.yaml; several are laid over one another, in order
#   CORES=2         processor cores that Snakemake may use (default: all)
#   ARGS="..."      more options for Snakemake (make test: for pytest; make lock: for uv)
#   FUZZ=20         make fuzz: how many times the bad inputs of make test
#   FULL=1          make bench: also train 1,000,000 networks
#   REV=HEAD~1      make diff: the revision to compare with
#   N=10            make repeat: its number; make spotcheck: how many networks
#   BASE=2500000    make repeat: its first replicate (default: random)
#   REPEAT=1        make spotcheck: networks of this repeat
#   A=step B=...    make compare: arms, or sums of them with + between; PROTOCOL=random|tail|official,
#                   INITIALIZER=..., OUTCOME=accuracy|balanced|log_loss|best|...
#   DIR=FOLDER      make new: where the new paper goes
#   FILE=my.csv     make table: the data file; CLASS=... names the column of its class
#   WHEELS=1        make archive: add the packages of requirements.lock
#   PYTHON=...      the Python that .venv is made with (default: one on PATH)

.DEFAULT_GOAL := start
.NOTPARALLEL:
.PHONY: start help paper quick table compare test record verify recheck demo spotcheck report readme arxiv archive diff new bench \
    aarch64 conda clean lock setup container fresh kills fuzz coverage \
    mutants repeat freeze schema architecture metadata cluster slurm scaling light tables setup-recheck setup-verify

CORES = all
CONFIG =
ARGS =
A =
B =
BASE = random
REPEAT =
REV = HEAD~1
CLAIM =
CLASS =
DIR =
FILE =
INITIALIZER =
OUTCOME =
PROTOCOL =
N = 20
FUZZ = 20
SEED = random
WHEELS =

# What an activated environment, or a make above this one, must not pass on to the tools; nor may a
# git hook: with its GIT_DIR a command would act on the repository of who runs it. Of the shell's
# other variables workflow/scripts/paperledger/io/variables.py says what becomes; these act before.
unexport A ARGS B BASE CONFIG CORES CLAIM CLASS DIR FILE FUZZ INITIALIZER N OUTCOME PROTOCOL REPEAT REV SEED WHEELS MAKEFLAGS MAKELEVEL MFLAGS VIRTUAL_ENV
unexport CDPATH ENV BASH_ENV SHELLOPTS BASHOPTS
unexport $(filter-out PYTHON,$(filter GIT_% PYTHON%,$(.VARIABLES)))

# The environment: .venv, or that of environment.yml where it is active.
BIN = $(if $(filter four-radar-returns,$(notdir $(CONDA_PREFIX))),$(CONDA_PREFIX),$$PWD/.venv)/bin
# Commands run as `python -m ...`: the first line of a script in .venv/bin cannot hold a long path.
IN_VENV = PATH="$(BIN):$$PATH" "$(BIN)/python" -s -m
# Each package has one program, with its commands.
PROGRAM = PATH="$(BIN):$$PATH" PYTHONPATH=workflow/scripts "$(BIN)/python" -s -m
# Installs another lock than requirements.lock; setup/bootstrap.py has the list.
EXTRA = "$(BIN)/python" -E setup/bootstrap.py
SNAKEMAKE = $(PROGRAM) paperledger build --cores $(CORES)
# What trains nothing runs in the whole environment where there is one, else in one without trainers.
LIGHT = bin="$(BIN)"; [ "$$bin" != "$$PWD/.venv/bin" ] || [ -e .venv/complete ] || \
    bin="$$PWD/.venv-light/bin"; \
    PATH="$$bin:$$PATH" PYTHONPATH=workflow/scripts "$$bin/python" -s -m paperledger
LAID = $(CONFIG:%=--configfile=%)
$(if $(CONFIG),$(if $(filter arxiv diff readme record,$(MAKECMDGOALS)),$(error expected no CONFIG with \
    arxiv, diff, readme, record, which are of the paper's own study, found $(CONFIG))))

start:
	@sed -n 's/^\([a-z0-9]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16
	@echo 'CONFIG=my.yaml for settings of your own, CORES=2, ARGS="..." for Snakemake'

help: start ## list all commands
	@echo 'More commands, and those for work on the project itself:'
	@sed -n 's/^\([a-z0-9]*\):[^#]*##+ \(.*\)/make \1\t\2/p' Makefile | expand -t 18

paper: setup ## build paper/paper.pdf from the data
	@$(SNAKEMAKE) $(LAID) $(ARGS)

quick: setup ## build the same paper on a tiny study, in build/quick
	@$(SNAKEMAKE) --configfile=config/quick.yaml $(LAID) $(ARGS)

table: setup ##+ print the configuration for a data set, FILE=my.csv
	@$(PROGRAM) lrstudy table $(if $(FILE),"$(FILE)") $(if $(CLASS),--class "$(CLASS)")

compare: setup ## compare any two arms: A=step B=constant_m09 PROTOCOL=tail
	@$(PROGRAM) lrstudy compare --a "$(A)" --b "$(B)" $(PROTOCOL:%=--protocol "%") \
	    $(INITIALIZER:%=--initializer "%") $(OUTCOME:%=--outcome "%") $(LAID)

test: setup ## check the code and run all tests
	@"$(BIN)/python" -E setup/bootstrap_tests.py
	@$(IN_VENV) ruff check .
	@$(IN_VENV) ruff format --check .
	@$(IN_VENV) mypy
	@PYTHONPATH=workflow/scripts "$(BIN)/python" "$(BIN)/lint-imports" --no-cache --no-logo
	@$(IN_VENV) snakefmt --check Snakefile workflow
	@$(IN_VENV) snakemake --lint
	@$(IN_VENV) pytest tests -n 3 --no-loadscope-reorder $(ARGS)

fuzz: setup ##+ try FUZZ=20 times as many bad inputs as make test does
	@FUZZ=$(FUZZ) $(IN_VENV) pytest tests/lrstudy/design/test_fuzz.py tests/lrstudy/data/test_fuzz_dataset.py \
	    tests/lrstudy/tables/test_damaged_outcomes.py tests/paperledger/io/test_fuzz_files.py --hypothesis-show-statistics $(ARGS)

# With an empty cache, as what Numba compiles anew runs the code that compiles it.
coverage: setup ##+ measure the branches the tests take; fails under 95 %, 4 min
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && NUMBA_CACHE_DIR="$$folder" \
	    $(IN_VENV) pytest tests/paperledger tests/lrstudy -n 2 --no-loadscope-reorder --cov --cov-report=term $(ARGS)

record: setup ##+ renew the record in reference/ from the finished build
	@$(PROGRAM) paperledger record

verify: setup-verify ## compare the build with the record; CLAIM=id explains a number
	@$(LIGHT) verify $(LAID) $(if $(CLAIM),--claim $(CLAIM)) $(ARGS)

recheck: setup-recheck ## recompute all but the training from the record, and verify it
	@$(LIGHT) build --cores $(CORES) --configfile=config/recheck.yaml $(LAID)
	@$(LIGHT) verify --configfile=config/recheck.yaml $(LAID) $(ARGS)

demo: setup-recheck ## recheck, then edit a copy in four places: each edit is caught
	@$(LIGHT) build --cores $(CORES) --configfile=config/recheck.yaml
	@$(LIGHT) demo --folder build/recheck

spotcheck: setup ## train N=20 networks of the record again, and compare the bits
	@$(PROGRAM) lrstudy spotcheck --n $(N) --seed $(SEED) $(REPEAT:%=--repeat=%) $(LAID) $(ARGS)

# N has another default, which is no repeat's number.
repeat: setup ## run the whole study again from other seeds: N=10
	@$(PROGRAM) lrstudy repeat --n $(if $(filter command,$(origin N)),$(N),0) --base $(BASE) \
	    --cores $(CORES) $(LAID) $(ARGS)

freeze: setup ##+ freeze the sentences, after the repeats that were run so far
	@$(PROGRAM) lrstudy freeze

readme: paper ##+ renew the numbers of README.md from results/claims.json
	@$(PROGRAM) pages.readme

report: paper ## claims, figures, your own question, one page: build/report.html
	@$(PROGRAM) lrstudy report $(LAID)

arxiv: paper ##+ pack the paper for arXiv: build/arxiv.tar.gz
	@$(PROGRAM) paperledger arxiv

archive: setup ##+ pack sources and record for Zenodo: build/archive/; WHEELS=1
	@$(PROGRAM) lrstudy archive $(if $(WHEELS),--wheels)

metadata: setup ##+ renew .zenodo.json and codemeta.json from CITATION.cff
	@$(PROGRAM) pages.metadata

diff: paper ##+ mark what changed since REV=HEAD~1 (needs latexdiff)
	@$(PROGRAM) paperledger diff -- "$(REV)"

new: setup-verify ##+ copy a small paper of your own, ready to build, to DIR=FOLDER
	@$(LIGHT) new $(if $(DIR),"$(DIR)")

# JAX is no part of the paper's environment: it has a lock and a folder of its own.
bench: setup ##+ time the kernel beside its rivals, 10 min: results/bench.json
	@$(EXTRA) bench
	@PYTHONPATH=workflow/scripts "$(BIN)/python" bench/bench.py $(if $(FULL),--scale 1000000) \
	    $(if $(filter-out all,$(CORES)),--cores $(CORES)) $(ARGS)

scaling: setup ##+ renew docs/scaling.md, after make paper bench
	@$(PROGRAM) pages.scaling --measure

architecture: setup ##+ renew the rule graph in docs/architecture.md
	@$(PROGRAM) pages.architecture

schema: setup ##+ renew workflow/schemas/config.schema.yaml from the models
	@PYTHONPATH=workflow/scripts "$(BIN)/python" pages/config_schema.py

aarch64: setup ##+ train a sample on an emulated aarch64 (Debian, root), 10 min
	@checks/aarch64.sh $(ARGS)

conda: setup ##+ install and train what conda leaves to pip; ARGS=python3.13
	@checks/conda.sh $(ARGS)

light: ##+ recheck in a clone, with only what it needs, 2 min
	@checks/light.sh $(ARGS)

container: ##+ build and run the container, no network (Debian, root), 20 min
	@checks/container.sh $(ARGS)

fresh: ##+ make paper, make test on a bare Debian (Debian, root), 40 min
	@checks/fresh.sh $(ARGS)

tables: setup ##+ train on three tables exported from R (Debian, root), 10 min
	@checks/tables.sh $(ARGS)

kills: setup ##+ kill builds at 30 random moments, compare the bytes, 25 min
	@$(PROGRAM) checks.kills $(ARGS)

# Kept inside .venv: a new environment has it no longer.
cluster: setup ##+ add Snakemake's executor for Slurm to .venv
	@$(EXTRA) cluster

# Kept inside .venv, as Slurm's executor is.
mutants: setup ##+ change the code and see whether tests notice, 10 min
	@$(EXTRA) mutants
	@$(PROGRAM) checks.mutants $(ARGS)

slurm: cluster ##+ run the quick study on a Slurm of one node (root), 10 min
	@checks/slurm.sh $(ARGS)

clean: ##+ remove what was generated; .venv stays
	@for folder in results figures; do \
	    if [ -d $$folder ]; then find $$folder -mindepth 1 ! -path $$folder/README.md -delete; fi; done
	@rm -rf build logs paper/generated .snakemake
	@rm -f paper/paper.pdf

# With the extras that are asked for: where a lock leaves one out, pip before 24 takes that package's
# newest version, which has no hash.
lock: ##+ renew every lock, and the files for conda
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	"$${PYTHON:-python3}" -m venv "$$folder" && \
	"$$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9 packaging==25.0 && \
	for name in requirements bench/requirements docs/examples/paper/requirements \
	    profiles/requirements tests/mutation/requirements; do \
	    case $$name in requirements) pins= ;; *) pins='-c requirements.lock' ;; esac; \
	    "$$folder/bin/python" -m uv pip compile --quiet --universal --python-version 3.11 \
	        --generate-hashes --no-strip-extras --no-emit-index-url --fork-strategy fewest \
	        --custom-compile-command 'make lock' -o $$name.lock $(ARGS) $$pins $$name.in || exit 1; done && \
	PYTHONPATH=workflow/scripts "$$folder/bin/python" setup/write_envs.py

# Says nothing, in a fraction of a second, when all is there. The path is asked for, too, as the
# name may be a script that has to look for it. What needs no TensorFlow takes one more Python.
PART = $(filter-out setup,$(subst setup-,,$@))
setup setup-recheck setup-verify:
	@[ "$(BIN)" = "$$PWD/.venv/bin" ] || exit 0; \
	seen=; set -- python3 python3.13 python3.12 python3.11 .venv/bin/python \
	    $(if $(PART),python3.14 .venv-light/bin/python); \
	[ -z "$$PYTHON" ] || set -- "$$PYTHON"; \
	ask='import sys; print("%d.%d %s" % (sys.version_info[:2] + (sys.executable,)))'; \
	for python; do \
	    found=$$("$$python" -ESc "$$ask" 2>/dev/null); \
	    case $${found%% *} in \
	        3.11|3.12|3.13$(if $(PART),|3.14)) exec "$${found#* }" -E setup/bootstrap.py $(PART) ;; \
	        ?*) seen="$$seen $$python is $${found%% *}." ;; \
	    esac; done; \
	echo "error: Python 3.11 to $(if $(PART),3.14,3.13) is needed, but:$${seen:- $$1 does not run.}$(if \
	    $(PART),, TensorFlow has no stable version for 3.14 yet; make recheck needs none.)" \
	    "Install one (Debian, Ubuntu: apt-get install python3 python3-venv; or conda, pyenv)," \
	    "or name it: make PYTHON=/path/to/it" >&2; \
	exit 1
