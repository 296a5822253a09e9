"""One case by JAX's client, in a process of its own: `python -m benchmarks.gpu.by_jax FOLDER CASE SECONDS`.

It prints a line of JSON. What XLA should do otherwise stands in XLA_FLAGS or NVIDIA_TF32_OVERRIDE.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax._src.interpreters import mlir
from jax._src.lib import xla_client
from jax._src.lib.mlir import ir

from benchmarks.gpu.cases import named
from benchmarks.gpu.inputs import real_pictures
from benchmarks.shared.timing import seconds_of

DETERMINISM_STEPS = 20


def load(text: str) -> tuple[Callable[[list], list], list[int | None], float]:
    """Compile a program; return how to run it, which output holds each argument's new value, and the seconds."""
    head = next(line for line in text.splitlines() if "@main(" in line)
    new_values: list[int | None] = [None] * len(re.findall(r"%arg\d+: tensor<", head))
    for argument, output in re.findall(r"parameter_number = (\d+) : i64\}, output_index = array<i64: (\d+)>", text):
        new_values[int(argument)] = int(output)
    device = jax.devices()[0]
    with mlir.make_ir_context():
        module = mlir.module_to_bytecode(ir.Module.parse(text))
    started = time.perf_counter()
    devices = xla_client.DeviceList((device,))
    program = device.client.compile_and_load(module, devices, xla_client.CompileOptions())
    seconds = time.perf_counter() - started

    def call(values: list) -> list:
        return [parts[0] for parts in program.execute_sharded(values).disassemble_into_single_device_arrays()]

    return call, new_values, seconds


def train(call: Callable[[list], list], values: list, new_values: list[int | None], steps: int) -> tuple[list, list]:
    """Run so many steps, each on the values that the one before left; return the last outputs and those values."""
    outputs: list = []
    for _ in range(steps):
        outputs = call(values)
        values = [value if new is None else outputs[new] for value, new in zip(values, new_values, strict=True)]
    jax.block_until_ready(outputs)
    return outputs, values


def differences(outputs: list, about: dict, new_values: list[int | None]) -> dict[str, float]:
    """Return how far one step's losses, and the norms of its new weights, are from TensorFlow's."""
    places = [(output, number) for number, output in enumerate(new_values[1:]) if output is not None]
    norms = [(float(np.linalg.norm(np.asarray(outputs[o], np.float64))), about["norms"][n]) for o, n in places]
    return {
        "losses_differ_by": float(np.abs(np.asarray(outputs[0]) - about["logs"]).max()),
        "norms_differ_by": max(abs(ours - theirs) / max(theirs, 1e-6) for ours, theirs in norms),
    }


def run(folder: Path, name: str, seconds: float) -> dict[str, object]:
    """Compile a case, compare one step with TensorFlow's, time many, and train twice to see whether both are equal."""
    case, about = named(name), json.loads((folder / f"{name}.json").read_text())
    weights = np.load(folder / f"{case.network}.npz")
    inputs = [real_pictures(case.batch, about["shape"]), *(weights[key] for key in weights.files)]
    call, new_values, compiled = load((folder / f"{name}.mlir").read_text())

    def begin(steps: int) -> tuple[list, list]:
        """Train from the start; the program writes its new values over the old, so each time needs copies."""
        return train(call, [jnp.array(value, copy=True) for value in inputs], new_values, steps)

    first, _ = begin(1)
    outputs, values = begin(DETERMINISM_STEPS)
    again, later = begin(DETERMINISM_STEPS)
    equal = all(
        np.array_equal(one, other) for one, other in zip([outputs[0], *values], [again[0], *later], strict=True)
    )
    about_steps = seconds_of(lambda: train(call, values, new_values, DETERMINISM_STEPS)) / DETERMINISM_STEPS
    steps = max(20, round(seconds / about_steps))
    taken = seconds_of(lambda: train(call, later, new_values, steps)) / steps
    return {
        "device": jax.devices()[0].device_kind,
        "compile_s": compiled,
        "step_ms": 1000 * taken,
        "img_per_s": case.batch / taken,
        "tflops": about["step_flops"] / taken / 1e12,
        "equal_twice": equal,
    } | differences(first, about, new_values)


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
