# The main targets are `check` and `test`. They need Python 3.11 or newer; everything is installed into `.venv`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

MINUTES ?= 5
# Modules stay compiled: the tests start hundreds of processes that import them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: check test test-all pairs scripts fuzz mutants lint record diagrams bench lock clean

check: $(VENV)/.runtime  ## check every property in every reachable state
	$(BIN)/backup-slr check
	$(BIN)/backup-slr check --regions 1 --vaults 3 --property default_vault_first_ends_without_role

test: $(VENV)/.dev  ## the tests of everyday work; skipped ones are listed with their reasons
	$(BIN)/python -m pytest -q -rs -n auto --dist worksteal -m "not slow"

test-all: $(VENV)/.dev  ## all tests, with slow external checks and large doses
	$(BIN)/python -m pytest -q -rs -n auto --dist worksteal -m "not pairs"

pairs: $(VENV)/.dev  ## the laws of extensions for every pair and every three of them
	$(BIN)/python -m pytest -q -n auto --dist worksteal -m pairs tests/lifecycle

scripts: $(VENV)/.dev  ## the clean-up scripts of the gallery and of plans, those in bash too; needs the AWS CLI
	BASH_SCRIPTS=1 $(BIN)/python -m pytest -q -n auto --dist worksteal tests/script_check

fuzz: $(VENV)/.dev  ## try random cases of every kind for MINUTES minutes, each against an independent oracle
	PYTHONPATH=tests $(BIN)/python -m fuzz --minutes $(MINUTES)

mutants: $(VENV)/.dev  ## compare the kills of all mutants, also of the extensions, with the record; takes some minutes
	$(BIN)/python tests/mutants.py

lint: $(VENV)/.dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

record: $(VENV)/.dev  ## update the golden files: traces of scenarios, outcomes of rules, killed mutants
	$(BIN)/backup-slr simulate --quiet --record simulations
	$(BIN)/python tests/lifecycle/test_outcomes.py --record
	PYTHONPATH=tests $(BIN)/python tests/endpoint/test_probes.py --record
	$(BIN)/python tests/mutants.py --record

diagrams: $(VENV)/.dev  ## regenerate the gallery
	$(BIN)/backup-slr diagram --all

bench: $(VENV)/.dev  ## measure steps, states per second, start-up, the check, and our engines next to Spin
	$(BIN)/python tests/benchmarks/bench.py
	$(BIN)/python tests/benchmarks/engines.py
	$(BIN)/python tests/benchmarks/bench_runbooks.py
	$(BIN)/python tests/benchmarks/bench_endpoint.py

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

LOCKED := --quiet --strip-extras --generate-hashes --no-header --no-emit-index-url --no-emit-trusted-host \
  --no-emit-find-links --allow-unsafe --all-build-deps
lock:  ## resolve the dependencies again; needs pip-tools
	$(BIN)/pip-compile $(LOCKED) -o requirements.lock pyproject.toml
	$(BIN)/pip-compile $(LOCKED) --extra aws --extra dask --extra plots --extra png --extra serve --extra testing --extra dev -c requirements.lock \
	  -o requirements-dev.lock pyproject.toml
	for client in aioboto3 ansible aws-cli custodian; do \
	  $(BIN)/pip-compile $(filter-out --all-build-deps,$(LOCKED)) --no-annotate \
	    -o tests/judges/clients/$$client.txt tests/judges/clients/$$client.in; \
	done

clean:
	rm -rf $(VENV) .pytest_cache .hypothesis .ruff_cache .benchmarks
	find model tests -name __pycache__ -prune -exec rm -rf {} +
