"""A run that is killed again and again: its lives, and how its end is compared with another's."""

import shutil
from dataclasses import replace

import pytest

from benchmarks.soak.ending import ending
from benchmarks.soak.life import Beacon, pictures, settings
from benchmarks.soak.lives import Lives, is_writing
from dcgan_tf import load_run, train


@pytest.fixture(scope="module")
def run(config, images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("soak") / "run"
    return train(replace(config, score_kimg=0.032), images, folder, progress="none", pictures=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "file"),
    [
        ("samples", "samples/000004.png"),
        ("samples", "real.png"),
        ("samples", "progress.gif"),
        ("history", "history.jsonl"),
        ("history", "kid.jsonl"),
        ("weights", "best.keras"),
    ],
)
def test_any_difference_is_seen(run, tmp_path, changed, file):
    other = tmp_path / "other"
    shutil.copytree(run.folder, other)
    before = ending(run.folder)
    assert ending(other) == before
    path = other / file
    if file == "best.keras":
        generator = run.best.generator
        weight = generator.weights[0]
        weight.assign(weight + 1e-6)
        generator.save(path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    else:
        path.write_bytes((path.read_bytes() if path.is_file() else b"") + b"x")
    after = ending(other)
    assert [name for name in after if after[name] != before[name]] == [changed]


def test_a_half_written_file_counts_for_its_writer_alone(tmp_path):
    assert not is_writing(tmp_path / "run", 7, "checkpoint")
    (tmp_path / "run" / "checkpoint").mkdir(parents=True)
    (tmp_path / "run" / "checkpoint" / ".partial-7-1-00000004.npz").touch()
    (tmp_path / "run" / ".partial-71-1-progress.gif").touch()
    assert is_writing(tmp_path / "run", 7, "checkpoint") and not is_writing(tmp_path / "run", 7, "gif")
    assert is_writing(tmp_path / "run", 71, "gif") and not is_writing(tmp_path / "run", 71, "checkpoint")


@pytest.mark.slow
def test_a_life_tells_where_it_stands_and_draws_its_gifs(tmp_path):
    lives = Lives(tmp_path / "run", "float32", kimg=0.8, seed=0)
    lives.live()
    run = load_run(tmp_path / "run")
    assert lives.beacon.step == run.history[-1]["step"] == 50
    _, trained, saved = lives.beacon.get()
    assert trained == saved and 0 < trained < run.info["seconds"]  # the first call compiles, which is not counted
    assert sorted(path.name for path in run.folder.glob("*.gif")) == ["interpolation.gif", "progress.gif"]


def test_a_beacon_outlives_who_wrote_it(tmp_path):
    Beacon(tmp_path / "beacon").set(7, 1.5, 0.5)
    assert Beacon(tmp_path / "beacon").get() == (7, 1.5, 0.5)


def test_its_run_augments_and_does_everything_often():
    config = settings("bfloat16", 10.0)
    assert config.precision == "bfloat16" and config.augment_flip and config.augment_cutout and config.augment_color
    assert config.checkpoint_minutes * 60 == 3 and len(pictures()) > config.batch_size
