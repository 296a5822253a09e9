"""The training step of PyTorch's DCGAN example (github.com/pytorch/examples), with our networks' layers."""

from collections.abc import Callable

import torch
from torch import nn

from dcgan_tf.config import Config
from dcgan_tf.model.networks import WIDEST, ladder


class Crop(nn.Module):
    """Keep the first `side` rows and columns."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images[:, :, : self.side, : self.side]


def widths(base: int, sides: list[int]) -> list[int]:
    """Return the channels at each side of the ladder but the first."""
    return [base * min(2**depth, WIDEST) for depth in range(len(sides) - 1)]


def build_generator(config: Config) -> nn.Sequential:
    """Return our generator's layers in PyTorch."""
    sides = [side for side, _ in ladder(*config.shape[:2], config.smallest_side)]
    channels = [config.channels, *widths(config.generator_width, sides)]
    side = sides[-1]
    layers: list[nn.Module] = [
        nn.Linear(config.latent_dim, channels[-1] * side * side, bias=False),
        nn.Unflatten(1, (channels[-1], side, side)),
    ]
    for depth in range(len(sides) - 1, 0, -1):
        layers += [nn.BatchNorm2d(channels[depth]), nn.ReLU(True)]
        layers += [nn.ConvTranspose2d(channels[depth], channels[depth - 1], 4, 2, 1, bias=depth == 1)]
        if sides[depth - 1] % 2:
            layers.append(Crop(sides[depth - 1]))
    return nn.Sequential(*layers, nn.Tanh())


def build_discriminator(config: Config) -> nn.Sequential:
    """Return our discriminator's layers in PyTorch."""
    sides = [side for side, _ in ladder(*config.shape[:2], config.smallest_side)]
    channels = [config.channels, *widths(config.discriminator_width, sides)]
    layers: list[nn.Module] = []
    for depth in range(1, len(sides)):
        if sides[depth - 1] % 2:  # as TensorFlow pads an odd side
            layers += [nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(channels[depth - 1], channels[depth], 4, 2)]
        else:
            layers.append(nn.Conv2d(channels[depth - 1], channels[depth], 4, 2, 1))
        layers.append(nn.LeakyReLU(0.2, True))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * sides[-1] ** 2, 1))


def example(config: Config, bfloat16: bool) -> Callable[[int], None]:
    """Return the example's training: D on real, D on generated, then G through D again."""
    generator = build_generator(config).to(memory_format=torch.channels_last)
    discriminator = build_discriminator(config).to(memory_format=torch.channels_last)
    optimizers = [torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (discriminator, generator)]
    criterion = nn.BCEWithLogitsLoss()
    batch = config.batch_size
    shape = (batch, config.channels, config.image_size, config.image_size)
    real = torch.rand(shape).mul(2).sub(1).to(memory_format=torch.channels_last)
    ones, zeros = torch.ones(batch, 1), torch.zeros(batch, 1)

    def step() -> float:
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            optimizers[0].zero_grad()
            real_loss = criterion(discriminator(real).float(), ones)
            real_loss.backward()
            fake = generator(torch.randn(batch, config.latent_dim))
            fake_loss = criterion(discriminator(fake.detach()).float(), zeros)
            fake_loss.backward()
            optimizers[0].step()
            optimizers[1].zero_grad()
            loss = criterion(discriminator(fake).float(), ones)
            loss.backward()
            optimizers[1].step()
        return loss.item()

    def train(steps: int) -> None:
        for _ in range(steps):
            step()

    return train
