# `make demo` and `make test` need Python 3.11 or newer and nothing else: they make .venv themselves.
PYTHON ?= python3
BIN = .venv/bin
DEMO = runs/demo

# The README's table of quality. Five CPU minutes a training: some hours in all; it may be stopped.
BOARD = runs/leaderboard
LATENT = gan,dcgan,lsgan,wgan,wgan_gp,cgan,acgan,infogan,sngan,r3gan
DATA_DIR ?= $(HOME)/tensorflow_datasets

# The variants' defaults, and what was tried instead: docs/quality.md says what won.
TRIED := $(LATENT),gan --r1 1,dcgan --r1 0,dcgan --r1 1,dcgan --r1 2,dcgan --learning-rate 5e-4
TRIED := $(TRIED),dcgan --filters 16,dcgan --filters 64,dcgan --ema 0,dcgan --batch-size 128
TRIED := $(TRIED),lsgan --r1 0,lsgan --r1 5,lsgan --coding pearson,lsgan --filters 16
TRIED := $(TRIED),lsgan --batch-size 32,cgan --r1 1,acgan --r1 0
TRIED := $(TRIED),infogan --r1 0,sngan --learning-rate 5e-4,sngan --no-labels
TRIED := $(TRIED),wgan_gp --discriminator-steps 5,wgan_gp --learning-rate 1e-3,wgan_gp --ema 0.999
TRIED := $(TRIED),r3gan --network r3gan --filters 16,r3gan --gamma 1,r3gan --gamma 10
TRIED := $(TRIED),r3gan --filters 16,r3gan --batch-size 32
TRIED := $(TRIED),wgan --learning-rate 1e-3 --clip 0.1
TRIED := $(TRIED),wgan --discriminator-steps 2 --learning-rate 5e-4
TRIED := $(TRIED),wgan --discriminator-steps 2 --learning-rate 5e-4 --clip 0.03
TRIED := $(TRIED),wgan --discriminator-steps 2 --learning-rate 1e-3 --clip 0.1
TRIED := $(TRIED),wgan --discriminator-steps 2 --learning-rate 1e-3 --clip 0.5

.PHONY: demo test check install serving leaderboard tuning

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
	@echo "pictures, newest last:  $$(ls $(DEMO)/samples/*.png | tail -1)"
	@echo "TensorBoard:            $(BIN)/tensorboard --logdir runs   (logs in $(DEMO)/logs)"
	@echo "exports:                $(DEMO)/export, of which MODEL_CARD.md tells"
	@echo "in a browser:           $(BIN)/python -m http.server --directory $(DEMO)/export/web"
	@echo "translate your own:     $(BIN)/python -m export.images $(DEMO) --input FOLDER"
	@echo "train on real pictures: $(BIN)/python -m train.cyclegan --data horse2zebra"

# An environment of KServe's own, for the tests that ask a server over REST: it holds protobuf back.
serving: .venv-serving/installed

.venv-serving/installed: Makefile
	$(PYTHON) -m venv .venv-serving
	.venv-serving/bin/pip install --quiet kserve==0.21.0 tensorflow==2.21.0
	@touch $@

test: install
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: install
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

install: .venv/installed

.venv/installed: setup.py
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11" \
	    if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable .[test]
	@touch $@
