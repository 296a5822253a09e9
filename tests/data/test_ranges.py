"""Which values are black and white. What is expected comes from the numbers that were written, by plain NumPy."""

import random

import numpy as np
import PIL
import pytest
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data import decoding
from dcgan_tf.data.images import hold_out
from dcgan_tf.data.ranges import FLOAT, INTEGER, SIXTEEN, ReadLog, shared
from dcgan_tf.data.sets import find_folder, load_split
from tests.support.awkward import encoded, orientation
from tests.support.deep_files import chunk, float_map, pixmap, png, tiff
from tests.support.pictures import near, pixels, read

SIDE = 20
RAMP = np.linspace(0, 1, SIDE)[None].repeat(SIDE, 0)


def gray(values, low, high):
    """Return what values should become, `[SIDE, SIDE]`."""
    return ((values.astype(float) - low) / (high - low) * 255).clip(0, 255)


def shown(data, channels=1):
    """Return the decoded picture without a change of size, `[SIDE, SIDE]` or `[SIDE, SIDE, 3]`."""
    return pixels(data, size=SIDE, channels=channels).squeeze()


def put(folder, **files):
    """Write files with the ending .tif, whatever they hold, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / f"{name}.tif").write_bytes(data)
    return folder


# Declared ranges


@pytest.mark.parametrize("bits", range(1, 17))
def test_bits_of_each_number_in_every_layout(bits):
    rng = np.random.default_rng(bits)
    for trial in range(6):
        choose = random.Random(f"{bits} {trial}")
        bands = choose.choice((1, 1, 3))
        values = rng.integers(0, 2**bits, (SIDE, SIDE, bands), np.uint16, endpoint=False)
        values[0, 0] = 2**bits - 1
        inverted = bands == 1 and choose.random() < 0.5
        data = tiff(
            values, bits, big=choose.random() < 0.5, photometric=0 if inverted else None,
            strip=choose.choice((1, 7, SIDE)), separate=bands > 1 and choose.random() < 0.5,
            deflate=choose.random() < 0.5,
        )  # fmt: skip
        expected = gray(values, 0, 2**bits - 1).squeeze()
        assert near(shown(data, bands), 255 - expected if inverted else expected, by=1), trial


@pytest.mark.parametrize("top", [1, 2, 100, 254, 256, 1000, 1023, 4095, 10_000, 65_534, 65_535])
@pytest.mark.parametrize("shape", [(SIDE, SIDE), (SIDE, SIDE, 3)])
def test_the_maximum_of_pgm_and_ppm(top, shape):
    values = np.random.default_rng(top).integers(0, top, shape, endpoint=True)
    assert near(shown(pixmap(values, top), 3 if len(shape) == 3 else 1), gray(values, 0, top), by=1)


def test_a_pgm_of_twelve_megabytes_is_read():
    values = np.full((2000, 3000), 2000)
    assert near(pixels(pixmap(values, 4000), channels=1), 127.5, by=1)  # Pillow would decode it in Python


@pytest.mark.parametrize("top", [200, 255, 256, 4095])
def test_a_dark_pgm_stays_dark_and_is_told(tmp_path, top):
    (tmp_path / "a.pgm").write_bytes(pixmap(np.rint(RAMP * top), 65_535))
    images = read(tmp_path, image_size=SIDE, channels=1)
    assert near(images.pixels.squeeze(), RAMP * top / 257, by=1)
    assert images.notes[-1] == "1 file uses less than an eighth of the range that it declares, and comes out dark."


@pytest.mark.parametrize(("kind", "bits"), [("u2", 16), ("i2", 16), ("f4", 32)])
def test_the_tags_of_the_least_and_the_largest_value(tmp_path, kind, bits):
    values = (RAMP * 3000).astype(kind)
    limits = (1000, 2000)
    images = read(put(tmp_path, a=tiff(values, bits, limits=limits)), image_size=SIDE, channels=1)
    assert near(images.pixels.squeeze(), gray(values, *limits), by=1)
    assert images.notes == ("1 file declares which values are black and white.",)


def test_ordinary_tiffs_keep_their_pixels_bit_for_bit():
    values = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    for bands, options in ((1, {}), (3, {}), (3, {"big": True}), (3, {"separate": True}), (1, {"deflate": True})):
        part = values[..., :bands].squeeze()
        assert np.array_equal(shown(tiff(part, 8, **options), bands), part)


# Shared ranges


@pytest.mark.parametrize("bits", range(8, 17))
@pytest.mark.parametrize("write", [lambda values: tiff(values, 16), lambda values: tiff(values, 16, big=True), png])
def test_fewer_bits_in_sixteen_fill_the_range(bits, write):
    values = np.rint(RAMP * (2**bits - 1)).astype(np.uint16)
    assert near(shown(write(values)), RAMP * 255, by=1)
    color = np.stack([values, values[:, ::-1], values], axis=2)
    assert near(shown(write(color), 3), np.stack([RAMP, RAMP[:, ::-1], RAMP], axis=2) * 255, by=1)


def test_one_range_for_a_set_and_a_word(tmp_path):
    files = {f"p{top}": tiff((RAMP * top).astype(np.uint16), 16) for top in (500, 1000, 4095)}
    images = read(put(tmp_path, **files), image_size=SIDE, channels=1)
    assert images.ranges == {SIXTEEN: (0, 4095)}
    assert "  3 files of 16 bits: values 0 to 4,095 are taken as black to white." in images.describe().split("\n")
    assert near(images.pixels[:, 0, -1, 0], [62, 255, 31], by=1)  # p1000, p4095 and p500


def test_a_full_16_bit_photo_is_as_it_is():
    values = np.full((SIDE, SIDE, 3), (52_428, 16_383, 9_830), np.uint16)
    assert near(shown(tiff(values, 16), 3), (204, 64, 38), by=1)
    assert near(shown(png(values), 3), (204, 64, 38), by=1)


@pytest.mark.parametrize("edge", [1.0, 0.0, 255.0, -1.0])
@pytest.mark.parametrize("kind", [SIXTEEN, INTEGER, FLOAT])
def test_a_slightly_larger_value_changes_the_range_slightly(kind, edge):
    for value in (edge, 1023, 4095, 16_383, 32_767):
        one, two = (shared(kind, min(0, edge), top) for top in (value, value + max(1e-4, abs(value) * 1e-3)))
        if kind != SIXTEEN or value >= 1000:
            assert two[1] - two[0] <= 1.01 * (one[1] - one[0]), value
    assert shared(FLOAT, 0.3, 1.0001) == (0, 1.0001)
    assert shared(FLOAT, 0.3, 0.9) == (0, 1)


def test_the_range_holds_every_value():
    for largest in range(1, 65_536, 7):
        assert largest <= shared(SIXTEEN, 0, largest)[1] <= 2 ** largest.bit_length() - 1
        assert shared(SIXTEEN, 0, largest)[1] <= shared(SIXTEEN, 0, min(largest + 7, 65_535))[1]
    assert shared(SIXTEEN, 0, 0) == (0, 1)


@pytest.mark.parametrize(
    ("values", "kind", "bits", "low", "high"),
    [
        (RAMP, "f4", 32, 0, 1),
        (RAMP * 0.9, "f4", 32, 0, 1),
        (RAMP * 1.0001, "f4", 32, 0, 1.0001),
        (RAMP * 2 - 1, "f4", 32, -1, 1),
        (RAMP * 255, "f8", 64, 0, 255),
        (RAMP, "f2", 16, 0, 1),
        (RAMP * 255, "i4", 32, 0, 255),
        (RAMP * 256, "i4", 32, 0, 256),
        (RAMP * 4000 - 1000, "i4", 32, -1000, 3000),
        (RAMP * 4000 - 1000, "i2", 16, -1000, 3000),
        (RAMP * 200 - 100, "i1", 8, -100, 100),
        (RAMP * 1e6, "u4", 32, 0, 1e6),
    ],
)
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
def test_floats_and_integers_share_least_to_largest(values, kind, bits, low, high, big, inverted):
    values = (values if kind[0] == "f" else np.rint(values)).astype(kind)
    expected = gray(values, low, high)
    got = shown(tiff(values, bits, big=big, photometric=0 if inverted else None))
    assert near(got, 255 - expected if inverted else expected, by=1)


def test_float_rgb_and_pfm():
    values = np.stack([RAMP, RAMP[:, ::-1], RAMP.T], axis=2).astype(np.float32)
    for data in (
        tiff(values, 32),
        tiff(values, 32, separate=True, big=True),
        float_map(values),
        float_map(values, big=True),
    ):
        assert near(shown(data, 3), values * 255, by=1)
    assert near(shown(float_map(RAMP.T)), RAMP.T * 255, by=1)


@pytest.mark.filterwarnings("error")
def test_missing_values_do_not_count():
    values = RAMP.astype(np.float32)
    values[:4, :] = [[np.nan], [np.inf], [-np.inf], [-3.4e38]]
    values.view(np.uint32)[5] = 0x7FA00000  # a signalling NaN: NumPy warns of its conversion
    got = shown(tiff(values, 32))
    assert near(got[6:], RAMP[6:] * 255, by=1)
    assert [got[y].max() for y in (0, 1, 2, 3, 5)] == [0, 255, 0, 0, 0]
    assert shown(tiff(np.full((SIDE, SIDE), np.nan, np.float32), 32)).max() == 0


def test_deep_files_of_one_set_do_not_wait_for_other_kinds(tmp_path):
    put(
        tmp_path, a=tiff(RAMP.astype(np.float32), 32), b=tiff((RAMP * 4095).astype(np.uint16), 16),
        c=tiff((RAMP * 2000 - 1000).astype(np.int16), 16), d=encoded(Image.new("L", (SIDE, SIDE), 7), "PNG"),
        e=tiff((RAMP * 1.5).astype(np.float32), 32), f=b"II*\0junk",
    )  # fmt: skip
    images = read(tmp_path, image_size=SIDE, channels=1)
    assert images.ranges == {FLOAT: (0, 1.5), SIXTEEN: (0, 4095), INTEGER: (-1000, 1000)}
    assert images.files == tuple(f"{name}.tif" for name in "abcde") and len(images.skipped) == 1
    assert near(images.pixels[:, 0, -1, 0], [170, 255, 255, 7, 255], by=1)


# Bands


def test_alpha_of_sixteen_bits():
    values = np.zeros((SIDE, SIDE, 2), np.uint16)
    values[..., 0], values[:, SIDE // 2 :, 1] = 50_000, 65_535
    for data in (tiff(values, 16, extra=2), tiff(values, 16, extra=2, big=True), png(values)):
        got = shown(data)
        assert near(got[:, :9], 255, by=1) and near(got[:, 11:], 195, by=1)
    color = np.concatenate([values[..., :1]] * 3 + [values[..., 1:]], axis=2)
    for data in (tiff(color, 16, extra=2), tiff(color, 16), png(color)):
        assert near(shown(data, 3), got[..., None], by=1)
    twelve = np.minimum(values, 4095)  # alpha too
    assert near(shown(png(twelve))[:, 11:], 255, by=1)


OLD_PILLOW = int(PIL.__version__.split(".")[0]) < 12  # it opens no gray TIFF with premultiplied alpha of 8 bits


@pytest.mark.parametrize("bits", [pytest.param(8, marks=pytest.mark.skipif(OLD_PILLOW, reason="Pillow 11")), 16])
def test_premultiplied_alpha(bits):
    top = 2**bits - 1
    values = np.full((SIDE, SIDE, 2), (top // 4, top // 2)).astype(np.uint16)
    values[0] = top
    assert near(shown(tiff(values, bits, extra=1))[5:], 191, by=2)  # half of gray, half of white


def test_a_transparent_colour_of_sixteen_bits():
    values = np.full((SIDE, SIDE, 3), 60_000, np.uint16)
    values[:, :5] = (1, 2, 3)
    got = shown(png(values, chunk(b"tRNS", np.array([1, 2, 3], ">u2").tobytes())), 3)
    assert near(got[:, :4], 255) and near(got[:, 6:], 60_000 / 257, by=1)
    one = shown(png(values[..., 0], chunk(b"tRNS", np.array([1], ">u2").tobytes())))
    assert np.array_equal(one, got[..., 0])


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [1, 2])
def test_satellite_pictures_of_five_bands(tmp_path, bits, photometric):
    values = np.full((SIDE, SIDE, 5), np.array((200, 60, 40, 10, 10)) * (257 if bits == 16 else 1)).astype(np.uint16)
    files = {"a": tiff(values, bits, photometric=photometric, extra=0)}
    images = read(put(tmp_path, **files), image_size=SIDE)
    assert near(images.pixels[0], (200, 60, 40), by=1)
    assert images.notes[0] == "1 file has more bands than red, green and blue; the first three are used."


def test_cmyk_of_sixteen_bits():
    values = np.full((SIDE, SIDE, 4), (0, 65_535, 65_535, 0), np.uint16)
    assert near(shown(tiff(values, 16, photometric=5), 3), (255, 0, 0), by=1)


def test_sbit_changes_nothing():
    values = np.rint(RAMP * 65_535).astype(np.uint16)
    plain = shown(png(values))
    assert np.array_equal(shown(png(values, chunk(b"sBIT", b"\x0c"))), plain)
    assert near(plain, RAMP * 255, by=1)


def test_orientation_of_deep_files():
    picture = Image.fromarray(np.rint(RAMP * 65_535).astype(np.uint16))
    for kind in ("TIFF", "PNG"):
        turned = shown(encoded(picture, kind, exif=orientation(3)))
        assert near(turned, RAMP[:, ::-1] * 255, by=1), kind


# Sets that belong together


def test_held_out_images_have_the_range_of_the_training_images(tmp_path):
    put(tmp_path / "train", a=tiff((RAMP * 4095).astype(np.uint16), 16))
    put(tmp_path / "test", b=tiff((RAMP * 1000).astype(np.uint16), 16), c=tiff(RAMP.astype(np.float32), 32))
    images, unseen = load_split(find_folder(str(tmp_path)), image_size=SIDE, channels=1)
    assert images.ranges == {SIXTEEN: (0, 4095)}
    assert unseen.ranges == {SIXTEEN: (0, 4095), FLOAT: (0, 1)}
    assert near(unseen.pixels[0, 0, -1], 62, by=1)
    assert hold_out(images, 0)[0].ranges == images.ranges
    alone = read(tmp_path / "test", image_size=SIDE, channels=1, ranges=images.ranges)
    assert alone.sha256 == unseen.sha256


@pytest.mark.parametrize("ranges", [{"16-bit": (1, 1)}, {"16-bit": 3}, {"float": (0, float("nan"))}, "x"])
def test_a_wrong_range_is_one_sentence(tmp_path, ranges):
    with pytest.raises(DcganError, match=r"^`ranges` should be the `ranges` of a set or of a run\. Received: "):
        read(tmp_path, ranges=ranges)


# Limits


def test_deep_files_that_lie_about_their_size_are_refused(tmp_path):
    small = np.zeros((4, 4), np.uint16)
    bomb = bytearray(tiff(small, 16))
    whole = bytes(bomb)
    place = whole.index(b"\x01\x01\x04\x00\x01\x00\x00\x00") + 8  # the tag of the height
    bomb[place : place + 4] = (10**9).to_bytes(4, "little")
    put(
        tmp_path, bomb=bytes(bomb), cut=tiff(RAMP.astype(np.float32), 32, strip=SIDE)[:300],
        hollow=b"P5 9000 9000 4095\n" + bytes(99), zero=b"P5 0 5 4095\n", top=b"P5 5 5 70000\n" + bytes(50),
        good=whole,
    )  # fmt: skip
    images = read(tmp_path)
    assert images.files == ("good.tif",)
    reasons = dict(images.skipped)
    assert reasons["bomb.tif"] == "more than the 89,478,485 pixels that Pillow allows"
    assert reasons["hollow.tif"] == "the file is truncated"
    assert all(reason.isprintable() for reason in reasons.values())


def test_every_bit_of_a_deep_header_flipped():
    for data in (tiff(RAMP.astype(np.float32), 32, deflate=True), png(np.rint(RAMP * 4095)), pixmap(RAMP * 999, 999)):
        tail = range(len(data) - 200, len(data)) if data.startswith(b"II") else range(60)
        for byte in tail:
            flipped = bytearray(data)
            flipped[byte] ^= 1 << byte % 8
            try:
                assert pixels(bytes(flipped), channels=1).shape == (16, 16, 1)
            except decoding.DECODE_ERRORS as error:
                assert decoding.why_unreadable(error)


def test_a_file_that_changes_before_its_turn_is_read_or_listed(tmp_path, monkeypatch):
    put(tmp_path, a=tiff((RAMP * 999).astype(np.uint16), 16), b=tiff((RAMP * 999).astype(np.uint16), 16))
    settle = ReadLog.settle

    def change(survey):
        settle(survey)
        put(tmp_path, a=tiff(RAMP.astype(np.float32), 32), b=b"")

    monkeypatch.setattr(ReadLog, "settle", change)
    images = read(tmp_path, image_size=SIDE, channels=1)
    assert images.files == ("a.tif",) and images.skipped == (("b.tif", "empty file"),)
    assert near(images.pixels.squeeze(), RAMP * 255, by=1) and images.ranges[FLOAT] == (0, 1)
