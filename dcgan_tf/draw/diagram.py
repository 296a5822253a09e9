"""The drawing that explains a GAN, at the top of each notebook."""

import io

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from dcgan_tf.draw.inline import figure_bytes

BOX_COLORS = {"noise": "#e8e8e8", "generator": "#cfe3f5", "discriminator": "#f8d7cf", "pictures": "#e6f0d8"}


def draw_gan() -> Image.Image:
    """Return the drawing: noise and photos meet at the discriminator, and two arrows lead back."""
    figure = Figure(figsize=(9.6, 3.5), facecolor="#fafafa")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 96), ylim=(0, 35))
    axes.axis("off")
    _box(axes, 2, 18, 13, "random\nnumbers", "noise")
    _box(axes, 22, 18, 16, "generator G\n(the forger)", "generator")
    _box(axes, 45, 18, 15, "generated\npictures", "pictures")
    _box(axes, 45, 4, 15, "real\nphotos", "pictures")
    _box(axes, 67, 11, 18, "discriminator D\n(the detective)", "discriminator")
    for start, end in (((15, 22), (22, 22)), ((38, 22), (45, 22)), ((60, 22), (67, 17.5)), ((60, 8), (67, 13))):
        _arrow(axes, start, end, "#404040")
    _arrow(axes, (85, 15), (93, 15), "#404040")
    axes.text(89, 17, "real?", ha="center", fontsize=11, color="#282828")
    _arrow(axes, (78, 19), (30, 26), "#1f77b4", bend=0.32)
    axes.text(55, 31.6, "step 1: G learns what would have fooled D", ha="center", fontsize=11, color="#1f77b4")
    _arrow(axes, (89, 14.4), (78, 11), "#c0392b", bend=-0.55)
    axes.text(82, 3.6, "step 2: D learns\nto tell them apart", ha="center", fontsize=11, color="#c0392b")
    return Image.open(io.BytesIO(figure_bytes(figure)))


def _box(axes: Axes, left: float, bottom: float, width: float, text: str, kind: str) -> None:
    """Draw a labelled box of height 8."""
    look = {"facecolor": BOX_COLORS[kind], "edgecolor": "#505050"}
    axes.add_patch(FancyBboxPatch((left, bottom), width, 8, boxstyle="round,pad=0,rounding_size=1.2", **look))
    axes.text(left + width / 2, bottom + 4, text, ha="center", va="center", fontsize=12, color="#282828")


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], color: str, bend: float = 0.0) -> None:
    """Draw an arrow, bent by `bend` times its length."""
    look = {"arrowstyle": "-|>", "color": color, "lw": 1.8, "connectionstyle": f"arc3,rad={bend}"}
    axes.annotate("", xy=end, xytext=start, arrowprops=look)
