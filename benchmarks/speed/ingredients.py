"""What each part of our training step brings: the step as it is against the step with one thing changed."""

from collections.abc import Sequence

from benchmarks.shared.options import parser_of
from benchmarks.shared.report import ratio_of, table, write_results
from benchmarks.speed.cases import CASES, INGREDIENTS
from benchmarks.speed.turns import add_turn_options, compare


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables and write them."""
    parser = parser_of("speed.ingredients", __doc__)
    add_turn_options(parser, list(CASES)[:3])
    options = parser.parse_args(arguments)
    results = {}
    for case in options.cases:
        results[case] = compare(case, list(INGREDIENTS), options.rounds, options.turn_seconds)
        rows = ([INGREDIENTS[name], f"{row['img_per_s']:.0f}", ratio_of(row)] for name, row in results[case].items())
        heads = ["with", "images/s", "ours is faster by (least to most)"]
        print(f"**{case}**\n\n{table(heads, rows)}\n", flush=True)
    found = {"rounds": options.rounds, "cases": results}
    write_results(options.results, "ingredients", found)


if __name__ == "__main__":
    main()
