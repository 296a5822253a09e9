"""The same networks trained by PyTorch: `python -m benchmarks.gpu.by_torch FOLDER CASE SECONDS`. Prints JSON.

The step of PyTorch's DCGAN example (github.com/pytorch/examples), made fast as its users do: channels last, autocast,
`torch.compile` with CUDA graphs ("reduce-overhead"). No augmentation and no averaged generator, unlike ours.
"""

import json
import math
import sys
import time
from pathlib import Path

import torch
from torch import nn

from benchmarks.gpu.cases import named


class Crop(nn.Module):
    """Keep the first `side` rows and columns, where a side is odd."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures[:, :, : self.side, : self.side]


def build(layers: list[list], side: int) -> nn.Sequential:
    """Return a network of the layers that `export.words` wrote; `side` is that of the pictures."""
    sides = [side]  # of the discriminator's way down, which the generator takes up
    while sides[-1] > 4:
        sides.append(math.ceil(sides[-1] / 2))
    ups = sides[-2::-1]
    found: list[nn.Module] = []
    for kind, *sizes in layers:
        if kind == "up":
            found += [nn.ConvTranspose2d(sizes[0], sizes[1], 4, 2, 1, bias=sizes[2]), Crop(ups.pop(0))]
        elif kind == "down":
            padding = nn.ZeroPad2d((1, 2, 1, 2)) if sides[0] % 2 else nn.ZeroPad2d(1)
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


def run(folder: Path, name: str, seconds: float, device: str) -> dict[str, object]:
    """Return the rate of the example's step."""
    case, about = named(name), json.loads((folder / f"{name}.json").read_text())
    generator, discriminator = (
        build(about[which], case.side).to(device, memory_format=torch.channels_last)
        for which in ("generator", "discriminator")
    )
    latent_dim = about["generator"][0][1]
    optimizers = [torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (discriminator, generator)]
    height, width, channels = about["shape"]
    real = torch.rand(case.batch, channels, height, width, device=device).mul(2).sub(1)
    real = real.to(memory_format=torch.channels_last)
    criterion, ones = nn.BCEWithLogitsLoss(), torch.ones(case.batch, 1, device=device)
    zeros = torch.zeros_like(ones)
    if device == "cuda":
        generator, discriminator = (torch.compile(net, mode="reduce-overhead") for net in (generator, discriminator))

    def step() -> None:
        with torch.autocast(device, torch.bfloat16, enabled=case.precision == "bfloat16"):
            optimizers[0].zero_grad()
            criterion(discriminator(real).float(), ones).backward()
            fake = generator(torch.randn(case.batch, latent_dim, device=device))
            kept = fake.clone()  # the next call of a compiled network overwrites its output
            criterion(discriminator(kept.detach()).float(), zeros).backward()
            optimizers[0].step()
            optimizers[1].zero_grad()
            criterion(discriminator(kept).float(), ones).backward()
            optimizers[1].step()

    def timed(steps: int) -> float:
        began = time.perf_counter()
        for _ in range(steps):
            step()
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began

    compiled = timed(5)
    steps = max(10, round(seconds * 10 / timed(10)))
    taken = timed(steps) / steps
    return {"compile_s": compiled, "step_ms": 1000 * taken, "img_per_s": case.batch / taken}


if __name__ == "__main__":
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    where = "cuda" if torch.cuda.is_available() else "cpu"
    print(json.dumps(run(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), where)))
