# Every target makes the environment it needs (.venv) on first use. Variables go to the notebook:
# make run-kiwi KIMG=20 SIZE=100 RUN=large

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The names of the variables given to make. Their values are in the environment, where make puts them, so that
# spaces and quotes in them meet no shell.
GIVEN = $(foreach name,$(filter-out PYTHON VENV BIN READY,$(.VARIABLES)),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))

.DEFAULT_GOAL := help
.PHONY: help run-kiwi run-vehicles run explore export gallery data-kiwi data-vehicles test lint format bench setup clean

help:  ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

run-kiwi: $(READY)  ## Train on kiwis: data/ if Fruits-360 is there, rendered otherwise (FRUIT, DATA, KIMG, SIZE, RUN, ...)
	@$(BIN)/python -m dcgan_tf run kiwi $(GIVEN)

run-vehicles: $(READY)  ## Train on vehicles, 28x28 gray: data/ if they are there, rendered otherwise
	@$(BIN)/python -m dcgan_tf run vehicles $(GIVEN)

run: $(READY)  ## Train on your own pictures: make run DATA=~/photos SIZE=64
	@$(BIN)/python -m dcgan_tf run own $(GIVEN)

explore: $(READY)  ## Play with a run in the browser: make explore RUN=outputs/kiwi/default
	@$(BIN)/python -m dcgan_tf explore $(GIVEN)

export: $(READY)  ## Write a run's generator as SavedModel, ONNX and LiteRT: make export RUN=outputs/kiwi/default
	@$(BIN)/python -m dcgan_tf export $(GIVEN)

gallery: $(READY)  ## Collect the finished runs below outputs/ into one page to open or to send
	@$(BIN)/python -m dcgan_tf gallery $(GIVEN)

data-kiwi: $(READY)  ## Download Fruits-360 from Kaggle into data/
	@$(BIN)/python -m dcgan_tf download kiwi $(GIVEN)

data-vehicles: $(READY)  ## Download Vehicle Classification from Kaggle into data/
	@$(BIN)/python -m dcgan_tf download vehicles $(GIVEN)

test: $(READY)  ## Run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(READY)  ## Check format, lint and that notebooks hold no outputs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/nbstripout --verify notebooks/*.ipynb

format: $(READY)  ## Mend format, lint where it can be mended, and strip the notebooks
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/nbstripout notebooks/*.ipynb

bench: $(READY)  ## Measure speed against other ways of training a DCGAN (PyTorch's too, if it is installed)
	@$(BIN)/python benchmarks/speed.py
	@$(BIN)/python benchmarks/ingredients.py
	@$(BIN)/python benchmarks/overheads.py
	@$(BIN)/python benchmarks/scaling.py
	@$(BIN)/python benchmarks/precision.py
	@$(BIN)/python benchmarks/judge_cost.py
	@$(BIN)/python benchmarks/tables.py

setup: $(READY)  ## Make the environment and nothing else

clean:  ## Remove the environment; data/ and outputs/ stay
	rm -rf $(VENV)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
		"Python should be 3.11 to 3.13. Received: %d.%d. Name another with PYTHON=python3.12." % v)'
	@echo "Setting up .venv: about 3 GB of packages, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@
