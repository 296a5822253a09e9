import numpy as np
import pytest
from PIL import Image

from dcgan_tf.data import decoding, flattening
from tests.support.awkward import deep, encoded, orientation, palette_with_transparency, photo, see_through
from tests.support.pictures import BLUE, GREEN, RED, WHITE, near, pixels, read


def quarters(width=40, height=20):
    """Return red and green above blue and white, to see how a picture was rotated."""
    picture = Image.new("RGB", (width, height), WHITE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    return picture


# Modes


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, "RGBW"), (2, "GRWB"), (3, "WBGR"), (4, "BWRG"), (5, "RBGW"), (6, "BRWG"), (7, "WGBR"), (8, "GWRB")],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_orientation_puts_the_corners_where_they_belong(kind, value, expected):
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    got = pixels(encoded(quarters(), kind, exif=orientation(value), **options), resize="stretch")
    colors = {"R": RED, "G": GREEN, "B": BLUE, "W": WHITE}
    corners = (got[0, 0], got[0, -1], got[-1, 0], got[-1, -1])
    assert all(near(corner, colors[name]) for corner, name in zip(corners, expected, strict=True))


def test_a_damaged_exif_block_does_not_cost_the_picture():
    data = encoded(quarters(), "JPEG", exif=b"Exif\0\0" + b"II*\0" + b"\xff" * 8, quality=100, subsampling=0)
    assert near(pixels(data, resize="stretch")[0, 0], RED)


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("WEBP", "RGBA"), ("TIFF", "RGBA"), ("PNG", "LA"), ("TIFF", "LA")]
)
def test_transparency_becomes_white(kind, mode):
    options = {"WEBP": {"lossless": True}}.get(kind, {})
    got = pixels(encoded(see_through().convert(mode), kind, **options), size=24)
    assert np.array_equal(got[:, :12], np.full((24, 12, 3), 255))
    assert not near(got[:, 12:], 255, by=100)


def test_half_transparent_black_becomes_mid_gray():
    assert near(pixels(Image.new("RGBA", (16, 16), (0, 0, 0, 128))), 127, by=1)
    assert near(pixels(Image.new("LA", (16, 16), (0, 128)), channels=1), 127, by=1)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_transparent_palette_colour_becomes_white(kind):
    got = pixels(encoded(palette_with_transparency(), kind, transparency=0), size=24)
    assert np.array_equal(got[:, :10], np.full((24, 10, 3), 255))
    assert np.array_equal(got[:, 14:], np.full((24, 10, 3), BLUE))


def test_transparent_colour_of_rgb_and_gray_becomes_white():
    assert near(pixels(encoded(Image.new("RGB", (16, 16), RED), "PNG", transparency=RED)), WHITE)
    assert near(pixels(encoded(Image.new("L", (16, 16), 40), "PNG", transparency=40)), WHITE)
    assert near(pixels(encoded(Image.fromarray(np.full((16, 16), 900, np.uint16)), "PNG", transparency=900)), WHITE)


SIXTEEN = Image.fromarray(np.full((16, 16), 900, np.uint16))


@pytest.mark.parametrize(
    "data",
    [
        encoded(Image.new("RGBA", (16, 16), (9, 9, 9, 0)), "PNG"), encoded(Image.new("LA", (16, 16), (9, 0)), "PNG"),
        encoded(Image.new("L", (16, 16), 40), "PNG", transparency=40), encoded(SIXTEEN, "PNG", transparency=900),
        encoded(Image.new("RGBA", (16, 16), (9, 9, 9, 0)), "WEBP", lossless=True),
    ],
)  # fmt: skip
def test_transparency_becomes_the_background_or_stays(data):
    assert near(pixels(data, background="#2040ff"), (0x20, 0x40, 0xFF), by=0)
    assert near(pixels(data, background="black", channels=1), 0, by=0)
    assert not pixels(data, channels=4)[..., 3].any()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "I;16"])
def test_opaque_pictures_stay_so_in_rgba(mode):
    picture = SIXTEEN if mode == "I;16" else Image.new("RGB", (16, 16), "white").convert(mode)
    data = encoded(picture, "TIFF")
    got = pixels(data, channels=4)
    assert (got[..., 3] == 255).all()
    np.testing.assert_array_equal(got[..., :3], pixels(data))


@pytest.mark.parametrize("resize", ["crop", "pad", "stretch"])
def test_soft_edges_keep_their_colour_where_hidden_pixels_are_black(resize):
    rows, columns = np.mgrid[:90, :90] - 45
    alpha = np.clip((30 - np.hypot(rows, columns)) * 20 + 128, 0, 255).astype(np.uint8)
    disc = np.dstack([np.where(alpha[..., None], np.uint8(RED), 0), alpha])
    got = pixels(Image.fromarray(disc), channels=4, resize=resize)
    edge = (got[..., 3] > 20) & (got[..., 3] < 235)
    assert edge.sum() > 8 and (got[edge][:, 0] > 245).all() and (got[edge][:, 1:3] < 10).all()


@pytest.mark.parametrize("color", ["white", "#2040ff"])
def test_padding_has_the_background_or_is_transparent(color):
    wide = Image.new("RGB", (64, 16), RED)
    top = pixels(wide, resize="pad", background=color)[0]
    assert near(top, WHITE if color == "white" else (0x20, 0x40, 0xFF), by=0)
    clear = pixels(wide, resize="pad", background=color, channels=4)
    assert not clear[0].any() and (clear[8] == (*RED, 255)).all()


@pytest.mark.parametrize(("size", "crop"), [((90, 60), (10, 0, 80, 60)), ((60, 90), (0, 19, 60, 70))])
def test_pictures_are_cut_to_the_shape_asked_for(size, crop):
    rows, columns = np.mgrid[: size[1], : size[0]]
    picture = Image.fromarray(np.dstack([2 * rows, 2 * columns, rows + columns]).astype(np.uint8))
    data = encoded(picture, "PNG")
    with decoding.strict_pillow():
        cut, padded, stretched = (decoding.decode(data, (24, 28, 3), resize=each) for each in decoding.RESIZES)
    expected = picture.crop(crop).resize((28, 24), Image.Resampling.BICUBIC)
    assert cut.shape == padded.shape == stretched.shape == (24, 28, 3) and near(cut, expected, by=2)
    assert near(stretched, picture.resize((28, 24), Image.Resampling.BICUBIC), by=2)
    inner = (28, 19) if size == (90, 60) else (16, 24)
    top, left = (24 - inner[1]) // 2, (28 - inner[0]) // 2
    assert near(
        padded[top : top + inner[1], left : left + inner[0]], picture.resize(inner, Image.Resampling.BICUBIC), 2
    )
    assert (padded == 255).all(-1).sum() >= 24 * 28 - inner[0] * inner[1]


@pytest.mark.parametrize("mode", ["PA", "La", "RGBa", "RGBX", "HSV", "YCbCr", "CMYK", "LAB", "P", "1", "I;16L"])
def test_modes_in_memory_come_out_white(mode):
    white = Image.new("RGB", (8, 8), "white")
    if mode == "LAB":
        picture = Image.new("LAB", (8, 8), (255, 128, 128))
    elif mode == "I;16L":
        picture = Image.frombytes("I;16L", (8, 8), b"\xff" * 128)
    elif mode in ("La", "RGBa", "PA"):
        picture = white.convert({"La": "LA", "RGBa": "RGBA", "PA": "P"}[mode]).convert(mode)
    else:
        picture = white.convert(mode)
    for wanted in ("L", "RGB"):
        flat = flattening.flat(picture, wanted)
        assert flat.mode in ("L", wanted)
        assert near(np.asarray(flat), 255, by=1)


def test_sixteen_bits_big_endian():
    picture = Image.frombytes("I;16B", (24, 24), deep().astype(">u2").tobytes())
    got = pixels(encoded(picture, "TIFF"), size=24, channels=1)
    assert np.array_equal(got[..., 0], np.rint(deep() / 257).astype(np.uint8))


@pytest.mark.filterwarnings("error")
def test_floats_without_a_number_are_black():
    values = np.full((16, 16), np.nan, np.float32)
    values[8:] = 1
    values.view(np.uint32)[4:8] = 0x7FA00000  # a signalling NaN: NumPy warns of its conversion
    got = pixels(encoded(Image.fromarray(values), "TIFF"), channels=1)[..., 0]
    assert got[0].max() == 0
    assert got[-1].min() == 255


@pytest.mark.parametrize(("color", "luma"), [(RED, 76), (GREEN, 150), (BLUE, 29), (WHITE, 255)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_one_channel_is_luma(color, luma, kind):
    assert near(pixels(encoded(Image.new("RGB", (64, 64), color), kind, quality=100), channels=1), luma, by=2)


def test_gray_becomes_three_equal_channels():
    got = pixels(photo().convert("L"))
    assert np.array_equal(got[..., 0], got[..., 1])
    assert np.array_equal(got[..., 0], got[..., 2])


def test_cmyk_jpeg_keeps_its_colours():
    data = encoded(Image.new("RGB", (32, 32), (250, 40, 30)).convert("CMYK"), "JPEG", quality=100, subsampling=0)
    assert near(pixels(data), (250, 40, 30), by=6)


def test_animations_give_their_first_frame():
    frames = [Image.new("RGB", (20, 20), color) for color in (RED, BLUE)]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        assert near(pixels(encoded(frames[0], kind, save_all=True, append_images=frames[1:])), RED, by=8), kind


# Geometry


@pytest.mark.parametrize("turn", [False, True])
def test_crop_keeps_the_centre_square(turn):
    picture = Image.new("RGB", (91, 30), RED)
    picture.paste(GREEN, (30, 0, 60, 30))
    got = pixels(picture.transpose(Image.Transpose.TRANSPOSE) if turn else picture)
    got = got.transpose(1, 0, 2) if turn else got
    assert np.array_equal(got[:, 2:-2], np.broadcast_to(np.uint8(GREEN), (16, 12, 3)))
    assert near(got[:, [0, -1]], GREEN, by=90)  # the filter reaches a little over the edge, on both sides alike
    assert np.array_equal(got[:, 0], got[:, -1])


def test_stretch_keeps_everything():
    picture = Image.new("RGB", (90, 30), RED)
    picture.paste(BLUE, (45, 0, 90, 30))
    got = pixels(picture, resize="stretch")
    assert np.array_equal(got[:, 0], np.broadcast_to(np.uint8(RED), (16, 3)))
    assert np.array_equal(got[:, -1], np.broadcast_to(np.uint8(BLUE), (16, 3)))


@pytest.mark.parametrize("channels", [1, 3])
def test_pad_adds_white_on_both_sides(channels):
    wide = pixels(Image.new("RGB", (80, 40), "black"), resize="pad", channels=channels)
    assert wide[:4].min() == wide[12:].min() == 255
    assert wide[4:12].max() == 0
    high = pixels(Image.new("RGB", (40, 80), "black"), resize="pad", channels=channels)
    assert np.array_equal(high, wide.transpose(1, 0, 2))


@pytest.mark.parametrize("size", [(60, 60), (64, 61), (400, 400), (2000, 1500)])
@pytest.mark.parametrize("resize", ["crop", "stretch"])
def test_a_fine_checkerboard_shrinks_to_mid_gray(size, resize):
    board = (np.indices((size[1], size[0])).sum(0) % 2 * 255).astype(np.uint8)
    assert near(pixels(Image.fromarray(board), channels=1, resize=resize)[2:-2, 2:-2], 127, by=12)


def test_a_huge_jpeg_decoded_smaller_looks_as_its_png():
    ramp = np.tile(np.linspace(0, 255, 1200), (900, 1)).astype(np.uint8)
    picture = Image.fromarray(np.stack([ramp, ramp[:, ::-1], ramp], axis=2))
    for channels in (1, 3):
        by_draft = pixels(encoded(picture, "JPEG", quality=100, subsampling=0), channels=channels)
        assert near(by_draft, pixels(picture, channels=channels), by=3)


def test_a_jpeg_is_not_decoded_below_twice_the_size(monkeypatch):
    sizes = []
    plain = decoding.flat
    monkeypatch.setattr(decoding, "flat", lambda picture, *how: sizes.append(picture.size) or plain(picture, *how))
    for side in (100, 127, 128, 1000):
        pixels(encoded(Image.new("RGB", (side, side)), "JPEG"), size=32)
    assert sizes == [(100, 100), (127, 127), (64, 64), (125, 125)]


@pytest.mark.parametrize("resize", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("size", [(1, 50), (50, 1), (1, 1), (8000, 60)])
def test_extreme_shapes(size, resize):
    for kind in ("PNG", "JPEG"):
        got = pixels(encoded(Image.new("RGB", size, RED), kind, quality=100), resize=resize)
        red = np.abs(got.astype(int) - RED).max(axis=2) <= 3
        lines = 16 if resize != "pad" or size == (1, 1) else 1  # padded, a thin picture is a line of one pixel
        assert red.sum() == 16 * lines
        assert near(got[~red], 255) if lines == 1 else red.all()


def test_a_photo_of_48_million_pixels(tmp_path):
    Image.new("RGB", (8000, 6000), BLUE).save(tmp_path / "big.jpg", quality=50)
    assert near(read(tmp_path).pixels[0], BLUE)


@pytest.mark.parametrize("size", [16, 17, 28, 64, 255, 256])
def test_any_size(size):
    assert pixels(photo(), size=size).shape == (size, size, 3)
