"""Classes of a set of pictures: its subfolders, where they are worth telling apart."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from dcgan_tf.common.checks import check_choice
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown
from dcgan_tf.data.images import ImageSet

SUBFOLDERS = ("auto", "true", "false")
LEAST_OF_CLASS = 20  # pictures, for a subfolder to be a class by itself
LEAST_SHARE = 0.9  # of the pictures must lie in such subfolders
FRUITS = "Fruits-360"  # its folders of one fruit are varieties and takes of it, not classes


def choose_classes(images: ImageSet, classes: str = "auto") -> tuple[str, ...]:
    """Return the names of the classes that networks should tell apart, sorted; empty for none.

    `classes` is "true" (every subfolder is a class), "false", or "auto": true where at least two subfolders hold 20
    pictures each and nearly all pictures lie in such, except for one fruit of Fruits-360. Raises `DcganError` for
    another word, or if "true" is asked of a set with one subfolder.
    """
    check_choice("classes", classes, SUBFOLDERS)
    counts = Counter(images.labels)
    if classes == "auto":
        large = [count for count in counts.values() if count >= LEAST_OF_CLASS]
        together = sum(large) >= LEAST_SHARE * len(images)
        return tuple(sorted(counts)) if len(large) > 1 and together and images.source != FRUITS else ()
    if classes == "true" and len(counts) < 2:
        raise DcganError(
            f"`classes` should be false or auto, because all pictures of {images.folder} lie in one subfolder, "
            f"{shown(*counts)}. Received: 'true'."
        )
    return tuple(sorted(counts)) if classes == "true" else ()


def class_numbers(images: ImageSet, names: Sequence[str]) -> np.ndarray:
    """Return the number of each picture's class in `names`, int32 `[n]`; 0 for all if there are no names.

    Raises `DcganError` if a picture's class is not among them.
    """
    if not names:
        return np.zeros(len(images), np.int32)
    known = {name: number for number, name in enumerate(names)}
    if missing := sorted(set(images.labels) - set(known)):
        raise DcganError(
            f"`class_names` should hold the subfolders of all pictures. Received: {shown(list(names))}, without "
            f"{shown(missing[0])}. Sort the pictures by sort_pictures, and take the names that it returns."
        )
    return np.array([known[label] for label in images.labels], np.int32)


def class_counts(images: ImageSet, names: Sequence[str]) -> list[int]:
    """Return how many pictures each class has."""
    return np.bincount(class_numbers(images, names), minlength=len(names)).tolist() if names else []
