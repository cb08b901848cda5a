# All commands of the project. Python 3.11 or newer is all that has to be there before.
STACK ?= dev
PYTHON ?= python3
YES ?=
ARGS ?=
APP ?= polls
PORT ?= 8000
# What the commands read from the environment, however it is given to make.
PR ?=
COMMIT ?=
IMAGE ?=
REPOSITORY ?=
TTL ?= 72
BUMP ?= minor
export YES PR COMMIT IMAGE REPOSITORY TTL BUMP

VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m pocdeploy
PYTEST := $(BIN)/python -m pytest -q
# The layers of `make test`, the longest first, then those that wait most. JOBS of them run at once, each one's output in one piece when it has ended.
LAYERS := test-engine test-app test-monitoring test-apiserver test-unit test-program
JOBS ?= 2
# Tests of the real engine at once: they wait now and then, so one more than there are processors, and not more than help.
ENGINES := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ "$$n" -lt 6 ] && echo $$((n + 1)) || echo 6)
SIDE_BY_SIDE := $(if $(filter output-sync,$(.FEATURES)),--jobs=$(JOBS) --output-sync=target)
# Stamps are newer than the requirements that they stand for, and vanish with the virtualenv.
RUNTIME := $(VENV)/.installed-runtime
SERVE := $(VENV)/.installed-serve
DEVELOPMENT := $(VENV)/.installed-dev
# What the stack's kind of cluster needs beside the runtime, if there is a file of requirements for it.
CLUSTER_TYPE := $(shell sed -n 's/^ *type: *\([a-z]*\).*/\1/p' "Pulumi.$(STACK).yaml" 2>/dev/null | head -n 1)
TARGET := $(if $(wildcard requirements-$(CLUSTER_TYPE).txt),$(VENV)/.installed-$(CLUSTER_TYPE))
# The policy pack, and what only CI needs, have virtualenvs of their own: their pins do not fit to the program's.
POLICIES := .pocdeploy/policies/.installed
RELEASE := .pocdeploy/release/.installed
PREVIEW := .pocdeploy/preview-$(STACK).jsonl
# Each after those whose versions it takes over (-r and -c in its .in file).
LOCKS := requirements requirements-serve requirements-eks requirements-dev requirements-release policies/requirements tests/moto/requirements

# One layer of tests, and how long it took.
define layer
@echo "== $@"; began=$$(date +%s); $(PYTEST) $(1) $(ARGS); code=$$?; \
  echo "== $@: $$(($$(date +%s) - began)) s$$([ $$code -eq 0 ] || echo ', FAILED')"; exit $$code
endef

# Install a lock file into a virtualenv.
define install
@echo "Installing $(2) into $(1)"
@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(2)
@touch $@
endef

.DEFAULT_GOAL := help
.PHONY: help up preview down outputs logs targets explain dev doctor validate resume pause wake \
  test test-unit test-program test-app test-engine test-apiserver test-monitoring test-moto e2e faults bench check fix golden clean \
  stacks seed drift policies preview-json pr-comment preview-comment image image-check use-image deploy env-up env-down sweep \
  kubeconfig registry-login lint-workflows audit sbom release lock

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  STACK=$(STACK)  PYTHON=$(PYTHON)  YES=1 (start Docker without asking)  ARGS=... (for Pulumi)"

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

explain: $(RUNTIME) ## Say why something does not run: state, log, events, probable cause (ARGS=--markdown)
	@$(RUN) explain --stack "$(STACK)" $(ARGS)

targets: $(RUNTIME) ## Check that Prometheus reaches everything that it is to scrape
	@$(RUN) targets --stack "$(STACK)" $(ARGS)

stacks: $(RUNTIME) ## List the stacks: state, address, age, memory
	@$(RUN) stacks

seed: $(RUNTIME) ## Add example data to the running applications, again as often as you like
	@$(RUN) seed --stack "$(STACK)"

drift: $(RUNTIME) $(TARGET) ## Compare the state with what is there; ends with an error if something else changed it
	@$(RUN) use-image --stack "$(STACK)" --app "$(APP)" --current
	@$(RUN) preview --stack "$(STACK)" --refresh --expect-no-changes $(ARGS)

policies: $(POLICIES) ## Install the policy pack: make preview ARGS="--policy-pack policies"

preview-json: $(RUNTIME) $(TARGET) $(POLICIES) ## Write the preview, policies included, into .pocdeploy/preview-<stack>.jsonl
	@$(RUN) use-image --stack "$(STACK)" --app "$(APP)" --current
	@PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true $(RUN) --quiet preview --stack "$(STACK)" --json --policy-pack policies $(ARGS) > $(PREVIEW) || true
	@test -s $(PREVIEW)

pr-comment: $(RUNTIME) ## Make the comment of that preview (on the pull request: PR=number ARGS="--to github")
	@$(RUN) pr-comment "$(PREVIEW)" --stack "$(STACK)" $(ARGS)

preview-comment: $(RUNTIME) ## Preview, put the comment onto pull request PR, and fail if the preview did
	@$(MAKE) --no-print-directory preview-json ARGS=
	@$(RUN) pr-comment "$(PREVIEW)" --stack "$(STACK)" --to "$(or $(FORGE),github)" --strict

image: $(RUNTIME) ## Build and push the image of this commit, labelled, with provenance and SBOM (REPOSITORY=ghcr.io/owner/polls)
	@$(RUN) image --stack "$(STACK)" --app "$(APP)" $(ARGS)

image-check: $(RUNTIME) ## Build the image of this commit and push nothing
	@REPOSITORY=localhost/$(APP) $(RUN) image --stack "$(STACK)" --app "$(APP)" --no-push $(ARGS)

use-image: $(RUNTIME) ## Let the stack run an image that was built before (IMAGE=name@sha256:...)
	@$(RUN) use-image --stack "$(STACK)" --app "$(APP)"

deploy: $(RUNTIME) $(TARGET) ## Roll out IMAGE=name@sha256:... (migrate, smoke check, taken back if it fails), then look at it from outside
	@$(RUN) use-image --stack "$(STACK)" --app "$(APP)"
	@$(RUN) up --stack "$(STACK)" $(ARGS)
	@$(RUN) validate --stack "$(STACK)"

env-up: $(RUNTIME) $(TARGET) ## Bring up the environment of a pull request, seed it, and say so there (STACK=pr-5 PR=5)
	@{ $(RUN) up --stack "$(STACK)" $(ARGS) && $(RUN) seed --stack "$(STACK)" --optional; } || \
	  { $(RUN) env-comment --stack "$(STACK)" --failed --to-github; exit 1; }
	@$(RUN) --json validate --stack "$(STACK)" > .pocdeploy/validate-$(STACK).json || true
	@$(RUN) env-comment .pocdeploy/validate-$(STACK).json --stack "$(STACK)" --to-github --strict

env-down: $(RUNTIME) $(TARGET) ## Remove the environment of a pull request, and say so there (STACK=pr-5 PR=5)
	@$(RUN) down --stack "$(STACK)" $(ARGS)
	@$(RUN) env-comment --stack "$(STACK)" --removed --to-github

sweep: $(RUNTIME) ## Say which environments of pull requests nobody needs; remove them with ARGS=--remove (TTL=72 hours)
	@$(RUN) sweep $(ARGS)

kubeconfig: ## Write KUBECONFIG_CONTENT from the environment into .pocdeploy/kubeconfig, for a stack whose cluster exists
	@: "$${KUBECONFIG_CONTENT:?is not set}"
	@mkdir -p .pocdeploy && rm -f .pocdeploy/kubeconfig
	@umask 077 && printenv KUBECONFIG_CONTENT > .pocdeploy/kubeconfig

registry-login: ## Log Docker in (REGISTRY, REGISTRY_USER, REGISTRY_PASSWORD from the environment)
	@: "$${REGISTRY:?is not set}" "$${REGISTRY_USER:?is not set}" "$${REGISTRY_PASSWORD:?is not set}"
	@printenv REGISTRY_PASSWORD | docker login "$$REGISTRY" --username "$$REGISTRY_USER" --password-stdin

audit: $(RELEASE) ## Look for known vulnerabilities in what is installed and in what the application installs
	@.pocdeploy/release/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt
	@.pocdeploy/release/bin/pip-audit --strict --requirement "app/$(APP)/requirements.txt"

sbom: $(RELEASE) ## Write the packages of the application as CycloneDX into .pocdeploy/sbom-<app>.json
	@.pocdeploy/release/bin/cyclonedx-py requirements "app/$(APP)/requirements.txt" --output-reproducible --output-file ".pocdeploy/sbom-$(APP).json"

release: $(DEVELOPMENT) ## Make a release: version, CHANGELOG.md, commit, tag (BUMP=major|minor|patch)
	@$(RUN) release $(ARGS)

lock: $(RELEASE) ## Compile requirements*.in into requirements*.txt; keeps versions (newer: ARGS=--upgrade)
	@for name in $(LOCKS); do \
	  (cd "$$(dirname "$$name")" && name=$$(basename "$$name") && "$(CURDIR)/.pocdeploy/release/bin/uv" pip compile --quiet \
	    --universal --python-version=3.11 --generate-hashes $(ARGS) --output-file="$$name.txt" "$$name.in") || exit 1; \
	done

dev: $(SERVE) ## Run the patched application without Docker (APP=polls PORT=8000)
	@$(RUN) dev --app "$(APP)" --port "$(PORT)" $(ARGS)

doctor: $(RUNTIME) ## Check this machine: tools, Docker, memory, ports, what other stacks have left
	@$(RUN) doctor --stack "$(STACK)" $(ARGS)

validate: $(RUNTIME) ## Check what is deployed, from outside in (mend what is safe: ARGS=--fix; quicker: ARGS=--only=url)
	@$(RUN) validate --stack "$(STACK)" $(ARGS)

resume: $(RUNTIME) ## Bring the stack back after a reboot or a stopped Docker
	@$(RUN) resume --stack "$(STACK)" $(ARGS)

pause: $(RUNTIME) ## Hibernate databases and scale applications to 0; the data stays
	@$(RUN) pause --stack "$(STACK)" $(ARGS)

wake: $(RUNTIME) ## End a pause
	@$(RUN) wake --stack "$(STACK)" $(ARGS)

test: $(DEVELOPMENT) ## Run all tests that need neither Docker nor a network, two layers at once (JOBS=1: one after another)
	@$(MAKE) --no-print-directory --keep-going $(SIDE_BY_SIDE) $(LAYERS)

test-unit: $(DEVELOPMENT) ## Test settings, patches, builders and commands
	$(call layer,tests/unit --numprocesses 2)

test-program: $(DEVELOPMENT) ## Test the whole Pulumi program against a recording engine
	$(call layer,tests/program --numprocesses 2 --dist loadfile)

test-app: $(DEVELOPMENT) ## Test the application, before and after patching, on a real PostgreSQL
	$(call layer,tests/app)

# It gives way to the layers beside it, which are mostly of one process: so all processors have work up to the end.
test-engine: PYTEST := nice $(PYTEST)
test-engine: $(DEVELOPMENT) ## Test the program on the real Pulumi engine, with recording providers (the first time: minutes)
	$(call layer,tests/engine --numprocesses $(ENGINES))

test-apiserver: $(DEVELOPMENT) ## Test every Kubernetes object of the program on a real API server (the first time: minutes)
	$(call layer,tests/apiserver)

test-monitoring: $(DEVELOPMENT) ## Test alerts and dashboards on a real Prometheus (the first time: minutes)
	$(call layer,tests/monitoring)

test-moto: $(DEVELOPMENT) ## Test checks and AWS requests with the AWS CLI against moto (the first time installs both)
	@$(PYTEST) tests/moto $(ARGS)

e2e: $(DEVELOPMENT) ## Walk the whole way on real Docker and Kind, from a clone of the last commit (creates a cluster)
	@POCDEPLOY_E2E=1 $(PYTEST) -s tests/e2e $(ARGS)

faults: $(DEVELOPMENT) ## Break a real stack in many ways while votes are counted (creates a cluster; restarts Docker, not: ARGS=--no-docker-restart)
	@POCDEPLOY_E2E=1 $(BIN)/python -m tests.e2e.faults $(ARGS)

bench: $(DEVELOPMENT) ## Measure against references, write docs/benchmarks.md (with Docker it creates a cluster; not: ARGS=--without-kind)
	@$(BIN)/python -m bench $(ARGS)

check: $(DEVELOPMENT) ## Check style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(RUN) lint-workflows

lint-workflows: $(DEVELOPMENT) ## Check the workflows of GitHub Actions (part of make check)
	@$(RUN) lint-workflows

fix: $(DEVELOPMENT) ## Correct style where that can be done by a program
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

golden: $(DEVELOPMENT) ## Write the expected manifests of the tests anew, to be reviewed with git diff
	@UPDATE_GOLDEN=1 $(PYTEST) tests/unit -k golden $(ARGS)

clean: ## Remove the virtualenv, tools, copies and caches; state and passphrase stay
	rm -rf $(VENV) .pocdeploy/policies .pocdeploy/release .pocdeploy/bin .pocdeploy/build .pocdeploy/dev .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip is what `python -m venv` makes last: a virtualenv without it is made again.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (make PYTHON=...), this is " + sys.version)'
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(BIN)/pip
	$(call install,$(VENV),$<)

# Includes the whole runtime, but not at the same time as it.
$(DEVELOPMENT) $(VENV)/.installed-eks: $(RUNTIME)

$(VENV)/.installed-%: requirements-%.txt | $(BIN)/pip
	$(call install,$(VENV),$<)

$(POLICIES): policies/requirements.txt | $(BIN)/pip
	@$(PYTHON) -m venv $(@D)
	$(call install,$(@D),$<)

$(RELEASE): requirements-release.txt | $(BIN)/pip
	@$(PYTHON) -m venv $(@D)
	$(call install,$(@D),$<)
