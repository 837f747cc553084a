# Muster. `make help` lists what there is; every target first installs its dependencies into this folder.

UV_VERSION := 0.13.9
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# Bytecode is cached: nearly everything here starts Python many times.
unexport PYTHONDONTWRITEBYTECODE
export SOAK
# What deno downloads from npm, by deno.lock.
export DENO_DIR := $(CURDIR)/.muster/deno

UV_BIN := .muster/uv/bin
UV := $(UV_BIN)/uv
BIN := .venv/bin
READY := .venv/.ready
WORKERS ?= auto
# The order of tests: random, tree (CI's, derived from the committed tree) or the seed of an order to repeat.
ORDER ?= random
# Set where limits are enforced (make check): processor time and AWS calls of tests.
HELD ?=
SPREAD = $(if $(filter random,$(ORDER)),-n $(WORKERS),-n 2)
PYTEST = $(BIN)/pytest -q --order $(ORDER)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# The shell turns Ctrl-C into SIGTERM, because an interpreter that is only just starting answers Ctrl-C with a traceback.
.PHONY: up
up: $(READY) ## start everything locally and print how to call it; Ctrl-C stops it; PORT=8081 for another port
	@trap 'stop=1; [ -z "$$up" ] || kill $$up' INT TERM; $(BIN)/muster up $(if $(PORT),--port $(PORT)) $(ARGS) & up=$$!; \
	[ -z "$$stop" ] || kill $$up; wait $$up; status=$$?; while kill -0 $$up 2>/dev/null; do wait $$up; status=$$?; done; exit $$status

# What clients see, on an AWS in memory; with API=wisdm of that API only.
BEHAVIOUR := $(if $(API),-k "$(API)" tests/contract/$(API) tests/suite,tests/contract tests/suite tests/edge tests/unit)
# The rest: what devices see, tools, budgets, rules for code, templates and packages, and fault-injection tests.
STRUCTURE := tests/workers tests/architecture tests/infrastructure tests/rehearsal tests/faults tests/operator tests/simulate tests/local

.PHONY: test
test: $(READY) ## run the tests of what clients see, in process, on an AWS in memory; API=wisdm for one API
	$(if $(or $(if $(API),,none),$(wildcard tests/contract/$(API))),,$(error there is no API called $(API): see infra/muster/dialects.py))
	@$(PYTEST) $(SPREAD) $(if $(HELD),--hold means) $(BEHAVIOUR) $(ARGS)

CHECKS := lint generated test test-slow test-structure test-packages test-cloud test-clients

.PHONY: check
check: $(READY) ## run everything that must pass before a push, and print how long each part took
	@MAKE="$(MAKE)" $(BIN)/python -m tests.harness.run $(CHECKS)

.PHONY: soak
soak: $(READY) ## run tests in further orders, and in full size where make check runs them small
	@MAKE="$(MAKE)" $(BIN)/python -m tests.harness.run soak

.PHONY: test-structure
test-structure: $(READY) ## run the tests of what devices see, of tools, budgets and templates, and the fault-injection tests
	@$(PYTEST) $(SPREAD) $(if $(HELD),--hold longest) $(STRUCTURE) $(ARGS)

.PHONY: test-slow
test-slow: $(READY) ## run the tests that take more than two seconds each; API=wisdm those of what clients of one API see
	@$(PYTEST) $(SPREAD) -m slow $(if $(API),$(BEHAVIOUR),tests) $(ARGS)

.PHONY: lint
lint: $(READY) ## formats, lints, types, import rules, OpenAPI documents
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo
	@$(BIN)/deno task --quiet lint

.PHONY: format
format: $(READY) ## format the code
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

.PHONY: generated
generated: $(READY)
	@$(BIN)/muster generate --check

.PHONY: generate
generate: $(READY) ## generate the templates and documents from the routes' declarations
	@$(BIN)/muster generate

.PHONY: test-cloud
test-cloud: $(READY) ## run the tests that start a local cloud: crashes, concurrency
	@$(PYTEST) -rs -m cloud tests/cloud $(ARGS)

.PHONY: test-clients
test-clients: $(READY) ## lint the OpenAPI documents, call reads with clients generated from them, and make up with public clients
	@$(PYTEST) -m "not slow" tests/clients $(ARGS)

.PHONY: test-packages
test-packages: $(READY) ## build the packages and check their contents
	@$(PYTEST) -m packages tests/rehearsal $(ARGS)

.PHONY: faults
faults: $(READY) ## inject every fault into every call of every route and worker, and write docs/faults.md
	@SOAK=1 FAULTS_WRITTEN=docs/faults.md $(PYTEST) $(SPREAD) tests/faults $(ARGS)

.PHONY: mutants
mutants: $(READY) ## insert faults into a copy of the source, one at a time: each must fail a test
	@$(BIN)/python -m tests.mutants $(ARGS)

.PHONY: bench
bench: $(READY) ## measure requests, units and processor time of every route; ARGS=--write stores the results
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: route
route: $(READY) ## DIALECT=wisdm NAME=gateway/echo METHOD=GET URL=/v4/…: a new route and its failing test
	@$(BIN)/muster route "$(DIALECT)" "$(NAME)" "$(METHOD)" "$(URL)"

.PHONY: build
build: $(READY) ## build the deployed packages, in .muster/build
	@$(BIN)/muster build $(ARGS)

.PHONY: deploy
deploy: $(READY) ## build and deploy to the AWS account of the current credentials
	@$(BIN)/muster deploy $(ARGS)

.PHONY: rehearse
rehearse: $(READY) ## deploy to a local cloud that enforces permissions, call everything, and compare used with granted permissions
	@$(BIN)/muster rehearse $(ARGS)

.PHONY: lock
lock: $(UV) ## update requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade \
		--group pyproject.toml:dev pyproject.toml --output-file requirements.lock

.PHONY: clean
clean: ## remove everything that was installed and built here
	@rm -rf .venv .muster .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Python 3.13 (Lambda's version) if available, else any from 3.11. No interpreter is downloaded.
$(UV):
	@echo "Installing uv into .muster (once)" >&2
	@for python in python3.13 "$$HOME"/.pyenv/versions/3.13*/bin/python3 python3 python3.12 python3.11 \
			"$$HOME"/.pyenv/versions/*/bin/python3 /usr/bin/python3; do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Muster needs Python 3.11 or newer with venv. Install one and run make again." >&2; exit 1; fi; \
	"$$found" -m venv .muster/uv && $(UV_BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(READY): $(UV) requirements.lock pyproject.toml
	@echo "Installing the packages of requirements.lock into .venv (once, up to a minute)" >&2
	@$(UV) venv --quiet --clear --python "$$(readlink -f $(UV_BIN)/python)" .venv
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)
