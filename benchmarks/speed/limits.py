"""What the machine could reach: the rate of one large matrix product, and the operations that a step needs."""

import subprocess
import sys

from benchmarks.shared.processes import ROOT, command
from benchmarks.shared.timing import median_seconds
from dcgan_tf.config import Config

SIDE = 2048
ROUNDS = 7


def step_flops(config: Config) -> float:
    """Return the operations of a training step for one real and one generated picture, without waste.

    Forward, gradient of the input and gradient of the weights cost the same: three passes of G, and of D three for
    each of the two pictures. G learns from the gradient that D's own step needs anyway.
    """
    from dcgan_tf.model.networks import build_discriminator, build_generator, count_flops

    return 3 * count_flops(build_generator(config)) + 6 * count_flops(build_discriminator(config))


def measure_limits() -> dict[str, float]:
    """Return the TFLOP/s of a product of two large square matrices, by precision, each from a process of its own."""
    return {precision: float(_isolated(precision)) for precision in ("float32", "bfloat16")}


def _isolated(precision: str) -> str:
    line = command("benchmarks.speed.limits", precision)
    return subprocess.run(line, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def matmul_tflops(precision: str) -> float:
    """Return the median TFLOP/s of a product in `precision` over the rounds."""
    import tensorflow as tf

    left, right = (tf.cast(tf.random.stateless_normal([SIDE, SIDE], [0, seed]), precision) for seed in (0, 1))
    product = tf.function(lambda: tf.matmul(left, right))
    return 2 * SIDE**3 / median_seconds(lambda: product().numpy(), ROUNDS) / 1e12


if __name__ == "__main__":
    print(matmul_tflops(sys.argv[1]))
