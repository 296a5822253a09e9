"""What each part of our training step brings: the step as it is against the step with one thing changed."""

import argparse

from benchmarks.shared.report import ratio_of, write_results
from benchmarks.speed.cases import BATCH_SIZE, CASES, INGREDIENTS
from benchmarks.speed.turns import compare


def main() -> None:
    """Measure, print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each, at least 5 for a result to keep")
    parser.add_argument("--cases", nargs="*", default=list(CASES)[:3], choices=list(CASES), metavar="CASE")
    options = parser.parse_args()
    results = {}
    for case in options.cases:
        rows = compare(case, list(INGREDIENTS), options.rounds)
        results[case] = rows
        print(f"**{case}**\n\n| with | images/s | ours is faster by (least to most) |\n| --- | --- | --- |")
        for name, row in rows.items():
            print(f"| {INGREDIENTS[name]} | {row['img_per_s']:.0f} | {ratio_of(row)} |")
        print(flush=True)
    write_results("ingredients", {"rounds": options.rounds, "batch_size": BATCH_SIZE, "cases": results})


if __name__ == "__main__":
    main()
