"""`train`: trains on pictures with the settings of a configuration and writes a run folder."""

from pathlib import Path

import tensorflow as tf

from dcgan_tf.common.checks import check_path
from dcgan_tf.common.devices import check_gpus, compute_repeatably, open_strategy, this_place
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import remove_leftovers
from dcgan_tf.common.locks import owned
from dcgan_tf.common.machine import this_execution, unused_gpu
from dcgan_tf.common.output import tell
from dcgan_tf.config import Config
from dcgan_tf.data.classes import class_numbers
from dcgan_tf.data.images import ImageSet
from dcgan_tf.run.pictures import write_pictures
from dcgan_tf.run.run import Run, recover_run, update_run
from dcgan_tf.run.start import check_same_start, describe_start, find_start, read_start
from dcgan_tf.training.loop import memory_owner
from dcgan_tf.training.progress import choose_mode
from dcgan_tf.training.schedule import is_finished
from dcgan_tf.training.trainer import Trainer
from dcgan_tf.training.workers import Team, follow


def train(
    config: Config,
    images: ImageSet,
    folder: str | Path,
    *,
    start: str | Path | None = None,
    progress: str = "auto",
    pictures: bool = True,
) -> Run:
    """Train on `images` until `kimg` or `minutes` is reached, write the run folder and return the run.

    Resumes if `folder` holds an unfinished or shorter run of the same settings and pictures, and returns at once if it
    is finished.

    Args:
        config: the settings.
        images: uint8 pictures of the configuration's size and channels, as `load_images` returns them.
        folder: the run folder.
        start: the folder of another run with networks of the same form. A new run begins with its networks, averaged
            generator and batch-norm statistics instead of random ones, and with a new optimizer. A run that goes on
            needs it no longer; if it is given again, it should be the same.
        progress: "live" (bar, newest grid and curves, in Jupyter), "bar", "lines", "none", or "auto", one of these.
        pictures: draw losses.png, progress.gif, interpolation.gif and opinions.png once training has finished.

    Returns:
        the finished run.

    Raises:
        DcganError: the folder holds another run, is in use or cannot be written, the pictures or `start` do not
            fit the configuration, or training goes wrong: then the run is "failed", and its last checkpoint stays
            valid.
        TrainingInterrupted: after Ctrl-C or `kill`, with everything saved.
        WorkerDone: this process is a worker of TF_CONFIG other than the first, and training has ended.
    """
    check_path("folder", str(folder))
    folder = Path(folder).expanduser()
    choose_mode(progress)  # a wrong mode is reported before anything is written
    _check_images(config, images)
    compute_repeatably()
    strategy = open_strategy(config.devices, config.batch_size)
    check_gpus()
    execution = this_execution(config.precision, strategy.num_replicas_in_sync)
    if this_place().index:
        follow(config, images, strategy, execution)
    begin = None if start is None else find_start(start, config, folder)  # likewise
    with owned(folder) as check_owner:
        remove_leftovers(folder)
        run = recover_run(config, images, folder)
        if start is not None and run is not None:
            check_same_start(run, start)
            begin = None
        elif start is not None and begin is None:  # the folder holds less than a run
            begin = read_start(start, config)
        record = run.info.get("start") if run else begin.record if begin else None
        if record and progress != "none":
            tell(describe_start(record))
        team = Team(strategy)
        _, complete = team.agree(0.0, run is not None and _is_complete(run))
        if run is not None and complete:
            run = update_run(run)
            if pictures:
                write_pictures(run, images, only_missing=True)
            return run
        if progress != "none":
            several = "" if execution.devices == 1 else f" on {execution.devices} devices"
            tell(f"Training{several} in {execution.precision} ({execution.reason}). {unused_gpu(execution)}".rstrip())
        try:
            run = Trainer(config, images, folder, run, begin, execution, team, check_owner).train(progress)
        except tf.errors.ResourceExhaustedError as error:  # `fitting_batch` handles steps
            raise DcganError(
                f"Networks and pictures of `image_size` {config.image_size} do not fit in the memory of this "
                f"{memory_owner()}. Train again with a smaller `image_size`, fewer pictures or narrower networks."
            ) from error
        if pictures:
            write_pictures(run, images)
        return run


def _is_complete(run: Run) -> bool:
    """Return whether a run has reached its end and its generators can be opened; if not, they are written again."""
    if run.state != "finished" or not is_finished(run.config, run.kimg_done, run.info["seconds"]):
        return False
    try:
        return all(each.generator is not None for each in ([run, run.best] if run.info.get("best") else [run]))
    except DcganError as damage:
        tell(f"{damage} It is restored from the checkpoint.")
        return False


def _check_images(config: Config, images: ImageSet) -> None:
    """Raise `DcganError` unless there is at least a batch of pictures of the configuration's size and classes."""
    expected, received = config.shape, images.pixels.shape[1:]
    if received != expected:
        raise DcganError(
            f"The pictures should have the configuration's height, width and channels, {expected}. "
            f"Received: {received}. Load them with its image_size and channels."
        )
    class_numbers(images, config.class_names)
    if len(images) < config.batch_size:
        raise DcganError(
            f"`batch_size` should be at most the number of pictures, {len(images)} in {images.folder}. "
            f"Received: {config.batch_size}. Add pictures" + (", or lower it." if len(images) > 1 else ".")
        )
