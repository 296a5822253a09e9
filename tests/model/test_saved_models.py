"""Files that only look like models: nothing in them is run or read, and each gives one sentence."""

import io
import json
import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from dcgan_tf import Config, DcganError
from dcgan_tf.model import saved_models
from dcgan_tf.model.dcgan import DCGAN
from dcgan_tf.model.layers import fast_layers
from dcgan_tf.model.networks import build_discriminator, build_generator
from dcgan_tf.model.saved_models import open_model, save_model

TINY = Config(image_size=16, generator_width=4, discriminator_width=4, latent_dim=8)


def refused(path, *words: str) -> None:
    """Assert that a file is refused in one sentence with these words."""
    with pytest.raises(DcganError) as raised:
        open_model(path)
    sentence = str(raised.value)
    assert path.name[:20] in sentence and " cannot be opened as a Keras model: " in sentence
    assert sentence.endswith(". Save the model again, or use another file.")
    assert len(sentence) < 700 and sentence.isprintable()
    assert all(word in sentence for word in words), sentence


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Return a small model's file."""
    path = tmp_path_factory.mktemp("plain") / "plain.keras"
    network = [keras.Input((3,)), layers.Dense(4, activation="tanh", name="first"), layers.Dense(2, name="second")]
    keras.Sequential(network).save(path)
    return path


def members(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path, contents, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def edited(plain, path, edit):
    """Write the small model with its config.json edited."""
    contents = members(plain)
    config = json.loads(contents["config.json"])
    edit(config)
    return write(path, contents | {"config.json": json.dumps(config)})


def functional() -> keras.Model:
    """Return a model of many kinds of layers, of arithmetic on tensors, and of a compiled model inside."""
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    start = layers.Rescaling(1 / 255)(inputs)
    one = layers.Conv2D(4, 3, padding="same", activation=keras.activations.gelu, kernel_regularizer="l2")(start)
    other = layers.Conv2D(4, 1, activation="relu", kernel_constraint=keras.constraints.MaxNorm(3.0))(start)
    total = (layers.Add()([one, other]) + one) * 2.0 - 1.0 / (other + 3.0)
    joined = keras.ops.concatenate([keras.ops.relu(total), keras.ops.sqrt(one * one)], axis=-1)[:, 1:, ...]
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(5, kernel_initializer=keras.initializers.HeNormal(1))])
    inner.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, 10)), "mse", metrics=["mae"])
    model = keras.Model(inputs, inner(keras.ops.mean(joined, axis=(1, 2))))
    model.compile("adam", loss=lambda real, found: real - found)  # which is not read
    return model


def averaged() -> keras.Model:
    model = DCGAN(build_generator(TINY), build_discriminator(TINY))
    return model.ema_generator


def preprocessing() -> keras.Model:
    head = [layers.Resizing(9, 9), layers.RandomFlip(), layers.Normalization(mean=0.5, variance=2.0)]
    middle = [layers.Reshape((9, 27)), layers.Bidirectional(layers.LSTM(3)), layers.UnitNormalization()]
    activations = [layers.Activation(keras.activations.swish), layers.Dense(2), layers.LeakyReLU(0.1)]
    return keras.Sequential([keras.Input((16, 16, 3)), *head, *middle, *activations, layers.Dropout(0.1)])


REAL = {
    "our generator": lambda: build_generator(TINY),
    "the averaged generator": averaged,
    "our fast layers": lambda: build_generator(TINY, "mixed_bfloat16", fast_layers(matmul_gradients=True)),
    "our discriminator": lambda: build_discriminator(TINY, kit=fast_layers(matmul_gradients=False)),
    "functional": functional,
    "preprocessing": preprocessing,
}


@pytest.mark.parametrize("kind", REAL)
def test_real_models_come_back_as_they_were(kind, tmp_path):
    model = REAL[kind]()
    model.save(tmp_path / "model.keras")
    found = open_model(tmp_path / "model.keras")
    inputs = np.random.default_rng(0).uniform(0, 1, (2, *model.input_shape[1:])).astype(np.float32)
    np.testing.assert_allclose(
        np.asarray(found(inputs, training=False), np.float32), np.asarray(model(inputs, training=False), np.float32),
        rtol=1e-4, atol=1e-4,
    )  # fmt: skip


def test_a_file_of_a_newer_keras_opens_if_it_uses_nothing_new(plain, tmp_path, monkeypatch):
    def newer(value: object):
        return lambda config: config["config"]["layers"][1]["config"].update(invented=value)

    monkeypatch.setitem(saved_models.LATER, "invented", False)
    opened = open_model(edited(plain, tmp_path / "off.keras", newer(False)))
    for one, other in zip(opened.get_weights(), keras.saving.load_model(plain).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    refused(edited(plain, tmp_path / "on.keras", newer(True)), "could not be deserialized")


@pytest.fixture
def marker(tmp_path):
    return tmp_path / "marker"


@pytest.fixture
def lambda_model(marker):
    """Return a model with code in it, which leaves a mark where it is run."""
    place = str(marker)
    code = layers.Lambda(lambda x: (open(place, "w").close(), x)[1])  # noqa: PTH123 - no imports
    return keras.Sequential([keras.Input((3,)), code])


def test_code_in_a_keras_file_would_run_and_is_not(lambda_model, marker, tmp_path):
    path = tmp_path / "code.keras"
    lambda_model.save(path)
    marker.unlink()
    refused(path, "its config.json uses 'Lambda' of 'keras.layers', not an ordinary part of a Keras network")
    assert not marker.exists()
    keras.saving.load_model(path, safe_mode=False)
    assert marker.exists()  # the file is what it should be for this test


@pytest.mark.parametrize("name", ["code.h5", "code.keras"])
def test_code_in_an_hdf5_file_would_run_and_is_not(lambda_model, marker, tmp_path, name):
    lambda_model.save(tmp_path / "legacy.h5")
    marker.unlink()
    path = tmp_path / "folder" / name
    path.parent.mkdir()
    shutil.copy(tmp_path / "legacy.h5", path)
    refused(path, "it is an HDF5 file, which can contain code")
    assert not marker.exists()
    keras.saving.load_model(tmp_path / "legacy.h5", safe_mode=False)
    assert marker.exists()


def function(module, name, registered="function"):
    return {"module": module, "class_name": "function", "config": name, "registered_name": registered}


def part(module, name, config=None, registered=None):
    return {"module": module, "class_name": name, "config": config or {}, "registered_name": registered}


PARTS = {
    "builtins": function("builtins", "exec"),
    "os": function("os", "system", "system"),
    "keras.config": function("keras.config", "enable_unsafe_deserialization"),
    "its class": part("keras.config", "enable_unsafe_deserialization"),
    "another name": function("keras.activations", "relu", "keras.config>enable_unsafe_deserialization"),
    "get_file": function("keras.utils", "get_file", "get_file"),
    "load_model": function("keras.src.saving.saving_lib", "load_model", "load_model"),
    "no activation": function("builtins", "deserialize"),
    "no text": function("keras.activations", ["relu"]),
    "lambda": {"class_name": "__lambda__", "config": {"value": "AAAA"}},
    "typespec": {"class_name": "__typespec__", "module": "builtins", "config": [], "spec_name": "dict"},
    "old Lambda": {"class_name": "Lambda", "config": {"function": "AAAA"}},
    "old Dense": {"class_name": "Dense", "config": {"units": 3}},
    "StringLookup": part("keras.layers", "StringLookup", {"vocabulary": "/etc/hostname"}),
    "TextVectorization": part("keras.layers", "TextVectorization", {"vocabulary": "http://127.0.0.1:1/"}),
    "TFSMLayer": part("keras.layers", "TFSMLayer", {"filepath": "/tmp/code"}),
    "TorchModuleWrapper": part("keras.layers", "TorchModuleWrapper", {"module": "AAAA"}),
    "Map": part("keras.src.ops.core", "Map", {}, "Map"),
    "another module": part("subprocess", "Popen", {"args": ["touch", "marker"]}),
    "an imported module": part("keras.src.ops.numpy", "np"),
    "a dotted name": part("keras", "layers.Lambda"),
    "registered": part("keras.layers", "Dense", {"units": 3}, "evil>Dense"),
    "no name": part("keras.layers", None),
    "a class of ours": part("dcgan_tf.model.dcgan", "DCGAN", {}, "dcgan_tf>DCGAN"),
}


@pytest.mark.parametrize("kind", PARTS)
def test_anything_but_parts_of_networks_is_refused_wherever_it_is(plain, tmp_path, kind, monkeypatch):
    monkeypatch.setattr(keras.saving, "load_model", lambda *_, **__: pytest.fail("Keras was asked to open it"))
    name = str(PARTS[kind]["config"] if PARTS[kind]["class_name"] == "function" else PARTS[kind]["class_name"])
    places = {
        "layer": lambda config: config["config"]["layers"].insert(1, PARTS[kind]),
        "activation": lambda config: config["config"]["layers"][1]["config"].update(activation=PARTS[kind]),
        "model": lambda config: (config.clear(), config.update(PARTS[kind])),
        "deep": lambda config: config["config"].update(hidden=[{"a": [[{"b": PARTS[kind]}]]}]),
    }
    for place, edit in places.items():
        refused(edited(plain, tmp_path / f"{place}.keras", edit), name, "its config.json uses ")


def test_keras_activations_are_accepted(plain, tmp_path):
    def edit(config):
        config["config"]["layers"][1]["config"]["activation"] = function("builtins", "relu")

    assert open_model(edited(plain, tmp_path / "relu.keras", edit)).layers[0].activation is keras.activations.relu


DEEP = b"[" * 100_000 + b"]" * 100_000
CONFIGS = {
    "deep": (DEEP, "nested too deeply"),
    "deep dictionaries": (b'{"class_name":' * 100_000, "nested too deeply"),
    "no JSON": (b"{'config': 1}", "is not JSON"),
    "bytes": (b"\xff\xfe\x00{", "is not JSON"),
    "empty": (b"", "is not JSON"),
    "list": (b"[]", "does not describe a model"),
    "null": (b"null", "does not describe a model"),
    "nothing in it": (b"{}", "does not describe a model"),
    "a layer alone": (json.dumps(part("keras.layers", "Flatten")).encode(), "it holds only a Flatten"),
    "no layers": (json.dumps(part("keras", "Sequential", {"layers": 7})).encode(), "it cannot be read ("),
}


@pytest.mark.parametrize("kind", CONFIGS)
def test_another_config_is_a_sentence(plain, tmp_path, kind):
    content, words = CONFIGS[kind]
    refused(write(tmp_path / "wrong.keras", members(plain) | {"config.json": content}), words)


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
@pytest.mark.parametrize("lost", [True, False])
def test_a_zip_bomb_and_a_missing_part_are_a_sentence(plain, tmp_path, name, lost):
    contents = members(plain)
    contents.pop(name)
    if lost:
        refused(write(tmp_path / "wrong.keras", contents), "zip file of [", "not of config.json and model.weights.h5")
        return
    path = write(tmp_path / "bomb.keras", contents | {name: bytes(2**25)}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2**18
    refused(path, f"its {name} has 33,554,432 bytes, far more than a model needs")


@pytest.mark.parametrize("name", ["assets/layers/vocabulary.txt", "../../escape.txt", "config.json"])
def test_more_than_a_model_in_a_zip_file_is_a_sentence(plain, tmp_path, name):
    path = tmp_path / "more.keras"
    shutil.copy(plain, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns() if name == "config.json" else io.BytesIO():
        archive.writestr(name, b"{}")
    refused(path, "a zip file of [")
    assert not (tmp_path.parent.parent / "escape.txt").exists()


def outside(file, place):
    """Put what lies outside into a file of weights, in each way that HDF5 knows."""
    del file["layers"]
    if place == "link":
        file["layers"] = h5py.ExternalLink("/etc/hostname", "/")
    elif place == "soft link":
        file["layers"] = h5py.SoftLink("/elsewhere")
    elif place == "external":
        file.create_dataset("layers", (4,), "u1", external=[("/etc/hostname", 0, 4)])
    elif place == "virtual":
        layout = h5py.VirtualLayout((4,), "u1")
        layout[:] = h5py.VirtualSource("other.h5", "data", (4,))
        file.create_virtual_dataset("layers", layout)
    else:
        file.create_dataset("layers", (2**40,), "f4", chunks=(2**10,))


@pytest.mark.parametrize("place", ["link", "soft link", "external", "virtual", "huge"])
def test_weights_outside_of_the_file_are_a_sentence(plain, tmp_path, place):
    contents = members(plain)
    (tmp_path / "weights.h5").write_bytes(contents["model.weights.h5"])
    with h5py.File(tmp_path / "weights.h5", "a") as file:
        outside(file, place)
    contents["model.weights.h5"] = (tmp_path / "weights.h5").read_bytes()
    words = "links to other places" if "link" in place else "does not hold all of 'layers' itself"
    refused(write(tmp_path / "wrong.keras", contents), words)


@pytest.mark.parametrize("kind", ["another shape", "fewer layers", "no HDF5", "half an HDF5"])
def test_other_weights_are_a_sentence(plain, tmp_path, kind):
    keras.Sequential([keras.Input((3,)), layers.Dense(9, name="first")]).save(tmp_path / "other.keras")
    other, contents = members(tmp_path / "other.keras"), members(plain)
    keras.Sequential([keras.Input((3,)), layers.Dense(4, name="first")]).save(tmp_path / "fewer.keras")
    contents["model.weights.h5"] = {
        "another shape": other["model.weights.h5"],
        "fewer layers": members(tmp_path / "fewer.keras")["model.weights.h5"],
        "no HDF5": b"no weights",
        "half an HDF5": contents["model.weights.h5"][:1000],
    }[kind]
    refused(write(tmp_path / "wrong.keras", contents))


def test_half_a_file_is_a_sentence(plain, tmp_path):
    content = plain.read_bytes()
    for length in (1, 3, 30, 500, len(content) // 2, len(content) - 30, len(content) - 1):
        path = tmp_path / f"half {length}.keras"
        path.write_bytes(content[:length])
        refused(path)


def test_every_flipped_bit_is_a_sentence_or_changes_nothing(plain, tmp_path):
    content, expected = plain.read_bytes(), open_model(plain).get_weights()
    random = np.random.default_rng(0)
    told = 0
    for place in [
        *range(0, 80, 9),
        *range(len(content) - 200, len(content), 11),
        *random.integers(0, len(content), 30),
    ]:
        damaged = bytearray(content)
        damaged[place] ^= 1 << random.integers(8)
        path = tmp_path / "flipped.keras"
        path.write_bytes(damaged)
        try:
            found = open_model(path).get_weights()
        except DcganError:
            refused(path)
            told += 1
        else:
            assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))
    assert told > 40


def test_files_that_are_not_models_are_a_sentence(tmp_path, plain):
    (tmp_path / "empty.keras").touch()
    refused(tmp_path / "empty.keras", "model: it is empty.")
    (tmp_path / "text.keras").write_text("no model")
    refused(tmp_path / "text.keras", "it is damaged, or not a .keras file")
    Image.new("RGB", (20, 20)).save(tmp_path / "picture.keras", "PNG")
    refused(tmp_path / "picture.keras", "it is damaged, or not a .keras file")
    (tmp_path / "folder.keras").mkdir()
    shutil.copy(plain, tmp_path / "folder.keras" / "config.json")
    refused(tmp_path / "folder.keras", "model: it is a folder.")
    refused(tmp_path / "gone.keras", "model: there is no such file.")
    shutil.copy(plain, tmp_path / "model.zip")
    refused(tmp_path / "model.zip", "its name does not end in .keras")
    refused(tmp_path / "text.keras" / "below.keras", "there is no such file")
    refused(tmp_path / ("long" * 1000 + ".keras"), "File name too long")
    write(tmp_path / "locked.keras", members(plain))
    content = bytearray((tmp_path / "locked.keras").read_bytes())
    for start in (b"PK\x03\x04", b"PK\x01\x02"):
        content[content.index(start) + (6 if start[2] == 3 else 8)] |= 1  # says that it is encrypted
    (tmp_path / "locked.keras").write_bytes(content)
    refused(tmp_path / "locked.keras", "encrypted")


@pytest.mark.filterwarnings("error")
def test_a_model_is_saved_where_warnings_are_errors(tmp_path):
    path = save_model(tmp_path / "deep" / "model.keras", build_generator(TINY))
    assert open_model(path).count_params() == build_generator(TINY).count_params()
