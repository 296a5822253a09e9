"""The benchmark that kills a run: what it compares, and what it calls good."""

import shutil
from dataclasses import replace

import pytest

from benchmarks import tables
from benchmarks.soak import soak
from benchmarks.soak.life import Beacon, pictures, settings
from dcgan_tf import train


@pytest.fixture(scope="module")
def run(config, images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("soak") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dcgan_tf.training.best.GENERATED", 20)
        return train(replace(config, score_kimg=0.032), images, folder, progress="none", pictures=False)


def look(folder, tmp_path):
    """Return what is compared of a run."""
    looked = soak.Soak(tmp_path / "none", "float32", 1.0, seed=0)
    looked.folder = folder
    return looked.result()


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
    before = look(run.folder, tmp_path)
    assert look(other, tmp_path) == before
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
    after = look(other, tmp_path)
    assert [name for name in after if after[name] != before[name]] == [changed]


GOOD = {
    "planned": {"training": 30, "start": 5, "checkpoint": 10, "gif": 5},
    "kills": {"training": 30, "start": 5, "checkpoint": 10, "gif": 5},
    "half_written": {"checkpoint": 9, "gif": 5},
    "failed_resumes": 0,
    "passed_over": 0,
    "steps": 1000,
    "commit": "0123456789",
    "interval_seconds": 3.0,
    "lost_seconds": 2.9,
    "lost_steps": 90,
    "identical": {"weights": True, "history": True, "samples": True},
}


@pytest.mark.parametrize(
    "bad",
    [
        {"failed_resumes": 1},
        {"passed_over": 1},
        {"lost_seconds": 3.1},
        {"kills": {"training": 28, "start": 5, "checkpoint": 10, "gif": 7}},
        {"half_written": {"checkpoint": 9, "gif": 0}},
        {"identical": {"weights": True, "history": False, "samples": True}},
    ],
)
def test_what_is_not_good_is_not_called_good(bad):
    assert soak.is_good(GOOD)
    assert not soak.is_good(GOOD | bad)


def test_a_half_written_file_counts_for_its_writer_alone(tmp_path):
    looked = soak.Soak(tmp_path / "run", "float32", 1.0, seed=0)
    assert not looked.is_writing(7, "checkpoint")
    (tmp_path / "run" / "checkpoint").mkdir(parents=True)
    (tmp_path / "run" / "checkpoint" / ".partial-7-1-00000004.npz").touch()
    (tmp_path / "run" / ".partial-71-1-progress.gif").touch()
    assert looked.is_writing(7, "checkpoint") and not looked.is_writing(7, "gif")
    assert looked.is_writing(71, "gif") and not looked.is_writing(71, "checkpoint")


def test_the_table_says_what_was_found():
    table = tables.soak({"rows": {"float32": GOOD | {"identical": {"weights": True, "samples": False}}}})
    assert (
        "| float32 | 50 (5, 30, 10, 5) | 9, 5 | 0 | 90 | 2.9 | 3 | 1,000 | weights: yes, samples: NO | 0123456 |"
        in table
    )


def test_a_beacon_outlives_who_wrote_it(tmp_path):
    Beacon(tmp_path / "beacon").set(7, 1.5, 0.5)
    assert Beacon(tmp_path / "beacon").get() == (7, 1.5, 0.5)


def test_its_run_augments_and_does_everything_often():
    config = settings("bfloat16", 10.0)
    assert config.precision == "bfloat16" and config.augment_flip and config.augment_cutout and config.augment_color
    assert config.checkpoint_minutes * 60 == 3 and len(pictures()) > config.batch_size
