import numpy as np
import pytest
from PIL import Image

from dcgan_tf.draw.grids import BAR, GAP, GROUND, draw_grid, enlargement, grid_shape, save_grid, save_pairs, to_image


def flat(count: int, size: int, channels: int = 3) -> np.ndarray:
    """Return pictures of one shade each, every one another."""
    shades = np.linspace(20, 230, count).astype(np.uint8)
    return np.broadcast_to(shades[:, None, None, None], (count, size, size, channels)).copy()


@pytest.mark.parametrize(("size", "columns"), [(16, 8), (28, 8), (64, 8), (100, 5), (128, 4), (256, 4)])
def test_grids_are_square_and_of_a_size_to_look_at(size, columns):
    assert grid_shape((size, size)) == (columns, columns, columns**2)
    sheet = draw_grid(flat(columns**2, size), "title")
    assert 400 <= sheet.width <= 1100


@pytest.mark.parametrize(
    ("shape", "columns", "rows"), [((48, 64), 8, 8), ((64, 128), 4, 8), ((256, 100), 5, 4), ((16, 256), 4, 8)]
)
def test_grids_of_oblong_pictures_are_about_square(shape, columns, rows):
    assert grid_shape((*shape, 3)) == (columns, rows, columns * rows)
    sheet = draw_grid(np.zeros((columns * rows, *shape, 3), np.uint8), "")
    assert sheet.width <= 1100 and sheet.height <= 1100


def test_transparent_parts_show_a_light_checkerboard():
    picture = np.zeros((16, 16, 4), np.uint8)
    picture[:, 8:] = 255, 0, 0, 255
    picture[0] = 0, 0, 255, 127
    image = np.asarray(to_image(picture)).astype(int)
    assert image.shape == (16, 16, 3)
    assert set(image[1:, :8].reshape(-1)) == {224, 255} and len(set(image[1, :8, 0])) == 2
    assert (image[1:, 8:] == (255, 0, 0)).all()
    assert abs(image[0, 0] - (112, 112, 239)).max() <= 2 or abs(image[0, 0] - (128, 128, 255)).max() <= 2


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


def test_pairs_stand_one_above_the_other(tmp_path):
    generated, nearest = flat(10, 16), flat(10, 16) + 20
    sheet = np.asarray(Image.open(save_pairs(tmp_path / "pairs.png", generated, nearest, "", columns=5)))
    cell = 16 * (560 // (5 * 20)) + 4
    for index in range(10):
        row, column = divmod(index, 5)
        left, top = 10 + column * cell, 26 + 10 + 2 * row * cell
        assert sheet[top, left, 0] == generated[index, 0, 0, 0]
        assert sheet[top + cell, left, 0] == nearest[index, 0, 0, 0]


def test_every_generated_picture_stands_above_its_own_neighbor(tmp_path):
    generated = np.stack([np.full((16, 16, 1), 10 * index, np.uint8) for index in range(11)])
    sheet = np.asarray(Image.open(save_pairs(tmp_path / "pairs.png", generated, generated + 5, "pairs")).convert("L"))
    zoom = enlargement((16, 16), 8)
    for index in range(11):
        row, column = divmod(index, 8)
        left = GAP + column * (16 * zoom + GAP) + 3
        tops = [BAR + GAP + (2 * row + below) * (16 * zoom + GAP) + 3 for below in (0, 1)]
        assert [int(sheet[top, left]) for top in tops] == [10 * index, 10 * index + 5]
