"""What has to be the same in the end of two runs."""

from pathlib import Path

import numpy as np

from dcgan_tf.run.checkpoint import checkpoint_paths
from dcgan_tf.run.run import load_run

TIMES = ("seconds", "img_per_s")
ABOUT = ("state", "kimg_done", "best", "warnings", "error")  # of run.json


def ending(folder: Path) -> dict[str, object]:
    """Return the weights, the history and the pictures of the run in `folder`, so that `==` compares them."""
    run = load_run(folder)
    with np.load(checkpoint_paths(folder)[0]) as saved:
        weights = {name: saved[name].tobytes() for name in saved.files if name != "about"}
    for name, each in (("generator.keras", run), ("best.keras", run.best)):
        weights[name] = b"".join(weight.tobytes() for weight in each.generator.get_weights())
    history = [{name: value for name, value in record.items() if name not in TIMES} for record in run.history]
    about = {name: run.info.get(name) for name in ABOUT}
    pictures = {path.name: path.read_bytes() for path in sorted(folder.rglob("*.[pg][ni][gf]"))}
    return {"weights": weights, "history": [history, run.kid_curve, about], "samples": pictures}
