import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import DCGAN, Config, DcganError
from dcgan_tf.model.augment import Augment
from dcgan_tf.model.latent import draw_latents
from dcgan_tf.model.networks import build_discriminator, build_generator
from dcgan_tf.model.predict import generate_pictures

LOGS = {"g_loss", "d_loss", "real_score", "fake_score"}


def make_model(config: Config, **settings) -> DCGAN:
    model = DCGAN(build_generator(config), build_discriminator(config), **settings)
    model.compile()
    return model


def make_dataset(images, batch: int = 8) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(images.pixels.astype(np.float32) / 127.5 - 1).batch(batch)


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


def test_one_step_changes_both_networks_and_the_average(config, images):
    model = make_model(config)
    before = {name: variable.numpy() for name, variable in model.state().items()}
    logs = model.train_step(next(iter(make_dataset(images))))
    assert set(logs) == LOGS
    assert 0 < float(logs["real_score"]) < 1 and 0 < float(logs["fake_score"]) < 1
    for name, variable in model.state().items():
        if "kernel" in name and "optimizer" not in name:
            assert not np.array_equal(variable.numpy(), before[name]), name
    assert int(model.steps_done) == 1


def test_the_generator_learns_nothing_from_d_s_loss_and_d_nothing_from_g_s(config, images):
    still = keras.optimizers.SGD(0.0)
    for moving in ("generator", "discriminator"):
        model = DCGAN(build_generator(config), build_discriminator(config))
        rates = {"generator": still, "discriminator": keras.optimizers.SGD(0.0)} | {moving: keras.optimizers.SGD(0.1)}
        model.compile(rates["generator"], rates["discriminator"])
        before = {part: getattr(model, part).get_layer(name).kernel.numpy() for part, name in LAYERS.items()}
        model.train_step(next(iter(make_dataset(images))))
        for part, name in LAYERS.items():
            changed = not np.array_equal(getattr(model, part).get_layer(name).kernel.numpy(), before[part])
            assert changed == (part == moving)


LAYERS = {"generator": "up_16", "discriminator": "down_8"}


@pytest.mark.parametrize("batch", [2, 5, 24])
def test_the_noise_batch_has_the_size_of_the_real_one(config, images, batch):
    model = make_model(config)
    counts = []
    call = model.generator.call
    model.generator.call = lambda latents, **rest: (counts.append(latents.shape[0]), call(latents, **rest))[1]
    model.train_step(next(iter(make_dataset(images, batch))))
    assert counts == [batch]


@pytest.mark.parametrize("loss", ["non_saturating", "hinge"])
@pytest.mark.parametrize("shift", [-20.0, 0.0, 20.0])
def test_one_backward_pass_for_both_networks_gives_what_two_give(config, images, loss, shift):
    weights = []
    for mixes in (True, False):
        model = DCGAN(
            build_generator(config),
            build_discriminator(config),
            loss=loss,
            augment=Augment(color=1.0, translation=0.2),
            discriminator_mixes_batch=mixes,
        )
        model.discriminator.layers[-1].bias.assign([shift])  # D is sure of its opinion, right or wrong
        model.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0))
        before = model.generator.get_weights() + model.discriminator.get_weights()
        model.train_step(next(iter(make_dataset(images))))
        after = model.generator.get_weights() + model.discriminator.get_weights()
        weights.append([new - old for new, old in zip(after, before, strict=True)])
    for two_passes, one_pass in zip(*weights, strict=True):
        np.testing.assert_allclose(one_pass, two_passes, rtol=1e-3, atol=1e-5 * np.abs(two_passes).max() + 1e-9)


def test_the_discriminator_learns_to_tell_a_generator_that_stands_still(config, images):
    model = DCGAN(build_generator(config), build_discriminator(config))
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(2e-3))
    batch = next(iter(make_dataset(images, 24)))
    for _ in range(40):
        logs = model.train_step(batch)
    assert float(logs["real_score"]) > 0.8 and float(logs["fake_score"]) < 0.4


def test_the_generator_learns_to_fool_a_discriminator_that_stands_still(config, images):
    model = DCGAN(build_generator(config), build_discriminator(config))
    model.compile(keras.optimizers.Adam(2e-3, beta_1=0.5), keras.optimizers.SGD(0.0))
    batch = next(iter(make_dataset(images, 24)))
    first = float(model.train_step(batch)["fake_score"])
    for _ in range(40):
        logs = model.train_step(batch)
    assert float(logs["fake_score"]) > first + 0.1


def test_the_average_follows_by_its_half_life(config):
    model = make_model(config, ema_halflife_kimg=0.5)
    model.steps_done.assign(10**6)  # long past the ramp
    kernel, average = model.generator.weights[0], model.ema_generator.weights[0]
    kernel.assign(tf.ones_like(kernel))
    average.assign(tf.zeros_like(average))
    for _ in range(5):
        model._average(tf.constant(100))  # 5 times 0.1 kimg: one half-life
    np.testing.assert_allclose(average.numpy(), 0.5, atol=1e-4)


def test_the_average_of_a_short_run_is_not_its_start(config):
    model = make_model(config, ema_halflife_kimg=1000.0)
    kernel, average = model.generator.weights[0], model.ema_generator.weights[0]
    kernel.assign(tf.ones_like(kernel))
    average.assign(tf.zeros_like(average))
    for step in range(1, 101):
        model.steps_done.assign(step)
        model._average(tf.constant(8))
    assert average.numpy().min() > 0.95


def test_no_half_life_no_averaging(config):
    model = make_model(config, ema_halflife_kimg=0.0)
    model.steps_done.assign(100)
    model.generator.weights[0].assign(tf.ones_like(model.generator.weights[0]))
    model._average(tf.constant(8))
    np.testing.assert_allclose(model.ema_generator.weights[0].numpy(), 1.0)


def test_steps_are_functions_of_seed_and_step_alone(config, images):
    batch = next(iter(make_dataset(images)))

    def losses(seed: int) -> list[float]:
        model = make_model(config, augment=Augment(1.0, 0.1, True, 0.2), seed=seed)
        return [float(model.train_step(batch)["g_loss"]) for _ in range(3)]

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


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
