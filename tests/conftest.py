"""What several test files share: tiny pictures and a tiny configuration that trains in seconds."""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest

from dcgan_tf import Config, Run, train
from dcgan_tf.data.images import ImageSet
from tests.support.picture_sets import stand_in

# A shell ignores Ctrl-C for what it starts in the background, and so would all that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup ignores


def make_images(count: int = 24, size: int = 16, channels: int = 3, seed: int = 0) -> ImageSet:
    """Return pictures of bright discs on dark ground, each at its own place."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    pixels = np.empty((count, size, size, channels), np.uint8)
    for picture in pixels:
        centre = generator.uniform(0.3, 0.7, 2) * size
        disc = np.hypot(rows - centre[0], columns - centre[1]) < size / 4
        picture[:] = np.where(disc[:, :, None], generator.integers(150, 256, channels), 40)
    files = tuple(f"disc {index:03d}.png" for index in range(count))
    return ImageSet(pixels, files, ("discs",) * count, (), "discs", title="discs")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory) -> Iterator[None]:
    """Keep features of test pictures out of the user's cache, notebooks' kernels included."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def images() -> ImageSet:
    return make_images()


@pytest.fixture(scope="session")
def config() -> Config:
    return Config(
        image_size=16, kimg=0.064, batch_size=8, generator_width=4, discriminator_width=4, latent_dim=8,
        log_kimg=0.016, sample_kimg=0.032, precision="float32",
    )  # fmt: skip


@pytest.fixture(scope="session")
def finished(config, images, tmp_path_factory) -> Run:
    """Return an unbroken run of 8 steps, which nobody changes."""
    return train(config, images, tmp_path_factory.mktemp("runs") / "unbroken", progress="none", pictures=False)


@pytest.fixture(scope="session")
def of_classes(config, images, tmp_path_factory) -> Run:
    """Return a run of three classes, one with a bad name, which nobody changes; its pictures have some contrast."""
    names = ("bright", "dark", "<b>gr|y</b>")
    labelled = replace(images, labels=tuple(names[index % 3] for index in range(len(images))))
    folder = tmp_path_factory.mktemp("runs") / "classes"
    run = train(replace(config, class_names=names), labelled, folder, progress="none", pictures=False)
    last = run.generator.get_layer("up_16")
    last.set_weights([30 * last.get_weights()[0], *last.get_weights()[1:]])
    run.generator.save(folder / "generator.keras")
    return run


@pytest.fixture
def renderer(monkeypatch):
    """Draw nothing, and return the list of what would have been drawn."""
    return stand_in(monkeypatch)


@pytest.fixture
def no_renderer(monkeypatch):
    """Make sure that nothing is rendered."""
    monkeypatch.setitem(sys.modules, "dcgan_tf.data.rendered", None)


def lock_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no folder whose name ends in "locked" be opened; root, who runs CI, could open a really locked one."""
    plain = os.scandir

    def scandir(place):
        if str(place).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return plain(place)

    monkeypatch.setattr(os, "scandir", scandir)
