# Both do all their own set-up in .venv, which git ignores.
#   make demo               the main job on freely licensed music
#   make demo MUSIC=DIR     the same on your own music, which is only read
#   make test               lint, types, tests
#   make pictures           the README's pictures, from the demo's library

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed

PICTURES := features-by-genre,pca-2d,kmeans-3d,genres-of-clusters,genre-means

.PHONY: demo test lint pictures clean

demo: $(INSTALLED)
	scripts/demo.sh "$(MUSIC)"

test: $(INSTALLED) lint
	scripts/fetch-music.sh .cache/music $$(cat tests/music.txt) || test -z "$$CI"
	$(VENV)/bin/pytest --numprocesses logical --dist loadfile

pictures: $(INSTALLED)
	BEETSDIR=demo $(VENV)/bin/beet mirplot --format png -o docs/pictures --only $(PICTURES)
	rm docs/pictures/index.html

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
