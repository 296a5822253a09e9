"""The recipes that are compared: ours, ours with fields changed, the first one, and those of two tutorials.

The tutorials' networks and steps are written as those have them, in their favour with oneDNN on. The TensorFlow
tutorial's, made for 28x28, get a layer more where pictures are larger; keras.io's, made for 64x64, one less at 28x28.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from benchmarks.quality import variants
from benchmarks.shared.sets import SETS
from benchmarks.speed.tensorflow_peers import KerasIoGan, tutorial_step
from dcgan_tf import Config, DcganError, ImageSet, sort_pictures
from dcgan_tf.common.machine import this_execution
from dcgan_tf.common.pixels import to_floats
from dcgan_tf.data.classes import class_counts, class_numbers
from dcgan_tf.model.build import build_model, settle_statistics
from dcgan_tf.model.dcgan import DCGAN
from dcgan_tf.model.latent import draw_inputs
from dcgan_tf.model.networks import ladder
from dcgan_tf.model.predict import generate_pictures
from dcgan_tf.training.loop import batch_indices, compile_steps

RECIPES = {
    "ours": "this library's preset",
    "first": "the first recipe: batches of 64, Adam 4e-4, full colour changes, Keras's initialization; our fast step",
    "second": "an earlier recipe: the non-saturating loss, a rate that stays, an average over twice as many "
    "pictures, a third of the fruits left unchanged",
    "tutorial": "the TensorFlow DCGAN tutorial: its networks, dropout, Adam 1e-4; batches of 64 instead of 256, which "
    "is four times the steps in the time",
    "keras-io": "the keras.io DCGAN example: its networks, latents of 128, Adam 1e-4, batches of 32",
}
# Ours with an ingredient taken out or changed, one at a time.
ABLATIONS = {
    "ours, loss='non_saturating'": "each picture judged for itself",
    "ours, decay_kimg=0.0": "a rate that stays",
    "ours, ema_ramp=0.1": "an average over twice as many pictures",
    "ours, augment_probability=0.65": "a third of the pictures left unchanged",
    "ours, batch_size=8": "batches of 8",
    "ours, augment_color=0.0": "no colour changes",
    "ours, augment_translation=0.0": "no shifts",
    "ours, ema_halflife_kimg=0.0": "no averaged generator",
    "ours, batch_size=64": "batches of 64",
    "ours, smallest_side=7": "networks that end at 7 pixels, where the picture's side leads there",
    "ours, beta_1=0.0": "no momentum, where the preset has some",
    "ours, beta_1=0.5": "momentum, where the preset has none",
    "ours, latent_dim=100": "latents of 100 numbers",
    "ours, loss='hinge'": "the hinge loss",
    "ours, classes='false'": "neither subfolders nor kinds told apart: the recipe before today's",
    "ours, classes='kinds'": "kinds told apart, whatever the set",
}
# Ingredients that the library does not have, in `variants.py`: tried on the tuning split.
TRIALS = {
    "ours, variant='two passes'": "ours, but a backward pass for each network, as the next four need",
    "ours, variant='lecam'": "LeCam regularization",
    "ours, variant='gradient penalty'": "R1 and R2, every eighth step",
    "ours, variant='top-k'": "the generator learns from the best three quarters of a batch",
    "ours, variant='minibatch deviation'": "the discriminator is told how much the batch varies",
    "ours, variant='packed pairs'": "the discriminator judges pairs of pictures",
    "ours, variant='full-size layer'": "a layer of the discriminator more, at the picture's full size",
    "ours, variant='spectral norm'": "a discriminator of bounded slope",
    "ours, variant='noise'": "noise in each pixel of the generator's layers",
    "ours, variant='pixel shuffle'": "pixel shuffle instead of transposed convolutions",
    "ours, variant='wide end'": "twice the channels in the generator's last layers",
    "ours, discriminator_width=32": "a wider discriminator",
    "ours, augment_cutout=0.3": "a blanked square",
}


BESIDE = ("classes", "variant")  # what a recipe can say that is no field of Config
# What does not change what is learned in a given time.
UNIMPORTANT = ("kimg", "minutes", "devices", "log_kimg", "sample_kimg", "score_kimg", "checkpoint_minutes")


class Trainer(NamedTuple):
    """A recipe at work."""

    batch_size: int
    train: Callable[[int, int], None]  # from which step on, how many
    generator: keras.Model  # whose pictures count; from latents, and classes, to [-1, 1]
    parameters: tuple[int, int]  # numbers that the generator and the discriminator learn or keep
    class_counts: Sequence[int] = ()  # of the training pictures, where classes are made on request

    def sample(self, count: int, seed: int, number: int | None = None) -> np.ndarray:
        """Return uint8 pictures, of all classes as often as in training, or of the class `number`."""
        classes = len(self.class_counts)
        latent_dim = self.generator.input_shape[1] - classes
        inputs = draw_inputs(count, latent_dim, classes, seed, shares=self.class_counts, number=number)
        return generate_pictures(self.generator, inputs)


def settings_of(name: str, preset: Config) -> dict[str, object]:
    """Return the settings of a recipe for a set with this preset, by which a kept cell is known to be of today's."""
    if name in ("tutorial", "keras-io"):
        shape = {field: getattr(preset, field) for field in ("image_size", "channels", "seed")}
        own = {"batch_size": 64, "latent_dim": 100} if name == "tutorial" else {"batch_size": 32, "latent_dim": 128}
        return shape | own | {"learning_rate": 1e-4}
    config = config_of(name, preset)
    unimportant = (*UNIMPORTANT, "class_names")
    fields = {field: value for field, value in config.to_dict().items() if field not in unimportant}
    fields |= {key: said(name, key) for key in BESIDE if said(name, key)}
    if name.startswith("ours"):
        fields["classes"] = classes_of(name)
    if classes_of(name) == "false":
        del fields["class_ramp_kimg"]  # which changes nothing then
    return fields | {"ladder": [side for side, _ in ladder(*config.shape[:2], fields.pop("smallest_side"))]}


def is_of_today(cell: dict) -> bool:
    """Return whether a cell, or its row, was trained with the settings that its recipe has today."""
    try:
        preset = replace(SETS[cell["set"]].config, seed=cell["seed"])
        return cell["settings"] == settings_of(cell["recipe"], preset)
    except (DcganError, KeyError, TypeError):  # a set, a field or a value that there is no more
        return False


def config_of(name: str, preset: Config) -> Config:
    """Return the configuration of a recipe that this library trains."""
    if name in ("first", "second"):
        return earlier(name, preset)
    base, *changes = name.split(", ")
    if base != "ours" or not all(change.count("=") == 1 for change in changes):
        raise DcganError(
            f'A recipe should be one of {", ".join(RECIPES)} or "ours, field=value, ...". Received: {name!r}.'
        )
    pairs = [change.split("=") for change in changes]
    return replace(preset, **{field: ast.literal_eval(value) for field, value in pairs if field not in BESIDE})


def earlier(name: str, preset: Config) -> Config:
    """Return the configuration of an earlier recipe: every field, so that no change of ours changes it."""
    gray = preset.image_size == 28
    if name == "first":
        width = 64 if gray else 32
        own = {
            "latent_dim": 100, "smallest_side": 7, "batch_size": 64, "learning_rate": 4e-4, "beta_1": 0.5,
            "augment_color": 1.0, "augment_probability": 1.0,
        }  # fmt: skip
    else:
        width = 32 if gray else 24
        own = {
            "latent_dim": 32 if gray else 16, "smallest_side": 4, "batch_size": 16,
            "learning_rate": 1.2e-3 if gray else 4e-4, "beta_1": 0.5 if gray else 0.0,
            "augment_color": 0.2, "augment_probability": 1.0 if gray else 0.65,
        }  # fmt: skip
    return Config(
        image_size=preset.image_size, channels=preset.channels, seed=preset.seed, generator_width=width,
        discriminator_width=width, loss="non_saturating", decay_kimg=0.0, beta_2=0.99, ema_halflife_kimg=9.0,
        ema_ramp=0.1, augment_translation=0.125, augment_flip=False, augment_cutout=0.0, **own,
    )  # fmt: skip


def said(name: str, key: str) -> str | None:
    """Return what a recipe says of one of BESIDE, as in "..., classes='true'"; None if nothing."""
    values = [change.split("=")[1] for change in name.split(", ") if change.startswith(f"{key}=")]
    return ast.literal_eval(values[-1]) if values else None


def classes_of(name: str) -> str:
    """Return what a recipe that this library trains tells apart."""
    return said(name, "classes") or ("auto" if name.startswith("ours") else "false")


def build(name: str, preset: Config, images: ImageSet) -> Trainer:
    """Return the trainer of a recipe: a name in `RECIPES`, or "ours, field=value, ..." with fields of `Config`."""
    if name == "tutorial":
        return tutorial(preset, images)
    if name == "keras-io":
        return keras_io(preset, images)
    images, _, names = sort_pictures(images, classes=classes_of(name))
    config = replace(config_of(name, preset), class_names=names)
    if variant := said(name, "variant"):
        variants.apply(variant, config.seed)
    model = build_model(config, this_execution(config.precision))
    if name == "first":
        keras_initialization(model)
    return library(config, images, model)


def library(config: Config, images: ImageSet, model: DCGAN) -> Trainer:
    """Return this library's training of a model, as `train` runs it."""
    names = config.class_names
    run_steps = compile_steps(model, tf.constant(images.pixels), class_numbers(images, names))

    def train(start: int, steps: int) -> None:
        run_steps(batch_indices(config, len(images), start, steps)).numpy()

    counts = count_parameters(model.generator, model.discriminator)
    return Trainer(config.batch_size, train, model.ema_generator, counts, class_counts(images, names))


def keras_initialization(model: DCGAN) -> None:
    """Start both networks from Keras's own choice (Glorot and Bengio 2010)."""
    for network in (model.generator, model.discriminator):
        for index, layer in enumerate(network.layers):
            if hasattr(layer, "kernel"):
                layer.kernel.assign(keras.initializers.GlorotUniform(model.seed + index)(layer.kernel.shape))
    settle_statistics(model.generator, model.latent_dim)  # they were those of the weights before
    model.ema_generator.set_weights(model.generator.get_weights())


def tutorial(config: Config, images: ImageSet) -> Trainer:
    """Return the tutorial's training: 28x28 as it is, larger pictures from a start of 8 (100: 13) pixels."""
    config = replace(config, batch_size=64, latent_dim=100)
    keras.utils.set_random_seed(config.seed)
    doublings = 2 if config.image_size == 28 else 3
    start, widths = -(-config.image_size // 2**doublings), [128, 64, 32][:doublings]
    generator = keras.Sequential([keras.Input((100,)), layers.Dense(start * start * 256, use_bias=False)])
    for layer in (layers.BatchNormalization(), layers.LeakyReLU(), layers.Reshape((start, start, 256))):
        generator.add(layer)
    for filters, stride in zip(widths, [1, 2, 2], strict=False):
        generator.add(layers.Conv2DTranspose(filters, 5, stride, padding="same", use_bias=False))
        generator.add(layers.BatchNormalization())
        generator.add(layers.LeakyReLU())
    last = layers.Conv2DTranspose(config.channels, 5, 2, padding="same", use_bias=False, activation="tanh")
    generator.add(last)
    crop(generator, config.image_size)
    discriminator = keras.Sequential([keras.Input((config.image_size, config.image_size, config.channels))])
    for filters in [64, 128, 256][:doublings]:
        for layer in (layers.Conv2D(filters, 5, 2, padding="same"), layers.LeakyReLU(), layers.Dropout(0.3)):
            discriminator.add(layer)
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dense(1))
    train_step = tutorial_step(generator, discriminator, config.batch_size)

    def train(first: int, steps: int) -> None:
        for indices in batch_indices(config, len(images), first, steps):
            train_step(tf.constant(to_floats(images.pixels[indices])))

    return Trainer(config.batch_size, train, generator, count_parameters(generator, discriminator))


def keras_io(config: Config, images: ImageSet) -> Trainer:
    """Return the example's training, through `fit`; 28x28 starts from 7 pixels, one layer less in each network."""
    config = replace(config, batch_size=32, latent_dim=128)
    keras.utils.set_random_seed(config.seed)
    doublings = 2 if config.image_size == 28 else 3
    start = -(-config.image_size // 2**doublings)
    generator = keras.Sequential([keras.Input((128,)), layers.Dense(start * start * 128)])
    generator.add(layers.Reshape((start, start, 128)))
    for filters in [128, 256, 512][:doublings]:
        generator.add(layers.Conv2DTranspose(filters, 4, 2, padding="same"))
        generator.add(layers.LeakyReLU(negative_slope=0.2))
    generator.add(layers.Conv2D(config.channels, 5, padding="same", activation="sigmoid"))
    crop(generator, config.image_size)
    discriminator = keras.Sequential([keras.Input((config.image_size, config.image_size, config.channels))])
    for filters in [64, 128, 128][:doublings]:
        discriminator.add(layers.Conv2D(filters, 4, 2, padding="same"))
        discriminator.add(layers.LeakyReLU(negative_slope=0.2))
    for layer in (layers.Flatten(), layers.Dropout(0.2), layers.Dense(1)):
        discriminator.add(layer)
    model = KerasIoGan(generator, discriminator)
    model.compile_both()

    def train(first: int, steps: int) -> None:
        pictures = images.pixels[batch_indices(config, len(images), first, steps)]
        model.fit(tf.data.Dataset.from_tensor_slices(pictures).map(to_share), epochs=1, verbose=0)

    pictures_of = keras.Sequential([generator, layers.Rescaling(2.0, -1.0)])  # from [0, 1]
    return Trainer(config.batch_size, train, pictures_of, count_parameters(generator, discriminator))


def count_parameters(generator: keras.Model, discriminator: keras.Model) -> tuple[int, int]:
    """Return the sizes of both networks."""
    return generator.count_params(), discriminator.count_params()


def to_share(pictures: tf.Tensor) -> tf.Tensor:
    """Return uint8 pictures in [0, 1]."""
    return tf.cast(pictures, tf.float32) / 255.0


def crop(generator: keras.Sequential, image_size: int) -> None:
    """Cut what a start of rounded-up pixels makes too much."""
    extra = generator.output_shape[1] - image_size
    if extra:
        generator.add(layers.Cropping2D(((0, extra), (0, extra))))
