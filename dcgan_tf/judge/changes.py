"""Changes of real photos that everyone can picture: they give distances a scale, and faults a name."""

import io

import numpy as np
from PIL import Image


def gaussian_blur(pictures: np.ndarray, sigma: float) -> np.ndarray:
    """Return uint8 pictures `[n, height, width, channels]` blurred by a Gaussian of `sigma` pixels; borders repeat."""
    reach = max(1, round(4 * sigma))
    weights = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1, dtype=np.float32) / sigma))
    weights /= weights.sum()
    values = pictures.astype(np.float32)
    for axis in (1, 2):
        padded = np.pad(values, [(reach, reach) if each == axis else (0, 0) for each in range(4)], mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, values.shape[axis], axis)  # one a weight
        windows = np.moveaxis(windows, (axis, -1), (0, axis + 1))
        values = sum(weight * window for weight, window in zip(weights, windows, strict=True))
    return to_shades(values)


def as_jpeg(pictures: np.ndarray, quality: int) -> np.ndarray:
    """Return uint8 pictures `[n, height, width, 1 or 3]` as they are after JPEG of this quality, 1 to 95."""
    return np.stack([_compressed(each, quality) for each in pictures])


def _compressed(picture: np.ndarray, quality: int) -> np.ndarray:
    page = io.BytesIO()
    Image.fromarray(picture.squeeze(-1) if picture.shape[-1] == 1 else picture).save(page, "JPEG", quality=quality)
    return np.asarray(Image.open(page)).reshape(picture.shape)


def with_colours_of(pictures: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return uint8 pictures with the mean and the deviation of each channel of others, apart from fine detail."""
    mean, deviation = _colours(pictures)
    wanted_mean, wanted_deviation = _colours(others)
    return to_shades((pictures - mean) * (wanted_deviation / np.maximum(deviation, 1e-3)) + wanted_mean)


def _colours(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    coarse = gaussian_blur(pictures, 2.0)
    return coarse.mean((0, 1, 2)), coarse.std((0, 1, 2))


def fine_detail(pictures: np.ndarray) -> float:
    """Return the root mean square difference, in shades, between uint8 pictures and the same blurred by a pixel."""
    difference = pictures.astype(np.float32) - gaussian_blur(pictures, 1.0)
    return float(np.sqrt(np.square(difference).mean()))


def to_shades(values: np.ndarray) -> np.ndarray:
    """Return float pictures in shades, 0 to 255, as uint8."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
