"""What it costs to share one run among processes: images/s of one and of two workers, on cores of their own.

Each worker has one core, by `taskset`; they speak over the loopback. Beside them: one process with one core and one
with both, the bytes of gradients that a step adds up over workers, and, with Ray, what a task of it costs.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.shared.options import parser_of
from benchmarks.shared.processes import ROOT, command, worker_settings
from benchmarks.shared.report import write_results
from dcgan_tf import Config

BATCHES = (16, 64, 256)
ROUNDS, ROUND_SECONDS = 5, 2.0
TASKS = 20
STEP = "step"  # the word that makes this module a worker


def rate(batch: int, cores: Sequence[str]) -> dict[str, float]:
    """Return images/s of the kiwis' networks: one process for each entry of `cores`, such as "0" or "0,1"."""
    workers = []
    for own, several in zip(cores, worker_settings(len(cores)), strict=True):
        threads = {"TF_NUM_INTRAOP_THREADS": str(len(own.split(",")))}
        line = ["taskset", "-c", own, *command("benchmarks.costs.workers", STEP, batch)]
        workers.append(
            subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | threads | several)
        )
    printed = [worker.communicate()[0] for worker in workers]
    return json.loads(printed[0].splitlines()[-1])


def measure(batch: int) -> dict[str, float]:
    """Return the median images/s of this process, or of all that TF_CONFIG names, and the bytes that they add up."""
    import numpy as np

    from dcgan_tf.common.devices import open_strategy
    from dcgan_tf.common.machine import this_execution
    from dcgan_tf.common.quiet import import_tensorflow
    from dcgan_tf.model.build import build_model
    from dcgan_tf.training.loop import batch_indices, compile_steps
    from dcgan_tf.training.workers import Team

    import_tensorflow(trains=True)
    config = replace(Config.preset("kiwi"), batch_size=batch, precision="float32")
    strategy = open_strategy(config.devices, batch)
    team = Team(strategy)
    with strategy.scope():
        model = build_model(config, this_execution(config.precision, strategy.num_replicas_in_sync))
    pixels = np.random.default_rng(0).integers(0, 256, (max(500, batch), *config.shape), dtype=np.uint8)
    run_steps = compile_steps(model, pixels)

    def run(steps: int) -> float:
        started = time.perf_counter()
        team.run(run_steps, batch_indices(config, len(pixels), 0, steps))
        return time.perf_counter() - started

    run(1)  # compiles
    steps = max(2, round(2 * ROUND_SECONDS / run(2)))
    steps = int(team.agree(steps, flag=False)[0])
    weights = [*model.generator.trainable_variables, *model.discriminator.trainable_variables]
    return {
        "img_per_s": steps * batch / statistics.median(run(steps) for _ in range(ROUNDS)),
        "gradient_bytes": sum(4 * int(np.prod(each.shape)) for each in weights),
    }


def ray_costs() -> dict[str, float]:
    """Return the seconds that Ray takes to start, for its first task, and for each of the next ones; {} without it."""
    try:
        import ray
    except ImportError:
        return {}
    started = time.perf_counter()
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)
    up = time.perf_counter()
    nothing = ray.remote(lambda: None)
    ray.get(nothing.remote())
    first = time.perf_counter()
    for _ in range(TASKS):
        ray.get(nothing.remote())
    end = time.perf_counter()
    ray.shutdown()
    return {"start": up - started, "first_task": first - up, "task": (end - first) / TASKS}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write a row for each batch and each way of sharing it."""
    parser = parser_of("costs.workers", __doc__)
    parser.add_argument("--batches", type=int, nargs="*", default=BATCHES)
    options = parser.parse_args(arguments)
    ways = {"one process, one core": ["0"], "one process, two cores": ["0,1"], "two workers, a core each": ["0", "1"]}
    rows = []
    for batch in options.batches:
        for way, cores in ways.items():
            rows.append({"batch_size": batch, "way": way, **rate(batch, cores)})
            print(json.dumps(rows[-1]), flush=True)
    costs = ray_costs()
    print(json.dumps(costs), flush=True)
    write_results(options.results, "workers", {"rows": rows, "ray": costs})


if __name__ == "__main__":
    if sys.argv[1:2] == [STEP]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main()
