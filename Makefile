# `make` alone says what there is.
PYTHON ?= python3
RUN = .venv/bin/python
export WEBSTORE_DEMO ?= 1

.DEFAULT_GOAL := help
.PHONY: help run run-real test faults chaos check lock bench-start bench-telemetry bench-sink bench-stack bench-verify bench-backlog clean python environment environment-dev

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: environment ## set up and start everything; Ctrl-C stops it
	@exec $(RUN) -m webstore.demo

run-real: environment ## the same with the real back ends of deploy/; says what is missing here
	@exec $(RUN) -m webstore.demo.real

test: environment-dev ## run the tests (REQUIRE=all: a skipped one is a failure)
	@REQUIRE=$(REQUIRE) $(RUN) -m pytest $(TESTS)

faults: environment-dev ## break one thing after the other with three seeds; print what was broken and what held
	@$(RUN) -m tests.faults.report $(ARGS)

chaos: environment-dev ## 1000 orders in ten minutes while everything breaks; print what became of them
	@$(RUN) -m tests.faults.chaos $(ARGS)

check: environment-dev ## lint, types, import directions, migrations, templates
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	.venv/bin/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) manage.py check --fail-level WARNING
	.venv/bin/djlint --check --lint --quiet .

bench-start: environment ## print the time to the first dot and the memory of all programs
	@$(RUN) -m tests.bench.start

bench-telemetry: environment-dev ## print what telemetry costs and what it is worth (QUICK=--quick: two minutes)
	@$(RUN) -m tests.bench.telemetry $(QUICK)

bench-sink: environment-dev ## print what a failing telemetry sink costs (ARGS="--minutes 0.3": sooner)
	@$(RUN) -m tests.bench.sink $(ARGS)

bench-stack: environment-dev ## print how soon a dot can be asked for with real back ends, and what each takes
	@$(RUN) -m tests.bench.stack $(ARGS)

bench-verify: environment-dev ## print how long verify judges 100 000 orders (ARGS="--orders 10000": sooner)
	@$(RUN) -m tests.bench.verify $(ARGS)

bench-backlog: environment-dev ## print how fast a backlog of due payments is worked off (ARGS="--orders 100": sooner)
	@$(RUN) -m tests.bench.backlog $(ARGS)

lock: environment-dev ## pin the newest versions of requirements*.in, with hashes
	for name in requirements requirements-dev; do \
	  .venv/bin/uv pip compile --upgrade --universal --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links --python-version 3.11 -q $$name.in -o $$name.txt; done

clean: ## remove what was made: environment, data, caches
	rm -rf .venv var .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@$(PYTHON) -c "" 2>/dev/null || { \
	  echo "$(PYTHON) does not run. WebStore needs Python 3.11 or newer: make run PYTHON=python3.12, say." >&2; \
	  exit 1; }

environment: python
	@$(PYTHON) scripts/make-environment.py requirements.txt

environment-dev: python
	@$(PYTHON) scripts/make-environment.py requirements.txt requirements-dev.txt
