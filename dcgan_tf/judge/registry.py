"""The metrics: how each is measured, which way is better, and the sentence that explains its scores.

`evaluate`, the table in the notebook, the gallery and the model card follow this list. To add a metric, write its
function on plain arrays in `metrics.py`, its sentence in `sentences.py`, and an entry here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from dcgan_tf.judge import measuring, metrics, sentences
from dcgan_tf.judge.measuring import FEATURES, PIXELS
from dcgan_tf.judge.scores import Score
from dcgan_tf.judge.wasserstein import sliced_wasserstein

LOWER, HIGHER, NEARER_TO_1 = "lower", "higher", "nearer to 1"


class Metric(NamedTuple):
    """A number that pictures are judged by."""

    name: str  # of its scores, without the feature network, "pixels" or the level at the end
    better: str  # which values are better
    tell: Callable[[Score], str]  # explains a score in a sentence


class Measurement(NamedTuple):
    """How a metric is measured, or several that are computed together."""

    function: Callable[..., Any]  # returns a number; or one for each metric, by name; or, of pixels, one for each level
    way: measuring.Way  # how it is applied to generated, unseen and untrained pictures
    metrics: tuple[Metric, ...]
    spaces: tuple[str, ...] = (FEATURES,)  # features, pixels, or both in turn

    def names(self, found: Any, label: str) -> dict[str, float]:  # noqa: ANN401 - whatever the function returns
        """Return the function's numbers by the names of the scores; `label` is the feature network or "pixels"."""
        first = self.metrics[0].name
        numbers = found if isinstance(found, dict) else {first: found}
        return {f"{first}_{key}" if isinstance(key, int) else f"{key}_{label}": value for key, value in numbers.items()}


MEASUREMENTS = (
    Measurement(
        metrics.kid,
        measuring.by_ruler,
        (Metric("blur", LOWER, sentences.blur), Metric("kid", LOWER, sentences.kid)),
    ),
    Measurement(metrics.kid, measuring.all_against_unseen, (Metric("kid_held_out", LOWER, sentences.kid_held_out),)),
    Measurement(metrics.fid, measuring.in_equal_groups, (Metric("fid", LOWER, sentences.fid),)),
    Measurement(
        metrics.manifold_scores,
        measuring.in_equal_groups_with_k,
        (
            Metric("precision", HIGHER, sentences.share("generated pictures lie among the real ones")),
            Metric("recall", HIGHER, sentences.share("real pictures are of a kind that the generator makes too")),
            Metric("density", NEARER_TO_1, sentences.density),
            Metric("coverage", HIGHER, sentences.share("real pictures have a generated one close by")),
        ),
    ),
    Measurement(sliced_wasserstein, measuring.in_equal_groups, (Metric("swd", LOWER, sentences.swd),), (PIXELS,)),
    Measurement(
        metrics.novelty,
        measuring.by_distances,
        (Metric("novelty", NEARER_TO_1, sentences.novelty), Metric("near_copies", LOWER, sentences.near_copies)),
        (FEATURES, PIXELS),
    ),
    Measurement(
        metrics.near_copies,
        measuring.by_distances_to_start,
        (Metric("near_copies_of_start", LOWER, sentences.near_copies_of_start),),
        (FEATURES, PIXELS),
    ),
)


# Measured by `by_class.py`, of runs that were trained with classes.
CLASS_AGREEMENT = Metric("class_agreement", HIGHER, sentences.class_agreement)


def find_metric(score: str) -> Metric | None:
    """Return the metric of a score by its name, or None for an unknown name."""
    known = [CLASS_AGREEMENT, *(each for entry in MEASUREMENTS for each in entry.metrics)]
    fitting = [each for each in known if f"{score}_".startswith(f"{each.name}_")]
    return max(fitting, key=lambda metric: len(metric.name), default=None)
