"""Saving Keras models, and opening those from unknown sources without running any code in them.

Keras's `safe_mode` is not enough. In some of the Keras versions we support it ignores HDF5 files (CVE-2025-9905), or
names in config.json can call functions, read files or fetch addresses (CVE-2025-1550, 8747, 9906, 12058). So each
object in config.json is checked here first, and Keras gets only ordinary parts of networks.
"""

import inspect
import io
import json
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_atomically
from dcgan_tf.common.text import shown, why
from dcgan_tf.model import layers

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MEMBERS = (CONFIG, WEIGHTS, "metadata.json")  # only layers that read files save other members
MOST_CONFIG = 2**24  # bytes; InceptionV3 has 310,000
MOST_EXPANSION = 20  # times; Keras does not compress, and weights hardly shrink
HDF5 = b"\x89HDF\r\n\x1a\n"

# Allowed in each public module: subclasses of these, and no functions.
PUBLIC = {
    "keras": (keras.Model, keras.DTypePolicy),
    "keras.models": (keras.Model,),
    "keras.layers": (keras.layers.Layer,),
    "keras.dtype_policies": (keras.DTypePolicy,),
    "keras.initializers": (keras.initializers.Initializer,),
    "keras.regularizers": (keras.regularizers.Regularizer,),
    "keras.constraints": (keras.constraints.Constraint,),
    "keras.random": (keras.random.SeedGenerator,),
    "keras.optimizers": (keras.optimizers.Optimizer,),  # models inside a model are saved compiled
    "keras.optimizers.schedules": (keras.optimizers.schedules.LearningRateSchedule,),
    "keras.losses": (keras.losses.Loss,),
    "keras.metrics": (keras.metrics.Metric,),
}
# Modules of classes that Keras does not export: functional models and operations on their tensors.
PRIVATE = {
    "keras.src.models.functional": keras.Model,
    "keras.src.applications.convnext": keras.layers.Layer,
    **{
        f"keras.src.ops.{name}": keras.Operation
        for name in ("core", "einops", "image", "linalg", "math", "nn", "numpy")
    },
}
OUR_LAYERS = (layers.__name__, "dcgan_tf.layers")  # the module now, and in earlier versions
FORBIDDEN = (
    "Lambda", "StringLookup", "IntegerLookup", "TextVectorization",  # run code, read files, fetch addresses
    "Map", "Scan", "AssociativeScan", "Switch", "WhileLoop", "ForiLoop", "Cond", "VectorizedMap", "JVP",  # call others
)  # fmt: skip
VALUES = ("__keras_tensor__", "__tensor__", "__numpy__", "__ellipsis__", "__slice__", "__bytes__")  # not classes
NO_ACTIVATIONS = ("deserialize", "serialize", "get")  # also in keras.activations

# Settings that newer versions of Keras write, each with the value that means what older versions do.
LATER = {"renorm": False, "renorm_clipping": None, "renorm_momentum": 0.99, "quantization_config": None}


class _UnfitError(ValueError):
    """A file that is not opened; the message is the reason."""


def open_model(path: Path) -> keras.Model:
    """Return the model in a .keras file, with its weights and not compiled; only Keras's own code and ours runs.

    A file of a newer Keras is opened if it uses nothing that is new.

    Raises `DcganError` if `path` is not a file that `model.save` wrote, is damaged, or holds anything but ordinary
    parts of Keras networks.
    """
    path = Path(path)
    try:
        _check(path)
        model = _load(path)
        if not isinstance(model, keras.Model):
            raise _UnfitError(f"it holds only a {type(model).__name__}")
        return model
    except Exception as error:  # zipfile, HDF5 and Keras raise all kinds of errors for a damaged file
        reason = why(error)
        if not isinstance(error, _UnfitError):
            reason = f"it cannot be read ({type(error).__name__}: {reason})"
        raise DcganError(
            f"{shown(path)} cannot be opened as a Keras model: {reason}. Save the model again, or use another file."
        ) from error


def save_model(path: Path, model: keras.Model) -> Path:
    """Write a .keras file atomically; raises `DcganError` if it cannot be written."""

    def save(beside: Path) -> None:
        with warnings.catch_warnings():  # of Keras's own use of NumPy, also where Python is told to raise them
            warnings.simplefilter("ignore", DeprecationWarning)
            model.save(beside)

    return write_atomically(path, save)


def _check(path: Path) -> None:
    """Raise `_UnfitError` unless Keras may open the file; any other error means that it is damaged."""
    if path.is_dir():
        raise _UnfitError("it is a folder")
    if not path.is_file():
        raise _UnfitError("there is no such file")
    with path.open("rb") as file:
        start = file.read(len(HDF5))
    if not start:
        raise _UnfitError("it is empty")
    if start == HDF5:
        raise _UnfitError("it is an HDF5 file, which can contain code")
    if path.suffix != ".keras":
        raise _UnfitError("its name does not end in .keras")
    if not zipfile.is_zipfile(path):
        raise _UnfitError("it is damaged, or not a .keras file")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names) or not set(names) <= set(MEMBERS) or not {CONFIG, WEIGHTS} <= set(names):
            raise _UnfitError(f"it is a zip file of {shown(names)}, not of {CONFIG} and {WEIGHTS}")
        # Reading a whole member checks its CRC.
        contents = {name: _read(archive, name) for name in names}
    _check_config(contents[CONFIG])
    _check_weights(contents[WEIGHTS])


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a member of an archive; raises `_UnfitError` if it is far larger than a model's, or than its file."""
    member = archive.getinfo(name)
    most = MOST_EXPANSION * (member.compress_size + 2**16)
    if member.file_size > (most if name == WEIGHTS else min(most, MOST_CONFIG)):
        raise _UnfitError(f"its {name} has {member.file_size:,} bytes, far more than a model needs")
    return archive.read(name)


def _check_config(content: bytes) -> None:
    """Raise `_UnfitError` unless config.json describes a model of ordinary parts."""
    try:
        config = json.loads(content)
    except RecursionError:
        raise _UnfitError(f"its {CONFIG} is nested too deeply") from None
    except ValueError as error:
        raise _UnfitError(f"its {CONFIG} is not JSON ({error})") from None
    if not isinstance(config, dict) or "class_name" not in config:
        raise _UnfitError(f"its {CONFIG} does not describe a model")
    for value in _objects({name: value for name, value in config.items() if name != "compile_config"}):
        _check_object(value)  # compile_config is not read: compile=False


def _check_object(value: dict[str, object]) -> None:
    """Raise `_UnfitError` unless one serialized object is an ordinary part of a network."""
    name, module, registered = (value.get(key) for key in ("class_name", "module", "registered_name"))
    if name in VALUES and module is None:
        return
    if name == "function":
        inner = value.get("config")
        # Keras looks functions up by either name.
        known = inner in dir(keras.activations) and inner not in NO_ACTIVATIONS and not str(inner).startswith("_")
        if known and module in ("builtins", "keras.activations") and registered in (None, inner, "function"):
            return
        raise _UnfitError(
            f"its {CONFIG} uses the function {shown(inner)} of {shown(module)}, which is not a Keras activation"
        )
    own = module in OUR_LAYERS
    found = _find_class(module, name)
    if found is None or registered not in ((f"dcgan_tf>{name}",) if own else (None, name)):
        called = shown(name) if registered in (None, name) else f"{shown(name)} (registered as {shown(registered)})"
        raise _UnfitError(f"its {CONFIG} uses {called} of {shown(module)}, not an ordinary part of a Keras network")


def _load(path: Path) -> keras.Model:
    """Load a checked file, or its copy without settings of newer versions that change nothing."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read(CONFIG))
    later = [(value["config"], name) for value in _objects(config) for name in _later_settings(value)]
    if not later:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    for settings, name in later:
        del settings[name]
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(path) as archive, zipfile.ZipFile(Path(folder, path.name), "w") as copy:
            for name in archive.namelist():
                copy.writestr(name, json.dumps(config) if name == CONFIG else archive.read(name))
        return keras.saving.load_model(Path(folder, path.name), compile=False, safe_mode=True)


def _later_settings(value: dict[str, Any]) -> list[str]:
    """Return the settings of a serialized object that this Keras does not know and that change nothing."""
    settings, found = value.get("config"), _find_class(value.get("module"), value["class_name"])
    if not isinstance(settings, dict) or found is None:
        return []
    known = {name for each in found.__mro__ for name in inspect.signature(each).parameters}
    return [name for name in LATER if name not in known and settings.get(name, ...) == LATER[name]]


def _objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield all serialized objects inside a value that was read from config.json."""
    waiting = [value]
    while waiting:  # not recursion: a hostile file may nest any number of levels
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _find_class(module: object, name: object) -> type | None:
    """Return the class that Keras would use for these names, or None if it is not allowed."""
    if not isinstance(module, str) or not isinstance(name, str) or name in FORBIDDEN:
        return None
    if module in PUBLIC:
        place: object = keras
        for part in module.split(".")[1:]:
            place = getattr(place, part, None)
        bases, home = PUBLIC[module], "keras.src.layers." if module == "keras.layers" else "keras.src."
    elif module in OUR_LAYERS:
        place, bases, home = layers, (keras.layers.Layer,), layers.__name__
    elif module in PRIVATE:
        place = sys.modules.get(module)  # Keras has imported them all; a name in a file never imports anything
        bases, home = (PRIVATE[module],), module
    else:
        return None
    found = getattr(place, name, None)
    fits = isinstance(found, type) and issubclass(found, bases) and found.__module__.startswith(home)
    return found if fits else None


def _check_weights(content: bytes) -> None:
    """Raise `_UnfitError` if weights are stored in other files, or claim to be larger than the file."""
    sizes = []

    def check(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            sizes.append(item.nbytes)
            if item.external or item.is_virtual or sum(sizes) > len(content):
                raise _UnfitError(f"its {WEIGHTS} does not hold all of {shown(name)} itself")
        elif any(not isinstance(item.get(key, getlink=True), h5py.HardLink) for key in item):
            raise _UnfitError(f"its {WEIGHTS} links to other places")

    with h5py.File(io.BytesIO(content), "r") as file:
        check("/", file)
        file.visititems(check)
