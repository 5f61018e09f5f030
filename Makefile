# Both do all their own set-up in .venv, which git ignores.
#   make demo               the main job on freely licensed music
#   make demo MUSIC=DIR     the same on your own music, which is only read
#   make test               lint, types, tests

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint clean

demo: $(INSTALLED)
	scripts/demo.sh "$(MUSIC)"

test: $(INSTALLED) lint
	scripts/fetch-music.sh .cache/music $$(cat tests/music.txt) || test -z "$$CI"
	$(VENV)/bin/pytest

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	$(VENV)/bin/python -m pip install --quiet --editable '.[dev,tensorflow]'
	touch $@

clean:
	rm -rf $(VENV) .cache demo build *.egg-info
