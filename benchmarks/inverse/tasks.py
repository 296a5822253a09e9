"""What is asked for: parts of held-out photos that are to be found again, and plain ways to do so."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from dcgan_tf import Run, invert
from dcgan_tf.common.pixels import to_floats, to_pixels
from dcgan_tf.judge.features import FeatureNetwork
from dcgan_tf.judge.metrics import nearest_pictures
from dcgan_tf.play.blend import blend, shrink

DOWNSCALE = 4
JOINED = "nearest training photo, joined"  # by what is known, to which it is joined as `invert` does
BASELINES = {  # by task
    "projection": ("nearest training photo",),
    "centre hole": ("mean colour", "biharmonic", JOINED),
    "half missing": ("mean colour", "biharmonic", JOINED),
    "4x enlargement": ("bicubic", JOINED),
}


class Task(NamedTuple):
    """What is given of photos, and where it is judged."""

    given: np.ndarray  # uint8 [n, height, width, channels]
    mask: np.ndarray | None = None  # bool [height, width], True where pixels are missing; scores look there alone
    downscale: int = 1


def tasks_of(photos: np.ndarray) -> dict[str, Task]:
    """Return the tasks for uint8 photos `[n, size, size, channels]`, by name."""
    size = photos.shape[1]
    centre, half = np.zeros((size, size), bool), np.zeros((size, size), bool)
    quarter = size // 4
    centre[quarter : size - quarter, quarter : size - quarter] = True
    half[:, size // 2 :] = True
    small = np.rint(np.asarray(shrink(photos.astype(np.float32), DOWNSCALE))).astype(np.uint8)
    return {
        "projection": Task(photos),
        "centre hole": Task(np.where(centre[:, :, None], 255, photos).astype(np.uint8), centre),
        "half missing": Task(np.where(half[:, :, None], 255, photos).astype(np.uint8), half),
        "4x enlargement": Task(small, downscale=DOWNSCALE),
    }


def ours(run: Run, task: Task) -> np.ndarray:
    """Return what `invert` makes of a task, with its defaults."""
    return invert(run, task.given, task.mask, task.downscale).pictures


def baseline(name: str, task: Task, training: np.ndarray) -> np.ndarray | None:
    """Return what a plain way makes of a task, uint8; None where its library is not installed."""
    ways: dict[str, Callable[[], np.ndarray | None]] = {
        "nearest training photo": lambda: training[nearest_pictures(task.given, training)[0]],
        JOINED: lambda: _nearest_joined(task, training),
        "mean colour": lambda: _mean_colour(task),
        "biharmonic": lambda: _biharmonic(task),
        "bicubic": lambda: _bicubic(task),
    }
    return ways[name]()


def _nearest_joined(task: Task, training: np.ndarray) -> np.ndarray:
    """Return the training photos that are nearest where pixels are known, joined to these without a seam."""
    missing = np.zeros(task.given.shape[1:3], bool) if task.mask is None else task.mask
    small = np.asarray(shrink(to_floats(training), task.downscale))
    known = to_floats(task.given)
    indices = [int(((small - each)[:, ~missing] ** 2).sum(axis=(1, 2)).argmin()) for each in known]
    masks = np.broadcast_to(missing[..., None], (*known.shape[:3], 1))
    return to_pixels(blend(to_floats(training[indices]), known, masks, task.downscale))


def _mean_colour(task: Task) -> np.ndarray:
    mean = task.given[:, ~task.mask].mean(axis=1)[:, None, None]
    return np.where(task.mask[:, :, None], np.rint(mean), task.given).astype(np.uint8)


def _biharmonic(task: Task) -> np.ndarray | None:
    """Inpainting by scikit-image (Damelin and Hoang 2018)."""
    try:
        from skimage.restoration import inpaint_biharmonic
    except ImportError:
        print("Left out: biharmonic, for scikit-image is not installed (pip install scikit-image).", flush=True)
        return None
    filled = [inpaint_biharmonic(each / 255.0, task.mask, channel_axis=-1) for each in task.given]
    return np.clip(np.rint(255 * np.stack(filled)), 0, 255).astype(np.uint8)


def _bicubic(task: Task) -> np.ndarray:
    size = [task.downscale * side for side in task.given.shape[2:0:-1]]
    images = [Image.fromarray(each if each.shape[2] == 3 else each[:, :, 0]) for each in task.given]
    large = np.stack([np.asarray(image.resize(size, Image.Resampling.BICUBIC)) for image in images])
    return large.reshape(*large.shape[:3], -1)


def psnr(found: np.ndarray, photos: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Return the peak signal-to-noise ratio of each picture in dB, where the mask is True or, without one, all over."""
    squares = (found.astype(np.float64) - photos) ** 2
    squares = squares if mask is None else squares[:, mask]
    return 10 * np.log10(255.0**2 / np.maximum(squares.reshape(len(photos), -1).mean(axis=1), 1e-3))


def feature_distances(network: FeatureNetwork, found: np.ndarray, photos: np.ndarray) -> np.ndarray:
    """Return how far each picture lies from its photo in features, as a share of the mean distance of two photos."""
    wanted = network(photos)
    apart = np.linalg.norm(wanted[:, None] - wanted[None], axis=-1)
    between = apart.sum() / (len(photos) * (len(photos) - 1))
    return np.linalg.norm(network(found) - wanted, axis=1) / between
