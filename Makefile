# `make run` starts everything; `make test` runs every check. Both install what they need first.
PYTHON ?= $(shell command -v python3.12 >/dev/null 2>&1 && python3.12 -c "import venv, ensurepip" 2>/dev/null && echo python3.12 || echo python3)
RUNNER := .venv/bin
VERSION := $(shell $(PYTHON) -c "import sys; print('%d%d' % sys.version_info[:2])")
PIP := -m pip --disable-pip-version-check install --quiet

.PHONY: run install test test-postgres test-models test-translate translate fuzz evaluate compare kill-test load lint train bench check guide clean

run: install
	@$(RUNNER)/wegwijs run

install: .venv/.installed .venv-rasa/.installed

.venv/.installed: requirements.txt pyproject.toml
	@echo "installing Wegwijs (one to two minutes the first time)"
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))" || { echo "Python 3.11 or 3.12 is needed: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(RUNNER)/python || $(PYTHON) -m venv .venv
	@$(RUNNER)/python $(PIP) --require-hashes -r requirements.txt
	@$(RUNNER)/python $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv-rasa/.installed: bot/rasa/requirements-py311.txt bot/rasa/requirements-py312.txt
	@echo "installing Rasa in its own environment (about a minute the first time)"
	@test -x .venv-rasa/bin/python || $(PYTHON) -m venv .venv-rasa
	@.venv-rasa/bin/python $(PIP) --no-deps --ignore-requires-python --require-hashes -r bot/rasa/requirements-py$(VERSION).txt
	@.venv-rasa/bin/python -m compileall -q .venv-rasa/lib || true
	@touch $@

.venv/.installed-test: .venv/.installed requirements-test.txt
	@echo "installing the test tools"
	@$(RUNNER)/python $(PIP) --require-hashes -r requirements-test.txt
	@touch $@

# Rasa's own classifiers, for `make compare` only: they need TensorFlow, and this Rasa no Python later than 3.10.
RASA_PYTHON ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.10.*/bin/python3.10) python3.10)

.venv-rasa-full/.installed: tests/compare/requirements-rasa-py310.txt
	@echo "installing the full Rasa with TensorFlow (some minutes, 2.7 GB)"
	@$(RASA_PYTHON) -c "import sys; sys.exit(sys.version_info[:2] != (3, 10))" || { echo "Python 3.10 is needed: make compare RASA_PYTHON=..."; exit 1; }
	@test -x .venv-rasa-full/bin/python || $(RASA_PYTHON) -m venv .venv-rasa-full
	@.venv-rasa-full/bin/python $(PIP) --require-hashes -r tests/compare/requirements-rasa-py310.txt
	@touch $@

# The extra `models`. Torch has no hash here: which of its builds fits is for the platform to say.
.venv-models/.installed: requirements.txt requirements-test.txt pyproject.toml
	@echo "installing sentence-transformers and torch in an environment of their own (some minutes)"
	@test -x .venv-models/bin/python || $(PYTHON) -m venv .venv-models
	@.venv-models/bin/python $(PIP) --require-hashes -r requirements.txt -r requirements-test.txt
	@.venv-models/bin/python $(PIP) torch==2.13.0
	@.venv-models/bin/python $(PIP) --no-build-isolation --editable ".[models]"
	@touch $@

# Machine translation for the desk, without what argostranslate asks for and is not used (pyproject.toml says what).
translate: .venv/.installed-translate

.venv/.installed-translate: .venv/.installed requirements-translate.txt
	@echo "installing machine translation"
	@$(RUNNER)/python $(PIP) --no-deps --require-hashes -r requirements-translate.txt
	@touch $@

.venv-translate/.installed: requirements.txt requirements-test.txt requirements-translate.txt pyproject.toml
	@echo "installing machine translation in an environment of its own (one to two minutes)"
	@test -x .venv-translate/bin/python || $(PYTHON) -m venv .venv-translate
	@.venv-translate/bin/python $(PIP) --require-hashes -r requirements.txt -r requirements-test.txt
	@.venv-translate/bin/python $(PIP) --no-deps --require-hashes -r requirements-translate.txt
	@.venv-translate/bin/python $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

train: install
	@$(RUNNER)/wegwijs train

check: install
	@$(RUNNER)/wegwijs package check

lint: .venv/.installed-test
	$(RUNNER)/ruff check .
	$(RUNNER)/ruff format --check .
	$(RUNNER)/mypy
	$(RUNNER)/lint-imports

test: lint check train
	$(RUNNER)/python -m pytest

test-models: .venv-models/.installed
	.venv-models/bin/python -m pytest tests/models

test-translate: .venv-translate/.installed
	.venv-translate/bin/python -m pytest tests/translate

fuzz: train .venv/.installed-test
	WEGWIJS_FUZZ_EXAMPLES=10000 $(RUNNER)/python -m pytest tests/channels/test_fuzzed_webhooks.py

# What knows of no database (import-linter holds that), and what a browser shows of it, is tested once, by `make test`.
test-postgres: install .venv/.installed-test train
	WEGWIJS_TEST_DATABASE=postgresql $(RUNNER)/python -m pytest --ignore tests/knowledge --ignore tests/translations --ignore tests/browser --ignore tests/compare

evaluate: train
	$(RUNNER)/wegwijs evaluate tests/held_out --report knowledge/quality

compare: train .venv/.installed-test .venv-rasa-full/.installed
	$(RUNNER)/python -m tests.compare

kill-test: train .venv/.installed-test
	$(RUNNER)/python -m tests.kill --database sqlite --kills 200 --telegram telegram-test-api --write docs/kill-test.md
	$(RUNNER)/python -m tests.kill --database postgresql --kills 200 --write docs/kill-test.md

load: train .venv/.installed-test
	$(RUNNER)/python -m tests.load

bench: train .venv/.installed-test
	$(RUNNER)/python -m tests.bench
	$(RUNNER)/python -m tests.desk_bench
	$(RUNNER)/python -m tests.trial_bench
	$(RUNNER)/python -m tests.editing_bench

# The pictures of docs/desk and docs/editors, taken while the tests of the desk and of the editors' room run.
guide: train .venv/.installed-test
	WEGWIJS_GUIDE=1 $(RUNNER)/python -m pytest $(foreach room,desk pages translations changes,tests/browser/test_$(room)_in_a_browser.py)

clean:
	rm -rf .venv .venv-rasa .venv-rasa-full .venv-models .venv-translate data
