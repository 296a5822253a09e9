"""Opening Keras models that anybody may have written, without running anything that they bring along.

Keras's own `safe_mode` is not enough: of the versions that this package takes, some pass over HDF5 files
(CVE-2025-9905), and in some names in config.json call functions, read files or fetch addresses (CVE-2025-1550, 8747,
9906, 12058). So each object in config.json is looked up here first, and plain parts of networks alone get to Keras.
"""

import io
import json
import sys
import zipfile
from pathlib import Path

import h5py
import keras

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown, why
from dcgan_tf.model import layers

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MEMBERS = (CONFIG, WEIGHTS, "metadata.json")  # others are files of layers that read files
MOST_CONFIG = 2**24  # bytes; InceptionV3 has 310,000
MOST_EXPANSION = 20  # times; Keras does not compress, and weights can hardly be
HDF5 = b"\x89HDF\r\n\x1a\n"

# What each public module may give: classes below these. Functions are not among them.
PUBLIC = {
    "keras": (keras.Model, keras.DTypePolicy),
    "keras.models": (keras.Model,),
    "keras.layers": (keras.layers.Layer,),
    "keras.dtype_policies": (keras.DTypePolicy,),
    "keras.initializers": (keras.initializers.Initializer,),
    "keras.regularizers": (keras.regularizers.Regularizer,),
    "keras.constraints": (keras.constraints.Constraint,),
    "keras.random": (keras.random.SeedGenerator,),
    "keras.optimizers": (keras.optimizers.Optimizer,),  # of models inside of models, which come compiled
    "keras.optimizers.schedules": (keras.optimizers.schedules.LearningRateSchedule,),
    "keras.losses": (keras.losses.Loss,),
    "keras.metrics": (keras.metrics.Metric,),
}
# Modules under which Keras keeps what it does not export: functional models and operations on their tensors.
PRIVATE = {
    "keras.src.models.functional": keras.Model,
    "keras.src.applications.convnext": keras.layers.Layer,
    **{
        f"keras.src.ops.{name}": keras.Operation
        for name in ("core", "einops", "image", "linalg", "math", "nn", "numpy")
    },
}
OUR_LAYERS = (layers.__name__, "dcgan_tf.layers")  # where they are, and where they were in earlier models
FORBIDDEN = (
    "Lambda", "StringLookup", "IntegerLookup", "TextVectorization",  # run code, read files, fetch addresses
    "Map", "Scan", "AssociativeScan", "Switch", "WhileLoop", "ForiLoop", "Cond", "VectorizedMap", "JVP",  # call others
)  # fmt: skip
VALUES = ("__keras_tensor__", "__tensor__", "__numpy__", "__ellipsis__", "__slice__", "__bytes__")  # not classes
NO_ACTIVATIONS = ("deserialize", "serialize", "get")  # in keras.activations, too


class _Unfit(ValueError):
    """What was found in place of a model."""


def open_model(path: Path) -> keras.Model:
    """Return the model in a .keras file, not compiled; nothing in it is run but Keras's own layers.

    Args:
        path: what `model.save` wrote.

    Returns:
        the model, with its weights.

    Raises:
        DcganError: there is no such file, it is no such model, it is damaged, or it holds anything but plain parts of
            Keras's networks.
    """
    path = Path(path)
    try:
        _check(path)
        return _as_model(keras.saving.load_model(path, compile=False, safe_mode=True))
    except Exception as error:  # zipfile, HDF5 and Keras raise whatever comes for a damaged file
        reason = why(error)
        found = reason if isinstance(error, _Unfit) else f"one that cannot be opened ({type(error).__name__}: {reason})"
        raise DcganError(
            f"{shown(path)} should be a Keras model of Keras's own layers, a .keras file that `model.save` wrote. "
            f"Received: {found}. Save the model anew, or take another file."
        ) from error


def _as_model(found: object) -> keras.Model:
    if not isinstance(found, keras.Model):
        raise _Unfit(f"a {type(found).__name__} alone, which is no model")
    return found


def _check(path: Path) -> None:
    """Raise `_Unfit` unless Keras may open the file; what else is raised tells of damage."""
    if path.is_dir():
        raise _Unfit("a folder")
    if not path.is_file():
        raise _Unfit("nothing, the file is not there")
    with path.open("rb") as file:
        start = file.read(len(HDF5))
    if not start:
        raise _Unfit("an empty file")
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        found = "an HDF5 file, in which code may hide" if start == HDF5 else "another or a broken kind of file"
        raise _Unfit(found if path.suffix == ".keras" else f"{found}, its name not ending in .keras")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names) or not set(names) <= set(MEMBERS) or not {CONFIG, WEIGHTS} <= set(names):
            raise _Unfit(f"a zip file of {shown(names)}, not of {' and '.join(MEMBERS[:2])} alone")
        # Read to their ends, so that their checksums tell of every flipped bit.
        contents = {name: _read(archive, name) for name in names}
    _check_config(contents[CONFIG])
    _check_weights(contents[WEIGHTS])


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a member of an archive, unless it is far larger than what is stored of it."""
    member = archive.getinfo(name)
    if (name != WEIGHTS and member.file_size > MOST_CONFIG) or member.file_size > MOST_EXPANSION * (
        member.compress_size + 2**16
    ):
        raise _Unfit(f"a {name} of {member.file_size:,} bytes, far more than any model needs")
    return archive.read(name)


def _check_config(content: bytes) -> None:
    """Raise `_Unfit` unless config.json describes a model of plain parts."""
    try:
        config = json.loads(content)
    except RecursionError:
        raise _Unfit(f"a {CONFIG} that is nested too deeply") from None
    except ValueError as error:
        raise _Unfit(f"a {CONFIG} that is no JSON ({error})") from None
    if not isinstance(config, dict) or "class_name" not in config:
        raise _Unfit(f"a {CONFIG} that describes no model")
    waiting = [{name: value for name, value in config.items() if name != "compile_config"}]  # which is not read
    while waiting:  # not by recursion: how deep it goes is up to whoever wrote it
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                _check_object(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _check_object(value: dict[str, object]) -> None:
    """Raise `_Unfit` unless one serialized object is a plain part of networks."""
    name, module, registered = (value.get(key) for key in ("class_name", "module", "registered_name"))
    if name in VALUES and module is None:
        return
    if name == "function":
        inner = value.get("config")
        # Keras looks functions up by either name.
        known = inner in dir(keras.activations) and inner not in NO_ACTIVATIONS and not str(inner).startswith("_")
        if known and module in ("builtins", "keras.activations") and registered in (None, inner, "function"):
            return
        raise _Unfit(f"the function {shown(inner)} of {shown(module)} in {CONFIG}, which is no activation of Keras's")
    own = module in OUR_LAYERS
    found = _find_class(module, name)
    if found is None or registered not in ((f"dcgan_tf>{name}",) if own else (None, name)):
        called = shown(name) if registered in (None, name) else f"{shown(name)}, registered as {shown(registered)},"
        raise _Unfit(f"{called} of {shown(module)} in {CONFIG}, which is no plain part of Keras's networks")


def _find_class(module: object, name: object) -> type | None:
    """Return the class that Keras would take for these names, or None if it is not allowed."""
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
        place = sys.modules.get(module)  # all of them come with Keras: nothing is imported by a name in a file
        bases, home = (PRIVATE[module],), module
    else:
        return None
    found = getattr(place, name, None)
    fits = isinstance(found, type) and issubclass(found, bases) and found.__module__.startswith(home)
    return found if fits else None


def _check_weights(content: bytes) -> None:
    """Raise `_Unfit` where weights would be read from other files, or claim more numbers than the file holds."""
    sizes = []

    def check(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            sizes.append(item.nbytes)
            if item.external or item.is_virtual or sum(sizes) > len(content):
                raise _Unfit(f"weights {shown(name)} in {WEIGHTS} that lie elsewhere")
        elif any(not isinstance(item.get(key, getlink=True), h5py.HardLink) for key in item):
            raise _Unfit(f"links to elsewhere in {WEIGHTS}")

    with h5py.File(io.BytesIO(content), "r") as file:
        check("/", file)
        file.visititems(check)
