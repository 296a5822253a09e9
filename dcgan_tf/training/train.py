"""`train`: a configuration and pictures go in, a run folder comes out."""

from pathlib import Path

import tensorflow as tf

from dcgan_tf.common.checks import check_path
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import remove_leftovers
from dcgan_tf.common.locks import owned
from dcgan_tf.common.machine import this_execution
from dcgan_tf.config import Config
from dcgan_tf.data.images import ImageSet
from dcgan_tf.run.run import Run, open_run, update_run
from dcgan_tf.training.loop import memory_owner
from dcgan_tf.training.progress import choose_mode
from dcgan_tf.training.schedule import is_finished
from dcgan_tf.training.trainer import Session


def train(config: Config, images: ImageSet, folder: str | Path, *, progress: str = "auto") -> Run:
    """Train on `images` (uint8, the configuration's size and channels) until `kimg` or `minutes`; return the run.

    Goes on by itself where `folder` holds an unfinished or shorter run of the same settings and pictures, and
    returns at once where it is finished. `progress` is "auto", "bar", "lines" or "none".
    Raises `DcganError` where the folder holds another run, is in use or cannot be written, the pictures do not fit the
    configuration, or training goes wrong (the run is "failed" then, its last checkpoint good), and
    `TrainingInterrupted` after Ctrl-C or `kill`, with everything saved.
    """
    check_path("folder", str(folder))
    folder = Path(folder)
    choose_mode(progress)  # a wrong mode is told before anything is written
    check_pictures(config, images)
    with owned(folder) as check_owner:
        remove_leftovers(folder)
        run = open_run(config, images, folder)
        if run is not None and is_complete(run):
            return update_run(run)
        execution = this_execution(config.precision)
        if progress != "none":
            print(f"Training in {execution.precision} ({execution.reason}).", flush=True)
        try:
            return Session(config, images, folder, run, execution, check_owner).train(progress)
        except tf.errors.ResourceExhaustedError as error:  # beside the steps, whose batch is told
            raise DcganError(
                f"The memory of this {memory_owner()} should hold networks and pictures of `image_size` "
                f"{config.image_size}, but does not. Train anew with a smaller `image_size`, fewer pictures or "
                "narrower networks (with make: SIZE=... RUN=...)."
            ) from error


def is_complete(run: Run) -> bool:
    """Return whether a run has reached its end and its generators can be opened; else its files are made anew."""
    if run.state != "finished" or not is_finished(run.config, run.kimg_done, run.info["seconds"]):
        return False
    try:
        return all(each.generator is not None for each in ([run, run.best] if run.info.get("best") else [run]))
    except DcganError as damage:
        print(f"{damage} The run is taken up at its checkpoint to write it anew.", flush=True)
        return False


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
