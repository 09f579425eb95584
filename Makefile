# `make run` serves the dashboards, `make test` runs the tests. Both first set up everything
# below .venv, from the pinned versions of requirements-*.lock; again only when those change.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.PHONY: help run test test-slow mutants check bench messages lock clean browser

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# The extra of pyproject.toml to install: a GPU shows in NVIDIA's tool or as a device file.
ifndef DEVICE
DEVICE := $(if $(shell nvidia-smi -L 2>/dev/null | grep ^GPU || ls /dev/nvidia0 2>/dev/null),gpu,cpu)
endif

# Its name holds a digest of all that decides what is installed, so it is there or out of date.
STAMP := $(VENV)/.installed-$(DEVICE)-$(shell cat pyproject.toml requirements-*.lock | sha256sum | head -c 12)

# For the tests of the pages.
export CHROMIUM ?= $(firstword $(shell command -v chromium chromium-browser google-chrome google-chrome-stable))

help:
	@echo "make run        serve the dashboards (on an NVIDIA GPU if there is one; DEVICE=cpu: never)"
	echo "make test       all tests but the slow ones"
	echo "make test-slow  the tests that train or measure for real"
	echo "make mutants    make small mistakes in a copy of the code, and show those that no test sees"
	echo "make check      format, lint, types and layers"
	echo "make bench      measure, and print the figures"
	echo "make messages   collect the texts into the catalogues, and compile these; ADD=de begins one"
	echo "make lock       pin the newest versions that pyproject.toml allows"
	echo "make clean      remove what these made; runs and data stay"
	echo "PYTHON=...      the Python to make .venv from, 3.10 to 3.12"

run: $(STAMP)
	@exec $(BIN)/ssd-explorer run

test: browser $(STAMP)
	@exec $(BIN)/python -m pytest -m "not slow" -n 2 --dist=loadfile --no-loadscope-reorder

test-slow: browser $(STAMP)
	@exec $(BIN)/python -m pytest -m slow

mutants: $(STAMP)
	@exec $(BIN)/python -m tests.mutants

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(STAMP)
	@exec $(BIN)/python -m benchmarks

browser:
	@lacking=()
	[ -n "$$CHROMIUM" ] || lacking+=(chromium)
	[[ $$(PATH=$$PATH:/sbin ldconfig -p) == *libatomic.so.1* ]] || lacking+=(libatomic1)  # Playwright
	if [ $${#lacking[@]} -gt 0 ]; then
	  echo "The pages cannot be tested without $${lacking[*]} (Debian: apt-get install $${lacking[*]})." \
	    "Chromium elsewhere, or Chrome: make test CHROMIUM=/path/to/it" >&2
	  [ -z "$${CI:-}" ]  # in CI it is a failure: it would test less than it says
	fi

$(BIN)/python:
	@lacking=
	for python in $(or $(PYTHON),python3.12 python3.11 python3.10 python3); do
	  # A command of that name may be there and not run, as pyenv's are.
	  version=$$($$python -c 'import sys; v = sys.version_info; print("%d.%d" % v[:2]); sys.exit(not (3, 10) <= v < (3, 13))' 2>/dev/null) || continue
	  if $$python -c 'import ensurepip, venv' 2>/dev/null; then
	    exec $$python -m venv --clear $(VENV)
	  fi
	  lacking=$${lacking:-$$version}
	done
	if [ -n "$$lacking" ]; then
	  echo "Python $$lacking cannot make a virtual environment here: install the package" \
	    "python$$lacking-venv (Debian, Ubuntu: apt-get install python$$lacking-venv)." >&2
	else
	  echo "No Python 3.10, 3.11 or 3.12 found$(if $(PYTHON), as $(PYTHON)). Install one (Debian, Ubuntu:" \
	    "apt-get install python3 python3-venv), or say where it is: make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python3.11" >&2
	fi
	exit 1

$(STAMP): | $(BIN)/python
	@rm -f $(VENV)/.installed-*
	echo "Installing into $(VENV) for $(DEVICE): some minutes the first time."
	# The two MXNet wheels hold the same files, and so do the two of OpenCV.
	$(PIP) -qq uninstall -y $(if $(filter gpu,$(DEVICE)),mxnet,mxnet-cu112) opencv-python-headless
	$(PIP) -q install --require-hashes -r requirements-$(DEVICE).lock
	$(PIP) -q install --no-deps -e .
	if ! problem=$$($(BIN)/python -c 'import cv2' 2>&1); then
	  echo "opencv-python does not load ($${problem##*Error: }): taking opencv-python-headless."
	  $(PIP) -qq uninstall -y opencv-python
	  $(PIP) -q install --no-deps --require-hashes -r requirements-headless.lock
	  $(BIN)/python -c 'import cv2'
	fi
	if ! problem=$$($(BIN)/python -c 'import explorer.net.runtime' 2>&1); then
	  echo "MXNet does not load ($${problem##*Error: })." \
	    $(if $(filter gpu,$(DEVICE)),"Without the GPU: make $(or $(MAKECMDGOALS),run) DEVICE=cpu","It needs two system libraries (Debian, Ubuntu: apt-get install libgomp1 libquadmath0).") >&2
	  exit 1
	fi
	touch $@

# The texts of the program, and what each language makes of them: a catalogue lacks what is new, and
# keeps what is no longer said at its end.
messages: $(STAMP)
	@template=$$(mktemp --suffix=.pot)
	trap 'rm -f $$template' EXIT
	$(BIN)/pybabel -q extract -F pyproject.toml --project=ssd-explorer --no-wrap -o $$template .
	catalogue="-D ssd-explorer -d explorer/locale"
	if [ -n "$(ADD)" ]; then
	  [ -d explorer/locale/$(ADD) ] || $(BIN)/pybabel -q init $$catalogue -i $$template -l $(ADD) --no-wrap
	fi
	if ls explorer/locale/*/LC_MESSAGES/*.po > /dev/null 2>&1; then
	  $(BIN)/pybabel -q update $$catalogue -i $$template --no-wrap
	  $(BIN)/pybabel compile $$catalogue --statistics
	fi

# One set of versions for every supported Python, so that what CI tested is what everyone gets.
lock: $(STAMP)
	@$(PIP) -q install uv
	compile() {
	  $(BIN)/uv pip compile -q --universal --python-version 3.10 --fork-strategy fewest \
	    --generate-hashes --no-annotate --custom-compile-command "make lock" "$$@"
	}
	compile --upgrade pyproject.toml --extra cpu --extra onnx --extra test -o requirements-cpu.lock
	# What both need, both have in one version: the second keeps what it finds in its output.
	cp requirements-cpu.lock requirements-gpu.lock
	compile pyproject.toml --extra gpu --extra onnx --extra test -o requirements-gpu.lock
	sed -n 's/^\(opencv-python\)\(==[^ ]*\).*/\1-headless\2/p' requirements-cpu.lock \
	  | compile --upgrade - --no-deps -o requirements-headless.lock

clean:
	rm -rf $(VENV) build dist *.egg-info test-artifacts
	rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find apps benchmarks explorer tests -name __pycache__ -prune -exec rm -rf {} +
