"""`train`: a configuration and pictures go in, a run folder comes out."""

from dataclasses import replace
from pathlib import Path

from dcgan_tf.checkpoint import checkpoint_paths
from dcgan_tf.config import Config
from dcgan_tf.errors import DcganError
from dcgan_tf.files import remove_leftovers
from dcgan_tf.images import ImageSet
from dcgan_tf.machine import this_execution
from dcgan_tf.ownership import owned
from dcgan_tf.progress import choose_mode
from dcgan_tf.runs import Run, check_same_run, load_run, update_run
from dcgan_tf.schedule import is_finished
from dcgan_tf.session import Session


def train(config: Config, images: ImageSet, folder: str | Path, *, progress: str = "auto") -> Run:
    """Train on `images` (uint8, the configuration's size and channels) until `kimg` or `minutes`; return the run.

    Goes on by itself where `folder` holds an unfinished or shorter run of the same settings and pictures, and
    returns at once where it is finished. `progress` is "auto", "bar", "lines" or "none".
    Raises `DcganError` where the folder holds another run, is in use or cannot be written, the pictures do not fit the
    configuration, or training goes wrong (the run is "failed" then, its last checkpoint good), and
    `TrainingInterrupted` after Ctrl-C or `kill`, with everything saved.
    """
    folder = Path(folder)
    choose_mode(progress)  # a wrong mode is told before anything is written
    check_pictures(config, images)
    with owned(folder):
        remove_leftovers(folder)
        run = open_run(config, images, folder)
        if run is not None and run.state == "finished" and is_finished(config, run.kimg_done, run.info["seconds"]):
            return update_run(run)
        execution = this_execution(config.precision)
        if progress != "none":
            print(f"Training in {execution.precision} ({execution.reason}).", flush=True)
        return Session(config, images, folder, run, execution).train(progress)


def open_run(config: Config, images: ImageSet, folder: Path) -> Run | None:
    """Return the run in `folder`, with how long it is to be now, or None where there is none yet."""
    if (folder / "run.json").is_file():
        run = load_run(folder)
        check_same_run(run, config, images)
        return replace(run, config=config)
    if checkpoint_paths(folder):
        raise DcganError(
            f"{folder} should be empty or hold a run, but it holds a checkpoint without a run.json. "
            "Name another folder (with make: RUN=...), or delete this one."
        )
    return None


def check_pictures(config: Config, images: ImageSet) -> None:
    """Raise `DcganError` unless there is a batch of pictures of the configuration's size and channels."""
    expected, received = (config.image_size, config.image_size, config.channels), images.pixels.shape[1:]
    if received != expected:
        raise DcganError(
            f"The pictures should have the configuration's height, width and channels, {expected}. "
            f"Received: {received}. Load them with its image_size and channels."
        )
    if len(images) < config.batch_size:
        raise DcganError(
            f"`batch_size` should be at most the number of pictures, {len(images)} in {images.folder}. "
            f"Received: {config.batch_size}. Add pictures"
            + (f", or lower it (with make: BATCH={len(images)})." if len(images) > 1 else ".")
        )
