# One word a verb. `make` lists them.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# A worker for each core and one more (tests/conftest.py). More than four would only make whole houses wait for one another.
AT_ONCE := -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder
# A share of the examples that `make test` tries.
GATE := $(BIN)/pytest -q --hypothesis-profile gate
# The programs that tests start, some hundreds, would each compile all of Matinee again.
unexport PYTHONDONTWRITEBYTECODE
# Output of parallel checks in one piece each, where this make can (GNU make 4).
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),-O)

.DEFAULT_GOAL := help
.PHONY: help up test test-slow check sim fleet-sim fleet crash bench bless docs lock new-domain api web clean \
	environment check-format check-lint check-types check-imports check-unit check-lower check-upper

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-12s %s\n", $$1, $$2}'

up: ## run the whole house here (ARGS="--port 9000"); the first time installs everything into .venv
	@$(PYTHON) tools/environment.py run
	@exec $(BIN)/matinee up $(ARGS)

test: environment ## every test this machine can run; says what it left out (ARGS="-k play")
	@$(PYTHON) tools/programs.py
	@$(BIN)/python tools/build_web.py run check
	@$(BIN)/python tools/build_web.py test
	@$(BIN)/pytest -m "not slow" $(AT_ONCE) $(ARGS)

test-split: environment ## the journeys and the system's tests once more, on a house of many processes
	@MATINEE_TEST_SPLIT=1 $(BIN)/pytest -m "not slow" tests/journeys tests/system $(ARGS)

test-slow: environment ## the tests that take minutes each
	@$(BIN)/pytest -m slow $(ARGS)

check: environment ## the gate: format, lint, types, imports, tidy, unit; under 90 seconds
	@$(MAKE) --no-print-directory -j2 -k $(TOGETHER) check-types check-format check-lint check-imports check-upper check-lower

sim: environment ## whole houses in simulated time: 50 seeds with 200 viewers, or one (SEED=7 ARGS="--viewers 20")
	@$(BIN)/matinee simulate --keep tests/sim/kept $(if $(SEED),--seed "$(SEED)",--seeds 50) --viewers 200 $(ARGS)

fleet-sim: environment ## 1,000 appliances for 72 hours in simulated time, by steering's models (SEED=2 ARGS="--hours 24")
	@$(BIN)/matinee simulate --keep tests/sim/kept --fleet 1000 --seed "$(or $(SEED),1)" $(ARGS)

fleet: environment ## a fleet in network namespaces, a Chromium, and who serves it killed in turn; needs root (ARGS="-m 'not slow'")
	@$(BIN)/pytest tests/network/test_fleet.py $(ARGS)

crash: environment ## kill -9 of every process of a real house, under load (ARGS="--kills 100 --one")
	@$(BIN)/matinee bench crashes $(ARGS)

bench: environment ## measure this build on this machine (ARGS="start --json"; without, it lists them)
	@$(BIN)/matinee bench $(ARGS)

bless: environment ## re-record schemas, vectors and golden manifests; review the diff
	@$(BIN)/python -m tools.schemas
	@$(BIN)/python -m tools.vectors
	@MATINEE_BLESS=1 $(BIN)/pytest -q tests/golden

docs: environment ## check every link and run every example in the docs
	@$(BIN)/pytest -q tests/tidy/test_docs.py

lock: ## pin requirements/*.in again, with hashes (ARGS="--upgrade")
	@$(PYTHON) tools/lock.py $(ARGS)

new-domain: environment ## write a new domain's rooms (NAME=gifts PLANE=control)
	@$(BIN)/python -m tools.new_domain "$(NAME)" --plane "$(or $(PLANE),control)"

api: environment ## write the API's description and the client's types again, from the code
	@$(BIN)/python -m tools.openapi
	@$(BIN)/python tools/build_web.py run api

web: environment ## build the web client
	@$(BIN)/python tools/build_web.py

clean: ## remove what can be made again; your films and members stay
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist test-output \
		src/matinee/web web/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@$(PYTHON) tools/environment.py test

check-format:
	@$(BIN)/ruff format --check -q . && echo "format: good"
check-lint:
	@$(BIN)/ruff check -q . && echo "lint: good"
check-types:
	@$(BIN)/mypy
check-imports:
	@$(BIN)/lint-imports
check-unit: environment ## tidy, units, golden files and one simulated house; under ten seconds
	@$(MAKE) --no-print-directory -j2 -k $(TOGETHER) check-upper check-lower
# Side by side and not by workers of one pytest, each of which would import everything before its first test.
check-lower:
	@$(GATE) tests/unit --ignore tests/unit/upper_floors
check-upper:
	@$(GATE) tests/unit/upper_floors tests/tidy tests/golden "tests/sim/test_seeds.py::test_the_promises_hold_in_any_weather[brief]"
