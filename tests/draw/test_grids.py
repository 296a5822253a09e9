import numpy as np
import pytest
from PIL import Image, ImageSequence

from dcgan_tf.draw.curves import save_curves
from dcgan_tf.draw.diagram import draw_gan
from dcgan_tf.draw.film import save_gif
from dcgan_tf.draw.grids import BAR, GAP, GROUND, draw_grid, enlargement, grid_shape, save_grid, save_pairs, to_image

HISTORY = [
    {"step": step, "kimg": step / 10, "g_loss": 1 + step / 50, "d_loss": 1.2, "real_score": 0.7, "fake_score": 0.4}
    for step in range(1, 40)
]


def flat(count: int, size: int, channels: int = 3) -> np.ndarray:
    """Return pictures of one shade each, every one another."""
    shades = np.linspace(20, 230, count).astype(np.uint8)
    return np.broadcast_to(shades[:, None, None, None], (count, size, size, channels)).copy()


@pytest.mark.parametrize(("size", "columns"), [(16, 8), (28, 8), (64, 8), (100, 5), (128, 4), (256, 4)])
def test_grids_are_square_and_of_a_size_to_look_at(size, columns):
    assert grid_shape(size) == (columns, columns, columns**2)
    sheet = draw_grid(flat(columns**2, size), "title")
    assert 400 <= sheet.width <= 1100


def test_every_picture_stands_in_its_place_unblurred():
    pictures = np.random.default_rng(0).integers(0, 256, (6, 20, 20, 3), np.uint8)
    sheet = np.asarray(draw_grid(pictures, "", columns=3))
    zoom = 560 // (3 * 24)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, 3)
        top, left = 26 + 4 + row * (20 * zoom + 4), 4 + column * (20 * zoom + 4)
        tile = sheet[top : top + 20 * zoom, left : left + 20 * zoom]
        assert np.array_equal(tile[::zoom, ::zoom], picture)
        assert np.array_equal(tile[zoom - 1 :: zoom, zoom - 1 :: zoom], picture)


def test_a_title_is_written_and_never_cut():
    pictures = flat(1, 16)
    bare, titled = draw_grid(pictures, ""), draw_grid(pictures, "a very long title " * 20)
    assert titled.width > bare.width
    strip = np.asarray(titled)[:26]
    assert (strip[:, -4:] == GROUND).all() and (strip != GROUND).any(axis=(0, 2))[: titled.width - 20].sum() > 500


def test_gray_pictures_come_out_gray():
    image = np.asarray(to_image(flat(3, 8, channels=1)[1]))
    assert image.shape == (8, 8, 3) and (image == image[0, 0, 0]).all()


def test_grids_are_opaque(tmp_path):
    path = save_grid(tmp_path / "deep" / "grid.png", flat(4, 16), "title")
    assert Image.open(path).mode == "RGB"
    assert [entry.name for entry in path.parent.iterdir()] == ["grid.png"]


def gif_frames(path) -> tuple[Image.Image, list[np.ndarray], list[int], list[bytes]]:
    image = Image.open(path)
    frames, durations, palettes = [], [], []
    for frame in ImageSequence.Iterator(image):
        durations.append(frame.info["duration"])
        palettes.append(bytes(image.global_palette.palette) if not image.tile or image.global_palette else b"")
        frames.append(np.asarray(frame.convert("RGB")).astype(int))
    return image, frames, durations, palettes


def test_a_gif_plays_as_asked_and_loops(tmp_path):
    frames = [Image.fromarray(picture) for picture in flat(5, 40)]
    image, read, durations, _ = gif_frames(save_gif(tmp_path / "a.gif", frames, milliseconds=120, hold=2000))
    assert image.n_frames == 5 and image.info["loop"] == 0
    assert durations == [120, 120, 120, 120, 2120]
    for before, after in zip(frames, read, strict=True):
        assert np.abs(np.asarray(before).astype(int) - after).max() <= 8


def test_frames_too_short_for_browsers_are_never_written(tmp_path):
    frames = [Image.fromarray(picture) for picture in flat(3, 10)]
    assert gif_frames(save_gif(tmp_path / "a.gif", frames, milliseconds=5))[2] == [20, 20, 20]


def test_one_palette_serves_all_frames_so_that_still_parts_do_not_flicker(tmp_path):
    generator = np.random.default_rng(0)
    still = generator.integers(0, 256, (30, 60, 3), np.uint8)
    frames = []
    for color in generator.integers(0, 256, (12, 3), np.uint8):
        frames.append(Image.fromarray(np.concatenate([still, np.broadcast_to(color, (30, 60, 3))])))
    path = save_gif(tmp_path / "a.gif", frames, milliseconds=100)
    _, read, _, _ = gif_frames(path)
    assert all(np.array_equal(frame[:30], read[0][:30]) for frame in read)
    assert local_palettes(path.read_bytes()) == 0


def local_palettes(data: bytes) -> int:
    """Return how many frames of a GIF bring a palette of their own, by walking its blocks (GIF89a, section 20)."""
    place, count = 13 + 3 * 2 ** ((data[10] & 7) + 1), 0
    while data[place] != 0x3B:
        if data[place] == 0x21:
            place += 2
        else:
            flags = data[place + 9]
            count += flags >> 7
            place += 10 + (3 * 2 ** ((flags & 7) + 1) if flags >> 7 else 0) + 1
        while data[place]:
            place += data[place] + 1
        place += 1
    return count


def test_curves_are_drawn_on_opaque_ground(tmp_path):
    path = save_curves(tmp_path / "losses.png", HISTORY, "title")
    picture = np.asarray(Image.open(path).convert("RGBA"))
    assert (picture[..., 3] == 255).all()
    assert picture[0, 0, :3].min() > 240
    few = save_curves(tmp_path / "few.png", HISTORY[:1], "one record")
    assert few.stat().st_size > 5000


def test_pairs_stand_one_above_the_other(tmp_path):
    generated, nearest = flat(10, 16), flat(10, 16) + 20
    sheet = np.asarray(Image.open(save_pairs(tmp_path / "pairs.png", generated, nearest, "", columns=5)))
    cell = 16 * (560 // (5 * 20)) + 4
    for index in range(10):
        row, column = divmod(index, 5)
        left, top = 10 + column * cell, 26 + 10 + 2 * row * cell
        assert sheet[top, left, 0] == generated[index, 0, 0, 0]
        assert sheet[top + cell, left, 0] == nearest[index, 0, 0, 0]


def test_the_drawing_of_a_gan_is_a_picture():
    drawing = draw_gan()
    assert drawing.width > 600 and np.asarray(drawing.convert("RGB")).std() > 10


def test_the_kid_curve_is_a_third_panel_that_may_fall_below_zero(tmp_path):
    history = [{"kimg": k, "g_loss": 1.0, "d_loss": 1.0, "real_score": 0.6, "fake_score": 0.4} for k in (1.0, 2.0, 3.0)]
    points = [{"step": k, "kimg": float(k), "kid_random": value} for k, value in ((1, 0.5), (2, 0.02), (3, 0.03))]
    two = Image.open(save_curves(tmp_path / "two.png", history, "curves"))
    three = Image.open(save_curves(tmp_path / "three.png", history, "curves", points))
    assert (two.width, three.width) == (1000, 1500)
    below = [points[0], points[1] | {"kid_random": -0.01}]
    assert Image.open(save_curves(tmp_path / "below.png", history, "curves", below)).width == 1500


def test_every_generated_picture_stands_above_its_own_neighbor(tmp_path):
    generated = np.stack([np.full((16, 16, 1), 10 * index, np.uint8) for index in range(11)])
    sheet = np.asarray(Image.open(save_pairs(tmp_path / "pairs.png", generated, generated + 5, "pairs")).convert("L"))
    zoom = enlargement(16, 8)
    for index in range(11):
        row, column = divmod(index, 8)
        left = GAP + column * (16 * zoom + GAP) + 3
        tops = [BAR + GAP + (2 * row + below) * (16 * zoom + GAP) + 3 for below in (0, 1)]
        assert [int(sheet[top, left]) for top in tops] == [10 * index, 10 * index + 5]
