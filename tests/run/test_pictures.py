import shutil

import numpy as np
import pytest
from PIL import Image

from dcgan_tf import DcganError, load_run, train
from dcgan_tf.draw.grids import draw_grid
from dcgan_tf.run import pictures
from dcgan_tf.run.pictures import write_curves, write_progress, write_walk
from dcgan_tf.run.run import Run


@pytest.fixture(scope="module")
def run(config, images, tmp_path_factory):
    return train(config, images, tmp_path_factory.mktemp("run"), progress="none", pictures=False)


def test_each_function_writes_its_file_of_the_run_folder(run, images):
    written = [write_progress(run), write_curves(run), write_walk(run, frames=8)]
    assert [path.relative_to(run.folder).as_posix() for path in written] == [
        "progress.gif", "losses.png", "interpolation.gif",
    ]  # fmt: skip
    for path in written:
        Image.open(path).load()


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", None])
def test_the_film_goes_without_a_damaged_grid_and_says_so(run, tmp_path, capsys, content):
    folder = tmp_path / "run"
    shutil.copytree(run.folder, folder)
    grid = load_run(folder).samples[1]
    grid.write_bytes(grid.read_bytes()[:-200] if content is None else content)
    assert Image.open(write_progress(load_run(folder))).n_frames == 2
    assert f"{grid} is damaged (" in capsys.readouterr().out


def test_a_run_without_grids_or_records_is_told(run, tmp_path):
    shutil.copy(run.folder / "run.json", tmp_path)
    with pytest.raises(DcganError, match=r"samples holds no grid that can be read"):
        write_progress(load_run(tmp_path))
    with pytest.raises(DcganError, match=r"history.jsonl holds no records yet"):
        write_curves(load_run(tmp_path))


def test_progress_goes_from_the_first_grid_to_the_last(run):
    gif = Image.open(write_progress(run))
    assert gif.n_frames == len(run.samples) == 3
    cell = 16 * (560 // (8 * 20)) + 4
    for frame, path in ((0, run.samples[0]), (2, run.samples[-1])):
        gif.seek(frame)
        box = (0, 0, 6 * cell + 4, 26 + 6 * cell + 4)
        shown = np.asarray(gif.convert("RGB").crop(box)).astype(int)
        sample = np.asarray(Image.open(path).convert("RGB").crop(box))
        assert np.abs(shown - sample).mean() < 8
        assert gif.height == box[3] and gif.width >= box[2]


def test_many_grids_make_no_endless_gif(run, tmp_path):
    for step in range(100, 300):
        draw_grid(np.full((4, 16, 16, 3), step % 256, np.uint8), "").save(run.folder / "samples" / f"{step:06d}.png")
    try:
        assert Image.open(write_progress(run)).n_frames <= 60
    finally:
        for step in range(100, 300):
            (run.folder / "samples" / f"{step:06d}.png").unlink()


def test_only_comparable_points_make_the_kid_curve(run, monkeypatch):
    drawn = []
    draw = pictures.draw_curves
    monkeypatch.setattr(pictures, "draw_curves", lambda *given: drawn.append(given[2]) or draw(*given))
    old, new = ({"step": step, "kimg": 1.0, "kid": 0.1, "features_version": f"v{step}"} for step in (1, 2))
    monkeypatch.setattr(Run, "kid_curve", [old, new, new])
    write_curves(run)
    monkeypatch.setattr(Run, "kid_curve", [])
    write_curves(run)
    assert drawn == [[new, new], []]


def test_the_last_grid_is_what_the_run_generates(run):
    expected = draw_grid(run.generate(64, seed=run.config.seed), "")
    shown = np.asarray(Image.open(run.samples[-1]).convert("RGB"))[26:]
    assert np.abs(shown.astype(int) - np.asarray(expected)[26:]).max() <= 1


def test_the_grids_of_training_differ(run):
    first, *_, last = (np.asarray(Image.open(path)) for path in run.samples)
    assert not np.array_equal(first[26:], last[26:])


def test_a_walk_is_a_loop_of_moving_pictures(run):
    gif = Image.open(write_walk(run, walks=3, stops=3, frames=9))
    assert gif.n_frames == 9 and gif.info["loop"] == 0
