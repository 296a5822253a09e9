"""Run the exported cases on this machine's GPU, ours by XLA and PyTorch's networks beside it, within some minutes.

It needs JAX (with JAX_ENABLE_X64=1), PyTorch and NumPy, and what `python -m benchmarks.gpu.export` wrote.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.gpu.cases import CASES, Case
from benchmarks.shared.options import folder, parser_of

SECONDS = 2.0  # of timed steps
XLA = {
    "ours": {},
    "ours, TF32 off": {"NVIDIA_TF32_OVERRIDE": "0"},
    "ours, deterministic": {"XLA_FLAGS": "--xla_gpu_deterministic_ops=true"},
}


def isolated(module: str, *words: str, settings: dict[str, str] | None = None, limit: float) -> dict[str, object]:
    """Return what a module prints in a process of its own, or why it did not."""
    line = [sys.executable, "-m", f"benchmarks.gpu.{module}", *words]
    environment = os.environ | {"JAX_ENABLE_X64": "1"} | (settings or {})
    try:
        done = subprocess.run(line, capture_output=True, text=True, check=False, env=environment, timeout=max(limit, 1))
    except subprocess.TimeoutExpired:
        return {"missing": "no time was left"}
    if done.returncode:
        return {"missing": (done.stderr.strip().splitlines() or ["it printed nothing"])[-1][:200]}
    return json.loads(done.stdout.splitlines()[-1])


def ways_of(case: Case) -> list[str]:
    """Return how a case is run; determinism and TF32 are looked at where they matter most."""
    ways = ["ours", "torch"]
    if case.precision == "float32" and case.batch in (16, 256):
        ways.append("ours, TF32 off")
    if case.batch in (16, 64):
        ways.append("ours, deterministic")
    return ways


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print and write; what was not reached is written as such."""
    parser = parser_of("gpu", __doc__)
    parser.add_argument("folder", type=folder, help="what benchmarks.gpu.export wrote")
    parser.add_argument("--minutes", type=float, default=8.0, help="when to end")
    options = parser.parse_args(arguments)
    end = time.monotonic() + 60 * options.minutes
    found: dict[str, object] = {"peak_tflops": isolated("peak", limit=60), "rows": (rows := [])}
    options.results.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        if not (options.folder / f"{case.name}.mlir").is_file():
            continue
        for way in ways_of(case):
            words = (str(options.folder), case.name, str(SECONDS))
            module = "by_torch" if way == "torch" else "by_jax"
            row = isolated(module, *words, settings=XLA.get(way), limit=end - time.monotonic())
            rows.append({"case": case.name, "way": way} | row)
            print(json.dumps(rows[-1]), flush=True)
            device = next((each["device"] for each in rows if "device" in each), "no device answered")
            found["machine"] = {"processor": device, "date": time.strftime("%Y-%m-%d")}
            (options.results / "gpu.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
