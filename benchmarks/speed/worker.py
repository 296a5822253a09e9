"""One way of training in a process of its own: `python -m benchmarks.speed.worker PEER CASE`."""

import itertools
import os
import resource
import sys
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def build(peer: str, case: str) -> Callable[[int], None]:
    """Return the function that trains for a number of steps."""
    if not peer.startswith("ours"):
        import tensorflow  # noqa: F401 - before the library, which changes settings of TensorFlow's for itself
    from benchmarks.speed.cases import CASES

    config = CASES[case]
    if peer == "lightweight-gan":
        from benchmarks.speed import lightweight_peer

        return lightweight_peer.example(config)
    if peer.startswith("torch"):
        from benchmarks.speed import torch_peer

        return torch_peer.example(config, bfloat16=peer.endswith("bfloat16"))
    from benchmarks.speed import tensorflow_peers
    from dcgan_tf.common.machine import this_execution

    if peer.startswith("ours, "):
        from benchmarks.speed import variants

        return variants.variant(peer.removeprefix("ours, "), config)[1]
    if peer.startswith("ours"):
        precision, _, changed = (peer.partition(" ")[2] or "auto").partition(", ")
        execution = this_execution(precision)
        if changed == "oneDNN gradients":
            execution = execution._replace(matmul_gradients=False)
        return tensorflow_peers.ours(config, execution)
    return tensorflow_peers.keras_io(config) if peer == "keras-io" else tensorflow_peers.tutorial(config)


def answer(build: Callable[[], Callable[[int], None]]) -> None:
    """Train for each number of steps, a line each on standard input, and answer with seconds and peak MiB.

    `build` returns the function that trains. The first answer comes unasked: of the first step, with whatever it
    compiles; or "missing" and a package.
    """
    answers = os.fdopen(os.dup(1), "w")  # what the frameworks print goes elsewhere
    os.dup2(2, 1)
    try:
        train = build()
    except ModuleNotFoundError as error:
        print(f"missing {error.name}", file=answers, flush=True)
        return
    for steps in itertools.chain(["1"], sys.stdin):
        started = time.perf_counter()
        train(int(steps))
        seconds = time.perf_counter() - started
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, file=answers, flush=True)


if __name__ == "__main__":
    answer(lambda: build(*sys.argv[1:]))
