"""The page of all results."""

from benchmarks import tables
from benchmarks.shared.report import RESULTS


def test_every_result_has_its_table():
    page = tables.page(RESULTS)
    for path in RESULTS.glob("*.json"):
        assert any(f"{before}{path.stem}`" in page for before in ("`python -m benchmarks.", ".", " --"))
    assert "| 64x64x3, width 32 | " in page


def test_the_page_is_that_of_the_results(tmp_path):
    assert (RESULTS / "README.md").read_text() == tables.page(RESULTS)
    tables.main(["--results", str(tmp_path)])
    assert len((tmp_path / "README.md").read_text().splitlines()) == 3  # a head, and nothing is found there
