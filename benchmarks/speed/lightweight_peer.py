"""The training step of lightweight-gan (github.com/lucidrains/lightweight-gan), its own trainer on a processor.

It refuses to be imported without CUDA and asks for it in every step; here it is given the processor instead. Networks,
losses, augmentation, gradient penalty and optimizers are its defaults, so its steps do much more work than ours.
"""

import tempfile
from collections.abc import Callable
from itertools import repeat
from typing import Any
from unittest import mock

import torch
from torch import nn

from dcgan_tf.config import Config

with mock.patch("torch.cuda.is_available", return_value=True):
    from lightweight_gan import lightweight_gan

ATTENTION = [32]  # as its command line's default


class Processor:
    """PyTorch, whose only device is the processor."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(torch, name)

    def device(self, _: str) -> torch.device:
        """Return the processor, whichever device is asked for."""
        return torch.device("cpu")


def example(config: Config) -> Callable[[int], None]:
    """Return its training on a batch of random pictures, which the caller may repeat for steps."""
    lightweight_gan.torch = Processor()
    torch.Tensor.cuda = nn.Module.cuda = lambda self, *_: self
    trainer = lightweight_gan.Trainer(
        base_dir=tempfile.mkdtemp(), image_size=config.image_size, batch_size=config.batch_size,
        attn_res_layers=ATTENTION, aug_prob=0.3, use_aim=False,
    )  # fmt: skip
    trainer.loader = repeat(torch.rand(config.batch_size, 3, config.image_size, config.image_size))
    trainer.save = trainer.evaluate = lambda *_, **__: None  # files and pictures are no part of a step

    def train(steps: int) -> None:
        for _ in range(steps):
            trainer.train()

    return train
