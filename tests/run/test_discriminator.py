import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from dcgan_tf import DcganError, load_run
from dcgan_tf.model.build import build_model
from dcgan_tf.run.checkpoint import load_checkpoint
from dcgan_tf.run.pictures import write_opinions
from tests.conftest import make_images


def test_the_score_is_what_the_trained_discriminator_says(finished, images):
    model = build_model(finished.config)
    load_checkpoint(finished.folder, model.state())
    mine = finished.generate(64, seed=finished.config.seed)
    logits, own = (
        np.asarray(model.discriminator(each.astype(np.float32) / 127.5 - 1.0, training=False))[:, 0]
        for each in (images.pixels, mine)
    )
    scores = finished.score(images.pixels)
    assert scores.shape == (len(images),) and scores.dtype == np.float32 and np.ptp(scores) > 0
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(own.mean() - logits)), atol=1e-5)
    alone = replace(finished, config=replace(finished.config, loss="non_saturating"))  # which compares no pictures
    np.testing.assert_allclose(alone.score(images.pixels), 1 / (1 + np.exp(-logits)), atol=1e-5)


def test_pictures_are_scored_each_for_itself_and_none_is_fine(finished, images):
    together = finished.score(np.concatenate([images.pixels] * 4))  # more than a batch
    np.testing.assert_allclose(together[:3], finished.score(images.pixels[:3]), atol=1e-5)
    assert finished.score(images.pixels[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("pictures", "received"),
    [
        (np.zeros((2, 16, 16, 1), np.uint8), r"uint8 \[2, 16, 16, 1\]"),
        (np.zeros((2, 16, 16, 3), np.float32), r"float32 \[2, 16, 16, 3\]"),
        (np.zeros((16, 16, 3), np.uint8), r"uint8 \[16, 16, 3\]"),
        ("photo.png", "'photo.png'"),
    ],
)
def test_other_pictures_are_refused_in_a_sentence(finished, pictures, received):
    with pytest.raises(DcganError, match=rf"`pictures` should be .*\[n, 16, 16, 3\].* Received: {received}"):
        finished.score(pictures)


def test_without_a_checkpoint_there_is_no_discriminator(finished, images, tmp_path):
    shutil.copytree(finished.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("checkpoint"))
    with pytest.raises(DcganError, match=r"There is no checkpoint in .*, and nothing else stores the discriminator"):
        load_run(tmp_path / "copy").score(images.pixels)


def test_a_discriminator_of_another_size_is_refused(finished, images):
    other = replace(finished, config=replace(finished.config, discriminator_width=8))
    with pytest.raises(DcganError, match="holds another run's discriminator"):
        other.score(images.pixels)


def test_opinions_show_each_kind_that_there_is(finished, images, monkeypatch):
    shown = {}
    monkeypatch.setattr("dcgan_tf.run.pictures.save_opinions", lambda path, scores, title: shown.update(scores) or path)
    write_opinions(finished, images)
    assert list(shown) == ["training pictures", "generated pictures"]
    write_opinions(finished, images, make_images(5, seed=1))
    assert list(shown) == ["training pictures", "generated pictures", "unseen pictures"]
    assert len(shown["unseen pictures"]) == 5 and len(shown["training pictures"]) == len(images)


def test_opinions_are_drawn(finished, images):
    path = write_opinions(finished, images, make_images(5, seed=1))
    assert path == finished.folder / "opinions.png" and Image.open(path).size == (700, 360)
    path.unlink()  # the run is shared
