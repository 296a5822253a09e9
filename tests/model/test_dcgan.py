import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import DCGAN, DcganError
from dcgan_tf.model.augment import Augment
from dcgan_tf.model.latent import draw_latents
from dcgan_tf.model.networks import build_discriminator, build_generator
from dcgan_tf.model.predict import generate_pictures
from tests.support.models import LOGS, make_dataset, make_model


def test_it_is_an_ordinary_keras_model(config, images, tmp_path):
    model = make_model(config)
    callbacks = [
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.EarlyStopping(monitor="d_loss", mode="min", patience=5),
        keras.callbacks.ModelCheckpoint(tmp_path / "best.weights.h5", save_weights_only=True),
    ]
    history = model.fit(make_dataset(images), epochs=2, callbacks=callbacks, verbose=0).history
    assert set(history) == LOGS
    assert all(np.isfinite(values).all() and len(values) == 2 for values in history.values())
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3
    fresh = make_model(config)
    fresh.load_weights(tmp_path / "best.weights.h5")
    assert np.array_equal(fresh.generate(4), model.generate(4))
    assert int(fresh.steps_done) == int(model.steps_done) == 6


def test_a_saved_model_opens_again(config, images, tmp_path):
    model = make_model(config, loss="hinge", augment=Augment(color=0.5, flip=True), ema_halflife_kimg=2.0, seed=5)
    model.fit(make_dataset(images), verbose=0)
    model.save(tmp_path / "model.keras")
    opened = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(opened.generate(4), model.generate(4))
    assert opened.augment == model.augment
    assert (opened.loss_name, opened.ema_halflife_kimg, opened.seed) == ("hinge", 2.0, 5)
    assert opened.discriminator_mixes_batch
    batch = next(iter(make_dataset(images)))  # training goes on alike, optimizers included
    assert [float(m.train_step(batch)["d_loss"]) for m in (opened, opened)] == [
        float(m.train_step(batch)["d_loss"]) for m in (model, model)
    ]


def test_validation_and_evaluate_train_nothing(config, images):
    model = make_model(config)
    history = model.fit(make_dataset(images), validation_data=make_dataset(images), verbose=0).history
    assert set(history) == LOGS | {f"val_{name}" for name in LOGS}
    before = {name: variable.numpy() for name, variable in model.state().items()}
    assert set(model.evaluate(make_dataset(images), return_dict=True, verbose=0)) == LOGS
    assert all(np.array_equal(variable.numpy(), before[name]) for name, variable in model.state().items())


def test_calling_it_turns_latents_into_pictures(config):
    pictures = make_model(config)(np.zeros((3, config.latent_dim), np.float32))
    assert pictures.shape == (3, 16, 16, 3) and pictures.dtype == tf.float32


def test_mixed_precision_trains_too(config, images):
    policy = "mixed_bfloat16"
    model = DCGAN(
        build_generator(config, policy), build_discriminator(config, policy), ema_generator=build_generator(config)
    )
    model.compile()
    history = model.fit(make_dataset(images), verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert all(variable.dtype == "float32" for variable in model.generator.weights)


def test_generated_pictures_use_all_shades_and_do_not_depend_on_the_batch(config):
    generator = build_generator(config)
    latents = draw_latents(10, config.latent_dim, seed=0)
    pictures = generate_pictures(generator, latents)
    assert pictures.dtype == np.uint8 and pictures.shape == (10, 16, 16, 3)
    few = generate_pictures(generator, latents, batch_size=3)
    assert np.abs(pictures.astype(int) - few).max() <= 1
    always = keras.Sequential([keras.Input((2,)), keras.layers.Reshape((1, 2, 1))])
    ends = generate_pictures(always, np.array([[-1.0, 1.0], [0.0, 5.0]], np.float32))
    assert ends[:, 0, :, 0].tolist() == [[0, 255], [128, 255]]


def test_another_backend_is_refused_in_a_sentence(config, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(DcganError, match="KERAS_BACKEND=tensorflow"):
        DCGAN(build_generator(config), build_discriminator(config))
