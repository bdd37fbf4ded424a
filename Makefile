# Every task of the project; `make` alone lists them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Many tests wait for servers; more processes than cores still help.
TEST_PROCESSES ?= 5
# Where Python may not keep what it has compiled, each of the hundreds of processes of a test run compiles anew.
unexport PYTHONDONTWRITEBYTECODE
RUNTIME_LOCK := deploy/requirements.lock
DEV_LOCK     := deploy/requirements-dev.lock
BENCH_LOCK   := deploy/requirements-bench.lock

.DEFAULT_GOAL := help
# Minutes of faults, and what to repeat: the seed that an earlier run printed.
FAULTS_SECONDS ?= 1200
FAULTS_SEED    ?=
# Files to mutate, and what to repeat, likewise. FUZZ_FROM: folders of pages of your own to make them of.
FUZZ_INPUTS    ?= 5000
FUZZ_SEED      ?=
FUZZ_FROM      ?=

.PHONY: help demo install install-dev servers helm test unit faults fuzz soak lint types imports rules format wheel-check bench bench-check bench-search bench-web bench-pages bench-extract bench-peers bench-audit dependency-audit lock clean

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## Install, write a synthetic drop folder, ingest it with the embedded servers, search it
	$(BIN)/newsdrop --state-dir .state/demo demo
	@echo "All of it is in .state: go on with $(BIN)/newsdrop --state-dir .state/demo COMMAND, or clean up with rm -r .state"

install: $(VENV)/.installed ## Make the virtual environment with newsdrop in it

install-dev: $(VENV)/.installed-dev ## … and with what the tests and checks need

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "newsdrop needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 …"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is incomplete. On Debian or Ubuntu: apt-get install python3-venv"; exit 2; }

$(VENV)/.installed: $(VENV)/bin/python $(RUNTIME_LOCK) pyproject.toml
	@echo "pip fetches newsdrop's libraries into $(VENV) and checks their hashes: once, a minute or two …"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(RUNTIME_LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed $(DEV_LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(DEV_LOCK)
	@touch $@

servers: install-dev ## Get the Elasticsearch, Prometheus, Redis and Chromium that the tests start (once; kept in ~/.cache/newsdrop)
	$(BIN)/python -m tests.servers.elasticsearch_server
	$(BIN)/python -m tests.servers.prometheus_server
	$(BIN)/python -m tests.servers.redis_server
	$(BIN)/python -m tests.servers.chromium

helm: install-dev ## Get helm and the schemas that the chart's tests need (once, with Go; kept in ~/.cache/newsdrop)
	$(BIN)/python -m tests.servers.helm_tools

test: install-dev servers helm ## Run every test against real servers that it starts itself
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadgroup --no-loadscope-reorder

unit: install-dev ## Run the tests that need no server (seconds)
	$(BIN)/python -m pytest tests/unit

faults: install-dev servers ## Kill, stop, fill and cut everything for 20 minutes; nothing may be lost or doubled
	FAULTS_SECONDS=$(FAULTS_SECONDS) FAULTS_SEED=$(FAULTS_SEED) $(BIN)/python -m tests.faults

fuzz: install-dev ## Read thousands of mutated files: only declared errors, each within a second and 200 MB
	$(BIN)/python -m tests.fuzz --inputs $(FUZZ_INPUTS) $(if $(FUZZ_SEED),--seed $(FUZZ_SEED)) $(FUZZ_FROM:%=--from %)

soak: install-dev servers ## Take 100,000 files through everything, then start over a folder of a million
	$(BIN)/python -m benchmarks.soak

lint: install-dev ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: install-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: install-dev ## Check types
	$(BIN)/mypy

imports: install-dev ## Check the import order of the rooms
	$(BIN)/lint-imports

rules: install-dev ## Check the site rules: keys, selectors, their own tests
	$(BIN)/newsdrop rules check config/sites

.PHONY: wheel
wheel: install-dev ## Build the wheel into dist/, for machines of your own
	$(BIN)/python -m build --wheel --outdir dist .

wheel-check: install-dev ## Build the wheel, install it in an empty environment, run it from elsewhere
	deploy/check-wheel $(BIN)/python

.PHONY: docs pictures
docs: install-dev ## Make the generated pages and Kibana objects anew
	PYTHONPATH=workers:. $(BIN)/python -m docs.make.settings_page
	$(BIN)/newsdrop kibana export deploy/kibana/newsdrop.ndjson
	$(BIN)/newsdrop kibana export --rules deploy/kibana/rules.json

pictures: install-dev servers ## Make the README's pictures from a real run over the synthetic corpus
	PYTHONPATH=workers:. $(BIN)/python -m docs.make.pictures
	PYTHONPATH=workers:. $(BIN)/python -m docs.make.page_pictures

.PHONY: image-check sbom
image-check: ## Build the image with buildah and read in the demo inside it (BASE=debian: on a base of Debian's packages)
	BASE=$(BASE) deploy/image-check

sbom: install ## Write the bill of materials of what the image has in it (CycloneDX)
	@mkdir -p dist
	deploy/sbom $$($(BIN)/python -c 'import newsdrop; print(newsdrop.__version__)') deploy/requirements.lock \
	  deploy/requirements-otel.lock >dist/newsdrop.cdx.json

bench: install-dev servers ## Measure everything in one run, and print one table (half an hour)
	$(BIN)/python -m benchmarks.suite --out benchmarks/results/latest.json

bench-check: install-dev servers ## Fail when a ratio got worse by more than 20 % since the stored run
	$(BIN)/python -m benchmarks.check

bench-search: install-dev servers ## What each analysis costs and finds, and how long searches take (POSTS=DIR: over your own files)
	$(BIN)/python -m benchmarks.search $(if $(POSTS),--posts $(POSTS))

bench-web: install-dev ## Measure what a page of `newsdrop web` costs its server, over 100,000 articles (half an hour; POSTS=DIR: over your own files)
	$(BIN)/python -m benchmarks.web $(if $(POSTS),--posts $(POSTS))

bench-pages: install-dev servers ## Measure what fifty open pages of `newsdrop web` cost the work beside them
	$(BIN)/python -m benchmarks.open_pages

bench-extract: .venv-bench/.installed ## Measure the parser against other extractors, speed and quality (GOLD=DIR: also on your labels; PAGES="DIR …": public sets of whole pages)
	.venv-bench/bin/python -m benchmarks.extract $(if $(GOLD),--gold $(GOLD)) $(if $(PAGES),--pages $(PAGES))

# The lock is whole, so nothing needs resolving; pip stumbles over one of these packages' extras when it does.
.venv-bench/.installed: $(RUNTIME_LOCK) $(BENCH_LOCK) pyproject.toml
	@$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(RUNTIME_LOCK)
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(BENCH_LOCK)
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

bench-peers: install-dev servers ## Measure what others would do with the same folder (FSCRAWLER=HOME FILEBEAT=BINARY LOGSTASH=HOME, where they are installed)
	$(BIN)/python -m benchmarks.peers $(if $(FSCRAWLER),--fscrawler $(FSCRAWLER)) $(if $(FILEBEAT),--filebeat $(FILEBEAT)) \
	  $(if $(LOGSTASH),--logstash $(LOGSTASH))

bench-audit: install-dev servers ## Measure `newsdrop audit` over 100,000 files against both indexes
	$(BIN)/python -m benchmarks.audit

lock: install-dev ## Renew the hashed locks after a change of dependencies
	deploy/lock $(BIN)

dependency-audit: $(VENV)/bin/python ## Look the locked dependencies up among known vulnerabilities (needs the network)
	@test -x $(VENV)/audit/bin/pip-audit || { $(PYTHON) -m venv $(VENV)/audit && \
	  $(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.10,<3'; }
	deploy/dependency-audit $(VENV)/audit/bin/pip-audit

clean: ## Remove the virtual environment, caches and builds
	rm -rf $(VENV) .venv-bench dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo
