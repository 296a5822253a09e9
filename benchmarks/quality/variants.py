"""Ingredients that were tried: each changes the step or a network of our recipe, "ours, variant='lecam'".

They are here and not in the library because they did not pay, or not enough; the table says by how much. A variant
replaces functions of the library, so it needs a process of its own, as each cell has.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import keras
import tensorflow as tf
from keras import layers

from dcgan_tf import Config
from dcgan_tf.model import build, networks, train_step
from dcgan_tf.model.layers import LayerKit
from dcgan_tf.model.train_step import Logs, Trainable, class_weights, losses_and_scores, read

Builder = Callable[[Config, str, LayerKit], keras.Sequential]

LECAM, LECAM_DECAY = 0.3, 0.99  # the paper's weight for small sets
GAMMA, EVERY = 0.1, 8  # of the gradient penalty, and the steps between two, which count for all of them
KEPT_SHARE = 0.75  # top-k: of the batch, the pictures that the discriminator finds most real


def apply(name: str, seed: int) -> None:
    """Change the library's functions, in this process; raises `KeyError` for an unknown variant."""
    keras.utils.set_random_seed(seed)  # of the noise and of layers that are added
    VARIANTS[name]()


def lecam() -> None:
    """LeCam regularization (arXiv 2104.03310): pull logits towards averages of those of the other kind."""
    averages = tf.Variable([0.0, 0.0], trainable=False)

    def pull(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
        averages.assign(LECAM_DECAY * averages + (1 - LECAM_DECAY) * means(real_logits, fake_logits))
        real, fake = tf.unstack(averages)
        return LECAM * tf.reduce_mean(tf.square(real_logits - fake) + tf.square(fake_logits - real))

    replace_gradients(added_loss=pull)


def means(*logits: tf.Tensor) -> tf.Tensor:
    """Return the mean of each."""
    return tf.stack([tf.reduce_mean(tf.stop_gradient(each)) for each in logits])


def penalty() -> None:
    """R1 and R2 (arXiv 2501.05441), lazily (arXiv 1912.04958): a penalty on D's slope at both kinds of pictures."""

    def slope(gan: Trainable, pictures: tf.Tensor, weights_of_logits: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(pictures)
                logits = read(gan.discriminator(pictures, training=True), weights_of_logits)
            slopes = inner.gradient(logits, pictures)
            loss = EVERY * GAMMA / 2 * tf.reduce_mean(tf.reduce_sum(tf.square(slopes), [1, 2, 3]))
        variables = [each.value for each in gan.discriminator.trainable_variables]
        return outer.gradient(loss, variables, unconnected_gradients="zero")  # the last bias does not change slopes

    def penalize(gan: Trainable, seen: Iterable[tf.Tensor], weights_of_logits: tf.Tensor) -> list[tf.Tensor]:
        both = zip(*(slope(gan, tf.stop_gradient(each), weights_of_logits) for each in seen), strict=True)
        return [real + fake for real, fake in both]

    replace_gradients(penalize=penalize)


def top_k() -> None:
    """Top-k training (arXiv 2002.06224): the generator learns from the pictures that the discriminator likes best."""

    def keep(logits: tf.Tensor) -> tf.Tensor:
        count = tf.cast(KEPT_SHARE * tf.cast(tf.shape(logits)[0], tf.float32), tf.int32)
        return tf.cast(logits >= tf.sort(logits, axis=0, direction="DESCENDING")[count - 1], tf.float32)

    replace_gradients(share_of_fakes=keep)


def replace_gradients(
    added_loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
    share_of_fakes: Callable[[tf.Tensor], tf.Tensor] | None = None,
    penalize: Callable[[Trainable, Iterable[tf.Tensor], tf.Tensor], list[tf.Tensor]] | None = None,
) -> None:
    """Replace the step's gradients by those of two passes, as in the tutorial."""

    def gradients(
        gan: Trainable, real: tf.Tensor, chosen: tf.Tensor, latents: tf.Tensor, augment_seed: tf.Tensor
    ) -> tuple[list[tf.Tensor], list[tf.Tensor], Logs]:
        real_seed, fake_seed = tf.unstack(tf.random.experimental.stateless_split(augment_seed, 2))
        with tf.GradientTape() as generator_tape:
            fake = gan.generator(tf.concat([latents, chosen], 1), training=True)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(fake)
            seen = gan.augment(tf.cast(real, fake.dtype), real_seed), gan.augment(fake, fake_seed)
            both = [read(gan.discriminator(each, training=True), class_weights(gan, chosen)) for each in seen]
            logs = losses_and_scores(gan.loss_pair, *both)
            loss = logs["d_loss"] + (added_loss(*both) if added_loss else 0.0)
        fake_gradient = tape.gradient(logs["g_loss"], fake)
        if share_of_fakes:
            fake_gradient *= share_of_fakes(both[1])[:, :, None, None]
        generator_gradients = generator_tape.gradient(fake, gan.generator.trainable_variables, fake_gradient)
        discriminator_gradients = tape.gradient(loss, gan.discriminator.trainable_variables)
        if penalize:
            more = tf.cond(
                tf.equal(gan.steps_done.value % EVERY, 0),
                lambda: penalize(gan, seen, class_weights(gan, chosen)),
                lambda: [tf.zeros_like(each) for each in gan.discriminator.trainable_variables],
            )
            discriminator_gradients = [sum(each) for each in zip(discriminator_gradients, more, strict=True)]
        return generator_gradients, discriminator_gradients, logs

    train_step.gradients = gradients


def deviation() -> None:
    """Minibatch deviation (arXiv 1710.10196, section 3): one more channel tells how much the batch varies."""

    def build_discriminator(config: Config, dtype: str, kit: LayerKit) -> keras.Sequential:
        given = networks.build_discriminator(config, dtype, kit)
        width = given.layers[-3].output.shape[-1]
        mixed = [Deviation(), layers.Conv2D(width, 3, padding="same", kernel_initializer="he_normal")]
        return remade(given, [*given.layers[:-2], *mixed, layers.LeakyReLU(0.2), *given.layers[-2:]])

    build.build_discriminator = build_discriminator
    replace_gradients()


class Deviation(layers.Layer):
    """Append the mean deviation over the batch as a channel."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return float `[n, height, width, channels + 1]`."""
        spread = tf.reduce_mean(tf.math.reduce_std(inputs, axis=0))
        return tf.concat([inputs, spread * tf.ones_like(inputs[..., :1])], -1)


def packed() -> None:
    """PacGAN (arXiv 1712.04086): the discriminator judges pairs of pictures."""

    def build_discriminator(config: Config, dtype: str, kit: LayerKit) -> keras.Sequential:
        given = networks.build_discriminator(config, dtype, kit)
        return remade(given, [Pack(), *given.layers, Unpack()])

    build.build_discriminator = build_discriminator


class Pack(layers.Layer):
    """Put two pictures into one, of twice the channels."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return float `[n / 2, height, width, 2 channels]`."""
        return tf.concat([inputs[::2], inputs[1::2]], -1)


class Unpack(layers.Layer):
    """Give both pictures of a pair its logit."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return float `[n, 1 + classes]`."""
        return tf.repeat(inputs, 2, axis=0)


def stem() -> None:
    """Let the discriminator begin with a convolution at the full size of the picture."""

    def build_discriminator(config: Config, dtype: str, kit: LayerKit) -> keras.Sequential:
        given = networks.build_discriminator(config, dtype, kit)
        first = layers.Conv2D(config.discriminator_width, 3, padding="same", kernel_initializer="he_normal")
        return remade(given, [first, layers.LeakyReLU(0.2), *given.layers])

    build.build_discriminator = build_discriminator


def spectral() -> None:
    """Spectral normalization (arXiv 1802.05957) of the discriminator's layers."""

    def build_discriminator(config: Config, dtype: str, kit: LayerKit) -> keras.Sequential:
        given = networks.build_discriminator(config, dtype, kit)
        wrapped = [copy(each) for each in given.layers]
        with_kernel = layers.Conv2D | layers.Dense
        return remade(
            given, [layers.SpectralNormalization(each) if isinstance(each, with_kernel) else each for each in wrapped]
        )

    build.build_discriminator = build_discriminator


def noise() -> None:
    """Noise in each pixel of the generator's layers (arXiv 1812.04948, section 3.2), of a strength that is learned."""

    def build_generator(config: Config, dtype: str = "float32", kit: LayerKit = LayerKit()) -> keras.Sequential:
        given = networks.build_generator(config, dtype, kit)
        changed: list[layers.Layer] = []
        for layer in given.layers:
            changed += [Noise(), layer] if layer.name.startswith("norm_") else [layer]
        return remade(given, changed)

    build.build_generator = build_generator


class Noise(layers.Layer):
    """Add noise, the same in all channels but for its strength in each."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Create the strengths."""
        self.strength = self.add_weight((shape[-1],), "zeros", name="strength")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return float `[n, height, width, channels]`."""
        return inputs + tf.random.normal(tf.shape(inputs[..., :1])) * self.strength


def shuffle() -> None:
    """Pixel shuffle (arXiv 1609.05158) in the generator instead of transposed convolutions."""

    def build_generator(config: Config, dtype: str = "float32", kit: LayerKit = LayerKit()) -> keras.Sequential:
        given = networks.build_generator(config, dtype, kit)
        changed: list[layers.Layer] = []
        for layer in given.layers:
            if layer.name.startswith("up_"):
                small = keras.initializers.RandomNormal(stddev=0.02)
                changed += [layers.Conv2D(4 * layer.filters, 3, padding="same", kernel_initializer=small), Shuffle()]
            else:
                changed.append(layer)
        return remade(given, changed)

    build.build_generator = build_generator


class Shuffle(layers.Layer):
    """Move four channels into a square of pixels."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return float `[n, 2 height, 2 width, channels / 4]`."""
        return tf.nn.depth_to_space(inputs, 2)


def wide_end() -> None:
    """Twice as many channels in the generator's last layers; those at the start stay."""

    def build_generator(config: Config, dtype: str = "float32", kit: LayerKit = LayerKit()) -> keras.Sequential:
        kept = networks.WIDEST
        networks.WIDEST = kept // 2
        try:
            return networks.build_generator(replace(config, generator_width=2 * config.generator_width), dtype, kit)
        finally:
            networks.WIDEST = kept

    build.build_generator = build_generator


def remade(given: keras.Sequential, changed: Iterable[layers.Layer]) -> keras.Sequential:
    """Return a new network with the input and the name of `given`, of new copies of the layers that it shares."""
    network = keras.Sequential(name=given.name)
    network.add(keras.Input(given.input_shape[1:]))
    for layer in changed:
        network.add(copy(layer) if layer in given.layers else layer)
    return network


def copy(layer: layers.Layer) -> layers.Layer:
    """Return an unbuilt layer with the same settings."""
    return type(layer).from_config(layer.get_config())


VARIANTS: dict[str, Callable[[], None]] = {
    "lecam": lecam,
    "gradient penalty": penalty,
    "top-k": top_k,
    "two passes": replace_gradients,
    "minibatch deviation": deviation,
    "packed pairs": packed,
    "full-size layer": stem,
    "spectral norm": spectral,
    "noise": noise,
    "pixel shuffle": shuffle,
    "wide end": wide_end,
}
