"""Images a second of a training step, ours against the peers': `make bench`."""

import argparse

from benchmarks.shared.report import describe, write_results
from benchmarks.speed.cases import BATCH_SIZE, CASES, PEERS
from benchmarks.speed.limits import measure_limits, step_flops
from benchmarks.speed.turns import compare
from dcgan_tf.common.quiet import import_tensorflow


def main() -> None:
    """Measure, print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each peer, at least 5 for a result to keep")
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES), metavar="CASE")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS), metavar="PEER")
    options = parser.parse_args()
    print("\n".join(f"- {peer}: {PEERS[peer]}" for peer in options.peers), end="\n\n")
    import_tensorflow()
    limits = measure_limits()
    results = {}
    for case in options.cases:
        rows = compare(case, options.peers, options.rounds)
        flops = step_flops(CASES[case])
        for row in rows.values():
            if "img_per_s" in row:
                row["tflops"] = row["img_per_s"] * flops / 1e12
        results[case] = {"gflop_per_image": flops / 1e9, "rows": rows}
        print(describe(case, results[case], limits), flush=True)
    write_results("speed", {"rounds": options.rounds, "batch_size": BATCH_SIZE, "limits": limits, "cases": results})


if __name__ == "__main__":
    main()
