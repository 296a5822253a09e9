"""Checks that what pages and notebooks link to in this repository is there: `python -m tests.support.check_links`."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(<?([^)\s>]+)>?[^)]*\)|(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them: the second of two alike ends in -1."""
    found: dict[str, int] = {}
    for heading in HEADING.findall(FENCED.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found[anchor] = found.get(anchor, -1) + 1
    return {f"{anchor}-{number}" if number else anchor for anchor, most in found.items() for number in range(most + 1)}


def text_of(path: Path) -> str:
    """Return a page, or the prose of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


def broken_links(path: Path) -> list[str]:
    """Return a line for each link of a page to a file or heading that is not there."""
    found = []
    for match in LINK.finditer(INLINE.sub("", FENCED.sub("", text_of(path)))):
        link = match[1] or match[2]
        name, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):  # on the web
            continue
        goal = path.parent / name if name else path
        if not goal.exists():
            found.append(f"{link}: there is no such file")
        elif anchor and goal.suffix == ".md" and anchor not in anchors(text_of(goal)):
            found.append(f"{link}: there is no such heading")
    return found


def main() -> int:
    """Check all pages that git knows, print what is broken, and return the exit status."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md", "*.ipynb"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    pages = [path for path in map(ROOT.joinpath, listed.stdout.splitlines()) if path.is_file()]
    lines = [f"{path.relative_to(ROOT)}: {line}" for path in pages for line in broken_links(path)]
    print("\n".join(lines) if lines else f"The links of {len(pages)} pages lead somewhere.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
