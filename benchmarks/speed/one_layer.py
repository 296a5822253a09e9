"""The time of each layer's parts, in a process of its own: `python -m benchmarks.speed.one_layer CASE WAY`."""

import json
import sys
from collections.abc import Callable
from functools import partial

import keras
import tensorflow as tf

from benchmarks.shared.timing import median_seconds
from benchmarks.speed.cases import CASES, LAYER_PARTS
from benchmarks.speed.limits import matmul_tflops
from dcgan_tf.common.machine import POLICIES
from dcgan_tf.model import layers
from dcgan_tf.model.networks import build_discriminator, build_generator, layer_flops

COPIES, ROUNDS = 8, 7  # inputs in a call, calls


def measure(case: str, way: str) -> dict[str, object]:
    """Return the GFLOP/s of the peak and a row for each layer, in this process."""
    if way.endswith("products at all sizes"):
        layers.MATMUL_PIXELS = 10**9
    tf.config.threading.set_inter_op_parallelism_threads(1)  # one layer at a time, on all cores
    config, precision = CASES[case], way.partition(",")[0]
    kit = layers.fast_layers(matmul_gradients="oneDNN" not in way)
    peak, rows = matmul_tflops(precision), []
    for build in (build_generator, build_discriminator):
        network = build(config, POLICIES[precision], kit)
        for layer in network.layers:
            if not layer_flops(layer):
                continue
            row = {"network": network.name, "layer": layer.name, "mflop": layer_flops(layer) * config.batch_size / 1e6}
            for part, work in layer_parts(layer, config.batch_size).items():
                row[part] = median_seconds(work, ROUNDS) / COPIES * 1000
            rows.append(row)
    return {"peak_gflops": 1000 * max(peak, matmul_tflops(precision)), "rows": rows}


def layer_parts(layer: keras.Layer, batch_size: int) -> dict[str, Callable[[], object]]:
    """Return what computes each part of a layer for `COPIES` batches of random inputs."""
    dtype = layer.compute_dtype
    shapes = (batch_size, *layer.input.shape[1:]), (batch_size, *layer.output.shape[1:])
    inputs, upstream = (
        [tf.cast(tf.random.stateless_normal(shape, [copy, 0]), dtype) for copy in range(COPIES)] for shape in shapes
    )

    def gradient(of_input: bool) -> Callable[[], object]:
        @tf.function
        def run() -> list:
            found = []
            for one, above in zip(inputs, upstream, strict=True):
                with tf.GradientTape() as tape:
                    tape.watch(one)
                    outputs = layer(one, training=True)
                found.append(tape.gradient(outputs, one if of_input else layer.kernel, above))
            return found

        return partial(wait_for, run)

    @tf.function
    def forward() -> list:
        return [layer(one, training=True) for one in inputs]

    return dict(zip(LAYER_PARTS, (partial(wait_for, forward), gradient(True), gradient(False)), strict=True))


def wait_for(run: Callable[[], list[tf.Tensor]]) -> None:
    """Compute a list of tensors, one after the other."""
    run()[-1].numpy()


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
