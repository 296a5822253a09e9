"""The public address of the repository, from pyproject.toml, in every page that names it.

`python -m tests.support.address` writes the address and the version into notebooks and pages.
"""

import re
import tomllib
from pathlib import Path

import dcgan_tf

ROOT = Path(__file__).parents[2]
ADDRESS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
NAME = ADDRESS.removeprefix("https://github.com/")  # owner/repository
REVISION = f"v{dcgan_tf.__version__}"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"), *ROOT.glob("notebooks/*.ipynb")]
# An address of this repository, known by its own name, and the revision after it if there is one.
OWN = re.compile(r"(?P<before>github\.com/|colab\.research\.google\.com/github/)(?P<name>[\w.-]+/dcgan-tf)(?![\w-])"
                 r"(?:(?P<how>/(?:blob|tree)/|\.git@|@)(?P<revision>v[\w.]+))?")  # fmt: skip


def renewed(text: str) -> str:
    """Return a text with the present address and version."""
    return OWN.sub(lambda found: found["before"] + NAME + (found["how"] + REVISION if found["revision"] else ""), text)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
