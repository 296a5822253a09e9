"""The built-in picture sets, drawn by this library, so that training works without photos."""

from dcgan_tf.data.rendered.kiwi import render_kiwis
from dcgan_tf.data.rendered.vehicles import render_vehicles

__all__ = ["render_kiwis", "render_vehicles"]
