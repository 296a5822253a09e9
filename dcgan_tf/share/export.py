"""`export`: a run's generator as files for other runtimes, each compared with Keras."""

import importlib
import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dcgan_tf.common.checks import check_path
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import explaining
from dcgan_tf.common.folders import publishing
from dcgan_tf.common.pixels import RGBA
from dcgan_tf.common.quiet import quietly
from dcgan_tf.common.text import shown, why
from dcgan_tf.draw.grids import MOST_NAMED, grid_shape, save_grid, with_alpha
from dcgan_tf.draw.pages import plain
from dcgan_tf.model.latent import draw_inputs
from dcgan_tf.run.run import Run
from dcgan_tf.share.model_card import (
    CARD,
    CLEAR,
    GRID,
    LITERT,
    MARKER,
    ONNX,
    README,
    SAVED_MODEL,
    describe_export,
    model_card,
)

PACKAGES = ("tf2onnx", "onnx", "onnxruntime", "ai_edge_litert")  # of the extra "export"
CONTENT = (SAVED_MODEL, ONNX, LITERT, README, CARD, GRID, CLEAR)  # of an export folder
LATENTS, CLASSES, PICTURES = "latents", "classes", "pictures"  # names of inputs and output in each format
COMPARED = 64  # inputs on which each file is compared with Keras
BATCHES = (1, 25)  # where they are split, into batches of 1, 24 and 39
RANGE = 2.0  # of pictures in [-1, 1]
MOST_DIFFERENCE = 1e-3  # as a share of the range; one shade of 8 bits is 3.9e-3
Inputs = dict[str, np.ndarray]  # by their names in each format
ELSEWHERE = "make the folder writable, or export to another `folder` in Python"


class ExportedFile(NamedTuple):
    """A generator in one format."""

    path: Path  # a file, or the folder of a SavedModel
    size: int  # bytes
    difference: float  # the largest difference from Keras's pictures, as a share of their range


class Exported(NamedTuple):
    """What `export` wrote."""

    folder: Path
    saved_model: ExportedFile
    onnx: ExportedFile
    litert: ExportedFile


def export(run: Run, folder: str | Path | None = None) -> Exported:
    """Write the averaged generator as SavedModel, ONNX and LiteRT files, with a README and a model card.

    Each file turns `latents`, float32 `[n, latent_dim]`, standard normal, any n, into `pictures`, float32
    `[n, height, width, channels]` in [-1, 1], the colours of RGBA multiplied by their alpha. If the run has classes, it
    also takes `classes`, int32 `[n]`, their numbers in `class_names`, from 0. Each file is opened in its own runtime
    and compared with Keras.

    Args:
        run: the run, finished or not; `run.best` for the generator where its KID was lowest.
        folder: "export" in the run folder unless given; an earlier export there is replaced once all files are written.

    Returns:
        the folder, and each file with its size and its largest difference from Keras.

    Raises:
        DcganError: the run has no generator, a package is missing, the folder holds other files or cannot be written,
                or a file's pictures differ from Keras's.
    """
    place = run.folder / "export" if folder is None else Path(folder).expanduser()
    _check_folder(run, place)
    _check_packages()
    model, card = _with_names(run), model_card(run)
    with publishing(place, ELSEWHERE) as new:
        with quietly():
            files = _write_models(run, model, new)
        readme = describe_export(run, {file.path.name: (file.size, file.difference) for file in files})
        for name, text in ((README, readme), (CARD, card)):
            (new / name).write_text(text, encoding="utf-8", newline="\n")
        _save_samples(run, new)
    return Exported(place, *(file._replace(path=place / file.path.name) for file in files))


def _save_samples(run: Run, folder: Path) -> None:
    """Save a grid of generated pictures; where there are classes, a row each, of the same latents.

    RGBA pictures are saved with their alpha, too, side by side without gaps.
    """
    columns, _, count = grid_shape(run.config.shape)
    names = run.config.class_names[:MOST_NAMED]
    rows = [run.generate(columns, label=name) for name in names] or [run.generate(count)]
    pictures = np.concatenate(rows)
    save_grid(folder / GRID, pictures, f"{plain(run.title)}: generated pictures", names=names)
    if run.config.channels == RGBA:
        sheet = pictures.reshape(-1, columns, *run.config.shape).swapaxes(1, 2)
        with_alpha(sheet.reshape(-1, columns * run.config.shape[1], RGBA)).save(folder / CLEAR)


def _check_folder(run: Run, folder: Path) -> None:
    """Raise `DcganError` unless the folder is missing, empty or an earlier export, which is replaced."""
    check_path("folder", str(folder))
    with explaining(folder, ELSEWHERE):
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        others = [name for name in names if name not in CONTENT]
        readme = folder / README
        ours = not others and readme.is_file() and readme.read_bytes().startswith(MARKER.encode())
        if folder.resolve() == run.folder.resolve():
            found = "the run folder itself"
        elif folder.exists() and not folder.is_dir():
            found = f"{shown(folder)}, which is a file"
        elif names and not ours:
            found = f"{shown(folder)}, which holds {shown((others or names)[0])}"
        else:
            return
    raise DcganError(
        f"`folder` should be new, empty, or an earlier export and nothing else. Received: {found}. Name another folder."
    )


def _check_packages() -> None:
    """Raise `DcganError` unless all packages for converting and comparing can be imported."""
    for name in PACKAGES:
        try:
            with quietly():
                importlib.import_module(name)
        except ImportError as error:
            raise DcganError(
                f"An export needs the package {name}, which cannot be imported ({why(error)}). "
                'Install it with `pip install "dcgan-tf[export]"`.'
            ) from error


def _write_models(run: Run, model: Any, folder: Path) -> list[ExportedFile]:  # noqa: ANN401 - keras.Model
    """Write the generator in each format and compare it with Keras; raises `DcganError` if one differs."""
    import tensorflow as tf

    config = run.config
    drawn = np.split(draw_inputs(COMPARED, config.latent_dim, config.classes, seed=0), BATCHES)
    given = [by_name(batch, config.latent_dim) for batch in drawn]
    by_names = [model.input]  # Keras before 3.10 would flatten a dict of inputs
    try:
        with redirect_stdout(io.StringIO()):  # Keras 3.8 says what it saved, verbose or not
            model.export(folder / SAVED_MODEL, format="tf_saved_model", verbose=False, input_signature=by_names)
    except tf.errors.OpError as error:  # TensorFlow's form of an OSError
        raise OSError(error.message.rpartition("; ")[2]) from error
    model.export(folder / ONNX, format="onnx", verbose=False, input_signature=by_names)
    _name_batch(folder / ONNX)
    # LiteRT's own operations only, which every LiteRT has; Keras's export would allow TensorFlow's, too.
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / SAVED_MODEL))
    (folder / LITERT).write_bytes(converter.convert())
    files = []
    with tf.device("CPU:0"):  # like the other runtimes; GPUs may round the factors of products to 10 bits
        expected = [np.asarray(run.generator(batch, training=False)) for batch in drawn]
        for name, runtime in {SAVED_MODEL: run_saved_model, ONNX: run_onnx, LITERT: run_litert}.items():
            path = folder / name
            difference = largest_difference(name, runtime(path, given), expected)
            size = sum(each.stat().st_size for each in [path, *path.rglob("*")] if each.is_file())
            files.append(ExportedFile(path, size, difference))
    return files


def _with_names(run: Run) -> Any:  # noqa: ANN401 - keras.Model
    """Return a model around the generator that names inputs and output, and takes classes as numbers."""
    import keras

    from dcgan_tf.model.defaults import FLOATS

    config = run.config
    latents = keras.Input([config.latent_dim], dtype=FLOATS, name=LATENTS)
    if not config.classes:
        return keras.Model(latents, {PICTURES: run.generator(latents)}, name="generator")
    classes = keras.Input([], dtype="int32", name=CLASSES)
    inputs = keras.ops.concatenate([latents, keras.ops.one_hot(classes, config.classes, dtype=FLOATS)], axis=1)
    return keras.Model({LATENTS: latents, CLASSES: classes}, {PICTURES: run.generator(inputs)}, name="generator")


def by_name(inputs: np.ndarray, latent_dim: int) -> Inputs:
    """Return a generator's inputs, float32 `[n, input_dim]`, as files take them: latents, and numbers of classes."""
    latents, chosen = np.split(inputs, [latent_dim], axis=1)
    return {LATENTS: latents} | ({CLASSES: chosen.argmax(axis=1).astype(np.int32)} if chosen.size else {})


def _name_batch(path: Path) -> None:
    """Name the batch dimension of an ONNX file's inputs and output "n"; tf2onnx gives them different names."""
    import onnx

    model = onnx.load(path)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    onnx.checker.check_model(model)
    onnx.save(model, path)


def run_saved_model(path: Path, batches: list[Inputs]) -> list[np.ndarray]:
    """Return the pictures of a SavedModel, float32 in [-1, 1], for batches of inputs; see `by_name`."""
    import tensorflow as tf

    model = tf.saved_model.load(str(path))
    # With one input, Keras lets `serve` take the array itself.
    given = [batch if CLASSES in batch else batch[LATENTS] for batch in batches]
    return [model.serve(each)[PICTURES].numpy() for each in given]


def run_onnx(path: Path, batches: list[Inputs]) -> list[np.ndarray]:
    """Return the pictures of an ONNX file by ONNX Runtime, as `run_saved_model` does."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return [session.run([PICTURES], batch)[0] for batch in batches]


def run_litert(path: Path, batches: list[Inputs]) -> list[np.ndarray]:
    """Return the pictures of a LiteRT file, as `run_saved_model` does."""
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(str(path)).get_signature_runner()  # for batches of any size
    return [run(**batch)[PICTURES] for batch in batches]


def largest_difference(name: str, pictures: list[np.ndarray], expected: list[np.ndarray]) -> float:
    """Return the largest difference between a file's pictures and Keras's, both in [-1, 1], as a share of the range.

    Raises `DcganError` if it is more than 1e-3 or NaN, or if the pictures have another shape or type.
    """
    kinds = [[f"{batch.dtype} {batch.shape}" for batch in each] for each in (pictures, expected)]
    share, found = np.nan, f"{shown(kinds[0])} in place of {shown(kinds[1])}"
    if kinds[0] == kinds[1]:
        share = float(np.abs(np.concatenate(pictures) - np.concatenate(expected)).max()) / RANGE
        found = f"a difference of {share:.2g}"
    if not share <= MOST_DIFFERENCE:  # true for NaN
        raise DcganError(
            f"{name} should give the pictures that Keras gives, to {MOST_DIFFERENCE:g} of their range. Received: "
            f"{found}; nothing was written. Update the packages of `dcgan-tf[export]` and export again."
        )
    return share
