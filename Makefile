# Everything runs from .venv/bin; nothing needs to be activated. `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
AUDIT := target/audit-venv
AUDIT_STAMP := $(AUDIT)/.installed
PORT ?= 3000
# processes of pytest; each build of a company takes about one core and 1 GB
WORKERS ?= 2
# companies of 2,000 customers that the calibration draws
SETS ?= 100
# companies of 2,000 customers whose patterns are held against the truth
COMPANIES ?= 20
# companies whose plays are held against the truth
SEEDS ?= 20
SEGMENTS_HOME ?= $(CURDIR)/data

export SEGMENTS_HOME
export DO_NOT_TRACK = 1
export DBT_SEND_ANONYMOUS_USAGE_STATS = false
export GX_ANALYTICS_ENABLED = false
# thousands of small systems of equations: more threads only wait for one another
export OPENBLAS_NUM_THREADS = 1

# Checks work on folders of their own, never on the data of the user.
SCRATCH := $(CURDIR)/target/scratch

DBT := $(BIN)/dbt --no-use-colors --log-level-file none
DBT_DIRS := --project-dir . --profiles-dir .

.DEFAULT_GOAL := help
.PHONY: help setup demo test checks unit scenarios lint format dev docs bench calibration patterns plays audit clean

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP)  ## Make .venv with every dependency at its locked version

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 14) else "Python 3.11 to 3.13 is needed: make PYTHON=python3.11 setup")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(STAMP)  ## Make up a company and show its play list
	$(BIN)/segments demo

# lint and the dbt unit tests use one core each, so they run side by side; pytest does not wait for the slower lint.
test: $(STAMP)  ## Everything that must be green: lint, dbt unit tests, pytest
	$(MAKE) --no-print-directory -j2 lint checks

checks: unit  ## dbt unit tests, then pytest
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not long"

unit: $(STAMP)  ## dbt unit tests
	# they read the columns of real tables, so a small company is built first
	rm -rf $(SCRATCH)/unit
	SEGMENTS_HOME=$(SCRATCH)/unit $(BIN)/segments demo --customers 60
	SEGMENTS_HOME=$(SCRATCH)/unit $(DBT) --quiet test $(DBT_DIRS) --target-path $(SCRATCH)/unit/dbt --select test_type:unit

scenarios: $(STAMP)  ## Every end-to-end company, the long ones too
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests/warehouse

lint: export SEGMENTS_HOME = $(SCRATCH)/lint
lint: $(STAMP)  ## ruff, mypy, dbt parse, sqlfluff
	mkdir -p $(SCRATCH)/lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(DBT) --quiet parse $(DBT_DIRS)
	$(BIN)/sqlfluff lint --disable-progress-bar models tests/dbt

format: $(STAMP)  ## Put Python files in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dev: $(STAMP)  ## Dagster UI on this machine only
	$(BIN)/segments prepare
	DAGSTER_HOME=$(SEGMENTS_HOME)/dagster $(BIN)/dagster dev -m orchestration.definitions -h 127.0.0.1 -p $(PORT)

docs: $(STAMP)  ## dbt documentation as one offline page in data/site/docs
	$(DBT) docs generate $(DBT_DIRS) --static
	mkdir -p $(SEGMENTS_HOME)/site/docs
	cp target/static_index.html $(SEGMENTS_HOME)/site/docs/index.html

bench: $(STAMP)  ## What a company ten times as large costs, as ratios
	$(BIN)/python -m tests.warehouse.bench.build_growth
	$(BIN)/python -m tests.warehouse.bench.posterior_cost
	$(BIN)/python -m tests.warehouse.bench.segment_marts
	$(BIN)/python -m tests.warehouse.bench.opportunity_draws

calibration: $(STAMP)  ## Posteriors against companies of known truth, one table; SETS=20 for a quick look
	$(BIN)/python -m tests.calibration $(SETS)

patterns: $(STAMP)  ## Patterns of the segment marts against companies of known truth; COMPANIES=5 for a quick look
	$(BIN)/python -m tests.patterns $(COMPANIES)

plays: $(STAMP)  ## What plays bring in companies of known truth; SEEDS=5 for a quick look
	$(BIN)/python -m tests.plays $(SEEDS)

# PyMC and its compiler are no part of the product; they get an environment of their own.
audit: $(AUDIT_STAMP)  ## The churn hazard once more in PyMC, compared with ours; installs 700 MB once
	PYTHONPATH=$(CURDIR) $(AUDIT)/bin/python -W ignore::FutureWarning -m tests.audit.hazard

$(AUDIT_STAMP): requirements-audit.lock
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-audit.lock
	touch $@

clean:  ## Remove build products; keeps data/ and .venv
	rm -rf target logs .mypy_cache .pytest_cache .ruff_cache build *.egg-info
	find orchestration expectations reports tests -name __pycache__ -type d -prune -exec rm -rf {} +
