"""What a run costs beside its training steps: import, decoding, sampling, GIF, memory.

Each figure is a median of several, of processes of their own where what is measured happens once in a process.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.shared.options import parser_of
from benchmarks.shared.processes import ROOT, command, peak_mib
from benchmarks.shared.report import write_results
from benchmarks.shared.timing import median_seconds, seconds_of

ROUNDS = 5
FEW, MANY = 1_000, 40_000  # pictures in training, whose memory is compared


def import_seconds() -> dict[str, float]:
    """Return the seconds of importing TensorFlow and Keras, and those that the library adds."""
    frameworks, ours = [], []
    for _ in range(ROUNDS):
        for statement, found in (("", frameworks), ("; from dcgan_tf import train, load_images", ours)):
            line = [sys.executable, "-c", f"import tensorflow, keras{statement}"]
            found.append(seconds_of(lambda line=line: subprocess.run(line, check=True, capture_output=True, cwd=ROOT)))
    added = [both - alone for both, alone in zip(ours, frameworks, strict=True)]
    return {"import_frameworks_s": statistics.median(frameworks), "import_added_s": statistics.median(added)}


def write_photos(folder: Path, count: int) -> None:
    """Write `count` JPEGs of 100x100 under names of their own: 16 built-in kiwis over and over."""
    from dcgan_tf.data.rendered import render_kiwis

    sources = sorted(render_kiwis(folder / "kiwis", training=16, test=0).rglob("*.jpg"))
    contents = [source.read_bytes() for source in sources]
    (folder / "photos").mkdir()
    for number in range(count):
        (folder / "photos" / f"{number:06d}.jpg").write_bytes(contents[number % len(contents)])


def decoding(folder: Path, photos: int) -> dict[str, float]:
    """Return the photos a second that `load_images` reads, 100x100 JPEGs to 64x64 RGB, the files being in memory."""
    from dcgan_tf import load_images

    write_photos(folder, photos)
    seconds = median_seconds(lambda: load_images(folder / "photos", image_size=64, channels=3), ROUNDS)
    return {"decoded_photos_per_s": photos / seconds}


def drawing(folder: Path) -> dict[str, float]:
    """Return the pictures a second that the averaged generator makes, and the seconds of a GIF of 50 frames."""
    from dcgan_tf import Config
    from dcgan_tf.draw.film import save_gif
    from dcgan_tf.draw.grids import draw_grid
    from dcgan_tf.model.latent import draw_latents
    from dcgan_tf.model.networks import build_generator
    from dcgan_tf.model.predict import generate_pictures

    config, count = Config.preset("kiwi"), 1024
    generator, latents = build_generator(config), draw_latents(count, config.latent_dim, seed=0)
    pictures = generate_pictures(generator, latents)
    sheets = [draw_grid(pictures[start : start + 36], "kimg") for start in range(0, 50 * 16, 16)]
    return {
        "sampled_pictures_per_s": count / median_seconds(lambda: generate_pictures(generator, latents), ROUNDS),
        "gif_of_50_frames_s": median_seconds(
            lambda: save_gif(folder / "progress.gif", sheets, milliseconds=100), ROUNDS
        ),
    }


def memory() -> dict[str, float]:
    """Return how many times its own size each picture in training takes, from two processes with few and many."""
    few, many = (peak_mib("training", count) for count in (FEW, MANY))
    pixels_mib = (MANY - FEW) * 64 * 64 * 3 / 2**20
    return {"peak_mib_of_1000_pictures": few, "bytes_per_pixel_byte": (many - few) / pixels_mib}


def whole_run(kimg: float) -> dict[str, float]:
    """Return the share of a headless run's wall time that its training steps take; the built-in set is drawn before."""
    with tempfile.TemporaryDirectory() as folder:
        line = command("dcgan_tf", "run", "kiwi", f"KIMG={kimg}", f"RUN={folder}/run")
        wall = seconds_of(lambda: subprocess.run(line, check=True, cwd=ROOT, capture_output=True))
        seconds = json.loads((Path(folder) / "run" / "run.json").read_text())["seconds"]
    return {"run_kimg": kimg, "run_wall_s": wall, "run_training_s": seconds, "run_training_share": seconds / wall}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything, print and write it."""
    parser = parser_of("costs.overheads", __doc__)
    parser.add_argument("--kimg", type=float, default=100.0, help="length of the whole run, in kimg")
    parser.add_argument("--photos", type=int, default=10_000, help="how many are decoded")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = import_seconds() | decoding(Path(folder), options.photos) | drawing(Path(folder))
    found |= memory() | whole_run(options.kimg)
    for name, value in found.items():
        print(f"{name:28} {value:,.2f}")
    write_results(options.results, "overheads", found)


if __name__ == "__main__":
    main()
