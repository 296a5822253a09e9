"""KID during training, and `best.keras`: the averaged generator where it was best."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import remove
from dcgan_tf.common.output import tell
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.common.text import why
from dcgan_tf.config import Config
from dcgan_tf.data.classes import class_counts
from dcgan_tf.data.images import ImageSet
from dcgan_tf.judge.features import cached_features, load_features
from dcgan_tf.judge.metrics import kid
from dcgan_tf.judge.ruler import ALL, SIGMAS, measure_ruler
from dcgan_tf.model.latent import draw_inputs
from dcgan_tf.model.networks import build_generator
from dcgan_tf.model.predict import generate_pictures
from dcgan_tf.model.saved_models import open_model, save_model
from dcgan_tf.run.checkpoint import path_at, read_checkpoint, weights_of
from dcgan_tf.run.records import comparable
from dcgan_tf.run.run import BEST, Run

Point = dict[str, Any]

GENERATED = 500  # pictures at each point
LEAST_HALF = 4
MOST_REAL = 1000  # training images that they are compared with, evenly spread


class KidCurve:
    """Measures KID of generators, always with the same training images and latents."""

    def __init__(self, config: Config, images: ImageSet) -> None:
        """Compute the features of the real pictures."""
        self.network = load_features(background=images.background)
        some = images.subset(evenly_spread(len(images), MOST_REAL))
        self.real = cached_features(self.network, some)
        self.ruler = measure_ruler(self.network, images)
        self.by = {"features": self.network.name, "features_version": self.network.version}
        shares, seed = class_counts(images, config.class_names), config.seed + 2  # not that of the grids
        self.inputs = draw_inputs(GENERATED, config.latent_dim, config.classes, seed, shares=shares)

    def measure(self, generator: keras.Model) -> Point:
        """Return KID, its spread, the blur that takes real pictures as far, and which network looked."""
        value, spread = kid(self.real, self.network(generate_pictures(generator, self.inputs)))
        return {"kid": value, "spread": spread, "blur": self.ruler.blur_of(value)} | self.by

    def scale(self) -> dict[str, Any]:
        """Return what the curve's axes show: blurs and their KID, and what chance makes of halves of real pictures.

        Of fewer than 8 real pictures there are no halves.
        """
        halves = self.real[::2], self.real[1::2]
        value, spread = kid(*halves) if len(halves[1]) >= LEAST_HALF else (None, None)
        floor = None if value is None or spread is None else max(value, 0.0) + spread
        return self.by | {"sigmas": list(SIGMAS), "kid": self.ruler.blurred[ALL], "floor": floor}


def best_point(curve: Sequence[Point]) -> Point | None:
    """Return the last of the comparable points that lies within its spread of the lowest before it, or None.

    What differs by less is chance; then longer training counts.
    """
    best, lowest = None, float("inf")
    for point in comparable(curve):
        lowest = min(lowest, point["kid"])
        if point["kid"] - lowest <= point.get("spread", 0.0):
            best = point
    return best


def settle_best(run: Run, point: Point | None, config: Config) -> Point | None:
    """Make best.keras the generator at `point`, the best of the curve so far, and return the point.

    A best model saved after the checkpoint we resume from is deleted; a lost or damaged one is restored from its
    checkpoint. If that is gone too, this returns None, and the next better point becomes the best.
    """
    path = run.folder / BEST
    if point is None:
        remove(path)
        return None
    if run.info.get("best") == point and _opens(path):
        return point
    source = path_at(run.folder, int(point["step"]))
    try:
        arrays, _ = read_checkpoint(source)
        generator = build_generator(config)
        generator.set_weights(weights_of(arrays, "ema_generator"))
    except Exception as error:  # noqa: BLE001 - a damaged file raises all kinds of errors
        tell(f"{path} is lost, and {source} cannot restore it ({why(error)}). The next better one is saved as best.")
        remove(path)
        return None
    save_model(path, generator)
    tell(f"{path} has been restored from {source}.")
    return point


def _opens(path: Path) -> bool:
    """Return whether the file holds a model; if not, it is written again."""
    try:
        open_model(path)
    except DcganError:
        return False
    return True
