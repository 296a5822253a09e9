"""Kinds of pictures in a set that has no classes, such as views of a fruit, so that a generator leaves none out.

Without them a GAN that learns from photos on a turntable loses the rarer views as training goes on: the discriminator
knows their few photos by heart, and the generator, which makes none, learns nothing about them. Told which kind to
make, as if it were a class, it makes all (Liu et al. 2020, arXiv 2006.10728, and Sage et al. 2017, arXiv 1712.04407,
find theirs by a network; thumbnails need none).
"""

from dataclasses import replace

import numpy as np

from dcgan_tf.common.checks import check_choice
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.pixels import evenly_spread, premultiplied
from dcgan_tf.data.classes import FRUITS, choose_classes
from dcgan_tf.data.images import ImageSet
from dcgan_tf.data.stored import Pixels, blocks, picked
from dcgan_tf.data.survey import thumbnails

CLASSES = ("auto", "true", "kinds", "false")
KINDS = 8  # that are looked for
LEAST_OF_KIND = 10  # pictures; those of a smaller one go to the nearest others
SMALLEST = KINDS * LEAST_OF_KIND  # pictures of a fruit whose kinds are told apart unless asked otherwise
SIDE = 16  # pixels a side of the thumbnails that are compared
MOST = 4000  # pictures that kinds are found in; the others go to the nearest
ATTEMPTS, ROUNDS = 10, 50  # of k-means: the best attempt counts


def sort_pictures(
    images: ImageSet, unseen: ImageSet | None = None, classes: str = "auto"
) -> tuple[ImageSet, ImageSet | None, tuple[str, ...]]:
    """Return both sets, their labels being what the networks should tell apart, and its names for `class_names`.

    `classes` is "true" (every subfolder is a class), "kinds" (of the pictures, whatever their subfolders, as
    `find_kinds`), "false", or "auto": kinds of a fruit of Fruits-360, and the subfolders elsewhere, where they are
    classes. Raises `DcganError` for another word, or one that does not fit the set.
    """
    check_choice("classes", classes, CLASSES)
    if classes == "auto" and images.source == FRUITS and len(images) >= SMALLEST:
        classes = "kinds"  # photos on a turntable: views, some of them rare
    if classes != "kinds":
        return images, unseen, choose_classes(images, classes)
    images, *others = find_kinds(images, *([] if unseen is None else [unseen]))
    count = len(set(images.labels))
    names = tuple(f"kind {number + 1}" for number in range(count)) if count > 1 else ()
    return images, others[0] if others else None, names


def find_kinds(images: ImageSet, *others: ImageSet) -> tuple[ImageSet, ...]:
    """Return the sets with kinds of pictures as labels: "kind 1", the largest, to "kind 8", or fewer.

    They are the clusters of thumbnails of `images` by k-means, so what matters is where a picture is light, dark or of
    a colour. The same pictures always give the same kinds. Raises `DcganError` for fewer than 20 pictures.
    """
    if len(images) < 2 * LEAST_OF_KIND:
        raise DcganError(
            f"`classes` should be false or auto, because {images.folder} has too few pictures to find kinds in, "
            f"{len(images)}: at least {2 * LEAST_OF_KIND} are needed. Received: 'kinds'."
        )
    centres = _centres(images.pixels)
    return tuple(
        replace(each, labels=tuple(f"kind {number + 1}" for number in _nearest(each.pixels, centres)))
        for each in (images, *others)
    )


def _centres(pixels: Pixels) -> np.ndarray:
    """Return the centres of kinds, float64 `[k, d]`, the largest kind first."""
    rows = _rows(picked(pixels, evenly_spread(len(pixels), MOST))[:])
    random = np.random.default_rng(0)
    attempts = [_k_means(rows, random) for _ in range(ATTEMPTS)]
    centres = min(attempts, key=lambda centres: _distances(rows, centres).min(1).sum())
    while (counts := np.bincount(_nearest(pixels, centres), minlength=len(centres))).min() < LEAST_OF_KIND:
        centres = np.delete(centres, counts.argmin(), axis=0)
    return centres[np.argsort(-counts, kind="stable")]


def _k_means(rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return centres of clusters, `[k, d]`, from random rows on (Lloyd 1982, doi 10.1109/TIT.1982.1056489)."""
    centres = rows[random.choice(len(rows), KINDS, replace=False)]
    for _ in range(ROUNDS):
        nearest = _distances(rows, centres).argmin(1)
        members = np.eye(KINDS)[nearest]
        counts = members.sum(0)[:, None]
        moved = np.where(counts > 0, members.T @ rows / np.maximum(counts, 1), centres)
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres


def _nearest(pixels: Pixels, centres: np.ndarray) -> np.ndarray:
    """Return the number of the centre that is nearest to each picture, int64 `[n]`."""
    return np.concatenate(
        [np.zeros(0, np.int64), *(_distances(_rows(block), centres).argmin(1) for block in blocks(pixels))]
    )


def _rows(pictures: np.ndarray) -> np.ndarray:
    """Return thumbnails as float64 `[n, d]`."""
    return thumbnails(premultiplied(pictures), SIDE).reshape(len(pictures), -1).astype(np.float64)


def _distances(rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return squared distances `[n, k]`, all less the square of their row."""
    return np.square(centres).sum(1) - 2.0 * rows @ centres.T
