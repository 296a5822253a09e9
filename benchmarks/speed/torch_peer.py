"""The training step of PyTorch's DCGAN example, with our networks' layers, on a processor."""

from collections.abc import Callable

from benchmarks.gpu.export import words
from benchmarks.shared.torch_example import Task, example_step
from dcgan_tf.config import Config
from dcgan_tf.model.networks import build_discriminator, build_generator


def example(config: Config, bfloat16: bool) -> Callable[[int], None]:
    """Return the example's training."""
    networks = {"generator": build_generator(config), "discriminator": build_discriminator(config)}
    layers = {name: [words(layer) for layer in network.layers] for name, network in networks.items()}
    step = example_step(Task(layers, config.shape, config.batch_size, bfloat16))

    def train(steps: int) -> None:
        for _ in range(steps):
            step()

    return train
