"""Exports: each file gives Keras's pictures in its own runtime, and whoever has none of Keras can use them."""

import contextlib
import importlib.metadata
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from dcgan_tf import Config, DcganError, load_run
from dcgan_tf.common.pixels import on_background, to_pixels
from dcgan_tf.draw.grids import margin
from dcgan_tf.model.latent import draw_inputs, draw_latents, with_classes
from dcgan_tf.model.networks import build_generator
from dcgan_tf.run.run import Run
from dcgan_tf.share import export as exports
from dcgan_tf.share.export import (
    CLEAR,
    CONTENT,
    by_name,
    export,
    largest_difference,
    run_litert,
    run_onnx,
    run_saved_model,
)

for package in exports.PACKAGES:
    pytest.importorskip(package)

RUNTIMES = {"saved_model": run_saved_model, "onnx": run_onnx, "litert": run_litert}
ALONE = """
import importlib.util, json, sys
import numpy as np
import onnxruntime
assert not [name for name in ("tensorflow", "keras", "dcgan_tf") if importlib.util.find_spec(name)]
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
np.save(sys.argv[3], session.run(["pictures"], dict(np.load(sys.argv[2])))[0])
print(json.dumps([[each.name, each.shape, each.type] for each in session.get_inputs() + session.get_outputs()]))
"""


def copy_run(finished: Run, folder: Path) -> Run:
    return load_run(shutil.copytree(finished.folder, folder))


@contextlib.contextmanager
def listening():
    """Give a list, which holds what was printed in the block, by Python or natively."""
    told, python = [], io.StringIO()
    with tempfile.TemporaryFile() as native:
        before = os.dup(2)
        os.dup2(native.fileno(), 2)
        try:
            with contextlib.redirect_stdout(python), contextlib.redirect_stderr(python):
                yield told
        finally:
            os.dup2(before, 2)
            os.close(before)
        native.seek(0)
        told.append(python.getvalue() + native.read().decode())


@pytest.fixture(scope="module")
def rgb(finished, tmp_path_factory):
    """Return a run, its export in the default folder, and what was printed meanwhile."""
    run = copy_run(finished, tmp_path_factory.mktemp("rgb") / "run")
    with listening() as told:
        exported = export(run)
    return run, exported, told[0]


def shaken(finished: Run, folder: Path, config: Config) -> Run:
    """Return a run whose generator was not trained but shaken."""
    generator, random = build_generator(config), np.random.default_rng(0)
    generator.set_weights([np.abs(random.normal(0.0, 0.4, weight.shape)) for weight in generator.get_weights()])
    for variable in generator.trainable_weights:
        variable.assign(random.normal(0.0, 0.4, variable.shape))
    generator.save(folder / "generator.keras")
    return Run(folder, config, finished.info | {"state": "interrupted"})


@pytest.fixture(scope="module")
def gray(finished, tmp_path_factory):
    """Return a run of an odd size and one channel, and its export."""
    config = Config(image_size=29, channels=1, generator_width=4, latent_dim=5)
    run = shaken(finished, tmp_path_factory.mktemp("gray"), config)
    return run, export(run, run.folder / "elsewhere" / "gray")


@pytest.fixture(scope="module")
def rgba(finished, tmp_path_factory):
    """Return a run of oblong pictures with transparency, and its export."""
    config = Config(image_size="17x24", channels=4, generator_width=4, latent_dim=5)
    run = shaken(finished, tmp_path_factory.mktemp("rgba"), config)
    return run, export(run)


@pytest.fixture(scope="module")
def classes(of_classes, tmp_path_factory):
    """Return a run of three classes and its export."""
    run = copy_run(of_classes, tmp_path_factory.mktemp("classes") / "run")
    return run, export(run)


@pytest.fixture
def run(finished, tmp_path) -> Run:
    return copy_run(finished, tmp_path / "run")


def blocks(path: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_all_formats_agree_with_keras(rgb, gray, rgba, classes):
    for run, exported, *_ in (rgb, gray, rgba, classes):
        config = run.config
        inputs = [draw_inputs(count, config.latent_dim, config.classes, seed=count) for count in (7, 1, 64)]
        given = [by_name(each, config.latent_dim) for each in inputs]
        expected = [np.asarray(run.generator(each)) for each in inputs]
        assert expected[0].shape == (7, *config.shape)
        assert expected[0].std(axis=0).max() > 0.02  # pictures differ: something is compared
        for name, runtime in RUNTIMES.items():
            file = getattr(exported, name)
            assert (
                0 <= file.difference <= 1e-3 and largest_difference(name, runtime(file.path, given), expected) <= 1e-3
            )
            assert file.size == sum(
                path.stat().st_size for path in [file.path, *file.path.rglob("*")] if path.is_file()
            )
        content = set(CONTENT) if config.channels == 4 else set(CONTENT) - {CLEAR}
        assert {path.name for path in exported.folder.iterdir()} == content


def test_nothing_is_printed(rgb):
    assert rgb[2] == ""


def test_the_default_folder_is_in_the_run_folder_and_no_draft_stays(rgb, gray):
    assert rgb[1].folder == rgb[0].folder / "export" and gray[1].folder == gray[0].folder / "elsewhere" / "gray"
    for _, exported, *_ in (rgb, gray):
        assert not list(exported.folder.parent.glob(".*draft*"))


def test_a_saved_generator_is_of_keras_layers_alone(rgb):
    assert all(type(layer).__module__.startswith("keras.src.layers.") for layer in rgb[0].generator.layers)


def test_altered_weights_are_noticed(gray):
    run, exported = gray
    latents = draw_latents(8, run.config.latent_dim, seed=0)
    altered = keras.models.clone_model(run.generator)
    altered.set_weights([weight * 1.02 for weight in run.generator.get_weights()])
    expected = [np.asarray(altered(latents))]
    for name, runtime in RUNTIMES.items():
        with pytest.raises(
            DcganError, match=r"should give the pictures that Keras gives, to 0.001 .* a difference of 0"
        ):
            largest_difference(name, runtime(getattr(exported, name).path, [{"latents": latents}]), expected)


@pytest.mark.parametrize(
    "wrong",
    [np.full((2, 4, 4, 1), 0.0021, np.float32), np.full((2, 4, 4, 1), np.nan, np.float32), np.zeros((2, 4, 4, 1)),
     np.zeros((2, 1, 4, 4), np.float32)],
)  # fmt: skip
def test_wrong_numbers_types_and_shapes_are_noticed(wrong):
    with pytest.raises(DcganError, match=r"^generator.onnx should give .* Received: .*; nothing was written\. "):
        largest_difference("generator.onnx", [wrong], [np.zeros((2, 4, 4, 1), np.float32)])


def test_where_a_file_differs_there_is_no_export(run, rgb, monkeypatch):
    right = exports.run_litert
    monkeypatch.setattr(exports, "run_litert", lambda *given: [each + np.float32(0.01) for each in right(*given)])
    before = sorted(run.folder.iterdir())
    with pytest.raises(DcganError, match=r"generator.tflite should give .* a difference of 0.005; nothing was written"):
        export(run)
    assert sorted(run.folder.iterdir()) == before


@pytest.mark.parametrize("name, count", [("README.md", 3), ("MODEL_CARD.md", 1)])
def test_pasted_code_works(rgb, gray, rgba, classes, monkeypatch, name, count):
    for run, exported, *_ in (rgb, gray, rgba, classes):
        monkeypatch.chdir(exported.folder)
        latents, names = draw_latents(16, run.config.latent_dim, seed=0), run.config.class_names
        inputs = with_classes(latents, np.arange(16) % 3, 3) if names else latents
        expected = np.asarray(run.generator(inputs))
        found = blocks(exported.folder / name)
        assert len(found) == count
        for block in found:
            made = {}
            exec(block, made)
            assert np.abs(made["pictures"] - expected).max() <= 2e-3
            assert f"float32 {list(expected.shape)}" in block
            if run is rgba[0]:
                seen, wanted = (on_background(each, "black") for each in (made["pixels"], to_pixels(expected)))
                assert np.abs(seen.astype(int) - wanted).max() <= 1


def test_the_readme_tells_files_differences_and_versions(rgb):
    text = (rgb[1].folder / "README.md").read_text(encoding="utf-8")
    for file in rgb[1][1:]:
        line = next(line for line in text.splitlines() if line.startswith(f"| `{file.path.name}` |"))
        assert line.endswith(f"| {file.size:,} | {file.difference:.1e} |")
    assert f"tensorflow {tf.__version__}" in text  # whichever of its packages is installed
    for package in ("keras", "tf2onnx", "onnxruntime"):
        assert f"{package} {importlib.metadata.version(package)}" in text
    assert "`generator.keras`" in text and max(map(len, text.splitlines())) < 160


def test_samples_are_generated_pictures(rgb):
    with Image.open(rgb[1].folder / "samples.png") as sheet:
        corner = np.asarray(sheet.convert("RGB"))[26 + 4 :: 3, 4::3][:16, :16]  # enlarged by 3 after a bar and a gap
    assert np.array_equal(corner, rgb[0].generate(1)[0])


def test_samples_with_alpha_are_beside_those_on_a_checkerboard(rgba):
    run, exported = rgba
    with Image.open(exported.folder / "samples_alpha.png") as sheet:
        assert (sheet.mode, sheet.size) == ("RGBA", (8 * 24, 8 * 17))
        tile = np.asarray(sheet)[17:34, 48:72]
    assert np.array_equal(tile, run.generate(64)[8 + 2])
    assert "`samples_alpha.png`" in (exported.folder / "README.md").read_text(encoding="utf-8")
    card = (exported.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "a new picture, 17x24 pixels (height x width), RGBA," in card and "| image size | 17x24x4 |" in card


def test_classes_have_a_number_a_name_and_a_row(classes):
    run, exported = classes
    readme, card = ((exported.folder / name).read_text(encoding="utf-8") for name in ("README.md", "MODEL_CARD.md"))
    assert "and `classes`, int32 [n]" in readme and "a row for each of the first 3 classes." in readme
    assert "| 1 | dark |\n| 2 | \\<b\\>gr\\|y\\</b\\> |\n" in readme
    assert "8 random numbers and one of 3 classes into" in card and "| 1 | dark | 8 |" in card
    with Image.open(exported.folder / "samples.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    left, row = margin(run.config.class_names), 16 * 3 + 4
    assert len(pixels) == 26 + 3 * row + 4
    for index, name in enumerate(run.config.class_names):
        corner = pixels[26 + 4 + index * row :: 3, left + 4 :: 3][:16, :16]
        assert np.array_equal(corner, run.generate(1, label=name)[0])


def test_no_file_names_a_path_of_the_machine(rgb, gray):
    places = {tempfile.gettempdir(), str(Path(__file__).parents[2]), sys.prefix, str(Path.home()), "site-packages"}
    for run, exported, *_ in (rgb, gray):
        for path in filter(Path.is_file, exported.folder.rglob("*")):
            content = path.read_bytes()
            found = [place for place in (places | {str(run.folder)}) - {"/"} if place.encode() in content]
            assert not found, (path.name, found)


@pytest.fixture(scope="session")
def onnx_alone(tmp_path_factory) -> Path:
    """Return the Python of an environment with ONNX Runtime and numpy alone."""
    folder = tmp_path_factory.mktemp("alone") / "env"
    wanted = [f"{name}=={importlib.metadata.version(name)}" for name in ("onnxruntime", "numpy")]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    steps = [
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--no-compile", "--retries", "1", "--timeout", "20", *wanted],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = f"An environment with {' and '.join(wanted)} could not be made: {done.stderr.strip()[-300:]}"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return python


def test_onnx_runs_without_tensorflow_and_keras(rgb, gray, classes, onnx_alone, tmp_path):
    for run, exported, *_ in (rgb, gray, classes):
        given, pictures = tmp_path / "given.npz", tmp_path / "pictures.npy"
        inputs = draw_inputs(5, run.config.latent_dim, run.config.classes, seed=3)
        np.savez(given, **by_name(inputs, run.config.latent_dim))
        command = [onnx_alone, "-I", "-c", ALONE, exported.onnx.path, given, pictures]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        shape = list(run.config.shape)
        assert json.loads(done.stdout) == [
            *([["classes", ["n"], "tensor(int32)"]] if run.config.classes else []),
            ["latents", ["n", run.config.latent_dim], "tensor(float)"],
            ["pictures", ["n", *shape], "tensor(float)"],
        ]
        assert largest_difference("", [np.load(pictures)], [np.asarray(run.generator(inputs))]) <= 1e-3


def test_what_tensorflow_cannot_write_is_told(run, monkeypatch):
    def full(model, path, **given):
        raise tf.errors.ResourceExhaustedError(None, None, f"{path}/variables; No space left on device")

    monkeypatch.setattr(keras.Model, "export", full)
    with pytest.raises(DcganError, match=r"export cannot be written: No space left on device\. Check the disk"):
        export(run)
    assert not list(run.folder.glob("*export*"))
