"""Metrics of how good and how new generated pictures are, on plain NumPy arrays.

Most take the features of real and of generated pictures, float `[n, d]`, one row per picture. `registry.py` says how
they are applied and explained.
"""

import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.neighbors import nearest

SUBSETS = 100
LARGEST_SUBSET = 1000
NEAREST_SHARE = 0.05  # closest share of unseen photos; a picture closer to a training photo than these is a near-copy
BLOCK = 512  # pictures compared at once, so that memory stays bounded


def kid(real: np.ndarray, generated: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Return the kernel inception distance and its spread: mean and standard deviation over random subsets.

    The squared maximum mean discrepancy with the kernel (x . y / d + 1)^3, unbiased (Binkowski et al. 2018,
    arXiv 1801.01401): around 0, and sometimes below, for two samples of the same pictures, at any n. Subsets hold half
    of the smaller set, 1,000 pictures at most. Raises `DcganError` for sets of fewer than 4 rows, of different lengths,
    or with NaN.
    """
    _check(real, generated, least=4)
    size = min(LARGEST_SUBSET, min(len(real), len(generated)) // 2)
    random = np.random.default_rng(seed)
    chosen = [np.zeros((len(each), SUBSETS)) for each in (real, generated)]  # 1 where a subset holds a picture
    for subset in range(SUBSETS):
        for members in chosen:
            members[random.choice(len(members), size, replace=False), subset] = 1.0
    values = _squared_mmds(real, generated, *chosen)
    return float(values.mean()), float(values.std())


def squared_mmd(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the squared maximum mean discrepancy of all pictures to all: KID without its subsets.

    Unbiased, with the cubic kernel of `kid` (Binkowski et al. 2018, arXiv 1801.01401). Raises `DcganError` as `kid`,
    for fewer than 2 rows.
    """
    _check(real, generated, least=2)
    return float(_squared_mmds(real, generated, np.ones((len(real), 1)), np.ones((len(generated), 1)))[0])


def paired_mmd(real: np.ndarray, changed: np.ndarray) -> float:
    """Return KID between pictures and the same pictures changed, row by row: 0 if nothing has changed.

    Unbiased, with the kernel of `kid`; pairs of a picture with itself do not count (Gretton et al. 2012, lemma 6).
    Raises `DcganError` as `squared_mmd`.
    """
    real, changed = _checked(real, changed, least=2)
    pairs = ((real, real), (changed, changed), (real, changed))
    kernels = [_kernel(one @ other.T, one.shape[1]) for one, other in pairs]
    same_real, same_changed, across = (kernel.sum() - np.trace(kernel) for kernel in kernels)
    return float((same_real + same_changed - 2.0 * across) / (len(real) * (len(real) - 1)))


def _squared_mmds(
    real: np.ndarray, generated: np.ndarray, real_members: np.ndarray, generated_members: np.ndarray
) -> np.ndarray:
    """Return the squared discrepancy of each pair of subsets; members are 0 or 1, `[n, subsets]`.

    All subsets share one pass over the kernel, in blocks, so a hundred of them cost little more than one.
    """
    m, n = real_members.sum(0), generated_members.sum(0)
    same_real = _kernel_sums(real, real, real_members, real_members)
    same_generated = _kernel_sums(generated, generated, generated_members, generated_members)
    across = _kernel_sums(real, generated, real_members, generated_members)
    same_real -= _kernel(_squares(real), real.shape[1]) @ real_members  # without pairs of one picture
    same_generated -= _kernel(_squares(generated), real.shape[1]) @ generated_members
    return same_real / (m * (m - 1)) + same_generated / (n * (n - 1)) - 2.0 * across / (m * n)


def _kernel_sums(one: np.ndarray, other: np.ndarray, one_members: np.ndarray, other_members: np.ndarray) -> np.ndarray:
    """Return, for each subset, the sum of the kernel over all pairs of its members."""
    sums = np.zeros(one_members.shape[1])
    for start in range(0, len(one), BLOCK):
        block = one[start : start + BLOCK].astype(np.float64)
        for first in range(0, len(other), BLOCK):
            rows = _kernel(block @ other[first : first + BLOCK].astype(np.float64).T, one.shape[1])
            members = rows @ other_members[first : first + BLOCK]
            sums += (members * one_members[start : start + BLOCK]).sum(0)
    return sums


def _squares(rows: np.ndarray) -> np.ndarray:
    """Return each row's inner product with itself."""
    return np.einsum("ij,ij->i", rows, rows, dtype=np.float64)


def _kernel(products: np.ndarray, dimensions: int) -> np.ndarray:
    """Return KID's cubic kernel for inner products of features."""
    scaled = products / dimensions + 1.0
    return scaled * scaled * scaled  # a third of the time of a power


def fid(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the Frechet distance of two Gaussians fitted to the sets (Heusel et al. 2017, arXiv 1706.08500).

    Biased upwards at small n: compare only at equal n. Raises `DcganError` as `kid`.
    """
    real, generated = _checked(real, generated, least=2)
    means = np.square(real.mean(0) - generated.mean(0)).sum()
    # A covariance is F'F of the centred features F. The trace of the root of the product of two covariances is the sum
    # of the singular values of F G'. There F may be replaced by R of F = QR, whose size is the smaller side of F.
    factors = [(each - each.mean(0)) / np.sqrt(len(each) - 1) for each in (real, generated)]
    traces = sum(np.square(factor).sum() for factor in factors)
    small = [np.linalg.qr(factor, mode="r") if len(factor) > factor.shape[1] else factor for factor in factors]
    shared = np.linalg.svd(small[0] @ small[1].T, compute_uv=False)
    return float(means + traces - 2.0 * shared.sum())


def manifold_scores(real: np.ndarray, generated: np.ndarray, k: int = 10) -> dict[str, float]:
    """Return precision, recall, density and coverage, each a share (density may pass 1).

    Each picture has a ball that reaches to its k-th neighbor in its own set. Precision: generated pictures
    inside a real one's ball; recall: the reverse (Kynkaanniemi et al. 2019, arXiv 1904.06991). Density: in how many
    balls, over k; coverage: real pictures whose ball holds a generated one (Naeem et al. 2020, arXiv 2002.09797).
    Balls are open: if a picture has k exact duplicates, its ball is empty and all shares fall. Raises
    `DcganError` as `kid`, and if a set has no k-th neighbor.
    """
    real, generated = _checked(real, generated, least=k + 1)
    real_reach, generated_reach = _reach(real, k), _reach(generated, k)
    distances = pairwise_distances(real, generated)
    in_real_balls = distances < real_reach[:, None]
    return {
        "precision": float(in_real_balls.any(0).mean()),
        "recall": float((distances < generated_reach[None, :]).any(1).mean()),
        "density": float(in_real_balls.sum(0).mean() / k),
        "coverage": float(in_real_balls.any(1).mean()),
    }


def pairwise_distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the Euclidean distances of all rows of `one` to all of `other`, float64 `[n, m]`."""
    squares = np.square(one).sum(1)[:, None] + np.square(other).sum(1)[None, :] - 2.0 * one @ other.T
    return np.sqrt(np.maximum(squares, 0.0))


def _reach(features: np.ndarray, k: int) -> np.ndarray:
    """Return each row's distance to its k-th nearest other row."""
    distances = pairwise_distances(features, features)
    np.fill_diagonal(distances, 0.0)  # exactly, despite rounding
    return np.partition(distances, k, axis=1)[:, k]


def _checked(real: np.ndarray, generated: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Return both sets in float64, or raise `DcganError`."""
    _check(real, generated, least)
    return real.astype(np.float64), generated.astype(np.float64)


def _check(real: np.ndarray, generated: np.ndarray, least: int) -> None:
    """Raise `DcganError` unless both sets are rows of finite numbers, enough of them and of one length."""
    for name, features in (("real", real), ("generated", generated)):
        if features.ndim != 2 or len(features) < least:
            raise DcganError(
                f"The features of {name} pictures should be [n, d] with n at least {least}. Received: "
                f"{list(features.shape)}. Add pictures."
            )
        if not np.isfinite(features).all():
            raise DcganError(
                f"The features of {name} pictures should be finite, but hold NaN or infinity. "
                "Take another feature network."
            )
    if real.shape[1] != generated.shape[1]:
        raise DcganError(
            f"Real and generated pictures should have features of one length. Received: {real.shape[1]} and "
            f"{generated.shape[1]}. Take both from the same network."
        )


def nearest_pictures(
    pictures: np.ndarray, others: np.ndarray, *, itself: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each picture, the index of the nearest of `others` and its distance, as `nearest`.

    Both are uint8 `[n, height, width, channels]` of one size. The distance is the root mean square difference
    of pixels, in shades (0 to 255).
    """
    indices, distances = nearest(pictures, others, itself=itself)
    return indices, distances / np.sqrt(np.prod(pictures.shape[1:]))


def novelty(generated: np.ndarray, unseen: np.ndarray) -> dict[str, float]:
    """Return how new generated pictures are, from distances to the nearest training picture, `[n]` each.

    `unseen` are those of real pictures that training never saw. "novelty": the ratio of the median distances, 1 for as
    new as an unseen photo. "near_copies": the share as close as the closest 5% of unseen pictures. Unseen pictures with
    an exact duplicate in the training set, at distance 0, do not count; if all have one, anything but a copy is new.
    """
    new = unseen[unseen > 0]
    if not len(new):
        return {"novelty": float(np.median(generated) > 0), "near_copies": float((generated == 0).mean())}
    bound = np.quantile(new, NEAREST_SHARE, method="weibull")  # 5% of others are expected below, at any number
    return {"novelty": float(np.median(generated) / np.median(new)), "near_copies": float((generated <= bound).mean())}


def near_copies(generated: np.ndarray, unseen: np.ndarray) -> float:
    """Return the share of near-copies alone, as `novelty`."""
    return novelty(generated, unseen)["near_copies"]
