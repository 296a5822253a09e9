import json

import numpy as np
import pytest
from PIL import Image

from dcgan_tf import DcganError, evaluate, train
from dcgan_tf.data.images import ImageSet
from dcgan_tf.judge import judge as evaluation
from dcgan_tf.judge.judge import Judge
from dcgan_tf.judge.measuring import FEATURES, PIXELS, Part, Sets, by_distances, in_equal_groups
from dcgan_tf.judge.metrics import fid, nearest_pictures, novelty
from dcgan_tf.judge.random_network import RANDOM_VERSION
from dcgan_tf.judge.table import describe_scores, scores_as_html
from dcgan_tf.judge.wasserstein import sliced_wasserstein
from tests.conftest import make_images


@pytest.fixture(scope="module")
def run(config, images, tmp_path_factory):
    return train(config, images, tmp_path_factory.mktemp("run"), progress="none", pictures=False)


@pytest.fixture(scope="module")
def held_out():
    return make_images(20, seed=7)


@pytest.fixture(scope="module")
def scores(run, images, held_out):
    return evaluate(run, images, held_out, features="random", count=40)


def test_every_score_stands_beside_its_floor_and_ceiling(run, scores):
    named = (
        "blur",
        "kid",
        "kid_held_out",
        "fid",
        "precision",
        "recall",
        "density",
        "coverage",
        "novelty",
        "near_copies",
    )
    assert set(scores) == {f"{name}_random" for name in named} | {"swd_16", "novelty_pixels", "near_copies_pixels"}
    for score in scores.values():
        assert {"value", "floor", "ceiling", "n", "features", "resolution", "floor_of"} <= score.keys()
        assert score["resolution"] == "16x16x3" and score["floor_of"] == "held-out pictures"
    assert scores["kid_random"]["n"] == {"real": 24, "compared": 40}
    assert scores["fid_random"]["n"] == {"real": 24, "compared": 20}
    assert scores["precision_random"]["k"] == 3  # of 20 compared, balls to the tenth neighbor would hold half
    assert scores["swd_16"]["features"] is None and "features_version" not in scores["swd_16"]
    assert scores["fid_random"]["features_version"] == RANDOM_VERSION
    assert scores["kid_random"]["spread"] > 0 and scores["kid_random"]["floor_spread"] > 0
    assert list(scores)[:3] == [
        "blur_random",
        "kid_random",
        "kid_held_out_random",
    ]  # "the same", says the last's sentence
    assert {score["generator"] for score in scores.values()} == {"generator.keras"}
    assert json.loads((run.folder / "scores.json").read_text()) == scores


def test_real_pictures_are_nearer_than_what_an_untrained_generator_makes(scores):
    for name in ("kid_random", "kid_held_out_random", "fid_random", "swd_16"):
        assert scores[name]["floor"] < scores[name]["ceiling"]
    assert scores["coverage_random"]["floor"] > scores["coverage_random"]["ceiling"]


@pytest.mark.slow
def test_other_unseen_pictures_are_as_new_as_unseen_pictures():
    judge = Judge(make_images(200), make_images(100, seed=7), "random")
    scores = judge.score(judge.look(make_images(400, seed=8).pixels), judge.look(make_images(20, seed=9).pixels))
    for space in ("random", "pixels"):
        assert scores[f"novelty_{space}"]["value"] == pytest.approx(1.0, abs=0.15)
        assert 0.005 < scores[f"near_copies_{space}"]["value"] < 0.12
        assert scores[f"near_copies_{space}"]["n"] == {"real": 200, "compared": 400, "unseen": 100, "doubles": 0}


def test_without_held_out_pictures_one_half_is_the_floor_of_the_other(run, images, capsys):
    few = make_images(19, seed=9)
    for held_out in (None, few):
        capsys.readouterr()
        scores = evaluate(run, images, held_out, features="random", count=20)
        assert "kid_held_out_random" not in scores
        assert scores["kid_random"]["floor_of"] == "the other half of the training pictures"
        assert scores["novelty_pixels"]["floor_of"] == "each training picture among the others"
        assert scores["kid_random"]["n"]["real"] == 12 and scores["novelty_pixels"]["n"]["real"] == 24
        page = scores_as_html(scores)
        assert "No photos were held out" in page and "unseen" not in page
        assert ("19 held-out pictures are too few" in capsys.readouterr().out) == (held_out is few)


def test_of_pictures_that_are_all_alike_scores_say_that_there_is_nothing_to_compare():
    judge = Judge(make_images().subset([0] * 24), None, "random")
    scores = judge.score(judge.look(make_images(20, seed=8).pixels), judge.look(make_images(20, seed=9).pixels))
    for name, *numbers, sentence in describe_scores(scores):
        assert sentence == "Nothing to compare: the training pictures are all alike.", name
        assert numbers == ["-", "-", "-"]
    assert scores["blur_random"]["wrong"] == "unknown"
    assert scores["novelty_random"]["value"] == 1.0  # rounding of features is no distance
    assert scores["novelty_random"]["n"]["doubles"] == 24


def test_where_each_picture_has_a_double_novelty_has_nothing_to_compare():
    pixels = make_images(20).pixels
    doubles = ImageSet(np.concatenate([pixels, pixels]), tuple(map(str, range(40))), ("",) * 40, (), "doubles")
    judge = Judge(doubles, None, "random")
    scores = judge.score(judge.look(make_images(20, seed=8).pixels), judge.look(make_images(20, seed=9).pixels))
    told = {name: sentence for name, *_, sentence in describe_scores(scores)}
    for space in ("random", "pixels"):
        for kind in ("novelty", "near_copies"):
            assert told[f"{kind}_{space}"].startswith("Nothing to compare: all other training photos are exact copies")
    assert not told["kid_random"].startswith("Nothing")


def test_a_generator_of_copies_is_found_out(run, images, held_out, monkeypatch):
    copies = np.resize(images.pixels, (48, 16, 16, 3))
    monkeypatch.setattr(type(run), "generate", lambda run, count, seed=0: copies[:count])
    scores = evaluate(run, images, held_out, features="random", count=48)
    for space in ("random", "pixels"):
        assert scores[f"near_copies_{space}"]["value"] == 1.0
        assert scores[f"novelty_{space}"]["value"] < 0.05
    assert scores["kid_random"]["value"] < scores["kid_random"]["floor"] + 0.05
    rows = {name: sentence for name, *_, sentence in describe_scores(scores)}
    assert rows["near_copies_random"].startswith("100 of 100 generated pictures are closer")
    assert "5 would be chance, and with 20 unseen photos up to 15 still may be" in rows["near_copies_random"]
    assert "as near as unseen photos are, or nearer" in rows["kid_random"]  # which is why it is not all
    assert "Copies would get that too" in rows["kid_held_out_random"]


@pytest.fixture(scope="module")
def begun(run, config, tmp_path_factory):
    """Return a run on other pictures that began with the networks of `run`."""
    folder = tmp_path_factory.mktemp("begun")
    return train(config, make_images(seed=5), folder, start=run.folder, progress="none", pictures=False)


def test_copies_of_pictures_of_the_start_are_found(begun, images, held_out, monkeypatch, capsys):
    new = make_images(seed=5)
    copies = np.concatenate([images.pixels[:16], new.pixels[:16]])
    monkeypatch.setattr(type(begun), "generate", lambda run, count, seed=0: copies[:count])
    scores = evaluate(begun, new, held_out, features="random", count=32, earlier=images)
    assert "were not looked for" not in capsys.readouterr().out
    for space in ("random", "pixels"):
        score = scores[f"near_copies_of_start_{space}"]
        assert 0.5 <= score["value"] < 0.7 and score["floor"] < 0.1 and score["n"]["real"] == 24
        assert score["floor_of"] == "each of the start's training pictures among the others"
    rows = {name: sentence for name, *_, sentence in describe_scores(scores)}
    assert "closer to one of the 24 photos that the start was trained on" in rows["near_copies_of_start_pixels"]


def test_without_the_pictures_of_the_start_a_line_says_so(begun, held_out, capsys):
    scores = evaluate(begun, make_images(seed=5), held_out, features="random", count=32)
    assert not any("start" in name for name in scores)
    assert "trained on, discs, were not looked for: a run does not store its pictures." in capsys.readouterr().out


def test_other_pictures_than_those_of_the_start_are_refused(run, begun, images, held_out):
    with pytest.raises(DcganError, match=r"`earlier` should be None, as the run in .* has no start"):
        evaluate(run, images, features="random", earlier=images)
    with pytest.raises(DcganError, match=r"`earlier` should be the 24 pictures that the start .* Received: 20 others"):
        evaluate(begun, make_images(seed=5), features="random", earlier=held_out)


def test_held_out_pictures_that_are_training_pictures_do_not_count(run, images, held_out, capsys):
    scores = evaluate(run, images, images, features="random", count=20)
    printed = capsys.readouterr().out
    assert "24 of 24 held-out pictures are also training pictures" in printed and "0 held-out pictures are" in printed
    assert scores["kid_random"]["floor_of"] == "the other half of the training pictures"
    pixels = np.concatenate([images.pixels[:4], held_out.pixels])
    mixed = ImageSet(pixels, tuple(map(str, range(24))), ("",) * 24, (), "mixed")
    scores = evaluate(run, images, mixed, features="random", count=20)
    assert "4 of 24 held-out pictures are also training pictures" in capsys.readouterr().out
    assert scores["near_copies_pixels"]["n"]["unseen"] == 20


@pytest.mark.parametrize("shape", [(16, 16, 1), (16, 24, 3), (16, 20, 4)])
def test_gray_and_oblong_pictures_are_judged_too(shape):
    random = np.random.default_rng(0)

    def part(count: int, *, bright: int = 0) -> ImageSet:
        pixels = random.integers(bright, bright + 100, (count, *shape), dtype=np.uint8)
        return ImageSet(pixels, tuple(map(str, range(count))), ("",) * count, (), "noise")

    judge = Judge(part(40), part(30), "random")
    near, far = (judge.look(part(30, bright=bright).pixels) for bright in (0, 120))
    scores = judge.score(near, far)
    for name in ("kid_random", "fid_random", f"swd_{shape[1]}", "novelty_pixels"):
        assert scores[name]["value"] < scores[name]["ceiling"]
        assert scores[name]["resolution"] == "x".join(map(str, shape))


def test_copies_are_compared_with_their_alpha_and_without_invisible_colours():
    known = np.random.default_rng(0).integers(0, 256, (9, 16, 16, 4), dtype=np.uint8)
    known[:, :8, :, 3] = 0
    hidden, faded = known.copy(), known.copy()
    hidden[:, :8, :, :3] = 77
    faded[..., 3] //= 2
    distances = [
        nearest_pictures(*(Part(each, np.zeros((9, 1))).of(PIXELS) for each in (pixels, known)))[1]
        for pixels in (hidden, faded)
    ]
    assert distances[0].max() == 0 and distances[1].min() > 20


@pytest.mark.slow
def test_groups_of_unseen_pictures_are_of_all_classes():
    sets = [make_images(100, seed=seed) for seed in (0, 1, 2, 3)]
    whole = [np.concatenate([part.pixels, 255 - part.pixels]) for part in sets]  # class by class
    names = tuple(map(str, range(200)))
    training, unseen = (ImageSet(pixels, names, ("",) * 200, (), "two") for pixels in whole[:2])
    judge = Judge(training, unseen, "random")
    scores = judge.score(judge.look(whole[2][::4]), judge.look(whole[3][::4]))  # groups of 50 of 200 unseen
    assert scores["coverage_random"]["floor"] > 0.6  # groups of one class would cover half at most


@pytest.mark.parametrize("most_real", [5000, 12])  # with 12, the copied picture is not among those with features
def test_neighbors_shows_the_worst_first(run, images, held_out, monkeypatch, most_real):
    monkeypatch.setattr(evaluation, "MOST_REAL", most_real)
    strangers = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)
    strangers[33] = images.pixels[5]
    monkeypatch.setattr(type(run), "generate", lambda run, count, seed=0: strangers[:count])
    evaluate(run, images, held_out, features="random", count=40)
    sheet = np.asarray(Image.open(run.folder / "neighbors.png").convert("RGB"))
    zoom, gap, bar = 560 // (8 * 20), 4, 26
    for row in (0, 1):  # the copy, and below it what it copies
        top = bar + gap + row * (16 * zoom + gap)
        shown = sheet[top : top + 16 * zoom : zoom, gap : gap + 16 * zoom : zoom]
        np.testing.assert_array_equal(shown, images.pixels[5])


def test_scores_that_depend_on_the_number_compare_as_many_each():
    random = np.random.default_rng(0)

    def part(count: int) -> Part:
        return Part(random.integers(0, 256, (count, 16, 16, 1), dtype=np.uint8), random.standard_normal((count, 8)))

    reference = part(300)
    sets = Sets(reference, reference, {"value": part(400), "floor": part(50), "ceiling": part(50)}, {}, {}, None)
    for function, space in ((fid, FEATURES), (sliced_wasserstein, PIXELS)):
        measured = in_equal_groups(function, space, sets)
        found = [measured.numbers[kind] for kind in ("value", "floor")]
        value, floor = (each[16] if isinstance(each, dict) else each for each in found)
        assert value == pytest.approx(floor, rel=0.35)  # all of one kind: none is nearer because it has more pictures
        assert measured.n == {"real": 300, "compared": 50}


def test_novelty_is_a_ratio_of_medians():
    def both(distance: float) -> dict[str, np.ndarray]:
        return {FEATURES: np.full(8, distance), PIXELS: np.full(9, 10 * distance)}

    none = Part(np.zeros(0), np.zeros(0))
    distances = {"value": both(1.0), "floor": both(2.0), "ceiling": both(4.0)}
    sets = Sets(none, none, {}, distances, {FEATURES: 10, PIXELS: 20}, None)
    by_features, by_pixels = (by_distances(novelty, space, sets) for space in (FEATURES, PIXELS))
    assert by_features.numbers["value"]["novelty"] == 0.5 and by_features.numbers["ceiling"]["novelty"] == 2.0
    assert by_pixels.n == {"real": 20, "compared": 9, "unseen": 9, "doubles": 0}
    near = {kind: found["near_copies"] for kind, found in by_pixels.numbers.items()}
    assert near["value"] == 1.0 and near["ceiling"] == 0.0


def test_a_copy_is_found_where_most_unseen_photos_have_doubles():
    doubles = np.array([0.0, 0.0, 0.0, 1.0])
    assert novelty(np.zeros(5), doubles) == {"novelty": 0.0, "near_copies": 1.0}
    assert novelty(np.full(5, 2.0), doubles) == {"novelty": 2.0, "near_copies": 0.0}
    assert novelty(np.ones(5), np.zeros(4)) == {"novelty": 1.0, "near_copies": 0.0}
    assert novelty(np.zeros(5), np.zeros(4)) == {"novelty": 0.0, "near_copies": 1.0}
    few_doubles = np.concatenate([np.zeros(6), np.linspace(1.0, 2.0, 94)])
    assert novelty(np.full(5, 0.1), few_doubles)["near_copies"] == 1.0  # 6% of doubles do not switch it off


def test_a_copy_of_any_picture_of_a_large_set_is_found(images, monkeypatch):
    monkeypatch.setattr(evaluation, "MOST_REAL", 12)
    judge = Judge(images, make_images(20, seed=7), "random")
    assert len(judge.training.pixels) == 12
    copies = judge.look(images.pixels)
    assert judge.score(copies, copies)["near_copies_pixels"]["value"] == 1.0


def test_how_far_training_has_come_is_said_in_distances_not_in_their_squares():
    score = {"floor": 0.0, "ceiling": 1.0, "floor_of": "held-out pictures", "n": {"compared": 9}}

    def say(name: str, value: float) -> str:
        return describe_scores({name: score | {"value": value}})[0][-1]

    assert "75% of the way" in say("swd_16", 0.25)
    assert "50% of the way" in say("kid_random", 0.25) and "50% of the way" in say("fid_random", 0.25)
    assert "as near as unseen photos are, or nearer" in say("kid_random", -0.1)
    assert "no nearer than what the untrained generator makes" in say("kid_random", 2.0)
    assert "too few to show that a kind is missing (9 compared)" in say("recall_random", 0.99)


def test_a_score_that_cannot_tell_noise_from_photos_says_so(scores):
    swd = scores["swd_16"] | {"ceiling": 1.0, "floor": 2.0}
    assert "cannot tell noise from unseen photos" in describe_scores({"swd_16": swd})[0][-1]
    halves = scores["novelty_pixels"] | {"floor_of": "the other half"}
    assert "as another training photo does" in describe_scores({"novelty_pixels": halves})[0][-1]


def test_pictures_that_the_run_did_not_learn_from_are_refused(run, images, held_out):
    with pytest.raises(DcganError, match=r"`images` should be the 24 pictures that the run in .* was trained on"):
        evaluate(run, images.subset(range(20)), held_out, features="random")
    with pytest.raises(DcganError, match=r"\(16, 16, 3\). Received: \(16, 16, 1\)"):
        evaluate(run, images, make_images(channels=1), features="random")


def test_too_little_to_judge_is_a_sentence(run, images):
    with pytest.raises(DcganError, match=r"at least 8 training pictures. Received: 5. Add pictures."):
        Judge(images.subset(range(5)), features="random")
    with pytest.raises(DcganError, match=r"`count` should be a whole number from 8 to .* Received: 3"):
        evaluate(run, images, features="random", count=3)
    with pytest.raises(DcganError, match=r"\(16, 16, 3\). Received: \(20, 20, 3\)"):
        evaluate(run, make_images(size=20), features="random")


def test_every_score_has_a_sentence_and_the_page_is_safe(scores):
    rows = describe_scores(scores)
    assert [row[0] for row in rows] == list(scores)
    assert all(len(row) == 5 and row[-1].endswith(".") for row in rows)
    assert "±" in rows[0][1]
    page = scores_as_html({"kid_<b>": next(iter(scores.values()))})
    assert "kid_&lt;b&gt;" in page and "<b>" not in page
