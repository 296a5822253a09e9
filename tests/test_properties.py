"""What holds for any values, sought by Hypothesis: each property is one that the code itself promises."""

import contextlib
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageSequence

from dcgan_tf import Config, DcganError
from dcgan_tf.common.neighbors import nearest
from dcgan_tf.config import MOST_DEVICES
from dcgan_tf.draw.curves import draw_curves, save_figure
from dcgan_tf.draw.film import save_gif
from dcgan_tf.draw.grids import (
    BAR,
    GAP,
    GROUND,
    crop_grid,
    crop_pictures,
    draw_grid,
    enlargement,
    grid_shape,
    save_grid,
)
from dcgan_tf.judge import metrics
from dcgan_tf.judge.wasserstein import sliced_wasserstein
from dcgan_tf.model.latent import draw_latents, looping_walk, slerp

few = settings(max_examples=40, deadline=None, derandomize=True)
fewer = settings(max_examples=15, deadline=None, derandomize=True)
FIELDS = {spec.name: spec for spec in fields(Config) if spec.name != "class_names"}


# Settings


def right_values(spec) -> st.SearchStrategy:
    """Return values that a field takes."""
    if spec.name == "image_size":
        return st.integers(16, 256) | st.builds("{}x{}".format, st.integers(16, 128), st.integers(129, 256))
    if spec.name == "devices":
        return st.just("auto") | st.integers(1, MOST_DEVICES)
    if "choices" in spec.metadata:
        return st.sampled_from(spec.metadata["choices"])
    low, high = spec.metadata["low"], spec.metadata["high"]
    return st.integers(low, high) if spec.type is int else st.floats(low, high) | st.integers(-(-low // 1), int(high))


anything = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary()
    | st.decimals() | st.fractions() | st.lists(st.integers()) | st.dictionaries(st.text(), st.integers())
    | st.sampled_from([10**400, object(), int, np.array([1, 2]), ...])
    | st.just(5000).map(lambda digits: -(10**digits))  # not listed: Python refuses to print it, in Hypothesis too
    | arrays.from_dtype(np.dtype("f2")) | arrays.from_dtype(np.dtype("f4")) | arrays.from_dtype(np.dtype("f8"))
    | arrays.from_dtype(np.dtype("i1")) | arrays.from_dtype(np.dtype("u8")) | arrays.from_dtype(np.dtype("g"))
    | arrays.from_dtype(np.dtype("M8[s]")) | arrays.from_dtype(np.dtype("?")) | arrays.from_dtype(np.dtype("U5"))
)  # fmt: skip


@given(st.fixed_dictionaries({}, optional={name: right_values(spec) for name, spec in FIELDS.items()}))
@few
def test_right_values_survive_their_dictionary(values):
    config = Config(**values)
    assert Config.from_dict(config.to_dict()) == config
    for name, spec in FIELDS.items():
        assert isinstance(getattr(config, name), int | str if name == "image_size" else spec.type)
    assert all(getattr(config, name) == value for name, value in values.items())


@given(st.sampled_from(sorted(FIELDS)), anything)
@settings(few, max_examples=200)
def test_any_value_is_right_or_told_of_by_the_name_of_its_field(name, value):
    try:
        config = Config(**{name: value})
    except DcganError as error:
        assert str(error).startswith(f"`{name}` should be ") and "Received: " in str(error)
        assert len(str(error)) < 400 and "\n" not in str(error)
    else:
        assert Config.from_dict(config.to_dict()) == config
        if name == "devices" and config.devices == "auto":
            return
        bounds = {"image_size": (16, 256), "devices": (1, MOST_DEVICES)}
        rule = dict(zip(("low", "high"), bounds[name], strict=True)) if name in bounds else FIELDS[name].metadata
        found = config.shape[0] if name == "image_size" else getattr(config, name)
        assert found in rule["choices"] if "choices" in rule else rule["low"] <= found <= rule["high"]


@given(st.dictionaries(st.text() | st.sampled_from(sorted(FIELDS)), st.just(1), min_size=1))
@few
def test_any_dictionary_is_a_configuration_or_a_sentence(values):
    with contextlib.suppress(DcganError):
        assert set(values) <= set(FIELDS), Config.from_dict(values)


# Scores of features


@st.composite
def feature_sets(draw, least: int = 12, most: int = 24):
    """Return two sets of features of one length; whole numbers, so that sums do not depend on their order."""
    length = draw(st.integers(1, 6))
    sizes = [draw(st.integers(least, most)) for _ in range(2)]
    return tuple(draw(arrays.arrays(np.float64, (size, length), elements=st.integers(-20, 20))) for size in sizes)


def shuffled(features, seed):
    return np.random.default_rng(seed).permutation(features)


@given(feature_sets(), st.integers(0, 99))
@few
def test_scores_do_not_depend_on_the_order_of_pictures(sets, seed):
    real, generated = sets
    others = shuffled(real, seed), shuffled(generated, seed + 1)
    assert metrics.squared_mmd(*others) == pytest.approx(metrics.squared_mmd(real, generated), rel=1e-9, abs=1e-9)
    assert metrics.fid(*others) == pytest.approx(metrics.fid(real, generated), rel=1e-6, abs=1e-6)
    assert metrics.manifold_scores(*others) == pytest.approx(metrics.manifold_scores(real, generated))


@given(feature_sets())
@few
def test_distances_are_those_of_the_exchanged_sets(sets):
    real, generated = sets
    assert metrics.squared_mmd(generated, real) == pytest.approx(
        metrics.squared_mmd(real, generated), rel=1e-9, abs=1e-9
    )
    assert metrics.fid(generated, real) == pytest.approx(metrics.fid(real, generated), rel=1e-6, abs=1e-6)
    one, other = metrics.manifold_scores(real, generated), metrics.manifold_scores(generated, real)
    assert (one["precision"], one["recall"]) == (other["recall"], other["precision"])


@given(feature_sets())
@few
def test_scores_keep_to_their_bounds(sets):
    real, generated = sets
    scores = metrics.manifold_scores(real, generated)
    assert all(0 <= scores[name] <= 1 for name in ("precision", "recall", "coverage"))
    assert 0 <= scores["density"] <= len(real) / 10
    assert metrics.fid(real, generated) >= -1e-6 * (1 + np.square(real).sum() + np.square(generated).sum())
    mean, spread = metrics.kid(real, generated)
    assert np.isfinite(mean) and spread >= 0


@given(feature_sets())
@few
def test_a_set_is_at_no_distance_from_itself(sets):
    real, _ = sets
    size = 1 + np.square(real).sum()
    assert abs(metrics.fid(real, real)) <= 1e-9 * size
    assert metrics.squared_mmd(real, real) <= 1e-9 * size**3  # unbiased: at most 0
    scores = metrics.manifold_scores(real, real)
    assert scores["precision"] == scores["recall"] == scores["coverage"]


@given(feature_sets(), st.integers(-50, 50), st.sampled_from([0.25, 0.5, 2.0, 8.0]))
@few
def test_what_shift_and_scale_do_is_known(sets, shift, scale):
    """FID is a squared length in feature space; who is whose neighbor depends on neither."""
    real, generated = sets
    plain = metrics.fid(real, generated)
    near = 1e-7 * (1 + np.square(real).sum() + np.square(generated).sum())
    assert metrics.fid(real + shift, generated + shift) == pytest.approx(plain, rel=1e-6, abs=near)
    assert metrics.fid(real * scale, generated * scale) == pytest.approx(
        plain * scale**2, rel=1e-6, abs=near * scale**2
    )
    scores = metrics.manifold_scores(real, generated)
    assert metrics.manifold_scores(real * scale, generated * scale) == scores  # powers of 2: exact
    assert metrics.manifold_scores(real + shift, generated + shift) == scores  # whole numbers: exact


@given(feature_sets(), st.integers(2, 4))
@few
def test_repeating_both_sets_leaves_their_gaussians(sets, times):
    """All but the divisors of covariances, n - 1, stays; with n instead, FID would be the same."""
    real, generated = (each[: min(map(len, sets))] for each in sets)
    size = len(real)
    bound = (times * size - times) / (times * size - 1)
    means = np.square(real.mean(0) - generated.mean(0)).sum()
    plain, repeated = (metrics.fid(*(np.tile(each, (n, 1)) for each in (real, generated))) for n in (1, times))
    assert repeated - means == pytest.approx((plain - means) * bound, rel=1e-6, abs=1e-4)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(2, 30), st.integers(1, 20))), st.integers(0, 9))
@few
def test_the_nearest_is_found_as_by_all_differences(rows, seed):
    others = np.random.default_rng(seed).integers(0, 256, (17, rows.shape[1]), np.uint8)
    differences = np.sqrt(np.square(rows[:, None].astype(float) - others[None]).sum(2))
    indices, distances = nearest(rows, others)
    np.testing.assert_allclose(distances, differences.min(1), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(differences[np.arange(len(rows)), indices], differences.min(1), rtol=1e-5, atol=1e-5)
    assert (nearest(rows, rows)[1] == 0).all()
    indices, _ = nearest(rows, rows, itself=True)
    assert (indices != np.arange(len(rows))).all()


@given(
    arrays.arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 255)),
    arrays.arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 255)),
)
@few
def test_novelty_keeps_to_its_bounds(generated, unseen):
    assume(not len(unseen[unseen > 0]) or unseen[unseen > 0].min() > 1e-9)
    found = metrics.novelty(generated, unseen)
    assert 0 <= found["near_copies"] <= 1 and found["novelty"] >= 0 and np.isfinite(found["novelty"])
    assert metrics.novelty(generated * 0, unseen) == {"novelty": 0.0, "near_copies": 1.0}


# Scores of pictures

shapes = st.tuples(st.integers(8, 40), st.integers(8, 40), st.sampled_from([1, 3]))


@given(shapes, st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
@settings(few, max_examples=6)
def test_wasserstein_keeps_to_its_bounds_and_is_zero_for_the_same(shape, many, more, seed):
    random = np.random.default_rng(seed)
    real, generated = (random.integers(0, 256, (count, *shape), np.uint8) for count in (many, more))
    found = sliced_wasserstein(real, generated)
    assert all(np.isfinite(value) and value >= 0 for value in found.values())
    assert found == sliced_wasserstein(real, generated)
    assert set(sliced_wasserstein(real, real).values()) == {0.0}
    assert next(iter(found)) == max(shape[:2])


# Drawings

ODD_TITLES = (
    "", " ", "\n", "two\nlines", "\t\r\0\x1b[31m", "🥝" * 40, "word " * 400, "a" + "\u0301\u0323" * 40, "كيوي 奇异果",
    "\ud800 half a character", "\u202e\ufeff", "$x^{$ and \\frac", "a" * 10**5,
)  # fmt: skip
titles = st.text(max_size=60) | st.sampled_from(ODD_TITLES)


@st.composite
def picture_sets(draw):
    count, height, width = draw(st.integers(1, 20)), draw(st.integers(1, 40)), draw(st.integers(1, 40))
    channels, seed = draw(st.sampled_from([1, 3])), draw(st.integers(0, 99))
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, channels), np.uint8)


@given(picture_sets(), titles, st.none() | st.integers(1, 30))
@few
def test_any_grid_holds_its_pictures_under_any_title(pictures, title, columns):
    sheet = draw_grid(pictures, title, columns)
    count, height, width = pictures.shape[:3]
    columns = min(count, columns or grid_shape((height, width))[0])
    zoom = enlargement((height, width), columns)
    cells = np.array([height, width]) * zoom + GAP
    rows = -(-count // columns)
    assert sheet.height == rows * cells[0] + GAP + BAR
    assert sheet.width >= columns * cells[1] + GAP
    values = np.asarray(sheet)
    expected = np.full_like(values[BAR:], GROUND[0])
    for index, picture in enumerate(pictures):
        top, left = np.array(divmod(index, columns)) * cells + GAP
        tile = np.kron(picture, np.ones((zoom, zoom, 1), np.uint8))
        expected[top : top + height * zoom, left : left + width * zoom] = tile
    np.testing.assert_array_equal(values[BAR:], expected)  # and the title keeps to its bar


@given(picture_sets(), titles)
@fewer
def test_any_grid_can_be_written_and_read(tmp_path_factory, pictures, title):
    folder = tmp_path_factory.mktemp("grid")
    path = save_grid(folder / "grid.png", pictures, title)
    np.testing.assert_array_equal(np.asarray(Image.open(path)), np.asarray(draw_grid(pictures, title)))
    assert [entry.name for entry in folder.iterdir()] == ["grid.png"]


@given(st.integers(1, 130), st.integers(1, 130), titles, st.integers(1, 10), st.sampled_from([1, 3]))
@fewer
def test_any_grid_can_be_cropped(height, width, title, keep, channels):
    columns, rows, count = grid_shape((height, width))
    pictures = np.random.default_rng(0).integers(0, 256, (count, height, width, channels), np.uint8)
    sheet = draw_grid(pictures, title)
    kept = crop_grid(sheet, (height, width), keep)
    zoom = enlargement((height, width), columns)
    down, across = min(keep, rows) * (height * zoom + GAP) + GAP, min(keep, columns) * (width * zoom + GAP) + GAP
    assert kept.height == down + BAR and across <= kept.width <= sheet.width
    np.testing.assert_array_equal(np.asarray(kept)[BAR:, :across], np.asarray(sheet)[BAR : BAR + down, :across])
    mosaic = crop_pictures(sheet, (height, width), min(keep, rows, columns))
    assert mosaic.size == (min(keep, rows, columns) * width, min(keep, rows, columns) * height)
    corner = np.asarray(mosaic)[:height, :width]
    np.testing.assert_array_equal(corner, np.broadcast_to(pictures[0], corner.shape))


@pytest.mark.filterwarnings("ignore:Glyph")
def test_curves_take_any_title(tmp_path):
    history = [{"kimg": 1.0, "g_loss": 1.0, "d_loss": 1.0, "real_score": 0.6, "fake_score": 0.4}]
    for title in ODD_TITLES[-6:]:
        assert Image.open(save_figure(tmp_path / "curves.png", draw_curves(history, title))).width == 1000


@given(
    st.permutations(range(12)), st.integers(1, 12), st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.integers(0, 5000), st.integers(0, 5000),
)  # fmt: skip
@fewer
def test_any_gif_has_its_frames_and_durations(tmp_path_factory, order, count, size, milliseconds, hold):
    folder = tmp_path_factory.mktemp("gif")
    frames = [Image.new("RGB", size, (20 * shade, 0, 255 - 20 * shade)) for shade in order[:count]]
    expected = [max(20, milliseconds)] * (count - 1) + [max(20, milliseconds) + hold]
    image = Image.open(save_gif(folder / "a.gif", frames, milliseconds=milliseconds, hold=hold))
    durations = []
    for frame, before in zip(ImageSequence.Iterator(image), frames, strict=True):
        durations.append(frame.info["duration"])
        assert np.abs(np.asarray(frame.convert("RGB")).astype(int) - np.asarray(before)).max() <= 8
    assert image.size == size
    assert np.abs(np.subtract(durations, expected)).max() < 10  # a GIF counts hundredths of a second
    still = Image.open(save_gif(folder / "b.gif", frames[:1] * count, milliseconds=milliseconds, hold=hold))
    if count > 1:  # frames that are alike are written as one that stays as long
        assert abs(still.info["duration"] - sum(expected)) < 10


# Latents


@given(st.integers(1, 20), st.integers(1, 64), st.integers(0, 2**31 - 1))
@few
def test_walks_pass_through_their_latents_and_keep_their_lengths(count, latent_dim, seed):
    latents = draw_latents(count, latent_dim, seed)
    np.testing.assert_array_equal(draw_latents(count + 3, latent_dim, seed)[:count], latents)
    walk = looping_walk(latents, 4 * count)
    np.testing.assert_allclose(walk[::4], latents, rtol=1e-4, atol=1e-5)
    lengths = np.linalg.norm(latents, axis=1)
    assert (np.linalg.norm(walk, axis=1) <= lengths.max() * 1.001 + 1e-6).all()
    share = 0.3
    point = slerp(latents[0], latents[-1], share)
    np.testing.assert_allclose(point, slerp(latents[-1], latents[0], 1 - share), rtol=1e-3, atol=1e-4)
    assert np.isfinite(slerp(latents[0], -latents[0], share)).all()
