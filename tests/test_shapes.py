"""Oblong and transparent pictures from a folder to everything that reads the run."""

import json

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from dcgan_tf import Config, DcganError, evaluate, invert, load_images, load_run, train
from dcgan_tf.draw.grids import draw_grid
from dcgan_tf.play.explore.page import Explorer
from dcgan_tf.play.explore.state import State
from dcgan_tf.share.gallery.gallery import collect_runs
from tests.support.awkward import encoded
from tests.support.explorers import send, shown, upload


def soft_disc(seed: int) -> Image.Image:
    """Return a picture of 60x40 pixels: a soft-edged disc on transparent black."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:40, :60] - random.uniform(15, 25, 2)[:, None, None]
    alpha = np.clip((12 - np.hypot(rows, columns)) * 50 + 128, 0, 255)
    return Image.fromarray(
        np.dstack([*np.float64(random.integers(100, 256, 3))[:, None, None] * (alpha > 0), alpha]).astype(np.uint8)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("size", "channels", "shape"), [("20x32", 3, (20, 32, 3)), (16, 4, (16, 16, 4))])
def test_a_run_of_any_shape_from_end_to_end(tmp_path, size, channels, shape):
    folder = tmp_path / "discs"
    folder.mkdir()
    for index in range(24):
        soft_disc(index).save(folder / f"{index:02d}.png")
    images = load_images(folder, image_size=size, channels=channels, background="#2040ff")
    assert images.pixels.shape == (24, *shape)
    config = Config(
        image_size=size, channels=channels, kimg=0.064, batch_size=8, generator_width=4, discriminator_width=4,
        latent_dim=8, log_kimg=0.016, sample_kimg=0.032, score_kimg=0.064, augment_cutout=0.3, augment_flip=True,
    )  # fmt: skip
    train(config, images, tmp_path / "run", progress="none")
    run = load_run(tmp_path / "run")
    assert run.config == config and run.background == "#2040ff"
    assert [run.info["data"][name] for name in ("height", "width", "channels")] == list(shape)
    made = run.generate(3)
    assert made.shape == (3, *shape) and run.score(made).min() >= 0
    assert Image.open(run.samples[-1]).size == draw_grid(np.zeros((64, *shape), np.uint8), "").size
    for name in ("progress.gif", "interpolation.gif"):
        assert len(iio.imread(run.folder / name)) > 1
    scores = evaluate(run, images, features="random", count=16)
    assert scores["kid_random"]["resolution"] == "x".join(map(str, shape)) and json.dumps(scores)
    assert not collect_runs(tmp_path).entries[0].pictures.notes
    _play(run, shape)
    with pytest.raises(DcganError, match=r"other settings \(background '#2040ff', now 'white'"):
        train(config, load_images(folder, image_size=size, channels=channels), run.folder, progress="none")


def _play(run, shape):
    explorer = Explorer(State(run))
    assert upload(explorer, "disc.png", encoded(soft_disc(99), "PNG")) == ""
    assert explorer.photo.pixels.shape == shape
    corner = explorer.photo.pixels[0, 0].tolist()
    assert corner[3] == 0 if shape[2] == 4 else corner == [0x20, 0x40, 0xFF]
    found = invert(run, explorer.photo.pixels[None], steps=2, progress=lambda *_: None)
    assert found.generated.shape == (1, *shape)
    mask = np.zeros(shape[:2], bool)
    mask[4:10, 6:12] = True
    send(explorer.repair.painter, {"kind": "mask"}, mask.astype(np.uint8).tobytes())
    np.testing.assert_array_equal(explorer.repair.painter.mask, mask)
    for tab in (explorer.projection, explorer.repair, explorer.enlarge):
        tab.search.job.start()
        assert shown(tab.search.notice) == "" and "<figure>" in tab.search.pictures.value
    filled = invert(run, explorer.photo.pixels[None], mask, steps=2, progress=lambda *_: None).pictures[0]
    kept, given = filled[~mask].astype(int), explorer.photo.pixels[~mask]
    seen = given[:, 3] > 0 if shape[2] == 4 else slice(None)
    assert np.abs(kept[seen] - given[seen]).max() <= 1
