"""`Run`: a run folder, which training writes and everything else reads."""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dcgan_tf.common.checks import check_count, check_path, is_there
from dcgan_tf.common.errors import DamagedError, DcganError
from dcgan_tf.common.files import numbered, write_json
from dcgan_tf.common.output import tell
from dcgan_tf.common.text import shown
from dcgan_tf.config import EARLIER, Config
from dcgan_tf.data.images import ImageSet
from dcgan_tf.run.checkpoint import newest_whole
from dcgan_tf.run.info import FORMAT, describe_data, now, read_info
from dcgan_tf.run.records import HISTORY, KID_CURVE, read_records

LAST, BEST = "generator.keras", "best.keras"  # the averaged generator at the end and where it was best by KID
MOST_PICTURES = 10**7  # in one call of `generate`
TYPICAL = 64  # generated pictures that others are compared with, where the loss compares pictures
CHANGEABLE = ("kimg", "minutes", "devices")  # the settings that may change when a run is resumed


@dataclass(frozen=True)
class Run:
    """An opened run folder: its configuration, history and averaged generator."""

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
        """Return the name of the training images for figure titles, such as "Kiwi (rendered)"."""
        return self.info["data"]["title"]

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """The values that were black and white in the training images, as `ImageSet.ranges`."""
        return {kind: tuple(ends) for kind, ends in self.info["data"].get("ranges", {}).items()}

    @property
    def background(self) -> str:
        """Return the colour behind the transparent parts of its pictures; white in earlier versions."""
        return self.info["data"].get("background", "white")

    @property
    def history(self) -> list[dict[str, float]]:
        """Return one record per logged step, oldest first, as in history.jsonl."""
        return read_records(self.folder, HISTORY)

    @property
    def kid_curve(self) -> list[dict[str, float]]:
        """Return `step`, `kimg`, `kid`, its `spread`, `blur` and the feature network at each point, oldest first."""
        return read_records(self.folder, KID_CURVE)

    @property
    def best(self) -> "Run":
        """Return the same run with the averaged generator as it was where it was best by KID."""
        return replace(self, weights=BEST)

    @property
    def samples(self) -> list[Path]:
        """Return the grids of the fixed latents, oldest first."""
        return [path for _, path in numbered(self.folder / "samples", ".png")]

    @cached_property
    def generator(self) -> Any:  # noqa: ANN401 - keras.Model, not imported until a run is used
        """Return the averaged generator, a Keras model from latents to float32 pictures in [-1, 1]."""
        from dcgan_tf.model.saved_models import open_model

        path = self.folder / self.weights
        if not path.is_file():
            missing = "let the run train on" if self.weights == LAST else "it is first written after `score_kimg`"
            raise DcganError(f"{path} does not exist yet: {missing}.")
        model = open_model(path)
        config = self.config
        expected = (None, config.input_dim), (None, *config.shape)
        if (received := (model.input_shape, model.output_shape)) != expected:
            raise DcganError(
                f"{path} should turn latents into pictures of this run, {expected}. Received: {received}. Run the same "
                "training again to rewrite it."
            )
        return model

    @cached_property
    def discriminator(self) -> Any:  # noqa: ANN401 - keras.Model, as above
        """Return the discriminator as training left it: float pictures in [-1, 1] to logits, positive for "real"."""
        from dcgan_tf.run.checkpoint import load_discriminator

        return load_discriminator(self.folder, self.config)

    def generate(self, count: int, seed: int = 0, truncation: float = 1.0, label: str | None = None) -> np.ndarray:
        """Return `count` generated pictures, uint8 `[count, height, width, channels]`; RGBA has straight alpha.

        The same seed gives the same pictures, in any process on the same machine. `truncation` below 1 gives more
        typical and less varied ones (see `latent.truncate`). `label` is the class to make; without it, classes come as
        often as in training. Raises `DcganError` for values out of range, or a class that the run does not know.
        """
        from dcgan_tf.model.latent import draw_latents, truncate
        from dcgan_tf.model.predict import generate_pictures

        check_count("count", count, 1, MOST_PICTURES)
        check_count("seed", seed, 0, 2**32)
        latents = truncate(draw_latents(count, self.config.latent_dim, seed), truncation)
        return generate_pictures(self.generator, self.inputs_of(latents, seed, label))

    def inputs_of(self, latents: np.ndarray, seed: int = 0, label: str | None = None) -> np.ndarray:
        """Return the generator's inputs, float32 `[n, input_dim]`, for latents `[n, latent_dim]`, as `generate`."""
        from dcgan_tf.model.latent import add_classes

        number = None if label is None else self.class_number(label)
        shares = self.info["data"].get("class_counts") or ()
        return add_classes(latents, self.config.classes, seed, shares=shares, number=number)

    def class_number(self, label: str) -> int:
        """Return the number of a class; raises `DcganError` if the run does not know it."""
        names = self.config.class_names
        if label not in names:
            known = ", ".join(map(shown, names)) or "None: the run was trained without classes"
            raise DcganError(f"`label` should be {known}. Received: {shown(label)}.")
        return names.index(label)

    def score(self, pictures: np.ndarray) -> np.ndarray:
        """Return the discriminator's probability that each picture is real, float32 `[n]` in [0, 1].

        Where there are classes, each picture counts as one of the class that it fits best.

        `pictures` are uint8 `[n, height, width, channels]`; raises `DcganError` for others, and without a checkpoint.
        With the relativistic loss, which compares pictures, it is the probability of being more real than this run's
        generated pictures are on average. With the hinge loss it is the sigmoid of a margin: only the order counts.
        """
        from dcgan_tf.model.losses import get_loss
        from dcgan_tf.model.predict import logits_of

        logits = logits_of(self.discriminator, pictures)
        if get_loss(self.config.loss).relative:
            logits = logits - self._typical_logit
        return (0.5 + 0.5 * np.tanh(logits / 2)).astype(np.float32)  # the sigmoid, without overflow

    @cached_property
    def _typical_logit(self) -> float:
        from dcgan_tf.model.predict import logits_of

        return float(logits_of(self.discriminator, self.generate(TYPICAL, seed=self.config.seed)).mean())


def load_run(folder: str | Path) -> Run:
    """Return the run in `folder`; raises `DcganError` if there is none, or its run.json is damaged or newer."""
    check_path("folder", str(folder))
    path = Path(folder).expanduser() / "run.json"
    if not is_there(path):
        raise DcganError(f"{folder} is not the folder of a run: it has no run.json. Name a folder that training wrote.")
    info = read_info(path)
    try:
        config = Config.from_dict(EARLIER | info["config"])
    except DcganError as error:
        raise DcganError(f"{path} holds settings that this version of dcgan-tf does not know: {error}") from error
    return Run(path.parent, config, info)


def new_run(
    folder: Path,
    config: Config,
    images: ImageSet,
    environment: dict[str, Any],
    start: dict[str, Any] | None = None,
) -> Run:
    """Return a run that begins now, of which nothing is written yet; `start` describes the one it begins from."""
    info = {
        "format": FORMAT,
        "config": config.to_dict(),
        "data": describe_data(images, config.class_names),
        "start": start,
        "environment": environment,
        "state": "training",
        "started": now(),
        "finished": None,
        "kimg_done": 0.0,
        "seconds": 0.0,
        "error": None,
        "warnings": [],
    }
    return Run(folder, config, info)


def update_run(run: Run, **changes: Any) -> Run:  # noqa: ANN401 - values of run.json
    """Write run.json with some of its values changed and return the run as it is now."""
    info = run.info | changes
    info["config"] = run.config.to_dict()
    write_json(run.folder / "run.json", info)
    return Run(run.folder, run.config, info)


def check_same_run(run: Run, config: Config, images: ImageSet) -> None:
    """Raise `DcganError`, naming every differing field, unless the run can go on with these settings."""
    pairs = [
        (spec.name, getattr(run.config, spec.name), getattr(config, spec.name))
        for spec in fields(Config)
        if spec.name not in CHANGEABLE
    ]
    pairs.append(("background", run.background, images.background))
    pairs.append(("pictures (sha256)", run.info["data"]["sha256"][:12], images.sha256[:12]))
    differing = [f"{name} {old!r}, now {new!r}" for name, old, new in pairs if old != new]
    if differing:
        raise DcganError(
            f"{run.folder} holds a run with other settings ({'; '.join(differing)}). "
            "Name another `folder`, or delete this one to start over."
        )
    if config.kimg < run.kimg_done and config.kimg != run.config.kimg:
        raise too_short(run.folder, config, run.kimg_done)


def too_short(folder: Path, config: Config, reached: float) -> DcganError:
    """Return the error for a `kimg` below what the run in `folder` has reached."""
    return DcganError(
        f"`kimg` should be at least what the run in {folder} has reached, {reached:g}. Received: {config.kimg:g}. "
        "Name another `folder` for a shorter run."
    )


def recover_run(config: Config, images: ImageSet, folder: Path) -> Run | None:
    """Return the run in `folder`, with its new length, or None if there is none yet.

    A lost or damaged run.json is rewritten from the newest whole checkpoint. Raises `DcganError` if the run has other
    settings or pictures.
    """
    try:
        if not is_there(folder / "run.json"):
            raise DamagedError(f"{folder / 'run.json'} is missing.")
        run = load_run(folder)
    except DamagedError as damage:
        found = newest_whole(folder)
        if found is None or not found[2].info:
            if (folder / "run.json").exists():
                raise
            return None
        write_json(folder / "run.json", found[2].info)
        tell(f"{damage} It has been restored from {found[0]}.")
        run = load_run(folder)
    check_same_run(run, config, images)
    return replace(run, config=config)
