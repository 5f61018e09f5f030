# Both do all their own set-up in .venv, which git ignores.
#   make demo               the main job on freely licensed music
#   make demo MUSIC=DIR     the same on your own music, which is only read
#   make demo PACKAGES='A B' EPOCHS=50    shorter: packages of scripts/music.tsv, less training
#   make test               lint, types, tests
#   make faults             what goes wrong on purpose, tried far more often: 20 minutes
#   make docs               docs/features.md, from what the code says of each feature
#   make pictures           the README's pictures, from the demo's library

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed
LINTERS := $(VENV)-lint

PICTURES := features-by-genre,pca-2d,kmeans-3d,genres-of-clusters,genre-means

.PHONY: demo test faults lint docs pictures clean

# As it was typed, past make and the shell: folders may have blanks, quotes and dollars.
override MUSIC := $(value MUSIC)
export MUSIC PACKAGES EPOCHS

demo: $(INSTALLED)
	scripts/demo.sh "$$MUSIC"

test: $(INSTALLED) lint
	scripts/fetch-music.sh .cache/music $$(cat tests/music.txt) || test -z "$$CI"
	$(VENV)/bin/pytest --numprocesses logical --dist loadfile

faults: $(INSTALLED)
	scripts/fetch-music.sh .cache/music $$(cat tests/music.txt) || test -z "$$CI"
	FAULTS=long $(VENV)/bin/pytest --numprocesses logical --dist loadfile tests/faults
	FAULTS=long $(VENV)/bin/pytest --numprocesses logical --dist loadfile -m long tests

docs: $(INSTALLED)
	$(VENV)/bin/python scripts/features.py

pictures: $(INSTALLED)
	BEETSDIR=demo $(VENV)/bin/beet mirplot --format png -o docs/pictures --only $(PICTURES)
	cd docs/pictures && rm index.html overview.png .mir-plots.json

lint: $(LINTERS)/.installed
	$(LINTERS)/bin/ruff check .
	$(LINTERS)/bin/ruff format --check .
	$(LINTERS)/bin/bandit --quiet --recursive --configfile pyproject.toml beetsplug
	@if test -x $(LINTERS)/bin/mypy; then echo $(LINTERS)/bin/mypy; $(LINTERS)/bin/mypy; \
	else echo "types are not checked on this Python: see lint in pyproject.toml"; fi

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	$(VENV)/bin/python -m pip install --quiet --editable '.[dev,tensorflow]'
	$(VENV)/bin/python -m pip install --quiet --no-deps musicnn
	touch $@

$(LINTERS)/.installed: lint.txt
	$(PYTHON) -m venv $(LINTERS)
	$(LINTERS)/bin/python -m pip install --quiet --requirement lint.txt
	touch $@

clean:
	rm -rf $(VENV) $(LINTERS) .cache demo build *.egg-info
