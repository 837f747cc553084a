# Muster. `make help` lists what there is; every target installs what it needs into this folder.

UV_VERSION := 0.13.9
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1

HOME_BIN := .muster/uv/bin
UV := $(HOME_BIN)/uv
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# Python 3.13 (what Lambda runs) where there is one, else any from 3.11. Nothing downloads an interpreter.
$(UV):
	@set -e; for python in python3.13 "$$HOME"/.pyenv/versions/3.13*/bin/python3 python3 python3.12 python3.11 "$$HOME"/.pyenv/versions/*/bin/python3 /usr/bin/python3; do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; done; \
	if [ -z "$$found" ]; then echo "Muster needs Python 3.11 or newer, with venv: install one and run make again." >&2; exit 1; fi; \
	"$$found" -m venv .muster/uv && $(HOME_BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(READY): $(UV) requirements.lock pyproject.toml
	@$(UV) venv --quiet --clear --python "$$(readlink -f $(HOME_BIN)/python)" .venv
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

.PHONY: lock
lock: $(UV) ## pin the dependencies anew in requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade \
		--group pyproject.toml:dev pyproject.toml --output-file requirements.lock
