"""Train a GAN on a small folder of pictures, on whatever machine you have.

The names below are the public API; each is imported on first use, so that reading pictures or reporting a wrong
parameter does not wait for TensorFlow.
"""

import importlib
import os
from typing import TYPE_CHECKING

# These must be set before TensorFlow or Keras is first imported: TensorFlow's start-up chatter lands in the pages
# of executed notebooks, the training step is written for Keras on TensorFlow, and without oneDNN, which TensorFlow
# leaves off on processors without AVX-512, a step takes 1.4 to 1.9 times as long on AVX2 (benchmarks/results).
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "tensorflow"  # keras.json counts where it is empty
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Take a GPU's memory as it is needed, so that another program can use the card too (tensorflow.org/guide/gpu).
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

from dcgan_tf.common.keras_package import check_keras
from dcgan_tf.common.version import __version__

if TYPE_CHECKING:
    from dcgan_tf.common.errors import DcganError, TrainingInterrupted
    from dcgan_tf.config import Config
    from dcgan_tf.data.images import ImageSet, hold_out, load_images
    from dcgan_tf.data.kinds import sort_pictures
    from dcgan_tf.judge.judge import evaluate
    from dcgan_tf.model.dcgan import DCGAN
    from dcgan_tf.play.directions import activation_directions, weight_directions
    from dcgan_tf.play.invert import invert
    from dcgan_tf.run.run import Run, load_run
    from dcgan_tf.share.export import export
    from dcgan_tf.training.doctor import examine
    from dcgan_tf.training.train import train

__all__ = [
    "DCGAN",
    "Config",
    "DcganError",
    "ImageSet",
    "Run",
    "TrainingInterrupted",
    "__version__",
    "activation_directions",
    "evaluate",
    "examine",
    "export",
    "hold_out",
    "invert",
    "load_images",
    "load_run",
    "sort_pictures",
    "train",
    "weight_directions",
]

_WITHOUT_KERAS = ("common", "config", "data")

_HOMES = {
    "Config": "config",
    "DCGAN": "model.dcgan",
    "DcganError": "common.errors",
    "ImageSet": "data.images",
    "Run": "run.run",
    "TrainingInterrupted": "common.errors",
    "activation_directions": "play.directions",
    "evaluate": "judge.judge",
    "examine": "training.doctor",
    "export": "share.export",
    "hold_out": "data.images",
    "invert": "play.invert",
    "load_images": "data.images",
    "load_run": "run.run",
    "sort_pictures": "data.kinds",
    "train": "training.train",
    "weight_directions": "play.directions",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use (PEP 562); raises `DcganError` if Keras is not as needed."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dcgan_tf' has no attribute {name!r}")
    home = _HOMES[name]
    if home.partition(".")[0] not in _WITHOUT_KERAS:
        check_keras()
    return getattr(importlib.import_module(f"dcgan_tf.{home}"), name)
