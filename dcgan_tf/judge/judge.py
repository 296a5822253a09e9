"""`evaluate`: scores of a run's pictures, beside those of real pictures and of the untrained generator."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dcgan_tf.common.checks import check_count
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_json
from dcgan_tf.common.neighbors import nearest
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.common.text import one_line
from dcgan_tf.data.classes import class_numbers
from dcgan_tf.data.images import LEAST_UNSEEN, ImageSet
from dcgan_tf.data.survey import ALIKE, diversity
from dcgan_tf.draw.grids import save_pairs
from dcgan_tf.judge import metrics, registry
from dcgan_tf.judge.by_class import Labelled, score_classes
from dcgan_tf.judge.changes import fine_detail, with_colours_of
from dcgan_tf.judge.faults import UNKNOWN, Evidence, find_fault
from dcgan_tf.judge.features import DEFAULT, cached_features, load_features
from dcgan_tf.judge.measuring import FEATURES, PIXELS, Part, Sets
from dcgan_tf.judge.ruler import ALL, MOST, measure_ruler, views_of
from dcgan_tf.judge.scores import OTHER_HALF, SCORES, Score
from dcgan_tf.run.run import MOST_PICTURES, Run

LEAST = 4  # pictures in a set that is compared with another
MOST_REAL = 5000  # training or held-out images of which features are computed, evenly spread
SHOWN = 24  # pairs in neighbors.png


class Judge:
    """Scores pictures against real ones, whose features are computed once."""

    def __init__(
        self,
        images: ImageSet,
        held_out: ImageSet | None = None,
        features: str | Path = DEFAULT,
        earlier: ImageSet | None = None,
    ) -> None:
        """Take the training pictures, the held-out ones, and those that the run's start was trained on."""
        if len(images) < 2 * LEAST:
            raise DcganError(
                f"`images` should hold at least {2 * LEAST} training pictures. Received: {len(images)}. Add pictures."
            )
        self.network = load_features(features, images.background)
        self.training = self._real(images)
        self.ruler = measure_ruler(self.network, images)
        self.alike = diversity(images.pixels) < ALIKE
        self.pixels = images.pixels  # all of them, so that a copy of any is found
        self.known = Part(self.pixels, self.training.features)
        self.earlier = Part(earlier.pixels, self._real(earlier).features) if earlier is not None else None
        unseen = self._unseen(held_out) if held_out is not None and len(held_out) else None
        if unseen:
            self.reference = self.training
            self.unseen, self.unseen_distances = unseen
        else:
            self.reference, self.unseen = self.training[::2], self.training[1::2]
            self.unseen_distances = _nearest_of(self.known, self.known, itself=True)

    def _unseen(self, held_out: ImageSet) -> tuple[Part, dict[str, np.ndarray]] | None:
        """Return held-out pictures that are not training pictures, and their distances to those; None if too few."""
        unseen = self._real(held_out)
        distances = _nearest_of(unseen, self.known)
        # In random order: files come class by class, and each group should hold all classes.
        order = np.random.default_rng(0).permutation(len(unseen))
        order = order[distances[PIXELS][order] > 0]
        if len(order) < len(unseen):
            left_out = len(unseen) - len(order)
            print(f"{left_out} of {len(unseen)} held-out pictures are also training pictures and are left out.")
        if len(order) < LEAST_UNSEEN:
            print(f"{len(order)} held-out pictures are too few to compare with; floors are those of {OTHER_HALF}.")
            return None
        return unseen[order], {space: values[order] for space, values in distances.items()}

    def _real(self, images: ImageSet) -> Part:
        """Return real pictures with their features; at most `MOST_REAL` of a large set."""
        chosen = images.subset(evenly_spread(len(images), MOST_REAL))
        return Part(chosen.pixels, cached_features(self.network, chosen))

    def look(self, pictures: np.ndarray) -> Part:
        """Return uint8 pictures with their features."""
        return Part(pictures, self.network(pictures))

    def score(self, generated: Part, untrained: Part) -> dict[str, Score]:
        """Return the scores of generated pictures, as `evaluate` does."""
        candidates = {"value": generated, "floor": self.unseen, "ceiling": untrained}
        distances = {kind: _nearest_of(candidates[kind], self.known) for kind in ("value", "ceiling")}
        distances["floor"] = self.unseen_distances
        start = self._against_start(self.earlier, candidates) if self.earlier else None
        sets = Sets(self.training, self.reference, candidates, distances, _counts(self.known), self.ruler, start)
        scores: dict[str, Score] = {}
        for measurement in registry.MEASUREMENTS:
            for space in measurement.spaces:
                scores |= self._measure(measurement, space, sets)
        scores[f"blur_{self.network.name}"] |= self._verdict(generated, scores)
        return {name: score | {"alike": True} for name, score in scores.items()} if self.alike else scores

    def _against_start(self, earlier: Part, candidates: dict[str, Part]) -> Sets:
        """Return the candidates and their distances to the pictures that the start was trained on."""
        candidates = candidates | {"floor": earlier}
        distances = {kind: _nearest_of(part, earlier, itself=part is earlier) for kind, part in candidates.items()}
        return Sets(earlier, earlier, candidates, distances, _counts(earlier), self.ruler)

    def _verdict(self, generated: Part, scores: dict[str, Score]) -> Score:
        """Return what is wrong most with generated pictures, and the numbers that say so."""
        label = self.network.name
        kid, reference = scores[f"kid_{label}"], self.reference
        few = reference[evenly_spread(len(reference), MOST)]
        real, made = (self.network.seen(part.pixels) for part in (few, generated[:MOST]))
        coloured = self.network(with_colours_of(real, made))
        share = metrics.paired_mmd(few.features, coloured) / max(kid["value"], 1e-9)
        blurs = {
            f"{view}_blur": self.ruler.blur_of(
                metrics.squared_mmd(reference.features[:, part], generated.features[:, part]), view
            )
            for view, part in views_of(self.network).items()
            if view != ALL
        }
        evidence = Evidence(kid["value"], 2 * kid["spread"], share, blurs.get("texture_blur"), blurs.get("shape_blur"))
        detail = fine_detail(made) / max(fine_detail(real), 1e-9)
        wrong = UNKNOWN if self.alike else find_fault(evidence, scores, label)
        return {"wrong": wrong, "colour_share": share, "detail": detail} | blurs

    def _measure(self, measurement: registry.Measurement, space: str, sets: Sets) -> dict[str, Score]:
        """Return the scores of one entry of the registry in one space."""
        measured = measurement.way(measurement.function, space, sets)
        if measured is None:
            return {}
        label = self.network.name if space == FEATURES else PIXELS
        numbers = {kind: measurement.names(found, label) for kind, found in measured.numbers.items()}
        resolution = "x".join(map(str, sets.candidates["value"].pixels.shape[1:]))
        about = {"resolution": resolution, "floor_of": measured.floor_of}
        rest = {"n": measured.n, "features": None} | measured.notes
        if space == FEATURES:
            rest |= {"features": label, "features_version": self.network.version[:12]}
        return {
            name: about | {kind: found[name] for kind, found in numbers.items()} | rest for name in numbers["value"]
        }


def _nearest_of(part: Part, known: Part, *, itself: bool = False) -> dict[str, np.ndarray]:
    """Return the distances to the nearest of `known`, in "features" and in "pixels"; some may have no features."""
    pixels = metrics.nearest_pictures(part.of(PIXELS), known.of(PIXELS), itself=itself)[1]
    features = nearest(part.features, known.features, itself=itself)[1]
    # A network may round the features of equal pictures differently.
    features[pixels[evenly_spread(len(pixels), len(features))] == 0] = 0.0
    return {FEATURES: features, PIXELS: pixels}


def _counts(known: Part) -> dict[str, int]:
    """Return how many pictures there are to be near to, by space."""
    return {FEATURES: len(known.features), PIXELS: len(known.pixels)}


def evaluate(
    run: Run,
    images: ImageSet,
    held_out: ImageSet | None = None,
    *,
    features: str | Path = DEFAULT,
    count: int = 1000,
    earlier: ImageSet | None = None,
) -> dict[str, Score]:
    """Score a run's pictures, write scores.json and neighbors.png into its folder, and return the scores.

    Args:
        run: the run, as `train` and `load_run` return it.
        images: the images that it was trained on.
        held_out: images of the same kind that it never saw, at least 20. Without them, one half of `images` is
            compared with, and the floor is the score of the other half, which was trained on too and says less.
        features: the feature network, as `dcgan_tf.judge.features.load_features` takes it.
        count: generated pictures to judge, at least 8.
        earlier: for a run that began with another's networks, the images that those were trained on: near-copies of
            them are looked for, too. Runs do not store pictures, so without them a line says that this was not done.

    Returns:
        scores by name, which ends in the feature network's: each with its `value`, `floor` (the same score of unseen
        real pictures) and `ceiling` (of the untrained generator), `n`, `features`, `features_version`, `resolution`,
        `floor_of` (which pictures are the unseen ones), `generator` (the file) and, for KID, `spread` and
        `floor_spread` over subsets. `judge/registry.py` lists the metrics.

    Raises:
        DcganError: fewer than 8 pictures to compare with, pictures of another size than the run's, or a feature
            network that cannot be used.
    """
    _check(run, images, held_out, count)
    _check_earlier(run, images, earlier)
    from dcgan_tf.model.build import build_model  # slow to import

    judge, seed = Judge(images, held_out, features, earlier), run.config.seed + 1
    generated = judge.look(run.generate(count, seed))
    noise = build_model(run.config)
    untrained = judge.look(noise.generate(min(count, len(judge.unseen)), seed))
    scores = judge.score(generated, untrained)
    if names := run.config.class_names:
        makers = {
            "value": lambda n, label: run.generate(n, seed, label=label),
            "ceiling": lambda n, label: noise.generate(n, seed, names.index(label)),
        }
        scores |= score_classes(judge.network, *_labelled(judge, images, held_out, names), names, makers)
    scores = {name: score | {"generator": run.weights} for name, score in scores.items()}
    write_json(run.folder / SCORES, scores)
    _write_neighbors(run, images.title, judge, generated)
    return scores


def _labelled(
    judge: Judge, images: ImageSet, held_out: ImageSet | None, names: Sequence[str]
) -> tuple[Labelled, Labelled]:
    """Return the training pictures, and the held-out ones of their classes, as `score_classes` takes them."""
    chosen = evenly_spread(len(images), MOST_REAL)
    training = Labelled(judge.training.features, class_numbers(images, names)[chosen])
    unseen = held_out.subset([at for at, label in enumerate(held_out.labels) if label in names]) if held_out else None
    if not unseen:
        return training, Labelled(training.features[:0], training.numbers[:0])
    some = unseen.subset(evenly_spread(len(unseen), MOST_REAL))
    return training, Labelled(cached_features(judge.network, some), class_numbers(some, names))


def _check(run: Run, images: ImageSet, held_out: ImageSet | None, count: int) -> None:
    """Raise `DcganError` unless the pictures and their classes are the run's, and `count` is in range."""
    expected = run.config.shape
    for part in (images, held_out):
        if part is not None and len(part) and part.pixels.shape[1:] != expected:
            raise DcganError(
                f"The pictures should have the run's height, width and channels, {expected}. "
                f"Received: {part.pixels.shape[1:]}. Load them with its image_size and channels."
            )
    if images.sha256 != run.info["data"]["sha256"]:
        raise DcganError(
            f"`images` should be the {run.info['data']['n']} pictures that the run in {run.folder} was trained on. "
            f"Received: {len(images)} others. Load and split them as for training."
        )
    class_numbers(images, run.config.class_names)
    check_count("count", count, 2 * LEAST, MOST_PICTURES)


def _check_earlier(run: Run, images: ImageSet, earlier: ImageSet | None) -> None:
    """Raise `DcganError` unless `earlier` are the pictures of the run's start; print a line if they are missing."""
    start = run.info.get("start")
    if earlier is not None and not start:
        raise DcganError(f"`earlier` should be None, as the run in {run.folder} has no start. Leave it out.")
    if earlier is not None and earlier.sha256 != start["sha256"]:
        raise DcganError(
            f"`earlier` should be the {start['n']} pictures that the start of the run in {run.folder} was trained on. "
            f"Received: {len(earlier)} others. Load and split them as for that training."
        )
    if earlier is None and start and start["sha256"] != images.sha256:
        print(
            f"Near-copies of the pictures that the start was trained on, {one_line(start['title'])}, were not looked "
            "for: a run does not store its pictures. In Python, `evaluate` takes them as `earlier`."
        )


def _write_neighbors(run: Run, name: str, judge: Judge, generated: Part) -> None:
    """Write neighbors.png: the generated pictures nearest to a training picture, each above that picture."""
    if len(judge.pixels) == len(judge.training):
        indices, distances = nearest(generated.features, judge.training.features)
    else:  # only some training pictures have features, and a copy of any should be found
        indices, distances = metrics.nearest_pictures(generated.of(PIXELS), judge.known.of(PIXELS))
    closest = np.argsort(distances, kind="stable")[:SHOWN]
    title = f"{name}: of {len(distances)} the nearest to a training picture, each above that one"
    save_pairs(run.folder / "neighbors.png", generated.pixels[closest], judge.pixels[indices[closest]], title)
