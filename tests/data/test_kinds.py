"""Kinds of pictures in a set without classes."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dcgan_tf import Config, DcganError, ImageSet, evaluate, sort_pictures, train
from dcgan_tf.data import kinds
from dcgan_tf.data.kinds import find_kinds
from dcgan_tf.data.stored import StoredPixels

SHADES = (20, 60, 100, 140, 180, 220)  # of six kinds


def six_kinds(each: int = 20, labels: str = "all", noise: int = 12) -> ImageSet:
    """Return pictures of six shades, the lightest half as often as the others."""
    draw = np.random.default_rng(0)
    shades = np.repeat(SHADES, [each] * 5 + [each // 2])
    shades = shades[draw.permutation(len(shades))]
    pixels = np.clip(shades[:, None, None, None] + draw.integers(-noise, noise + 1, (len(shades), 16, 16, 1)), 0, 255)
    files = tuple(f"{at:04d}.png" for at in range(len(shades)))
    return ImageSet(pixels.astype(np.uint8), files, (labels,) * len(shades), (), "shades")


def shades_of(images: ImageSet, label: str) -> set[int]:
    chosen = images.pixels[np.array(images.labels) == label]
    return {min(SHADES, key=lambda shade: abs(shade - picture.mean())) for picture in chosen}


def test_kinds_are_what_looks_alike(monkeypatch):
    monkeypatch.setattr(kinds, "KINDS", 6)
    images, unseen = find_kinds(six_kinds(), six_kinds(each=2))
    assert Counter(images.labels) == {f"kind {number}": 20 for number in range(1, 6)} | {"kind 6": 10}
    assert all(len(shades_of(images, label)) == 1 for label in set(images.labels))
    assert shades_of(images, "kind 6") == {220}  # the smallest is the last
    for label in set(images.labels):  # unseen pictures go to the kind that they look like
        assert shades_of(unseen, label) == shades_of(images, label)


def test_the_same_pictures_give_the_same_kinds_from_memory_and_disk(tmp_path):
    images = six_kinds()
    (tmp_path / "pixels").write_bytes(images.pixels.tobytes())
    stored = replace(images, pixels=StoredPixels(tmp_path / "pixels", images.pixels.shape))
    assert find_kinds(images)[0].labels == find_kinds(images)[0].labels == find_kinds(stored)[0].labels


def test_a_kind_of_few_pictures_joins_others():
    images = six_kinds()
    odd = replace(images, pixels=np.concatenate([images.pixels[:-3], np.full((3, 16, 16, 1), 255, np.uint8)]))
    assert min(Counter(find_kinds(odd)[0].labels).values()) >= kinds.LEAST_OF_KIND


def test_invisible_colours_make_no_kind():
    alpha = np.where(np.arange(40) % 2, 255, 0)[:, None, None, None] * np.ones((1, 16, 16, 1))
    colors = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3)) * (alpha == 0) + 90 * (alpha > 0)
    images = ImageSet(
        np.concatenate([colors, alpha], -1).astype(np.uint8), tuple(map(str, range(40))), ("all",) * 40, (), "clear"
    )
    (found,) = find_kinds(images)
    assert found.labels == ("kind 1", "kind 2") * 20


def test_auto_takes_kinds_of_one_fruit_and_elsewhere_subfolders_that_are_classes():
    images, none = six_kinds(), six_kinds().subset([])
    named = replace(images, labels=tuple("ab"[at % 2] for at in range(len(images))))
    assert sort_pictures(named, none) == (named, none, ("a", "b"))
    assert sort_pictures(named, none, "true")[2] == ("a", "b")
    found, _, names = sort_pictures(named, none, "kinds")
    assert names == tuple(sorted(set(found.labels))) and names[0] == "kind 1"
    fruit = replace(images, source="Fruits-360")
    assert sort_pictures(fruit, none)[2] == names and sort_pictures(fruit)[1] is None
    assert sort_pictures(fruit, none, "false") == (fruit, none, ())
    for other in (images, fruit.subset(range(79)), replace(images, source="rendered")):
        assert sort_pictures(other, none) == (other, none, ())
    same = replace(fruit, pixels=np.full_like(images.pixels, 7))
    assert sort_pictures(same, none)[2] == ()


def test_what_cannot_be_sorted_is_told():
    images = six_kinds()
    with pytest.raises(
        DcganError, match=r"`classes` should be one of 'auto', 'true', 'kinds', 'false'. Received: 'kind'"
    ):
        sort_pictures(images, images, "kind")
    with pytest.raises(DcganError, match=r"shades has too few pictures to find kinds in, 19: at least 20 are needed"):
        sort_pictures(images.subset(range(19)), images, "kinds")


def test_a_run_makes_each_kind_on_request(tmp_path: Path, monkeypatch):
    images, _, names = sort_pictures(six_kinds(), classes="kinds")
    settings = Config(
        image_size=16, channels=1, class_names=names, kimg=0.064, batch_size=8, generator_width=4,
        discriminator_width=4, score_kimg=0.0, precision="float32",
    )  # fmt: skip
    run = train(settings, images, tmp_path, progress="none", pictures=False)
    assert run.info["data"]["class_counts"] == [Counter(images.labels)[name] for name in names]
    assert not (run.generate(4, seed=1, label="kind 1") == run.generate(4, seed=1, label=names[-1])).all()
    monkeypatch.delattr("dcgan_tf.judge.judge.Judge")  # it is told before minutes of scoring
    with pytest.raises(DcganError, match=r"without 'all'\. Sort the pictures by sort_pictures"):
        evaluate(run, six_kinds())
