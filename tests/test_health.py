from dataclasses import replace

import pytest
import tensorflow as tf
from run_files import same_weights, weights

from dcgan_tf import DcganError, load_run, train


def test_losses_that_are_no_numbers_stop_the_run_and_keep_its_checkpoint(config, images, tmp_path, monkeypatch):
    train(config, images, tmp_path, progress="none")
    before = weights(tmp_path)

    def broken(model, pixels):
        return lambda indices: tf.fill([len(indices), 4], float("nan"))

    monkeypatch.setattr("dcgan_tf.session.compile_steps", broken)
    with pytest.raises(DcganError, match=r"losses should be finite.*after step 9.*LEARNING_RATE=0.0002"):
        train(replace(config, kimg=1.0), images, tmp_path, progress="none")
    assert load_run(tmp_path).state == "failed"
    assert same_weights(weights(tmp_path), before)
    monkeypatch.undo()
    assert train(replace(config, kimg=0.08), images, tmp_path, progress="none").state == "finished"
