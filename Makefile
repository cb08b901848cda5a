# All commands of the project. Python 3.11 or newer is all that has to be there before.
STACK ?= dev
PYTHON ?= python3
YES ?=
ARGS ?=
APP ?= polls
PORT ?= 8000
export YES

VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m pocdeploy
PYTEST := $(BIN)/python -m pytest -q
# Stamps are newer than the requirements that they stand for, and vanish with the virtualenv.
RUNTIME := $(VENV)/.installed-runtime
DEVELOPMENT := $(VENV)/.installed-development
# What the stack's kind of cluster needs beside the runtime, if there is a file of requirements for it.
CLUSTER_TYPE := $(shell sed -n 's/^ *type: *\([a-z]*\).*/\1/p' "Pulumi.$(STACK).yaml" 2>/dev/null | head -n 1)
TARGET := $(if $(wildcard requirements-$(CLUSTER_TYPE).txt),$(VENV)/.installed-$(CLUSTER_TYPE))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help up preview down outputs logs targets dev test test-unit test-program test-app test-engine test-apiserver test-monitoring test-moto e2e bench check fix golden clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  STACK=$(STACK)  PYTHON=$(PYTHON)  YES=1 (install and start Docker without asking)  ARGS=... (for Pulumi)"

up: $(RUNTIME) $(TARGET) ## Create or update everything, and print its address
	@$(RUN) up --stack "$(STACK)" $(ARGS)

preview: $(RUNTIME) $(TARGET) ## Show what `make up` would do
	@$(RUN) preview --stack "$(STACK)" $(ARGS)

down: $(RUNTIME) $(TARGET) ## Destroy everything that `make up` created
	@$(RUN) down --stack "$(STACK)" $(ARGS)

outputs: $(RUNTIME) ## Print addresses, names and image (secrets: ARGS=--show-secrets)
	@$(RUN) outputs --stack "$(STACK)" $(ARGS)

logs: $(RUNTIME) ## Follow the log of an application in all its pods (APP=polls, ARGS=--raw)
	@$(RUN) logs --app "$(APP)" --stack "$(STACK)" $(ARGS)

targets: $(RUNTIME) ## Check that Prometheus reaches everything that it is to scrape
	@$(RUN) targets --stack "$(STACK)" $(ARGS)

dev: $(DEVELOPMENT) ## Run the patched application without Docker (APP=polls PORT=8000)
	@$(RUN) dev --app "$(APP)" --port "$(PORT)" $(ARGS)

test: test-unit test-program test-app test-apiserver test-monitoring test-engine ## Run all tests that need neither Docker nor a network

test-unit: $(DEVELOPMENT) ## Test settings, patches, builders and commands
	@$(PYTEST) tests/unit $(ARGS)

test-program: $(DEVELOPMENT) ## Test the whole Pulumi program against a recording engine
	@$(PYTEST) tests/program $(ARGS)

test-app: $(DEVELOPMENT) ## Test the application, before and after patching, on a real PostgreSQL
	@$(PYTEST) tests/app $(ARGS)

test-engine: $(DEVELOPMENT) ## Test the program on the real Pulumi engine, with recording providers (the first time: minutes)
	@$(PYTEST) tests/engine --numprocesses 4 --dist worksteal $(ARGS)

test-apiserver: $(DEVELOPMENT) ## Test every Kubernetes object of the program on a real API server (the first time: minutes)
	@$(PYTEST) tests/apiserver $(ARGS)

test-monitoring: $(DEVELOPMENT) ## Test alerts and dashboards on a real Prometheus (the first time: minutes)
	@$(PYTEST) tests/monitoring $(ARGS)

test-moto: $(DEVELOPMENT) ## Test checks and AWS requests with the AWS CLI against moto (the first time installs both)
	@$(PYTEST) tests/moto $(ARGS)

e2e: $(DEVELOPMENT) ## Walk the whole way on real Docker and Kind, from a clone of the last commit (creates a cluster)
	@POCDEPLOY_E2E=1 $(PYTEST) -s tests/e2e $(ARGS)

bench: $(DEVELOPMENT) ## Measure against references, write docs/benchmarks.md (with Docker it creates a cluster; not: ARGS=--without-kind)
	@$(BIN)/python -m bench $(ARGS)

check: $(DEVELOPMENT) ## Check style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

fix: $(DEVELOPMENT) ## Correct style where that can be done by a program
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

golden: $(DEVELOPMENT) ## Write the expected manifests of the tests anew, to be reviewed with git diff
	@UPDATE_GOLDEN=1 $(PYTEST) tests/unit -k golden $(ARGS)

clean: ## Remove the virtualenv, tools, copies and caches; state and passphrase stay
	rm -rf $(VENV) .pocdeploy/bin .pocdeploy/build .pocdeploy/dev .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (make PYTHON=...), this is " + sys.version)'
	@echo "Installing the requirements into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-%: requirements-%.txt $(RUNTIME)
	@echo "Installing what a stack of the type $* needs"
	@$(PIP) -r $<
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.txt
	@echo "Installing what tests and checks need into $(VENV)"
	@$(PIP) -r requirements-dev.txt
	@touch $@
