"""Write docs/gallery from finished runs: each executed notebook as a page, and the films of the README.

    .venv/bin/python docs/build_gallery.py outputs/kiwi/default outputs/vehicles/default --films outputs/kiwi/apple

Run folders named first become pages, with everything that their notebook shows: take built-in pictures only, since the
pages show training images too. Of the runs after --films only generated pictures are shown.
"""

import argparse
import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from PIL import Image

from dcgan_tf import Run, load_run
from dcgan_tf.draw.film import save_gif
from dcgan_tf.run.pictures import progress_frames

GALLERY = Path(__file__).parent / "gallery"
COLUMNS, FRAMES = 4, 28  # of a film: small enough for a page that many people open
IMAGE = re.compile(r'<img src="data:image/(png|gif);base64,([^"]+)" alt="([^"]*)"[^>]*>')


def main() -> None:
    """Write films, grids and pages of the runs named, and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--films", nargs="*", type=Path, default=[])
    options = parser.parse_args()
    GALLERY.mkdir(exist_ok=True)
    for folder in [*options.runs, *options.films]:
        name = folder.name if folder in options.films else folder.parent.name
        run = load_run(folder)
        write_film(run, GALLERY / f"{name}.gif")
        save_small(Image.open(run.samples[-1]), GALLERY / f"{name}.png")
        if folder in options.runs:
            write_page(folder / "notebook.ipynb", name)
    for path in sorted(GALLERY.iterdir()):
        print(f"{path.stat().st_size / 1e6:6.2f} MB  {path.name}")


def write_film(run: Run, path: Path) -> None:
    """Write a small version of progress.gif; more rows, of classes, mean fewer frames, for the same size."""
    frames = FRAMES * COLUMNS // max(COLUMNS, run.config.classes)
    save_gif(path, progress_frames(run, frames, COLUMNS), milliseconds=160 * FRAMES // frames, hold=2000)


def save_small(image: Image.Image, path: Path) -> None:
    """Write a picture with 256 colours."""
    image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def write_page(notebook: Path, name: str) -> None:
    """Write an executed notebook as Markdown, its pictures as files beside it."""
    for earlier in GALLERY.glob(f"{name}-*"):
        earlier.unlink()
    parts = []
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append("\n".join(line for line in cell.source.splitlines() if not line.startswith("[![")))
        elif "injected-parameters" not in cell.metadata.get("tags", []):
            parts += [f"```python\n{cell.source}\n```", *show_outputs(cell.outputs, name)]
    (GALLERY / f"{name}.md").write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")


def show_outputs(outputs: list[nbformat.NotebookNode], name: str) -> Iterator[str]:
    """Yield the outputs of a cell as Markdown."""
    if said := "".join(output.text for output in outputs if output.output_type == "stream"):
        yield f"```text\n{shorten(said)}\n```"
    for output in outputs:
        if output.output_type == "stream":
            continue
        page = output.data.get("text/html", "")
        found = IMAGE.search(page)
        if found is None:
            yield re.sub(r" style='[^']*'", "", page)  # the table of scores
            continue
        kind, content, title = found.groups()
        number = len(list(GALLERY.glob(f"{name}-*"))) + 1
        path = GALLERY / f"{name}-{number}.{kind}"
        if title == "progress.gif":
            path = GALLERY / f"{name}.gif"
        elif re.fullmatch(r"\d+\.png", title):  # the last grid
            path = GALLERY / f"{name}.png"
        elif kind == "png":
            save_small(Image.open(io.BytesIO(base64.b64decode(content))), path)
        else:
            write_fewer_frames(base64.b64decode(content), path)
        yield f"![{title}]({path.name})"


def write_fewer_frames(content: bytes, path: Path) -> None:
    """Write every second frame of a GIF, at half the size."""
    film = Image.open(io.BytesIO(content))
    frames = []
    for index in range(0, film.n_frames, 2):
        film.seek(index)
        frames.append(film.convert("RGB").resize((film.width // 2, film.height // 2), Image.Resampling.LANCZOS))
    save_gif(path, frames, milliseconds=200)


def shorten(text: str) -> str:
    """Return what a cell printed, without most of the lines of a long training."""
    lines = text.strip().splitlines()
    return "\n".join(lines if len(lines) <= 12 else [*lines[:6], "...", *lines[-3:]])


if __name__ == "__main__":
    main()
