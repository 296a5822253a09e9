"""scores.json, which `evaluate` writes into the run folder: scores by name."""

import json
from pathlib import Path
from typing import Any

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import why

Score = dict[str, Any]

SCORES = "scores.json"
# Which pictures a score's floor is of. The others are for runs without held-out pictures, the last for distances.
HELD_OUT = "held-out pictures"
OTHER_HALF = "the other half of the training pictures"
ITSELF = "each training picture among the others"
OF_START = "each of the start's training pictures among the others"


def read_scores(folder: Path) -> dict[str, Score]:
    """Return the scores of a run by name, or {} if it was not evaluated; raises `DcganError` for a damaged file."""
    path = folder / SCORES
    try:
        if not path.is_file():  # reading a named pipe would block
            return {}
        scores = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        found = why(error)
    else:
        if isinstance(scores, dict) and all(isinstance(score, dict) for score in scores.values()):
            return scores
        found = "it holds no scores by name"
    raise DcganError(f"{path} is damaged or cannot be read ({found}). Evaluate the run again.")
