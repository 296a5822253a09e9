"""The pictures in a run folder: each function reads a run, writes one file into it and returns its path."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.output import tell
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.common.text import why
from dcgan_tf.data.decoding import DECODE_ERRORS
from dcgan_tf.data.images import ImageSet
from dcgan_tf.draw.curves import draw_curves, save_figure, save_opinions
from dcgan_tf.draw.film import save_gif
from dcgan_tf.draw.grids import GROUND, MOST_NAMED, crop_grid, draw_grid
from dcgan_tf.model.latent import draw_latents, looping_walk
from dcgan_tf.run.records import HISTORY, comparable
from dcgan_tf.run.run import Run

MOST_FRAMES = 50  # of a GIF, so that it stays small and plays in a few seconds
GIF_COLUMNS = 6  # of the grid that a GIF shows, for the same reason
MOST_OPINIONS = 1000  # pictures of each kind that the discriminator judges


def write_pictures(run: Run, images: ImageSet, *, only_missing: bool = False) -> None:
    """Write all pictures of a run that need no held-out images: curves, GIFs and the discriminator's opinions."""
    writers = {
        "losses.png": write_curves,
        "progress.gif": write_progress,
        "interpolation.gif": write_walk,
        "opinions.png": lambda run: write_opinions(run, images),
    }
    for name, write in writers.items():
        if not (only_missing and (run.folder / name).is_file()):
            write(run)


def write_progress(run: Run) -> Path:
    """Write progress.gif: the pictures of fixed latents through training, from noise to the last grid."""
    frames = progress_frames(run, MOST_FRAMES, GIF_COLUMNS)
    return save_gif(run.folder / "progress.gif", frames, milliseconds=120, hold=2000)


def progress_frames(run: Run, most: int, columns: int) -> list[Image.Image]:
    """Return up to `most` grids from training, evenly spread, each cut to its first `columns` rows and columns."""
    paths = run.samples
    grids = [_open_grid(paths[index]) for index in evenly_spread(len(paths), most)]
    names = run.config.class_names[:MOST_NAMED]
    frames = [crop_grid(grid, run.config.shape, columns, names) for grid in grids if grid]
    if not frames:
        raise DcganError(f"{run.folder / 'samples'} holds no grid that can be read. Let the run train on.")
    # A longer title may widen a grid, and all frames of a GIF have one size.
    width = max(frame.width for frame in frames)
    return [ImageOps.pad(frame, (width, frame.height), color=GROUND, centering=(0, 0)) for frame in frames]


def _open_grid(path: Path) -> Image.Image | None:
    """Return a grid that training wrote, or None, with a message, if it is damaged."""
    try:
        with Image.open(path, formats=["PNG"]) as grid:
            return grid.convert("RGB")
    except DECODE_ERRORS as error:
        tell(f"{path} is damaged ({why(error)}) and left out of progress.gif.")
        return None


def write_curves(run: Run) -> Path:
    """Write losses.png: losses, the discriminator's scores and KID over kimg."""
    history = run.history
    if not history:
        raise DcganError(f"{run.folder / HISTORY} holds no records yet. Let the run train on.")
    return save_figure(run.folder / "losses.png", figure_of_curves(run, history, run.kid_curve))


def figure_of_curves(run: Run, history: Sequence[dict[str, float]], kid_curve: Sequence[dict[str, Any]]) -> Figure:
    """Return the figure of a run's curves, with its ruler and its best generator; training passes newer records."""
    best = (run.info.get("best") or {}).get("step")
    return draw_curves(history, run.title, comparable(kid_curve), run.info.get("ruler"), best)


def write_walk(run: Run, *, walks: int = 6, stops: int = 4, frames: int = MOST_FRAMES) -> Path:
    """Write interpolation.gif: several walks through the latent space side by side, each a closed loop."""
    from dcgan_tf.model.predict import generate_pictures

    config, names = run.config, run.config.class_names
    ways = [looping_walk(draw_latents(stops, config.latent_dim, seed=1000 + walk), frames) for walk in range(walks)]
    if names:  # each walk stays in its class
        ways = [run.inputs_of(way, label=names[walk % len(names)]) for walk, way in enumerate(ways)]
    pictures = generate_pictures(run.generator, np.stack(ways, axis=1).reshape(frames * walks, config.input_dim))
    title = f"{run.title}: a walk through the latent space"
    sheets = [draw_grid(pictures[frame * walks : (frame + 1) * walks], title, columns=3) for frame in range(frames)]
    return save_gif(run.folder / "interpolation.gif", sheets, milliseconds=100)


def write_opinions(run: Run, images: ImageSet, held_out: ImageSet | None = None) -> Path:
    """Write opinions.png: the discriminator's scores of training images, held-out images and generated pictures.

    If training images score far higher than held-out ones, the discriminator has memorized them.
    """
    scores = {"training pictures": run.score(images.pixels[evenly_spread(len(images), MOST_OPINIONS)])}
    if held_out is not None and len(held_out):
        scores["unseen pictures"] = run.score(held_out.pixels[evenly_spread(len(held_out), MOST_OPINIONS)])
    scores["generated pictures"] = run.score(run.generate(MOST_OPINIONS // 2, seed=run.config.seed + 1))
    title = f"{run.title}: which pictures does the discriminator take for real?"
    return save_opinions(run.folder / "opinions.png", scores, title)
