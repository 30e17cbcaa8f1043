# The two commands of the README are `make run` and `make test`; both do all their own set-up.
SHELL := /bin/sh
.DEFAULT_GOAL := run
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: run test train eval bench lock lint

run: $(STAMP)
	@exec $(PY) -m handoff up

test: $(STAMP)
	@$(PY) -m bot train
	@exec $(PY) -m pytest -n 4 --dist loadgroup --no-loadscope-reorder $(PYTEST_ARGS)

train: $(STAMP)
	@$(PY) -m bot train

eval: $(STAMP)
	@$(PY) -m bot train && $(PY) -m bot evaluate

bench: $(STAMP)
	@$(PY) -m bot train && exec $(PY) -W ignore -m tests.bench

lint: $(STAMP)
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

lock: $(STAMP)
	@$(PY) -m uv pip compile pyproject.toml --extra dev --python-version 3.10 --generate-hashes --no-strip-markers \
		--custom-compile-command "make lock" --quiet --upgrade -o requirements.lock

$(STAMP): requirements.lock .python-version
	@./install.sh
	@touch $@
