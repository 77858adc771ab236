.PHONY: venv demo up check test chaos lock migration clean
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

venv: $(STAMP)

$(STAMP): requirements-dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: venv
	@$(BIN)/digest demo

up: venv
	@$(BIN)/digest up

check: venv
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q -m "not slow and not browser" -x

test: venv
	@$(BIN)/python -m pytest -q

chaos: venv
	@$(BIN)/python -m tests.chaos

# The lock files name versions and hashes, never where they were fetched from.
LOCK := $(BIN)/uv pip compile -q --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --no-annotate --no-header
lock:
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -o requirements-dev.txt

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .hypothesis
