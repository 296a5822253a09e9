"""The training step of PyTorch's DCGAN example, with our networks' layers, on a processor."""

from collections.abc import Callable

from benchmarks.gpu.export import layers_of
from benchmarks.shared.torch_example import Task, example_step
from dcgan_tf.config import Config
from dcgan_tf.model.networks import build_discriminator, build_generator


def example(config: Config, bfloat16: bool) -> Callable[[int], None]:
    """Return the example's training."""
    layers = layers_of(build_generator(config), build_discriminator(config))
    step = example_step(Task(layers, config.shape, config.batch_size, bfloat16))

    def train(steps: int) -> None:
        for _ in range(steps):
            step()

    return train
