# Every target makes .venv from the lock file by itself. Only git, make and python3 (with venv) are presumed;
# uv is used where it is installed, for it is faster.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
# Some containers say that Python keeps no bytecode: each of the hundreds of processes that the tests start would compile
# us anew, a quarter of its time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test lint bench quality faults scale readers deploy lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## install the locked dependencies into .venv; every other target does it by itself

$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "newscrawl needs Python 3.11 or later, this is " + sys.version.split()[0] + "; set PYTHON=/path/to/python3.11")'
	@echo "installing the locked dependencies into .venv, a minute or two ..." >&2
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) .venv && \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock; \
	else \
		$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	fi
	@touch $@

demo: setup ## crawl a demo news web on this machine into a real S3 server
	@$(BIN)/scrapy demo

# A file stays on one worker, for its fixtures are dear. In the order of the folders: by default the files of many tests
# come first, and those of few, which are the long ones here, would be left for one worker at the end.
test: setup ## the test suite, in two processes a core, with its slowest ten
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder --durations=10

quality: setup ## extraction on every set of pages that is there, beside trafilatura; fails below its floors
	@$(BIN)/python -m benchmarks.quality

# Half an hour: kills, outages, full disks. Each has a short form in `make test`; here it is both, and all of them.
faults: setup ## the long fault tests: kills, outages, full disks; half an hour
	@FUZZ_EXAMPLES=1000 $(BIN)/python -m pytest -q -rP -m "faults or not faults" tests/faults tests/test_doing.py
	@SEEDS=5 $(BIN)/python -m pytest -q -m faults tests/crawl tests/fetching tests/watch
	@SEEDS=5 $(BIN)/python -m pytest -q tests/crawl/test_signals.py
	@FUZZ_EXAMPLES=1000 $(BIN)/python -m pytest -q tests/extraction/test_hostile.py tests/discovery/test_hostile_sources.py tests/text/test_dates.py
	@SEEDS=5 $(BIN)/python -m pytest -q tests/archive/test_forget.py tests/archive/test_readers.py tests/archive/test_rollup.py tests/run/test_reextract.py tests/tables/test_compact.py tests/dedup/test_orders.py tests/dedup/test_roundups.py tests/dedup/test_meetings.py

# Ray and Daft, which a crawl does without, are installed for it; Daft, which will not stand beside the locked pyarrow, in
# an environment of its own. In `make test` is its short form.
scale: setup ## shards: eight beside one, kills, paused processes, Ray, Daft; half an hour
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check "ray>=2.50,<3"
	@SEEDS=5 $(BIN)/python -m pytest -q -rs -m "faults or not faults" tests/faults/test_shards.py tests/crawl/test_shards.py tests/crawl/test_ray.py tests/run/test_joining.py
	@$(BIN)/python -m benchmarks.shards
	@test -d .scale || $(PYTHON) -m venv .scale
	@.scale/bin/python -m pip install --quiet --disable-pip-version-check -e '.[scale,tables]' pytest pytest-timeout hypothesis
	@TEST_ENGINE=daft .scale/bin/python -m pytest -q tests/run/test_reextract.py tests/run/test_joining.py
	@TEST_ENGINE=ray .scale/bin/python -m pytest -q tests/run/test_reextract.py tests/run/test_joining.py

# Libraries that will not stand beside the locked ones have an environment of their own.
.readers/.installed: tests/bucket/readers-requirements.txt
	@test -d .readers || $(PYTHON) -m venv .readers
	@.readers/bin/python -m pip install --quiet --disable-pip-version-check -r tests/bucket/readers-requirements.txt
	@touch $@

readers: setup .readers/.installed ## every recipe of docs/reading.md, against a real bucket
	@$(BIN)/python -m pytest -q -rs tests/bucket/test_reading_docs.py tests/bucket/test_rows_out.py tests/tables

lint: setup ## ruff and mypy, as CI runs them
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: setup ## the benchmarks of docs/benchmarks.md that need no other data
	@$(BIN)/python -m benchmarks

deploy: setup ## check what lies in deploy/ with its own tools, which this installs
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check -r tests/deploy/requirements.txt
	@$(BIN)/python -m pytest -q -rs tests/deploy

# Not needed to run anything: makes requirements.lock anew from pyproject.toml, and of it what an image needs.
lock: ## make requirements.lock anew from pyproject.toml; needs uv
	uv pip compile --quiet --universal --generate-hashes --group dev --extra tables --extra watch --extra otel --extra signing --extra render --extra report pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --extra tables -c requirements.lock pyproject.toml -o deploy/requirements.lock

clean: ## remove .venv, state and caches
	rm -rf .venv .readers .scale .newscrawl .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
