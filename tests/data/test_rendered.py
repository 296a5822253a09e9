import hashlib
import json
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data.rendered import kiwi, render_kiwis, render_vehicles, store, vehicles
from dcgan_tf.data.rendered.kiwi_body import grow_body
from dcgan_tf.data.rendered.kiwi_view import FRAMES_PER_TURN, photograph

VEHICLES = 250


@pytest.fixture(scope="module")
def kiwis(tmp_path_factory):
    return render_kiwis(tmp_path_factory.mktemp("kiwis") / "set", training=16, test=8)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    return render_vehicles(tmp_path_factory.mktemp("vehicles") / "set", count=VEHICLES)


def contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.suffix in {".jpg", ".png"}]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def stamps(folder: Path) -> dict[Path, int]:
    """Return when each picture was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.[jp][pn]g")}


def test_kiwis_are_named_counted_and_sized_as_in_fruits_360(kiwis):
    files = contents(kiwis)
    training = {name for name in files if name.startswith("Training/Kiwi/")}
    test = {name for name in files if name.startswith("Test/Kiwi/")}
    assert (len(training), len(test), len(files)) == (16, 8, 24)
    assert {"Training/Kiwi/0_100.jpg", "Training/Kiwi/r_0_100.jpg", "Training/Kiwi/r2_1_100.jpg"} <= training
    assert not {Path(name).name for name in training} & {Path(name).name for name in test}
    for name in files:
        with Image.open(kiwis / name) as picture:
            assert (picture.size, picture.mode, picture.format) == ((100, 100), "RGB", "JPEG")


def test_the_full_plan_has_the_real_numbers_without_a_repeated_frame():
    shots = kiwi._plan(466, 156)
    assert len({shot.place for shot in shots}) == len({(shot.individual, shot.frame) for shot in shots}) == 622
    # One turn of the table or less, so that no frame shows what another has shown.
    assert max(shot.frame for shot in shots) < FRAMES_PER_TURN


def test_kiwis_are_brown_fill_the_frame_and_stand_on_white(kiwis):
    for name in contents(kiwis):
        pixels = np.asarray(Image.open(kiwis / name)).astype(float)
        corners = [pixels[:4, :4], pixels[:4, -4:], pixels[-4:, :4], pixels[-4:, -4:]]
        assert min(corner.min() for corner in corners) > 245, name
        fruit = pixels.min(axis=2) < 200
        assert max(np.ptp(np.flatnonzero(fruit.any(axis=0))), np.ptp(np.flatnonzero(fruit.any(axis=1)))) >= 88
        # No hole within: what lies between a row's first and last fruit pixel is fruit, but for a few hairs.
        rows = [row for row in fruit if row.any()]
        gaps = sum(np.ptp(np.flatnonzero(row)) + 1 - row.sum() for row in rows)
        assert gaps < 0.02 * fruit.sum()
        red, green, blue = pixels[30:70, 30:70].mean(axis=(0, 1))
        assert red > green > blue > 15


def test_neighbouring_frames_are_nearer_than_distant_ones():
    body = grow_body(0, 1)
    first, second, far = (np.asarray(photograph(body, 0, 1, n), float) for n in (10, 11, 10 + FRAMES_PER_TURN // 4))
    assert 0.0 < np.abs(second - first).mean() < 0.6 * np.abs(far - first).mean()


def test_the_kiwis_differ_in_outline_and_colour(kiwis):
    series = [np.asarray(Image.open(path), float) for path in sorted(kiwis.glob("Training/Kiwi/*0_100.jpg"))]
    shares = [(p.min(axis=2) < 200).mean() for p in series]
    tints = [p[40:60, 40:60].mean() for p in series]
    assert len(series) == 8
    assert max(shares) > 1.1 * min(shares)
    assert max(tints) > 1.15 * min(tints)


def test_a_kiwi_depends_on_seed_and_name_alone(kiwis, tmp_path):
    few = contents(render_kiwis(tmp_path / "few", training=2, test=1))
    many = contents(kiwis)
    assert few == {name: many[name] for name in few}
    other = contents(render_kiwis(tmp_path / "other", seed=1, training=1, test=0))
    assert list(other) == ["Training/Kiwi/0_100.jpg"]
    assert other["Training/Kiwi/0_100.jpg"] != many["Training/Kiwi/0_100.jpg"]


def test_vehicles_come_in_equal_classes_several_sizes_and_modes(fleet):
    folders = {path.name: list(path.iterdir()) for path in fleet.iterdir() if path.is_dir()}
    assert set(folders) == {"Cars", "Motorcycles", "Planes", "Ships", "Trucks"}
    assert {len(files) for files in folders.values()} == {VEHICLES // 5}
    modes, sizes = [], set()
    for path in [path for files in folders.values() for path in files]:
        with Image.open(path) as picture:
            assert (picture.mode in {"RGB", "L"}) == (picture.format == "JPEG")
            modes.append(picture.mode)
            sizes.add(picture.size)
    assert set(modes) == {"RGB", "L", "RGBA", "P"}
    assert modes.count("RGB") > VEHICLES / 2
    assert all(60 <= side <= 480 for size in sizes for side in size)
    assert sum(width > height for width, height in sizes) > 0.8 * len(sizes) > 50


def test_transparent_pictures_have_a_clear_and_a_solid_part(fleet):
    cut_out = [picture for path in fleet.rglob("*.png") if (picture := Image.open(path)).mode == "RGBA"]
    for picture in cut_out:
        alpha = np.asarray(picture.getchannel("A"))
        assert (alpha == 0).mean() > 0.1 and (alpha == 255).mean() > 0.05


def test_vehicles_depend_on_seed_and_number_alone(fleet, tmp_path):
    few = contents(render_vehicles(tmp_path / "few", count=21))
    many = contents(fleet)
    assert few == {name: many[name] for name in few}
    other = contents(render_vehicles(tmp_path / "other", seed=1, count=7))
    assert not set(other.values()) & set(many.values())


def test_no_two_pictures_are_identical(kiwis, fleet):
    prints = [hashlib.sha256(data).hexdigest() for data in (*contents(kiwis).values(), *contents(fleet).values())]
    assert len(set(prints)) == len(prints) == 24 + VEHICLES


def test_classes_can_be_told_apart_at_28_by_28_gray(fleet):
    names = sorted(path for path in fleet.glob("*/*") if path.is_file())
    pictures = [Image.open(path).convert("RGB").convert("L").resize((28, 28), Image.Resampling.BOX) for path in names]
    sheet = np.stack([np.asarray(picture, np.float64).ravel() for picture in pictures])
    sheet -= sheet.mean(axis=1, keepdims=True)
    sheet /= np.linalg.norm(sheet, axis=1, keepdims=True)
    labels = np.array([path.parent.name for path in names])
    held_out = np.array([int(path.stem) % 4 == 0 for path in names])
    # The absolute correlation: a light vehicle on dark ground is the negative of a dark one on light ground.
    likeness = np.abs(sheet[held_out] @ sheet[~held_out].T)
    right = labels[~held_out][likeness.argmax(axis=1)] == labels[held_out]
    assert held_out.sum() >= 60
    assert right.mean() > 0.8


@pytest.mark.parametrize(
    "render", [lambda f: render_kiwis(f, training=1, test=0), lambda f: render_vehicles(f, count=7)]
)
def test_a_second_call_returns_without_drawing(render, tmp_path):
    assert render(tmp_path / "set") == tmp_path / "set"
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert stat.S_IMODE((tmp_path / "set").stat().st_mode) & 0o700 == 0o700
    before = stamps(tmp_path / "set")
    render(str(tmp_path / "set"))
    assert before and stamps(tmp_path / "set") == before
    next(iter(before)).unlink()
    render(tmp_path / "set")
    after = stamps(tmp_path / "set")
    assert set(after) == set(before) and not set(after.values()) & set(before.values())  # all are drawn again


def test_an_interrupted_render_leaves_nothing(tmp_path, monkeypatch):
    drawn = []

    def stop(*arguments):
        drawn.append(arguments)
        if len(drawn) > 3:
            raise KeyboardInterrupt
        return Image.new("RGB", (8, 8))

    monkeypatch.setattr(vehicles, "draw_vehicle", stop)
    with pytest.raises(KeyboardInterrupt):
        render_vehicles(tmp_path / "set", count=60)
    assert list(tmp_path.iterdir()) == []


def test_another_seed_or_drawing_code_replaces_the_set(tmp_path, monkeypatch):
    before = contents(render_vehicles(tmp_path / "set", count=8))
    after = contents(render_vehicles(tmp_path / "set", seed=3, count=7))
    assert len(after) == 7 and not set(before.values()) & set(after.values())
    monkeypatch.setattr(vehicles, "VERSION", 99)
    render_vehicles(tmp_path / "set", seed=3, count=7)
    assert json.loads((tmp_path / "set" / store.MARKER).read_text())["version"] == 99
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_foreign_files_are_refused_and_kept(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "holiday.jpg").write_bytes(b"dear to me")
    with pytest.raises(DcganError, match=r"mine holds other files than rendered pictures\. Name another `folder`\.$"):
        render_vehicles(mine, count=7)
    assert (mine / "holiday.jpg").read_bytes() == b"dear to me"
    with pytest.raises(DcganError, match=r"holiday\.jpg is a file\. Name another `folder`\.$"):
        render_kiwis(mine / "holiday.jpg", training=1, test=0)
    (mine / "holiday.jpg").unlink()
    render_vehicles(mine, count=7)
    (mine / "Cars" / "mine.jpg").write_bytes(b"dear to me")
    with pytest.raises(DcganError, match="holds other files"):
        render_vehicles(mine, seed=1, count=7)
    assert (mine / "Cars" / "mine.jpg").exists()


@pytest.mark.parametrize(
    ("render", "arguments", "field"),
    [
        (render_kiwis, {"seed": -1}, "seed"),
        (render_kiwis, {"training": 0}, "training"),
        (render_kiwis, {"test": 1.5}, "test"),
        (render_vehicles, {"count": 4}, "count"),
        (render_vehicles, {"seed": True}, "seed"),
    ],
)
def test_wrong_numbers_are_named(render, arguments, field, tmp_path):
    with pytest.raises(DcganError, match=f"^`{field}` should be a whole number of at least"):
        render(tmp_path / "set", **arguments)
    assert list(tmp_path.iterdir()) == []
