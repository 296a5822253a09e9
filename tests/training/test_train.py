import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

from dcgan_tf import DcganError, load_run, train
from tests.conftest import make_images
from tests.support.run_files import grids, same_weights, timeless, weights


def test_a_run_leaves_every_file_of_training(finished, config, images):
    folder = finished.folder
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    samples = {f"samples/{step:06d}.png" for step in (0, 4, 8)}
    assert (
        names
        == {
            "run.json",
            "history.jsonl",
            "kid.jsonl",
            "real.png",
            "generator.keras",
            "checkpoint/00000008.npz",
            ".lock",
        }
        | samples
    )
    info = json.loads((folder / "run.json").read_text())
    assert (info["state"], info["kimg_done"]) == ("finished", 0.064)
    assert info["config"] == config.to_dict()
    assert {"n": 24, "height": 16, "width": 16, "channels": 3, "sha256": images.sha256}.items() <= info["data"].items()
    assert info["environment"]["precision"] == "float32"
    assert info["started"] <= info["finished"] and info["seconds"] > 0


def test_the_history_has_a_record_every_log_kimg(finished):
    history = finished.history
    assert [record["step"] for record in history] == [2, 4, 6, 8]
    assert [record["kimg"] for record in history] == [0.016, 0.032, 0.048, 0.064]
    expected = {"step", "kimg", "seconds", "g_loss", "d_loss", "real_score", "fake_score", "img_per_s"}
    for record in history:
        assert set(record) == expected
        assert 0 <= record["real_score"] <= 1 and 0 <= record["fake_score"] <= 1


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(finished, config, images, tmp_path):
    again = train(config, images, tmp_path / "again", progress="none", pictures=False)
    assert same_weights(weights(again.folder), weights(finished.folder))
    assert timeless(again.history) == timeless(finished.history)
    assert grids(again.folder) == grids(finished.folder)
    other = train(replace(config, seed=1), images, tmp_path / "other", progress="none", pictures=False)
    assert not same_weights(weights(other.folder), weights(finished.folder))
    assert not np.array_equal(other.generate(2), finished.generate(2))


def test_a_finished_run_returns_at_once(finished, config, images):
    before = {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*.npz")}
    again = train(config, images, finished.folder, progress="none", pictures=False)
    assert again.state == "finished" and again.kimg_done == 0.064
    assert {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*.npz")} == before


def test_other_settings_or_pictures_are_refused_by_name(finished, config, images):
    with pytest.raises(DcganError, match=r"learning_rate 0.0008, now 0.001.*another `folder`"):
        train(replace(config, learning_rate=0.001), images, finished.folder, progress="none", pictures=False)
    with pytest.raises(DcganError, match="seed 0, now 3; latent_dim 8, now 9"):
        train(replace(config, latent_dim=9, seed=3), images, finished.folder, progress="none", pictures=False)
    with pytest.raises(DcganError, match="pictures"):
        train(config, make_images(seed=9), finished.folder, progress="none", pictures=False)
    with pytest.raises(DcganError, match=r"`kimg` should be at least what the run .* has reached, 0.064"):
        train(replace(config, kimg=0.008), images, finished.folder, progress="none", pictures=False)


def test_fewer_pictures_than_a_batch_or_of_another_size_are_refused(config, tmp_path):
    with pytest.raises(DcganError, match=r"`batch_size` should be at most the number of pictures, 5 in discs"):
        train(config, make_images(5), tmp_path / "few")
    with pytest.raises(DcganError, match=r"\(16, 16, 3\). Received: \(20, 20, 3\)"):
        train(config, make_images(size=20), tmp_path / "large")
    with pytest.raises(DcganError, match=r"Received: \(16, 16, 1\)"):
        train(config, make_images(channels=1), tmp_path / "gray")
    assert not list(tmp_path.iterdir())


def test_one_picture_is_not_told_to_lower_the_batch(config, tmp_path):
    with pytest.raises(DcganError, match=r"Received: 8. Add pictures.$"):
        train(config, make_images(1), tmp_path / "one")


def test_a_wrong_progress_mode_is_told_before_anything_is_written(config, images, tmp_path):
    with pytest.raises(DcganError, match="`progress`"):
        train(config, images, tmp_path / "run", progress="fancy")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize("content", [None, b"", b'{"config": '])
def test_a_lost_or_damaged_run_json_is_written_anew_from_the_checkpoint(config, images, tmp_path, capsys, content):
    before = train(config, images, tmp_path, progress="none", pictures=False)
    (tmp_path / "run.json").unlink() if content is None else (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(DcganError, match=r"learning_rate 0.0008, now 0.001"):
        train(replace(config, learning_rate=0.001), images, tmp_path, progress="none", pictures=False)
    assert "It has been restored from" in capsys.readouterr().out
    (tmp_path / "run.json").unlink()
    again = train(config, images, tmp_path, progress="none", pictures=False)
    assert again.info == before.info


def test_gray_and_odd_sizes_train(config, tmp_path):
    odd = replace(config, image_size=19, channels=1, kimg=0.016, loss="hinge", augment_flip=True, augment_cutout=0.3)
    run = train(odd, make_images(size=19, channels=1), tmp_path, progress="none", pictures=False)
    assert run.generate(3).shape == (3, 19, 19, 1)


def test_a_folder_that_is_deleted_during_training_is_not_made_again(config, images, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "run"

    def delete(*arguments):
        shutil.rmtree(folder)
        return ""

    monkeypatch.setattr("dcgan_tf.training.health.discriminator_won", delete)
    with pytest.raises(DcganError, match=r"was deleted or replaced while training wrote into it"):
        train(replace(config, kimg=1.0), images, folder, progress="none", pictures=False)
    assert not folder.exists()
    assert "The failure could not be noted in the run" in capsys.readouterr().out


def test_a_folder_name_that_is_no_unicode_does_not_matter(config, images, tmp_path):
    odd = replace(images, folder="photos \udcff", title="\ud800")
    run = train(replace(config, kimg=0.008), odd, tmp_path, progress="none", pictures=False)
    assert load_run(tmp_path).info["data"]["folder"] == "photos \udcff"
    assert run.state == "finished"


@pytest.mark.parametrize("folder", ["x" * 300, "a\0b"])
def test_a_folder_that_can_never_be_is_a_sentence(config, images, folder):
    for open_it in (load_run, lambda folder: train(config, images, folder, progress="none", pictures=False)):
        with pytest.raises(DcganError, match="`folder` should be a possible path"):
            open_it(folder)


def test_a_card_that_tensorflow_cannot_use_is_told_when_training_starts(config, images, tmp_path, monkeypatch, capsys):
    card = tmp_path / "nvidia-smi"
    card.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA T4 (UUID: GPU-1)'\n")
    card.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    train(config, images, tmp_path / "run", progress="lines", pictures=False)
    assert "Training in float32 (as asked). The NVIDIA T4 is not used: " in capsys.readouterr().out
