# Everything here sets itself up: a machine needs make and Python 3.11 or newer, nothing else.
# `make` alone lists what there is.

VENV := .venv
BIN := $(VENV)/bin
# A name that is found may still not run (pyenv leaves such names), so each candidate is tried.
FIND_PYTHON = for p in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done
PIP := $(BIN)/python -m pip --disable-pip-version-check
UV_VERSION := 0.13.8
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help serve test test-slow check lint types imports format bench schema docs screenshots lock venv clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

serve: $(VENV)/.run ## Start a server with demo calls on http://127.0.0.1:8080
	$(BIN)/calldex serve --demo

test: $(VENV)/.dev ## Run the test suite, all but the slow tests
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow" $(TESTS)

test-slow: $(VENV)/.dev ## Run the slow tests: thousands of deliveries and kills, fuzzing, deadlines
	$(BIN)/python -m pytest -m slow $(TESTS)

check: lint types imports test ## Lint, types, import contract and tests

lint: $(VENV)/.dev ## Ruff's rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.dev ## The import contract between the rooms
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code and apply the safe fixes
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.dev .bench/datasette/.done ## Measure on 100,000 demo calls, beside what else one could use (BENCH="--calls N ...")
	$(BIN)/calldex bench --peers bench/peers --json .bench/results.json --markdown .bench/results.md $(BENCH)

.bench/datasette/.done: bench/peers/datasette-requirements.txt $(VENV)/.python
	$(BIN)/python -m venv --clear .bench/datasette
	.bench/datasette/bin/python -m pip --disable-pip-version-check install --quiet -r bench/peers/datasette-requirements.txt
	@touch $@

schema: $(VENV)/.dev ## Write store/migrations/schema.sql anew after a change of migrations
	$(BIN)/python -m calldex.store.migrations.catalogue

docs: $(VENV)/.dev ## Write the generated pages anew: docs/cli.md, docs/settings.md, PARITY.md
	$(BIN)/python -m calldex.cli.reference docs
	$(BIN)/python -m tools.parity

screenshots: $(VENV)/.dev ## Take the pictures of the explorer in docs/screenshots anew (needs a Chromium)
	$(BIN)/python -m tools.screenshots docs/screenshots

lock: $(VENV)/.dev ## Resolve the dependencies anew into the two lock files
	$(PIP) install --quiet uv==$(UV_VERSION)
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate pyproject.toml --group build --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate pyproject.toml --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock

venv: $(VENV)/.dev ## Only set up .venv

clean: ## Remove .venv and the caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/.python:
	@python="$$($(FIND_PYTHON))"; \
	if [ -z "$$python" ]; then \
		echo "Calldex needs Python 3.11 or newer with its venv module; none was found on the PATH (set PYTHON=/path/to/python)." >&2; exit 1; fi; \
	"$$python" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.run: requirements.lock pyproject.toml $(VENV)/.python
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml $(VENV)/.python $(VENV)/.run
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
