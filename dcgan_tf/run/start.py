"""A start from another run: what a new run takes over from it, and what it must have in common with it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dcgan_tf.common.checks import check_path, is_there
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import one_line, shown
from dcgan_tf.config import Config
from dcgan_tf.run.checkpoint import checkpoint_paths, networks_of, newest_whole
from dcgan_tf.run.run import Run, load_run

SIZES = ("image_size", "channels", "latent_dim", "smallest_side", "generator_width", "discriminator_width")
ANOTHER = "Name another `start`, or train that one again."


@dataclass(frozen=True)
class Start:
    """The networks of another run, to begin a new one with."""

    path: Path  # their checkpoint
    networks: dict[str, np.ndarray]  # weights and batch-norm statistics, by name
    record: dict[str, Any]  # `start` of run.json


def read_start(start: str | Path, config: Config) -> Start:
    """Return the networks in the newest whole checkpoint of the run in `start`, with the classes of `config`.

    Raises `DcganError` if that is not a run, its checkpoint cannot be read, or its networks are not of the form that
    `config` describes.
    """
    check_path("start", str(start))
    folder = Path(start).expanduser()
    if not is_there(folder / "run.json"):
        raise DcganError(f"`start` should be the folder of a run. Received: {shown(folder)}, which has no run.json.")
    run = load_run(folder)
    _check_fits(run, config)
    found = newest_whole(folder, ANOTHER)
    if found is None:
        raise DcganError(f"`start` should be a run with a checkpoint. Received: {start}, which has none. {ANOTHER}")
    path, arrays, _ = found
    networks = networks_of(arrays)
    kimg = int(path.stem) * run.config.batch_size / 1000
    record = _describe(str(start), run, kimg, _digest(networks))
    return Start(path, fit_classes(networks, run.config, config.class_names), record)


def find_start(start: str | Path, config: Config, folder: Path) -> Start | None:
    """Return the start of a new run in `folder`, as `read_start`; None if that holds a run, which needs none."""
    if is_there(folder / "run.json") or checkpoint_paths(folder):
        return None
    return read_start(start, config)


def check_same_start(run: Run, start: str | Path) -> None:
    """Raise `DcganError` unless the run began from `start`: that folder, or any with the same networks."""
    recorded = run.info.get("start")
    if recorded and (Path(recorded["folder"]).absolute() == Path(start).absolute() or _has(start, run, recorded)):
        return
    raise DcganError(
        f"{run.folder} holds a run with another start ({recorded['folder'] if recorded else 'none'}, now {start}). "
        "Name another `folder`, or delete this one to start over."
    )


def starts_of(info: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the runs that a run of this run.json began from, directly or not, the latest first."""
    start = info.get("start")
    return [start, *start["before"]] if start else []


def describe_start(record: dict[str, Any]) -> str:
    """Return a sentence on where a run began; `record` is `start` of its run.json."""
    return (
        f"This run began with the networks of {one_line(record['title'])} after {record['kimg']:g} kimg, from "
        f"{one_line(record['folder'])}."
    )


def fit_classes(networks: dict[str, np.ndarray], config: Config, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the networks of a run with other classes: what they know of one by the same name stays, others begin at 0.

    A class is a row of the first weights of a generator, after those of the latents, and one of the discriminator's
    logits, after the one for all pictures.
    """
    if names == config.class_names:
        return networks
    known = {name: number for number, name in enumerate(config.class_names)}
    chosen = [known.get(name, len(known)) for name in names]  # one past the end: the zeros
    logits, bias = sorted(name for name in networks if name.startswith("discriminator/"))[-2:]
    first = dict.fromkeys(("generator/000/kernel", "ema_generator/000/kernel"), (0, config.latent_dim))
    changed = {}
    for name, (axis, before) in (first | {logits: (1, 1), bias: (0, 1)}).items():
        array = networks[name]
        zeros = np.zeros_like(array.take([0], axis))
        places = [*range(before), *(before + each for each in chosen)]
        changed[name] = np.concatenate([array, zeros], axis).take(places, axis)
    return networks | changed


def _check_fits(run: Run, config: Config) -> None:
    """Raise `DcganError`, naming every differing field, unless both configurations are of the same networks."""
    differing = [name for name in SIZES if getattr(run.config, name) != getattr(config, name)]
    if differing:
        names = ", ".join(f"`{name}`" for name in differing)
        theirs, ours = (", ".join(str(getattr(each, name)) for name in differing) for each in (run.config, config))
        raise DcganError(
            f"{names} should be {theirs}, as in the run to start from, {run.folder}. Received: {ours}. Change that, or "
            "name another `start`."
        )


def _has(start: str | Path, run: Run, recorded: dict[str, Any]) -> bool:
    """Return whether the run in the folder `start` has the recorded networks."""
    try:
        return read_start(start, run.config).record["weights"] == recorded["weights"]
    except DcganError:
        return False


def _describe(folder: str, run: Run, kimg: float, weights: str) -> dict[str, Any]:
    """Return `start` of run.json; `before` holds the same of the runs that the start itself began from."""
    data, above = run.info["data"], starts_of(run.info)
    about = {name: data.get(name) for name in ("title", "source", "n", "sha256")}
    before = [{name: value for name, value in each.items() if name != "before"} for each in above]
    return {"folder": folder} | about | {"kimg": kimg, "weights": weights, "before": before}


def _digest(networks: dict[str, np.ndarray]) -> str:
    """Return the SHA-256 of all weights by name, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, array in sorted(networks.items()):
        digest.update(name.encode() + array.tobytes())
    return digest.hexdigest()
