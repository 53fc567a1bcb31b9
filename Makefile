# What people and CI run. Each target sets up what it needs; ARGS="..." is passed on.
PYTHON ?= python3
MACHINE_PATH := $(PATH)
export VIRTUAL_ENV := $(CURDIR)/.venv
export PATH := $(VIRTUAL_ENV)/bin:$(CURDIR)/.tools/bin:$(PATH)
# Empty: where it is set, every process compiles all that it imports, which doubles its start.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-clean test check judges parity bench clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

setup: .venv/complete ## Make .venv, get the Pulumi engine and the other tools
	@.venv/bin/python -m tools setup

demo: setup ## Rehearse a whole transfer against the emulator
	@.venv/bin/acr-transfer demo $(ARGS)

demo-clean: .venv/complete ## Stop the rehearsal's emulator and remove its state
	@.venv/bin/acr-transfer demo --clean

test: .venv/complete ## Run all tests
	@.venv/bin/python -m tools tests
	@.venv/bin/python -m pytest $(ARGS)

check: .venv/complete ## Check format, lint and types
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy

judges: setup ## Judge it all by programs of others, the Azure CLI and Checkov among them (1 GB)
	@.venv/bin/python -m tools judges
	@.venv/bin/python -m judges $(ARGS)

parity: .venv/complete ## Record the shapes of a cloud's answers; makes and deletes resources there
	@.venv/bin/python -m judges.parity build/parity.json $(ARGS)

bench: setup ## Run the benchmarks
	@.venv/bin/python -m benchmarks $(ARGS)

clean: ## Remove everything that make has made here; the shared cache stays
	@if [ -x .venv/bin/acr-transfer ]; then .venv/bin/acr-transfer demo --clean; fi
	rm -rf .venv .tools .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info build

# Touched last, so an interrupted installation is begun anew.
.venv/complete: $(wildcard requirements*.txt */requirements.txt) constraints.txt pyproject.toml
	@PATH="$(MACHINE_PATH)" $(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
		"Python %d.%d is too old: acr-transfer needs 3.11 or newer. " % sys.version_info[:2] \
		+ "Run: make $(MAKECMDGOALS) PYTHON=python3.11")'
	@echo "python: installing packages into .venv (about 50 s)"
	@if [ ! -e $@ ]; then PATH="$(MACHINE_PATH)" $(PYTHON) -m venv --clear .venv; fi
	@# Compiled by the import below: most modules of azure-native are never imported. Halves the
	@# time and the size.
	@.venv/bin/pip install --quiet --no-compile -c constraints.txt -r requirements-dev.txt
	@.venv/bin/python -c "import components.host, emulator.app, transfer.wiring"
	@.venv/bin/python -m tools command
	@touch $@
