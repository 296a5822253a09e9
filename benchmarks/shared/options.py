"""What the benchmarks take on the command line."""

import argparse
from pathlib import Path

from benchmarks.shared.processes import ROOT
from benchmarks.shared.report import RESULTS


def parser_of(benchmark: str, about: str | None, *, writes: bool = True) -> argparse.ArgumentParser:
    """Return a parser for `python -m benchmarks.<benchmark>`; with `--results` if it `writes` what it finds."""
    as_it_is = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(f"python -m benchmarks.{benchmark}", description=about, formatter_class=as_it_is)
    if writes:
        parser.add_argument("--results", type=folder, default=RESULTS, help="folder to write the results to")
    return parser


def add_picture_options(parser: argparse.ArgumentParser, kept: str) -> None:
    """Add where photos are read from and where runs are kept, `outputs/<kept>` unless given."""
    parser.add_argument("--data", type=folder, default=ROOT / "data", help="folder of the photos")
    parser.add_argument("--folder", type=folder, default=ROOT / "outputs" / kept, help="where runs are kept")


def folder(text: str) -> Path:
    """Return a folder that means the same in a process that is started elsewhere."""
    return Path(text).resolve()
