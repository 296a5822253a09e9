"""Pages for readers: their links lead somewhere, and the public address is the same everywhere."""

import pytest

import dcgan_tf
from tests.support.address import ADDRESS, NAME, PAGES, renewed
from tests.support.check_links import anchors, broken_links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_the_address_of_pyproject_and_this_version(page):
    text = page.read_text(encoding="utf-8")
    assert renewed(text) == text


def test_every_notebook_names_the_address_in_its_badge_and_its_setup():
    for page in PAGES:
        if page.suffix == ".ipynb":
            text, revision = page.read_text(encoding="utf-8"), f"v{dcgan_tf.__version__}"
            assert f"colab.research.google.com/github/{NAME}/blob/{revision}/notebooks/{page.name}" in text
            assert f"git+{ADDRESS}@{revision}" in text


def test_an_old_address_and_version_are_renewed_and_others_stay():
    revision = f"v{dcgan_tf.__version__}"
    text = (
        "https://colab.research.google.com/github/old/dcgan-tf/blob/v0.0.1/notebooks/a.ipynb git+https://github.com/old/"
        "dcgan-tf@v0.0.1 git clone https://github.com/old/dcgan-tf && https://github.com/other/dcgan-tf-more"
    )
    assert renewed(text) == (
        f"https://colab.research.google.com/github/{NAME}/blob/{revision}/notebooks/a.ipynb git+https://github.com/{NAME}"
        f"@{revision} git clone https://github.com/{NAME} && https://github.com/other/dcgan-tf-more"
    )


def test_broken_links_are_found(tmp_path):
    (tmp_path / "b.md").write_text("# Two words, `code`\n\n## Again\n\n## Again\n```\n# no heading\n```\n")
    (tmp_path / "c.png").touch()
    (tmp_path / "a.md").write_text(
        "# Top\n[1](b.md) [2](b.md#two-words-code) [3](#top) ![4](c.png) [5](https://x.example/y) `[6](none.md)`\n"
        '<img src="none.png"> [7](b.md#no-heading) [8](none/d.md "title")\n[9](b.md#again-1)\n```\n[10](none.md)\n```\n'
    )
    assert anchors((tmp_path / "b.md").read_text()) == {"two-words-code", "again", "again-1"}
    assert broken_links(tmp_path / "a.md") == [
        "none.png: there is no such file",
        "b.md#no-heading: there is no such heading",
        "none/d.md: there is no such file",
    ]
