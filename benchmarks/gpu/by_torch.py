"""The same networks trained by PyTorch: `python -m benchmarks.gpu.by_torch FOLDER CASE SECONDS`. Prints JSON."""

import json
import sys
from pathlib import Path

import torch

from benchmarks.gpu.cases import named
from benchmarks.shared.timing import seconds_of
from benchmarks.shared.torch_example import Task, example_step


def run(folder: Path, name: str, seconds: float, device: str) -> dict[str, object]:
    """Return the rate of the example's step."""
    case, about = named(name), json.loads((folder / f"{name}.json").read_text())
    step = example_step(Task(about, about["shape"], case.batch, case.precision == "bfloat16", device))

    def train(steps: int) -> None:
        for _ in range(steps):
            step()
        if device == "cuda":
            torch.cuda.synchronize()

    compiled = seconds_of(lambda: train(5))
    steps = max(10, round(seconds * 10 / seconds_of(lambda: train(10))))
    taken = seconds_of(lambda: train(steps)) / steps
    return {"compile_s": compiled, "step_ms": 1000 * taken, "img_per_s": case.batch / taken}


if __name__ == "__main__":
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    where = "cuda" if torch.cuda.is_available() else "cpu"
    print(json.dumps(run(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), where)))
