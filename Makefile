# `make demo` and `make test` need Python 3.11 or newer and nothing else: they make .venv themselves.
PYTHON ?= python3
BIN = .venv/bin
DEMO = runs/demo

# The README's table of results: five CPU minutes per training, some hours in all. Run the same
# command again to resume.
BOARD = runs/leaderboard
LATENT = gan,dcgan,lsgan,wgan,wgan_gp,cgan,acgan,infogan,sngan,r3gan
# The lower bounds in pyproject.toml of what the library computes with.
OLDEST = tensorflow==2.20.* tensorboard==2.20.* keras==3.15.* numpy==2.0.*
DATA_DIR ?= $(HOME)/tensorflow_datasets

# The models' defaults, and what was tried instead: docs/benchmarks.md has the table.
TRIED = $(LATENT),$(shell paste -sd, benchmarks/tuning.txt)

.PHONY: demo test test-oldest check docs install serving leaderboard tuning

leaderboard: install
	$(BIN)/python -m train.compare --data mnist --data-dir $(DATA_DIR) --variants $(LATENT),benchmarks.tutorial_dcgan \
	    --minutes 5 --seeds 3 --evaluations 3 --metrics fid,classes --output $(BOARD)

tuning: install
	$(BIN)/python -m train.compare --data mnist --data-dir $(DATA_DIR) --variants "$(TRIED)" \
	    --minutes 5 --seeds 1 --evaluations 3 --metrics fid,classes --output runs/tuning

demo: install
	$(BIN)/python -m train.cyclegan --data stripes --run-dir $(DEMO) --image-size 64 \
	    --filters 24 --blocks 3 --discriminator-filters 32 --epochs 4
	$(BIN)/python -m export $(DEMO)
	@echo
	@echo "images, newest last:    $$(ls $(DEMO)/samples/*.png | tail -1)"
	@echo "TensorBoard:            $(BIN)/tensorboard --logdir runs   (logs in $(DEMO)/logs)"
	@echo "exports:                $(DEMO)/export, described in MODEL_CARD.md"
	@echo "in a browser:           $(BIN)/python -m http.server --directory $(DEMO)/export/web"
	@echo "translate your own:     $(BIN)/python -m export.images $(DEMO) --input FOLDER"
	@echo "train on real images:   $(BIN)/python -m train.cyclegan --data horse2zebra"

# An environment of KServe's own, for the tests that ask a server over REST: it holds protobuf back.
serving: .venv-serving/installed

.venv-serving/installed: Makefile
	$(PYTHON) -m venv .venv-serving
	.venv-serving/bin/pip install --quiet kserve==0.21.0 tensorflow==2.21.0
	@touch $@

test: install
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

# The same with the oldest versions that pyproject.toml allows of what the library computes with.
test-oldest: .venv-oldest/installed
	.venv-oldest/bin/python -m pytest --numprocesses auto --dist loadfile

.venv-oldest/installed: pyproject.toml Makefile
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/pip install --quiet --editable .[test] $(OLDEST)
	@touch $@

docs: install
	$(BIN)/mkdocs build --strict --quiet --site-dir build/site

check: install
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

install: .venv/installed

.venv/installed: pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11" \
	    if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable .[test]
	@touch $@
