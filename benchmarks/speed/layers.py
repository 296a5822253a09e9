"""Which share of the processor's peak each layer reaches: forward pass, gradient of the input, gradient of the kernel.

The peak is that of a large matrix product in the same process and precision (`limits.py`). Rows of other processors
are kept.
"""

import json
import os
import subprocess
from collections.abc import Sequence

from benchmarks.shared.options import parser_of
from benchmarks.shared.processes import ROOT, command
from benchmarks.shared.report import table, write_by_processor
from benchmarks.speed.cases import CASES, LAYER_PARTS, SETTINGS

WAYS = {
    "float32": "ours float32",
    "float32, reduced": "ours float32, reduced",
    "bfloat16": "ours bfloat16",
    "bfloat16, oneDNN gradients": "ours bfloat16, oneDNN gradients",
    "bfloat16, products at all sizes": "ours bfloat16",
}


def describe(found: dict) -> str:
    """Return a table: milliseconds of each part, and its share of the peak."""
    rows = [
        [
            f"{row['network']} {row['layer']}",
            *(cell(row[part], row["mflop"], found["peak_gflops"]) for part in LAYER_PARTS),
        ]
        for row in found["rows"]
    ]
    spent = sum(row[part] for row in found["rows"] for part in LAYER_PARTS)
    needed = sum(row["mflop"] * len(LAYER_PARTS) for row in found["rows"]) / found["peak_gflops"]
    rows.append(["together", f"{spent:.1f} ms, {needed / spent:.0%}", "", ""])
    return table(["layer", *LAYER_PARTS], rows)


def cell(milliseconds: float, mflop: float, peak_gflops: float) -> str:
    """Return the time of a part, and its share of the peak."""
    return f"{milliseconds:.2f} ms, {mflop / milliseconds / peak_gflops:.0%}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables and write them."""
    parser = parser_of("speed.layers", __doc__)
    presets = ["vehicles preset", "kiwi preset", "64x64x3, width 64"]
    parser.add_argument("--cases", nargs="*", default=presets, choices=list(CASES), metavar="CASE")
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS), metavar="WAY")
    options = parser.parse_args(arguments)
    cases: dict[str, dict] = {}
    for case in options.cases:
        cases[case] = {}
        for way in options.ways:
            line = command("benchmarks.speed.one_layer", case, way)
            settings = os.environ | SETTINGS.get(WAYS[way], {})
            done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, env=settings)
            cases[case][way] = json.loads(done.stdout.splitlines()[-1])
            print(f"**{case}, {way}**: peak {cases[case][way]['peak_gflops']:.0f} GFLOP/s\n", flush=True)
            print(describe(cases[case][way]), end="\n\n", flush=True)
    write_by_processor(options.results, "layers", {"cases": cases})


if __name__ == "__main__":
    main()
