# `make help` lists what there is. Everything runs from .venv, built from the lock files.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) bootstrap.py runtime

$(VENV)/.dev: requirements-dev.lock pyproject.toml
	@$(PYTHON) bootstrap.py dev

demo: $(VENV)/.runtime ## everything on this machine: database, queue, service, pretend phones
	@exec $(BIN)/sms-service demo

test: $(VENV)/.dev ## the tests, against a real PostgreSQL and Valkey
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev ## format, lint, types, imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

transcripts: $(VENV)/.dev ## play the golden conversations again and write what follows now; then read them
	@$(BIN)/sms-service flow rewrite tests/flows/transcripts

bench: $(VENV)/.dev ## how fast it is, as ratios in one run
	@$(BIN)/python -m bench

simulate: $(VENV)/.dev ## two months of ten thousand people in forty time zones: every text once, at its minute
	@$(BIN)/python -m bench.simulate

torture: $(VENV)/.dev ## kill -9 everything 200 times, then count: is any text lost, missing or there twice?
	@$(BIN)/python -m bench.torture

lock: $(VENV)/.dev ## write the lock files anew from pyproject.toml
	@$(BIN)/python bootstrap.py lock

.PHONY: help demo test check transcripts bench simulate torture lock
