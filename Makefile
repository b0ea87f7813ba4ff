# What people do here. The first time .venv is made; later nothing is downloaded or built again that has not changed.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test test-long check bench docs fuzz soak clean cpp-tests

PYTHON ?= $(firstword $(shell command -v python3.11 python3 python))
FUZZ_SECONDS ?= 60
BIN := .venv/bin
CPP := CMakeLists.txt $(wildcard core/*.hpp core/*.cpp bind/*.hpp bind/*.cpp)
CMAKE := $(BIN)/cmake -G Ninja -DCMAKE_MAKE_PROGRAM=$(CURDIR)/$(BIN)/ninja
CTEST := $(BIN)/ctest --parallel "$$(nproc)" --output-on-failure --progress
DOCTEST := $(shell echo '\#include <doctest/doctest.h>' | $${CXX:-g++} -E -x c++ - >/dev/null 2>&1 && echo there)
SAY := @printf '\033[1m%s\033[0m\n'

help:
	@echo 'make demo    four makers in a synthetic market: a table, and report.html'
	@echo 'make test    all tests; `make test-long` runs the campaigns of minutes'
	@echo 'make check   style, types, warnings, sanitizers, docs: what the tests do not say'
	@echo 'make bench   speed, beside a peer on the same tape'
	@echo 'make docs    the documentation, into docs/_build/html'
	@echo 'make fuzz    each fuzzer for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make soak    a billion events of simulated markets, with flat memory'
	@echo 'make clean   remove what was built, .venv included'

# ---------------------------------------------------------------------------- what all of it needs

.venv/dependencies: pyproject.toml constraints.txt
	$(SAY) 'installing the dependencies into .venv'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "halfspread needs Python 3.11 or later; make PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c "$$REQUIREMENTS" > .venv/requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -r .venv/requirements.txt
	@touch $@

define REQUIREMENTS
import tomllib
p = tomllib.load(open('pyproject.toml', 'rb'))
project = p['project']
for names in (p['build-system']['requires'], project['dependencies'], project['optional-dependencies']['dev']):
    print(*names, sep='\n')
endef
export REQUIREMENTS

.venv/built: .venv/dependencies $(CPP)
	$(SAY) 'building the extension'
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index -e .
	@$(BIN)/python -m nanobind.stubgen -q -m halfspread._core -o src/halfspread/_core.pyi
	@touch $@

# ------------------------------------------------------------------------------------------- verbs

demo: .venv/built
	$(SAY) 'four makers in a synthetic market'
	@$(BIN)/halfspread demo

test: .venv/built cpp-tests
	$(SAY) 'the tests'
	@$(BIN)/python -m pytest -n auto

test-long: .venv/built
	$(SAY) 'the campaigns'
	@$(BIN)/python -m pytest -m long

ifeq ($(DOCTEST),there)
cpp-tests: .venv/dependencies
	$(SAY) 'the tests of the C++ core'
	@$(CMAKE) -S tests/core -B build/core_tests >/dev/null
	@$(BIN)/cmake --build build/core_tests
	@$(CTEST) --test-dir build/core_tests
else
cpp-tests:
	$(SAY) 'the C++ tests did not run: they need doctest (apt-get install doctest-dev)'
endif

check: .venv/built
	$(SAY) 'style'
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/clang-format --dry-run -Werror $(wildcard core/*.[hc]pp bind/*.[hc]pp tests/core/*.[hc]pp fuzz/*.[hc]pp benchmarks/*.cpp)
	$(SAY) 'types'
	@$(BIN)/mypy
	$(SAY) 'the core, looked at by clang-tidy'
	@$(CMAKE) -S . -B build/tidy -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python >/dev/null
	@printf '%s\n' core/*.cpp bind/*.cpp | xargs -n 1 -P "$$(nproc)" $(BIN)/clang-tidy -p build/tidy --quiet
ifeq ($(DOCTEST),there)
	$(SAY) 'the C++ tests with sanitizers'
	@$(CMAKE) -S tests/core -B build/core_tests_sanitized -DSANITIZE=ON >/dev/null
	@$(BIN)/cmake --build build/core_tests_sanitized
	@$(CTEST) --test-dir build/core_tests_sanitized
endif
	@$(MAKE) --no-print-directory docs

bench: .venv/built
	$(SAY) 'speed, beside hftbacktest on the same tape'
	@$(BIN)/python benchmarks/speed.py

docs: .venv/built
	$(SAY) 'the documentation, into docs/_build/html'
	@$(BIN)/halfspread schema > docs/schema/config.schema.json
	@$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html

fuzz: .venv/built
	$(SAY) 'each fuzzer for $(FUZZ_SECONDS) seconds'
	@CXX=clang++ $(CMAKE) -S fuzz -B build/fuzz >/dev/null
	@$(BIN)/cmake --build build/fuzz
	@for target in $(wildcard fuzz/*_fuzz.cpp fuzz/*_fuzz.py); do \
	    name=$$(basename $${target%.*}); log=build/fuzz/$$name.log; run=build/fuzz/$$name; \
	    [ $${target##*.} = cpp ] || run="$(BIN)/python $$target"; \
	    $$run -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build/fuzz/$$name- > $$log 2>&1 \
	        || { tail -n 40 $$log; echo "$$name failed: $$log"; exit 1; }; \
	    grep -aq ' cov: ' $$log || { echo "$$name was blind, it saw no coverage: $$log"; exit 1; }; \
	    echo "$$name: $$(grep -aE '^#[0-9]+' $$log | tail -n 1)"; done

soak: .venv/built
	$(SAY) 'a billion events'
	@$(BIN)/python benchmarks/soak.py

clean:
	$(SAY) 'removing .venv, build, docs/_build and the caches'
	@rm -rf .venv build docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
