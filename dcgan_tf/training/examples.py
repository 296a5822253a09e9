"""A sheet of examples of a set of pictures: typical ones, outliers, copies and plain ones."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.data.images import ImageSet
from dcgan_tf.data.survey import Survey
from dcgan_tf.draw.grids import GROUND, MOST_NAMED, draw_grid

COLUMNS = 8
MOST_CLASSES = 8  # that have a row each
FRAME = 190  # shade of the line around a picture, which shows where a white one ends


def draw_examples(images: ImageSet, unseen: ImageSet, found: Survey) -> Image.Image:
    """Return a sheet of pictures and held-out ones, a named row for each kind that `survey` of both has found."""
    count, total = len(images), len(images) + len(unseen)

    def pictures(indices: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        return [images.pixels[i] if i < count else unseen.pixels[i - count] for i in indices]

    typical = ~found.plain[:count]
    typical[found.odd[found.odd < count]] = False
    copies = _some(np.flatnonzero((found.original != np.arange(total)) & ~found.plain))
    near = found.near[:COLUMNS]
    rows = [
        *((name, pictures(some)) for name, some in _by_class(images, np.flatnonzero(typical)).items()),
        ("unlike others", pictures(found.odd[:COLUMNS])),
        ("exact copies", pictures(copies)),
        ("copies of", pictures(found.original[copies])),
        ("nearly the same", pictures(near[:, 0])),
        ("as these", pictures(near[:, 1])),
        ("plain", pictures(_some(np.flatnonzero(found.plain)))),
    ]
    names, parts = zip(*((name, _row(some)) for name, some in rows if some), strict=True)
    return draw_grid(np.concatenate(parts), f"{images.title}: examples", COLUMNS, names)


def draw_input(images: ImageSet, class_names: Sequence[str] = ()) -> Image.Image:
    """Return a grid of pictures of the set: a named row for each of its first classes, or 64 of all without classes."""
    title = f"{images.title}: what goes in"
    if not class_names:
        return draw_grid(images.spread(COLUMNS * COLUMNS), title)
    names, labels = class_names[:MOST_NAMED], np.array(images.labels)
    rows = [_row(images.pixels[_some(np.flatnonzero(labels == name))]) for name in names]
    return draw_grid(np.concatenate(rows), title, COLUMNS, names)


def _by_class(images: ImageSet, typical: np.ndarray) -> dict[str, np.ndarray]:
    """Return the index of some typical pictures of each class, if these are few; else of all, in two rows."""
    names, labels = sorted(set(images.labels)), np.array(images.labels)
    if 1 < len(names) <= MOST_CLASSES:
        return {name: _some(typical[labels[typical] == name]) for name in names}
    some = typical[evenly_spread(len(typical), 2 * COLUMNS)]
    return {"typical": some[:COLUMNS], "": some[COLUMNS:]}


def _some(indices: np.ndarray) -> np.ndarray:
    return indices[evenly_spread(len(indices), COLUMNS)]


def _row(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Return a row of framed pictures, filled up with empty places."""
    height, width, channels = pictures[0].shape
    row = np.full((COLUMNS, height + 2, width + 2, channels), GROUND[0], np.uint8)
    row[..., 3:] = 255  # opaque, where there is alpha
    for place, picture in zip(row, pictures, strict=False):
        place[..., :3] = FRAME
        place[1:-1, 1:-1] = picture
    return row
