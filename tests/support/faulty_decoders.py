"""A decoder with seven faults, each at an input of its own, for the test of the fuzzer."""

import os
import time
from pathlib import Path

import numpy as np

from tests.support.fuzz_inputs import make_input, make_seeds

SEED = 5


def crash(path):
    os.abort()


def hang(path):
    time.sleep(600)


def fail(path):
    raise RecursionError("too deep")


def dawdle(path):
    start = time.process_time()
    while time.process_time() < start + 2.5:
        pass
    return {0: "listed"}


def devour(path):
    np.ones(30_000_000)
    return {0: "listed"}


def talk(path):
    return {0: f"cannot read\n{path}"}


def lie(path):
    return {}


# By the index of the input.
FAULTS = {1: crash, 3: hang, 4: fail, 5: dawdle, 7: talk, 8: lie, 10: devour}


FAULTY = {make_input(make_seeds(), SEED, index): fault for index, fault in FAULTS.items()}  # not while one is timed


def decode_faultily(paths, pixels, resize):
    """List any file, as `decode_files` would, but for those that meet a fault."""
    fault = FAULTY.get(Path(paths[0]).read_bytes())
    return fault(paths[0]) if fault else {0: "listed"}
