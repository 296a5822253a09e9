"""Our scores against the implementations that papers use, on the same features. Without them nothing is compared."""

import numpy as np
import pytest

from dcgan_tf.judge.metrics import fid, manifold_scores, squared_mmd

RANDOM = np.random.default_rng(0)
REAL = RANDOM.standard_normal((120, 16)).astype(np.float32)
GENERATED = (1.1 * RANDOM.standard_normal((100, 16)) + 0.2).astype(np.float32)


# What prdc 0.2 says of these arrays; where it is installed, it is asked again.
PRDC = {
    3: {"precision": 0.68, "recall": 0.9, "density": 0.98 / 1.5, "coverage": 0.675},
    10: {"precision": 0.89, "recall": 119 / 120, "density": 0.584, "coverage": 116 / 120},
}


@pytest.mark.parametrize("k", PRDC)
def test_numbers_of_prdc(k):
    assert manifold_scores(REAL, GENERATED, k=k) == pytest.approx(PRDC[k], abs=1e-6)


@pytest.mark.parametrize("k", PRDC)
def test_manifold_scores_agree_with_prdc(k):
    prdc = pytest.importorskip("prdc")
    expected = prdc.compute_prdc(REAL, GENERATED, nearest_k=k)
    assert manifold_scores(REAL, GENERATED, k=k) == pytest.approx(expected, abs=1e-6)


# What torch-fidelity 0.4.0's own functions (metric_kid.mmd2 of metric_kid.kernel_poly with its default kernel,
# metric_fid.fid_statistics_to_metric, metric_prc.calculate_precision_recall_full in double precision) say of these
# arrays. It cannot be imported without torchvision, which the package index has with CUDA alone, so that its numbers
# stand here; where it is installed the tests below ask it again.
FIDELITY_KID, FIDELITY_FID = 0.10238139897984633, 2.481038336417541
FIDELITY_PRECISION_RECALL = {3: (0.68, 0.9), 10: (0.89, 119 / 120)}


def test_numbers_of_torch_fidelity():
    real, generated = REAL[:100].astype(np.float64), GENERATED.astype(np.float64)
    assert squared_mmd(real, generated) == pytest.approx(FIDELITY_KID, abs=1e-6)
    assert fid(REAL, GENERATED) == pytest.approx(FIDELITY_FID, abs=1e-6)
    for k, (precision, recall) in FIDELITY_PRECISION_RECALL.items():
        scores = manifold_scores(REAL, GENERATED, k=k)
        assert (scores["precision"], scores["recall"]) == pytest.approx((precision, recall), abs=1e-6)


def test_kid_agrees_with_torch_fidelity():
    reference = pytest.importorskip("torch_fidelity.metric_kid", exc_type=ImportError)
    real, generated = REAL[:100].astype(np.float64), GENERATED.astype(np.float64)
    settings = {"kid_kernel_poly_degree": 3, "kid_kernel_poly_gamma": None, "kid_kernel_poly_coef0": 1}
    kernels = [
        reference.kernel_poly(one, other, **settings)
        for one, other in ((real, real), (real, generated), (generated, generated))
    ]
    assert squared_mmd(real, generated) == pytest.approx(reference.mmd2(*kernels), abs=1e-6)


def test_fid_agrees_with_torch_fidelity():
    reference = pytest.importorskip("torch_fidelity.metric_fid", exc_type=ImportError)
    moments = [
        {"mu": each.astype(np.float64).mean(0), "sigma": np.cov(each.astype(np.float64), rowvar=False)}
        for each in (REAL, GENERATED)
    ]
    expected = reference.fid_statistics_to_metric(*moments, False)["frechet_inception_distance"]
    assert fid(REAL, GENERATED) == pytest.approx(expected, abs=1e-6)
