# Every command a human or a machine runs. `make` lists them.
PYTHON ?= $(shell command -v /usr/bin/python3 || command -v python3)
BIN := .venv/bin
INSTALLED := .venv/.installed
CLIENTS := build/clients
CLIENTS_INSTALLED := $(CLIENTS)/.installed
DOCUMENTS := openapi/hub.v1.json openapi/provider.v1.json
TRIED := .venv/tried
DRILL := $(BIN)/python -m pytest -q --tried=$(TRIED)

.DEFAULT_GOAL := help
.PHONY: help install demo serve test drill check fix migration openapi lint-openapi clients \
	sweep bench leak fuzz clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

install: $(INSTALLED) ## Everything into .venv

$(INSTALLED): requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

demo: $(INSTALLED) ## Play the story from nothing to an exchange on record
	@$(BIN)/onceonly demo

serve: $(INSTALLED) ## The same stand, left running, with curl lines to paste
	@$(BIN)/onceonly demo --serve

test: $(INSTALLED) ## The whole suite; one part: make test path=tests/unit
	@$(BIN)/python -m pytest -q -n 2 $(path)

drill: $(INSTALLED) ## In full: every bad day, and at the end how often each was tried
	@rm -f $(TRIED)
	@$(DRILL) tests/usecases/test_withdrawals.py -k no_moment --rounds=10000
	@$(DRILL) tests/usecases/test_dry_runs.py --rounds=10000
	@$(DRILL) tests/unit/merkle/test_export.py -k whatever --rounds=2400
	@$(DRILL) tests/scenarios/test_log_crashes.py --rounds=6800
	@$(DRILL) tests/scenarios/test_databases.py --rounds=1000
	@$(DRILL) tests/scenarios/test_partners.py tests/scenarios/test_races.py --rounds=10000
	@$(DRILL) tests/scenarios/test_crashes.py tests/scenarios/test_stopping.py --rounds=2000
	@$(DRILL) tests/scenarios/test_frozen_worker.py --rounds=30000
	@$(DRILL) tests/scenarios/test_large_answers.py tests/scenarios/test_one_load.py tests/usecases/test_sizes.py --rounds=2000
	@$(DRILL) tests/scenarios/drill_upgrade.py tests/scenarios/drill_disks.py tests/scenarios/drill_demo.py
	@$(DRILL) tests/scenarios/drill_restore.py --rounds=2000
	@$(DRILL) tests/scenarios/test_s01_withdrawals.py --rounds=3400
	@echo "Tried:"; cat $(TRIED); rm -f $(TRIED)

fuzz: $(INSTALLED) ## Every operation of the document, ill-used; longer: make fuzz rounds=100 seed=random
	@$(BIN)/python -m fuzz "$(rounds)" "$(seed)"

check: $(INSTALLED) ## Formatter, linter, types, import contracts, OpenAPI unchanged
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports > .import-report 2>&1 || (cat .import-report; rm -f .import-report; exit 1)
	@rm -f .import-report
	@$(BIN)/onceonly export-openapi | diff -q - openapi/hub.v1.json > /dev/null || (echo "openapi/hub.v1.json differs from the code: make openapi"; exit 1)

fix: $(INSTALLED) ## Format, and mend what can be mended
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

migration: $(INSTALLED) ## A new migration: make migration name="seal deferred questions"
	@printf '%04d\n' $$(expr $$(cat migrations/.head) + 1) > migrations/.head
	@$(BIN)/alembic --quiet revision --rev-id $$(cat migrations/.head) -m "$(name)"

sweep: $(INSTALLED) ## Write tests/unit/sweep.txt anew: what the whole law answers
	@cd tests && ../$(BIN)/python -m unit.summing

openapi: $(INSTALLED) ## Write openapi/hub.v1.json and examples/bruno anew
	@$(BIN)/onceonly export-openapi openapi/hub.v1.json --bruno examples/bruno

lint-openapi: $(CLIENTS_INSTALLED) ## No finding in either document, by spectral:oas and redocly
	@$(CLIENTS)/lint/node_modules/.bin/spectral lint --quiet --fail-severity hint \
		--ruleset openapi/lint/.spectral.yaml $(DOCUMENTS)
	@$(CLIENTS)/lint/node_modules/.bin/redocly lint --config openapi/lint/redocly.yaml \
		--format stylish $(DOCUMENTS) 2> $(CLIENTS)/redocly.txt || (cat $(CLIENTS)/redocly.txt; exit 1)

clients: $(INSTALLED) lint-openapi ## Generate clients in two languages, check their types, play S02 by each
	@mkdir -p $(CLIENTS)/python $(CLIENTS)/typescript
	@cp examples/clients/python/*.py $(CLIENTS)/python
	@$(CLIENTS)/.venv/bin/openapi-python-client generate --path openapi/hub.v1.json --meta none \
		--config examples/clients/python/generate.yaml --fail-on-warning --overwrite \
		--output-path $(CLIENTS)/python/onceonly_hub
	@cd $(CLIENTS)/python && ../.venv/bin/mypy --strict --config-file= .
	@cp examples/clients/typescript/*.ts examples/clients/typescript/*.json $(CLIENTS)/typescript
	@cd $(CLIENTS)/typescript && node_modules/.bin/openapi-typescript ../../../openapi/hub.v1.json \
		-o hub.d.ts && node_modules/.bin/tsc
	@rm -rf $(CLIENTS)/bruno && cp -r examples/bruno $(CLIENTS)/bruno
	@ONCEONLY_NOW=2026-11-25T10:00:00Z $(BIN)/python examples/clients/play.py \
		"$(CLIENTS)/.venv/bin/python $(CLIENTS)/python/kita_waiver.py $(KEYS)" \
		"node $(CLIENTS)/typescript/out/kita-waiver.js $(KEYS)" \
		"env -C $(CLIENTS)/bruno ../lint/node_modules/.bin/bru run $(CALLS) --env local \
		--env-var hub={hub} --env-var token={token}"

# What one client can call, in the order in which one call leaves something for the next.
clients: CALLS := access/getKeys.bru access/getMetadata.bru catalogue offices decisions \
	evidence-requests retrievals/getRetrieval.bru evidence tasks/listTasks.bru protection \
	log/getLogCheckpoint.bru log/getLogKey.bru operations

clients lint-openapi: KEYS := --hub {hub} --portal-key {portal} --office-key {office}
# Where there is no Node.js, PyPI has one.
clients lint-openapi: export PATH := $(PATH):$(CURDIR)/$(CLIENTS)/.venv/bin

$(CLIENTS_INSTALLED): examples/clients/python/requirements.lock openapi/lint/node.lock \
		examples/clients/typescript/package-lock.json openapi/lint/package-lock.json
	@test -x $(CLIENTS)/.venv/bin/python || $(PYTHON) -m venv $(CLIENTS)/.venv
	@$(CLIENTS)/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes \
		-r examples/clients/python/requirements.lock
	@command -v npm > /dev/null || $(CLIENTS)/.venv/bin/pip install --disable-pip-version-check \
		--require-hashes -r openapi/lint/node.lock > $(CLIENTS)/node.txt 2>&1 || (echo \
		"No npm is here, and pip could not get one ($(CLIENTS)/node.txt): install Node.js 20 or newer"; \
		exit 1)
	@mkdir -p $(CLIENTS)/lint $(CLIENTS)/typescript
	@cp openapi/lint/package*.json $(CLIENTS)/lint
	@cp examples/clients/typescript/package*.json $(CLIENTS)/typescript
	@for one in lint typescript; do (cd $(CLIENTS)/$$one && \
		npm ci --silent --ignore-scripts --no-audit --no-fund) || exit 1; done
	@touch $@

bench: $(INSTALLED) ## Measure; figures under bench/results/; one: make bench only=exchange
	@BENCH_SECONDS=$(seconds) $(BIN)/python -m bench $(only)

leak: $(INSTALLED) ## Can the protected be told from the unknown by time? No part of the tests
	@$(BIN)/python -m bench.leak

clean: ## Remove what install and clients made
	@rm -rf .venv build
