"""The rate of a large matrix product by JAX: `python -m benchmarks.gpu.peak`. Prints TFLOP/s by precision as JSON."""

import json
import time

import jax
import jax.numpy as jnp

TRIES = 10


def tflops(side: int, dtype: str) -> float:
    """Return the rate of products of two square matrices, the best of some tries."""
    matrix = jnp.ones((side, side), dtype)
    product = jax.jit(jnp.matmul)
    product(matrix, matrix).block_until_ready()
    best = float("inf")
    for _ in range(TRIES):
        began = time.perf_counter()
        product(matrix, matrix).block_until_ready()
        best = min(best, time.perf_counter() - began)
    return 2 * side**3 / best / 1e12


if __name__ == "__main__":
    side = 8192 if jax.devices()[0].platform == "gpu" else 1024
    print(json.dumps({dtype: tflops(side, dtype) for dtype in ("float32", "bfloat16")}))
