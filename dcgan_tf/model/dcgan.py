"""`DCGAN`: both networks and the step that trains them, as an ordinary Keras model."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.keras_package import check_keras
from dcgan_tf.model.augment import Augment
from dcgan_tf.model.defaults import FLOATS, usual_defaults
from dcgan_tf.model.latent import draw_inputs
from dcgan_tf.model.layers import FusedAdam
from dcgan_tf.model.losses import get_loss
from dcgan_tf.model.predict import generate_pictures
from dcgan_tf.model.train_step import Logs, class_weights, losses_and_scores, read, train_step

NETWORKS = ("generator", "discriminator", "ema_generator")
OPTIMIZERS = ("generator_optimizer", "discriminator_optimizer")


@keras.saving.register_keras_serializable("dcgan_tf")
class DCGAN(keras.Model):
    """A generator, a discriminator and the averaged generator, trained together (arXiv 1511.06434).

    Works with plain `compile` and `fit` on a `tf.data.Dataset` of float pictures in [-1, 1],
    `[n, height, width, channels]`. Calling it turns latents, float32 `[n, latent_dim]`, into float32 pictures
    in [-1, 1], by the averaged generator. If the discriminator has a logit for each class besides its first, a batch is
    pictures and the numbers of their classes, int32 `[n]`, and the generator takes one-hot classes after the latents.
    """

    def __init__(
        self,
        generator: keras.Sequential,
        discriminator: keras.Sequential,
        *,
        ema_generator: keras.Sequential | None = None,
        loss: str = "relativistic",
        augment: Augment | None = None,
        ema_halflife_kimg: float = 9.0,
        ema_ramp: float = 0.05,
        class_ramp_kimg: float = 80.0,
        discriminator_mixes_batch: bool = True,
        seed: int = 0,
        name: str = "dcgan",
    ) -> None:
        """Take both networks and the settings that do not change during training.

        Args:
            generator: latents, float32 `[n, latent_dim]`, to pictures in [-1, 1].
            discriminator: pictures to logits `[n, 1 + classes]`, positive for "real"; see `train_step.read`.
            ema_generator: holds the averaged weights; a copy of the generator unless given.
            loss: "relativistic", "non_saturating" or "hinge".
            augment: changes pictures before the discriminator sees them; none unless given.
            ema_halflife_kimg: half-life of the average, in thousands of real pictures; 0: no averaging.
            ema_ramp: the largest half-life as a share of the pictures seen so far.
            class_ramp_kimg: over so many thousands of real pictures the logits of classes begin to count.
            discriminator_mixes_batch: whether the logit of a picture depends on the others in the batch, as with batch
                normalization. Steps are faster if it does not, as in `build_discriminator`.
            seed: all random draws of the steps derive from it.
            name: of the Keras model.

        Raises:
            DcganError: Keras does not run on TensorFlow, or the loss is unknown.
        """
        check_keras()
        super().__init__(name=name, dtype=FLOATS)
        self.generator = generator
        self.discriminator = discriminator
        self.ema_generator = ema_generator or keras.models.clone_model(generator)
        self.ema_generator.set_weights(generator.get_weights())
        self.ema_generator.trainable = False
        self.loss_name = loss
        self.loss_pair = get_loss(loss)
        self.augment = augment or Augment()
        self.ema_halflife_kimg = ema_halflife_kimg
        self.ema_ramp = ema_ramp
        self.class_ramp_kimg = class_ramp_kimg
        self.discriminator_mixes_batch = discriminator_mixes_batch
        self.seed = seed
        self.classes = discriminator.output_shape[-1] - 1
        self.latent_dim = generator.input_shape[-1] - self.classes
        self.steps_done = self.add_weight((), "zeros", "int64", trainable=False, name="steps_done")
        self.built = True

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer | None = None,
        discriminator_optimizer: keras.optimizers.Optimizer | None = None,
        *,
        jit_compile: bool = False,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
    ) -> None:
        """Set both optimizers; the default is Adam with a rate of 4e-4 and beta_1 0.5 (arXiv 1511.06434).

        Keras callbacks that change the learning rate need one `optimizer`, and there are two here: give the optimizers
        a schedule instead.
        """
        # Keras's default, "auto", would turn on XLA wherever the model supports it.
        super().compile(
            optimizer=None, jit_compile=jit_compile, run_eagerly=run_eagerly, steps_per_execution=steps_per_execution
        )
        with usual_defaults():
            self.generator_optimizer = generator_optimizer or FusedAdam(4e-4, beta_1=0.5, beta_2=0.99)
            self.discriminator_optimizer = discriminator_optimizer or FusedAdam(4e-4, beta_1=0.5, beta_2=0.99)
            # With two optimizers in one traced step, their variables must exist before the tracing.
            self.generator_optimizer.build(self.generator.trainable_variables)
            self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    def get_compile_config(self) -> dict[str, Any]:
        """Return the optimizers as `compile_from_config` takes them."""
        return {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in OPTIMIZERS}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with the optimizers of a saved model."""
        with usual_defaults():
            optimizers = {name: keras.saving.deserialize_keras_object(value) for name, value in config.items()}
        self.compile(**optimizers)

    def call(self, latents: tf.Tensor, training: bool = False) -> tf.Tensor:  # noqa: ARG002
        """Return pictures of the averaged generator, float32 in [-1, 1]."""
        return self.ema_generator(latents, training=False)

    def generate(self, count: int, seed: int = 0, number: int | None = None) -> np.ndarray:
        """Return `count` pictures of the averaged generator, uint8 `[count, height, width, channels]`.

        `number` is that of their class; without it all classes come, equally often.
        """
        inputs = draw_inputs(count, self.latent_dim, self.classes, seed, number=number)
        return generate_pictures(self.ema_generator, inputs)

    def train_step(self, data: tf.Tensor | tuple[tf.Tensor, ...]) -> Logs:
        """Train both networks on one batch of real pictures, with the numbers of their classes; see `train_step.py`."""
        return train_step(self, *self._split(data))

    def test_step(self, data: tf.Tensor | tuple[tf.Tensor, ...]) -> Logs:
        """Return losses and scores of real pictures and of the averaged generator's, without training."""
        real, chosen = self._split(data)
        latents = tf.random.stateless_normal([tf.shape(real)[0], self.latent_dim], [self.seed, 0])
        fake = self.ema_generator(tf.concat([latents, chosen], 1), training=False)
        weights = class_weights(self, chosen)
        real_logits = read(self.discriminator(tf.cast(real, fake.dtype), training=False), weights)
        fake_logits = read(self.discriminator(fake, training=False), weights)
        return losses_and_scores(self.loss_pair, real_logits, fake_logits)

    def _split(self, data: tf.Tensor | tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, tf.Tensor]:
        """Return a batch's pictures and its classes one-hot, float32 `[n, classes]`."""
        real = data[0] if isinstance(data, tuple) else data
        if not self.classes:
            return real, tf.zeros([tf.shape(real)[0], 0])
        if not isinstance(data, tuple) or len(data) < 2:
            raise DcganError("A batch should be pictures and the numbers of their classes. Received: pictures alone.")
        return real, tf.one_hot(data[1], self.classes)

    def state(self) -> dict[str, keras.Variable]:
        """Return every variable that training changes, by a name that is the same in each process.

        Only the variables below "loss_scale", of optimizers that scale their losses, depend on the precision.
        """
        optimizers = self.generator_optimizer, self.discriminator_optimizer
        inner = [getattr(optimizer, "inner_optimizer", optimizer) for optimizer in optimizers]
        scaling = [each for each in optimizers if each not in inner]
        parts = {
            "generator": self.generator.weights,
            "discriminator": self.discriminator.weights,
            "ema_generator": self.ema_generator.weights,
            "generator_optimizer": inner[0].variables,
            "discriminator_optimizer": inner[1].variables,
            "loss_scale": [each for optimizer in scaling for each in (optimizer.step_counter, optimizer.dynamic_scale)],
            "dcgan": [self.steps_done],
        }
        return {
            f"{part}/{index:03d}/{variable.name}": variable
            for part, variables in parts.items()
            for index, variable in enumerate(variables)
        }

    def get_config(self) -> dict[str, Any]:
        """Return the networks and settings as `from_config` takes them; weights are saved separately."""
        settings = ("ema_halflife_kimg", "ema_ramp", "class_ramp_kimg", "discriminator_mixes_batch", "seed", "name")
        return (
            {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in NETWORKS}
            | {"loss": self.loss_name, "augment": vars(self.augment)}
            | {name: getattr(self, name) for name in settings}
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "DCGAN":
        """Return the model that `get_config` describes, with fresh weights."""
        networks = {name: keras.saving.deserialize_keras_object(config[name]) for name in NETWORKS}
        return cls(**config | networks | {"augment": Augment(**config["augment"])})
