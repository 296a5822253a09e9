"""A ruler that people can feel: how strongly real photos must be blurred to be as far away as generated pictures."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_json
from dcgan_tf.common.output import tell
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.data.images import ImageSet
from dcgan_tf.judge.changes import as_jpeg, gaussian_blur
from dcgan_tf.judge.features import FeatureNetwork, cache_path
from dcgan_tf.judge.metrics import paired_mmd

SIGMAS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.4, 2.0, 3.0, 5.0, 8.0)  # of the blur, in pixels
QUALITIES = (100, 95, 85, 70, 50, 30, 15, 5)  # of JPEG; 100 stands for no change
MOST = 200  # photos
MOST_LARGE, LARGE = 50, 128  # photos for a network with inputs of more pixels a side: Inception takes minutes for 200
ALL, TEXTURE, SHAPE = "all", "texture", "shape"


class Ruler(NamedTuple):
    """KID between a set's photos and the same photos changed, at growing strengths."""

    blurred: dict[str, list[float]]  # by each of `SIGMAS`; of all features, of those for texture and those for shape
    compressed: list[float]  # by each of `QUALITIES`

    def blur_of(self, kid: float, view: str = ALL) -> float:
        """Return the blur, in pixels, that takes photos as far as this; that of the last of `SIGMAS` if none does."""
        return _read(kid, self.blurred[view], SIGMAS)

    def jpeg_of(self, kid: float) -> float:
        """Return the JPEG quality that takes photos as far as this."""
        return _read(kid, self.compressed, QUALITIES)


def _read(kid: float, kids: list[float], strengths: tuple[float, ...]) -> float:
    """Interpolate between roots of KID, which grow nearly in proportion to a blur."""
    roots = np.sqrt(np.maximum.accumulate(np.maximum(kids, 0.0)))
    return float(np.interp(np.sqrt(max(kid, 0.0)), roots, strengths))


def measure_ruler(network: FeatureNetwork, images: ImageSet, cache: Path | None = None) -> Ruler:
    """Return the ruler of a set of real pictures, cached in a file by network and content as `cached_features` does."""
    path = cache_path(network, images, cache, f"-ruler-{MOST}.json")
    ruler = _read_cached(path) if path else None
    if ruler is None:
        most = MOST_LARGE if max(network.size[0] or 0, network.size[1] or 0) > LARGE else MOST
        ruler = _measure(network, images.pixels[evenly_spread(len(images), most)])
        if path:
            _write_cached(path, ruler)
    return ruler


def _measure(network: FeatureNetwork, pixels: np.ndarray) -> Ruler:
    pixels = network.seen(pixels)
    real = network(pixels)
    views = views_of(network)
    blurred: dict[str, list[float]] = {view: [0.0] for view in views}
    for sigma in SIGMAS[1:]:
        changed = network(gaussian_blur(pixels, sigma))
        for view, part in views.items():
            blurred[view].append(paired_mmd(real[:, part], changed[:, part]))
    compressed = [paired_mmd(real, network(as_jpeg(pixels, quality))) for quality in QUALITIES[1:]]
    return Ruler(blurred, [0.0, *compressed])


def views_of(network: FeatureNetwork) -> dict[str, slice]:
    """Return all of a network's features and, where they are known apart, those for texture and those for shape."""
    views = {ALL: slice(None)}
    return views | ({TEXTURE: network.texture, SHAPE: network.shape} if network.texture and network.shape else {})


def _read_cached(path: Path) -> Ruler | None:
    """Return the ruler in a file, or None if there is none that fits."""
    try:
        found: Any = json.loads(path.read_bytes())
        rows = [*found["blurred"].values(), found["compressed"]]
        fits = all(np.isfinite(row).all() for row in rows)
        fits = fits and [len(row) for row in rows] == [len(SIGMAS)] * (len(rows) - 1) + [len(QUALITIES)]
        return Ruler(found["blurred"], found["compressed"]) if fits and found["sigmas"] == list(SIGMAS) else None
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def _write_cached(path: Path, ruler: Ruler) -> None:
    try:
        write_json(path, ruler._asdict() | {"sigmas": SIGMAS})
    except DcganError as error:
        tell(f"The ruler was not cached: {path.parent} cannot be written ({error.__cause__}).")
