"""Damaged pictures: a small part of what `fuzz_decoder.py` does for hours, and a check that it finds faults."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from dcgan_tf.data.decoding import decode_files
from tests.support.awkward import encoded
from tests.support.faulty_decoders import FAULTS, decode_faultily
from tests.support.fuzz_decoder import Limits, fuzz, judge
from tests.support.fuzz_inputs import make_input, make_seeds, repair_png
from tests.support.pictures import pixels, read, save

bounded = settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
SEEDS = make_seeds()


@pytest.mark.slow
def test_the_fuzzer_finds_planted_faults_and_goes_on(tmp_path):
    report = fuzz(11, seed=5, decoder=decode_faultily, limits=Limits(hang=10, slow=2, hungry=250), keep=tmp_path)
    assert report.inputs == 11 and report.reasons == {"listed": 4}
    words = [
        *("crash with exit code -6", "hang", "RecursionError: too deep", "slow, "),
        *("not a reason in one line", "decoded, but not a pixel is set", "hungry, "),
    ]
    for (index, fault), word, finding in zip(FAULTS.items(), words, report.findings, strict=True):
        assert finding.startswith(f"seed 5, input {index}, ") and word in finding, fault
        assert finding.endswith(f"again: --seed 5 --first {index} --inputs 1")
        # The input that reproduces it is kept.
        assert (tmp_path / f"seed 5 input {index}.bin").read_bytes() == make_input(SEEDS, 5, index)
    assert "in crash" in report.findings[0] and "in hang" in report.findings[1]  # the tracebacks


def test_a_thousand_damaged_pictures_are_decoded_or_listed(tmp_path):
    # A seed with damaged AVIFs that once ended a run. How long one takes depends on who else uses the machine.
    report = fuzz(1000, seed=17, keep=tmp_path, limits=Limits(hang=60, slow=60))
    assert not report.findings, str(report)
    assert report.inputs == 1000
    assert report.decoded > 100 and report.reasons.total() > 100
    assert report.reasons["the file is truncated"] > 10
    assert "1000 inputs" in str(report) and "0 findings" in str(report)


def test_the_same_seed_damages_the_same_way():
    assert [make_input(SEEDS, 1, i) for i in range(50)] == [make_input(SEEDS, 1, i) for i in range(50)]
    assert len({make_input(SEEDS, 1, i) for i in range(50)}) > 40
    assert make_input(SEEDS, 1, 0) != make_input(SEEDS, 2, 0)


def test_every_seed_is_decoded_before_it_is_damaged(tmp_path):
    path = tmp_path / "input.jpg"
    listed = []
    for index, data in enumerate(SEEDS):
        path.write_bytes(data)
        problem, reason = judge(path, index)
        assert not problem
        listed += [reason] if reason else []
    assert len(SEEDS) > 50
    assert len(listed) <= 2  # older Pillows write some that they cannot read


# Properties


@bounded
@given(st.binary(max_size=400))
def test_random_bytes_are_listed(tmp_path, data):
    save(tmp_path, "good.png")
    (tmp_path / "a.jpg").write_bytes(data)
    images = read(tmp_path)
    assert images.files == ("good.png",)
    ((name, reason),) = images.skipped
    assert name == "a.jpg" and reason and "\n" not in reason


@bounded
@given(st.sampled_from(SEEDS), st.integers(2, 200), st.binary(max_size=300), st.booleans())
def test_a_real_header_with_a_random_tail_is_decoded_or_listed(tmp_path, data, length, tail, repaired):
    data = data[:length] + tail
    (tmp_path / "a.jpg").write_bytes(repair_png(data) if repaired else data)
    got = np.zeros((1, 16, 16, 1), np.uint8)
    problems = decode_files([str(tmp_path / "a.jpg")], got, "pad")
    assert problems == {} or (list(problems) == [0] and problems[0] and "\n" not in problems[0])


@bounded
@given(
    st.sampled_from(["PNG", "TIFF", "BMP", "WEBP", "PPM"]),
    st.sampled_from(["L", "RGB"]),
    st.integers(16, 40),
    st.data(),
)
def test_squares_come_back_from_lossless_formats_as_they_were(kind, mode, side, data):
    shape = (side, side) if mode == "L" else (side, side, 3)
    values = data.draw(arrays.arrays(np.uint8, shape, fill=st.nothing() if side < 18 else st.integers(0, 255)))
    file = encoded(Image.fromarray(values), kind, **({"lossless": True} if kind == "WEBP" else {}))
    got = pixels(file, size=side, channels=1 if mode == "L" else 3, resize=random.Random(side).choice(["crop", "pad"]))
    assert got.dtype == np.uint8 and np.array_equal(got, values.reshape(side, side, -1))


@bounded
@given(
    st.sampled_from(["1", "L", "P", "LA", "RGB", "RGBA", "I;16", "I", "F", "CMYK"]),
    st.integers(1, 300),
    st.integers(1, 300),
    st.sampled_from(["crop", "pad", "stretch"]),
    st.sampled_from([1, 3]),
)
def test_any_mode_and_shape_becomes_a_square(mode, width, height, resize, channels):
    got = pixels(encoded(Image.new(mode, (width, height)), "TIFF"), size=17, channels=channels, resize=resize)
    assert got.shape == (17, 17, channels) and got.dtype == np.uint8
