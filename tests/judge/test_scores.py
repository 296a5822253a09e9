import numpy as np
import pytest

from dcgan_tf import DcganError
from dcgan_tf.judge import metrics
from dcgan_tf.judge.metrics import fid, kid, manifold_scores, novelty, pairwise_distances, squared_mmd


def features(count: int, seed: int, shift: float = 0.0, d: int = 16) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal((count, d)) + shift).astype(np.float32)


def test_squared_mmd_is_the_sum_that_defines_it():
    real, generated = features(5, 0).astype(float), features(4, 1, 0.3).astype(float)

    def kernel(one: np.ndarray, other: np.ndarray) -> float:
        return (one @ other / 16 + 1) ** 3

    def within(rows: np.ndarray) -> float:
        return np.mean([kernel(x, y) for i, x in enumerate(rows) for j, y in enumerate(rows) if i != j])

    across = np.mean([kernel(x, y) for x in real for y in generated])
    assert squared_mmd(real, generated) == pytest.approx(within(real) + within(generated) - 2 * across)


@pytest.mark.parametrize("count", [8, 40, 200])
def test_kid_is_zero_on_average_for_samples_of_the_same_pictures_at_any_n(count):
    values = [kid(features(count, seed), features(count, 1000 + seed))[0] for seed in range(20)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(len(values))


def test_kid_grows_with_the_difference_and_tells_its_spread():
    means, spreads = zip(*(kid(features(200, 0), features(200, 1, shift)) for shift in (0.0, 0.2, 0.5)), strict=True)
    assert means[0] < means[1] < means[2]
    assert all(spread > 0 for spread in spreads)
    assert kid(features(200, 0), features(200, 1), seed=3) == kid(features(200, 0), features(200, 1), seed=3)


def test_kid_is_the_mean_over_its_subsets(monkeypatch):
    monkeypatch.setattr(metrics, "BLOCK", 7)  # several blocks, the last one cut short
    real, generated = features(31, 0).astype(float), features(24, 1, 0.3).astype(float)
    random = np.random.default_rng(5)
    values = []
    for _ in range(metrics.SUBSETS):
        subsets = [each[random.choice(len(each), 12, replace=False)] for each in (real, generated)]
        values.append(squared_mmd(*subsets))
    assert kid(real, generated, seed=5) == pytest.approx((np.mean(values), np.std(values)))


def test_fid_is_the_same_by_covariances_as_by_triangles():
    for n, m in ((60, 12), (12, 60), (60, 50), (10, 12)):  # more, or fewer, pictures than the 16 features
        real, generated = features(n, 0).astype(float), features(m, 1, 0.3).astype(float)
        covariances = [np.cov(each, rowvar=False) for each in (real, generated)]
        roots = np.sqrt(np.maximum(np.linalg.eigvals(covariances[0] @ covariances[1]).real, 0.0)).sum()
        means = np.square(real.mean(0) - generated.mean(0)).sum()
        expected = means + sum(map(np.trace, covariances)) - 2.0 * roots
        assert fid(real, generated) == pytest.approx(expected, rel=1e-5)


def test_near_copies_of_unseen_photos_are_a_twentieth_whatever_their_number():
    random = np.random.default_rng(0)
    for count in (20, 45, 300):
        found = [novelty(random.exponential(size=500), random.exponential(size=count)) for _ in range(400)]
        assert np.mean([each["near_copies"] for each in found]) == pytest.approx(0.05, abs=0.01)


def test_fid_is_biased_upwards_at_small_n():
    few, many = (np.mean([fid(features(n, s), features(n, 100 + s)) for s in range(5)]) for n in (40, 400))
    assert few > 3 * many > 0


def test_fid_of_known_gaussians():
    real = features(20_000, 0, d=3)
    generated = features(20_000, 1, d=3) * np.array([1.0, 2.0, 3.0]) + np.array([1.0, 0.0, 0.0])
    # Of diagonal covariances it is the squared difference of the means plus that of the deviations.
    assert fid(real, generated) == pytest.approx(1.0 + 0.0 + 1.0 + 4.0, rel=0.05)
    assert fid(real, real) == pytest.approx(0.0, abs=1e-6)


def test_fid_takes_fewer_pictures_than_features():
    assert fid(features(5, 0, d=64), features(5, 1, d=64)) > 0


def test_manifold_scores_tell_copies_collapse_and_strangers_apart():
    real = features(300, 0)
    same = manifold_scores(real, features(300, 1))
    assert all(value > 0.8 for value in same.values())
    collapsed = manifold_scores(real, np.repeat(features(1, 2), 300, axis=0) + 1e-4 * features(300, 3))
    assert collapsed["recall"] < 0.05 and collapsed["coverage"] < 0.2
    strangers = manifold_scores(real, features(300, 1, shift=20.0))
    assert strangers == {"precision": 0.0, "recall": 0.0, "density": 0.0, "coverage": 0.0}


def test_manifold_scores_of_a_line_by_hand():
    real = np.array([[0.0], [1.0], [3.0]])
    generated = np.array([[0.5], [10.0], [11.0]])
    # k = 1: reaches of the real ones 1, 1, 2; of the generated ones 9.5, 1, 1.
    expected = {"precision": 1 / 3, "recall": 1.0, "density": 2 / 3, "coverage": 2 / 3}
    assert manifold_scores(real, generated, k=1) == pytest.approx(expected)


@pytest.mark.parametrize("score", [fid, lambda *sets: manifold_scores(*sets, k=3)])
def test_the_order_of_pictures_does_not_matter(score):
    real, generated = features(50, 0), features(40, 1, 0.2)
    turned = score(real[::-1], np.random.default_rng(0).permutation(generated))
    assert turned == pytest.approx(score(real, generated))


def test_scale_and_place_of_the_features():
    real, generated = features(50, 0), features(50, 1, 0.2)
    assert fid(3 * real, 3 * generated) == pytest.approx(9 * fid(real, generated))
    assert fid(real + 5, generated + 5) == pytest.approx(fid(real, generated), rel=1e-4)
    assert manifold_scores(7 * real - 2, 7 * generated - 2) == manifold_scores(real, generated)


def test_distances_are_euclidean():
    one, other = features(6, 0).astype(float), features(4, 1).astype(float)
    expected = np.linalg.norm(one[:, None] - other[None], axis=2)
    np.testing.assert_allclose(pairwise_distances(one, other), expected)


@pytest.mark.parametrize("score", [kid, fid, manifold_scores, squared_mmd])
def test_wrong_features_are_refused_in_a_sentence(score):
    with pytest.raises(DcganError, match=r"of real pictures should be \[n, d\] with n at least"):
        score(features(1, 0), features(50, 1))
    with pytest.raises(DcganError, match="of generated pictures should be finite"):
        score(features(50, 0), np.full((50, 16), np.nan))
    with pytest.raises(DcganError, match="Received: 16 and 8"):
        score(features(50, 0), features(50, 1, d=8))
