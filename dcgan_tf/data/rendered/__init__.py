"""Built-in picture sets, drawn by this library, for those who have no photos at hand."""

from dcgan_tf.data.rendered.kiwi import render_kiwis
from dcgan_tf.data.rendered.vehicles import render_vehicles

__all__ = ["render_kiwis", "render_vehicles"]
