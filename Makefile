# The table of contents. `make` lists the targets; each puts in place what it needs (tools/setup) and then does one thing.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
STEP := tools/step
MEMBERS := $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml))
PYTEST := $(BIN)/python -m pytest
NPM := env PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix services/web

.PHONY: help
help: ## this list
	@echo "StellarMap: who created this Stellar account, back to genesis; what did it create"
	@echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1~\2/p' $(MAKEFILE_LIST) | awk -F'~' '{ printf "%-14s %s\n", $$1, $$2 }'

.PHONY: run
run: ## start everything in one process, with a sandbox network: http://127.0.0.1:8400
	@tools/setup run
	@exec $(BIN)/stellarmap up

.PHONY: cluster
cluster: ## the same on Apache Kafka and Cassandra, each service a process; needs a JDK 17 and Maven, no containers
	@tools/setup cluster
	@exec $(BIN)/python -m tests.support.cluster_up

.PHONY: test
test: ## every test but benchmarks and soak, and those of the web UI, in a browser too
	@tools/setup test
	@$(STEP) "Unit tests of the web UI" $(NPM) test
	@$(PYTEST) -n 2 --dist loadfile  # most of them wait for a server most of the time: more would disturb what they time

.PHONY: check
check: ## format, lint, types, import contracts, dependencies, shape, unit tests
	@tools/setup check
	@$(MAKE) format-check lint types contracts dependencies web-check unit

.PHONY: emulator
emulator: ## optional: our SQL on bqemulator, in an environment of its own below .cache
	@tools/setup test
	@tools/emulator $(PYTEST) tests/contract/sql/test_emulator.py

.PHONY: bench
bench: ## the benchmarks and their bars
	@tools/setup test
	@$(PYTEST) -m bench tests/bench

.PHONY: soak
soak: ## simulation and fault tests at full size (hours); STELLARMAP_FAULT_SEED=… plays a run again
	@seed="$${STELLARMAP_FAULT_SEED:-$$(date +%s)}"; \
	echo "The seed of this run: STELLARMAP_FAULT_SEED=$$seed"; \
	tools/setup test; \
	STELLARMAP_FAULT_SEED=$$seed $(PYTEST) -v -s -m soak

.PHONY: pictures
pictures: ## make the pictures anew that docs show and tests compare; look at them before you commit them
	@tools/setup test
	@$(STEP) "Pictures of the user guide" $(BIN)/python -m tests.support.guide
	@$(STEP) "Pictures of the account page" env STELLARMAP_PICTURES_ANEW=1 $(PYTEST) tests/e2e/test_account_states.py

.PHONY: web
web: ## build the web UI, if its sources changed
	@tools/setup web

.PHONY: format
format: ## write Python as ruff formats it
	@tools/setup check
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

.PHONY: lock
lock: ## choose the newest allowed version of every Python package, and write the locks
	@tools/setup check
	@tools/lock

.PHONY: ci
ci: ## what continuous integration runs
	@bash .ci/run

.PHONY: clean
clean: ## remove all that was installed or built; .data, your installation's own, stays
	@rm -rf .venv .cache .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache uv.lock
	@rm -rf services/web/node_modules services/web/dist test-results playwright-report
	@find libs services tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The parts of `make check`, in the order of how fast they say no.
.PHONY: format-check lint types contracts dependencies web-check unit
format-check:
	@$(STEP) "Format" $(BIN)/ruff format --check
lint:
	@$(STEP) "Lint" $(BIN)/ruff check
types:
	@$(STEP) "Types" $(BIN)/mypy
contracts:
	@$(STEP) "Import contracts" $(BIN)/lint-imports
dependencies:
	@$(STEP) "Dependencies of each member" tools/dependencies $(MEMBERS)
web-check:
	@$(STEP) "Lint and types of the web UI" $(NPM) run check
unit:
	@$(STEP) "Shape and unit tests" $(PYTEST) -q tests/architecture tests/unit
