# Every target that people call has a line of help behind `##`; `make` alone prints them.
# Nothing here needs root, an account or npm: only git, make and Python 3.11 or newer with its venv module.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Where it is set, each of a thousand processes of the tests would compile all code anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-matrix faults torture rotations check format screenshots bench pins wheel clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.runtime ## Play with the bot in a world that needs no account; TOUR=1 plays the story by itself
	@$(BIN)/python -m bot demo $(if $(filter-out 0 no false,$(TOUR)),--tour)

test: $(VENV)/.dev ## Run the tests; T=tests/core runs some of them
ifdef T
	@$(BIN)/python -m pytest $(T)
else
	@$(BIN)/python -m pytest -q -n auto --maxprocesses=8 --dist loadfile --no-loadscope-reorder tests
endif

test-matrix: $(VENV)/.dev ## Run the tests on every Python from 3.11 that is installed; T=tests/core runs some of them
	@.ci/matrix $(T)

faults: $(VENV)/.dev ## Play every point of the fault matrices (half an hour); ONLY=words plays those whose name holds them
	@CHATOPS_FAULTS=full CHATOPS_FAULTS_ONLY='$(ONLY)' $(BIN)/python -m pytest -q tests/faults

torture: $(VENV)/.dev ## Rotate a log under its follower at length, with SIGKILL between (three minutes); SECONDS=60 ROUNDS=3
	@$(BIN)/python -m tests.adapters.logs.torture $(or $(SECONDS),60) $(or $(ROUNDS),3)

rotations: $(VENV)/.dev ## Play rotations of all kinds at random, each seed once (a minute and a half); SEEDS=400 FROM=0
	@$(BIN)/python -m tests.adapters.logs.rotations $(or $(SEEDS),400) $(or $(FROM),0)

check: $(VENV)/.dev ## Check style, types, which room imports which, and the packages for known vulnerabilities
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python .ci/audit

format: $(VENV)/.dev ## Put all code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screenshots: $(VENV)/.dev ## Take the pictures of docs/pictures anew (needs chromium)
	@$(BIN)/python -m tests.web.screenshots

bench: $(VENV)/.dev ## Run every measurement of bench/; make bench-journal runs that one
	@for file in bench/[a-z]*.py; do $(BIN)/python -m bench.$$(basename $$file .py) || exit 1; done

bench-%: $(VENV)/.dev
	@$(BIN)/python -m bench.$*

pins: ## Write constraints.txt anew, with the newest packages that setup.cfg allows
	@rm -rf build/pins
	@$(PYTHON) -m venv build/pins
	@build/pins/bin/python -m pip --quiet --disable-pip-version-check install '.[dev]'
	@{ sed -n '/^#/p' constraints.txt; build/pins/bin/python -m pip freeze --exclude chatopsd | grep -v ' @ '; } > build/constraints.txt
	@mv build/constraints.txt constraints.txt
	@rm -rf build/pins
	@git --no-pager diff --stat constraints.txt

wheel: $(VENV)/.dev ## Build the wheel into dist/
	@$(PIP) wheel --no-deps --wheel-dir dist .

clean: ## Remove everything that was made here: the virtual environment, caches, builds; never var/ and your settings
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find bot plugins sandbox tests bench -name __pycache__ -prune -exec rm -rf {} +

# The virtual environment. What each stamp depends on is what can change its contents.

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "chatopsd needs Python 3.11 or newer, and \"$(PYTHON)\" is $$($(PYTHON) --version 2>/dev/null || echo missing)."; \
	  echo "Debian 12 and Ubuntu 24.04 bring one: sudo apt install python3 python3-venv"; \
	  echo "Where it has another name: make demo PYTHON=python3.12"; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "\"$(PYTHON)\" can't make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; } >&2
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.made setup.cfg pyproject.toml constraints.txt
	@echo "Installing what the daemon needs into $(VENV) (once, about a minute) …"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "Installing what the tests and checks need into $(VENV) (once, about a minute) …"
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@
