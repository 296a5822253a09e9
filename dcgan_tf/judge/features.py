"""Networks that turn pictures into features, float32 `[n, d]`, for the scores in `metrics.py`.

TensorFlow is imported when a network is built, so that `check_features` is fast.
"""

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dcgan_tf.common.checks import check_color
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import remove_leftovers, write_atomically
from dcgan_tf.common.output import tell
from dcgan_tf.common.pixels import HALF_RANGE, RGBA, on_background
from dcgan_tf.common.text import shown, why
from dcgan_tf.data.images import ImageSet

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

BATCH = 64
FETCH_SECONDS = 10.0  # timeout of a download of weights
IMAGENET_SIDE = 64  # pixels; larger inputs weigh JPEG and noise more, in the same order of blur
LUMA = (0.299, 0.587, 0.114)  # weights of red, green and blue, as in Pillow (ITU-R BT.601)
AUTO, DEFAULT = "auto", "imagenet"


class FeatureNetwork(NamedTuple):
    """A network, its input, and the name at the end of its scores: scores of two networks cannot be compared."""

    name: str
    size: tuple[int | None, int | None]  # height and width that pictures are resized to; None: as they are
    channels: int
    model: Callable[["tf.Tensor"], "tf.Tensor"]  # uint8 [n, height, width, channels] to [n, d]
    version: str  # changes with the weights; part of cached features' names and of scores
    texture: slice | None = None  # the features that see texture and hardly shape, where they are known
    shape: slice | None = None  # the features that see shape more than texture
    background: str = "white"  # where it sees RGBA pictures on

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """Return the features of uint8 pictures `[n, height, width, 1, 3 or 4]`, float32 `[n, d]`."""
        features = np.empty((len(pictures), 0), np.float32)
        for start in range(0, len(pictures), BATCH):
            found = np.asarray(self.model(self._prepared(pictures[start : start + BATCH])), np.float32)
            if found.ndim != 2:
                raise DcganError(
                    f"The feature network {self.name} should turn n pictures into vectors [n, d]. Received: "
                    f"{list(found.shape)}. Cut it at a layer whose output is flat, such as a global pooling."
                )
            if start == 0:  # in place, so that many pictures need no second copy
                features = np.empty((len(pictures), found.shape[1]), np.float32)
            features[start : start + BATCH] = found
        return features

    def seen(self, pictures: np.ndarray) -> np.ndarray:
        """Return uint8 pictures as the network sees them: RGBA on its background, the others as they are."""
        return on_background(pictures, self.background)

    def _prepared(self, batch: np.ndarray) -> "tf.Tensor":
        """Return uint8 pictures at the network's size and channels, resized with antialiasing."""
        import tensorflow as tf

        images = tf.cast(self.seen(batch), tf.float32)
        if images.shape[-1] != self.channels:
            gray = images.shape[-1] == 1
            images = tf.repeat(images, 3, axis=-1) if gray else tf.tensordot(images, tf.constant([LUMA]), [[3], [1]])
        size = [wanted or given for wanted, given in zip(self.size, batch.shape[1:3], strict=True)]
        images = tf.image.resize(images, size, antialias=True)
        return tf.cast(tf.round(tf.clip_by_value(images, 0.0, 255.0)), tf.uint8)


def load_features(features: str | Path = DEFAULT, background: str = "white") -> FeatureNetwork:
    """Return a feature network; its name ("imagenet", "inception", "random" or a file's) ends the names of its scores.

    `features` is "imagenet", the stages of EfficientNet-Lite0 (64x64, 1,568 features; an installed package holds its
    weights; without it, with a message, "random");
    "inception", Keras's InceptionV3 (299x299, 2,048 features; Keras downloads its weights, 88 MB, once);
    "random", a network of fixed random weights; "auto", Inception, or if its weights cannot be downloaded, with a
    message, "imagenet"; or the path of a Keras model from uint8 `[n, height, width, channels]`
    to `[n, d]`. RGBA pictures are put on `background` first: white, black or #rrggbb. Raises `DcganError` if the
    weights are not there, or the file is no such model.
    """
    check_features(features)
    if features == AUTO:
        network = _inception_or_default()
    else:
        network = NETWORKS[features]() if features in NETWORKS else _from_file(Path(features).expanduser())
    return network._replace(background=check_color("background", background))


def _inception_or_default() -> FeatureNetwork:
    try:
        return _inception()
    except DcganError as error:
        tell(f"{error} The scores below are those of {DEFAULT!r}.")
        return _imagenet()


def check_features(features: str | Path, root: Path = Path()) -> None:
    """Raise `DcganError` unless `features` is the name of a network or the path, relative to `root`, of a file."""
    names = (AUTO, *NETWORKS)
    try:
        there = features in names or (bool(features) and (root / Path(features).expanduser()).is_file())
    except (TypeError, ValueError, OSError, RuntimeError):  # not a path: NUL, too long, or an unknown user
        there = False
    if not there:
        raise DcganError(
            f"`features` should be {', '.join(map(repr, names))} or the path of a Keras model. "
            f"Received: {shown(features)}, and there is no such file."
        )


def cached_features(network: FeatureNetwork, images: ImageSet, cache: Path | None = None) -> np.ndarray:
    """Return the features of real pictures, float32 `[n, d]`, cached in a file by network and content.

    `cache` is a folder, `dcgan-tf/features` in XDG_CACHE_HOME or `~/.cache` unless given.
    """
    path = cache_path(network, images, cache, ".npy")
    if path is None:
        return network(images.pixels)
    features = _read_cached(path, len(images))
    if features is None:
        features = network(images.pixels)
        _write_cached(path, features)
    return features


def cache_path(network: FeatureNetwork, images: ImageSet, cache: Path | None, ending: str) -> Path | None:
    """Return the file for what a network finds in a set of pictures, or None if there is nowhere to keep it."""
    folder = cache or _cache_folder()
    ground = "" if images.pixels.shape[-1] != RGBA else f"-{network.background.lstrip('#')}"
    return folder / f"{network.name}-{network.version[:12]}-{images.sha256[:24]}{ground}{ending}" if folder else None


def _cache_folder() -> Path | None:
    """Return the cache folder; None, with a message, if the user has no home, as in some containers."""
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        tell("Features are not cached: there is no home folder. Set XDG_CACHE_HOME to cache them.")
        return None
    return home / "dcgan-tf" / "features"


def _read_cached(path: Path, count: int) -> np.ndarray | None:
    """Return the features in a file; None if there is none or, with a message, if it is damaged."""
    try:
        with path.open("rb") as file:
            features = np.lib.format.read_array(file, allow_pickle=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # noqa: BLE001 - numpy raises all kinds of errors for a damaged file
        found = type(error).__name__
    else:
        fits = features.ndim == 2 and len(features) == count and features.dtype == np.float32
        if fits and np.isfinite(features).all():
            return features
        found = f"{features.dtype} {list(features.shape)}"
    tell(f"{path} should hold features of {count} pictures, but is damaged ({found}); they are computed again.")
    return None


def _write_cached(path: Path, features: np.ndarray) -> None:
    """Cache features, unless some are not finite."""
    if not np.isfinite(features).all():
        return
    try:
        write_atomically(path, lambda beside: np.save(beside, features))
        remove_leftovers(path.parent)
    except DcganError as error:
        tell(f"Features were not cached: {path.parent} cannot be written ({error.__cause__}).")


def _imagenet() -> FeatureNetwork:
    """Return the statistics of EfficientNet-Lite0's stages; the random network where its weights are not installed."""
    from dcgan_tf.judge import imagenet_network

    if not imagenet_network.is_installed():
        tell(f"{imagenet_network.MISSING} Until then the random network looks, which hardly sees texture.")
        return _random()
    look = imagenet_network.build_imagenet_network(IMAGENET_SIDE)
    size, views = (IMAGENET_SIDE, IMAGENET_SIDE), (imagenet_network.TEXTURE, imagenet_network.SHAPE)
    return FeatureNetwork("imagenet", size, 3, look, imagenet_network.VERSION, *views)


def _random() -> FeatureNetwork:
    from dcgan_tf.judge.random_network import RANDOM_SIDE, RANDOM_VERSION, build_random_network

    return FeatureNetwork("random", (RANDOM_SIDE, RANDOM_SIDE), 3, build_random_network(), RANDOM_VERSION)


def _inception() -> FeatureNetwork:
    """Return Keras's InceptionV3, cut at its pooling; not the network of published FIDs, hence the name."""
    import keras

    from dcgan_tf.model.defaults import FLOATS, usual_defaults

    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(FETCH_SECONDS)  # Keras sets no limit of its own
    try:
        with usual_defaults():
            inner = keras.applications.InceptionV3(include_top=False, weights="imagenet", pooling="avg")
    except Exception as error:  # Keras raises plain `Exception` if an address cannot be reached
        raise DcganError(
            f"The weights of InceptionV3 could not be downloaded ({why(error)}). Connect to the internet, or choose "
            "features='imagenet'."
        ) from error
    finally:
        socket.setdefaulttimeout(patience)
    scaling = keras.layers.Rescaling(1 / HALF_RANGE, -1.0, dtype=FLOATS)
    model = keras.Sequential([keras.Input((299, 299, 3), dtype=FLOATS), scaling, inner])
    return FeatureNetwork("inception", (299, 299), 3, _compiled(model), "imagenet")


def _from_file(path: Path) -> FeatureNetwork:
    """Return the network in a .keras file, of which only Keras's own layers run (see `open_model`)."""
    from dcgan_tf.model.saved_models import open_model

    if path.stem in RESERVED:
        raise DcganError(
            f"The file of a feature network should not be called {path.name}, which would confuse its scores with "
            "others. Give it another name."
        )
    model = open_model(path)
    shape = model.input_shape
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] not in (1, 3):
        raise DcganError(
            f"The model in {shown(path)} should take pictures [n, height, width, 1 or 3]. Received: one that takes "
            f"{shown(shape)}. Take another model."
        )
    version = hashlib.sha256(path.read_bytes()).hexdigest()
    return FeatureNetwork(path.stem, shape[1:3], shape[3], _compiled(model), version)


def _compiled(model: "keras.Model") -> Callable[["tf.Tensor"], "tf.Tensor"]:
    """Return the model in inference mode as a compiled function."""
    import tensorflow as tf

    return tf.function(lambda pictures: model(pictures, training=False), reduce_retracing=True)


# Each network by its name, which ends the names of its scores. To add one, write the function that builds it.
NETWORKS: dict[str, Callable[[], FeatureNetwork]] = {"imagenet": _imagenet, "inception": _inception, "random": _random}
RESERVED = (*NETWORKS, "pixels")  # names that a network from a file may not have
