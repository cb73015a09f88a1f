# Everything here needs only make and Python 3.11 or newer: `make run` and `make test` install the rest,
# at the versions and hashes of requirements.lock, into .venv.

PROJECT ?= data/complete_journey
# PYTHON=...      the Python that .venv is made with; otherwise the first of these that is 3.11 or newer
PYTHONS := python3.13 python3.12 python3.11 python3
# UV=...          the uv that writes the lock file
UV ?= $(if $(wildcard .venv/bin/uv),.venv/bin/uv,uv)
# LOCK_FLAGS=...  e.g. --upgrade, or --upgrade-package NAME; otherwise versions that still fit stay
LOCK_FLAGS ?=
# ON_SPARK=...    the tests that make test-spark runs: those of every stage
ON_SPARK ?= $(addprefix tests/unit/,collect clean quality identity ledgers features forecasts models schemes segments drift publish)
# ARGS=...        passed on, e.g. make test ARGS='-k rfm -x'
ARGS ?=

BIN := .venv/bin
PYTEST := $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder
# The lock file is complete, so pip need not resolve anything; `pip check` tells if it is not.
PIP_INSTALL := $(BIN)/python -m pip install -qq --progress-bar off --no-deps
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1
export PIP_ROOT_USER_ACTION = ignore

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run ui test test-slow test-spark spark lint bench rivals docs charts tone lock clean

help: ## show this list
	@echo "make TARGET [PROJECT=$(PROJECT)]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' Makefile

run: .venv/.installed ## run the pipeline on PROJECT, up to its newest period
	$(BIN)/segments run --project $(PROJECT) $(ARGS)

ui: .venv/.installed ## open the Dagster pages of PROJECT
	$(BIN)/segments ui --project $(PROJECT) $(ARGS)

test: .venv/.installed ## run the tests, but for those marked slow
	$(PYTEST) -m "not slow" $(ARGS)

test-slow: .venv/.installed ## run the tests marked slow: whole companies, killed processes, both engines
	$(PYTEST) -m slow $(ARGS)

test-spark: .venv/.installed ## run the tests of every stage on Spark alone (make spark first; takes long)
	$(BIN)/pytest --engine spark $(ON_SPARK) $(ARGS)

spark: .venv/.installed ## install what tests need to run on Spark too (Java 17 comes from your system)
	@$(PIP_INSTALL) --require-hashes --only-binary grpcio,zstandard --requirement requirements-spark.lock

lint: .venv/.installed ## check style, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check --output-format concise
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: .venv/.installed ## measure speed and memory
	$(BIN)/python -m tests.benchmarks $(ARGS)

rivals: .venv-rivals/.installed ## install what the benchmark of that name compares with, apart from the rest

docs: .venv/.installed ## write docs/data_dictionary.md and docs/entities.md anew
	$(BIN)/segments docs $(ARGS)

charts: .venv/.installed ## take the chart library of the report from the installed vl-convert
	$(BIN)/python -m tests.charting

tone: .venv/.installed ## fit the models of the tone of texts anew, from the corpora in two locked sdists
	$(BIN)/python -m pip download --quiet --no-deps --no-binary :all: --no-build-isolation --require-hashes \
		--dest .venv/tone --requirement requirements-tone.lock
	$(BIN)/python -m tests.tone .venv/tone

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--no-strip-extras --generate-hashes --no-header $(LOCK_FLAGS)
LOCKS := requirements.lock requirements-spark.lock requirements-rivals.lock

lock: ## write the lock files anew from pyproject.toml
	$(COMPILE) pyproject.toml --extra examples --extra dev --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra spark --constraint requirements.lock --output-file .spark.lock
	$(BIN)/python -m tests.locking requirements.lock .spark.lock requirements-spark.lock
	$(COMPILE) --group rivals --no-annotate --output-file requirements-rivals.lock
	@! grep -nE '://|^ *--(index|extra|find|trusted)' $(LOCKS) \
		|| { echo "a lock file names a place to download from: nobody else may have it" >&2; exit 1; }

clean: ## remove .venv and what tools leave behind (never a lake)
	rm -rf .venv .venv-rivals .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name .git -prune -o -path ./data -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is taken away first and put back last, so an install that was cut short begins afresh.
.venv/.installed: requirements.lock pyproject.toml
	@if [ ! -e $@ ]; then \
		for python in $(or $(PYTHON),$(PYTHONS)) none; do \
			"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
		done; \
		if [ "$$python" = none ]; then \
			echo "Python 3.11 or newer is needed; tried: $(or $(PYTHON),$(PYTHONS))." >&2; \
			echo "Install one, or name it: make PYTHON=/path/to/python3 ..." >&2; \
			exit 1; \
		fi; \
		echo "Making .venv with $$("$$python" --version)"; \
		"$$python" -m venv --clear .venv; \
	fi
	@rm -f $@
	@echo "Installing the packages of requirements.lock (a minute or two the first time)"
	@$(PIP_INSTALL) --require-hashes --only-binary :all: --requirement requirements.lock
	@$(PIP_INSTALL) --no-build-isolation --editable .
	@$(BIN)/python -m pip check
	@touch $@

.venv-rivals/.installed: requirements-rivals.lock | .venv/.installed
	@$(BIN)/python -m venv --clear .venv-rivals
	@echo "Installing the packages of requirements-rivals.lock (2.3 GB)"
	@.venv-rivals/bin/python -m pip install -qq --progress-bar off --no-deps --require-hashes --only-binary :all: \
		--requirement requirements-rivals.lock
	@.venv-rivals/bin/python -m pip check
	@touch $@
