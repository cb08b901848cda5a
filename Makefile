# All commands of the project. Only Python 3.11 or newer has to be there before.
PYTHON ?= python3
# Neither make nor a shell executes what a variable contains: the commands read these from the environment.
VARIABLES := PYTHON STACK APP ARGS PORT YES YES_DESTROY PR COMMIT IMAGE REPOSITORY TTL BUMP FORGE TEMPLATE PLATFORM JOBS \
  KEY VALUE
$(foreach name,$(VARIABLES),$(eval override $(name) := $$(value $(name))))
export $(VARIABLES)
export POCDEPLOY_ARGS := $(ARGS)
export POCDEPLOY_KEY := $(KEY)
export POCDEPLOY_VALUE := $(VALUE)

RUN := .venv/bin/python -m pocdeploy
TEST := .venv/bin/python -m tests
# Stamps: newer than the lock files that they are for. SERVE has what the commands import; they install the rest
# when they need it.
RUNTIME := .venv/.installed-runtime
SERVE := .venv/.installed-serve
DEVELOPMENT := .venv/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help up preview down status open share config init set unset outputs logs explain targets stacks seed drift doctor validate resume pause wake dev \
  backup backups restore restore-drill \
  image image-check use-image deploy policies preview-json pr-comment preview-comment env-up env-down sweep kubeconfig \
  registry-login audit sbom release lock docs test test-unit test-program test-app test-engine test-apiserver test-monitoring \
  test-moto e2e faults bench golden pictures check check-style check-types check-imports check-english lint-workflows fix clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {print "\n" substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2} \
	  END {print "\n  STACK=dev  APP=polls  YES=1 (start Docker without asking)  ARGS=... (options of the command)"}' Makefile

##@ Deploy
up: $(SERVE) ## Create or update everything, and print its address
	@$(RUN) $@

preview: $(SERVE) ## Show what `make up` would do
	@$(RUN) $@

down: $(SERVE) ## Destroy everything that `make up` created (without a terminal: YES_DESTROY=1)
	@$(RUN) $@

##@ Look
config: $(SERVE) ## Show the settings of an application as resolved, and where each comes from
	@$(RUN) $@

outputs: $(SERVE) ## Print addresses, names and image (secrets: ARGS=--show-secrets)
	@$(RUN) $@

status: $(SERVE) ## Show on one screen how the stack is: address, health, image, database, backup, alerts
	@$(RUN) $@

open: $(SERVE) ## Open the application in the browser (ARGS=--admin, ARGS=--grafana)
	@$(RUN) $@

share: $(SERVE) ## Show it to phones in this network, with a QR code (ARGS='--through cloudflared --minutes 10')
	@$(RUN) $@

stacks: $(SERVE) ## List the stacks: state, address, age, memory
	@$(RUN) $@

logs: $(SERVE) ## Follow the log of an application in all its pods (APP=polls, ARGS=--raw)
	@$(RUN) $@

explain: $(SERVE) ## Explain why pods do not run: state, events, log, cause (ARGS=--markdown)
	@$(RUN) $@

validate: $(SERVE) ## Check what is deployed (fix what is safe: ARGS=--fix; only one check: ARGS=--only=url)
	@$(RUN) $@

targets: $(SERVE) ## Check that Prometheus reaches all its scrape targets
	@$(RUN) $@

doctor: $(SERVE) ## Check this machine: tools, Docker, memory, ports, leftovers of other stacks
	@$(RUN) $@

##@ Day two
resume: $(SERVE) ## Restart the stack after a reboot or a stopped Docker
	@$(RUN) $@

pause: $(SERVE) ## Hibernate databases and scale applications to 0; the data stays
	@$(RUN) $@

wake: $(SERVE) ## End a pause
	@$(RUN) $@

set: $(SERVE) ## Change a setting of the stack file, if the result is valid (KEY=cluster.httpPort VALUE=8080)
	@$(RUN) $@

unset: $(SERVE) ## Remove a setting from the stack file (KEY=cluster.httpPort)
	@$(RUN) $@

seed: $(SERVE) ## Add example data to the applications; can be repeated
	@$(RUN) $@

backup: $(SERVE) ## Make a base backup of the databases now (of one: APP=polls)
	@$(RUN) $@

backups: $(SERVE) ## List the backups, and the moments that can be restored
	@$(RUN) $@

restore: $(SERVE) ## Restore a database (APP=polls TO=2026-01-31T14:00:00Z, or latest); compares and asks first
	@$(RUN) $@

restore-drill: $(SERVE) ## Restore a moment of each database into a temporary cluster, and compare (of one: APP=polls)
	@$(RUN) $@

drift: $(SERVE) ## Find changes outside of Pulumi; fails if there are any
	@$(RUN) $@

##@ Develop
init: $(SERVE) ## Recognise an application and write its settings (ARGS=../shop)
	@$(RUN) $@

dev: $(SERVE) ## Run the patched application without Docker (APP=polls PORT=8000)
	@$(RUN) $@

##@ Images and CI
image: $(SERVE) ## Build and push the image of this commit, with labels, provenance and SBOM (REPOSITORY=ghcr.io/owner/polls)
	@$(RUN) $@

image-check: $(SERVE) ## Build the image of this commit, and push nothing
	@$(RUN) image --no-push

use-image: $(SERVE) ## Let the stack run an existing image (IMAGE=name@sha256:...)
	@$(RUN) $@

deploy: $(SERVE) ## Roll out IMAGE=name@sha256:... (migrate, smoke check, restore if it fails), then validate
	@$(RUN) $@

policies: $(SERVE) ## Install the policy pack: make preview ARGS="--policy-pack policies"
	@$(RUN) $@

preview-json: $(SERVE) ## Write the preview, policies included, into .pocdeploy/preview-<stack>.jsonl
	@$(RUN) $@

pr-comment: $(SERVE) ## Make the comment of that preview (on the pull request: PR=number ARGS="--to github")
	@$(RUN) $@

preview-comment: $(SERVE) ## Preview, comment on pull request PR, and fail if the preview failed
	@$(RUN) $@

env-up: $(SERVE) ## Deploy the environment of a pull request with example data, and comment on it (STACK=pr-5 PR=5)
	@$(RUN) $@

env-down: $(SERVE) ## Remove the environment of a pull request, and comment on it (STACK=pr-5 PR=5)
	@$(RUN) $@

sweep: $(SERVE) ## List unused environments of pull requests (TTL=72 hours); remove them: ARGS=--remove
	@$(RUN) $@

kubeconfig: $(SERVE) ## Write KUBECONFIG_CONTENT from the environment into .pocdeploy/kubeconfig, for a cluster that exists
	@$(RUN) $@

registry-login: $(SERVE) ## Log Docker in (REGISTRY, REGISTRY_USER, REGISTRY_PASSWORD from the environment)
	@$(RUN) $@

##@ Packages, documentation, releases
audit: $(SERVE) ## Find known vulnerabilities in the packages of pocdeploy and of the application
	@$(RUN) $@

sbom: $(SERVE) ## Write the packages of the application as CycloneDX into .pocdeploy/sbom-<app>.json
	@$(RUN) $@

lock: $(SERVE) ## Compile requirements*.in into requirements*.txt; keeps versions (newer: ARGS=--upgrade)
	@$(RUN) $@

docs: $(SERVE) ## Build the documentation as a site with search into .pocdeploy/site; a broken link fails
	@$(RUN) $@

release: $(DEVELOPMENT) ## Make a release: version, CHANGELOG.md, commit, tag (BUMP=major|minor|patch)
	@$(RUN) $@

##@ Tests and checks
test: $(DEVELOPMENT) ## Run all tests that need neither Docker nor a network, two layers at once (JOBS=1: one after another)
	@$(TEST)

test-unit: $(DEVELOPMENT) ## Test settings, patches, builders and commands
	@$(TEST) $@

test-program: $(DEVELOPMENT) ## Test the whole Pulumi program against a recording engine
	@$(TEST) $@

test-app: $(DEVELOPMENT) ## Test the application, before and after patching, on a real PostgreSQL
	@$(TEST) $@

test-engine: $(DEVELOPMENT) ## Test the program on the real Pulumi engine, with recording providers (the first time: minutes)
	@$(TEST) $@

test-apiserver: $(DEVELOPMENT) ## Test every Kubernetes object of the program on a real API server (the first time: minutes)
	@$(TEST) $@

test-monitoring: $(DEVELOPMENT) ## Test alerts and dashboards on a real Prometheus (the first time: minutes)
	@$(TEST) $@

test-moto: $(DEVELOPMENT) ## Test checks and AWS requests with the AWS CLI against moto (the first time installs both)
	@$(TEST) $@

e2e: $(DEVELOPMENT) ## Test everything on real Docker and Kind, from a clone of the last commit (creates a cluster)
	@$(TEST) $@

faults: $(DEVELOPMENT) ## Break a real stack in many ways while votes are counted (creates a cluster; ARGS=--no-docker-restart)
	@$(TEST) $@

bench: $(DEVELOPMENT) ## Measure against references, write docs/benchmarks.md (with Docker it creates a cluster; ARGS=--without-kind)
	@$(TEST) $@

golden: $(DEVELOPMENT) ## Write the expected manifests of the tests again, to be reviewed with git diff
	@$(TEST) $@

pictures: $(DEVELOPMENT) ## Take the pictures of the documentation (needs Chromium and npm)
	@$(TEST) $@

check: check-style check-types check-imports check-english lint-workflows ## Check style, types, imports, words, workflows

check-style: $(DEVELOPMENT)
	@.venv/bin/ruff check && .venv/bin/ruff format --check

check-types: $(DEVELOPMENT)
	@.venv/bin/mypy

check-imports: $(DEVELOPMENT)
	@PYTHONPATH=. .venv/bin/lint-imports --no-logo

check-english: $(DEVELOPMENT)
	@.venv/bin/python tools/plain_english.py

lint-workflows: $(DEVELOPMENT) ## Check the workflows of GitHub Actions (part of make check)
	@$(RUN) $@

fix: $(DEVELOPMENT) ## Correct style where a program can do that
	@.venv/bin/ruff check --fix && .venv/bin/ruff format

clean: ## Remove the virtualenvs, tools, copies and caches; state, passphrase and data stay
	@rm -rf .venv .pocdeploy/policies .pocdeploy/release .pocdeploy/docs .pocdeploy/site .pocdeploy/bin .pocdeploy/build .pocdeploy/dev/*/venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache; \
	  find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip is what is made last: a virtualenv without it is created again.
.venv/bin/pip:
	@"$${PYTHON}" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (make PYTHON=...), this is " + sys.version)'
	@"$${PYTHON}" -m pocdeploy.toolchain.bootstrap .venv

$(RUNTIME): requirements.txt | .venv/bin/pip
	@.venv/bin/python -m pocdeploy.toolchain.virtualenv .venv $<

.venv/.installed-%: requirements-%.txt | .venv/bin/pip
	@.venv/bin/python -m pocdeploy.toolchain.virtualenv .venv $<

# It includes the runtime; the two are not installed at the same time.
$(DEVELOPMENT): $(RUNTIME)
