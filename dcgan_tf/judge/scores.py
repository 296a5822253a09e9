"""What `evaluate` writes: scores by name, and the file in the run folder that they are read from again."""

import json
from pathlib import Path
from typing import Any

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import why

Score = dict[str, Any]

SCORES = "scores.json"
HELD_OUT = "held-out pictures"  # where a score's floor comes from
OTHER_HALF = "the other half of the training pictures"  # the same if nothing is held out
ITSELF = "each training picture among the others"  # the same for distances to the nearest training picture


def read_scores(folder: Path) -> dict[str, Score]:
    """Return the scores of a run by name, or {} if it was not evaluated; raises `DcganError` for a damaged file."""
    path = folder / SCORES
    try:
        if not path.is_file():  # a named pipe would be waited for
            return {}
        scores = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        found = why(error)
    else:
        if isinstance(scores, dict) and all(isinstance(score, dict) for score in scores.values()):
            return scores
        found = "no scores by name"
    raise DcganError(f"{path} should be JSON, as `evaluate` writes it. Received: {found}. Evaluate the run again.")
