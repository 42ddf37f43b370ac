# What CI runs is what a person runs. `make` alone lists the targets.
# PYTHON=/path/to/python chooses the interpreter for .venv; otherwise the first one that fits is taken.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv .venv demo up down test lint types drill fuzz bench docs screenshots lock

export PIP_DISABLE_PIP_VERSION_CHECK := 1

BIN := .venv/bin
STAMP := .venv/.complete
EXTRAS := --extra embedded --extra dispatch --extra pdf --extra dev

# Sets $$python to an interpreter that can build .venv, or ends with a sentence that says what is missing.
define find_python
python=; found=; \
for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	found=$$candidate; \
	"$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1 || continue; \
	python=$$candidate; break; \
done; \
if [ -z "$$found" ]; then \
	echo "Fieldcare needs Python 3.11 or newer, and none was found: install one, or run make PYTHON=/path/to/python3." >&2; exit 1; \
fi; \
if [ -z "$$python" ]; then \
	echo "$$found can't make virtual environments: install its venv package (Debian, Ubuntu: apt install python3-venv), or run make PYTHON=/path/to/another/python3." >&2; exit 1; \
fi
endef

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z.]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(STAMP) ## Build .venv from requirements.lock (again only when that or pyproject.toml changes)
.venv: $(STAMP)

# The stamp comes last: a build that was interrupted has none, and is made again from nothing.
$(STAMP): requirements.lock pyproject.toml
	@$(find_python); \
	echo "Building .venv with $$("$$python" --version)"; \
	rm -rf .venv && "$$python" -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

demo: $(STAMP) ## Drive three tickets from report to sign-off, on engines of its own that leave nothing behind
	@$(BIN)/fieldcare demo

up: $(STAMP) ## Start the stack of this folder in the background: PostgreSQL, Temporal, workers
	@$(BIN)/fieldcare up

down: $(STAMP) ## Stop it; its data stays
	@$(BIN)/fieldcare down

# Four test processes, each with engines of its own: much of a test is waiting, so two cores have room for four, and
# for mypy beside it. The tests of a file share a process; files are handed out in their order. Python keeps what it
# has compiled, whatever the environment says: the tests start a hundred processes of it.
test: export PYTHONDONTWRITEBYTECODE :=
test: lint ## Lint, types and all tests
	@typed=$$(mktemp) || exit 1; trap 'rm -f "$$typed"' EXIT; \
	$(BIN)/mypy >"$$typed" 2>&1 & types=$$!; \
	$(BIN)/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$types; types=$$?; cat "$$typed"; \
	exit $$((tests != 0 || types != 0))

lint: $(STAMP) ## Rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

# SEED and FAULTS may be given: make drill SEED=7 FAULTS=60. The matrix is the whole of what `make test` runs a cell of.
SEED ?= 1
FAULTS ?= 150
drill: $(STAMP) ## Load, faults by a seed, and the whole fault matrix; nothing may be lost, doubled or stuck (25 min)
	@$(BIN)/fieldcare drill --tickets 300 --concurrency 100 --kill-workers --stop-database
	@$(BIN)/fieldcare drill --seed $(SEED) --faults $(FAULTS) --tickets 100 --concurrency 40 --worker-processes 2
	@DRILLS=whole $(BIN)/python -m pytest -q -m drill

fuzz: $(STAMP) ## Send the API whatever its description allows and much that it does not; `make test` does a little of it
	@API_FUZZ=whole $(BIN)/python -m pytest -q tests/starter/test_api_schema.py

bench: $(STAMP) ## Measure tickets/s side by side with a bare workflow
	@$(BIN)/python -m bench.compare

docs: $(STAMP) ## Write docs/database from a freshly migrated schema, and docs/access.md from the policy
	@$(BIN)/python -m tests.migrations.write_documentation
	@$(BIN)/python -m tests.models.write_access

screenshots: $(STAMP) ## Make the README's pictures anew, in a Chromium, of a stack that is started for that
	@$(BIN)/python -m tests.portal.pictures

lock: ## Resolve requirements.lock and requirements-runtime.lock anew, to the newest versions
	@$(find_python); \
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	"$$python" -m venv "$$folder/venv" && "$$folder/venv/bin/python" -m pip install --quiet uv && \
	compile() { "$$folder/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate "$$@"; } && \
	echo 'setuptools>=80' > "$$folder/build.in" && \
	compile pyproject.toml -o "$$folder/runtime.lock" && \
	compile pyproject.toml "$$folder/build.in" $(EXTRAS) -o "$$folder/all.lock" && \
	cat "$$folder/runtime.lock" > requirements-runtime.lock && cat "$$folder/all.lock" > requirements.lock
