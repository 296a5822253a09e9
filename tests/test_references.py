"""Our scores against the implementations that papers use, on the same features. Without them nothing is compared."""

import numpy as np
import pytest

from dcgan_tf.metrics import fid, manifold_scores, squared_mmd

RANDOM = np.random.default_rng(0)
REAL = RANDOM.standard_normal((120, 16)).astype(np.float32)
GENERATED = (1.1 * RANDOM.standard_normal((100, 16)) + 0.2).astype(np.float32)


@pytest.mark.parametrize("k", [3, 10])
def test_manifold_scores_agree_with_prdc(k):
    prdc = pytest.importorskip("prdc")
    expected = prdc.compute_prdc(REAL, GENERATED, nearest_k=k)
    assert manifold_scores(REAL, GENERATED, k=k) == pytest.approx(expected, abs=1e-6)


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
