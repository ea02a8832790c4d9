# Every target sets up what it needs: .venv is made where it is missing, and brought up to date when pyproject.toml or
# constraints.txt changed. A particular Python: make PYTHON=/path/to/python3.13 demo

VENV := .venv
BIN := $(VENV)/bin
SERVICES := .services
DOCS := .docs
READY := $(VENV)/.ready
TYPED := bayescale
BENCHES := textbook reference loss_baselines loss_forecast

export PYTHON
# One thread per linear-algebra call: the matrices are small, and chains and test workers already use every core.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help demo test test-docs test-slow fixtures notebooks docs services lint format bench wheel clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo       fit the shipped runs, forecast larger models, write demo/report.html'
	@echo 'make test       the fast tests'
	@echo 'make test-docs  the README, pages, notebooks and recipes, executed'
	@echo 'make test-slow  all tests, sampling studies included'
	@echo 'make notebooks  run the notebooks and store their results'
	@echo 'make docs       the documentation as a site in dist/docs'
	@echo 'make fixtures   sample the golden posteriors in tests/fixtures again'
	@echo 'make services   MLflow and S3 (Moto) in .services, for the tests that talk to real servers'
	@echo 'make lint       ruff and mypy (make format: let ruff rewrite)'
	@echo 'make bench      the measurements in benchmarks/results'
	@echo 'make wheel      dist/bayescale-*.whl'

$(READY): pyproject.toml constraints.txt
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || \
		{ python=$$(./tools/find-python) && echo "making $(VENV) with $$python" && rm -rf $(VENV) && "$$python" -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY)
	$(BIN)/bayescale demo --out demo

test: $(READY)
	$(BIN)/python -m pytest -m 'not slow and not docs' --numprocesses 2 --dist loadfile

test-docs: $(READY)
	$(BIN)/python -m pytest -m 'docs and not slow' --numprocesses 2 --dist loadfile

test-slow: $(READY)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

fixtures: $(READY)
	$(BIN)/python -m tests.golden

notebooks: $(READY)
	$(BIN)/python -m tools.notebooks

# In an environment of its own: nothing of bayescale is imported to build the site.
docs: $(DOCS)/.ready
	$(DOCS)/bin/python -m tools.docs_site
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --quiet --config-file build/mkdocs.yml
	@echo 'open dist/docs/index.html'

$(DOCS)/.ready: $(READY)
	rm -rf $(DOCS)
	$(BIN)/python -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check 'mkdocs-material>=9.7,<10' 'mkdocstrings-python>=2,<3' 'mkdocs-jupyter>=0.26,<1' 'latex2mathml>=3.78,<4'
	@touch $@

# In an environment of their own: they hold back packages that bayescale uses in newer versions.
services: $(SERVICES)/.ready

$(SERVICES)/.ready: $(READY)
	rm -rf $(SERVICES)
	$(BIN)/python -m venv $(SERVICES)
	$(SERVICES)/bin/python -m pip install --quiet --disable-pip-version-check 'mlflow>=3.17,<4' 'moto[server]>=5.2,<6'
	@touch $@

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	for name in $(BENCHES); do $(BIN)/python -m benchmarks.$$name || exit 1; done

wheel: $(READY)
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) $(SERVICES) $(DOCS) build dist demo
