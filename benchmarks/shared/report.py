"""Results as JSON and as a Markdown table, with the machine they were measured on."""

import json
import platform
import time
from pathlib import Path

from dcgan_tf.common.machine import Execution, describe_machine, processor_flags

RESULTS = Path(__file__).parents[1] / "results"


def machine() -> dict[str, object]:
    """Return what the figures depend on: processor, its matrix units, cores, versions."""
    known = describe_machine(Execution())
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    wanted = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
    return {
        "processor": names[0] if names else platform.processor(),
        "units": [flag for flag in wanted if flag in processor_flags()],
        "cores": known["cpu_count"],
        "packages": known["packages"],
        "git_commit": known["git_commit"],
        "date": time.strftime("%Y-%m-%d"),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).is_file() else []


def file_stem(*words: str) -> str:
    """Return words as one file name without its ending."""
    return " ".join(words).replace(",", "").replace(" ", "_")


def ratio_of(row: dict | None) -> str:
    """Return how many times as fast as a row our step is, and the least and most of the rounds."""
    if not row or "missing" in row:
        return row["missing"] if row else ""
    return f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"


def describe(case: str, result: dict, limits: dict[str, float]) -> str:
    """Return the Markdown table of one case."""
    lines = [
        f"**{case}**: {result['gflop_per_image']:.2f} GFLOP an image",
        "",
        "| way | images/s (slowest to fastest) | ours is faster by | of the limit |",
        "| --- | --- | --- | --- |",
    ]
    for peer, row in result["rows"].items():
        if "missing" in row:
            lines.append(f"| {peer} | {row['missing']} | | |")
            continue
        share = row["tflops"] / max(limits.values())
        rates = f"{row['img_per_s']:.0f} ({row['slowest']:.0f} to {row['fastest']:.0f})"
        lines.append(f"| {peer} | {rates} | {ratio_of(row)} | {share:.0%} |")
    return "\n".join([*lines, ""])


def write_results(name: str, results: dict) -> None:
    """Write `results/<name>.json` with the machine beside the figures."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine()} | results, indent=2) + "\n")
    print(f"Written: {path}")
