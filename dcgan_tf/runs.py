"""The run folder: what training writes and everything else reads."""

import json
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dcgan_tf.config import Config
from dcgan_tf.errors import DcganError
from dcgan_tf.files import write_atomically, write_json
from dcgan_tf.images import ImageSet

HISTORY, KID_CURVE = "history.jsonl", "kid.jsonl"
LAST, BEST = "generator.keras", "best.keras"  # the averaged generator at the end and where its KID was lowest
BOUNDS = ("kimg", "minutes")  # the fields that a later call may change: how long, not what


@dataclass(frozen=True)
class Run:
    """A run folder, opened: its configuration, history and averaged generator."""

    folder: Path
    config: Config
    info: dict[str, Any]  # run.json
    weights: str = LAST  # the file in the folder that the generator is read from

    @property
    def state(self) -> str:
        """Return "training", "finished", "interrupted" or "failed"."""
        return self.info["state"]

    @property
    def kimg_done(self) -> float:
        """Return the thousands of real pictures shown."""
        return self.info["kimg_done"]

    @property
    def title(self) -> str:
        """Return what the pictures are, for figure titles: "Kiwi (rendered)"."""
        return self.info["data"]["title"]

    @property
    def history(self) -> list[dict[str, float]]:
        """Return one record per logged step, oldest first, as in history.jsonl."""
        return read_records(self.folder, HISTORY)

    @property
    def kid_curve(self) -> list[dict[str, float]]:
        """Return `step`, `kimg`, `kid_random` and `features_version` at each measured point, oldest first."""
        return read_records(self.folder, KID_CURVE)

    @property
    def best(self) -> "Run":
        """Return the same run with the averaged generator as it was where its KID was lowest."""
        return replace(self, weights=BEST)

    @property
    def samples(self) -> list[Path]:
        """Return the grids of the fixed latents, oldest first."""
        return sorted((self.folder / "samples").glob("[0-9]*.png"))

    @cached_property
    def generator(self) -> Any:  # noqa: ANN401 - keras.Model, not imported until a run is used
        """Return the averaged generator, a Keras model from latents to float32 pictures in [-1, 1]."""
        import keras

        path = self.folder / self.weights
        if not path.is_file():
            missing = (
                "let the run train on" if self.weights == LAST else "it is kept at the first multiple of score_kimg"
            )
            raise DcganError(f"{path} should hold the generator, but there is none yet; {missing}.")
        return keras.saving.load_model(path, compile=False, safe_mode=True)

    def generate(self, count: int, seed: int = 0) -> np.ndarray:
        """Return `count` pictures that never existed, uint8 `[count, height, width, channels]`.

        The same seed gives the same pictures, in any process on the same machine.
        """
        from dcgan_tf.gan import generate_pictures
        from dcgan_tf.latent import draw_latents

        return generate_pictures(self.generator, draw_latents(count, self.config.latent_dim, seed))


def load_run(folder: str | Path) -> Run:
    """Return the run in `folder`; raises `DcganError` where there is none."""
    path = Path(folder) / "run.json"
    if not path.is_file():
        raise DcganError(f"{folder} should be the folder of a run, with a run.json. Received a folder without one.")
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DcganError(f"{path} should be JSON, as training writes it, but it is damaged ({error}).") from error
    return Run(Path(folder), Config.from_dict(info["config"]), info)


def create_run(folder: Path, config: Config, images: ImageSet, environment: dict[str, Any]) -> Run:
    """Write the first run.json of a new run and return it."""
    info = {
        "config": config.to_dict(),
        "data": describe_data(images),
        "environment": environment,
        "state": "training",
        "started": now(),
        "finished": None,
        "kimg_done": 0.0,
        "seconds": 0.0,
    }
    write_json(folder / "run.json", info)
    return Run(folder, config, info)


def update_run(run: Run, **changes: Any) -> Run:  # noqa: ANN401 - values of run.json
    """Write run.json with some of its values changed and return the run as it is now."""
    info = run.info | changes
    info["config"] = run.config.to_dict()
    write_json(run.folder / "run.json", info)
    return Run(run.folder, run.config, info)


def describe_data(images: ImageSet) -> dict[str, Any]:
    """Return the part of run.json that says which pictures a run learned from, and which could not be read."""
    count, height, width, channels = images.pixels.shape
    return {
        "title": images.title,
        "source": images.source,
        "folder": images.folder,
        "n": count,
        "height": height,
        "width": width,
        "channels": channels,
        "sha256": images.sha256,
        "skipped": [list(pair) for pair in images.skipped],
    }


def check_same_run(run: Run, config: Config, images: ImageSet) -> None:
    """Raise `DcganError`, naming every differing field, unless the run may go on with these settings."""
    pairs = [
        (spec.name, getattr(run.config, spec.name), getattr(config, spec.name))
        for spec in fields(Config)
        if spec.name not in BOUNDS
    ]
    pairs.append(("pictures (sha256)", run.info["data"]["sha256"][:12], images.sha256[:12]))
    differing = [f"{name} {old!r}, now {new!r}" for name, old, new in pairs if old != new]
    if differing:
        raise DcganError(
            f"{run.folder} holds a run with other settings ({'; '.join(differing)}). "
            "Name another folder (with make: RUN=...), or delete this one to start over."
        )
    if config.kimg < run.kimg_done and config.kimg != run.config.kimg:
        raise DcganError(
            f"`kimg` should be at least what the run in {run.folder} has reached, {run.kimg_done:g}. "
            f"Received: {config.kimg:g}. Name another folder (with make: RUN=...) for a shorter run."
        )


def read_records(folder: Path, name: str) -> list[dict[str, float]]:
    """Return the records of a .jsonl file, oldest first; none without the file."""
    path = folder / name
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    # A killed process may leave half a last line, which belongs to steps that are trained again.
    return [json.loads(line) for line in lines if line.endswith("}")]


def rewind(folder: Path, step: int, every: dict[str, int], sample_steps: int) -> None:
    """Make the records and samples/ what an unbroken run holds at `step`.

    `every` has the steps between regular records, by file. What came after the checkpoint goes, since it is trained
    again; so does what an earlier end wrote between the regular steps.
    """
    for name, steps in every.items():
        records = read_records(folder, name)
        kept = [record for record in records if record["step"] <= step and record["step"] % steps == 0]
        text = "".join(json.dumps(record) + "\n" for record in kept)
        write_atomically(folder / name, lambda beside, text=text: beside.write_text(text, encoding="utf-8"))
    for path in (folder / "samples").glob("[0-9]*.png"):
        if int(path.stem) > step or int(path.stem) % sample_steps:
            path.unlink()


def append_record(folder: Path, name: str, record: dict[str, float]) -> None:
    """Add one record to a .jsonl file."""
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, allow_nan=False) + "\n")


def now() -> str:
    """Return the time, UTC, in seconds, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
