"""Images a second of a training step, ours against the peers'."""

from collections.abc import Sequence

from benchmarks.shared.options import parser_of
from benchmarks.shared.report import ratio_of, table, write_by_processor
from benchmarks.speed.cases import CASES, PEERS
from benchmarks.speed.limits import measure_limits, step_flops
from benchmarks.speed.turns import add_turn_options, compare
from dcgan_tf.common.quiet import import_tensorflow

RATES = ("img_per_s", "slowest", "fastest")


def describe(case: str, result: dict, limits: dict[str, float]) -> str:
    """Return the Markdown table of one case."""
    rows = []
    for peer, row in result["rows"].items():
        if "missing" in row:
            rows.append([peer, row["missing"], "", ""])
            continue
        rate, slowest, fastest = (f"{row[key]:,.{0 if row[key] > 10 else 2}f}" for key in RATES)
        share = f"{row['tflops'] / max(limits.values()):.0%}"
        rows.append([peer, f"{rate} ({slowest} to {fastest})", ratio_of(row), share])
    heads = ["way", "images/s (slowest to fastest)", "ours is faster by", "of the limit"]
    return f"**{case}**: {result['gflop_per_image']:.2f} GFLOP an image\n\n{table(heads, rows)}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables and write them."""
    parser = parser_of("speed", __doc__)
    add_turn_options(parser, list(CASES))
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS), metavar="PEER")
    options = parser.parse_args(arguments)
    print("\n".join(f"- {peer}: {PEERS[peer]}" for peer in options.peers), end="\n\n")
    import_tensorflow()
    limits = measure_limits()
    results = {}
    for case in options.cases:
        rows = compare(case, options.peers, options.rounds, options.turn_seconds)
        flops = step_flops(CASES[case])
        for row in rows.values():
            if "img_per_s" in row:
                row["tflops"] = row["img_per_s"] * flops / 1e12
        results[case] = {"gflop_per_image": flops / 1e9, "rows": rows}
        print(describe(case, results[case], limits), flush=True)
    write_by_processor(options.results, "speed", {"rounds": options.rounds, "limits": limits, "cases": results})


if __name__ == "__main__":
    main()
