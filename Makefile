# The front door. Every target makes .venv/ first if it is missing or older than requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# tests that share a fixture stay in one process (tests/conftest.py); a London and its build need a GB each
PARALLEL := -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help build test test-long docs lint bench accuracy published lock clean

help: ## List what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

build: $(READY) ## The whole refresh: load what is new, run the models, write exports and the docs site
	@$(BIN)/liia build

test: $(READY) ## Every check a change must pass (15 minutes at most)
	@$(BIN)/python -m pytest $(PARALLEL) -m "not long" --cov --cov-report=term

test-long: $(READY) ## The same with more kills, more mutations and full scale
	@$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term

docs: $(READY) ## The docs site alone, from the warehouse as it is
	@$(BIN)/liia docs

lint: $(READY) ## sqlfluff, ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && \
	  $(BIN)/sqlfluff lint --processes 2 models macros publishers tests/generic tests/singular analyses

bench: $(READY) ## Measure speed and memory against the floors, into docs/benchmarks.md
	@$(BIN)/python -m benchmarks

accuracy: $(READY) ## How right spells and persons are, by kind of planted error, into docs/longitudinal-accuracy.md
	@$(BIN)/python -m benchmarks.accuracy

published: $(READY) ## Our measures of a London at full scale beside the published figures, into docs/published-comparison.md
	@$(BIN)/python -m benchmarks.published

lock: $(READY) ## Make requirements.lock anew from pyproject.toml (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate \
	  --extra develop --quiet pyproject.toml -o requirements.lock

clean: ## Remove the virtual environment and caches; never the data
	@rm -rf .venv target logs .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "liia-warehouse needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make build PYTHON=python3.12"; exit 3; }
	@echo "Installing into .venv (once)"
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing (on Debian: the package python3-venv)."; exit 3; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
