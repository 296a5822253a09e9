"""Which precision a processor trains fastest in: the whole step, and each way to use bfloat16 units, in turn.

Rows of other processors are kept. `common.machine.choose_execution` decides by them.
"""

from collections.abc import Sequence

from benchmarks.shared.options import parser_of
from benchmarks.shared.report import ratio_of, table, write_by_processor
from benchmarks.speed.cases import PRECISIONS
from benchmarks.speed.turns import add_turn_options, compare

MEASURED = ["vehicles preset", "kiwi preset", "64x64x3, width 64", "100x100x3, kiwi preset", "128x128x3, kiwi preset"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables and write them."""
    parser = parser_of("speed.precision_choice", __doc__)
    add_turn_options(parser, MEASURED)
    options = parser.parse_args(arguments)
    cases = {}
    for case in options.cases:
        cases[case] = compare(case, list(PRECISIONS), options.rounds, options.turn_seconds)
        print(f"**{case}**\n\n{describe(cases[case])}\n", flush=True)
    write_by_processor(options.results, "precision_choice", {"rounds": options.rounds, "cases": cases})


def describe(rows: dict[str, dict]) -> str:
    """Return the table of a case."""
    heads = ["way", "images/s", "float32 is faster by (least to most)"]
    return table(
        heads, ([PRECISIONS[name], f"{row.get('img_per_s', 0):.0f}", ratio_of(row)] for name, row in rows.items())
    )


if __name__ == "__main__":
    main()
