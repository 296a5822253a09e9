"""PyTorch's DCGAN example (github.com/pytorch/examples) on our networks' layers, without TensorFlow.

Channels last, as its users make it fast. No augmentation and no averaged generator, unlike ours.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import nn

Layers = Sequence[Sequence]  # kind, sizes and bias of each, as `benchmarks.gpu.export.words` writes them


class Crop(nn.Module):
    """Keep the first `side` rows and columns, where a side is odd."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures[:, :, : self.side, : self.side]


def build(layers: Layers, side: int) -> nn.Sequential:
    """Return a network; `side` is that of the pictures."""
    sides = [side]  # of the discriminator's way down, which the generator takes up
    for _ in range(sum(kind in ("up", "down") for kind, *_ in layers)):
        sides.append(math.ceil(sides[-1] / 2))
    ups = sides[-2::-1]
    found: list[nn.Module] = []
    for kind, *sizes in layers:
        if kind == "up":
            found += [nn.ConvTranspose2d(sizes[0], sizes[1], 4, 2, 1, bias=sizes[2]), Crop(ups.pop(0))]
        elif kind == "down":
            padding = nn.ZeroPad2d((1, 2, 1, 2)) if sides[0] % 2 else nn.ZeroPad2d(1)  # as TensorFlow pads an odd side
            found += [padding, nn.Conv2d(sizes[0], sizes[1], 4, 2, bias=sizes[2])]
            sides.pop(0)
        elif kind == "unflatten":
            found.append(nn.Unflatten(1, (sizes[2], *sizes[:2])))
        else:
            found.append(
                {
                    "dense": lambda s: nn.Linear(s[0], s[1], bias=s[2]),
                    "norm": lambda s: nn.BatchNorm2d(s[0]),
                    "relu": lambda _: nn.ReLU(True),
                    "leaky": lambda _: nn.LeakyReLU(0.2, True),
                    "flatten": lambda _: nn.Flatten(),
                    "crop": lambda _: nn.Identity(),  # done after "up"
                    "tanh": lambda _: nn.Tanh(),
                }[kind](sizes)
            )
    return nn.Sequential(*found)


class Task(NamedTuple):
    """What the example trains, and where."""

    layers: dict[str, Layers]  # of the "generator" and the "discriminator"
    shape: tuple[int, int, int]  # height, width, channels
    batch: int
    bfloat16: bool
    device: str = "cpu"  # or "cuda": `torch.compile` with CUDA graphs ("reduce-overhead")


def example_step(task: Task) -> Callable[[], None]:
    """Return the example's step: D on real, D on generated, then G through D again."""
    height, width, channels = task.shape
    networks = [
        build(task.layers[name], height).to(task.device, memory_format=torch.channels_last)
        for name in ("discriminator", "generator")
    ]
    optimizers = [torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999)) for network in networks]
    if task.device == "cuda":
        networks = [torch.compile(network, mode="reduce-overhead") for network in networks]
    discriminator, generator = networks
    latent_dim = task.layers["generator"][0][1]
    real = torch.rand(task.batch, channels, height, width, device=task.device).mul(2).sub(1)
    real = real.to(memory_format=torch.channels_last)
    criterion, ones = nn.BCEWithLogitsLoss(), torch.ones(task.batch, 1, device=task.device)
    zeros = torch.zeros_like(ones)

    def step() -> None:
        with torch.autocast(task.device, torch.bfloat16, enabled=task.bfloat16):
            optimizers[0].zero_grad()
            criterion(discriminator(real).float(), ones).backward()
            fake = generator(torch.randn(task.batch, latent_dim, device=task.device))
            if task.device == "cuda":
                fake = fake.clone()  # the next call of a compiled network overwrites its output
            criterion(discriminator(fake.detach()).float(), zeros).backward()
            optimizers[0].step()
            optimizers[1].zero_grad()
            criterion(discriminator(fake).float(), ones).backward()
            optimizers[1].step()

    return step
