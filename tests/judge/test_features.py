import io
import multiprocessing
import socket
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest

from dcgan_tf import DcganError, ImageSet
from dcgan_tf.common.pixels import on_background
from dcgan_tf.judge import features
from dcgan_tf.judge.features import cache_path, cached_features, load_features
from dcgan_tf.judge.random_network import RANDOM_VERSION, build_random_network, photo_noise
from tests.conftest import make_images

PINNED = [-1.194, -0.375, -0.257, 1.313, 0.567]  # of the random network, version 2


def pictures(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture(scope="module")
def network():
    return load_features("random")


def save_model(path, *, size=(8, 8), channels=3, outputs="flat"):
    """Write a Keras model from uint8 pictures to their plain values, or to something else."""
    inputs = keras.Input((*size, channels), dtype="uint8")
    values = keras.layers.Rescaling(1 / 255)(inputs)
    keras.Model(inputs, keras.layers.Flatten()(values) if outputs == "flat" else values).save(path)
    return path


@pytest.mark.parametrize("shape", [(5, 64, 64, 3), (3, 28, 28, 1), (70, 20, 33, 3), (2, 256, 100, 1)])
def test_any_size_and_color_has_features(network, shape):
    found = network(pictures(*shape))
    assert found.dtype == np.float32 and found.shape == (shape[0], 1536)
    assert np.isfinite(found).all()


def test_transparent_pictures_are_seen_on_the_background(network, tmp_path):
    clear = pictures(3, 20, 20, 4)
    seen = on_background(clear, "#2040ff")
    blue = load_features("random", "#2040FF")
    np.testing.assert_array_equal(blue(clear), blue(seen))
    assert not np.array_equal(network(clear), blue(clear))
    images = ImageSet(clear, ("a", "b", "c"), ("x",) * 3, (), "x")
    places = {cache_path(each, images, tmp_path, ".npy") for each in (network, blue)}
    opaque = replace(images, pixels=seen)
    assert len(places) == 2 and len({cache_path(each, opaque, tmp_path, ".npy") for each in (network, blue)}) == 1


def test_the_random_network_is_the_same_each_time(network):
    again = load_features("random")
    np.testing.assert_allclose(network(pictures(3, 30, 30, 3)), again(pictures(3, 30, 30, 3)), rtol=1e-4, atol=1e-4)
    assert (again.name, again.version) == ("random", network.version)


def test_the_random_network_is_at_home_on_noise_like_photos():
    noise = photo_noise(np.random.default_rng(0))
    found = np.asarray(build_random_network()(np.rint((noise + 1) * 127.5).astype(np.uint8)))
    assert abs(found.mean()) < 0.1
    np.testing.assert_allclose(np.square(found).mean(1), 1.0, rtol=1e-4)
    amplitudes = np.abs(np.fft.fft2(noise[:, :, :, 0])).mean(0)
    assert amplitudes[0, 4] / amplitudes[0, 16] == pytest.approx(4, rel=0.3)  # one over the frequency


def test_a_changed_random_network_has_a_new_version():
    """Scores and cached features carry the version: whoever changes the network raises RANDOM_VERSION, and these."""
    ramp = np.tile(np.arange(64, dtype=np.uint8)[None, :, None] * 4, (64, 1, 3))[None]
    found = np.asarray(build_random_network()(ramp))[0]
    assert RANDOM_VERSION == "2"
    np.testing.assert_allclose(found[[0, 40, 100, 700, 1535]], PINNED, atol=0.02)


def test_a_picture_depends_on_no_other_in_the_batch(network):
    many = pictures(100, 16, 16, 3)
    np.testing.assert_allclose(network(many)[70:73], network(many[70:73]), rtol=1e-3, atol=1e-3)


def test_a_gray_picture_is_the_same_in_one_channel_and_in_three(network):
    gray = pictures(4, 32, 32, 1)
    np.testing.assert_allclose(network(gray), network(np.repeat(gray, 3, axis=3)), rtol=1e-4, atol=1e-4)


def test_a_keras_file_is_named_after_itself_and_gets_pictures_of_its_size(tmp_path):
    found = load_features(save_model(tmp_path / "small eye.keras"))
    assert found.name == "small eye"
    even = np.full((2, 40, 30, 3), 51, np.uint8)
    np.testing.assert_allclose(found(even), np.full((2, 8 * 8 * 3), 0.2), rtol=1e-5)
    np.testing.assert_allclose(found(even[:, :, :, :1]), np.full((2, 8 * 8 * 3), 0.2), rtol=1e-5)


def test_a_gray_network_sees_the_luma_of_colors(tmp_path):
    found = load_features(save_model(tmp_path / "gray.keras", channels=1))
    red = np.zeros((1, 8, 8, 3), np.uint8)
    red[..., 0] = 255
    np.testing.assert_allclose(found(red), np.full((1, 64), 76 / 255), atol=1e-3)


def test_a_network_without_a_fixed_size_sees_pictures_as_they_are(tmp_path):
    inputs = keras.Input((None, None, 3), dtype="uint8")
    keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1.0)(inputs))).save(
        tmp_path / "any.keras"
    )
    given = pictures(2, 17, 23, 3)
    np.testing.assert_allclose(
        load_features(tmp_path / "any.keras")(given), given.astype(float).mean((1, 2)), rtol=1e-4
    )


def test_wrong_networks_are_one_sentence(tmp_path):
    with pytest.raises(
        DcganError, match=r"`features` should be 'auto', .* Received: 'inceptoin', and there is no such file"
    ):
        load_features("inceptoin")
    (tmp_path / "text.keras").write_text("no model")
    with pytest.raises(
        DcganError, match=r"text.keras cannot be opened as a Keras model: it is damaged, or not a .keras file"
    ):
        load_features(tmp_path / "text.keras")
    with pytest.raises(DcganError, match=r"should not be called random.keras, which would confuse its scores"):
        load_features(save_model(tmp_path / "random.keras"))
    with pytest.raises(DcganError, match=r"should turn n pictures into vectors \[n, d\]. Received: \[2, 8, 8, 3\]"):
        load_features(save_model(tmp_path / "deep.keras", outputs="as they are"))(pictures(2, 8, 8, 3))
    keras.Sequential([keras.Input((7,)), keras.layers.Dense(2)]).save(tmp_path / "vectors.keras")
    with pytest.raises(
        DcganError, match=r"should take pictures \[n, height, width, 1 or 3\]. Received: .* \(None, 7\)"
    ):
        load_features(tmp_path / "vectors.keras")


def test_a_model_with_code_in_it_is_not_opened(tmp_path):
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    keras.Model(inputs, keras.layers.Lambda(lambda x: x[:, 0, 0])(inputs)).save(tmp_path / "code.keras")
    with pytest.raises(DcganError, match=r"code.keras cannot be opened as a Keras model.*'Lambda' of 'keras.layers'"):
        load_features(tmp_path / "code.keras")


def test_names_are_checked_without_tensorflow(tmp_path):
    save_model(tmp_path / "eye.keras")
    (tmp_path / "folder.keras").mkdir()
    code = """
import sys
from pathlib import Path
from dcgan_tf import DcganError
from dcgan_tf.judge.features import NETWORKS, RESERVED, check_features
for fine in ("auto", *NETWORKS, "eye.keras", Path("eye.keras").absolute()):
    check_features(fine, Path.cwd())
for wrong in ("eye", "folder.keras", "../eye.keras"):
    try:
        check_features(wrong, Path.cwd())
    except DcganError:
        continue
    sys.exit(f"{wrong} passes")
assert set(NETWORKS) < set(RESERVED)
sys.exit("tensorflow" in sys.modules or "keras" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("features", ["", None, 7, ["random"], "a\0b", "long" * 100, "~nobody-here/a.keras", "\n"])
def test_what_names_no_network_is_one_sentence(features):
    with pytest.raises(
        DcganError, match=r"^`features` should be 'auto', .* Received: .*, and there is no such file\.$"
    ):
        load_features(features)


def test_a_model_of_two_inputs_is_one_sentence(tmp_path):
    one, other = (keras.Input((8, 8, 3)) for _ in range(2))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([one, other]))
    keras.Model([one, other], pooled).save(tmp_path / "two.keras")
    with pytest.raises(DcganError, match=r"should take pictures .* Received: one that takes \["):
        load_features(tmp_path / "two.keras")


class Fetched:
    """Stands in for `keras.applications.InceptionV3`: tells how it was asked, or fails as it does offline."""

    def __init__(self, fail: bool) -> None:
        self.fail, self.asked, self.timeout = fail, {}, None

    def __call__(self, **asked: object) -> keras.Model:
        self.asked, self.timeout = asked, socket.getdefaulttimeout()
        if self.fail:
            raise Exception("URL fetch failure on\n an address: None -- Name or service not known")
        inputs = keras.Input((299, 299, 3))
        return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs))


@pytest.mark.parametrize("name", ["inception", "auto"])
def test_inception_is_asked_for_without_its_top_and_sees_what_it_was_trained_on(monkeypatch, name):
    fetched = Fetched(fail=False)
    monkeypatch.setattr(keras.applications, "InceptionV3", fetched)
    found = load_features(name)
    assert found.name == "inception"
    assert fetched.asked == {"include_top": False, "weights": "imagenet", "pooling": "avg"}
    assert fetched.timeout == features.FETCH_SECONDS and socket.getdefaulttimeout() is None
    white = np.full((1, 20, 20, 1), 255, np.uint8)
    np.testing.assert_allclose(found(white), np.ones((1, 3)), rtol=1e-5)


def test_offline_inception_is_a_sentence_and_auto_says_that_it_is_imagenet(monkeypatch, capsys):
    monkeypatch.setattr(keras.applications, "InceptionV3", Fetched(fail=True))
    with pytest.raises(
        DcganError,
        match=r"^The weights of InceptionV3 could not be downloaded \(.* Name or service not known\)\. Connect to",
    ):
        load_features("inception")
    assert load_features("auto").name == "imagenet"
    assert "choose features='imagenet'. The scores below are those of 'imagenet'." in capsys.readouterr().out


def test_features_of_real_pictures_are_computed_once(network, tmp_path, monkeypatch):
    images = make_images()
    first = cached_features(network, images, tmp_path)
    calls = []
    counting = network._replace(model=lambda batch: calls.append(len(batch)) or network.model(batch))
    np.testing.assert_array_equal(cached_features(counting, images, tmp_path), first)
    assert not calls
    cached_features(counting._replace(version="another"), images, tmp_path)
    cached_features(counting, make_images(seed=1), tmp_path)
    assert calls == [24, 24]


def saved(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=True)
    return buffer.getvalue()


def with_nan() -> np.ndarray:
    values = np.zeros((24, 1536), np.float32)
    values[5, 7] = np.nan
    return values


DAMAGED = {
    "another file": b"no numbers",
    "its head alone": b"\x93NUMPY damaged",
    "half": saved(np.zeros((24, 1536), np.float32))[:2000],
    "empty": b"",
    "a zip file": b"PK\x03\x04" + bytes(60),
    "other pictures": saved(np.zeros((23, 1536), np.float32)),
    "one dimension": saved(np.zeros(24, np.float32)),
    "three dimensions": saved(np.zeros((24, 8, 8), np.float32)),
    "whole numbers": saved(np.zeros((24, 1536), np.int32)),
    "double": saved(np.zeros((24, 1536))),
    "NaN": saved(with_nan()),
    "objects": saved(np.full((24, 2), None)),
    "huge": saved(np.zeros((24, 1536), np.float32)).replace(b"(24, 1536)", b"(24, 15360000000)"),
}


def test_damaged_features_are_computed_anew_and_said_so(network, tmp_path, capsys):
    images, calls = make_images(), []
    counting = network._replace(model=lambda batch: calls.append(len(batch)) or network.model(batch))
    first = cached_features(counting, images, tmp_path)
    assert capsys.readouterr().out == ""  # nothing is wrong with a file that is not there yet
    path = next(tmp_path.glob("*.npy"))
    for kind, content in DAMAGED.items():
        path.write_bytes(content)
        np.testing.assert_array_equal(cached_features(counting, images, tmp_path), first, err_msg=kind)
        printed = capsys.readouterr().out
        assert printed.startswith(f"{path} should hold features of 24 pictures, but is damaged ("), kind
        assert printed.endswith("); they are computed again.\n") and printed.count("\n") == 1
        np.testing.assert_array_equal(np.load(path), first)
    assert len(calls) == 1 + len(DAMAGED)
    cached_features(counting, images, tmp_path)
    assert len(calls) == 1 + len(DAMAGED) and capsys.readouterr().out == ""


def test_features_of_no_use_are_not_kept(network, tmp_path):
    broken = network._replace(model=lambda batch: np.full((len(batch), 3), np.nan))
    assert np.isnan(cached_features(broken, make_images(), tmp_path)).all()
    assert list(tmp_path.iterdir()) == []


class Slow:
    """A network that answers when two processes have asked it, so that both of them write what it found."""

    name, version = "slow", "1"

    def __init__(self, together):
        self.together = together

    def __call__(self, pixels):
        self.together.wait(60)
        return np.repeat(pixels.reshape(len(pixels), -1).astype(np.float32), 2000, axis=1)  # writing takes a while


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process cannot be split once TensorFlow is loaded")
def test_two_processes_meet_in_the_cache(tmp_path):
    images, context = make_images(), multiprocessing.get_context("fork")  # another start would import TensorFlow anew
    together, answers = context.Barrier(2), context.Queue()
    expected = np.repeat(images.pixels.reshape(24, -1), 2000, axis=1)

    def ask():
        answers.put(np.array_equal(cached_features(Slow(together), images, tmp_path), expected))

    both = [context.Process(target=ask) for _ in range(2)]
    for each in both:
        each.start()
    assert [answers.get(timeout=60) for _ in both] == [True, True]
    for each in both:
        each.join(60)
    (path,) = tmp_path.iterdir()
    np.testing.assert_array_equal(np.load(path), expected)


def test_the_cache_follows_the_environment_and_does_without_a_folder(network, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cached_features(network, make_images())
    assert len(list((tmp_path / "cache" / "dcgan-tf" / "features").glob("random-*.npy"))) == 1
    (tmp_path / "file").write_text("")
    assert len(cached_features(network, make_images(), tmp_path / "file")) == 24
    assert "Features were not cached" in capsys.readouterr().out
