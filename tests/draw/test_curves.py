import io

import numpy as np
import pytest
from PIL import Image

from dcgan_tf.draw.curves import draw_curves, save_figure
from dcgan_tf.draw.diagram import draw_gan
from dcgan_tf.draw.inline import figure_bytes

HISTORY = [
    {"step": step, "kimg": step / 10, "g_loss": 1 + step / 50, "d_loss": 1.2, "real_score": 0.7, "fake_score": 0.4}
    for step in range(1, 40)
]


def save_curves(path, *arguments):
    return save_figure(path, draw_curves(*arguments))


def test_curves_are_drawn_on_opaque_ground(tmp_path):
    path = save_curves(tmp_path / "losses.png", HISTORY, "title")
    picture = np.asarray(Image.open(path).convert("RGBA"))
    assert (picture[..., 3] == 255).all()
    assert picture[0, 0, :3].min() > 240
    few = save_curves(tmp_path / "few.png", HISTORY[:1], "one record")
    assert few.stat().st_size > 5000


def test_the_same_figure_is_had_as_a_file_and_in_memory(tmp_path):
    path = save_curves(tmp_path / "losses.png", HISTORY, "title")
    inside = Image.open(io.BytesIO(figure_bytes(draw_curves(HISTORY, "title"))))
    np.testing.assert_array_equal(np.asarray(inside), np.asarray(Image.open(path)))


def test_the_kid_curve_is_a_third_panel_that_may_fall_below_zero(tmp_path):
    history = [{"kimg": k, "g_loss": 1.0, "d_loss": 1.0, "real_score": 0.6, "fake_score": 0.4} for k in (1.0, 2.0, 3.0)]
    points = [
        {"step": k, "kimg": float(k), "kid": value, "spread": 0.01} for k, value in ((1, 0.5), (2, 0.02), (3, 0.03))
    ]
    two = Image.open(save_curves(tmp_path / "two.png", history, "curves"))
    three = Image.open(save_curves(tmp_path / "three.png", history, "curves", points))
    assert (two.width, three.width) == (1000, 1500)
    below = [points[0], points[1] | {"kid": -0.01}]
    assert Image.open(save_curves(tmp_path / "below.png", history, "curves", below)).width == 1500


def test_the_kid_curve_shows_the_floor_the_blur_and_the_kept_generator():
    points = [
        {"step": k, "kimg": float(k), "kid": kid, "spread": 0.1, "features": "imagenet", "features_version": "1"}
        for k, kid in ((1, 4.0), (2, 0.9), (3, 1.0))
    ]
    ruler = {"features": "imagenet", "features_version": "1", "sigmas": [0.0, 0.5, 0.6, 1.0, 8.0]}
    ruler |= {"kid": [0.0, 0.1, 0.3, 1.0, 9.0], "floor": 0.05}
    figure = draw_curves(HISTORY, "title", points, ruler, 3)
    axes, blurs = figure.axes[2:]
    labels = axes.get_legend_handles_labels()[1]
    assert "best.keras (the last; others differ by chance)" in labels and "halves of the real pictures" in labels
    assert [tick.get_text() for tick in blurs.get_yticklabels()] == ["0.5", "1"]  # 8 pixels are beyond the axis
    assert axes.get_ylim() == blurs.get_ylim() and "imagenet" in axes.get_ylabel()
    assert len(draw_curves(HISTORY, "title", points, ruler | {"features_version": "2"}).axes) == 3
    assert "hardly sees texture" in draw_curves(HISTORY, "", [points[0] | {"features": "random"}]).axes[2].get_ylabel()


def test_the_drawing_of_a_gan_is_a_picture():
    drawing = draw_gan()
    assert drawing.width > 600 and np.asarray(drawing.convert("RGB")).std() > 10


@pytest.mark.filterwarnings("error")
def test_a_title_in_letters_that_no_font_has_is_drawn_without_a_warning(tmp_path):
    rare = "𓀀"  # an Egyptian seated man
    odd = save_curves(tmp_path / "odd.png", HISTORY, f"kätzchen {rare}")
    asked = save_curves(tmp_path / "asked.png", HISTORY, "kätzchen ?")
    assert odd.read_bytes() == asked.read_bytes()
    save_curves(tmp_path / "cat.png", HISTORY, "猫 고양이 قطة 🐈")
