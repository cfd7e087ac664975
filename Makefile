# What people type here: `make help` lists it. Nothing has to be installed first but Python 3.11 or newer.

VENV ?= .venv
PORT ?= 8000
ARGS ?=
MINUTES ?=
COUNT ?= 100000
# Which Python makes the environment: say PYTHON=/a/path to choose, otherwise the first of these that will do.
PYTHON ?= python3.13 python3.12 python3.11 python3 python3.14 python3.15

BIN := $(VENV)/bin
# Coverage-guided fuzzing; has wheels for some Pythons and machines only, so nothing else here needs it.
ATHERIS := atheris>=3.0,<4
NODE := .venv/node

# A Python will do if it runs (a pyenv shim may exist and not), is 3.11 or newer and can make environments
# (Debian keeps ensurepip in a package of its own).
USABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))

# Unit tests share the cores. Those with processes of their own go afterwards, by themselves: they measure times.
UNIT = $(BIN)/python -m pytest tests --ignore=tests/integration --numprocesses=2
# Those that judge times, or a reactor of their own, have the machine for themselves.
ALONE := $(patsubst %,tests/integration/test_%.py,apps apps_bridge apps_examples attacks faults fire phone_clock reactor soak)
# A shared machine stands still for a tenth of a second now and then, which nobody's frames are in time for: what fails
# is tried again, and told as a rerun at the end. What is wrong fails three times.
AGAIN = --reruns=2 -raR
INTEGRATION = $(BIN)/python -m pytest $(AGAIN) tests/integration --numprocesses=2 --dist=loadfile $(ALONE:%=--ignore=%)
INTEGRATION_ALONE = $(BIN)/python -m pytest $(AGAIN) $(ALONE)

.DEFAULT_GOAL := help
.PHONY: help run test test-all lint format bench bench-quick soak fire killing conformance fuzz dist clean suite FORCE

help:  ## list these commands
	@echo "Commands (settings: PORT=8000, ARGS='--when-slow pause', PYTHON=/path/to/python3):"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo "Beside them, once make run has installed it: $(BIN)/echo-phone calls any voice application (docs/phone.rst)"

run: $(VENV)/ready-to-run  ## install what is needed into .venv and start the daemon
	@$(BIN)/twistd -n --pidfile= echo --port $(PORT) $(ARGS)

test: lint $(NODE)/ready  ## check and test everything, as the build server does (about eight minutes the first time)
ifeq ($(ARGS),)
	$(UNIT) --cov --cov-report= --cov-fail-under=0
	$(INTEGRATION) --cov --cov-report= --cov-append --cov-fail-under=0
	$(INTEGRATION_ALONE) --cov --cov-append
	$(BIN)/python bench/run.py --short
else
	$(BIN)/python -m pytest --cov $(ARGS)
endif

test-all: $(NODE)/ready  ## run the tests on every Python from 3.11 up that is found here
	@found=""; report=""; status=0; \
	for python in python3.11 python3.12 python3.13 python3.14 python3.15 python3 \
	    "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[1-9].*/bin/python; do \
	  "$$python" -c '$(USABLE)' >/dev/null 2>&1 || continue; \
	  version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  case " $$found " in *" $$version "*) continue;; esac; \
	  found="$$found $$version"; \
	  echo "== Python $$version: $$(command -v "$$python")"; \
	  if $(MAKE) --no-print-directory VENV=.venv-$$version PYTHON="$$python" suite </dev/null; \
	  then report="$$report\n  Python $$version: passed"; \
	  else report="$$report\n  Python $$version: FAILED"; status=1; fi; \
	done; \
	printf "== summary$$report\n"; \
	test -n "$$found" || { echo "No Python 3.11 or newer was found."; exit 1; }; \
	exit $$status

suite: $(VENV)/ready-to-test
ifeq ($(ARGS),)
	$(UNIT) -q
	$(INTEGRATION) -q
	$(INTEGRATION_ALONE) -q
else
	$(BIN)/python -m pytest -q $(ARGS)
endif

lint: $(VENV)/ready-to-test  ## check style and types
	@status=0; for check in "ruff check" "ruff format --check" mypy; do \
	  echo "$$check"; $(BIN)/$$check || status=1; \
	done; exit $$status

format: $(VENV)/ready-to-test  ## put imports and layout in order
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

bench: $(VENV)/ready-to-test  ## what an echoed frame costs, here and elsewhere: all servers (about half an hour)
	$(BIN)/python bench/run.py $(ARGS)

bench-quick: $(VENV)/ready-to-test  ## the most telling rows of it, in under two minutes
	$(BIN)/python bench/run.py --quick $(ARGS)

soak: $(VENV)/ready-to-test  ## let calls come and go, some of them hostile, and judge what is held (MINUTES=10)
	$(BIN)/python -m soak --minutes $(or $(MINUTES),10) $(ARGS)

fire: $(VENV)/ready-to-test  ## attacks and faults beside calls, into docs/reliability.rst (about ten minutes)
	$(BIN)/python -m tests.fire $(ARGS)

killing: $(VENV)/ready-to-test  ## kill daemons that record calls, and look at what is left (COUNT=200, fifteen minutes)
	$(BIN)/python -m tests.killing --count $(or $(filter-out 100000,$(COUNT)),200) $(ARGS)

conformance: $(VENV)/ready-to-test  ## RFC 6455, case by case, with the kosoku runner
	$(BIN)/python -m tests.conformance $(ARGS)

fuzz: $(VENV)/ready-to-test  ## look for bytes that break a parser (MINUTES=1 for each of five targets, COUNT=100000)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: "$(ATHERIS)" \
	  || echo "fuzz: there is no $(ATHERIS) for this Python and machine, or no network: what it does is skipped"
	$(BIN)/python -m fuzz --minutes $(or $(MINUTES),1) --count $(COUNT) $(ARGS)

dist: $(VENV)/ready-to-test  ## build the wheel and the source archive into dist/
	rm -rf build dist
	$(BIN)/python -m build --outdir dist

clean:  ## remove everything that make and the tools have made here
	rm -rf .venv .venv-* .fuzz build dist *.egg-info htmlcov .coverage .coverage.* \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis _trial_temp* twisted/plugins/dropin.cache
	find echo twisted tests bench fuzz soak -name __pycache__ -type d -prune -exec rm -rf {} +

# -- environments --------------------------------------------------------------------------------------------

# In which folder the environment was made. Its scripts and the editable install hold absolute paths: one that
# moved or was copied with the tree, or whose Python has gone, is made anew. One that somebody made by hand is
# taken as it is. Unchanged, the file keeps its date, and nothing is installed again.
$(VENV)/made-in: FORCE
	@if $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  test -e $@ || echo "$(CURDIR)" > $@; \
	  if [ "$$(cat $@)" = "$(CURDIR)" ]; then exit 0; fi; \
	fi; \
	for python in $(PYTHON); do \
	  if "$$python" -c '$(USABLE)' >/dev/null 2>&1; then \
	    "$$python" -m venv --clear $(VENV) && echo "$(CURDIR)" > $@; exit; \
	  fi; \
	done; \
	echo "No Python here will do: echo needs 3.11 or newer, with venv. Tried: $(PYTHON)." >&2; \
	echo "Install one (Debian, Ubuntu: apt install python3 python3-venv)," >&2; \
	echo "or say which: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
	exit 1

$(VENV)/ready-to-run: $(VENV)/made-in pyproject.toml setup.py
	@echo "Installing into $(VENV), once, about half a minute ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[all]"
	@touch $@

$(VENV)/ready-to-test: $(VENV)/made-in pyproject.toml setup.py
	@echo "Installing into $(VENV) with the tools of the tests, once, about a minute ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[all,test,dev]"
	@touch $@ $(VENV)/ready-to-run

# The WebSocket client of the Node world, one of the independent clients in the tests. Its install scripts,
# which build native speed-ups, are not run. Without npm or a network its tests are skipped, and say so.
$(NODE)/ready: $(VENV)/made-in $(wildcard tests/node/package*.json)
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then \
	  echo "Node and npm are not here: the tests with Node's client will be skipped."; exit 0; fi; \
	if mkdir -p $(NODE) && cp tests/node/package*.json $(NODE)/ \
	  && npm install --prefix $(NODE) --ignore-scripts --no-audit --no-fund --loglevel=error; \
	then touch $@; else echo "npm failed: the tests with Node's client will be skipped."; fi
