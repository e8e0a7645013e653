# make train   set up, build the demo data set, train dense_500, score it on a voice it never heard
# make test    set up and run all tests; make test-fast leaves out those that take seconds each
# make lint    style and types
# make campaign  an hour of trials: damaged, hostile and killed; stopped, it goes on with the next call
# make bench   feature extraction against librosa
# make docs    build the documentation into site
# make browser  put a network and its runtime into docs/browser, the page that inverts in the browser; needs npm
#
# The environment is .venv, made with uv where it is installed, else with venv and pip. Versions are those of
# constraints.txt; make CONSTRAINTS= train takes the newest. Another Python: make PYTHON=python3.12 train

PYTHON ?= python3
CONSTRAINTS ?= constraints.txt
BIN := .venv/bin

ifneq ($(shell command -v uv),)
CREATE := uv venv --quiet --python $(PYTHON) .venv
INSTALL := uv pip install --python .venv
else
CREATE := $(PYTHON) -m venv .venv
INSTALL := $(BIN)/python -m pip install
endif
INSTALL += $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS))

.PHONY: train test test-fast campaign lint bench docs browser clean

train: .venv/installed
	$(BIN)/mfccinv train model=dense_500
	$(BIN)/mfccinv evaluate run=latest

# The tests of a file share what they train; the slow files come first, and the others fill up the time.
PYTEST := $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: .venv/installed-dev
	$(PYTEST)

test-fast: .venv/installed-dev
	$(PYTEST) -m "not slow"

campaign: .venv/installed-dev
	PYTHONPATH=tests $(BIN)/python -m campaign --minutes 60 --write

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/installed
	$(BIN)/python benchmarks/features.py

docs: .venv/installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# Of ONNX Runtime: the bundle that computes on the processor, and its WebAssembly. One thread needs no more.
RUNTIME := ort.wasm.bundle.min.mjs ort-wasm-simd-threaded.wasm
NETWORK ?= asr_20

browser: .venv/installed-dev
	npm install --prefix build/browser --no-audit --no-fund --ignore-scripts onnxruntime-web@1.30.0
	mkdir -p docs/browser/onnxruntime
	cp $(RUNTIME:%=build/browser/node_modules/onnxruntime-web/dist/%) docs/browser/onnxruntime
	$(BIN)/mfccinv export run=$(NETWORK) format=onnx output=docs/browser/$(NETWORK).onnx

.venv/installed: pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "mfccinv needs Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) --version 2>&1): make PYTHON=<another> …"; exit 1; }
	test -x $(BIN)/python || $(CREATE)
	$(INSTALL) --editable .
	$(INSTALL) --editable '.[f0]' || echo "scores of F0 are left out: there is no package of onnxruntime for this Python"
	$(INSTALL) --editable '.[quality]' \
		|| echo "PESQ and STOI are left out: pesq is built from source and needs a C compiler"
	touch $@

.venv/installed-dev: .venv/installed
	$(INSTALL) --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv build dist site .pytest_cache .ruff_cache .mypy_cache .hypothesis
