.PHONY: venv demo up check test browser machine-code byte-code long chaos lock clean
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

# Dozens of processes start in the tests: each would compile the whole source anew.
unexport PYTHONDONTWRITEBYTECODE

PIP := $(BIN)/pip install --quiet --no-compile --disable-pip-version-check --require-hashes

venv: $(STAMP)

# uv takes a third of pip's work, from the index that pip is told of. Where it cannot, pip does it.
$(STAMP): requirements-dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt >.venv/uv.txt
	@index="$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null || true)}"; \
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$$index"; \
	[ -z "$${PIP_CERT:-}" ] || export SSL_CERT_FILE="$$PIP_CERT"; \
	{ $(PIP) --no-deps -r .venv/uv.txt \
		&& UV_HTTP_RETRIES=1 $(BIN)/uv pip install --quiet --python $(BIN)/python \
			--require-hashes -r requirements-dev.txt; } 2>.venv/uv.log \
		|| $(PIP) -r requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: venv
	@$(BIN)/digest demo

up: venv
	@$(BIN)/digest up

check: venv machine-code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -q -m "not slow and not browser" -x -n auto --dist worksteal

# Both halves at once (tests/side_by_side.py). The few that fail beside the others are judged alone,
# and named at the end all the same.
test:
	@$(MAKE) --no-print-directory -j 3 venv browser machine-code byte-code
	@$(BIN)/python -m tests.side_by_side

# Tests drive the system's Chromium, and Firefox for pushes. What is missing and may be installed, is.
# Most need its engine alone, without windows; where only the whole is, that serves.
browser:
	@found() { for each; do command -v "$$each" >/dev/null && return 0; done; return 1; }; \
	missing=""; lighter=""; \
	found chromium chromium-browser google-chrome || missing="chromium fonts-noto-cjk"; \
	found firefox-esr firefox || missing="$$missing firefox-esr"; \
	found chromium-headless-shell chrome-headless-shell || lighter="chromium-headless-shell"; \
	[ -n "$$missing$$lighter" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing for the browser tests: $$missing $$lighter"; \
		apt-get update -qq >/dev/null 2>&1; \
		for each in "$$missing" "$$lighter"; do \
			[ -z "$$each" ] || DEBIAN_FRONTEND=noninteractive \
				apt-get install -y -qq --no-install-recommends $$each >/dev/null 2>&1 \
				|| echo "Not to be installed: $$each"; \
		done; \
	fi; \
	{ found chromium chromium-browser google-chrome && found firefox-esr firefox; } \
		|| echo "Not all browsers are here, so that tests will be skipped"

# Compiled once, before tests share the cores: on a slow machine it takes longer than a test may.
machine-code: venv
	@$(BIN)/python -c "from digest.newsdesk.stories.clustering.evaluate import warm; warm()"

# What pytest makes of the tests' source, once: else each of its processes would, at the same time.
byte-code: venv
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null 2>&1 || true

# What is too long for CI; a summary line each.
long: venv
	@DIGEST_LONG=1 $(BIN)/python -m pytest -q tests/browser/test_desk_axe.py \
		tests/browser/test_public_pages.py tests/browser/desk/test_import.py
	@$(BIN)/python -m tests.fuzz --requests 100000
	@$(BIN)/python -m tests.fuzz.documents --minutes 30
	@$(BIN)/python -m tests.bench.pages --json

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
